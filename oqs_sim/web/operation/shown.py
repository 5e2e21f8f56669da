"""What the operation page shows, ready to be written."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Literal, NamedTuple
from urllib.parse import urlencode

from eligibility.days.dates import TOKYO, weekday
from eligibility.sentence import Sentence
from oqs_sim.operation.delays import DelayProfile
from oqs_sim.web.operation.message_form import (
    MessageField,
    MessageRow,
    message_fields,
    message_rows,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from oqs_sim.operation.orders import (
        Backlog,
        BulkView,
        FaultReport,
        OperationView,
        RequestView,
        UseView,
        WindowView,
    )

Lang = Literal["ja", "en"]
"""A language of the page, as its address names it."""
PRESETS = {
    "preset_cut": ("cut:when=before", ""),
    "preset_half": ("cut:when=middle", ""),
    "preset_storage": ("status:code=SIM-STORAGE-UNAVAILABLE", ""),
    "preset_dribble": ("dribble:bytes=200", ""),
    "preset_some": ("status:status=502", "0.1"),
    "preset_feed": ("feed_stopped", ""),
    "preset_stale": ("stale:days=3", ""),
    "preset_in_progress": ("in_progress:fetches=2", ""),
}
"""What the page has a button for: the effect, and its probability."""


class Preset(NamedTuple):
    """A fault that a button sets."""

    text: str
    effect: str
    probability: str


class Choice(NamedTuple):
    """A delay profile that a button sets."""

    text: str
    profile: str
    chosen: bool


class FaultRow(NamedTuple):
    """A fault that is set."""

    number: int
    effect: str
    whom: str
    often: str
    is_over: bool
    end: str


class WindowRow(NamedTuple):
    """What was opened."""

    number: int
    kind: str
    whom: str
    start: str
    until: str
    state: str
    is_over: bool
    reason: str
    close: str


class UseRow(NamedTuple):
    """A use of a mode."""

    window: int
    institution: str
    text: str
    report: str
    is_reported: bool


class RequestRow(NamedTuple):
    """A request of the lines."""

    entry: int
    time: str
    who: str
    what: str
    result: str
    is_amiss: bool
    struck_by: str
    took: str
    person: str
    request_id: str
    near_misses: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """The whole page."""

    lang: Lang
    other_lang: Lang
    text: Mapping[str, str]
    said: str
    """What came of a form."""
    is_refusal: bool
    now: str
    is_quiet: bool
    notices: tuple[str, ...]
    backlog: str
    bulk: str
    seed: str
    has_seed: bool
    delays: tuple[Choice, ...]
    other_delays: tuple[str, ...]
    presets: tuple[Preset, ...]
    faults: tuple[FaultRow, ...]
    messages: tuple[MessageRow, ...]
    message_fields: tuple[MessageField, ...]
    windows: tuple[WindowRow, ...]
    uses: tuple[UseRow, ...]
    requests: tuple[RequestRow, ...]
    older: str
    """The address of the requests before these; empty where there are none."""
    newer: str
    """The address of the newest ones; empty where these are."""
    sought: Mapping[str, str]
    typed: Mapping[str, str]
    """What was typed into a form that was refused."""


@cache
def texts() -> Mapping[str, Sentence]:
    """Return every word of the page by its key."""
    content = tomllib.loads(
        files("oqs_sim.web.operation").joinpath("texts.toml").read_text("utf-8")
    )
    return {name: Sentence(**languages) for name, languages in content.items()}


def in_language(lang: Lang, sentence: Sentence) -> str:
    """Return a text in a language."""
    return sentence.ja if lang == "ja" else sentence.en


def words(lang: Lang) -> dict[str, str]:
    """Return every word of the page in a language."""
    return {name: in_language(lang, sentence) for name, sentence in texts().items()}


def page_of(
    lang: Lang,
    view: OperationView,
    backlog: Backlog,
    requests: Sequence[RequestView],
    *,
    has_older: bool,
    sought: Mapping[str, str],
    typed: Mapping[str, str],
    said: str = "",
    is_refusal: bool = False,
) -> Page:
    """Prepare the page."""
    text = words(lang)
    for_all = [one for one in view.delays if not (one.path or one.medical_institution_code)]
    profile = for_all[0].profile if for_all else DelayProfile.NONE
    others = tuple(
        f"{text[f'delay_{one.profile}']} — {_whom(text, one.path, one.medical_institution_code)}"
        for one in view.delays
        if one not in for_all
    )
    open_ones = [one for one in view.windows if one.is_open]
    notices = []
    if profile is not DelayProfile.NONE:
        notices.append(text["set_delay"].format(what=text[f"delay_{profile}"]))
    if others:
        notices.append(text["set_other_delays"].format(n=len(others)))
    at_work = sum(not one.is_over for one in view.faults)
    if at_work:
        notices.append(text["set_faults"].format(n=at_work))
    if view.messages:
        notices.append(text["set_messages"].format(n=len(view.messages)))
    if open_ones:
        notices.append(text["set_windows"].format(n=len(open_ones)))
    return Page(
        lang=lang,
        other_lang="en" if lang == "ja" else "ja",
        text=text,
        said=said,
        is_refusal=is_refusal,
        now=_moment(lang, view.now, with_weekday=True),
        is_quiet=not notices,
        notices=tuple(notices),
        backlog=_backlog(text, backlog),
        bulk=_bulk(text, view.bulk),
        seed=_moment(lang, view.seed.business_at) if view.seed else text["seed_none"],
        has_seed=view.seed is not None,
        delays=tuple(
            Choice(text[f"delay_{one}"], one.value, one is profile) for one in DelayProfile
        ),
        other_delays=others,
        presets=tuple(
            Preset(text[name], effect, probability)
            for name, (effect, probability) in PRESETS.items()
        ),
        faults=tuple(_fault(text, one) for one in view.faults),
        messages=message_rows(text, view.messages),
        message_fields=message_fields(text),
        windows=tuple(_window(lang, text, one, view.now) for one in reversed(view.windows)),
        uses=tuple(_use(lang, text, one) for one in view.uses),
        requests=tuple(_request(lang, text, one) for one in requests),
        older=_journal(lang, sought, str(requests[-1].entry)) if has_older else "",
        newer=_journal(lang, sought, "") if sought.get("before") else "",
        sought=sought,
        typed=typed,
    )


def _journal(lang: Lang, sought: Mapping[str, str], before: str) -> str:
    """Return the address of a page of the journal, for the same search."""
    asked = {"lang": lang, **sought, "before": before}
    return f"?{urlencode({name: value for name, value in asked.items() if value})}#journal"


def _backlog(text: Mapping[str, str], backlog: Backlog) -> str:
    if not backlog.answers:
        return text["backlog_away"]
    said = text["backlog_waiting"].format(n=backlog.waiting, due=backlog.due or 0)
    return f"{said} — {text['backlog_paused']}" if backlog.paused else said


def _bulk(text: Mapping[str, str], bulk: BulkView) -> str:
    if not bulk.waiting:
        return text["bulk_none"]
    said = text["bulk_waiting"].format(n=bulk.waiting, seconds=bulk.oldest_seconds)
    if not bulk.begun_again:
        return said
    return f"{said} — {text['bulk_begun_again'].format(n=bulk.begun_again)}"


def _whom(text: Mapping[str, str], *parts: str | None) -> str:
    return " ".join(part for part in parts if part) or text["everybody"]


def _fault(text: Mapping[str, str], fault: FaultReport) -> FaultRow:
    often = f"{fault.struck} / {fault.times}" if fault.times else str(fault.struck)
    chance = f" ({fault.probability:.0%})" if fault.probability < 1 else ""
    return FaultRow(
        fault.number,
        fault.effect + chance,
        _whom(text, fault.path, fault.medical_institution_code),
        often,
        fault.is_over,
        text["end_fault"].format(n=fault.number),
    )


def _window(lang: Lang, text: Mapping[str, str], window: WindowView, now: datetime) -> WindowRow:
    is_over = window.closes_at is not None and window.closes_at <= now
    state = "is_open" if window.is_open else "is_over" if is_over else "is_coming"
    return WindowRow(
        window.number,
        text[f"kind_{window.kind}"],
        _whom(text, window.medical_institution_code, window.prefecture, *window.municipalities),
        _moment(lang, window.opens_at),
        _moment(lang, window.closes_at) if window.closes_at else text["until_closed"],
        text[state],
        is_over,
        window.reason,
        text["close_window"].format(n=window.number),
    )


def _use(lang: Lang, text: Mapping[str, str], use: UseView) -> UseRow:
    who = use.medical_institution_code
    return UseRow(
        use.window,
        who,
        text["uses_line"].format(window=use.window, who=who, n=use.uses),
        text["report_due"].format(day=_moment(lang, use.report_due))
        if use.report_due
        else text["reported"],
        use.report_due is None,
    )


def _request(lang: Lang, text: Mapping[str, str], one: RequestView) -> RequestRow:
    result = text["unanswered"] if one.status is None else str(one.status)
    if one.code:
        result += f" {one.code}"
    elif one.qualification_validity:
        result += " " + text["validity"].format(n=one.qualification_validity)
    misses = []
    for miss in one.near_misses:
        who, _, what = miss.partition(": ")
        items = ", ".join(_item(lang, item) for item in what.split(" / "))
        misses.append(text["near_miss_line"].format(who=who, what=items))
    return RequestRow(
        one.entry,
        f"{one.recorded_at.astimezone(TOKYO):%H:%M:%S}",
        one.medical_institution_code or one.role,
        f"{one.method} {one.path}",
        result,
        one.status is None or one.status >= 400,
        one.struck_by or "",
        f"{one.milliseconds:.1f}",
        one.person_reference or "",
        one.request_id,
        tuple(misses),
    )


def _item(lang: Lang, both: str) -> str:
    """Return what differs in a language; a near miss names it in both."""
    japanese, _, english = both.partition(" (")
    return japanese if lang == "ja" else english.removesuffix(")")


def _moment(lang: Lang, moment: datetime, *, with_weekday: bool = False) -> str:
    local = moment.astimezone(TOKYO)
    day = f" ({in_language(lang, weekday(local))})" if with_weekday else ""
    return f"{local:%Y-%m-%d}{day} {local:%H:%M}"
