"""The switch by which J-LIS is out (停止), and the keys of the simulation, which never are."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Response

from oqs_sim.api.jlis.cards import verifiable
from oqs_sim.api.jlis.needs import PREFIX, TAGS
from oqs_sim.api.line import rendered
from oqs_sim.consent.card_readings import front_of
from oqs_sim.jlis.outage import is_out
from oqs_sim.store.jlis.outage_window import OutageWindow
from wire.catalogue import Catalogue, Problem
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import problem_responses
from wire.vocabulary.jlis import (
    CardFront,
    CardVerifiable,
    JlisOutageState,
    NewOutage,
    TerminalOrder,
)
from wire.vocabulary.texts import LARGEST

if TYPE_CHECKING:
    from oqs_sim.jlis.card_keys import CardKeys
    from oqs_sim.jlis.outage import JlisOutage
    from oqs_sim.timekeeping import Timekeeper


def router(outage: JlisOutage, keys: CardKeys, time: Timekeeper) -> Routes:
    """Return the routes that answer whether J-LIS is out or not."""
    routes = Routes(CONSOLE, prefix=PREFIX, tags=TAGS)

    def told(window: OutageWindow | None) -> Response:
        begins_at, ends_at = window or (None, None)
        state = JlisOutageState(
            out=is_out(window, time.now()), begins_at=begins_at, ends_at=ends_at
        )
        return rendered(state)

    @routes.get(
        "/outage",
        summary="Tell whether J-LIS is out, and from when until when",
        response_model=JlisOutageState,
    )
    async def show_outage() -> Response:
        return told(await asyncio.to_thread(outage.window))

    @routes.put(
        "/outage",
        summary="停止: have J-LIS be out, now or in a window of business time",
        response_model=JlisOutageState,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    async def set_outage(new: NewOutage) -> Response:
        """Take the place of an earlier window; without an end it holds until it is lifted."""
        window = OutageWindow(new.begins_at or time.now(), new.ends_at)
        await asyncio.to_thread(lambda: outage.set(window))
        return told(window)

    @routes.delete(
        "/outage",
        summary="再開: have J-LIS be back; a window that was to come is gone as well",
        status_code=204,
    )
    async def lift_outage() -> Response:
        await asyncio.to_thread(outage.lift)
        return Response(status_code=204)

    @routes.get(
        "/card-root",
        summary="Get the public key at the root of the signatures on cards (PEM)",
        response_class=Response,
        responses={200: {"content": {"application/x-pem-file": {}}}},
    )
    def show_card_root() -> Response:  # in a thread: a key may have to be made
        return Response(keys.root().public_pem, media_type="application/x-pem-file")

    @routes.post(
        "/terminals",
        summary="Get the credential with which a terminal uses cards without a PIN (simulation)",
        status_code=201,
        response_model=CardVerifiable,
        responses=problem_responses(Catalogue.INVALID_REQUEST),
    )
    def certify_terminal(order: TerminalOrder) -> Response:  # in a thread, likewise
        return rendered(verifiable(keys.terminal(order.medical_institution_code)), 201)

    @routes.get(
        "/certificates/{serial}/card-front",
        summary="Tell what a reader's camera sees of the card with a certificate (simulation)",
        response_model=CardFront,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def show_card_front(serial: Annotated[int, Path(ge=1, le=LARGEST)]) -> Response:
        """Take the place of the camera that a simulated reader has not, and of nothing else."""
        make = await asyncio.to_thread(lambda: front_of(outage.engine, serial))
        if make is None:
            raise Problem(Catalogue.NOT_FOUND, f"No card carries the certificate {serial}.")
        return rendered(CardFront(make=make))

    return routes
