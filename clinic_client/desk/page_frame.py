"""Reading what stands around a page: the desk's states, today's visits, who is checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.desk.frame import Lists, frame
from storage import read_aside

if TYPE_CHECKING:
    from fastapi import Request

    from clinic_client.desk.frame import Frame
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit
    from clinic_client.web.texts import Phrasebook


def asks_for_states_only(request: Request) -> bool:
    """Tell whether a page reads anew only what reader, line and the patient's steps change."""
    return request.headers.get("Live-Parts") == "states"


async def page_frame(desk: Desk, request: Request, t: Phrasebook, selected: Visit | None) -> Frame:
    """Return the frame of a page that shows a visit, or none."""
    reading = desk.clock.shown()
    lists = None
    if not asks_for_states_only(request):
        lists = await read_aside(
            desk.store.engine,
            lambda: Lists(
                desk.store.of_day(reading.today), desk.store.catch_up_list(), desk.store.news()
            ),
        )
    return frame(
        t,
        desk.settings,
        path=request.url.path,
        reading=reading,
        station=desk.station.state,
        line_up=desk.oqs.up,
        exchange=desk.exchange,
        lists=lists,
        turn=desk.turn,
        selected=selected.visit_id if selected else None,
    )
