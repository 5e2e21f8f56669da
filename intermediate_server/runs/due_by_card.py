"""What members are due because of how their card and its registration stand."""

from __future__ import annotations

from eligibility.card.certificates import grace_end
from eligibility.documents import DocumentKind, Occasion
from eligibility.registration.state_machine import Registration, RegistrationState, lapse
from intermediate_server.documents.decision import (
    Case,
    release_applied,
)
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.runs.run_kinds import Made
from intermediate_server.runs.run_task import NOTHING, RunTask
from wire.vocabulary.changes import RegistrationOrder

RELEASED_BY = frozenset({ProcedureKind.RELEASE_USE, ProcedureKind.MOVE_RELEASE})
"""What releases a registration because the member applied for it."""


def of_use(task: RunTask, case: Case) -> Made:
    """Release the registration of a card whose certificate was not renewed in its grace (P-004)."""
    expires_on = case.card.certificate_expires_on
    if not case.card.registered or expires_on is None:
        return NOTHING
    ends_on = grace_end(expires_on)
    recorded = any(
        one.kind is ProcedureKind.USE_LAPSED and one.filing.reflected_on > ends_on
        for one in case.history
    )
    since = min(case.entry.qualification.qualified_on, case.today)
    registration = Registration(RegistrationState.REGISTERED, since=since)
    lapsed = lapse(registration, case.today, expires_on).state is RegistrationState.RELEASED
    if recorded or not lapsed:
        return NOTHING
    return task.filed(case, ProcedureKind.USE_LAPSED)


def of_release(task: RunTask, case: Case) -> Made:
    """Issue the certificate after a release, unless the person has registered again (R-029, R-030).

    What OQS says of the registration is the confirmation. Whose certificate still stands keeps it.
    Who has changed the insurer meanwhile gets that of the insurer whose member they are (R-040).
    """
    orders = [one for one in case.history if one.order is not None]
    if not orders or orders[-1].order is not RegistrationOrder.RELEASE:
        return NOTHING
    release, applied_at = orders[-1], release_applied(orders)
    joined = case.entries()[0]
    known_before = release.filing.reflected_on <= joined.filing.filed_on
    if release.kind not in RELEASED_BY or not applied_at or known_before:
        return NOTHING
    decided = any(
        one.occasion is Occasion.RELEASE_CONFIRMED and (one.occasioned_by or 0) >= applied_at
        for one in case.decided_before()
    )
    if release.visible_from > task.now or decided or case.card.registered:
        return NOTHING
    if case.has_certificate(case.today, renewed=True):
        return NOTHING
    made = case.decide(Occasion.RELEASE_CONFIRMED, occasioned_by=release.version)
    return Made(documents=(made,))


def of_lapse(_: RunTask, case: Case) -> Made:
    """Issue a certificate to whom no other one serves when the electronic one lapses (P-005)."""
    if case.card.certificate_expires_on is None or case.has_certificate(case.today):
        return NOTHING
    made = case.decide(Occasion.ELECTRONIC_CERTIFICATE_LAPSES)
    return Made(documents=(made,)) if made.kind is not None else NOTHING


def of_ending(_: RunTask, case: Case) -> Made:
    """Write once to a member whose electronic certificate ends soon, or has (D-15, R-111, P-003).

    A renewed certificate ends on another day, and is written about in its own time.
    """
    written = any(
        one.kind is DocumentKind.EXPIRY_NOTICE
        and one.insurer_number == case.entry.number[0]
        and one.expires_on == case.card.certificate_expires_on
        for one in case.documents
    )
    if written:
        return NOTHING
    made = case.decide(Occasion.ELECTRONIC_CERTIFICATE_ENDS)
    return Made(documents=(made,)) if made.kind is not None else NOTHING
