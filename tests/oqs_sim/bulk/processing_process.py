"""OQS's work in bulk in a process of its own, to be killed.

Run as ``python -m tests.oqs_sim.bulk.processing_process URL LEASE STOP_AT``. At ``claimed`` it
stops with a part claimed, at ``done`` with a part done and not written down, at ``written`` in the
middle of the transaction that writes it down; it says so, and waits to be killed. At ``-`` it goes
on.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime


def main() -> None:
    """Do parts until killed."""
    from oqs_sim.app import MIGRATIONS  # noqa: PLC0415 # imports take long, and are timed by nobody
    from oqs_sim.bulk.policy import BulkPolicy  # noqa: PLC0415
    from oqs_sim.bulk.works import BulkWorks  # noqa: PLC0415
    from oqs_sim.qualification.challenge import ChallengeIssuer  # noqa: PLC0415
    from oqs_sim.qualification.checks import Checks  # noqa: PLC0415
    from oqs_sim.store.schema import metadata  # noqa: PLC0415
    from oqs_sim.visiting.home_consents import HomeConsents  # noqa: PLC0415
    from storage import open_engine  # noqa: PLC0415

    url, lease, stop_at = sys.argv[1:]
    engine = open_engine(url, metadata, MIGRATIONS)
    policy = BulkPolicy(lease_seconds=float(lease), look_every_seconds=0.01)
    checks = Checks(engine, ChallengeIssuer(engine, 120))
    works = BulkWorks(checks, HomeConsents(checks), policy, lambda: datetime.now(UTC))
    processor = works.processor

    def say(what: str) -> None:
        sys.stdout.write(f"{what}\n")
        sys.stdout.flush()

    def stop(at: str) -> None:
        if at == stop_at:
            say(at)
            while True:
                time.sleep(1)

    say("up")
    if stop_at == "-":
        while True:
            processor.work_off()
            time.sleep(0.005)
    while (claimed := processor.claim()) is None:
        time.sleep(0.005)
    stop("claimed")
    outcome = processor._works[claimed.reception.message](claimed)
    stop("done")

    class Stopping:
        """A write that stops in the middle of the transaction."""

        def __call__(self, _: object) -> None:
            stop("written")

    from dataclasses import replace  # noqa: PLC0415

    processor.finish(claimed, replace(outcome, write=Stopping()))


if __name__ == "__main__":
    main()
