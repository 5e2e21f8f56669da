"""J-LIS 全件照合: what the insurer reports next to what the resident register has (P-030)."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from eligibility.identifiers.names import NamedPerson

if TYPE_CHECKING:
    from intermediate_server.procedures.person import PersonDetails


def differences(reported: PersonDetails, registered: PersonDetails) -> tuple[str, ...]:
    """Return which of the five items differ, by their Japanese names; blanks and width do not.

    A name in which ● stands for a character is compared by kana and birthdate only (P-029).
    """
    if reported is registered:
        return ()
    pairs = (
        ("氏名", reported.name, registered.name),
        ("カナ氏名", reported.name_kana, registered.name_kana),
        ("生年月日", reported.birthdate.isoformat(), registered.birthdate.isoformat()),
        ("性別", reported.sex.value, registered.sex.value),
        ("住所", reported.address, registered.address),
    )
    differing = tuple(
        name for name, one, other in pairs if one != other and plain(one) != plain(other)
    )
    return (
        differing[1:] if differing[:1] == ("氏名",) and _same(reported, registered) else differing
    )


def _same(reported: PersonDetails, registered: PersonDetails) -> bool:
    one, other = (
        NamedPerson(person.name, person.name_kana, person.birthdate)
        for person in (reported, registered)
    )
    return (one.incomplete or other.incomplete) and one.matches(other)


def plain(text: str) -> str:
    """Return a text as it is compared: whatever its width and blanks."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace("−", "-")
