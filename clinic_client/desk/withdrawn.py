"""A visit that can be withdrawn, or was: what its page says of it, and what it offers no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clinic_client.visits.charge import to_give_back
from clinic_client.visits.claims import VisitStanding
from clinic_client.visits.refusals import is_withdrawable
from clinic_client.visits.withdrawal import NOTE_LONGEST, STAFF_LONGEST, WithdrawalReason
from clinic_client.web.dates import short_day, time_of_day
from eligibility.days.dates import TOKYO

if TYPE_CHECKING:
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


@dataclass(frozen=True)
class WithdrawForm:
    """The form by which a visit is withdrawn."""

    reasons: tuple[tuple[str, str], ...]
    """Values and words, the most frequent first."""
    paid: str
    """What was taken, as far as it was said before."""
    note_longest: int = NOTE_LONGEST
    staff_longest: int = STAFF_LONGEST


@dataclass(frozen=True)
class WithdrawnNotice:
    """What is said of a withdrawn visit."""

    why: str
    who: str
    """Who withdrew it, and when."""
    told: str
    """What does not go by itself: papers, tickets."""
    give_back: str
    """What of the money that was taken is to be given back; empty where none can have been."""
    declared: bool
    """Whether its declaration is kept."""
    undo: bool
    """Whether it can be brought back here; a check by itself goes with its visit."""


def reason_word(t: Phrasebook, reason: WithdrawalReason) -> str:
    """Return why a visit is withdrawn."""
    return t(f"withdrawal.reason_{reason}")


def withdraw_form(t: Phrasebook, visit: Visit) -> WithdrawForm | None:
    """Prepare the form; None of a visit that is withdrawn, or cannot be."""
    if visit.withdrawal is not None or not is_withdrawable(visit):
        return None
    paid = "" if visit.paid is None else str(visit.paid)
    return WithdrawForm(tuple((one.value, reason_word(t, one)) for one in WithdrawalReason), paid)


def withdrawn_notice(
    t: Phrasebook, visit: Visit, standing: VisitStanding | None, *, declared: bool
) -> WithdrawnNotice | None:
    """Prepare what is said of a withdrawn visit; None of one that stands.

    ``standing`` is what became of the visit, where it had no valid answer.
    """
    gone = visit.withdrawal
    if gone is None:
        return None
    local = gone.at.astimezone(TOKYO)
    when = f"{short_day(local.date(), t.language)} {time_of_day(local)}"
    reason = reason_word(t, gone.reason)
    undo = is_withdrawable(visit)
    return WithdrawnNotice(
        t("withdrawal.why", reason=reason, note=gone.note) if gone.note else reason,
        t("withdrawal.who", staff=gone.staff, when=when),
        t("withdrawal.declared") if declared else "" if undo else t("withdrawal.with_its_visit"),
        t.of(back) if undo and (back := to_give_back(standing or VisitStanding(visit))) else "",
        declared,
        undo,
    )
