"""Who takes part in a deployment, and where its services answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from intermediate_server.policies import load_policies

if TYPE_CHECKING:
    from pathlib import Path

INSTITUTION = "9910000018"
"""The clinic's medical institution code (N-004)."""
OLD_INSURER = "990010"
"""最上型国民健康保険（模擬）: visible on the third business day."""
NEW_INSURER = "06990014"
"""北村型健康保険組合（模擬）: five days to register, visible on the next business day."""


def insurers(policy_directory: Path | None = None) -> tuple[str, ...]:
    """Return the numbers of all insurers that have a policy, bundled or in a directory.

    Raises:
        PolicyError: a policy cannot be understood.
        OSError: the directory cannot be read.
    """
    return tuple(str(policy.insurer_number) for policy in load_policies(policy_directory))


@dataclass(frozen=True)
class Addresses:
    """Where the services of a deployment answer."""

    oqs_console: str
    intermediate_line: str
    clinic: str
    testbed: str
    line_directory: Path
