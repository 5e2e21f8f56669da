"""What only a simulation has to say."""

from __future__ import annotations

from wire.vocabulary.element import Element


class Health(Element):
    """A service is up."""

    service: str
    status: str = "ok"
