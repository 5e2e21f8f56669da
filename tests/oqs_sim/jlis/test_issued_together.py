"""A card and its certificates go on record together, or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError

from oqs_sim.store import cards
from oqs_sim.store.schema import card_certificate, certificate, issued_card
from tests.oqs_sim.conftest import HANAKO

if TYPE_CHECKING:
    import pytest

    from tests.oqs_sim.conftest import Oqs


def fail(*_: Any) -> None:
    raise OperationalError("INSERT", {}, Exception("database or disk is full"))


def on_record(oqs: Oqs) -> list[int]:
    with oqs.engine.connect() as connection:
        return [
            connection.scalar(select(func.count()).select_from(table)) or 0
            for table in (issued_card, card_certificate, certificate)
        ]


def test_an_issuance_that_fails_in_the_end_leaves_no_certificate(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_record(oqs)
    monkeypatch.setattr(cards, "revoke", fail)
    refused = oqs.console.post("/sim/jlis/cards", json={"IndividualNumber": HANAKO})
    assert refused.json()["code"] == "SIM-STORAGE-UNAVAILABLE"
    assert on_record(oqs) == before


def test_a_renewal_that_fails_in_the_end_leaves_the_old_certificates_alone(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = on_record(oqs)
    path = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}"
    stands = oqs.console.get(path).json()
    monkeypatch.setattr(cards, "revoke", fail)
    refused = oqs.console.post(f"{path}/certificates", json={})
    assert refused.json()["code"] == "SIM-STORAGE-UNAVAILABLE"
    assert on_record(oqs) == before
    assert oqs.console.get(path).json() == stands
