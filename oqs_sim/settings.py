"""What a deployment chooses about OQS."""

from __future__ import annotations

from dataclasses import dataclass

from eligibility.card.certificates import RENEWAL_REFLECTED_HOURS
from wire.bounds import Bounds

_BOUNDS = Bounds(upload_bytes=64 << 20)
"""A batch is taken into memory, which a file is not."""


@dataclass(frozen=True)
class Settings:
    """Settings of the service."""

    database_url: str = "sqlite://"
    """SQLAlchemy URL; the default keeps everything in memory."""
    clock_followers: tuple[str, ...] = ()
    """Addresses of the sync workers, which an advance of the clock waits for."""
    clock_forerunners: tuple[str, ...] = ()
    """Addresses of those whom an advance of the clock waits for before the sync workers: the
    intermediate server, whose runs (定期処理) make changes for them to deliver."""
    simulation: bool = True
    """Whether ``/sim/`` (clock, J-LIS) is served and answers name the simulated person."""
    challenge_seconds: int = 120
    """How long a challenge may be signed. Assumed: the real bound is not public."""
    challenge_key_hours: float = 24.0
    """Hours of database time after which challenges are issued under a new secret."""
    journal_seconds: float = 3.0
    """How long a check may wait until it is written down; after that it is asked to come again."""
    renewal_hours: int = RENEWAL_REFLECTED_HOURS
    """Hours until checks go by a renewed certificate (P-007; the word of one municipality)."""
    deliveries_at_once: int = 4
    """How many batches of changes are applied at the same time; a further one is asked to wait."""
    requests_kept: int = 1_000
    """How many of the last requests of the lines are kept to be looked at; 0 for none."""
    requests_with_content: bool = False
    """Whether they are kept with what was asked: numbers and birthdates of persons, that is."""
    report_days: int = 7
    """Days after the last use of 障害時モード until the report of it is due [unverified]."""
    bounds: Bounds = _BOUNDS
    """What each listener takes at most; batches of changes are its uploads."""
