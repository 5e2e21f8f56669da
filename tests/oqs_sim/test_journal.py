"""The journal: shared transactions, and no event loop that waits for a lock."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import httpx2
import psycopg
import pytest
from sqlalchemy import func, select

from oqs_sim.store.journal import (
    IssuedChallenge,
    Journal,
    JournalEntry,
    JournalOverdue,
    LoggedInquiry,
    Outcome,
    _Clash,
)
from oqs_sim.store.person import PersonKey
from oqs_sim.store.schema import inquiry_log, used_challenge
from storage import outages
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Engine

    from tests.oqs_sim.conftest import Oqs

STANDING = 1_800_000_000_000_000
LATER = STANDING * 2


class Standing:
    """Database time that stands still."""

    def now(self) -> int:
        return STANDING


@contextmanager
def journal(engine: Engine, seconds: float = 30.0) -> Iterator[Journal]:
    opened = Journal(engine, Standing(), lambda: None, outages(engine), seconds)  # type: ignore[arg-type] # what it reads of it
    try:
        yield opened
    finally:
        opened.close()


def entry(nonce: bytes | None = None, person: str = "SIM-ONE") -> JournalEntry:
    line = LoggedInquiry(PersonKey.of(person), datetime.now(UTC), INSTITUTION, "1", "check", "1")
    return JournalEntry(line, IssuedChallenge(nonce, LATER) if nonce else None)


@contextmanager
def locked(engine: Engine) -> Iterator[None]:
    """Keep everybody else from writing, as another process may."""
    url = engine.url
    if engine.dialect.name == "sqlite":
        other = sqlite3.connect(str(url.database), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
    else:
        plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
        other = psycopg.connect(plain)  # type: ignore[assignment] # either is closed below
        other.execute("LOCK TABLE inquiry_log IN EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.close()


def count(engine: Engine, table: Any) -> int:
    with engine.connect() as connection:
        return connection.execute(select(func.count()).select_from(table)).scalar_one()


@pytest.mark.asyncio
async def test_the_service_answers_while_another_process_holds_the_lock(member: Oqs) -> None:
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
        "MessageBody": {"CardProof": member.card.sign(member.challenge())},
    }
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(member.as_terminal), base_url="http://oqs"
    ) as client:
        with locked(member.engine):
            check = asyncio.create_task(client.post("/qualification/card", json=inquiry))
            for _ in range(20):
                assert (await client.get("/health")).status_code == 200
                assert (await client.post("/qualification/challenges")).status_code == 201
            assert not check.done(), "it is to wait for the lock, which is still held"
        assert (await check).status_code == 200


@pytest.mark.asyncio
async def test_a_check_that_cannot_be_written_in_time_is_asked_to_come_again(member: Oqs) -> None:
    with member.another(journal_seconds=0.2) as oqs:
        proof = member.card.sign(member.challenge())
        inquiry = {
            "MessageHeader": {"MedicalInstitutionCode": INSTITUTION},
            "MessageBody": {"CardProof": proof},
        }
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(oqs.as_terminal), base_url="http://oqs"
        ) as client:
            with locked(member.engine):
                refused = await client.post("/qualification/card", json=inquiry)
            assert refused.status_code == 503
            assert refused.json()["code"] == "SIM-STORAGE-UNAVAILABLE"
            assert refused.headers["Retry-After"] == "1"
            assert (await client.get("/health")).status_code == 200


@pytest.mark.asyncio
async def test_what_was_given_up_is_not_written(oqs: Oqs) -> None:
    if oqs.engine.dialect.name == "postgresql":
        pytest.skip("its transaction begins at once, so the entry was taken already")
    with journal(oqs.engine, seconds=0.1) as short:
        with locked(oqs.engine), pytest.raises(JournalOverdue):
            await short.write(entry(b"given up"))
        before = count(oqs.engine, inquiry_log)
        assert await asyncio.wait_for(short.write(entry(b"next")), 30) is Outcome.WRITTEN
        assert count(oqs.engine, inquiry_log) == before + 1
        with oqs.engine.connect() as connection:
            spent = set(connection.scalars(select(used_challenge.c.nonce)))
        assert b"next" in spent
        assert b"given up" not in spent


@pytest.mark.asyncio
async def test_what_gathers_while_the_lock_is_held_is_one_transaction(oqs: Oqs) -> None:
    with journal(oqs.engine) as one:
        commits: list[int] = []
        transaction = one._direct.transaction  # to count them

        @contextmanager
        def counted() -> Iterator[None]:
            with transaction():
                yield
            commits.append(1)

        one._direct.transaction = counted  # type: ignore[method-assign]
        with locked(oqs.engine):
            tasks = [asyncio.create_task(one.write(entry(b"%d" % n))) for n in range(50)]
            await asyncio.sleep(0)
        assert set(await asyncio.gather(*tasks)) == {Outcome.WRITTEN}
        assert len(commits) <= 2, "what came first, and all others"


@pytest.mark.asyncio
async def test_lines_of_one_instant_are_all_kept(oqs: Oqs) -> None:
    """Two processes whose clocks show the same do not write over one another."""
    before = count(oqs.engine, inquiry_log)
    with journal(oqs.engine) as one, journal(oqs.engine) as two:
        for _ in range(20):
            told = await asyncio.gather(one.write(entry()), two.write(entry()))
            assert set(told) == {Outcome.WRITTEN}
    assert count(oqs.engine, inquiry_log) == before + 40


@pytest.mark.asyncio
async def test_two_journals_that_get_the_same_challenges_never_wait_in_a_ring(oqs: Oqs) -> None:
    nonces = [b"%03d" % number for number in range(100)]
    with journal(oqs.engine) as one, journal(oqs.engine) as two:
        told = await asyncio.gather(
            *(one.write(entry(nonce)) for nonce in nonces),
            *(two.write(entry(nonce)) for nonce in reversed(nonces)),
        )
    assert told.count(Outcome.WRITTEN) == len(nonces)
    assert told.count(Outcome.CHALLENGE_USED) == len(nonces)


@pytest.mark.asyncio
async def test_one_that_fails_does_not_end_the_journal(oqs: Oqs) -> None:
    with journal(oqs.engine) as one:
        driver: Any = oqs.engine.dialect.loaded_dbapi
        whole = entry()
        broken = whole._replace(inquiry=whole.inquiry._replace(institution_code=None))  # type: ignore[arg-type]
        with pytest.raises(driver.Error):
            await one.write(broken)
        assert await one.write(entry()) is Outcome.WRITTEN


@pytest.mark.asyncio
async def test_what_was_given_up_before_a_second_try_is_not_written(
    oqs: Oqs, monkeypatch: pytest.MonkeyPatch
) -> None:
    with journal(oqs.engine) as one:
        wanted = one._wanted

        def late(taken: list[Any]) -> list[Any]:
            for waiting in taken:
                waiting.given_up = waiting.entry.challenge.nonce == b"late"
            return wanted(taken)

        def clash(_: object) -> list[Outcome]:
            monkeypatch.setattr(one, "_wanted", late)
            raise _Clash

        monkeypatch.setattr(one, "_written_at_once", clash)
        gone = asyncio.create_task(one.write(entry(b"late")))
        assert await asyncio.wait_for(one.write(entry(b"stays")), 30) is Outcome.WRITTEN
        gone.cancel()
        with oqs.engine.connect() as connection:
            spent = set(connection.scalars(select(used_challenge.c.nonce)))
    assert b"stays" in spent
    assert b"late" not in spent
