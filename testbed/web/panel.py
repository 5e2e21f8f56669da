"""What the panel shows, ready to be written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal

from eligibility.days.dates import TOKYO, weekday
from eligibility.sentence import Sentence
from testbed.disturbing.switchboard import Service
from testbed.web.people import PersonView, card_view, person_view
from virtual_card.wrappers.timing import INSTANT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from testbed.cards.personas import Persona
    from testbed.disturbing.disturbance import Disturbance
    from testbed.disturbing.switchboard import Standing
    from testbed.readers.inserted_card import InsertedCard
    from testbed.readers.slots import Slot
    from testbed.settings import Page

Lang = Literal["ja", "en"]
"""A language of the panel, as its address names it."""
FAULTS = {"pull": "remove:after=3", "slow": "slow:ms=500", "mute": "mute", "die": "die"}
"""What the panel has a button for, see `virtual_card.wrappers.fault`."""


@dataclass(frozen=True)
class Button:
    """A button of the panel, with what it sends."""

    text: str
    method: str
    path: str
    body: str
    """JSON, or nothing."""


@dataclass(frozen=True)
class SlotView:
    """A slot."""

    number: int
    name: str
    """Whose reader it is; empty where there is no desk."""
    reader: str
    holds: str
    has_card: bool
    notes: tuple[str, ...]
    """What the card goes through, if that is anything."""
    buttons: tuple[Button, ...]
    faults: tuple[Button, ...]


@dataclass(frozen=True)
class Switch:
    """A button by which something goes wrong, and by which it ends."""

    place: str
    text: str
    effect: str
    """What is seen of it."""
    state: str
    """In a word."""
    on: bool | None
    """None where the part that knows does not answer: then it cannot be pressed."""
    path: str
    body: str


@dataclass(frozen=True)
class ServiceView:
    """A service, and what to do where it does not answer."""

    name: str
    answers: bool
    state: str
    advice: str


@dataclass(frozen=True)
class Panel:
    """The whole panel."""

    lang: Lang
    other_lang: Lang
    text: Mapping[str, str]
    now: str | None
    clock_buttons: tuple[Button, ...]
    slots: tuple[SlotView, ...]
    people: tuple[PersonView, ...]
    switches: tuple[Switch, ...]
    services: tuple[ServiceView, ...]
    pages: tuple[tuple[str, str], ...]


@cache
def texts() -> Mapping[str, Sentence]:
    """Return every word of the panel by its key."""
    content = tomllib.loads(files("testbed.web").joinpath("texts.toml").read_text("utf-8"))
    return {name: Sentence(**languages) for name, languages in content.items()}


def texts_in(lang: Lang) -> Mapping[str, str]:
    """Return every word of the panel in a language, by its key."""
    return {name: in_language(lang, sentence) for name, sentence in texts().items()}


def panel_of(
    lang: Lang,
    standing: Standing,
    slots: Sequence[Slot],
    cards: Sequence[str],
    people: Mapping[str, Persona],
    pages: Sequence[Page],
) -> Panel:
    """Prepare the panel in a language."""
    text = texts_in(lang)

    def forward(label: str, step: str) -> Button:
        return Button(label, "POST", "/panel/clock", f'{{"By": "{step}"}}')

    def named(card: str) -> str:
        return people[card].label if card in people else card

    def whose(slot: Slot) -> str:
        # A deployment's desk has the first reader.
        if Service.CLINIC not in standing.answers:
            return ""
        return text["reader_of_nobody" if slot.number else "reader_of_desk"]

    def view(slot: Slot) -> SlotView:
        path = f"/slots/{slot.number}"
        inserted = slot.inserted
        if inserted is None:
            return SlotView(
                slot.number,
                whose(slot),
                slot.reader,
                text["empty"],
                has_card=False,
                notes=(),
                buttons=(),
                faults=(),
            )
        return SlotView(
            slot.number,
            whose(slot),
            slot.reader,
            named(inserted.name),
            has_card=True,
            notes=_notes(text, inserted),
            buttons=(Button(text["remove"], "DELETE", path, ""),),
            faults=_fault_buttons(text, path, inserted),
        )

    lying = {slot.card: slot.number for slot in slots if slot.card is not None}
    today = None if standing.now is None else standing.now.astimezone(TOKYO).date()
    known = texts()
    own = [name for name in cards if name not in people]

    return Panel(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        now=_written(lang, standing.now) if standing.now else None,
        clock_buttons=(
            forward(text["forward_hour"], "1h"),
            forward(text["forward_day"], "1d"),
            forward(text["forward_business"].format(n=3), "3bd"),
        ),
        slots=tuple(view(slot) for slot in slots),
        people=(
            *(person_view(who, known, lang, today, lying.get(who.key)) for who in people.values()),
            *(card_view(name, known, lang, lying.get(name)) for name in own),
        ),
        switches=tuple(_switch(text, what, on=on) for what, on in standing.disturbances.items()),
        services=tuple(
            ServiceView(
                text[f"service_{service}"],
                answers,
                text["answers" if answers else "silent"],
                "" if answers else text[f"gone_{service}"],
            )
            for service, answers in standing.answers.items()
        ),
        pages=tuple((in_language(lang, page.name), page.url) for page in pages),
    )


def _switch(text: Mapping[str, str], what: Disturbance, *, on: bool | None) -> Switch:
    name = f"{what.place}_{what.manner}"
    states = {True: "switch_on", False: "switch_off", None: "switch_unknown"}
    return Switch(
        place=text[f"place_{what.place}"],
        text=text[f"manner_{what.manner}"],
        effect=text[f"effect_{name}"],
        state=text[states[on]],
        on=on,
        path=f"/panel/disturbances/{what.place}/{what.manner}",
        body=f'{{"On": {str(not on).lower()}}}',
    )


def _notes(text: Mapping[str, str], inserted: InsertedCard) -> tuple[str, ...]:
    notes = [text["dead"]] if inserted.dead else []
    if inserted.timed.profile != INSTANT:
        # One whose milliseconds somebody chose is shown as it was written.
        timing = str(inserted.timed.profile)
        notes.append(text["timing"].format(timing=text.get(f"timing_{timing}", timing)))
    button_of = {fault: name for name, fault in FAULTS.items()}
    for state in inserted.faulty.faults:
        fault = str(state.fault)
        shown = text[button_of[fault]] if fault in button_of else fault
        notes.append(text["fault"].format(fault=shown, struck=state.struck))
    if inserted.trace:
        notes.append(text["trace"].format(trace=inserted.trace))
    return tuple(notes)


def _fault_buttons(
    text: Mapping[str, str], path: str, inserted: InsertedCard
) -> tuple[Button, ...]:
    if inserted.dead:
        return (Button(text["repair"], "POST", f"/cards/{inserted.name}/repair", ""),)
    buttons = [
        Button(text[name], "POST", f"{path}/faults", f'{{"Faults": ["{fault}"]}}')
        for name, fault in FAULTS.items()
    ]
    if inserted.faulty.faults:
        buttons.append(Button(text["clear"], "DELETE", f"{path}/faults", ""))
    return tuple(buttons)


def _written(lang: Lang, now: datetime) -> str:
    local = now.astimezone(TOKYO)
    return f"{local:%Y-%m-%d} ({in_language(lang, weekday(local))}) {local:%H:%M}"


def in_language(lang: Lang, sentence: Sentence) -> str:
    """Return a sentence in a language."""
    return sentence.ja if lang == "ja" else sentence.en
