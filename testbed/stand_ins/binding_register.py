"""Which card stands in for whom, kept for this user beyond the end of a system.

Of a card only a salted hash (scrypt) of its number, its answer to reset or, of somebody's own My
Number Card, its certificate is kept: the file tells nobody what card it was, and none of these
leaves the process that reads it.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import tempfile
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path

from reader.pcsc.identity import IdentityKind
from wire.catalogue import Catalogue, Problem

_SALT_BYTES = 16
_COST = {"n": 2**14, "r": 8, "p": 1}
"""Of scrypt: some tens of milliseconds for each guess at a number of four bytes."""


class OwnCardUse(StrEnum):
    """How somebody's own My Number Card (ご自身のカード) is used."""

    PIN = "pin"
    """With its PIN, and a signature of it."""
    FACE = "face"
    """Without its PIN: by simulated face, or with the PIN of the simulated card."""


@dataclass(frozen=True)
class Binding:
    """A card that stands in for somebody."""

    mark: str
    """The salted hash of what the card is known by, in hexadecimal."""
    kind: IdentityKind
    card: str
    """The name of the virtual card that answers for it: a persona's key, or another card's."""
    use: OwnCardUse | None = None
    """Of somebody's own My Number Card, how it is used; None for any other card."""


def mark_of(salt: bytes, kind: str, value: bytes) -> str:
    """Return the salted hash of what a card is known by."""
    return hashlib.scrypt(kind.encode() + b"\0" + value, salt=salt, dklen=32, **_COST).hex()


class BindingRegister:
    """The bindings in a file of this user's alone; every use reads it, as systems share it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def salt(self) -> bytes:
        """Return the salt, which is drawn when it is first asked for.

        Raises:
            Problem: STAND_INS_UNREADABLE, as all others here.
        """
        return self._read()[0]

    def bindings(self) -> tuple[Binding, ...]:
        """Return all bindings; none, and no file, where nobody has made one."""
        return self._read()[1] if self.path.exists() else ()

    def find(self, mark: str) -> Binding | None:
        """Return the binding of a card, if there is one."""
        return next((one for one in self.bindings() if one.mark == mark), None)

    def bind(self, binding: Binding) -> None:
        """Keep a binding.

        Raises:
            Problem: STAND_IN_BOUND where the card stands in for somebody already.
        """
        salt, before = self._read()
        taken = next((one for one in before if one.mark == binding.mark), None)
        if taken is not None:
            raise _taken(taken)
        self._write(salt, (*before, binding))

    def remove(self, card: str) -> None:
        """Forget every card that stands in for this one.

        Raises:
            Problem: STAND_IN_UNKNOWN where none does.
        """
        before = self.bindings()
        left = tuple(one for one in before if one.card != card)
        if left == before:
            there = ", ".join(dict.fromkeys(one.card for one in before)) or "none yet"
            raise Problem(Catalogue.STAND_IN_UNKNOWN, f"There are stand-ins for: {there}.")
        self._write(self._read()[0], left)

    def _read(self) -> tuple[bytes, tuple[Binding, ...]]:
        try:
            content = json.loads(self.path.read_text("utf-8"))
            cards = tuple(
                Binding(
                    str(one["mark"]),
                    IdentityKind(one["kind"]),
                    str(one["card"]),
                    OwnCardUse(one["use"]) if one.get("use") else None,
                )
                for one in content["cards"]
            )
            return bytes.fromhex(content["salt"]), cards
        except FileNotFoundError:
            salt = secrets.token_bytes(_SALT_BYTES)
            self._write(salt, ())
            return salt, ()
        except (OSError, ValueError, KeyError, TypeError):
            raise self._unreadable() from None

    def _write(self, salt: bytes, bindings: tuple[Binding, ...]) -> None:
        content = {"salt": salt.hex(), "cards": [asdict(one) for one in bindings]}
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # As a whole or not at all, and readable by its owner only.
            descriptor, scratch = tempfile.mkstemp(prefix=self.path.name, dir=self.path.parent)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file)
            Path(scratch).replace(self.path)
        except OSError:
            raise self._unreadable() from None

    def _unreadable(self) -> Problem:
        return Problem(
            Catalogue.STAND_INS_UNREADABLE,
            f"The file is {self.path}.",
            japanese=f"代役の記録 {self.path} を読み書きできません。場所と権限を確かめるか、"
            "ファイルを消して登録し直してください。",
        )


def _taken(binding: Binding) -> Problem:
    shared = binding.kind is IdentityKind.ATR
    ja = f"このカードは、もう {binding.card} の代役です。"
    en = f"It stands in for {binding.card}."
    if shared:
        ja += "番号のないカードなので、同じ種類のカードはどれも同じに見えます。"
        en += " It has no number of its own, so that all cards of its make are alike."
    return Problem(
        Catalogue.STAND_IN_BOUND,
        en,
        japanese=f"{ja}別のカードを使うか、先に代役を取り消してください。",
    )
