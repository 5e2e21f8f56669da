"""Credentials of the deployment's closed line: who takes part in it, and their files.

A terminal, an insurer and the intermediate server each prove themselves with a certificate
of the line's CA (mutual TLS).
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Role(StrEnum):
    """What a caller of the line is: the organisational unit of its certificate."""

    TERMINAL = "terminal"
    """資格確認端末; the common name is its medical institution code."""
    INSURER = "insurer"
    """保険者; the common name is the insurer number."""
    INTERMEDIATE_SERVER = "intermediate-server"
    """医療保険者等向け中間サーバー."""
    SERVER = "server"
    """A server of the line."""


@dataclass(frozen=True)
class Caller:
    """The subject of a client certificate."""

    role: Role
    name: str


@dataclass(frozen=True)
class LineCredentials:
    """One participant's key and certificate, and the CA of the line, as PEM files."""

    certificate: Path
    key: Path
    authority: Path

    def require(self) -> None:
        """See that all three files are there.

        Raises:
            FileNotFoundError: one is missing; the message says how to make it.
        """
        for file in (self.certificate, self.key, self.authority):
            if not file.is_file():
                raise FileNotFoundError(
                    f"The line certificate {file} is missing. "
                    "Make the certificates with `oqs certificates DIRECTORY`."
                )

    def client_context(self) -> ssl.SSLContext:
        """Return a context for calling a server of the line.

        Raises:
            FileNotFoundError: see :meth:`require`.
        """
        self.require()
        context = ssl.create_default_context(cafile=str(self.authority))
        context.load_cert_chain(str(self.certificate), str(self.key))
        return context


def credentials(directory: Path, participant: str) -> LineCredentials:
    """Return where ``participant``'s credentials lie in a directory of line certificates."""
    return LineCredentials(
        directory / f"{participant}.pem", directory / f"{participant}.key", directory / "ca.pem"
    )
