"""Tokens of the web API: given for a client certificate, and good with it only.

A token is made as a challenge is: it carries until when it holds, and a digest under a secret of
the database. So none is stored, and every process on the database knows it. It also carries at
which business instant and revision of the clock it was given: who moves the clock by the life of a
token need not wait for its end.
"""

from __future__ import annotations

import base64
import binascii
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from oqs_sim.qualification.challenge import ChallengeIssuer
    from wire.clock import ClockReading


_GIVEN = struct.Struct(">qq")
"""Business time in microseconds since 1970, and the clock's revision; it comes last."""
_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


class Given(NamedTuple):
    """When a token was given, by the clock of the deployment."""

    at: datetime
    revision: int


@dataclass(frozen=True)
class AccessTokens:
    """Gives tokens, and recognises those that any process on this database has given."""

    issuer: ChallengeIssuer
    lifetime: int
    """Seconds."""

    def grant(self, institution_code: str, certificate: str, clock: ClockReading) -> str:
        """Return a token for a terminal; ``certificate`` is the fingerprint of its own."""
        given = _GIVEN.pack((clock.now - _EPOCH) // _MICROSECOND, clock.revision)
        binding = _binding(institution_code, certificate, given)
        issued = self.issuer.issue(binding, self.lifetime)
        return base64.urlsafe_b64encode(issued + given).decode()

    def outlived(self, given: Given, now: datetime) -> bool:
        """Tell whether the clock shows more than the life of a token since it was given."""
        return now - given.at >= timedelta(seconds=self.lifetime)

    def check_not_moved(self, given: Given, clock: ClockReading) -> None:
        """See that nobody has moved the clock by the life of a token since it was given.

        A clock that only runs fast ends none: it would end before its first request.

        Raises:
            Problem: TOKEN_UNKNOWN.
        """
        if clock.revision != given.revision and self.outlived(given, clock.now):
            raise Problem(Catalogue.TOKEN_UNKNOWN, "It has expired, as the clock was moved on.")

    def check(self, token: str | None, institution_code: str, certificate: str) -> Given:
        """See that a request may be answered, by the token that it carries.

        Returns when its token was given, of which `check_not_moved` judges.

        Raises:
            Problem: TOKEN_UNKNOWN.
        """
        if token is None:
            raise Problem(
                Catalogue.TOKEN_UNKNOWN, "The header Authorization has to be `Bearer ` and it."
            )
        try:
            whole = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise Problem(Catalogue.TOKEN_UNKNOWN, "It is no token of this system.") from None
        issued, given = whole[: -_GIVEN.size], whole[-_GIVEN.size :]
        found = self.issuer.recognise(issued, _binding(institution_code, certificate, given))
        if found is None:
            raise Problem(
                Catalogue.TOKEN_UNKNOWN, "It was not given by this system for this certificate."
            )
        if found.expires <= self.issuer.time.now():
            raise Problem(Catalogue.TOKEN_UNKNOWN, "It has expired.")
        microseconds, revision = _GIVEN.unpack(given)
        return Given(_EPOCH + microseconds * _MICROSECOND, revision)


def _binding(institution_code: str, certificate: str, given: bytes) -> Binding:
    caller = f"{institution_code} {certificate} {given.hex()}"
    return Binding(caller, ChallengePurpose.WEB_API)
