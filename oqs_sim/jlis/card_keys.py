"""The keys behind the cards: those that sign printed text and pictures, and those of terminals.

Two small hierarchies of card-verifiable certificates: a root vouches for each municipality's
signing key, and an authority, whose public key every card holds, for terminals. How the real ones
are named and kept is not public.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import serialization

from oqs_sim.jlis.authority import key_bytes, load_key, new_key
from oqs_sim.jlis.cv_certificate import certify, key_id
from oqs_sim.store import issuer_keys
from storage import reading

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from sqlalchemy import Engine

ROOT, TERMINALS = "card-root", "terminals"
"""What the two authorities are called in the table of authorities."""
ROOT_KEY_ID, TERMINALS_KEY_ID = key_id("9900023"), key_id("9900090")


@dataclass(frozen=True)
class CardKey:
    """A key with the card-verifiable certificate of its public half."""

    private_key: RSAPrivateKey
    certificate: bytes

    @property
    def public_pem(self) -> str:
        """The public half as PEM (SubjectPublicKeyInfo)."""
        return (
            self.private_key.public_key()
            .public_bytes(
                serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
            )
            .decode()
        )


@dataclass(frozen=True)
class CardKeys:
    """The keys of the deployment; each is made when it is first asked for, and then kept."""

    engine: Engine

    def root(self) -> CardKey:
        """Return the root of the cards' signatures."""
        return self._authority(ROOT, ROOT_KEY_ID)

    def terminals(self) -> CardKey:
        """Return the authority whose terminals cards accept."""
        return self._authority(TERMINALS, TERMINALS_KEY_ID)

    def municipality(self, code: str) -> CardKey:
        """Return the key that signs text and pictures of a municipality's cards."""
        name = f"signer-{code}"
        if (kept := self._find(name)) is not None:
            return kept
        root, key = self.root(), new_key()
        subject = key_id(f"{code}21", "000")
        certificate = certify(root.private_key, ROOT_KEY_ID, key.public_key(), subject)
        return self._keep(name, CardKey(key, certificate))

    def terminal(self, institution_code: str) -> CardKey:
        """Return the credential of an institution's terminal: one each, kept."""
        with reading(self.engine) as connection:
            kept = issuer_keys.find_terminal(connection, institution_code)
        if kept is None:
            authority, key = self.terminals(), new_key()
            certificate = certify(
                authority.private_key,
                TERMINALS_KEY_ID,
                key.public_key(),
                key_id(institution_code[:7], institution_code[7:]),
            )
            with self.engine.begin() as connection:
                # Of two first orders at once, the second uses what the first has made.
                issuer_keys.lock_issuers(connection)
                kept = issuer_keys.find_terminal(connection, institution_code)
                if kept is None:
                    kept = (key_bytes(key), certificate)
                    issuer_keys.add_terminal(connection, institution_code, *kept)
        return _loaded(*kept)

    def _authority(self, name: str, own_id: bytes) -> CardKey:
        if (kept := self._find(name)) is not None:
            return kept
        key = new_key()
        certificate = certify(key, own_id, key.public_key(), own_id)
        return self._keep(name, CardKey(key, certificate))

    def _find(self, name: str) -> CardKey | None:
        with reading(self.engine) as connection:
            kept = issuer_keys.find_authority(connection, name)
        return _loaded(*kept) if kept else None

    def _keep(self, name: str, made: CardKey) -> CardKey:
        with self.engine.begin() as connection:
            issuer_keys.lock_issuers(connection)
            if (kept := issuer_keys.find_authority(connection, name)) is not None:
                return _loaded(*kept)
            private_key = key_bytes(made.private_key)
            issuer_keys.add_authority(connection, name, private_key, made.certificate)
        return made


def _loaded(private_key: bytes, certificate: bytes) -> CardKey:
    return CardKey(load_key(private_key), certificate)
