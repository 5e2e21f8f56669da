"""The desk: the page that the receptionist sees, and what its buttons send, without a browser.

All is read off the page: a button of the desk says itself what it sends (`desk.js`), and a form
what has to be typed into it. What only a browser can do, printing and opening papers, is not
offered.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from testbed.driving import discrepancy_form
from testbed.driving.markup import Node
from testbed.driving.screen import Button, Field, Screen
from wire.catalogue import Catalogue, Problem, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testbed.driving.clinic import Clinic

_PARTS = ("banners", "ways", "main", "today", "catch-up", "catch-up-news")
"""The parts of the page that are read, by their ids, in this order."""
_OF_BROWSER = {"print"}
_NAMING = ("id", "data-offer", "data-unchecked", "data-act")
"""The attributes by which a button is called, the first that it has."""


class DeskScreen:
    """Acts as the receptionist at the desk."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._path = "/"
        self._points = ("", "")

    def forget(self) -> None:
        """Begin at the desk's first page."""
        self._path, self._points = "/", ("", "")

    async def read(self, lang: str) -> Screen:
        """Return what stands there now."""
        page = await self._clinic.page(self._path, lang)
        await self._reckon(page, lang)
        main = page.find(id="main")
        buttons = tuple(_button(name, node) for name, node in _pressable(page).items())
        parts = [part for name in ("banners", "main") if (part := page.find(id=name)) is not None]
        title = (
            "" if main is None else next((one.text for one in main.below() if one.tag == "h1"), "")
        )
        texts = tuple(line for part in parts for line in part.texts())
        return Screen(self._state(page), title, texts, buttons)

    def _state(self, page: Node) -> str:
        """Return what it shows: a step of the card, a word, or the name of another page."""
        if self._path != "/":
            return urlsplit(self._path).path.strip("/").partition("/")[0]
        waiting, answer = page.find(id="waiting"), page.find(id="answer")
        if answer is not None:
            return answer["data-word"]
        return "" if waiting is None else waiting["data-step"]

    async def press(self, button: str, lang: str, fields: Mapping[str, str]) -> None:
        """Press a button, with what is typed into the fields beside it.

        Raises:
            Problem: DRIVER_NO_BUTTON; INVALID_REQUEST where the form's own words say what is
                missing; or what the clinic refuses, as the page would tell it.
        """
        (await self.read(lang)).require(button)
        node = _pressable(await self._clinic.page(self._path, lang))[button]
        if node.tag == "a":
            self._path = node["href"]
            return
        _check_filled_in(node, fields)
        if node["data-charge"]:
            typed = fields.get("Points", "")
            await self._sent("GET", _reckoning(node["data-charge"], typed))
            self._points = (node["data-charge"], typed)
            return
        method, path, body = _order(node, fields)
        form = node.within("form")
        try:
            await self._sent(method, path, body)
        except Problem as refused:
            if form is None or not _is_form(node, "data-discrepancy"):
                raise
            raise discrepancy_form.as_the_page_says(form, _typed(node, fields), refused) from None
        if path == "/api/next" or "data-unchecked" in node or _is_form(node, "data-post"):
            self._path = "/"
        elif form is not None and form["data-then"]:
            # Who was received by a declaration is done with.
            self._path = "/" if _accepts(node) else form["data-then"]

    async def _sent(self, method: str, path: str, body: object = None) -> None:
        told = await self._clinic.send(path, body, method)
        if not told.ok:
            said = told.content
            faults = {"fields": said["fields"]} if "fields" in said else {}
            code, detail = entry_of(said.get("code", "")), said.get("detail")
            raise Problem(code, detail, japanese=said.get("japanese"), **faults)

    async def _reckon(self, page: Node, lang: str) -> None:
        """Write on the page what is paid for the points that were typed, as its script does."""
        path, typed = self._points
        form = page.find(data_charge=path) if typed else None
        place = None if form is None else form.find(**{"for": "points"})
        if place is None:
            return
        told = await self._clinic.send(_reckoning(path, typed), method="GET")
        said = told.content if told.ok else {}
        after = (said.get("Afterwards") or {}).get("Text", {})
        lines = (
            _written(place["data-yen"], said.get("Charge")),
            _written(place["data-back"], said.get("Refund")),
            after.get("English" if lang == "en" else "Japanese", ""),
        )
        place.children = [Node("p", children=[line]) for line in lines if line]


def _pressable(page: Node) -> dict[str, Node]:
    """Return what can be pressed by its id, the first of those that would be called alike."""
    found: dict[str, Node] = {}
    for name in _PARTS:
        part = page.find(id=name)
        for node in () if part is None else part.below():
            if (called := _called(node)) is not None:
                found.setdefault(called, node)
    return found


def _reckoning(path: str, points: str) -> str:
    return f"{path}?{urlencode({'Points': points})}"


def _written(form: str, yen: int | None) -> str:
    return "" if yen is None else form.replace("{}", f"{yen:,}")


def _button(name: str, node: Node) -> Button:
    fields = tuple(_fields(node))
    return Button(name, node.text, tuple(one.name for one in fields), fields=fields)


def _called(node: Node) -> str | None:
    """Name a button by its id, else by what it does; None for what is none, or for a browser.

    The points are reckoned without a button: their form is one.
    """
    if node["data-charge"]:
        return node["id"] or "charge"
    if node.tag == "a":
        href = node["href"]
        elsewhere = not href or "#" in href or href.endswith(".pdf") or urlsplit(href).netloc
        return None if elsewhere else node["id"] or f"open {href}"
    of_browser = node["data-act"] in _OF_BROWSER or node["data-copy"] or node["data-resend"]
    if node.tag != "button" or "disabled" in node or of_browser:
        return None
    by_itself = next((node[name] for name in _NAMING if node[name]), None)
    return by_itself or _called_by_order(node)


def _called_by_order(node: Node) -> str | None:
    if node["data-send"]:
        return "-".join(filter(None, (node["data-send"].rpartition("/")[2], node["data-method"])))
    if node["data-put"]:
        return "seen " + node["data-put"].split("/")[-2]
    if node["data-record"]:
        return "correct"
    if node["data-delete"]:
        return "delete " + node["data-delete"].rpartition("/")[2]
    form = node.within("form")
    return None if form is None else _called_by_form(form, node)


def _called_by_form(form: Node, node: Node) -> str | None:
    if form["data-document"]:
        return f"accept {form['data-document']}"
    if form["data-declaration"]:
        # Its paper is for a browser.
        return None if node["value"] == "print" else f"{node['value']} declaration"
    if form["data-withdraw"]:
        return "withdraw"
    if form["data-discrepancy"]:
        return "tell discrepancies"
    return "submit" if form["data-post"] else None


def _is_form(node: Node, attribute: str) -> bool:
    form = node.within("form")
    return form is not None and bool(form[attribute])


_SENT_BY_ITSELF = ("data-record", "data-delete")
"""What a button sends without what is typed beside it."""


def _form(node: Node) -> Node | None:
    """Return the form that goes with what is pressed."""
    return node if node.tag == "form" else node.within("form")


def _inputs(node: Node) -> Iterator[Node]:
    """Return the fields that go with what is pressed."""
    form = _form(node)
    if node.tag == "a" or form is None or any(node[name] for name in _SENT_BY_ITSELF):
        return
    for one in form.below():
        if one.tag in {"input", "select"} and one["name"]:
            yield one


def _fields(node: Node) -> Iterator[Field]:
    for one in _inputs(node):
        if one["type"] != "hidden":
            required = "required" in one or _is_required_for(one, node)
            needs = one["data-unless"] or None, one["data-required-with"] or None
            yield Field(one["name"], required, *needs)


def _is_required_for(one: Node, button: Node) -> bool:
    """Tell whether a field is required for one of its form's buttons; the clinic refuses then."""
    return bool(button["value"]) and one["data-required-for"] == button["value"]


def _check_filled_in(node: Node, fields: Mapping[str, str]) -> None:
    """Refuse, as the page does, to send a form that lacks something.

    What is asked of a number, or told of what differs, is left for the clinic to refuse, with all
    else that it finds.

    Raises:
        Problem: INVALID_REQUEST, with what the page says at each field.
    """
    if _is_form(node, "data-post") or _is_form(node, "data-discrepancy"):
        return
    typed = _typed(node, fields)
    missing = [
        (f"Fields.{one['name']}", one["data-missing"])
        for one in _inputs(node)
        if "required" in one
        and not typed.get(one["name"], "").strip()
        and not fields.get(one["data-unless"])
    ]
    if missing:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "; ".join(f"{field}: {said}" for field, said in missing),
            japanese="".join(said for _, said in missing),
            fields=[{"field": field, "reason": said, "japanese": said} for field, said in missing],
        )


def _typed(node: Node, fields: Mapping[str, str]) -> dict[str, str]:
    """Return a form's fields as they stand there, and as they were typed over."""
    there = {one["name"]: _value(one) for one in _inputs(node) if one["type"] != "checkbox"}
    return {**there, **fields}


def _value(one: Node) -> str:
    """Return what a field holds: of a list what is chosen, else its first line."""
    if one.tag != "select":
        return one["value"]
    options = [each for each in one.below() if each.tag == "option"]
    chosen = [each for each in options if "selected" in each] or options
    return chosen[0]["value"] if chosen else ""


def _order(node: Node, fields: Mapping[str, str]) -> tuple[str, str, object]:
    """Return what a button sends: method, path, body."""
    if node["data-unchecked"]:
        born = _typed(node, fields).get("Birthdate") or None
        cause = {"Cause": node["data-unchecked"], "Birthdate": born}
        body = {**cause, **_card_at_hand(node), **_insertion(node)}
        return "POST", "/api/visits/unchecked", body
    if node["data-send"]:
        method = {"Method": node["data-method"]} if node["data-method"] else {}
        return "POST", node["data-send"], {**_insertion(node), **method}
    if node["data-act"] == "clear":
        return "POST", "/api/next", {"Insertion": node["data-clears"]}
    if node["data-put"]:
        return "PUT", node["data-put"], {}
    if node["data-delete"]:
        return "DELETE", node["data-delete"], {}
    if node["data-record"]:
        return "PUT", f"/api/visits/{_visit(node)}/shown", json.loads(node["data-record"])
    return _form_order(node, _typed(node, fields))


def _accepts(node: Node) -> bool:
    return _is_form(node, "data-declaration") and node["value"] == "accept"


def _insertion(node: Node) -> dict[str, str]:
    """Return the card that a button means, where it means one."""
    return {"Insertion": node["data-insertion"]} if node["data-insertion"] else {}


def _card_at_hand(node: Node) -> dict[str, bool]:
    """Return that there is no card, where a button or a form says so."""
    return {"CardAtHand": False} if "data-without-card" in node else {}


def _form_order(node: Node, typed: Mapping[str, str]) -> tuple[str, str, object]:
    form = node.within("form")
    assert form is not None
    if form["data-post"]:
        return "POST", form["data-post"], typed
    if form["data-birthdate"]:
        return "PUT", form["data-birthdate"], typed
    if form["data-discrepancy"]:
        return "POST", form["data-discrepancy"], discrepancy_form.report_of(form, typed)
    told = _of_paper(typed)
    if form["data-declaration"]:
        accept = {"Accept": True} if _accepts(node) else {}
        return "PUT", form["data-declaration"], {**told, **accept}
    if form["data-withdraw"]:
        return "PUT", form["data-withdraw"], told
    if form["data-share"]:
        body = json.loads(form["data-share"])
        body["Presented"][0] |= told
    else:
        born = {"Birthdate": told.pop("Birthdate")} if "Birthdate" in told else {}
        shown = {"Document": form["data-document"], **told}
        body = {"Presented": [shown], **born, **_card_at_hand(form)}
    return "PUT", f"/api/visits/{_visit(node)}/shown", body


_COUNTED = {"Ratio", "SelfPayAmount", "Paid"}
_TICKED = {"Undated", "SpecialExpenses"}


def _of_paper(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was read off a document, or is said; what is left empty is not there."""
    told: dict[str, Any] = {name: text for name, text in typed.items() if text}
    told |= dict.fromkeys(_TICKED & told.keys(), True)
    counted = {name: _amount(told[name]) for name in _COUNTED & told.keys()}
    told |= {name: int(digits) for name, digits in counted.items() if digits.isdecimal()}
    if "Current" in told:
        told["Current"] = told["Current"] == "true"
    if told.get("Ratio") == 0:  # 書かれていない
        del told["Ratio"]
    return told


def _amount(typed: str) -> str:
    """Read an amount as the page does: 1,500円 or １５００."""
    return re.sub(r"[,\s円点]", "", unicodedata.normalize("NFKC", typed))


def _visit(node: Node) -> str:
    above = node.within("article")
    if above is None:
        raise Problem(Catalogue.DRIVER_NO_BUTTON, "The button belongs to no visit.")
    return above["data-visit"]
