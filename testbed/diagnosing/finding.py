"""What is looked at, and what a look found: a sign, a sentence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence

if TYPE_CHECKING:
    from collections.abc import Sequence


class ProbeAnswer(StrEnum):
    """What a probe found."""

    GOOD = "good"
    CAUTION = "caution"
    """It works, and somebody should know of something."""
    BAD = "bad"
    OPEN = "open"
    """Nothing to say on this system, or nothing that could be looked at."""

    @property
    def sign(self) -> str:
        """The sign before the line, never a colour alone."""
        return _SIGNS[self]


_SIGNS = {
    ProbeAnswer.GOOD: "✔",
    ProbeAnswer.CAUTION: "▲",
    ProbeAnswer.BAD: "✖",
    ProbeAnswer.OPEN: "―",
}


class Probe(StrEnum):
    """What is looked at, in this order."""

    PYTHON = "python"
    DISK = "disk"
    FONTS = "fonts"
    SERVICE = "service"
    PERMISSIONS = "permissions"
    POLKIT = "polkit"
    DRIVER = "driver"
    READER = "reader"
    CARD = "card"
    APPLICATION = "application"
    CERTIFICATE = "certificate"
    SYSTEM = "system"
    PORTS = "ports"
    CLINIC = "clinic"
    TERMINAL_CERTIFICATE = "terminal-certificate"
    LINE = "line"
    OQS = "oqs"
    CLOCK = "clock"
    INTERMEDIATE = "intermediate-server"
    WORKER = "sync-worker"
    EXCHANGE = "exchange"
    EXCHANGE_FILES = "exchange-files"

    @property
    def said(self) -> Sentence:
        """What it is called."""
        return _NAMES[self]


_NAMES = {
    Probe.PYTHON: Sentence("Python の環境", "the Python environment"),
    Probe.DISK: Sentence("ディスクの空き", "free space on the disk"),
    Probe.FONTS: Sentence("日本語のフォント", "Japanese fonts"),
    Probe.SERVICE: Sentence("サービス", "the service"),
    Probe.PERMISSIONS: Sentence("権限", "permissions"),
    Probe.POLKIT: Sentence("polkit", "polkit"),
    Probe.DRIVER: Sentence("ドライバー", "the driver"),
    Probe.READER: Sentence("読取機", "the reader"),
    Probe.CARD: Sentence("カード", "the card"),
    Probe.APPLICATION: Sentence("公的個人認証 (JPKI)", "the application JPKI"),
    Probe.CERTIFICATE: Sentence("証明書", "the certificate"),
    Probe.SYSTEM: Sentence("システム", "the system"),
    Probe.PORTS: Sentence("ポート", "ports"),
    Probe.CLINIC: Sentence("受付", "the clinic's desk"),
    Probe.TERMINAL_CERTIFICATE: Sentence("専用線の証明書", "the line's certificate"),
    Probe.LINE: Sentence("OQS への専用線", "the line to OQS"),
    Probe.OQS: Sentence("OQS", "OQS"),
    Probe.CLOCK: Sentence("時計", "the clocks"),
    Probe.INTERMEDIATE: Sentence("中間サーバー", "the intermediate server"),
    Probe.WORKER: Sentence("連携 (同期ワーカー)", "the sync worker"),
    Probe.EXCHANGE: Sentence("連携フォルダー", "the folder exchange"),
    Probe.EXCHANGE_FILES: Sentence("連携フォルダーのファイル", "files of the exchange"),
}


@dataclass(frozen=True)
class Finding:
    """The answer of one probe."""

    probe: Probe
    answer: ProbeAnswer
    said: Sentence
    advice: Sentence | None = None
    """What to do."""


def good(probe: Probe, said: Sentence) -> Finding:
    """Say that all is well."""
    return Finding(probe, ProbeAnswer.GOOD, said)


def caution(probe: Probe, said: Sentence, advice: Sentence) -> Finding:
    """Say what should be known."""
    return Finding(probe, ProbeAnswer.CAUTION, said, advice)


def bad(probe: Probe, said: Sentence, advice: Sentence | None = None) -> Finding:
    """Say what keeps the reception from working."""
    return Finding(probe, ProbeAnswer.BAD, said, advice)


def not_looked_at(probe: Probe, why: Sentence) -> Finding:
    """Say why something could not be looked at."""
    return Finding(
        probe,
        ProbeAnswer.OPEN,
        Sentence(
            f"調べていません: {probe.said.ja}（{why.ja}）",
            f"Not looked at: {probe.said.en} ({why.en})",
        ),
    )


def failed(probe: Probe, reason: Exception) -> Finding:
    """Say that the look itself failed: a diagnosis that fails helps nobody."""
    return bad(
        probe,
        Sentence(
            f"調べられませんでした: {probe.said.ja} ({reason})",
            f"Could not be looked at: {probe.said.en} ({reason})",
        ),
    )


def as_document(findings: Sequence[Finding]) -> dict[str, object]:
    """Write all findings for a program, and whether nothing is in the way."""
    return {
        "good": all(each.answer is not ProbeAnswer.BAD for each in findings),
        "findings": [
            {
                "probe": each.probe.value,
                "answer": each.answer.value,
                "japanese": each.said.ja,
                "english": each.said.en,
                "do": each.advice and {"japanese": each.advice.ja, "english": each.advice.en},
            }
            for each in findings
        ],
    }
