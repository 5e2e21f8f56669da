"""One service of the system, as a process runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from eligibility.policy.insurer_policy import PolicyError
from storage import StorageUnavailable
from testbed.mistakes import as_mistake
from wire.serving.serve import serve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fastapi import FastAPI

    from wire.serving.serve import Listener


def run_service(
    build: Callable[[], FastAPI], listeners: Sequence[Listener], started: Callable[[], None]
) -> None:
    """Build an application and serve it until it is asked to end; tell when it answers.

    Raises:
        Mistake: its database, its policies or its files cannot be used.
    """
    with as_mistake(StorageUnavailable, PolicyError, OSError):
        # A service that could not be reached makes no database.
        for listener in listeners:
            if listener.tls is not None:
                listener.tls.require()
        serve(build(), listeners, started)
