"""What a service takes at most: bytes, seconds, connections."""

from __future__ import annotations

from dataclasses import dataclass

_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Bounds:
    """Bounds of each listener; what goes beyond one is refused with a problem of its own."""

    header_bytes: int = 32_768
    """How long all of a request beside its body may be (431): request line and headers, and with a
    body in chunks their extensions and trailers."""
    body_bytes: int = 4 * _MEBIBYTE
    """How long the body of a request may be (413)."""
    upload_bytes: int = 1024 * _MEBIBYTE
    """How long the body may be where files or batches come in (413)."""
    header_seconds: float = 10.0
    """Within how many seconds a request has to say what it wants (408), from its first byte on;
    and how long a new connection may be silent before it is closed."""
    body_seconds: float = 30.0
    """Within how many seconds a body has to arrive (408); of a file, each next kibibyte of it."""
    write_seconds: float = 30.0
    """Within how many seconds a caller has to go on reading what it is answered, before it is cut
    off; until then nothing more is taken of what it sends on that connection."""
    keep_alive_seconds: float = 15.0
    """After how many idle seconds a connection that has been used is closed."""
    handshake_seconds: float = 10.0
    """Within how many seconds a caller of the line has to agree on TLS, before it is cut off."""
    handshakes: int = 512
    """How many connections of a listener may be about to agree on TLS; beyond them the one that has
    been at it for longest is cut off."""
    connections: int = 2_000
    """How many connections a listener holds (503); beyond them only ``/health`` is answered."""


ORDINARY = Bounds()
"""The bounds of a service that says nothing of them."""


def bounds_of(app: object) -> Bounds:
    """Return the bounds with which an application was built."""
    state = getattr(app, "state", None)
    found: Bounds = getattr(state, "bounds", None) or ORDINARY
    return found


def takes_uploads(app: object, path: str) -> bool:
    """Tell whether files or batches come in at a path of an application."""
    uploads: tuple[str, ...] = getattr(getattr(app, "state", None), "uploads", ())
    return path.startswith(uploads) if uploads else False
