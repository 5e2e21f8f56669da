"""Sign-ins that wait for a card, and sessions. Who reads one says what time it is."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from sqlalchemy import bindparam, delete, insert, select, update

from oqs_sim.store.portal.schema import portal_session, portal_sign_in

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class WaitingSignIn:
    """A sign-in that waits for a card, or whose card has been there."""

    code: str
    browser: bytes
    channel: str
    expires: int
    person_reference: str = ""


@dataclass(frozen=True, slots=True)
class KeptSession:
    """A session."""

    token: bytes
    person_reference: str
    channel: str
    means: str
    expires: int


_SIGN_IN = select(portal_sign_in).where(
    portal_sign_in.c.code == bindparam("code"), portal_sign_in.c.expires > bindparam("now")
)
"""The sign-in of a code that still holds."""

_COMPLETE = (
    update(portal_sign_in)
    .where(
        portal_sign_in.c.code == bindparam("of_code"),
        portal_sign_in.c.expires > bindparam("now"),
        portal_sign_in.c.person_reference == "",
    )
    .values(person_reference=bindparam("of_person"))
)
"""Says whose card has been there; nothing where one has been already."""

_END_SIGN_IN = delete(portal_sign_in).where(portal_sign_in.c.code == bindparam("code"))
"""Takes a sign-in out; its code is of no use any more."""

_SESSION = select(portal_session).where(
    portal_session.c.token == bindparam("token"), portal_session.c.expires > bindparam("now")
)
"""The session of a token that still holds."""

_END_SESSION = delete(portal_session).where(portal_session.c.token == bindparam("token"))
"""Ends a session."""

_END_SESSIONS = delete(portal_session).where(
    portal_session.c.person_reference == bindparam("of_person")
)
_END_SIGN_INS = delete(portal_sign_in).where(
    portal_sign_in.c.person_reference == bindparam("of_person")
)
"""End all sessions of a person, and the sign-ins that are about to become one; there are few at a
time, so no key leads there."""

_CLEAR_SIGN_INS = delete(portal_sign_in).where(portal_sign_in.c.expires <= bindparam("now"))
_CLEAR_SESSIONS = delete(portal_session).where(portal_session.c.expires <= bindparam("now"))
"""Clear away what no longer holds."""


def add_sign_in(connection: Connection, new: WaitingSignIn) -> None:
    """Keep a new sign-in."""
    connection.execute(insert(portal_sign_in), asdict(new))


def find_sign_in(connection: Connection, code: str, now: int) -> WaitingSignIn | None:
    """Find the sign-in of a code, unless its time is up."""
    row = connection.execute(_SIGN_IN, {"code": code, "now": now}).one_or_none()
    return WaitingSignIn(*row) if row else None


def complete_sign_in(connection: Connection, code: str, person: str, now: int) -> bool:
    """Say whose card was there; return False where its time is up, or a card was there before."""
    bound = {"of_code": code, "of_person": person, "now": now}
    return connection.execute(_COMPLETE, bound).rowcount > 0


def end_sign_in(connection: Connection, code: str) -> bool:
    """Take a sign-in out; return False where somebody else just did."""
    return connection.execute(_END_SIGN_IN, {"code": code}).rowcount > 0


def add_session(connection: Connection, new: KeptSession) -> None:
    """Keep a new session."""
    connection.execute(insert(portal_session), asdict(new))


def find_session(connection: Connection, token: bytes, now: int) -> KeptSession | None:
    """Find the session of a token, unless its time is up."""
    row = connection.execute(_SESSION, {"token": token, "now": now}).one_or_none()
    return KeptSession(*row) if row else None


def end_session(connection: Connection, token: bytes) -> None:
    """End a session."""
    connection.execute(_END_SESSION, {"token": token})


def end_sessions_of(connection: Connection, person: str) -> None:
    """End all sessions of a person whose card was lost or given back, and what would become one."""
    connection.execute(_END_SESSIONS, {"of_person": person})
    connection.execute(_END_SIGN_INS, {"of_person": person})


def clear(connection: Connection, now: int) -> None:
    """Clear away what no longer holds."""
    connection.execute(_CLEAR_SIGN_INS, {"now": now})
    connection.execute(_CLEAR_SESSIONS, {"now": now})
