"""Certificate revocation lists (失効リスト) of the simulated authorities.

A list is of one generation. As with the real ones there is one at each distribution point, which is
a directory name (specification: card §4): that of the city, where all simulated people live, names
what has been stopped of theirs; that of the authority, what has been of authorities, which is
nothing. A list without a point is the whole. The real lists are given to accredited verifiers only.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from oqs_sim.jlis.authority import distribution_point
from oqs_sim.store import cards
from oqs_sim.store.jlis.list_numbers import take_number
from storage import turn_to_write
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from oqs_sim.jlis.authority import Authority

LIST_LIFETIME = timedelta(days=1)
"""Until the next list; assumed."""


def point_of(
    text: str, authority_names: dict[CertificatePurpose, x509.Name]
) -> tuple[CertificatePurpose, x509.Name]:
    """Return whose distribution point a directory name is (RFC 4514, the country last).

    Raises:
        Problem: INVALID_REQUEST for what is no name, NOT_FOUND for one that is no point.
    """
    try:
        name = x509.Name.from_rfc4514_string(text)
    except ValueError:
        raise Problem(
            Catalogue.INVALID_REQUEST, "DistributionPoint is no directory name (RFC 4514)."
        ) from None
    points = {purpose: distribution_point(purpose) for purpose in CertificatePurpose}
    for purpose in CertificatePurpose:
        for point in (points[purpose], authority_names[purpose]):
            # By what they say: the kinds of strings do not survive the text.
            if point.rfc4514_string() == name.rfc4514_string():
                return purpose, point
    known = "; ".join(point.rfc4514_string() for point in points.values())
    raise Problem(Catalogue.NOT_FOUND, f"No list lies there. Points of cards are: {known}.")


def revocation_list(
    engine: Engine, authority: Authority, now: datetime, point: x509.Name | None = None
) -> bytes:
    """Return the list as it stands now, in DER, signed by the authority.

    With a ``point`` it says where it lies, and names what belongs there. A suspended certificate
    (一時停止) is on it as certificateHold, until that is lifted. Its number is larger than that of
    each list before it, whatever the business clock says (RFC 5280 §5.2.3).
    """
    of_authorities = point == authority.certificate.subject
    with turn_to_write(engine), engine.begin() as connection:
        # First the number: what a list with a larger one says was looked up later.
        number = take_number(connection, authority.key_identifier)
        stopped = [] if of_authorities else cards.stopped(connection, authority.key_identifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_LIFETIME)
        .add_extension(
            x509.AuthorityKeyIdentifier(authority.key_identifier, None, None), critical=False
        )
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    if point is not None:
        builder = builder.add_extension(
            x509.IssuingDistributionPoint(
                full_name=[x509.DirectoryName(point)],
                relative_name=None,
                only_contains_user_certs=not of_authorities,
                only_contains_ca_certs=of_authorities,
                only_some_reasons=None,
                indirect_crl=False,
                only_contains_attribute_certs=False,
            ),
            critical=True,
        )
    for one in stopped:
        if (stop := stop_at(one, now)) is not None:
            builder = builder.add_revoked_certificate(_entry(one.serial, *stop))
    signed = builder.sign(authority.private_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def stop_at(
    one: cards.StoppedCertificate, now: datetime
) -> tuple[datetime, x509.ReasonFlags] | None:
    """Return since when and why a certificate is stopped; None where it is not, or is not yet."""
    if one.revoked_at is not None and one.revoked_at <= now:
        return one.revoked_at, x509.ReasonFlags(
            one.stop_reason or x509.ReasonFlags.unspecified.value
        )
    if one.lapses_at is not None and one.lapses_at <= now:
        return one.lapses_at, x509.ReasonFlags.unspecified
    held = [at for at in (one.suspended_at, one.rests_from) if at is not None and at <= now]
    return (min(held), x509.ReasonFlags.certificate_hold) if held else None


def _entry(serial: int, since: datetime, reason: x509.ReasonFlags) -> x509.RevokedCertificate:
    builder = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since)
    if reason is not x509.ReasonFlags.unspecified:
        # RFC 5280 wants no reason rather than an unspecified one.
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()
