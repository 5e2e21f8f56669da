"""Challenges: bound to caller and purpose, spent once, by any process, in the database's time."""

from __future__ import annotations

import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from oqs_sim.qualification.challenge import (
    CLEARED_AFTER_SECONDS,
    LENGTH,
    RETIRED_SECONDS,
    ChallengeIssuer,
)
from oqs_sim.settings import Settings
from oqs_sim.store import database_time
from oqs_sim.store.schema import challenge_horizon, challenge_key, used_challenge
from tests.equipment.callers import OnLine
from tests.oqs_sim.conftest import INSTITUTION
from wire.line_credentials import Caller, Role

if TYPE_CHECKING:
    from datetime import datetime

    from tests.oqs_sim.conftest import Oqs

MICROSECONDS = 1_000_000


def code_of(response: object) -> str:
    return response.json()["code"]  # type: ignore[attr-defined, no-any-return]


def test_a_challenge_is_short() -> None:
    assert LENGTH == 40


def test_a_challenge_of_one_institution_does_not_serve_another(member: Oqs) -> None:
    other = TestClient(OnLine(member.app, Caller(Role.TERMINAL, "9930000014")))
    foreign = other.post("/qualification/challenges").json()["Challenge"]
    assert code_of(member.check(member.card.sign(foreign))) == "SIM-CHALLENGE-UNKNOWN"


@pytest.mark.parametrize(
    "garbage",
    [b"no challenge", bytes(LENGTH), b"\x01" * LENGTH],
    ids=["another length", "another form", "a number that there is not"],
)
def test_what_is_no_challenge_is_not_told_to_be_late(member: Oqs, garbage: bytes) -> None:
    refused = member.check(member.card.sign(base64.b64encode(garbage).decode()))
    assert code_of(refused) == "SIM-CHALLENGE-UNKNOWN"
    assert "時間" not in refused.json()["japanese"]


def test_a_damaged_challenge_is_told_as_no_other_one(member: Oqs) -> None:
    issued = base64.b64decode(member.challenge("registration"))
    for place in range(LENGTH):
        damaged = bytearray(issued)
        damaged[place] ^= 1
        proof = member.card.sign(base64.b64encode(damaged).decode())
        assert code_of(member.check(proof)) == "SIM-CHALLENGE-UNKNOWN"


def test_a_challenge_of_the_portal_does_not_serve_at_a_terminal(member: Oqs) -> None:
    proof = member.card.sign(member.portal_challenge())
    assert code_of(member.check(proof)) == "SIM-CHALLENGE-UNKNOWN"
    register = member.terminal.post("/qualification/registrations", json=proof)
    assert code_of(register) == "SIM-CHALLENGE-UNKNOWN"


def test_a_challenge_of_a_terminal_does_not_serve_at_the_portal(member: Oqs) -> None:
    proof = member.card.sign(member.challenge("registration"))
    for path in ("/portal/registrations", "/portal/inquiries"):
        refused = member.console.post(path, json={"CardProof": proof})
        assert code_of(refused) == "SIM-CHALLENGE-UNKNOWN"


@pytest.mark.parametrize(
    ("asked_for", "path"), [("registration", "card"), ("check", "registrations")]
)
def test_a_challenge_serves_only_what_it_was_asked_for(
    member: Oqs, asked_for: str, path: str
) -> None:
    proof = member.card.sign(member.challenge(asked_for))
    if path == "card":
        refused = member.check(proof)
    else:
        refused = member.terminal.post("/qualification/registrations", json=proof)
    assert code_of(refused) == "SIM-CHALLENGE-OTHER-PURPOSE"
    used_for = {"registration": "check", "check": "registration"}[asked_for]
    assert refused.json()["detail"] == f"It was issued for {asked_for}, and is used for {used_for}."
    assert "別の手続き" in refused.json()["japanese"]


def test_a_terminal_gets_no_challenge_to_read_the_persons_log(oqs: Oqs) -> None:
    refused = oqs.terminal.post("/qualification/challenges?Purpose=inquiries")
    assert refused.status_code == 422


def test_a_challenge_of_another_process_serves_once_in_all(member: Oqs) -> None:
    with member.another() as other:
        proofs = [member.card.sign(issuer.challenge()) for issuer in (member, other) * 3]
        for proof, one, two in zip(proofs, (other, member) * 3, (member, other) * 3, strict=True):
            assert one.check(proof).status_code == 200
            assert code_of(two.check(proof)) == "SIM-CHALLENGE-USED"
            assert code_of(one.check(proof)) == "SIM-CHALLENGE-USED"


def test_of_many_at_once_with_one_challenge_one_is_answered(member: Oqs) -> None:
    with member.another() as other, ThreadPoolExecutor(8) as pool:
        proofs = [member.card.sign(member.challenge()) for _ in range(4)]
        asked = [
            pool.submit(at.check, proof)
            for number in range(4)
            for at, order in ((member, proofs), (other, proofs[::-1]))
            for proof in order[number:] + order[:number]
        ]
        answers = [one.result() for one in asked]
    assert [answer.status_code for answer in answers].count(200) == len(proofs)
    assert {answer.status_code for answer in answers} == {200, 409}


def test_a_challenge_outlives_the_process_that_issued_it(member: Oqs) -> None:
    with member.another() as ended:
        proof = member.card.sign(ended.challenge())
    with member.another() as started:
        assert started.check(proof).status_code == 200


def test_an_expired_challenge_is_refused_by_the_databases_time(member: Oqs) -> None:
    with member.another(challenge_seconds=-1) as late:
        proof = member.card.sign(late.challenge())
        for oqs in (late, member):
            refused = oqs.check(proof)
            assert code_of(refused) == "SIM-CHALLENGE-EXPIRED"
            assert "時間が経ちすぎました" in refused.json()["japanese"]


def test_a_process_with_another_clock_and_uptime_agrees(
    member: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one issues, another accepts, and no clearing brings back what was spent."""
    early = [member.card.sign(member.challenge()) for _ in range(3)]
    assert member.check(early[0]).status_code == 200
    real = database_time.time.monotonic_ns
    with monkeypatch.context() as shifted:
        shifted.setattr(database_time.time, "monotonic_ns", lambda: real() + 10**15)
        # On SQLite it has the machine's clock; on PostgreSQL its own plays no part.
        if member.engine.dialect.name == "postgresql":
            shifted.setattr(database_time, "wall_clock", _impossible)
        with member.another() as other:
            assert other.check(early[1]).status_code == 200
            theirs = member.card.sign(other.challenge())
            for proof in early[:2]:
                assert code_of(other.check(proof)) == "SIM-CHALLENGE-USED"
    assert member.check(theirs).status_code == 200
    assert member.check(early[2]).status_code == 200
    for proof in (*early, theirs):
        assert code_of(member.check(proof)) == "SIM-CHALLENGE-USED"


def _impossible() -> datetime:
    raise AssertionError("the machine's clock was read")


def test_what_was_cleared_away_never_comes_back(member: Oqs) -> None:
    """Even where the database's clock goes back after that."""
    proof = member.card.sign(member.challenge())
    assert member.check(proof).status_code == 200
    with member.engine.begin() as connection:
        # Long after, seen from that challenge; the clock of now is one that went back.
        connection.execute(update(used_challenge).values(expires=used_challenge.c.expires - 10**12))
    issuer = ChallengeIssuer(member.engine, 120)
    with member.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(used_challenge)) == 0
        reached = connection.scalar(select(challenge_horizon.c.reached))
        assert reached is not None
    expires = int.from_bytes(base64.b64decode(proof["Challenge"])[8:16], "big")
    assert expires > reached, "it would still hold"
    with member.engine.begin() as connection:
        connection.execute(update(challenge_horizon).values(reached=expires))
    assert code_of(member.check(proof)) == "SIM-CHALLENGE-EXPIRED"
    assert issuer.lifetime == 120


def test_a_spent_challenge_is_kept_until_it_has_expired_for_certain(member: Oqs) -> None:
    assert member.check().status_code == 200
    issuer = ChallengeIssuer(member.engine, 120)
    now = issuer.time.now()
    with member.engine.begin() as connection:
        just_expired = now - (CLEARED_AFTER_SECONDS - 30) * MICROSECONDS
        connection.execute(update(used_challenge).values(expires=just_expired))
    ChallengeIssuer(member.engine, 120)
    with member.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(used_challenge)) > 0


def test_a_new_secret_is_made_once_and_known_to_all(member: Oqs) -> None:
    before = member.card.sign(member.challenge())
    with member.engine.begin() as connection:
        connection.execute(update(challenge_key).values(made_at=0))
    with member.another() as rotating, member.another() as second:
        assert _numbers(member) == [1, 2]
        after = member.card.sign(rotating.challenge())
        assert member.check(after).status_code == 200, "it looks for a secret that it lacks"
        assert rotating.check(before).status_code == 200, "the one before still serves"
        assert member.check(member.card.sign(second.challenge())).status_code == 200
        assert _numbers(member) == [1, 2]


def test_a_secret_is_taken_out_when_all_that_it_made_has_expired(member: Oqs) -> None:
    before = member.card.sign(member.challenge())
    now = ChallengeIssuer(member.engine, 120).time.now()
    longest = Settings().token_seconds  # a token holds for longer than a challenge
    with member.engine.begin() as connection:
        connection.execute(
            challenge_key.insert(),
            {
                "number": 2,
                "secret": bytes(32),
                "made_at": now - (longest + RETIRED_SECONDS + 1) * MICROSECONDS,
            },
        )
    with member.another() as other:
        assert _numbers(member) == [2]
    with member.another() as other:
        assert code_of(other.check(before)) == "SIM-CHALLENGE-UNKNOWN"


def test_a_secret_is_not_shown(member: Oqs) -> None:
    issuer = ChallengeIssuer(member.engine, 120)
    with member.engine.connect() as connection:
        secret = connection.scalar(select(challenge_key.c.secret))
    assert repr(secret) not in repr(issuer)


def _numbers(oqs: Oqs) -> list[int]:
    with oqs.engine.connect() as connection:
        return list(connection.scalars(select(challenge_key.c.number)))


def test_an_institution_is_told_by_its_certificate(member: Oqs) -> None:
    """The header cannot make a challenge of another institution's one's own."""
    other = OnLine(member.app, Caller(Role.TERMINAL, "9930000014"))
    challenge = member.challenge()
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": member.card.sign(challenge)},
    }
    assert code_of(TestClient(other).post("/qualification/card", json=inquiry)) == (
        "SIM-WRONG-CALLER"
    )
    assert member.check(member.card.sign(challenge)).status_code == 200
