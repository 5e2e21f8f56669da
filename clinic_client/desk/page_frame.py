"""Reading what stands around a page: the desk's states, today's visits, who is checked again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clinic_client.desk.frame import Lists, frame
from clinic_client.store.visit_list import VisitList
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
                VisitList(desk.store.engine).listed(desk.store.of_day(reading.today)),
                desk.store.catch_up_list(),
                desk.store.news(),
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
        gone_on=_gone_on(desk, request, selected),
    )


def _gone_on(desk: Desk, request: Request, selected: Visit | None) -> str:
    """Return what the desk has gone on to, without the patient of this page: card, answer, or "".

    A form without a patient is about whoever is there, and the desk shows it all itself.
    """
    state, path = desk.station.state, request.url.path
    about_the_present = path == "/" or (selected is None and path in {"/number", "/unable"})
    if about_the_present or not state.card_present:
        return ""
    if desk.current_insertion != state.insertion:
        return "" if desk.card_received else "card"
    shown = desk.current
    return "answer" if selected and shown and shown.visit_id != selected.visit_id else ""
