"""How the card's files are put together: a table of offsets, elements, a signature over them."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from virtual_card.encoding import tlv


def with_offsets(tag: int, offsets_tag: int, fields: list[bytes]) -> bytes:
    """Write elements behind a table that says at which byte of the file each begins."""
    table_length = len(tlv.encode(offsets_tag, bytes(2 * len(fields))))
    content_length = table_length + sum(map(len, fields))
    place = len(tlv.encode(tag, bytes(content_length))) - content_length + table_length
    table = b""
    for field in fields:
        table += place.to_bytes(2, "big")
        place += len(field)
    return tlv.encode(tag, tlv.encode(offsets_tag, table) + b"".join(fields))


def signed(signer: RSAPrivateKey, tag: int, signature_tag: int, fields: bytes) -> bytes:
    """Write elements with the signature over them, as they stand, at their end."""
    signature = signer.sign(fields, padding.PKCS1v15(), hashes.SHA256())
    return tlv.encode(tag, fields + tlv.encode(signature_tag, signature))
