"""What the public does not know of inquiries in bulk, each as a parameter with a default."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BulkPolicy:
    """Parameters of inquiries in bulk; all [unverified]."""

    most_units: int = 10_000
    """Units of one inquiry. How many the real system takes is not public."""
    result_days: int = 7
    """Days of business time for which a result is kept."""
    part_units: int = 250
    """Units that a process does between two transactions."""
    lease_seconds: float = 30.0
    """Seconds of database time after which another process takes over what one began and did not
    end."""
    most_tries: int = 10
    """How often a part is begun, as processes end in the midst of it; then it is answered as an
    error."""
    look_every_seconds: float = 1.0
    """How often a process that has nothing to do looks for what others have taken."""
    empty_reference_number_deletes: bool = True
    """Whether an empty 照会番号 takes the one before out; if not, it is refused."""
    shared_reference_numbers: bool = True
    """Whether an institution may call several persons by one 照会番号; if not, one that another
    person has is refused. Which of both the real system does is not public."""
