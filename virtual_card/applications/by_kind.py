"""Which applications a kind of card has."""

from reader.description.layout import CardKind
from virtual_card.applications.common import (
    common_application,
    issuer_security_domain,
    resident_register_application,
)
from virtual_card.applications.input_support import input_support_application
from virtual_card.applications.jpki import jpki_application
from virtual_card.applications.surface import surface_application
from virtual_card.chip.files import DedicatedFile
from virtual_card.image.card_image import CardImage


def applications_of(image: CardImage) -> tuple[DedicatedFile, ...]:
    """Return the applications in the order of a search by AID, the power-on one first.

    A phone carries JPKI only. That a 住基カード has neither text nor pictures is assumed. A card
    whose image does not say when it ends (an old image) has neither them nor 共通カード.
    """
    expires_on, face = image.expires_on, image.face
    found = [issuer_security_domain(image, expires_on), jpki_application(image)]
    if image.kind.is_phone:
        return tuple(found)
    if expires_on is not None:
        if image.kind is CardKind.MY_NUMBER_CARD and face is not None:
            found.append(input_support_application(image, face))
            found.append(surface_application(image, face, expires_on))
        found.append(common_application(image, expires_on))
    found.append(resident_register_application(image))
    return tuple(found)
