"""The PINs that a card keeps: how many tries they have, and changing one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from reader.applications.application_client import ApplicationClient
from reader.applications.common import CommonClient
from reader.applications.input_support import InputSupportClient
from reader.applications.jpki import JpkiClient
from reader.applications.resident_register import ResidentRegisterClient
from reader.applications.surface import SurfaceClient
from reader.connection import CardConnection, exclusive
from reader.description.layout import PIN_REFERENCES, Application, PinReference
from reader.errors import NotMyNumberCard
from reader.pin import Secret

_CLIENTS: dict[Application, type[ApplicationClient]] = {
    each.application: each
    for each in (
        JpkiClient,
        InputSupportClient,
        SurfaceClient,
        CommonClient,
        ResidentRegisterClient,
    )
}


@dataclass(frozen=True)
class PinTries:
    """One secret of the card and how often it may still be missed."""

    reference: PinReference
    tries: int | None
    """0 is locked; None where the card does not say, or lacks the application (a phone)."""


def tries_of_every_pin(connection: CardConnection) -> tuple[PinTries, ...]:
    """Ask for the tries of every secret, without using one, in the order of the layout.

    Raises `NotMyNumberCard` for a card without JPKI.
    """
    found: list[PinTries] = []
    with exclusive(connection, reset=False):
        JpkiClient(connection).select()
        for application, references in groupby(PIN_REFERENCES, lambda each: each.application):
            found += _tries_in(_CLIENTS[application](connection), tuple(references))
    return tuple(found)


def _tries_in(
    application: ApplicationClient, references: Iterable[PinReference]
) -> Iterator[PinTries]:
    try:
        application.select()
    except NotMyNumberCard:
        yield from (PinTries(reference, None) for reference in references)
    else:
        yield from (PinTries(each, application.tries(each)) for each in references)


def tries_of(connection: CardConnection, reference: PinReference) -> int | None:
    """Ask for the tries of one secret, without using one; None where the card does not say."""
    with exclusive(connection, reset=False):
        client = _CLIENTS[reference.application](connection)
        client.select()
        return client.tries(reference)


def change_pin(
    connection: CardConnection, old: Secret, new: Secret, *, confirmed_last_try: bool = False
) -> None:
    """Put a new PIN in the place of an old one, in one exclusive transaction; then reset.

    Nothing is changed unless the card accepts the old one. Raises `PinNotSent`, `PinWrong`,
    `PinBlocked`, `NotMyNumberCard`, `CardRemoved`, `CardFault`.
    """
    with exclusive(connection, reset=True):
        client = _CLIENTS[old.reference.application](connection)
        client.select()
        client.change(old, new, confirmed_last_try=confirmed_last_try)
