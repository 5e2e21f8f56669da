"""The calendar strip: the days from filing to visibility, ready to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.days.dates import japanese_date, weekday
from eligibility.days.reflection import CountStep, LagMode
from intermediate_server.procedures.kinds import Timing

if TYPE_CHECKING:
    from eligibility.days.reflection import CountedDay, ReflectionPolicy
    from intermediate_server.procedures.change import Filing

_STEPS = {
    CountStep.FILED: "届出",
    CountStep.ACCEPTED: "受付",
    CountStep.REGISTERED: "登録",
    CountStep.VISIBLE: "反映",
    CountStep.WAITING: "",
}
_WHY = {
    Timing.LAG: "",
    Timing.DATED: "適用日（加入がまだ見えないときは、その日）から見えます。",
    Timing.RELEASE: "保険者が決めた解除の日です。それまではマイナ保険証を使えます。",
    Timing.AT_ONCE: "受け付けると、すぐに反映されます。",
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
    broken: bool = False
    """Whether days between the first and the last are left out."""
    why: str = ""
    """By which reckoning, where it is not the lag."""

    @classmethod
    def of(cls, filing: Filing) -> Strip:
        """Draw the days of a filing."""
        days = filing.counted_days
        broken = len(days) == 2 and (days[1].on - days[0].on).days > 1
        return cls(
            tuple(_strip_day(day, with_month=broken or day is days[0]) for day in days),
            japanese_date(filing.reflected_on),
            broken=broken,
            why=_WHY[filing.timing],
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


def _strip_day(day: CountedDay, *, with_month: bool) -> StripDay:
    number = f"{day.on.month}/{day.on.day}" if with_month or day.on.day == 1 else str(day.on.day)
    label = _STEPS[day.step] or (str(day.count) if day.count else "")
    words = [
        f"{day.on.month}月{day.on.day}日（{weekday(day.on).ja}）",
        day.closed or "",
        _STEPS[day.step],
        f"{day.count}日目" if day.count else "",
    ]
    return StripDay(
        number=number,
        weekday=weekday(day.on).ja,
        counted=day.counted,
        closed=day.closed is not None,
        visible=day.step is CountStep.VISIBLE,
        label=label,
        sentence=" ".join(filter(None, words)),
    )
