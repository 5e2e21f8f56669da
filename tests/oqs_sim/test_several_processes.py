"""What two processes of OQS on one database make at the same moment is made once."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import func, select, text

from oqs_sim.app import MIGRATIONS
from oqs_sim.jlis import authority
from oqs_sim.jlis.card_keys import ROOT, CardKeys
from oqs_sim.jlis.generations import find_generation
from oqs_sim.qualification.challenge import Binding, ChallengeIssuer, ChallengePurpose
from oqs_sim.store import issuer_keys, schema
from oqs_sim.store.jlis.generations import KeptGeneration, add_generation
from oqs_sim.store.person import PersonKey
from oqs_sim.store.use_registrations import made_registration
from storage import open_engine
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection, Engine

SECONDS = 60.0


@pytest.fixture
def engines(new_database: Callable[..., str]) -> Iterator[tuple[Engine, Engine]]:
    url = new_database(schema.metadata, MIGRATIONS)
    both = tuple(open_engine(url, schema.metadata, MIGRATIONS) for _ in range(2))
    yield both[0], both[1]
    for engine in both:
        engine.dispose()


def both(engines: tuple[Engine, Engine], ask: Callable[[Engine], Any]) -> list[Any]:
    with ThreadPoolExecutor(2) as pool:
        return [one.result(SECONDS) for one in [pool.submit(ask, engine) for engine in engines]]


def wait_until_blocked(connection: Connection) -> None:
    """Return when another process waits for what this transaction holds."""
    if connection.dialect.name == "sqlite":
        return  # whoever writes has the file to itself from the beginning
    until = time.monotonic() + SECONDS
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    while not connection.execute(waiting).scalar_one():
        assert time.monotonic() < until, "nobody waits"


def second_of_two(engine: Engine, add: Callable[[Connection], None], ask: Callable[[], Any]) -> Any:
    """Ask while another process has added the same, and has not committed it yet."""
    with ThreadPoolExecutor(1) as pool:
        with engine.begin() as connection:
            issuer_keys.lock_issuers(connection)
            add(connection)
            asked = pool.submit(ask)
            wait_until_blocked(connection)
        return asked.result(SECONDS)


def test_of_two_authorities_made_at_once_the_first_stays(engines: tuple[Engine, Engine]) -> None:
    now, purpose = datetime.now(UTC), CertificatePurpose.AUTHENTICATION
    first = authority.make_authority(purpose, now)
    der = first.certificate.public_bytes(Encoding.DER)
    key = authority.key_bytes(first.private_key)
    second = second_of_two(
        engines[0],
        lambda connection: add_generation(connection, purpose, KeptGeneration(1, key, der)),
        lambda: find_generation(engines[1], purpose, None, now),
    )
    assert (second.number, second.authority.pem) == (1, first.pem)


def test_of_two_keys_of_a_terminal_made_at_once_the_first_stays(
    engines: tuple[Engine, Engine],
) -> None:
    CardKeys(engines[0]).terminals()
    key = authority.key_bytes(authority.new_key())
    second = second_of_two(
        engines[0],
        lambda connection: issuer_keys.add_terminal(connection, "9910000018", key, b"first"),
        lambda: CardKeys(engines[1]).terminal("9910000018"),
    )
    assert second.certificate == b"first"


def test_of_two_roots_of_the_cards_made_at_once_the_first_stays(
    engines: tuple[Engine, Engine],
) -> None:
    key = authority.key_bytes(authority.new_key())
    second = second_of_two(
        engines[0],
        lambda connection: issuer_keys.add_authority(connection, ROOT, key, b"first"),
        lambda: CardKeys(engines[1]).root(),
    )
    assert second.certificate == b"first"


def test_a_person_is_registered_once(engines: tuple[Engine, Engine]) -> None:
    barrier = threading.Barrier(2, timeout=SECONDS)

    def register(engine: Engine) -> None:
        barrier.wait()
        with engine.begin() as connection:
            made_registration(PersonKey.of("SIM-ONE"), "portal", datetime.now(UTC)).execute(
                connection
            )

    for _ in range(20):
        both(engines, register)
    with engines[0].connect() as connection:
        assert connection.scalar(select(func.count()).select_from(schema.registration)) == 1


def test_the_first_secret_is_made_once(engines: tuple[Engine, Engine]) -> None:
    one, other = both(engines, lambda engine: ChallengeIssuer(engine, 120))
    binding = Binding("9910000018", ChallengePurpose.CHECK)
    assert other.recognise(one.issue(binding), binding) is not None
    assert one.recognise(other.issue(binding), binding) is not None
    with engines[0].connect() as connection:
        assert list(connection.scalars(select(schema.challenge_key.c.number))) == [1]
