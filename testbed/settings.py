"""What a deployment chooses about the testbed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from virtual_card.plugs.vpcd import ANSWER_LIMIT
from wire.bounds import ORDINARY, Bounds

if TYPE_CHECKING:
    from pathlib import Path

    from eligibility.sentence import Sentence


@dataclass(frozen=True)
class Page:
    """A page that people open."""

    name: Sentence
    url: str


@dataclass(frozen=True)
class Settings:
    """Settings of the service that holds cards and slots."""

    card_directory: Path
    """Where the card images lie."""
    pcsc_directory: Path
    """The directory of the PC/SC stack."""
    oqs_console_url: str
    isolated: bool = True
    """Whether the PC/SC stack runs in namespaces of its own."""
    pages: tuple[Page, ...] = ()
    """Pages of the deployment, to which the panel leads."""
    clinic_url: str | None = None
    """Where the desk answers; None where the panel is not to look whether it does."""
    intermediate_console_url: str | None = None
    """Where the intermediate server answers, whose delivery the panel pauses; None for nowhere."""
    oqs_line_url: str | None = None
    """Where OQS answers terminals, for the diagnosis; None where it is not to look there."""
    line_directory: Path | None = None
    """The folder of the line's certificates, likewise."""
    worker_urls: tuple[str, ...] = ()
    """Where the sync workers answer."""
    institution_code: str = "9910000018"
    """医療機関コード (N-004) of the clinic whose line to OQS the panel disturbs."""
    answer_limit: float = ANSWER_LIMIT
    """Seconds that the virtual reader waits for a mute card; assumed, as each real reader has
    its own."""
    stand_ins: Path | None = None
    """The file of the cards that stand in for others; None keeps it beside the PC/SC stack."""
    real_service: str | None = None
    """Where the PC/SC service of the real readers listens; None is this machine's usual one."""
    bounds: Bounds = ORDINARY
    """What the listener takes at most."""
