"""What the clerk's page shows, ready to be written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.reflection import LagMode, Step
from eligibility.sentence import japanese_date
from intermediate_server.change import Filing, weekday
from wire.clock import TOKYO

if TYPE_CHECKING:
    from datetime import date, datetime

    from eligibility.policies import InsurerPolicy
    from eligibility.reflection import CountedDay, ReflectionPolicy
    from intermediate_server.change import TrackedChange

_STEPS = {
    Step.FILED: "届出",
    Step.ACCEPTED: "受付",
    Step.REGISTERED: "登録",
    Step.VISIBLE: "反映",
    Step.WAITING: "",
}


@dataclass(frozen=True, slots=True)
class StripDay:
    """One day of a calendar strip."""

    number: str
    """Day of the month; with the month where it is the strip's first, or the month's."""
    weekday: str
    counted: bool
    closed: bool
    visible: bool
    label: str
    """What the day is for: 届出, 受付, 登録, 反映, or its number within the lag."""
    sentence: str
    """The whole day in words."""


@dataclass(frozen=True, slots=True)
class Strip:
    """The days from filing to visibility."""

    days: tuple[StripDay, ...]
    visible_on: str
    """The day of visibility, with its weekday."""

    @classmethod
    def of(cls, filing: Filing) -> Strip:
        """Draw the days of a filing."""
        days = filing.counted_days
        return cls(
            tuple(_strip_day(day, first=day is days[0]) for day in days),
            japanese_date(filing.reflected_on),
        )


@dataclass(frozen=True, slots=True)
class InsurerCard:
    """An insurer, and what a procedure filed now would come to."""

    name: str
    number: str
    lag: str
    """How its lag is counted, as a sentence."""
    note: str
    filed_now: Strip | None
    """None while nobody knows what day it is."""

    @classmethod
    def of(cls, policy: InsurerPolicy, now: datetime | None) -> InsurerCard:
        """Draw an insurer."""
        filed_now = None
        if now is not None:
            local = now.astimezone(TOKYO)
            filed_now = Strip.of(Filing(local.date(), local.time(), policy.reflection))
        return cls(
            name=policy.name,
            number=str(policy.insurer_number),
            lag=lag_sentence(policy.reflection),
            note=policy.note,
            filed_now=filed_now,
        )


@dataclass(frozen=True, slots=True)
class FiledProcedure:
    """A procedure that was filed, and how far it is."""

    kind: str
    name: str
    name_kana: str
    insurer: str
    number: str
    """記号・番号・枝番."""
    fact: str
    """資格取得日 or 資格喪失日."""
    strip: Strip
    delivered: bool
    state: str

    @classmethod
    def of(cls, tracked: TrackedChange, today: date | None) -> FiledProcedure:
        """Draw a change."""
        entry = tracked.change
        one = entry.qualification
        fact = f"資格取得日 {japanese_date(one.qualified_on)}"
        if one.disqualified_on is not None:
            fact = f"資格喪失日 {japanese_date(one.disqualified_on)}"
        return cls(
            kind=entry.kind.japanese,
            name=entry.person.name,
            name_kana=entry.person.name_kana,
            insurer=entry.insurer_name,
            number=" ".join(filter(None, (one.symbol, one.number, one.branch))),
            fact=fact,
            strip=Strip.of(entry.filing),
            delivered=tracked.delivered_at is not None,
            state=_state(tracked, today),
        )


def lag_sentence(lag: ReflectionPolicy) -> str:
    """Say how an insurer's lag is counted."""
    match lag.mode:
        case LagMode.IMMEDIATE:
            return "届出のあと、すぐに医療機関に見えます。"
        case LagMode.MANUAL:
            return "担当者が反映を指示するまで、医療機関に見えません。"
        case LagMode.BUSINESS_DAYS:
            said = f"受付の日から{lag.lag_days}開庁日で医療機関に見えます。"
        case LagMode.SEED_LITERAL:
            said = f"約{lag.lag_days}日（祝日等でさらに1～2日）で医療機関に見えます。"
        case LagMode.CALENDAR:
            said = f"届出の日から{lag.lag_days}日（暦日）で医療機関に見えます。"
        case LagMode.CHAIN:
            said = (
                f"届出から{lag.insurer_days}日以内に登録し、その{lag.visible_days}開庁日後に"
                "医療機関に見えます。"
            )
    if lag.cutoff is not None:
        said += f"{lag.cutoff:%H:%M}を過ぎた届出は翌日の扱いです。"
    return said


def _state(tracked: TrackedChange, today: date | None) -> str:
    if tracked.delivered_at is not None:
        return "反映済み"
    if today is None:
        return "反映待ち"
    days = (tracked.change.filing.reflected_on - today).days
    return f"あと{days}日" if days > 0 else "送信中"


def _strip_day(day: CountedDay, *, first: bool) -> StripDay:
    number = f"{day.on.month}/{day.on.day}" if first or day.on.day == 1 else str(day.on.day)
    label = _STEPS[day.step] or (str(day.count) if day.count else "")
    words = [
        f"{day.on.month}月{day.on.day}日（{weekday(day.on)}）",
        day.closed or "",
        _STEPS[day.step],
        f"{day.count}日目" if day.count else "",
    ]
    return StripDay(
        number=number,
        weekday=weekday(day.on),
        counted=day.counted,
        closed=day.closed is not None,
        visible=day.step is Step.VISIBLE,
        label=label,
        sentence=" ".join(filter(None, words)),
    )
