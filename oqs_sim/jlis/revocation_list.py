"""Certificate revocation lists (失効リスト) of the simulated authorities.

The real lists are divided by municipality and given to accredited verifiers only; this is one list
for each authority, open to all.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization

from oqs_sim.store import cards
from storage import reading

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Engine

    from oqs_sim.jlis.authority import Authority

LIST_LIFETIME = timedelta(days=1)
"""Until the next list; assumed."""


def revocation_list(engine: Engine, authority: Authority, now: datetime) -> bytes:
    """Return the list as it stands now, in DER, signed by the authority.

    A suspended certificate (一時停止) is on it as certificateHold, until that is lifted.
    """
    with reading(engine) as connection:
        stopped = cards.stopped(connection, authority.key_identifier)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now)
        .next_update(now + LIST_LIFETIME)
        .add_extension(
            x509.AuthorityKeyIdentifier(authority.key_identifier, None, None), critical=False
        )
        .add_extension(x509.CRLNumber(int(now.timestamp())), critical=False)
    )
    for one in stopped:
        entry = _entry(one, now)
        if entry is not None:
            builder = builder.add_revoked_certificate(entry)
    signed = builder.sign(authority.private_key, hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.DER)


def _entry(one: cards.StoppedCertificate, now: datetime) -> x509.RevokedCertificate | None:
    """Write an entry; none for what is to be stopped in the future only."""
    if one.revoked_at is not None and one.revoked_at <= now:
        since = one.revoked_at
        reason = x509.ReasonFlags(one.reason or x509.ReasonFlags.unspecified.value)
    elif one.suspended_at is not None and one.suspended_at <= now:
        since, reason = one.suspended_at, x509.ReasonFlags.certificate_hold
    else:
        return None
    builder = x509.RevokedCertificateBuilder().serial_number(one.serial).revocation_date(since)
    if reason is not x509.ReasonFlags.unspecified:
        # RFC 5280 wants no reason rather than an unspecified one.
        builder = builder.add_extension(x509.CRLReason(reason), critical=False)
    return builder.build()
