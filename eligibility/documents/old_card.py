"""The old health insurance card (従来の健康保険証): until when it works, and what takes its place.

Rules R-001 to R-016 and R-051, and the interim measure of P-050 and P-051.
"""

from datetime import date

from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.numbers import InsurerKind

LAST_ISSUE_DAY = date(2024, 12, 1)
"""The last day on which an old card is issued anew or again; insurers may stop before (PP-11)."""

LAST_DAY = date(2025, 12, 1)
"""The last day on which any old card works (R-001)."""

FOUND_AND_RETURNED_UNTIL = date(2025, 12, 2)
"""A lost card that turns up until this day goes back (R-007)."""

INTERIM_FROM_KOKUHO = date(2025, 8, 1)
INTERIM_FROM_EMPLOYEES = date(2025, 12, 2)
INTERIM_LAST_DAY = date(2026, 7, 31)
"""The interim measure (P-050). Nothing is known of one after that [unverified]."""


def old_card_last_day(printed_until: date | None) -> date:
    """Return the last day of an old card: its printed expiry, at most 1 December 2025 (R-001).

    `printed_until` is None of a card without an expiry. Holds for Mogami and Tsuchiura as well,
    whose cards were printed to end earlier (R-009, R-011).
    """
    return LAST_DAY if printed_until is None else min(printed_until, LAST_DAY)


def old_card_usable(
    on: date, printed_until: date | None = None, *, collected_on: date | None = None
) -> bool:
    """Tell whether an old card works by itself on the day (R-001 to R-003, R-012, R-014).

    `collected_on` is the day of the event (leaving, change of name or address) for which it was
    to be given back: from that day it is void. Whether its holder has registered their card does
    not matter (R-002).
    """
    collected = collected_on is not None and on >= collected_on
    return on <= old_card_last_day(printed_until) and not collected


def old_card_issued(procedure_on: date, last_issued_on: date = LAST_ISSUE_DAY) -> bool:
    """Tell whether a procedure on the day still brings an old card (R-005, R-010, R-015, R-016).

    Of a newborn's 資格取得届 the day of acceptance (受理日) counts, not that of birth (R-016).
    From the following day on neither 短期被保険者証 nor 資格証明書 is issued either (R-013).
    """
    return procedure_on <= last_issued_on


def in_place_of_old_card(
    procedure_on: date, *, registered: bool, last_issued_on: date = LAST_ISSUE_DAY
) -> DocumentKind:
    """Return what someone gets whose old card is lost or out of date (R-005, R-006, R-012, R-015).

    Until the last day of issue another card; from then on a registered person the notice, others
    the certificate.
    """
    if old_card_issued(procedure_on, last_issued_on):
        return DocumentKind.OLD_CARD
    return DocumentKind.NOTICE if registered else DocumentKind.CERTIFICATE


def interim_allowed(on: date, kind: InsurerKind) -> bool:
    """Tell whether an expired old card or a notice alone may be accepted (P-050, P-051).

    Only where the check by its number says 有効, and with the advice to bring the right document
    next time. National health insurance and 後期 from August, employees' insurance from December
    2025; for all until 31 July 2026.
    """
    first = INTERIM_FROM_EMPLOYEES if kind.employees else INTERIM_FROM_KOKUHO
    return first <= on <= INTERIM_LAST_DAY
