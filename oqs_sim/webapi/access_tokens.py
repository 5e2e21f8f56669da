"""Tokens of the web API: given for a client certificate, and good with it only.

A token is made as a challenge is: it carries until when it holds, and a digest under a secret of
the database. So none is stored, and every process on the database knows it.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import TYPE_CHECKING

from oqs_sim.qualification.challenge import Binding, ChallengePurpose
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from oqs_sim.qualification.challenge import ChallengeIssuer


@dataclass(frozen=True)
class AccessTokens:
    """Gives tokens, and recognises those that any process on this database has given."""

    issuer: ChallengeIssuer
    lifetime: int
    """Seconds."""

    def grant(self, institution_code: str, certificate: str) -> str:
        """Return a token for a terminal; ``certificate`` is the fingerprint of its own."""
        issued = self.issuer.issue(_binding(institution_code, certificate), self.lifetime)
        return base64.urlsafe_b64encode(issued).decode()

    def check(self, token: str | None, institution_code: str, certificate: str) -> None:
        """See that a request may be answered, by the token that it carries.

        Raises:
            Problem: TOKEN_UNKNOWN.
        """
        if token is None:
            raise Problem(
                Catalogue.TOKEN_UNKNOWN, "The header Authorization has to be `Bearer ` and it."
            )
        try:
            given = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            raise Problem(Catalogue.TOKEN_UNKNOWN, "It is no token of this system.") from None
        found = self.issuer.recognise(given, _binding(institution_code, certificate))
        if found is None:
            raise Problem(
                Catalogue.TOKEN_UNKNOWN, "It was not given by this system for this certificate."
            )
        if found.expires <= self.issuer.time.now():
            raise Problem(Catalogue.TOKEN_UNKNOWN, "It has expired.")


def _binding(institution_code: str, certificate: str) -> Binding:
    return Binding(f"{institution_code} {certificate}", ChallengePurpose.WEB_API)
