"""The calendar strip: how a change comes nearer, day by day, until a clinic can see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.web.dates import long_day, short_day, weekday
from wire.dates import read_day

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.intermediate_client import PendingChange
    from clinic_client.settings import YearStyle
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class StripDay:
    """One day of a strip."""

    number: str
    weekday: str
    tone: str
    """``visible``, ``closed``, ``counted`` or ``plain``."""
    today: bool
    title: str


@dataclass(frozen=True)
class PendingRow:
    """One change on its way."""

    summary: str
    visible: str
    days: tuple[StripDay, ...]


@dataclass(frozen=True)
class PendingView:
    """中間サーバーの見え方."""

    rows: tuple[PendingRow, ...]
    empty: str | None
    """What stands there when there is no row."""


def pending_view(
    t: Phrasebook,
    changes: tuple[PendingChange, ...] | None,
    today: date,
    years: YearStyle,
) -> PendingView:
    """Prepare the look into the intermediate server."""
    if not changes:
        return PendingView((), t("pending.unavailable" if changes is None else "pending.none"))
    return PendingView(tuple(_row(t, change, today, years) for change in changes), None)


def _row(t: Phrasebook, change: PendingChange, today: date, years: YearStyle) -> PendingRow:
    filed, visible = read_day(change.filed_on), read_day(change.reflection_date)
    kind = f"pending.kind_{change.kind}"
    return PendingRow(
        summary=t(
            "pending.summary",
            insurer=change.insurer_name,
            kind=t(kind),
            filed=short_day(filed, t.language),
        ),
        visible=t("pending.visible", day=long_day(visible, t.language, years)),
        days=tuple(_strip(t, change, today)),
    )


def _strip(t: Phrasebook, change: PendingChange, today: date) -> list[StripDay]:
    days: list[StripDay] = []
    for one in change.counted_days:
        on = read_day(one.date)
        if one.visible:
            tone, why = "visible", t("pending.legend_visible")
        elif one.closed:
            tone, why = "closed", one.closed
        elif one.counted:
            tone, why = "counted", t("pending.legend_counted")
        else:
            tone, why = "plain", ""
        first = not days or on.day == 1
        days.append(
            StripDay(
                number=f"{on.month}/{on.day}" if first else str(on.day),
                weekday=weekday(on, t.language),
                tone=tone,
                today=on == today,
                title=f"{short_day(on, t.language)} {why}".strip(),
            )
        )
    return days
