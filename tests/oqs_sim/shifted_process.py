"""OQS in a process of its own, on what seems to be another machine: other uptime, other clock.

Run as ``python -m tests.oqs_sim.shifted_process URL INSTITUTION UPTIME CLOCK [WORKER …]``; uptime
and clock are seconds that are added to what the machine says. Who asks for a check is the terminal
of the institution, all others are at the console. Prints its address when it is up.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


def _shift(uptime: float, clock: float) -> None:
    """Show another uptime and another wall clock to all that is imported after this."""
    monotonic, monotonic_ns = time.monotonic, time.monotonic_ns
    time.monotonic = lambda: monotonic() + uptime
    time.monotonic_ns = lambda: monotonic_ns() + int(uptime * 1e9)

    class Shifted(datetime):
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def,override] # as the original
            return datetime.now(tz) + timedelta(seconds=clock)

    import wire.clock  # noqa: PLC0415 # after the time is shifted

    wire.clock.datetime = Shifted  # type: ignore[misc]
    assert abs((wire.clock.wall_clock() - datetime.now(UTC)).total_seconds() - clock) < 1


def main() -> None:
    """Serve until SIGTERM."""
    url, institution, uptime, clock, *workers = sys.argv[1:]
    _shift(float(uptime), float(clock))
    from oqs_sim.app import build_app  # noqa: PLC0415 # after the time is shifted
    from oqs_sim.settings import Settings  # noqa: PLC0415
    from tests.equipment.callers import AtConsole, OnLine  # noqa: PLC0415
    from wire.line_credentials import Caller, Role  # noqa: PLC0415
    from wire.serving.serve import Listener, bind, serve  # noqa: PLC0415

    app = build_app(Settings(url, tuple(workers)))
    terminal, console = OnLine(app, Caller(Role.TERMINAL, institution)), AtConsole(app)

    class ForBoth:
        state = app.state

        async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
            asked = scope.get("path", "")
            one: ASGIApp = terminal if asked.startswith("/qualification/") else console
            await one(scope, receive, send)

    listener = Listener(bind("127.0.0.1", 0))

    def tell() -> None:
        sys.stdout.write(f"{listener.url}\n")
        sys.stdout.flush()

    serve(ForBoth(), [listener], tell)


if __name__ == "__main__":
    main()
