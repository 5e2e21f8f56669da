"""What the panel shows, ready to be written."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from eligibility.days.dates import TOKYO, weekday
from virtual_card.wrappers.timing import INSTANT

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from testbed.cards.personas import Persona
    from testbed.readers.inserted_card import Occupant
    from testbed.readers.slots import Slot

TEXTS = {
    "ja": {
        "title": "模擬操作盤",
        "mark": "模擬",
        "clock": "時計",
        "clock_down": "時計につながりません。OQSが動いているか確かめてください。",
        "reader": "模擬読取機",
        "empty": "カードなし",
        "insert": "{name}のカードを置く",
        "remove": "カードを外す",
        "others": "ほかの人のカードを作って置く",
        "timing": "応答の速さ: {timing}",
        "fault": "故障: {fault}（{struck}回起きた）",
        "trace": "記録: {trace}",
        "dead": "壊れています。修理するまで応答しません。",
        "trouble": "故障を起こす",
        "pull": "読み取りの途中で抜く",
        "slow": "応答を0.5秒遅らせる",
        "mute": "応答しなくする",
        "die": "壊す",
        "clear": "故障をやめる",
        "repair": "修理する",
        "pages": "画面",
        "hint": "ここは練習のための操作盤です。実物の患者さんと窓口の代わりをします。",
        "forward_business": "{n}営業日進める",
        "forward_day": "1日進める",
        "forward_hour": "1時間進める",
        "other_language": "English",
        "became_visible": "反映された届出",
    },
    "en": {
        "title": "Simulation panel",
        "mark": "SIMULATION",
        "clock": "Clock",
        "clock_down": "The clock does not answer. Check that OQS runs.",
        "reader": "Virtual reader",
        "empty": "no card",
        "insert": "Put in the card of {name}",
        "remove": "Take the card out",
        "others": "Have someone else's card made and put in",
        "timing": "timing: {timing}",
        "fault": "fault: {fault} (happened {struck} times)",
        "trace": "trace: {trace}",
        "dead": "The card is dead: it does not answer until it is repaired.",
        "trouble": "Have something go wrong",
        "pull": "pull it out while it is read",
        "slow": "answer 0.5 s later",
        "mute": "answer nothing",
        "die": "break it",
        "clear": "end the faults",
        "repair": "repair it",
        "pages": "Pages",
        "hint": "This panel stands in for real patients and offices, to practise with.",
        "forward_business": "{n} business days on",
        "forward_day": "one day on",
        "forward_hour": "one hour on",
        "other_language": "日本語",
        "became_visible": "changes that became visible",
    },
}


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

    reader: str
    holds: str
    occupied: bool
    notes: tuple[str, ...]
    """What the card goes through, if that is anything."""
    buttons: tuple[Button, ...]
    others: tuple[Button, ...]
    """For personas whose cards have not been issued yet."""
    faults: tuple[Button, ...]


@dataclass(frozen=True)
class Panel:
    """The whole panel."""

    lang: str
    other_lang: str
    text: Mapping[str, str]
    now: str | None
    clock_buttons: tuple[Button, ...]
    slots: tuple[SlotView, ...]
    pages: tuple[tuple[str, str], ...]


def panel_of(
    lang: str,
    now: str | None,
    slots: Sequence[Slot],
    cards: Sequence[str],
    people: Mapping[str, Persona],
    pages: Sequence[tuple[str, str, str]],
) -> Panel:
    """Prepare the panel in a language."""
    text = TEXTS[lang]

    def forward(label: str, unit: str, amount: int) -> Button:
        body = f'{{"Unit": "{unit}", "Amount": {amount}}}'
        return Button(label, "POST", "/panel/clock", body)

    def named(card: str) -> str:
        return people[card].label if card in people else card

    def view(slot: Slot) -> SlotView:
        path = f"/slots/{slot.number}"

        def insertion(card: str, label: str) -> Button:
            return Button(label.format(name=named(card)), "PUT", path, f'{{"Card": "{card}"}}')

        buttons = tuple(insertion(card, text["insert"]) for card in cards if card != slot.card)
        others = tuple(insertion(key, "{name}") for key in people if key not in cards)
        occupant = slot.occupant
        if occupant is None:
            return SlotView(
                slot.reader,
                text["empty"],
                occupied=False,
                notes=(),
                buttons=buttons,
                others=others,
                faults=(),
            )
        return SlotView(
            slot.reader,
            named(occupant.name),
            occupied=True,
            notes=_notes(text, occupant),
            buttons=(Button(text["remove"], "DELETE", path, ""), *buttons),
            others=others,
            faults=_fault_buttons(text, path, occupant),
        )

    return Panel(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        now=_written(lang, now) if now else None,
        clock_buttons=(
            forward(text["forward_hour"], "Seconds", 3600),
            forward(text["forward_day"], "Days", 1),
            forward(text["forward_business"].format(n=3), "BusinessDays", 3),
        ),
        slots=tuple(view(slot) for slot in slots),
        pages=tuple(
            (japanese if lang == "ja" else english, url) for japanese, english, url in pages
        ),
    )


def _notes(text: Mapping[str, str], occupant: Occupant) -> tuple[str, ...]:
    notes = [text["dead"]] if occupant.dead else []
    if occupant.timed.profile != INSTANT:
        notes.append(text["timing"].format(timing=occupant.timed.profile))
    notes += (
        text["fault"].format(fault=state.fault, struck=state.struck)
        for state in occupant.faulty.faults
    )
    if occupant.trace:
        notes.append(text["trace"].format(trace=occupant.trace))
    return tuple(notes)


def _fault_buttons(text: Mapping[str, str], path: str, occupant: Occupant) -> tuple[Button, ...]:
    if occupant.dead:
        return (Button(text["repair"], "POST", f"/cards/{occupant.name}/repair", ""),)
    buttons = [
        Button(text[name], "POST", f"{path}/faults", f'{{"Faults": ["{fault}"]}}')
        for name, fault in FAULTS.items()
    ]
    if occupant.faulty.faults:
        buttons.append(Button(text["clear"], "DELETE", f"{path}/faults", ""))
    return tuple(buttons)


def _written(lang: str, now: str) -> str:
    local = datetime.fromisoformat(now).astimezone(TOKYO)
    day = weekday(local).en if lang == "en" else weekday(local).ja
    return f"{local:%Y-%m-%d} ({day}) {local:%H:%M}"
