"""The numbers of revocation lists rise with each list (RFC 5280 §5.2.3)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509

from oqs_sim.jlis import revocation_list
from tests.meeting import between

if TYPE_CHECKING:
    import pytest

    from tests.oqs_sim.conftest import Oqs


def fetch(oqs: Oqs) -> tuple[int, int]:
    """Return the number of a list, and how many certificates it names."""
    answer = oqs.console.get("/sim/jlis/authorities/authentication/crl")
    assert answer.status_code == 200, answer.text
    found = x509.load_der_x509_crl(answer.content)
    number = found.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    return number, len(list(found))


def suspension(oqs: Oqs) -> str:
    return f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/suspension"


def suspend(oqs: Oqs) -> None:
    assert oqs.console.put(suspension(oqs)).status_code == 204


def test_they_rise_while_the_clock_stands_and_when_all_is_put_back(oqs: Oqs) -> None:
    assert oqs.console.post("/sim/operation/seed").status_code == 201
    lists = [fetch(oqs), fetch(oqs)]
    suspend(oqs)
    lists.append(fetch(oqs))
    assert oqs.console.delete(suspension(oqs)).status_code == 204
    lists.append(fetch(oqs))
    oqs.set_clock("2027-11-09T09:00:00+09:00")
    lists.append(fetch(oqs))
    assert oqs.console.post("/sim/operation/reset").status_code == 200
    lists.append(fetch(oqs))
    assert [named for _, named in lists] == [0, 0, 1, 0, 0, 0]
    numbers = [number for number, _ in lists]
    assert numbers == sorted(set(numbers))


def test_the_later_of_two_made_at_once_says_no_less_than_the_earlier(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    def suspend_and_fetch(other: Oqs) -> tuple[int, int]:
        suspend(other)
        return fetch(other)

    look = (revocation_list, "take_number")
    with between(oqs, monkeypatch, look, suspend_and_fetch) as second:
        earlier, later = sorted([fetch(oqs), second()])
    assert earlier[0] < later[0]
    assert earlier[1] <= later[1] == 1
