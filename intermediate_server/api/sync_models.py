"""What goes in and out about the delivery to OQS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from intermediate_server.store.outgoing.control import HeldChange, HeldSelection
from wire.catalogue import Catalogue
from wire.vocabulary.element import Element
from wire.vocabulary.texts import FIT, ShortLine, Version

if TYPE_CHECKING:
    from intermediate_server.store.outgoing.version_conflicts import UntakenChange

Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), FIT]


class Pausing(Element):
    """Pauses the delivery."""

    by: Who
    """Who pauses it; the status shows it."""


class HeldChangeView(Element):
    """A change that waits for a person's release."""

    person_reference: str
    version: int
    insurer_number: str
    recorded_at: AwareDatetime
    """When it was recorded, on the wall."""

    @classmethod
    def of(cls, change: HeldChange) -> HeldChangeView:
        """Render a held change."""
        return cls(**vars(change))


class HeldChanges(Element):
    """What is held."""

    held: int
    """All of them."""
    changes: tuple[HeldChangeView, ...]
    """The first thousand, in the order of recording."""


class ConflictingChange(Element):
    """A change that OQS did not take: it knows this version of the person with other content."""

    person_reference: str
    version: int
    insurer_number: str
    found_at: AwareDatetime
    """The business instant at which OQS said so."""
    recorded_at: AwareDatetime
    """When that was on the wall."""
    code: str
    japanese: str
    """What happened, what it means, and what to do."""

    @classmethod
    def of(cls, untaken: UntakenChange) -> ConflictingChange:
        """Render a change that was not taken."""
        problem = Catalogue.VERSION_CONFLICT.kind
        return cls(
            person_reference=untaken.change.person.reference,
            version=untaken.change.version,
            insurer_number=untaken.change.qualification.insurer_number,
            found_at=untaken.found_at,
            recorded_at=untaken.recorded_at,
            code=problem.code,
            japanese=problem.japanese,
        )


class ConflictingChanges(Element):
    """What OQS did not take, and nobody has stated anew yet."""

    conflicts: int
    """All of them."""
    changes: tuple[ConflictingChange, ...]
    """The thousand that were found last, the newest first."""


class ReleaseSelection(Element):
    """Some of the held changes: those that fit all that is said; all, where nothing is said."""

    person_reference: ShortLine | None = None
    version: Version | None = None
    insurer_number: ShortLine | None = None

    @property
    def selection(self) -> HeldSelection:
        """The same for the store."""
        return HeldSelection(self.person_reference, self.version, self.insurer_number)


class Release(Element):
    """Releases held changes: one, a set, or all."""

    changes: Annotated[tuple[ReleaseSelection, ...], Field(min_length=1, max_length=1_000)]
    """Which; ``[{}]`` means all."""


class Released(Element):
    """What was released."""

    released: int
    visible_from: AwareDatetime
    """The business instant from which clinics see it, as far as the window of delivery is open."""
