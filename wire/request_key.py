"""Keys of requests (``Idempotency-Key``): a request that is sent again is done once.

After draft-ietf-httpapi-idempotency-key-header. The key is optional; who sends one gets the first
answer again: 409 while the first request is under way, 422 for the same key with other content.
An answer that left everything as it was (a problem) is not kept.
"""

from __future__ import annotations

import hmac
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT_HOURS = 24
"""How long a key and its answer are kept, at the least."""
REPLAYED = "Idempotency-Replayed"
"""The header of an answer that was given before."""

_KEY = re.compile(r'"([\x20-\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\x21\x23-\x5b\x5d-\x7e]{1,255})')
"""A string of RFC 9651 without escapes, or the same without quotes, as many clients send it."""


@dataclass(frozen=True)
class SentKey:
    """A key as it was sent. What is kept of it tells neither the key nor what came with it.

    A fingerprint covers numbers of so few digits that a bare digest could be searched for them; it
    is made with the key, of which only a digest is kept.
    """

    text: str = field(repr=False)

    @property
    def digest(self) -> str:
        """What the key is kept as."""
        return sha256(b"idempotency key\0" + self.text.encode()).hexdigest()

    def fingerprint(self, content: Any) -> bytes:  # anything that JSON can write
        """Return what tells this content from another one; leave secrets out of it."""
        written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hmac.digest(self.text.encode(), written.encode("utf-8", "surrogatepass"), "sha256")


def read_key(sent: str | None) -> SentKey | None:
    """Return the key of a header, or of a form's hidden field.

    Raises:
        Problem: INVALID_REQUEST.
    """
    if sent is None:
        return None
    found = _KEY.fullmatch(sent.strip())
    if found is None:
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "Idempotency-Key: give 1 to 255 printable ASCII characters, in double quotes or "
            "without, and no quote or backslash among them.",
        )
    return SentKey(found[1] or found[2])


def require_same(kept: bytes, sent: bytes) -> None:
    """See to it that a key comes with what it came with before.

    Raises:
        Problem: IDEMPOTENCY_KEY_REUSED.
    """
    if kept != sent:
        raise Problem(Catalogue.IDEMPOTENCY_KEY_REUSED)


@dataclass
class KeysUnderWay:
    """The requests with a key that this process is at work on."""

    _names: set[tuple[str, str, str]] = field(default_factory=set)

    @contextmanager
    def hold(self, caller: str, route: str, key: str) -> Iterator[None]:
        """Keep a second request with the same key away.

        Raises:
            Problem: IDEMPOTENCY_KEY_UNDER_WAY.
        """
        name = caller, route, key
        if name in self._names:
            raise Problem(Catalogue.IDEMPOTENCY_KEY_UNDER_WAY, retry_after=1)
        self._names.add(name)
        try:
            yield
        finally:
            self._names.discard(name)
