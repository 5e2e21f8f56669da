"""Which certificates the authority of the line has revoked, as its list says."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from pathlib import Path

LOOK_SECONDS = 0.1
"""How long a certificate that has just been revoked may still be taken."""


class LineFileUnusable(OSError):
    """A file of the line is damaged or cannot be read; the message says what to do."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(sentence.en)
        self.ja, self.en = sentence.ja, sentence.en


def certificate_in(file: Path, way_back: Sentence) -> x509.Certificate:
    """Read a certificate; ``way_back`` says how to come by a whole one.

    Raises:
        OSError: the file cannot be read.
        LineFileUnusable: it is no certificate.
    """
    try:
        return x509.load_pem_x509_certificate(file.read_bytes())
    except ValueError as error:
        raise damaged(file, way_back) from error


def list_in(file: Path, authority: x509.Certificate) -> x509.CertificateRevocationList:
    """Read a list of revoked certificates, which only ``authority`` can have written.

    Raises:
        OSError: the file cannot be read.
        LineFileUnusable: it is no list, or not one of this authority's.
    """
    way_back = Sentence(
        "このファイルを消し、専用線を作った機械で `oqs certificates make` を実行すると、認証局の"
        "記録から作り直されます。ほかの機械には、そこから写してください。",
        "Remove it: where the line was made, `oqs certificates make` writes it anew from the "
        "authority's record; to other machines, copy it from there.",
    )
    try:
        found = x509.load_pem_x509_crl(file.read_bytes())
        own = found.is_signature_valid(authority.public_key())  # type: ignore[arg-type] # of all kinds
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm) as error:
        raise damaged(file, way_back) from error
    if not own:
        raise LineFileUnusable(
            Sentence(
                f"{file} は、この専用線の認証局が作った一覧ではありません。{way_back.ja}",
                f"{file} is no list of this line's authority. {way_back.en}",
            )
        )
    return found


def damaged(file: Path, way_back: Sentence) -> LineFileUnusable:
    """Return the error of a file that is not what it should be."""
    return LineFileUnusable(
        Sentence(
            f"{file} は壊れています。{way_back.ja}",
            f"{file} is damaged. {way_back.en}",
        )
    )


class Revocations:
    """The serial numbers that the line's CA has revoked, as its list says.

    The list is looked at ten times in a second at most: a look at a file is not for nothing, and is
    asked for with every request.
    """

    def __init__(self, path: Path, authority: x509.Certificate) -> None:
        self._path, self._authority = path, authority
        self._looked = -math.inf
        self._stamp: tuple[int, int, int] | None = None
        self._serials: frozenset[int] = frozenset()
        self.has(None)

    def has(self, peer_certificate: dict[str, Any] | None) -> bool:
        """Tell whether a certificate is revoked, as of `LOOK_SECONDS` ago at the latest.

        Raises:
            OSError: the list cannot be read, or is none of this line; then nobody can be let in.
        """
        now = time.monotonic()
        if now - self._looked >= LOOK_SECONDS:
            self._look()
            self._looked = now  # not where the look failed: then the next one is at once
        if not self._serials or not peer_certificate:
            return False
        return int(peer_certificate["serialNumber"], 16) in self._serials

    def _look(self) -> None:
        """Read the list again where it has changed."""
        found = self._path.stat()
        stamp = (found.st_ino, found.st_mtime_ns, found.st_size)
        if stamp != self._stamp:
            revoked = list_in(self._path, self._authority)
            self._serials = frozenset(one.serial_number for one in revoked)
            self._stamp = stamp
