"""The PINs that a card keeps: how many tries they have, and changing one."""

from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass, replace
from itertools import groupby

from reader.applications.application_client import ApplicationClient
from reader.applications.common import CommonClient
from reader.applications.input_support import InputSupportClient
from reader.applications.jpki import JpkiClient
from reader.applications.resident_register import ResidentRegisterClient
from reader.applications.surface import SurfaceClient
from reader.connection import CardConnection, exclusive, undisturbed
from reader.description.layout import (
    AUTHENTICATION_PIN,
    PIN_REFERENCES,
    SIGNATURE_PASSWORD,
    Application,
    PinReference,
)
from reader.errors import NotMyNumberCard
from reader.pin import Secret
from reader.session import seems_without_pin

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
    never_set: bool = False
    """Whether it has no try left because, as the rest of the card says, nobody ever set it."""


def tries_of_every_pin(connection: CardConnection) -> tuple[PinTries, ...]:
    """Ask for the tries of every secret, without using one, in the order of the layout.

    Raises `NotMyNumberCard` for a card without JPKI.
    """

    def ask() -> tuple[PinTries, ...]:
        found: list[PinTries] = []
        jpki = JpkiClient(connection)
        jpki.select()
        for application, references in groupby(PIN_REFERENCES, lambda each: each.application):
            found += _tries_in(_CLIENTS[application](connection), tuple(references))
        unset = _never_set(jpki, {each.reference for each in found if each.tries == 0})
        return tuple(replace(each, never_set=each.reference in unset) for each in found)

    return undisturbed(connection, ask)


def _never_set(jpki: JpkiClient, spent: Set[PinReference]) -> Set[PinReference]:
    """Find those that nobody ever set among the PINs without a try; asks the card where it must."""
    if not spent:
        return spent
    jpki.select()
    with jpki.telling_of_resets(AUTHENTICATION_PIN):
        kind, present = jpki.kind(), jpki.certificates_present()
    if seems_without_pin(kind, present, spent):
        return spent
    if kind.is_phone:
        return frozenset()
    missing = {SIGNATURE_PASSWORD: present.signature, AUTHENTICATION_PIN: present.authentication}
    return {reference for reference in spent if not missing.get(reference, True)}


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

    def ask() -> int | None:
        client = _CLIENTS[reference.application](connection)
        client.select()
        return client.tries(reference)

    return undisturbed(connection, ask)


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
        with client.telling_of_resets(old.reference):
            client.change(old, new, confirmed_last_try=confirmed_last_try)
