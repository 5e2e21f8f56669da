"""Someone with a card, made for a measurement."""

from __future__ import annotations

from datetime import date

from oqs_sim.jlis.authority import issue, make_authority, new_key
from oqs_sim.store.residents import Resident
from virtual_card.image.card_image import CardImage
from wire.clock import wall_clock
from wire.vocabulary.jlis import CertificatePurpose


def card_image(pin: str) -> CardImage:
    """Return a card with an authentication certificate, issued by an authority of its own."""
    now = wall_clock()
    person = Resident(
        "SIM-BENCH", "990000000019", "佐藤　花子", "ｻﾄｳ ﾊﾅｺ", "2", date(1980, 2, 17),
        "模擬県模擬市模擬町1-1", "990-0001", "99001",
    )  # fmt: skip
    authority = make_authority(CertificatePurpose.AUTHENTICATION, now)
    issued = issue(authority, new_key(), person, now, date(now.year + 5, 2, 17))
    return CardImage.build(
        label=person.name,
        serial="990010000000001",
        municipality=person.municipality_code,
        authentication=(issued.certificate, authority.certificate, issued.private_key),
        authentication_pin=pin,
    )
