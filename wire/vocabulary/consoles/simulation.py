"""What only a simulation has to say."""

from __future__ import annotations

from wire.vocabulary.changes import QualificationChange
from wire.vocabulary.codes import Instant
from wire.vocabulary.element import Element


class Health(Element):
    """A service is up."""

    service: str
    status: str = "ok"


class FollowOrder(Element):
    """Asks a follower of the clock for everything to be done that is due at an instant."""

    now: Instant
    since: Instant | None = None
    """What the clock showed before it was advanced; None where it was not."""


class FollowReceipt(Element):
    """What became visible."""

    became_visible: tuple[QualificationChange, ...]
    """In the order of visibility; of very many changes, a thousand."""
    unfinished: bool = False
    """Whether there is more to do; it goes on when it is asked again."""


class Readiness(Element):
    """That a service can do its work."""

    service: str
    parts: tuple[str, ...]
    """What was tried: a database, a thread."""
