"""Looks at the certificate by which the terminal proves itself on the line, and at the line."""

from __future__ import annotations

import asyncio
import ssl
import time
from typing import TYPE_CHECKING

import httpx2
from cryptography import x509
from cryptography.exceptions import InvalidSignature

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from testbed.diagnosing.finding import Finding, Probe, bad, caution, good, not_looked_at
from testbed.diagnosing.heard import nothing_within
from wire.client import cause_of, line_client
from wire.clock import wall_clock
from wire.line_credentials import OQS, Caller, CredentialsMissing, Role, credentials, making
from wire.revocations import LineFileUnusable, list_in
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from testbed.diagnosing.subject import Subject

_LINE_SECONDS = 2.0
"""How long OQS has to answer on the line."""
_NOWHERE = Sentence(
    "証明書のフォルダーが分かりません", "it is not known where the certificates are"
)

_NO_CERTIFICATE = Sentence(
    "証明書が使えません。その行を見てください", "the certificate cannot be used, see its line"
)


def look_at_certificate(subject: Subject, now: datetime | None) -> Sequence[Finding]:
    """Judge the terminal's certificate: files, key, chain, revocation, and its days.

    TLS goes by the machine's clock; ``now`` is what the system's clock shows, None where that is
    not known.
    """
    probe, directory = Probe.TERMINAL_CERTIFICATE, subject.line_directory
    if directory is None:
        return [not_looked_at(probe, _NOWHERE)]
    own = credentials(directory, subject.participant)
    try:
        own.require()
        own.client_context(OQS)  # it tells whether the key is the certificate's
        certificate = x509.load_pem_x509_certificate(own.certificate.read_bytes())
        authority = x509.load_pem_x509_certificate(own.authority.read_bytes())
        revoked = list_in(own.revoked, authority)
    except (CredentialsMissing, LineFileUnusable) as error:
        return [bad(probe, _cannot_be_used(subject), Sentence(error.ja, error.en))]
    except OSError as error:
        why = reason_of(error)
        return [
            bad(
                probe,
                _cannot_be_used(subject),
                Sentence(
                    f"{error.filename} を読めません({why.ja})。権限を確かめてください。",
                    f"{error.filename} cannot be read ({why.en}). Look at its rights.",
                ),
            )
        ]
    until = certificate.not_valid_after_utc
    last = until.astimezone(TOKYO).date().isoformat()
    whose = Sentence(
        f"専用線の証明書: {subject.participant}、{last} まで",
        f"Certificate of the line: {subject.participant}, until {last}",
    )
    anew = _anew(subject)
    try:
        certificate.verify_directly_issued_by(authority)
    except (InvalidSignature, ValueError, TypeError):
        return [
            bad(
                probe,
                _with(
                    whose, "この専用線の認証局のものではありません", "not of this line's authority"
                ),
                anew,
            )
        ]
    if revoked.get_revoked_certificate_by_serial_number(certificate.serial_number) is not None:
        return [bad(probe, _with(whose, "失効しています", "revoked"), anew)]
    machine = wall_clock()
    if not certificate.not_valid_before_utc <= machine <= until:
        return [
            bad(
                probe,
                _with(
                    whose,
                    "この機械の時計では有効期間外です",
                    "not its time by this machine's clock",
                ),
                _clock_or(anew),
            )
        ]
    if now is not None and now > until:
        return [
            caution(
                probe,
                _with(
                    whose,
                    "模擬の時計では期限が過ぎていますが、使えます",
                    "past its end by the simulated clock; it works",
                ),
                Sentence(
                    "専用線は、この機械の時計で期限を見ます。そのままで構いません。",
                    "The line goes by this machine's clock. It may stay as it is.",
                ),
            )
        ]
    return [
        good(
            probe,
            _with(
                whose,
                "鍵も認証局も合い、失効していません",
                "key and authority fit, and it is not revoked",
            ),
        )
    ]


def look_at_line(subject: Subject) -> Sequence[Finding]:
    """Ask OQS over its line for a sign of life, as the terminal."""
    if subject.oqs_line is None or subject.line_directory is None:
        return [not_looked_at(Probe.LINE, _NOWHERE)]
    try:
        took = asyncio.run(_ask_on_line(subject))
    except (CredentialsMissing, LineFileUnusable):
        return [not_looked_at(Probe.LINE, _NO_CERTIFICATE)]
    except (TimeoutError, httpx2.HTTPError, OSError) as error:
        return [_line_out(subject.oqs_line, error)]
    return [
        good(
            Probe.LINE,
            Sentence(
                f"OQS が専用線 (TLS) で答えます: {subject.oqs_line}、{took * 1000:.0f} ミリ秒",
                f"OQS answers on its line (TLS): {subject.oqs_line}, {took * 1000:.0f} ms",
            ),
        )
    ]


async def _ask_on_line(subject: Subject) -> float:
    assert subject.oqs_line is not None
    assert subject.line_directory is not None
    client = line_client(
        subject.oqs_line, subject.line_directory, subject.participant, _LINE_SECONDS
    )
    async with asyncio.timeout(_LINE_SECONDS), client:
        began = time.monotonic()
        response = await client.get("/health")
        response.raise_for_status()
        return time.monotonic() - began


def _line_out(url: str, error: Exception) -> Finding:
    of_trust = isinstance(error.__cause__ or error.__context__, ssl.SSLError)
    cause = Sentence(cause_of(error), cause_of(error))
    if isinstance(error, TimeoutError):
        cause = nothing_within(_LINE_SECONDS)
    return bad(
        Probe.LINE,
        Sentence(
            f"OQS に専用線で届きません: {url} ({cause.ja})",
            f"OQS cannot be reached on its line: {url} ({cause.en})",
        ),
        Sentence(
            "証明書の行を見てください。正しければ、アドレスが OQS のものか確かめてください。",
            "See the line of the certificate. If that is right, check that the address is OQS's.",
        )
        if of_trust
        else Sentence(
            "OQS が動いているか、始めた端末で確かめてください。ネットワークとポートも。",
            "See in the terminal in which it was started whether OQS runs; check network and port.",
        ),
    )


def _cannot_be_used(subject: Subject) -> Sentence:
    return Sentence(
        f"専用線の証明書を使えません: {subject.participant}",
        f"The line's certificate cannot be used: {subject.participant}",
    )


def _with(whose: Sentence, ja: str, en: str) -> Sentence:
    return Sentence(f"{whose.ja}、{ja}", f"{whose.en}, {en}")


def _anew(subject: Subject) -> Sentence:
    assert subject.line_directory is not None
    own = Caller(Role.TERMINAL, subject.institution_code)
    command = making(subject.line_directory, own)
    return Sentence(
        f"専用線を作った機械で、新しい証明書を出してください: `{command}`",
        f"Issue a new one where the line was made: `{command}`",
    )


def _clock_or(anew: Sentence) -> Sentence:
    return Sentence(
        f"この機械の日付と時刻を確かめてください。合っていれば、{anew.ja}",
        f"Check this machine's date and time. If they are right: {anew.en}",
    )
