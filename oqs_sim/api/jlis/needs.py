"""What all routes have in common that need J-LIS to be there."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi import Depends

from wire.catalogue import Catalogue
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses

if TYPE_CHECKING:
    from oqs_sim.jlis.outage import JlisOutage
    from oqs_sim.timekeeping import Timekeeper

PREFIX, TAGS = "/sim/jlis", ["J-LIS（模擬）"]


@dataclass(frozen=True)
class NeedsJlis:
    """Refuses each request while J-LIS is out."""

    outage: JlisOutage
    time: Timekeeper

    def routes(self) -> Routes:
        """Return a router whose routes need J-LIS."""

        async def require_up() -> None:
            await asyncio.to_thread(lambda: self.outage.require_up(self.time.now()))

        return Routes(
            CONSOLE,
            prefix=PREFIX,
            tags=TAGS,
            dependencies=[Depends(require_up)],
            responses=problem_responses(Catalogue.JLIS_OUT),
        )
