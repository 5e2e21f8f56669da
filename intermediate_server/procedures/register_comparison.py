"""J-LIS 全件照合: what the insurer reports next to what the resident register has (P-030)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from intermediate_server.procedures.person import PersonDetails


def differences(reported: PersonDetails, registered: PersonDetails) -> tuple[str, ...]:
    """Return which of the five items differ, by their Japanese names; blanks and width do not."""
    if reported is registered:
        return ()
    pairs = (
        ("氏名", reported.name, registered.name),
        ("カナ氏名", reported.name_kana, registered.name_kana),
        ("生年月日", reported.birthdate.isoformat(), registered.birthdate.isoformat()),
        ("性別", reported.sex.value, registered.sex.value),
        ("住所", reported.address, registered.address),
    )
    return tuple(
        name for name, one, other in pairs if one != other and _plain(one) != _plain(other)
    )


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
