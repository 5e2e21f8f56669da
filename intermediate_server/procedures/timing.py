"""From when a procedure shows (C-008): the insurer's lag, the day of release, or at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from eligibility.cost.burden import elderly_from, preschool_until
from eligibility.days.dates import TOKYO, japanese_date
from eligibility.days.eras import day_in_words, era_date
from eligibility.days.office_calendar import CalendarRangeError, add_months, why_closed
from eligibility.days.reflection import (
    CountedDay,
    CountStep,
    LagMode,
    explain,
    reflection_date,
    visible_from,
)
from eligibility.registration.release import release_day, released_from
from eligibility.sentence import Sentence
from intermediate_server.procedures.kinds import KINDS, ProcedureKind, Timing
from intermediate_server.procedures.refusal import refused

if TYPE_CHECKING:
    from eligibility.days.reflection import ReflectionPolicy
    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure


MONTHS_AHEAD = 12
"""How many months after 届出日 a day may lie from which something holds [our own choice: no rule is
known]. What lies further ahead is a year that was mistyped, as R28 for R8."""
MONTHS_AHEAD_OF_AN_END = 24
"""The same of 有効期限, which ends what may itself begin in a year."""
MONTHS_BACK = 6
"""How many months 届出日 may lie back without a clerk being asked about it [our own choice: no rule
is known]. What is entered late is entered within weeks; a year that was mistyped, as R7 for R8,
lies further back."""


@dataclass(frozen=True, slots=True)
class Filing:
    """When a procedure was filed, and how the days until its visibility were counted then.

    The lag is kept with the entry: a policy that changes later moves nothing that was filed
    before.
    """

    filed_on: date
    filed_at: time | None
    """The time of day in Tokyo, of what was filed on the day of recording; else in time."""
    lag: ReflectionPolicy
    timing: Timing = Timing.LAG
    shown_on: date | None = None
    """The day of visibility, where the lag does not give it."""
    entered_on: date | None = None
    """The day of recording, of what had been filed before it; None also where nobody knows."""

    @property
    def awaits_release(self) -> bool:
        """Whether the day is not known before a person releases the entry."""
        return self.lag.mode is LagMode.MANUAL and self.timing is not Timing.RELEASED

    @property
    def stated_again(self) -> Filing:
        """The same of an entry that states it again, which a person has to release in its turn."""
        if self.timing is not Timing.RELEASED:
            return self
        return replace(self, timing=Timing.LAG, shown_on=None)

    @property
    def reflected_on(self) -> date:
        """The first day on which clinics see it (C-004 to C-008).

        Of what awaits its release it is the first day possible, which nobody is told.
        """
        if self.shown_on is not None:
            return self.shown_on
        return reflection_date(self.filed_on, self.lag, self.filed_at)

    @property
    def seen_on(self) -> date:
        """The same, but not before anybody had entered it: what was not known was not seen."""
        return max(self.reflected_on, self.entered_on or self.reflected_on)

    @property
    def counted_days(self) -> tuple[CountedDay, ...]:
        """Each day from filing to visibility; without those between where no day is counted.

        None of what awaits its release.
        """
        if self.awaits_release:
            return ()
        if self.shown_on is None:
            return explain(self.filed_on, self.lag, self.filed_at)
        days: tuple[date, ...] = (self.filed_on, self.shown_on)
        if self.timing is Timing.DATED and self.shown_on - self.filed_on < timedelta(days=31):
            span = (self.shown_on - self.filed_on).days
            days = tuple(self.filed_on + timedelta(days=n) for n in range(span + 1))
        return tuple(
            CountedDay(on, _step(on, self.filed_on, self.shown_on), None, _why_closed(on))
            for on in dict.fromkeys(days)
        )


def _why_closed(on: date) -> str | None:
    """Say why offices are closed; nothing of a day whose holidays nobody knows."""
    try:
        return why_closed(on)
    except CalendarRangeError:
        return None


def _step(on: date, filed_on: date, shown_on: date) -> CountStep:
    if on == shown_on:
        return CountStep.VISIBLE
    return CountStep.FILED if on == filed_on else CountStep.WAITING


@dataclass(frozen=True, slots=True)
class Shown:
    """How the days were counted, and the business instant (UTC) from which clinics see it."""

    filing: Filing
    visible_from: datetime


def filing_of(
    procedure: Procedure, policy: InsurerPolicy, now: datetime, person: PersonDetails | None = None
) -> Shown:
    """Return from when clinics see a procedure that is filed ``now``.

    What is filed today has a time of day, which the insurer's cutoff looks at; what was filed
    earlier counts as in time.

    Raises:
        Problem: PROCEDURE_REFUSED for a 届出日 to come, a day too far ahead of it, or one whose
            holidays nobody knows.
    """
    today, at = _local(now)
    filed_on = procedure.filed_on or today
    if filed_on > today:
        raise refused(
            Sentence(
                f"届出日 {japanese_date(filed_on)} はまだ来ていません。"
                f"きょう（{japanese_date(today)}）までの日付を入れてください。",
                f"FiledOn {filed_on.isoformat()} lies after today, {today.isoformat()}.",
            )
        )
    filed_at, entered_on = (at, None) if filed_on == today else (None, today)
    timing = KINDS[procedure.kind].timing
    _check_known("届出日", "FiledOn", filed_on)
    _check_not_too_far_ahead(procedure, filed_on)
    try:
        unlagged = Filing(filed_on, filed_at, policy.reflection, entered_on=entered_on)
        if timing is Timing.AT_ONCE:
            filing = replace(unlagged, timing=timing, shown_on=today)
            return Shown(filing, now.astimezone(UTC))
        if timing is Timing.RELEASE:
            shown_on = released_from(release_day(filed_on, policy.release), policy.release)
            return _on(unlagged, shown_on, Timing.RELEASE)
        lagged = _lagged(filed_on, filed_at, entered_on, policy.reflection)
        holds_from = _holds_from(procedure, person) if timing is Timing.DATED else None
        if holds_from is not None and visible_from(holds_from) > lagged.visible_from:
            _check_known("適用日", "EffectiveDate", holds_from)
            return _on(lagged.filing, holds_from, Timing.DATED)
    except CalendarRangeError as error:
        raise refused(
            Sentence(
                f"届出日 {japanese_date(filed_on)} から、見える日を数えられません。{error.text.ja}",
                f"FiledOn {filed_on.isoformat()}: {error.text.en}",
            )
        ) from None
    return lagged


def lies_far_back(filed_on: date, today: date) -> bool:
    """Tell whether a 届出日 is so far back that a clerk is asked whether it is meant.

    Not one whose holidays nobody knows, which is refused.
    """
    try:
        why_closed(filed_on)
    except CalendarRangeError:
        return False
    return filed_on < add_months(today, -MONTHS_BACK)


def _check_not_too_far_ahead(procedure: Procedure, filed_on: date) -> None:
    furthest, furthest_end = furthest_days(filed_on)
    began, lost = procedure.qualified_on, procedure.disqualified_on
    holds_from, ends = procedure.effective_on, procedure.valid_until
    if max(filter(None, (began, lost, holds_from, ends)), default=filed_on) <= furthest:
        return
    for japanese, element, on, until in (
        ("資格取得日", "QualificationDate", began, furthest),
        ("資格喪失日", "DisqualificationDate", lost, furthest),
        ("適用日", "EffectiveDate", holds_from, furthest),
        ("有効期限", "ValidUntil", ends, furthest_end),
    ):
        if on is not None and on > until:
            words = day_in_words(on, filed_on)
            raise refused(
                Sentence(
                    f"{japanese} {words.ja}は、先すぎる日です。{era_date(until)}までの日にして"
                    "ください。和暦の年を確かめてください（令和8年は R8 です）。",
                    f"{element} {words.en}, lies too far ahead; {until.isoformat()} is the last "
                    "day that is taken. Check the year.",
                )
            )


@lru_cache(maxsize=64)
def furthest_days(filed_on: date) -> tuple[date, date]:
    """Return the last days from which something holds and until which a limit does, as filed."""
    return add_months(filed_on, MONTHS_AHEAD), add_months(filed_on, MONTHS_AHEAD_OF_AN_END)


def _check_known(japanese: str, element: str, on: date) -> None:
    """See that the days around a day can be counted (`Problem` PROCEDURE_REFUSED)."""
    try:
        why_closed(on)
    except CalendarRangeError as error:
        raise refused(
            Sentence(f"{japanese} {error.text.ja}", f"{element}: {error.text.en}")
        ) from None


def held_until(shown: Shown, instant: datetime) -> Shown:
    """Return the same filing, not seen before ``instant``."""
    on = instant.astimezone(TOKYO).date()
    return Shown(replace(shown.filing, timing=Timing.DATED, shown_on=on), instant.astimezone(UTC))


def released_on(shown: Shown, on: date) -> Shown:
    """Return the same filing of a release that shows from ``on`` on."""
    return _on(shown.filing, on, Timing.RELEASE)


def _holds_from(procedure: Procedure, person: PersonDetails | None) -> date | None:
    """Return the day before which a change does not hold, where it names one."""
    if procedure.kind is ProcedureKind.SEVENTY and person is not None:
        return elderly_from(person.birthdate)
    if procedure.kind is ProcedureKind.SCHOOL_ENTRY and person is not None:
        return procedure.effective_on or preschool_until(person.birthdate) + timedelta(days=1)
    return procedure.effective_on


def _on(filing: Filing, shown_on: date, timing: Timing) -> Shown:
    filing = replace(filing, timing=timing, shown_on=shown_on)
    return Shown(filing, visible_from(shown_on).astimezone(UTC))


@lru_cache(maxsize=1024)
def _lagged(
    filed_on: date, filed_at: time | None, entered_on: date | None, lag: ReflectionPolicy
) -> Shown:
    # A file has the same day and insurer in nearly all of its lines.
    filing = Filing(filed_on, filed_at, lag, entered_on=entered_on)
    filing.counted_days  # noqa: B018 # whether all its days can be counted
    return Shown(filing, visible_from(filing.reflected_on).astimezone(UTC))


@lru_cache(maxsize=64)
def _local(now: datetime) -> tuple[date, time]:
    local = now.astimezone(TOKYO)
    return local.date(), local.time()
