"""ログイン: by the own card in any reader, or, as this is a simulation, by picking a person.

OQS has no reader, and never sees a PIN. A page shows a code; whoever has a reader (the command
``oqs portal sign-in``, or the testbed's page) asks for a challenge under that code, has the card
sign it, and sends the proof. The challenge holds for that code only, and what the code opens goes
only to the browser that shows it.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.jlis.card_register import locked
from oqs_sim.portal.refusals import sign_in_refused
from oqs_sim.qualification.asking import Asking
from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from oqs_sim.qualification.judging import is_blocked, known_of
from oqs_sim.qualification.registration import AT_THE_PORTAL
from oqs_sim.qualification.standing import refuse_stopped
from oqs_sim.store import cards
from oqs_sim.store.database_time import MICROSECONDS
from oqs_sim.store.municipality.rests import rest_of
from oqs_sim.store.person import PersonKey
from oqs_sim.store.portal import sessions
from oqs_sim.store.portal.sessions import KeptSession, WaitingSignIn
from oqs_sim.store.residents import find_by_reference
from storage import read_aside, reading, turn_to_write
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.codes import ReferenceClassification

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from eligibility.registration.state_machine import RegistrationChannel
    from oqs_sim.qualification.checks import Checks
    from oqs_sim.store.inquiries import Inquiries
    from wire.vocabulary.inquiry import CardProof, ChallengeGrant

SIGN_IN_SECONDS = 600
"""How long a code waits for a card; a parameter of ours [unverified]."""
ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of what a code consists: no characters that are taken for one another."""
CODE_LENGTH = 8


class Means(StrEnum):
    """How somebody has signed in."""

    CARD = "card"
    """By the card and its PIN."""
    PERSONA = "persona"
    """By being picked, which only a simulation allows."""


class Session(NamedTuple):
    """Who is signed in, where, and how."""

    person: PersonKey
    channel: RegistrationChannel
    means: Means


class Ticket(NamedTuple):
    """What a browser keeps while it waits for a card, or of its session."""

    code: str
    """What the page shows; empty of a session."""
    secret: str
    """What only this browser has."""


@dataclass(slots=True)
class _SigningIn(Asking):
    """Somebody signs in; what the card signs holds for one code alone."""

    code: str = ""

    @property
    def binding(self) -> Binding:
        return _binding(self.code)


@dataclass(frozen=True)
class SignIns:
    """Sign-ins and sessions, which any process of OQS knows."""

    checks: Checks
    session_seconds: int

    async def begin(self, channel: RegistrationChannel) -> Ticket:
        """Have a code wait for a card; the secret is for the browser that shows it."""
        code = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))
        secret = secrets.token_urlsafe(32)
        now = self._now()
        new = WaitingSignIn(code, _digest(secret), channel, now + SIGN_IN_SECONDS * MICROSECONDS)

        def add() -> None:
            with turn_to_write(self.checks.engine), self.checks.engine.begin() as connection:
                sessions.clear(connection, now)
                sessions.add_sign_in(connection, new)

        await asyncio.to_thread(add)
        return Ticket(code, secret)

    async def waiting(self, code: str) -> WaitingSignIn:
        """Return the sign-in of a code.

        Raises:
            Problem: SIGN_IN_UNKNOWN.
        """

        def find() -> WaitingSignIn | None:
            with reading(self.checks.engine) as connection:
                return sessions.find_sign_in(connection, code, self._now())

        found = await read_aside(self.checks.engine, find)
        if found is None:
            raise Problem(Catalogue.SIGN_IN_UNKNOWN)
        return found

    async def own(self, ticket: Ticket) -> WaitingSignIn:
        """Return the sign-in of a browser.

        Raises:
            Problem: SIGN_IN_UNKNOWN, also where another browser has begun it.
        """
        found = await self.waiting(ticket.code)
        if not hmac.compare_digest(found.browser, _digest(ticket.secret)):
            raise Problem(Catalogue.SIGN_IN_UNKNOWN)
        return found

    async def grant(self, code: str) -> ChallengeGrant:
        """Return a challenge for the card that signs in under a code.

        Raises:
            Problem: SIGN_IN_UNKNOWN.
        """
        found = await self.waiting(code)
        if found.person_reference:
            raise Problem(Catalogue.SIGN_IN_UNKNOWN, "A card has signed in under it already.")
        return self.checks.grant(_caller(code), ChallengePurpose.SIGN_IN)

    async def prove(self, code: str, proof: CardProof, now: datetime) -> WaitingSignIn:
        """Have the person whose card made the proof be signed in, in the browser of the code.

        Raises:
            Problem: SIGN_IN_UNKNOWN, CARD_USE_BLOCKED (P-031), or the proof does not hold.
        """
        found = await self.waiting(code)
        asking = await self._proven(proof, code, now)
        reference = asking.person.person_reference

        def complete(connection: Connection) -> bool:
            return sessions.complete_sign_in(connection, code, reference, self._now())

        await self._written(reference, complete, asking)
        return found

    async def finish(self, ticket: Ticket) -> str | None:
        """Return the token of a new session, or None while no card has been there.

        Raises:
            Problem: SIGN_IN_UNKNOWN.
        """
        found = await self.own(ticket)
        if not found.person_reference:
            return None
        return await self._open(
            found.person_reference, found.channel, Means.CARD, instead_of=found.code
        )

    async def by_proof(self, proof: CardProof, channel: RegistrationChannel, now: datetime) -> str:
        """Return the token of a new session of a program that has the card's proof itself.

        Raises:
            Problem: CARD_USE_BLOCKED (P-031), or the proof does not hold.
        """
        asking = await self._proven(proof, "", now)
        return await self._open(asking.person.person_reference, channel, Means.CARD, asking=asking)

    async def as_person(self, reference: str, channel: RegistrationChannel, now: datetime) -> str:
        """Return the token of a new session of a person who was picked (simulation).

        Raises:
            Problem: UNKNOWN_PERSON, CARD_USE_BLOCKED (P-031).
        """

        def exists() -> bool:
            with reading(self.checks.engine) as connection:
                return find_by_reference(connection, reference) is not None

        if not await read_aside(self.checks.engine, exists):
            raise Problem(Catalogue.UNKNOWN_PERSON)
        person = PersonKey.of(reference)
        asking = Asking(
            AT_THE_PORTAL, ReferenceClassification.CARD, ChallengePurpose.SIGN_IN, now, person
        )
        try:
            await self.checks.asking(lambda inquiries: _require_open(asking, inquiries))
        except Problem as problem:
            await self.checks.refuse(asking, problem)
            raise sign_in_refused(problem) from None
        await self.checks.write_down(asking)
        return await self._open(reference, channel, Means.PERSONA)

    async def session(self, token: str, channel: RegistrationChannel) -> Session:
        """Return whose session a token is.

        Raises:
            Problem: NOT_SIGNED_IN.
        """

        def find() -> KeptSession | None:
            with reading(self.checks.engine) as connection:
                return sessions.find_session(connection, _digest(token), self._now())

        found = await read_aside(self.checks.engine, find) if token else None
        if found is None or found.channel != channel:
            raise Problem(Catalogue.NOT_SIGNED_IN)
        return Session(PersonKey.of(found.person_reference), channel, Means(found.means))

    async def end(self, token: str) -> None:
        """Sign out; a session that has ended already stays so."""

        def end() -> None:
            with turn_to_write(self.checks.engine), self.checks.engine.begin() as connection:
                sessions.end_session(connection, _digest(token))

        await asyncio.to_thread(end)

    async def _proven(self, proof: CardProof, code: str, now: datetime) -> Asking:
        asking = _SigningIn(
            AT_THE_PORTAL,
            ReferenceClassification.CARD,
            ChallengePurpose.SIGN_IN,
            now,
            code=code,
        )

        def identify(inquiries: Inquiries) -> None:
            self.checks.identify(proof, asking, inquiries)
            _require_open(asking, inquiries)

        try:
            await self.checks.asking(identify)
        except Problem as problem:
            await self.checks.refuse(asking, problem)
            raise sign_in_refused(problem) from None
        await self.checks.write_down(asking)
        return asking

    async def _open(
        self,
        reference: str,
        channel: str,
        means: Means,
        *,
        instead_of: str = "",
        asking: Asking | None = None,
    ) -> str:
        """Open a session; one that a code leads to only once."""
        token = secrets.token_urlsafe(32)
        expires = self._now() + self.session_seconds * MICROSECONDS
        new = KeptSession(_digest(token), reference, channel, means, expires)

        def add(connection: Connection) -> bool:
            if instead_of and not sessions.end_sign_in(connection, instead_of):
                return False
            sessions.clear(connection, self._now())
            sessions.add_session(connection, new)
            return True

        await self._written(reference, add, asking)
        return token

    async def _written(
        self, reference: str, write: Callable[[Connection], bool], asking: Asking | None
    ) -> None:
        """Write what a sign-in comes to; meanwhile nobody stops a card of the person.

        A card that was stopped since it proved itself, which ``asking`` says, is refused; who stops
        it from then on ends what was written.

        Raises:
            Problem: SIGN_IN_UNKNOWN where nothing was to be written, or why the card is stopped.
        """

        def written() -> bool:
            with locked(self.checks.engine, reference) as connection:
                if asking is not None:
                    _require_running(connection, asking)
                return write(connection)

        try:
            done = await asyncio.to_thread(written)
        except Problem as problem:
            assert asking is not None
            asking.challenge = None  # spent with the line of the proof
            await self.checks.refuse(asking, problem)
            raise sign_in_refused(problem) from None
        if not done:
            raise Problem(Catalogue.SIGN_IN_UNKNOWN)

    def _now(self) -> int:
        return self.checks.challenges.time.now()


def _require_open(asking: Asking, inquiries: Inquiries) -> None:
    """Refuse whose information is not given to whoever holds the card (P-031)."""
    if is_blocked(known_of(inquiries, asking.person, asking.now)):
        raise Problem(Catalogue.CARD_USE_BLOCKED)


def _require_running(connection: Connection, asking: Asking) -> None:
    """Refuse a card that was stopped since it proved itself, at whatever instant (P-013)."""
    held = cards.certificates_of(connection, asking.person.person_reference)
    shown = next(one for one in held if one.serial == asking.serial)
    stop = cards.stop_of(connection, *shown.key)
    assert stop is not None, "it was issued"
    now = max(filter(None, (asking.now, stop.revoked_at, stop.suspended_at)))
    refuse_stopped(stop, now, rest_of(connection, shown.key) if shown.rests(asking.now) else None)


def _caller(code: str) -> str:
    """Return who may use a challenge: who has the code; without one, whoever asks the portal."""
    return f"sign-in {code}" if code else AT_THE_PORTAL


def _binding(code: str) -> Binding:
    return Binding(_caller(code), ChallengePurpose.SIGN_IN)


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "replace")).digest()
