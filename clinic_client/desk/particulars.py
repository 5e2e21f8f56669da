"""All that OQS answered, as the page of a visit shows it: papers, 限度額, what may be looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from clinic_client.visits.particulars import papers_of, viewings_of
from clinic_client.web.dates import long_day, time_of_day
from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from datetime import date

    from clinic_client.settings import YearStyle
    from clinic_client.visits.particulars import Particular, Viewing
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class Row:
    """A line of a paper."""

    label: str
    value: str


@dataclass(frozen=True)
class PaperView:
    """A paper, or what belongs together as one."""

    title: str
    rows: tuple[Row, ...]
    note: str | None


@dataclass(frozen=True)
class ViewingView:
    """A kind of medical information: whether it may be looked at, until when, and where."""

    label: str
    state: str
    until: str | None
    href: str | None
    """Where it is shown; None while it may not be, or where OQS shows nothing of it."""
    open: bool


@dataclass(frozen=True)
class ParticularsView:
    """What stands beside the qualification."""

    glance: tuple[str, ...]
    """What the receptionist has to know of it, in a word each."""
    papers: tuple[PaperView, ...]
    viewings: tuple[ViewingView, ...]


NOTHING = ParticularsView((), (), ())


def particulars(t: Phrasebook, visit: Visit, years: YearStyle, now: datetime) -> ParticularsView:
    """Prepare what OQS answered, as it stands at the business instant `now`."""
    if visit.answer is None:
        return NOTHING
    papers = papers_of(visit.answer, visit.channel)
    viewings = viewings_of(visit.answer)
    summaries = [t.of(one.summary) for one in papers if one.summary]
    open_now = [t.of(one.label) for one in viewings if one.kind and one.open_at(now)]
    if open_now:
        summaries.append(t("whole.may_see", kinds=t("answer.and").join(open_now)))
    return ParticularsView(
        glance=tuple(summaries),
        papers=tuple(
            PaperView(
                t.of(one.title),
                tuple(_row(t, row, years) for row in one.rows),
                t.of(one.note) if one.note else None,
            )
            for one in papers
        ),
        viewings=tuple(_viewing(t, visit, one, years, now) for one in viewings),
    )


def _row(t: Phrasebook, row: Particular, years: YearStyle) -> Row:
    return Row(t.of(row.label), _written(t, row.value, years))


def _viewing(
    t: Phrasebook, visit: Visit, one: Viewing, years: YearStyle, now: datetime
) -> ViewingView:
    may = one.open_at(now)
    ended = one.until is not None and not may
    shown = may and one.kind is not None and visit.coverage is not None
    return ViewingView(
        label=t.of(one.label),
        state=t("whole.ended" if ended else f"whole.consent_{one.state.value}"),
        until=_written(t, one.until, years) if one.until else None,
        href=f"/visits/{visit.visit_id}/medical/{one.kind}" if shown else None,
        open=may,
    )


def _written(t: Phrasebook, value: Sentence | date | datetime, years: YearStyle) -> str:
    match value:
        case Sentence():
            return t.of(value)
        case datetime():
            local = value.astimezone(TOKYO)
            return f"{long_day(local.date(), t.language, years)} {time_of_day(local)}"
    return long_day(value, t.language, years)
