"""負担割合 of a day: what insurers told, and from when it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.cost.burden import ToldShare, share_of_day
from oqs_sim.store.qualification_columns import number_of
from wire.dates import read_day, write_day

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from oqs_sim.store.inquiries import Inquiries, KnownQualification
    from oqs_sim.store.person import PersonKey

_LATE_ELDERLY = "39"
"""法別番号 of 後期高齢者医療, with which its 8 digits begin."""


def is_late_elderly(insurer_number: str) -> bool:
    """Tell whether an insurer is one of 後期高齢者医療."""
    return len(insurer_number) == 8 and insurer_number.startswith(_LATE_ELDERLY)


def row_of_day(
    row: KnownQualification, inquiries: Inquiries, person: PersonKey, on: date, today: date
) -> KnownQualification:
    """Return a qualification with the share of a day (P-070, P-071).

    What was known before is read only where the day is another one, or lies before the share.
    """
    since = row.ratio_valid_start_date
    if on == today and (since is None or since <= write_day(on)):
        return row
    before = inquiries.versions_of(person) if since and write_day(on) < since else ()
    tenths = tenths_of_day(row, before, on, today)
    return row._replace(insured_partial_contribution_ratio=f"{tenths * 10:03}")


def tenths_of_day(
    row: KnownQualification, before: Iterable[KnownQualification], on: date, today: date
) -> int:
    """Return the share of a day, of a row and what was known ``before``, the newest first.

    Where the number has no share of the day it is that of another one of the same insurer, as of
    who has been given a new number.
    """
    of_insurer = [
        one
        for one in before
        if one.insurer_number == row.insurer_number
        and one.disqualification_date != one.qualification_date
    ]
    of_insurer.sort(key=lambda one: number_of(one) != number_of(row))
    told = [
        ToldShare(
            int(one.insured_partial_contribution_ratio) // 10,
            read_day(since) if (since := one.ratio_valid_start_date) else None,
        )
        for one in (row, *of_insurer)
    ]
    return share_of_day(
        on,
        told,
        read_day(row.birthdate),
        today,
        late_elderly=is_late_elderly(row.insurer_number),
    )
