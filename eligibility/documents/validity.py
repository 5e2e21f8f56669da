"""How long documents hold (有効期限). All days returned are the last days of validity.

Rules R-042 to R-044, R-075, R-080, P-005, P-053, P-061 and P-062; PP-03, PP-04, PP-06 and PP-13.
"""

from datetime import date, timedelta
from functools import lru_cache

from eligibility.card.certificates import grace_end
from eligibility.cost.burden import elderly_from, late_elderly_from
from eligibility.days.birthdays import DAYS_KEPT
from eligibility.days.office_calendar import add_business_days, add_months, end_of_month
from eligibility.documents.document_policy import (
    CertificatePolicy,
    EmergencyAnchor,
    EmergencyTerm,
    LapsedIssue,
    NoticePolicy,
    Term,
    TermMode,
)
from eligibility.documents.old_card import old_card_last_day
from eligibility.identifiers.numbers import InsurerKind

_ONE_DAY = timedelta(days=1)


@lru_cache(maxsize=DAYS_KEPT)
def term_end(issued_on: date, term: Term) -> date:
    """Return the last day of the term alone (R-043, P-061; PP-03).

    Yearly: the next 31 July on or after the issue, where that is the insurer's month. In years:
    the day before the anniversary.
    """
    match term.mode:
        case TermMode.YEARLY:
            end = end_of_month(date(issued_on.year, term.last_month, 1))
            return end if issued_on <= end else end_of_month(end, 12)
        case TermMode.YEARS:
            return add_months(issued_on, 12 * term.years) - _ONE_DAY


def emergency_end(procedure_on: date, term: EmergencyTerm | None = None) -> date:
    """Return the last day of a certificate issued in an emergency (R-044; PP-04).

    「手続き日の翌月から3か月後の月末」 read literally: three months after the next month. The
    other reading counts from the month of the procedure (X-05).
    """
    term = term or EmergencyTerm()
    extra = 1 if term.anchor is EmergencyAnchor.NEXT_MONTH else 0
    return end_of_month(procedure_on, term.months + extra)


def certificate_end(
    issued_on: date,
    birthdate: date,
    kind: InsurerKind,
    policy: CertificatePolicy,
    *,
    emergency: bool = False,
    stay_ends_on: date | None = None,
) -> date:
    """Return the expiry that a 資格確認書 of the day carries (P-062; R-043, R-044).

    The insurer's term, or the emergency term; but not beyond the day before the ratio of 70 takes
    effect, nor the day before the 75th birthday, when the membership ends (P-053; neither bounds
    後期), nor the day after a foreign resident's period of stay.

    An emergency certificate of an insurer that issues none is a `ValueError`.
    """
    if emergency and policy.emergency is None:
        raise ValueError("this insurer issues no certificate in an emergency (PP-04)")
    ends = [
        emergency_end(issued_on, policy.emergency)
        if emergency
        else term_end(issued_on, policy.term)
    ]
    if kind is not InsurerKind.KOUKI:
        ends += _before_next_age(issued_on, birthdate)
    if stay_ends_on is not None:
        ends.append(stay_ends_on + _ONE_DAY)
    return min(ends)


@lru_cache(maxsize=DAYS_KEPT)
def mailed_from(ends_on: date) -> date:
    """Return from when the successor of a document is mailed: the month in which it ends.

    So a yearly certificate or notice goes out in July (R-042, R-043, R-080), and the first one
    after an old card in the month of the card's printed expiry: January 2025 for Tsuchiura's
    short-term cards.
    """
    return ends_on.replace(day=1)


def yearly_end_mailed(on: date, term: Term) -> date | None:
    """Return the last end of a yearly term whose successors are mailed by a day (R-043, R-075).

    What was issued up to then ends then or has ended before. None of a term in years.
    """
    if term.mode is not TermMode.YEARLY:
        return None
    end = end_of_month(date(on.year, term.last_month, 1))
    return end if mailed_from(end) <= on else end_of_month(date(on.year - 1, term.last_month, 1))


@lru_cache(maxsize=DAYS_KEPT)
def late_elderly_mailed_in(birthdate: date) -> date:
    """Return the month, as its first day, in which 後期 mails its first document (P-053).

    The month before the 75th birthday; of someone born on the 1st two months before.
    """
    month = late_elderly_from(birthdate).replace(day=1)
    return add_months(month, -2 if birthdate.day == 1 else -1)


def first_certificate_by(old_card_printed_until: date | None) -> date:
    """Return until when a non-holder is sent the first certificate: as the old card ends.

    R-057: by 2 December 2025 where none was printed to end earlier; until then the old card is
    used (R-014).
    """
    return old_card_last_day(old_card_printed_until) + _ONE_DAY


def first_certificate_expected(accepted_on: date, *, employer_asked: bool) -> tuple[date, date]:
    """Return between which days a new member's certificate is made (P-064).

    Where the employer ticked the box of the 資格取得届, in two to three business days; otherwise
    it waits for the monthly list of non-holders, one to two months.
    """
    if employer_asked:
        return add_business_days(accepted_on, 2), add_business_days(accepted_on, 3)
    return add_months(accepted_on, 1), add_months(accepted_on, 2)


def notice_end(
    effective_on: date,
    birthdate: date,
    kind: InsurerKind,
    certificate: CertificatePolicy,
    notice: NoticePolicy,
) -> date | None:
    """Return the expiry that a 資格情報のお知らせ carries: none below 70 (R-075, X-06; PP-06).

    From 70 on it ends like a certificate with a yearly term; `effective_on` is its 発効期日. An
    insurer whose certificates run for years is taken to end it on 31 July too [interp].
    """
    if not notice.expires_from_70 or not ratio_printed(birthdate, effective_on, kind):
        return None
    term = certificate.term
    end = term_end(effective_on, term if term.mode is TermMode.YEARLY else Term())
    return min([end, *(_before_next_age(effective_on, birthdate) if not _late(kind) else [])])


def ratio_printed(birthdate: date, effective_on: date, kind: InsurerKind) -> bool:
    """Tell whether a document carries the ratio: from 70 on, and always in 後期 (R-056, R-150)."""
    return _late(kind) or elderly_from(birthdate) <= effective_on


def lapsed_issue_day(electronic_expiry: date, timing: LapsedIssue) -> date | None:
    """Return when a certificate goes to someone whose electronic certificate lapses (P-005; PP-13).

    BEFORE_GRACE_ENDS is the last day on which it is in time. None: only on application.
    """
    match timing:
        case LapsedIssue.BEFORE_GRACE_ENDS:
            return grace_end(electronic_expiry)
        case LapsedIssue.AFTER_TWO_MONTHS:
            return end_of_month(electronic_expiry, 2) + _ONE_DAY
        case LapsedIssue.AFTER_GRACE:
            return grace_end(electronic_expiry) + _ONE_DAY
        case LapsedIssue.ON_APPLICATION:
            return None


def _before_next_age(on: date, birthdate: date) -> list[date]:
    """Return the last day before the ratio of 70, and that before 75, as far as they lie ahead."""
    changes = (elderly_from(birthdate), late_elderly_from(birthdate))
    return [change - _ONE_DAY for change in changes if change > on]


def _late(kind: InsurerKind) -> bool:
    return kind is InsurerKind.KOUKI
