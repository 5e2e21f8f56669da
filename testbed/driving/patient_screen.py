"""The patient's screen: what the page shows, and what its buttons do, without a browser.

Texts and buttons are read off the page itself; which of its questions stands there follows from
what the clinic says of card and steps, as the page's script has it (`patient.js`). A test lays the
two side by side. No digit of a PIN is kept: it comes with the press that enters it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from testbed.driving.screen import Button, Choice, Screen
from wire.catalogue import Catalogue, Problem
from wire.dates import read_day

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from pydantic import SecretStr

    from testbed.driving.clinic import Clinic
    from testbed.driving.markup import Node

_CONSENTING = {"consent", "items", "subsidy", "register", "refused"}
_BEFORE_IDENTITY = {"face", "face-wrong", "last", "unsure", "pad", "wrong", "again", "call"}
"""What the screen may show on its own before somebody is identified."""
_ENDED = {"done", "done-desk", "staff"}
_NEEDS = {"enter": ("Pin",), "passcode-enter": ("Pin",), "consent-items": ("Items",)}
_SHOWS = {
    "face": "face",
    "ways": None,
    "visual-wait": None,
    "passcode": "passcode",
    "consent": "consent",
    "consent-each": "items",
}
"""Buttons that only lead to another question."""
_OF_CARDS = {"not-my-number-card": "other-card", "phone-not-taken": "phone"}
"""What is shown of a card that cannot be used; of any other trouble, that it is to come again."""
_OF_DIGITS = {"delete", "shuffle"}
"""Buttons that only matter to who types digits one by one."""


@dataclass
class _Talk:
    """What the screen itself remembers of one card."""

    met: str | None = None
    """The insertion that it is about."""
    screen: str | None = None
    """What it shows on its own account; None follows the service."""
    sure: bool = False
    wrong_passcode: bool = False
    agreed: dict[str, Any] = field(default_factory=dict)
    subsidies: bool | None = None
    refused: str = ""
    name: str = ""


class PatientScreen:
    """Acts as the patient at the reader."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._talk = _Talk()
        self._desk: Mapping[str, Any] = {}
        self._steps: Mapping[str, Any] = {}

    def forget(self) -> None:
        """Begin with nobody."""
        self._talk = _Talk()

    async def read(self, lang: str) -> Screen:
        """Return what stands there now."""
        state = await self._look()
        section = (await self._clinic.page("/patient", lang)).find(id="patient")
        shown = None if section is None else _section(section, state)
        if shown is None:
            raise Problem(Catalogue.DRIVER_NO_BUTTON, f"The page has no screen {state!r}.")
        self._fill(shown, lang)
        choices = tuple(
            Choice(one["data-item"], one.text) for one in shown.below() if one["data-item"]
        )
        buttons = {
            name: Button(name, one.text, _NEEDS.get(name, ()), _choices(name, choices))
            for one in reversed(list(shown.below()))
            if (name := one["data-go"]) and name not in _OF_DIGITS
        }
        title = next((one.text for one in shown.below() if one.tag == "h1"), "")
        texts = tuple(line for line in shown.texts() if line != title)
        return Screen(state, title, texts, tuple(reversed(buttons.values())))

    async def press(
        self, button: str, lang: str, pin: SecretStr | None, items: Sequence[str]
    ) -> None:
        """Press a button.

        Raises:
            Problem: DRIVER_NO_BUTTON, or INVALID_REQUEST where the PIN is missing.
        """
        (await self.read(lang)).require(button)
        if button in _SHOWS:
            self._talk.screen, self._talk.wrong_passcode = _SHOWS[button], False
        elif button == "enter":
            await self._enter("device" if "device" in self._methods else "pin", pin)
        elif button == "passcode-enter":
            await self._enter("visual", pin)
        elif button == "consent-items":
            await self._agree({"Items": list(items)})
        else:
            does = self._does().get(button)
            if does is None:
                raise Problem(Catalogue.DRIVER_NO_BUTTON, f"Nobody said what {button!r} does.")
            await does()

    def _does(self) -> Mapping[str, Callable[[], Awaitable[object]]]:
        """Return what each button does that asks the clinic, or decides by the card."""
        send, insertion = self._clinic.send, {"Insertion": self._talk.met}
        unchecked = {"Cause": "authentication", **insertion}
        return {
            "pin": self._to_pad,
            "last-try": self._last_try,
            "compare": lambda: self._identify("face"),
            "visual": lambda: send("/api/reader/staff", insertion),
            "staff": lambda: send("/api/visits/unchecked", unchecked),
            "restart": self._restart,
            "consent-all": lambda: self._agree({"AllItems": True}),
            "consent-none": lambda: self._agree({}),
            "subsidy-yes": lambda: self._subsidies(uses=True),
            "subsidy-no": lambda: self._subsidies(uses=False),
            "register": self._register,
            "no-registration": lambda: self._check(WithoutRegistration=True),
        }

    async def _to_pad(self) -> None:
        tries = self._desk["Card"]["RemainingTries"]
        self._talk.screen = {1: "last", None: "unsure"}.get(tries, "pad")

    async def _last_try(self) -> None:
        self._talk.sure, self._talk.screen = True, "pad"

    async def _enter(self, method: str, pin: SecretStr | None) -> None:
        if pin is None:
            raise Problem(Catalogue.INVALID_REQUEST, "Say the Pin with this button.")
        await self._identify(method, pin)

    async def _restart(self) -> None:
        await self._clinic.send("/api/reader/restart", {"Insertion": self._talk.met})
        self.forget()

    async def _subsidies(self, *, uses: bool) -> None:
        self._talk.subsidies = uses
        await self._check()

    async def card_taken(self) -> None:
        """Check without consent who took the card after having been identified (R-090)."""
        if self._talk.screen in _CONSENTING:
            await self._check(WithoutRegistration=True)
        self.forget()

    @property
    def _methods(self) -> Sequence[str]:
        return self._steps.get("Methods") or ()

    @property
    def _keeps_last_try(self) -> bool:
        """Whether what may be the last try of somebody's own card is not used."""
        own, card = self._desk["Reader"].get("OwnCard"), self._desk.get("Card")
        return own == "pin" and card is not None and card["RemainingTries"] in {None, 1}

    async def _look(self) -> str:
        """Return which screen it is."""
        self._desk = desk = await self._clinic.state()
        reader, trouble = desk["Reader"], desk["CardTrouble"]
        if reader["Trouble"] is not None:
            return "call"
        if not reader["CardPresent"]:
            stays = self._talk.screen == "again"
            self.forget()
            self._talk.screen = "again" if stays else None
            return "again" if stays else "wait"
        if reader["Insertion"] != self._talk.met:
            self._talk = _Talk(reader["Insertion"])
        self._steps = await self._clinic.steps()
        if desk["CurrentVisit"] is not None and desk["CurrentInsertion"] == reader["Insertion"]:
            return self._finished(desk["CurrentVisit"])
        if self._talk.screen in _ENDED:
            return self._talk.screen
        if trouble is not None:
            return self._troubled(trouble)
        return await self._of_card()

    async def _of_card(self) -> str:
        """Return which screen it is for a card with which all is well."""
        talk, card, steps = self._talk, self._desk["Card"], self._steps
        if card is None or steps["Methods"] is None:
            return "reading"
        if steps["Step"] == "IDENTIFIED":
            return await self._asked()
        if steps["WaitsForStaff"]:
            return "passcode" if talk.screen == "passcode" else "visual"
        if talk.screen in _BEFORE_IDENTITY:
            return talk.screen
        talk.screen = None
        if card["WithoutPin"]:
            return "without-pin"
        return "locked" if card["RemainingTries"] == 0 else "ask"

    def _finished(self, visit: Mapping[str, Any]) -> str:
        self._talk.name = visit["Name"] or ""
        desk = "staff" if visit["Cause"] == "AUTHENTICATION" else "done-desk"
        self._talk.screen = "done" if visit["Word"] == "VALID" else desk
        return self._talk.screen

    def _troubled(self, trouble: Mapping[str, Any]) -> str:
        if trouble["NextStep"] == "close-other-program":
            return "call"
        shown = _OF_CARDS.get(trouble["Kind"], "again")
        if shown == "again":
            self._talk.screen = shown
        return shown

    async def _asked(self) -> str:
        """Return what is asked of who has been identified; who is asked nothing is checked."""
        if self._talk.screen in _CONSENTING:
            return self._talk.screen
        question = self._steps["Question"]
        if question["Items"]:
            self._talk.screen = "consent"
        elif question["AsksForSubsidies"]:
            self._talk.screen = "subsidy"
        else:
            self._talk.screen = "subsidy"
            await self._check()
            return await self._look()
        return self._talk.screen

    async def _identify(self, method: str, pin: SecretStr | None = None) -> None:
        talk = self._talk
        body: dict[str, object] = {"Insertion": talk.met, "Method": method}
        if pin is not None and method == "visual":
            body |= {"Passcode": pin.get_secret_value()}
        elif pin is not None:
            body |= {"Pin": pin.get_secret_value(), "ConfirmLastTry": talk.sure}
        talk.sure, talk.screen = False, None  # each such try is confirmed by itself
        told = await self._clinic.send("/api/reader/identity", body)
        body.clear()
        said = told.content
        if told.ok:
            return
        tries = said.get("attempts_remaining")
        if said.get("code") == "SIM-FACE-NOT-RECOGNISED":
            talk.screen = "face-wrong" if tries else None
        elif said.get("code") == "SIM-CARD-EXCHANGED":
            self.forget()
        elif said.get("code") == "SIM-VISUAL-PASSCODE":
            talk.screen, talk.wrong_passcode = "passcode", True
        elif said.get("kind") == "pin-wrong":
            talk.screen = "wrong"
        elif said.get("kind") == "pin-not-sent":
            last = "last" if tries == 1 else "unsure"
            talk.screen = last if said.get("next_step") == "confirm-last-try" else "pad"
        elif said.get("kind") != "pin-blocked":
            talk.screen = "again" if said.get("kind") else "call"

    async def _agree(self, consents: dict[str, Any]) -> None:
        self._talk.agreed = consents
        if self._steps["Question"]["AsksForSubsidies"]:
            self._talk.screen = "subsidy"
        else:
            await self._check()

    async def _check(self, **more: bool) -> None:
        talk = self._talk
        body = {
            "Insertion": talk.met,
            "Consents": talk.agreed,
            "UsesSubsidyCertificates": talk.subsidies,
            **more,
        }
        told = await self._clinic.send("/api/reader/visits", body)
        code = told.content.get("code")
        if told.ok:
            self._finished(told.content)
        elif code == "SIM-NOT-REGISTERED":
            talk.screen = "register"
        elif code in {"SIM-CARD-EXCHANGED", "SIM-HOLDER-NOT-IDENTIFIED"}:
            self.forget()
        elif code == "SIM-CHECK-UNDER-WAY":
            talk.screen = None  # somebody else has sent it, and the visit comes by that
        else:
            talk.screen = "again" if told.content.get("kind") else "call"

    async def _register(self) -> None:
        told = await self._clinic.send("/api/reader/registration", {"Insertion": self._talk.met})
        if told.ok:
            await self._check()
        elif told.content.get("kind"):
            self._talk.screen = "again"
        else:
            self._talk.screen = "refused"
            self._talk.refused = str(told.content.get("japanese", ""))

    def _fill(self, section: Node, lang: str) -> None:
        """Show in a section what the page's script shows there, and leave out what it hides."""
        steps, asked = self._steps, self._steps.get("Question") or {}
        written = {
            "data-face-tries": steps.get("FaceTries"),
            "data-name": self._talk.name,
            "data-renewal": _day(asked.get("ExpiresOn"), lang),
        }
        for node in _all(section):
            if (shown := self._is_shown(node, asked)) is not None:
                _see(node, shown=shown)
            for name in node.attributes.keys() & written.keys():
                form = node["data-grace" if asked.get("InGrace") else "data-form"]
                value = written[name]
                node.children = [(form or node["data-form"]).replace("{}", str(value))]
                _see(node, shown=bool(value) and not node.hidden)
        if (place := section.find(id="refused")) is not None:
            place.children = [self._talk.refused]

    def _is_shown(self, node: Node, asked: Mapping[str, Any]) -> bool | None:
        """Tell whether the page's script shows an element; None for one that it lets be."""
        ways, card = self._methods, self._desk.get("Card") or {}
        shown = None
        if "data-tries" in node:
            shown = str(card.get("RemainingTries")) == node["data-tries"] and "pin" in ways
        elif offer := node["data-offer"]:
            # The reception is the last way: where nobody can compare a photograph.
            shown = "visual" not in ways if offer == "staff" else offer in ways
        elif by := node["data-by"]:
            shown = by == ("device" if "device" in ways else "pin")
        elif kept := node["data-own-last"]:
            shown = self._keeps_last_try and kept == json.dumps(card.get("RemainingTries"))
        elif "data-face-locked" in node:
            shown = self._steps.get("FaceTries") == 0
        elif node["data-go"] == "consent-all":
            shown = bool(asked.get("Blanket"))
        elif node["data-item"]:
            shown = node["data-item"] in asked.get("Items", ())
        elif "data-renewal" in node:
            shown = bool(asked.get("Renewal"))
        else:
            shown = self._is_shown_to_staff(node)
        return shown

    def _is_shown_to_staff(self, node: Node) -> bool | None:
        if "data-passcode" in node:
            return bool(self._steps.get("Passcode"))
        return self._talk.wrong_passcode if "data-passcode-wrong" in node else None


def _day(written: str | None, lang: str) -> str:
    """Write a day (yyyyMMdd) as the page's script does."""
    if not written:
        return ""
    day = read_day(written)
    if lang == "en":
        return f"{day.day} {day:%B} {day.year}"
    return f"{day.year}年{day.month}月{day.day}日"


def _choices(button: str, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    return choices if "Items" in _NEEDS.get(button, ()) else ()


def _section(page: Node, state: str) -> Node | None:
    for node in page.children:
        if not isinstance(node, str) and node["data-screen"] == state:
            _see(node, shown=True)
            return node
    return None


def _all(node: Node) -> list[Node]:
    found = []
    for child in node.children:
        if not isinstance(child, str):
            found += [child, *_all(child)]
    return found


def _see(node: Node, *, shown: bool) -> None:
    if shown:
        node.attributes.pop("hidden", None)
    else:
        node.attributes["hidden"] = ""
