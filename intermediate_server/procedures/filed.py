"""A procedure on the desk, and what one does to a recorded state."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from intermediate_server.procedures.change import UNKNOWN_SOURCE, Change, Source

if TYPE_CHECKING:
    from datetime import datetime

    from eligibility.policy.insurer_policy import InsurerPolicy
    from intermediate_server.procedures.person import PersonDetails
    from intermediate_server.procedures.procedure import Procedure

Edit = Callable[[Change], Change]
"""What a procedure does to a recorded state."""


class Filed(NamedTuple):
    """A procedure on the desk: whose it is, who filed it, and when that is."""

    procedure: Procedure
    policy: InsurerPolicy
    now: datetime
    source: Source = UNKNOWN_SOURCE
    registered_use: bool | None = None
    """Whether the card is registered for insurance use; None where nobody asked."""
    unnumbered: Sequence[Change] = ()
    """The entries of a child from before it had its 個人番号, where there are such (R-016)."""
    household: Sequence[PersonDetails] = ()
    """Of who is born: the others under the same 記号・番号, for the 郵便番号."""
