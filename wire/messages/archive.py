"""A message in a zip, encrypted or not, as families of messages go on request (§2.2)."""

from __future__ import annotations

import io
import zipfile
import zlib

import pyzipper


class ArchiveUnreadable(Exception):
    """A zip from which no message can be taken; says why."""


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


def unpack(packed: bytes, password: str, most_bytes: int) -> bytes:
    """Return the one document in a zip.

    Raises:
        ArchiveUnreadable: it is no zip, holds not one file, or one of more than ``most_bytes``, or
            another password encrypted it.
    """
    try:
        with pyzipper.AESZipFile(io.BytesIO(packed)) as archive:
            inside = [one for one in archive.infolist() if not one.is_dir()]
            if len(inside) != 1:
                raise ArchiveUnreadable(f"The zip holds {len(inside)} files, not one.")
            with archive.open(inside[0], pwd=password.encode() or None) as file:
                document: bytes = file.read(most_bytes + 1)
    except (
        zipfile.BadZipFile,
        pyzipper.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise ArchiveUnreadable(f"The zip cannot be read: {error}") from None
    if len(document) > most_bytes:
        raise ArchiveUnreadable(f"The document in the zip is longer than {most_bytes} bytes.")
    return document
