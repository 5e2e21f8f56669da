"""What a deployment chooses about the intermediate server and its sync worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wire.bounds import ORDINARY, Bounds

if TYPE_CHECKING:
    from datetime import time
    from pathlib import Path

    from eligibility.days.reflection import LagMode
    from intermediate_server.sync.window import Window


@dataclass(frozen=True)
class Settings:
    """Settings of the service."""

    database_url: str
    """SQLAlchemy URL, the same as the worker's; not in memory, as the worker could not see it."""
    oqs_line_url: str
    """Where OQS answers the intermediate server (mutual TLS)."""
    oqs_console_url: str
    """Where OQS shows the clock."""
    line_directory: Path
    """The folder of the line's certificates."""
    participant: str = "intermediate-server"
    """Whose certificate of that folder is shown to OQS."""
    worker_urls: tuple[str, ...] = ()
    """The sync workers, which are woken after each procedure and asked for their last error."""
    policy_directory: Path | None = None
    """Further insurers' policies (``*.toml``); one with a bundled insurer number replaces it."""
    font: Path | None = None
    """A TrueType font with Japanese characters for printed documents; Debian's IPAex when None."""
    simulation: bool = True
    """Whether ``/sim/`` is served: the view of what is on its way, which no real server gives."""
    oqs_seconds: float = 10.0
    """How long an answer of OQS may take before a procedure is turned away."""
    database_seconds: float = 1.5
    """How long a database server may give no answer before pages are given up that only read."""
    glance_seconds: float = 0.6
    """How long a page waits to see the clock, OQS, the workers and the database, before it is shown
    without what they would say."""
    lag_mode: LagMode | None = None
    """How the lag of every insurer is counted, whatever its policy says; None leaves it to that."""
    cutoff: time | None = None
    """From when on a day's procedures count as the next day's, at insurers that name no time."""
    runs_by_themselves: bool = True
    """Whether the runs of insurers' systems (定期処理) are done as their days come; if not, they
    are listed as due, and somebody starts them."""
    pause_seconds: float = 5.0
    """The pause (wall seconds) between two looks at a clock that goes by itself, for runs that are
    due; an advance of the clock does not wait for it."""
    bounds: Bounds = ORDINARY
    """What each listener takes at most; files of procedures are its uploads."""


@dataclass(frozen=True)
class WorkerSettings:
    """Settings of a sync worker."""

    database_url: str
    """SQLAlchemy URL, the same as the service's. On PostgreSQL any number of workers share the
    work; on SQLite one works, and others stand by."""
    oqs_line_url: str
    """Where OQS takes the changes (mutual TLS)."""
    oqs_console_url: str
    """Where OQS shows the clock."""
    line_directory: Path
    """The folder of the line's certificates."""
    participant: str = "sync-worker"
    """Whose certificate of that folder is shown to OQS."""
    batch_size: int = 5_000
    """How many changes of one bucket are delivered together at most; fewer while OQS is slow."""
    deliveries_at_once: int = 2
    """How many batches are under way at once at most."""
    window: Window | None = None
    """The hours of business time in which changes are delivered; None for all hours."""
    lease_seconds: float = 30.0
    """After how long another worker takes over from one that gives no sign of life (PostgreSQL)."""
    oqs_seconds: float = 10.0
    """How long an answer of OQS may take; then the batch is delivered again."""
    pause_seconds: float = 5.0
    """The longest pause (wall seconds) between two looks at the clock, and between two attempts."""
    bounds: Bounds = ORDINARY
    """What the listener takes at most."""
