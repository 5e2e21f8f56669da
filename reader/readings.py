"""What can be read from a card beyond a proof of identity, each in one transaction."""

from dataclasses import dataclass, field

from reader.applications.common import CardRecord, CommonClient
from reader.applications.input_support import Attributes, InputSupportClient
from reader.applications.jpki import CertificateFile, JpkiClient
from reader.applications.surface import CardFace, SurfaceClient
from reader.certificate import CardCertificate
from reader.connection import CardConnection, undisturbed
from reader.description.layout import AUTHENTICATION_PIN, SURFACE_BIRTHDATE
from reader.errors import CardFault, CardInUse, NotMyNumberCard
from reader.pin import Secret
from reader.session import CardGlance, glance_at, opened


@dataclass(frozen=True)
class CardReport:
    """All that a card tells without a PIN."""

    glance: CardGlance
    signature_certificate_present: bool
    certificates: dict[CertificateFile, CardCertificate | None] = field(repr=False)
    """Those that can be read without a PIN; None for one that is damaged."""
    record: CardRecord | None
    """None on a phone."""


def read_report(connection: CardConnection) -> CardReport:
    """Read all that needs no PIN. Raises `NotMyNumberCard`, `CardRemoved`, `CardFault`."""
    return undisturbed(connection, lambda: _report(connection))


def _report(connection: CardConnection) -> CardReport:
    jpki = JpkiClient(connection)
    jpki.select()
    with jpki.telling_of_resets(AUTHENTICATION_PIN):
        kind = jpki.kind()
        present = jpki.certificates_present()
    readable = []
    if present.authentication:
        readable.append(CertificateFile.AUTHENTICATION_CA)
        if not kind.is_phone:
            readable.append(CertificateFile.AUTHENTICATION)
    if present.signature:
        readable.append(CertificateFile.SIGNATURE_CA)
    certificates = {which: _certificate(jpki, which) for which in readable}
    return CardReport(
        glance=glance_at(connection, jpki, kind),
        signature_certificate_present=present.signature,
        certificates=certificates,
        record=_record(connection),
    )


def read_certificate(
    connection: CardConnection,
    which: CertificateFile,
    secret: Secret | None = None,
    *,
    confirmed_last_try: bool = False,
) -> CardCertificate:
    """Read a certificate, with its PIN where it needs one.

    Raises `CardFault` for a damaged one, with 6982 where a PIN is missing, and what
    `prove_identity` raises.
    """
    jpki = JpkiClient(connection)
    if secret is not None:
        with opened(jpki, connection, secret, confirmed_last_try=confirmed_last_try):
            return jpki.certificate(which)

    def read() -> CardCertificate:
        jpki.select()
        with jpki.telling_of_resets(AUTHENTICATION_PIN):
            return jpki.certificate(which)

    return undisturbed(connection, read)


def read_attributes(
    connection: CardConnection, secret: Secret, *, confirmed_last_try: bool = False
) -> Attributes:
    """Read the four printed attributes with the PIN of 券面入力補助 or with 照合番号B."""
    text = InputSupportClient(connection)
    with opened(text, connection, secret, confirmed_last_try=confirmed_last_try):
        return text.attributes()


def read_individual_number(
    connection: CardConnection, secret: Secret, *, confirmed_last_try: bool = False
) -> str:
    """Read the My Number with the PIN of 券面入力補助 or with 照合番号A (itself)."""
    text = InputSupportClient(connection)
    with opened(text, connection, secret, confirmed_last_try=confirmed_last_try):
        return text.individual_number()


def read_face(
    connection: CardConnection, secret: Secret, *, confirmed_last_try: bool = False
) -> CardFace:
    """Read the card's face and photo with 照合番号A or B."""
    surface = SurfaceClient(connection)
    with opened(surface, connection, secret, confirmed_last_try=confirmed_last_try):
        return surface.face()


def read_birthdate(
    connection: CardConnection, secret: Secret, *, confirmed_last_try: bool = False
) -> str:
    """Read the age record's birthdate (YYYYMMDD) with the birthdate as printed, or A or B."""
    surface = SurfaceClient(connection)
    with opened(surface, connection, secret, confirmed_last_try=confirmed_last_try):
        if secret.reference is SURFACE_BIRTHDATE:
            return surface.birthdate()
        return surface.face().birthdate


def _certificate(jpki: JpkiClient, which: CertificateFile) -> CardCertificate | None:
    try:
        with jpki.telling_of_resets(AUTHENTICATION_PIN):
            return jpki.certificate(which)
    except CardFault as fault:
        _demand_free(fault)
        return None


def _record(connection: CardConnection) -> CardRecord | None:
    common = CommonClient(connection)
    try:
        common.select()
        try:
            return common.record()
        except CardFault as fault:
            if fault.status_word is None:
                raise
            # It has no PIN whose counter would tell of a reset beneath us, so it is asked again.
            common.select()
            return common.record()
    except NotMyNumberCard:
        return None
    except CardFault as fault:
        _demand_free(fault)
        return None


def _demand_free(fault: CardFault) -> None:
    """Let what the card cannot give be missing, unless another program is why."""
    if isinstance(fault, CardInUse):
        raise fault
