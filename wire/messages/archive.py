"""A message in an encrypted zip, as the terminal packs families of messages on request (§2.2)."""

from __future__ import annotations

import io

import pyzipper


def pack(name: str, document: bytes, password: str) -> bytes:
    """Return a zip with one file, encrypted with AES of 256 bits (WinZip's AE-2).

    Raises:
        ValueError: there is no password.
    """
    if not password:
        raise ValueError("An encrypted zip needs a password.")
    packed = io.BytesIO()
    with pyzipper.AESZipFile(
        packed, "w", compression=pyzipper.ZIP_DEFLATED, encryption=pyzipper.WZ_AES
    ) as archive:
        archive.setpassword(password.encode())
        archive.writestr(name, document)
    return packed.getvalue()
