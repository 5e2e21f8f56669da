"""Challenges that a card signs: issued without being stored, spent once.

A challenge carries until when it holds, in database time, and a digest over that, over who may use
it, and for what. So issuing one writes nothing, and every process of OQS on the same database knows
it, on whatever machine, and after a restart too. Only a challenge that was used is written down,
until it has expired.

The secret of the digest lies in the database. A new one is made now and then, by whichever process
comes first; the one before is accepted until its challenges have expired.
"""

from __future__ import annotations

import hmac
import secrets
import struct
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.store import spent_challenges
from oqs_sim.store.database_time import MICROSECONDS, DatabaseTime
from oqs_sim.store.journal import IssuedChallenge
from oqs_sim.store.spent_challenges import ChallengeKey

if TYPE_CHECKING:
    from sqlalchemy import Engine

_FORM = 1
_STATED = struct.Struct(">B3xIq8s")
"""Form, number of the secret, until when it holds, and what makes it unique."""
_UNIQUE = 8
_SPENT_BY = 8 + _UNIQUE
"""Its last bytes, by which it is spent: the instant comes first, so what was spent at about the
same time lies side by side."""
_DIGEST = 16
LENGTH = _STATED.size + _DIGEST
"""Bytes of a challenge."""
RETIRED_SECONDS = 60
"""How long a secret is kept beyond the life of its last challenge: for processes that have not
heard yet of the one that came after."""
CLEARED_EVERY_SECONDS = 60
CLEARED_AFTER_SECONDS = 60
"""How long a spent challenge is kept after it has expired, should the database's clock step back
just then."""


class ChallengePurpose(StrEnum):
    """What somebody asks for: what a challenge is signed for, or what is logged without one."""

    CHECK = "check"
    """資格確認."""
    REGISTRATION = "registration"
    """利用登録."""
    INQUIRIES = "inquiries"
    """The person reads who has asked."""
    WEB_API = "web-api"
    """A token of the web API, which no card signs."""
    MEDICINES = "medicines"
    """薬剤情報; such views need no challenge, only a consent of before."""
    CHECKUPS = "checkups"
    """特定健診情報."""
    TREATMENT = "treatment"
    """診療情報."""
    SURGERY = "surgery"
    """手術情報."""
    REFERENCE_NUMBER = "reference_number"
    """照会番号登録; without a card."""
    MEDICAL_TICKETS = "medical_tickets"
    """An institution fetches its recipients of 医療扶助; without a card."""
    AT_HOME = "at_home"
    """資格確認 by a consent that was given at home (居宅同意取得型)."""
    INSURER_MATCH = "insurer_match"
    """An insurer matches a person by 個人番号, or looks again at one that it has matched."""
    INSURER_CARDS = "insurer_cards"
    """An insurer asks how the cards of its members stand."""
    WITHDRAWAL = "withdrawal"
    """閲覧同意取消: a consent that was given at home ends."""
    SYSTEM_FAILURE = "system_failure"
    """障害時モード: without card, and so without a challenge (P-087)."""
    DISASTER = "disaster"
    """災害時モード, likewise."""
    SIGN_IN = "sign_in"
    """The person signs in at the portal, or at an ATM."""

    @property
    def is_insurer(self) -> bool:
        """Whether it is an insurer who asks, by the intermediate server."""
        return self in {ChallengePurpose.INSURER_MATCH, ChallengePurpose.INSURER_CARDS}


class Binding(NamedTuple):
    """Who may use a challenge, and what for."""

    caller: str
    """The institution code of the terminal's certificate; empty for the portal."""
    purpose: ChallengePurpose


@dataclass
class ChallengeIssuer:
    """Issues challenges, and recognises those that any process on this database has issued."""

    engine: Engine
    lifetime: int
    """Seconds."""
    key_hours: float = 24.0
    """How long a secret is used."""
    longest: int = 0
    """Seconds for which the longest holds that is issued for a time of its own."""
    time: DatabaseTime = field(init=False)
    _keys: dict[int, ChallengeKey] = field(init=False, repr=False)
    _newest: ChallengeKey = field(init=False, repr=False)
    _cleared_at: int = 0

    def __post_init__(self) -> None:
        self.time = DatabaseTime(self.engine)
        self.refresh()

    def refresh(self) -> None:
        """Measure database time, read the secrets, make a new one and clear away where it is time.

        To be called every `REFRESH_SECONDS`, where it may wait for the database.
        """
        now, keys = self.time.measure()
        if not keys or self._is_old(keys[-1], now):
            keys = self._rotated(now)
        self._know(keys)
        if now - self._cleared_at >= CLEARED_EVERY_SECONDS * MICROSECONDS:
            self._cleared_at = now
            self._clear(now)
        self.time.write_down()

    def issue(self, binding: Binding, lifetime: int | None = None) -> bytes:
        """Return a new challenge, the bytes that the card is to sign.

        One with a ``lifetime`` of its own may hold for up to `longest` seconds.
        """
        key = self._newest
        seconds = self.lifetime if lifetime is None else lifetime
        expires = self.time.now() + seconds * MICROSECONDS
        stated = _STATED.pack(_FORM, key.number, expires, secrets.token_bytes(_UNIQUE))
        return stated + _digest(key, stated, binding)

    def recognise(self, challenge: bytes, binding: Binding) -> IssuedChallenge | None:
        """Return what a challenge states; None when it is not ours, or for something else.

        Whether it still holds, and was not used before, shows when it is spent.
        """
        key = self._key_of(challenge)
        if key is None or not _is_bound(challenge, key, binding):
            return None
        stated = challenge[:-_DIGEST]
        return IssuedChallenge(stated[-_SPENT_BY:], _STATED.unpack(stated)[2])

    def purpose_of(self, challenge: bytes, caller: str) -> ChallengePurpose | None:
        """Return what for a challenge was issued to a caller; None when it was not.

        It is told to nobody but that caller, who asked for it.
        """
        key = self._key_of(challenge)
        if key is None:
            return None
        bound = (one for one in ChallengePurpose if _is_bound(challenge, key, Binding(caller, one)))
        return next(bound, None)

    def _key_of(self, challenge: bytes) -> ChallengeKey | None:
        """Return the secret under which a challenge says that it was issued, if there is one."""
        if len(challenge) != LENGTH or challenge[0] != _FORM:
            return None
        _, number, _, _ = _STATED.unpack(challenge[:-_DIGEST])
        if number > self._newest.number:
            self._know(self.time.measure().keys)  # another process has made it
        return self._keys.get(number)

    def _know(self, keys: tuple[ChallengeKey, ...]) -> None:
        self._keys, self._newest = {key.number: key for key in keys}, keys[-1]

    def _is_old(self, key: ChallengeKey, now: int) -> bool:
        return now - key.made_at >= self.key_hours * 3_600 * MICROSECONDS

    def _rotated(self, now: int) -> tuple[ChallengeKey, ...]:
        """Make a secret, unless another process just has; return all."""
        with self.engine.begin() as connection:
            spent_challenges.lock_keys(connection)
            keys = spent_challenges.keys(connection)
            if not keys or self._is_old(keys[-1], now):
                number = keys[-1].number + 1 if keys else 1
                new = ChallengeKey(number, secrets.token_bytes(32), now)
                spent_challenges.add_key(connection, new)
                keys = (*keys, new)
        return keys

    def _clear(self, now: int) -> None:
        """Clear away what no longer matters: spent challenges, and secrets."""
        kept = max(self.lifetime, self.longest) + RETIRED_SECONDS
        over = now - kept * MICROSECONDS
        with self.engine.begin() as connection:
            spent_challenges.lock_keys(connection)
            spent_challenges.clear(connection, now - CLEARED_AFTER_SECONDS * MICROSECONDS)
            # A secret's last challenge was issued when the next one was made.
            succeeding = [key.number for key in self._keys.values() if key.made_at <= over]
            spent_challenges.forget_keys(connection, below=max(succeeding, default=0))


def _is_bound(challenge: bytes, key: ChallengeKey, binding: Binding) -> bool:
    digest = _digest(key, challenge[:-_DIGEST], binding)
    return hmac.compare_digest(challenge[-_DIGEST:], digest)


def _digest(key: ChallengeKey, stated: bytes, binding: Binding) -> bytes:
    whole = b"%b%b\0%b" % (stated, binding.caller.encode(), binding.purpose.encode())
    return hmac.digest(key.secret, whole, "sha256")[:_DIGEST]
