"""What OQS asks of the other services when the whole system is to go back to its seed."""

from __future__ import annotations

from wire.vocabulary.element import Element
from wire.vocabulary.texts import ShortLine


class SeedOrder(Element):
    """Asks a service to take its seed, or to go back to it."""

    identity: ShortLine | None = None
    """What the seeds are called that are taken together; None where a service is asked alone."""
    hold: bool = False
    """Whether the intermediate server delivers nothing from then on, until the hold is ended."""


class SeedReceipt(Element):
    """That a service has taken its seed, or gone back to it."""

    milliseconds: float
    ledger_epoch: int | None = None
    """Of the intermediate server: what was read of its ledger before this epoch is delivered no
    more."""
