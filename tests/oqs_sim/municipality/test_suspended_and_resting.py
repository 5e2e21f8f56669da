"""一時停止 and 休止 are two things: each ends by itself, and a card works where neither holds."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from tests.oqs_sim.conftest import HANAKO, TestCard
from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

SUSPENDED, MOVED_OUT = "SIM-CERTIFICATE-SUSPENDED", "SIM-CARD-MOVED-OUT"
LEFT_COUNTRY = "SIM-CARD-LEFT-COUNTRY"
CALLER = {"Name": "佐藤　花子", "Birthdate": "19800217"}
migration = importlib.import_module(
    "oqs_sim.store.migrations.versions.0018_rests_beside_suspensions"
)


def j_lis(oqs: Oqs, method: str) -> None:
    path = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/suspension"
    assert oqs.console.request(method, path).status_code == 204


def call_hotline(oqs: Oqs) -> None:
    assert oqs.console.post("/portal/hotline/stops", json=CALLER).status_code == 201


@pytest.mark.rules("R-112", "R-115", "R-116", "R-119", "P-013")
@pytest.mark.parametrize(
    ("act", "later"), [("move_out", MOVED_OUT), ("leave_country", LEFT_COUNTRY)]
)
def test_a_loss_stops_a_card_at_once_that_is_to_rest_later(
    member: Oqs, act: str, later: str
) -> None:
    counter = Counter(member)
    counter.file(act, PlannedOn="20261210")
    phone = TestCard.of(member.issue(HANAKO, Kind="android")["Authentication"])
    for stop in (call_hotline, lambda oqs: j_lis(oqs, "PUT")):
        stop(member)
        assert counter.check("2026-11-09") == SUSPENDED
        assert member.check(phone.sign(member.challenge())).json()["code"] == SUSPENDED
        assert counter.card()["StopCause"] == "lost"
        counter.file("report_found")
        assert counter.check("2026-11-09") == "ok"
    j_lis(member, "PUT")
    j_lis(member, "DELETE")
    assert counter.check("2026-12-09") == "ok"
    assert counter.check("2026-12-10") == later


@pytest.mark.rules("R-115", "R-119")
def test_lifting_a_suspension_revives_no_card_that_has_lapsed(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("leave_country", PlannedOn="20261110")
    assert counter.check("2026-11-10") == LEFT_COUNTRY
    for method in ("DELETE", "PUT", "DELETE"):
        j_lis(member, method)
        assert counter.check("2026-11-10") == LEFT_COUNTRY, "what is for good is told first"


@pytest.mark.rules("R-112", "R-115")
def test_a_card_that_rests_can_be_lost_and_found_meanwhile(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261110")
    assert counter.check("2026-11-10") == MOVED_OUT
    counter.file("report_loss")
    assert counter.check("2026-11-10") == SUSPENDED
    assert "休止中のまま" in counter.file("report_found")["Sentence"]
    assert counter.check("2026-11-10") == MOVED_OUT
    counter.file("report_loss")
    counter.file("move_in", MovedOn="20261110", Address="模擬県別市1-1")
    assert counter.check("2026-11-10") == SUSPENDED, "moving in finds no card"
    j_lis(member, "DELETE")
    counter.file("apply", Reason="damaged", Channel="mail")
    assert counter.check("2026-11-11") == "ok", "no later procedure suspends it again"


@pytest.mark.rules("P-013")
def test_the_sessions_of_whose_card_is_lost_or_gone_end(member: Oqs) -> None:
    counter = Counter(member)

    def signed_in() -> dict[str, str]:
        proof = member.card.sign(member.portal_challenge("sign_in"))
        opened = member.console.post("/portal/sessions", json={"CardProof": proof})
        assert opened.status_code == 201, opened.text
        return {"Authorization": f"Bearer {opened.json()['Token']}"}

    def seen(session: dict[str, str]) -> int:
        return member.console.get("/portal/me", headers=session).status_code

    session = signed_in()
    assert seen(session) == 200
    counter.file("report_loss")
    assert seen(session) == 401
    counter.file("report_found")
    session = signed_in()
    j_lis(member, "PUT")
    assert seen(session) == 401
    j_lis(member, "DELETE")
    session = signed_in()
    counter.file("give_back")
    assert seen(session) == 401


def before(member: Oqs, **columns: Any) -> None:
    """Put a certificate back as it was kept while both were one column."""
    given = ", ".join(f"{name} = {value}" for name, value in columns.items())
    with member.engine.begin() as connection:
        connection.execute(text(f"UPDATE certificate SET {given}"))
        migration.part(connection)


@pytest.mark.rules("R-112", "R-115")
def test_the_migration_keeps_a_rest_and_a_loss_as_they_were(member: Oqs) -> None:
    counter = Counter(member)
    counter.file("move_out", PlannedOn="20261120")
    before(member, suspended_at="rests_from", rests_from="NULL")
    assert counter.check("2026-11-19") == "ok"
    assert counter.check("2026-11-20") == MOVED_OUT
    j_lis(member, "PUT")
    with member.engine.begin() as connection:
        connection.execute(text("UPDATE card_rest SET cause = 'lost'"))
    before(member, rests_from="NULL", suspended_by="NULL")
    assert counter.check("2026-11-20") == SUSPENDED
    j_lis(member, "DELETE")
    assert counter.check("2026-12-22") == "SIM-CARD-LAPSED-BY-MOVE"
