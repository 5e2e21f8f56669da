"""Who takes part in a deployment, and where its services answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

INSTITUTION = "9910000018"
"""The clinic's medical institution code (N-004)."""
OLD_INSURER = "990010"
"""最上型国民健康保険（模擬）: visible on the third business day."""
NEW_INSURER = "06990014"
"""北村型健康保険組合（模擬）: five days to register, visible on the next business day."""


@dataclass(frozen=True)
class Addresses:
    """Where the services of a deployment answer."""

    oqs_console: str
    intermediate_line: str
    clinic: str
    testbed: str
    line_directory: Path
