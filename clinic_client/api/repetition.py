"""Answering with a visit, once for each request that names itself."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from fastapi import Response

from clinic_client.api.models import VisitState
from clinic_client.store.visit_list import VisitList
from clinic_client.visits.charge import to_give_back
from storage import AnsweredBefore, IdempotentRequest, read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.problem_document import MEDIA_TYPE
from wire.request_key import REPLAYED, KeysUnderWay, read_key, require_same
from wire.serving.problem_http import answer_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit
    from storage import KeptAnswer

_CALLER = "desk"


@dataclass(frozen=True)
class Answers:
    """Answers of the routes that receive a patient."""

    desk: Desk
    _under_way: KeysUnderWay = field(default_factory=KeysUnderWay)

    async def once(
        self,
        route: str,
        sent: str | None,
        content: Any,  # what is asked, as JSON, without a PIN
        receive: Callable[[IdempotentRequest | None], Awaitable[Visit]],
    ) -> Response:
        """Receive a patient, or answer as the same request was answered before.

        An attempt that cost a try of the PIN is kept too: sent again, it would cost another one.

        Raises:
            Problem: as ``receive``; IDEMPOTENCY_KEY_UNDER_WAY, IDEMPOTENCY_KEY_REUSED.
        """
        try:
            return await self._once(route, sent, content, receive)
        except self.desk.store.outages:
            # Who called shows it to the patient; the desk is whom the patient then asks.
            self.desk.attempt_failed(Problem(Catalogue.STORAGE_UNAVAILABLE))
            raise

    async def _once(
        self,
        route: str,
        sent: str | None,
        content: Any,
        receive: Callable[[IdempotentRequest | None], Awaitable[Visit]],
    ) -> Response:
        key, store = read_key(sent), self.desk.store
        if key is None:
            return await _answer(self.desk, await receive(None))
        request = IdempotentRequest(_CALLER, route, key.digest, key.fingerprint(content))
        with self._under_way.hold(_CALLER, route, key.digest):
            kept = await asyncio.to_thread(lambda: store.begin(request, wall_clock()))
            if kept is not None:
                require_same(kept.fingerprint, request.fingerprint)
                return await self._again(kept)
            try:
                return await self._for_the_first_time(request, receive)
            except AnsweredBefore as before:
                # Another process was quicker.
                require_same(before.kept.fingerprint, request.fingerprint)
                return await self._again(before.kept)

    async def _for_the_first_time(
        self,
        request: IdempotentRequest,
        receive: Callable[[IdempotentRequest | None], Awaitable[Visit]],
    ) -> Response:
        store = self.desk.store
        try:
            return await _answer(self.desk, await receive(request))
        except Problem as problem:
            if problem.members.get("attempts_remaining") is None:
                await asyncio.to_thread(lambda: store.give_up(request))
                raise
            answer = answer_of(problem)
            document, status = bytes(answer.body).decode(), answer.status_code
            await asyncio.to_thread(
                lambda: store.keep_problem(request, status, document, wall_clock())
            )
            return answer

    async def _again(self, kept: KeptAnswer) -> Response:
        if kept.status is None:
            raise Problem(Catalogue.IDEMPOTENCY_KEY_UNDER_WAY, retry_after=1)
        headers = {REPLAYED: "true"}
        if kept.status != 201:
            return Response(kept.answer, kept.status, headers, media_type=MEDIA_TYPE)
        store = self.desk.store
        visit = await read_aside(store.engine, lambda: store.find(kept.answer))
        if visit is None:
            raise Problem(Catalogue.NOT_FOUND, f"There is no visit {kept.answer}.")
        return await _answer(self.desk, visit, headers)


async def _answer(desk: Desk, visit: Visit, headers: dict[str, str] | None = None) -> Response:
    state = await written(desk, visit)
    return Response(
        state.model_dump_json(by_alias=True), 201, headers, media_type="application/json"
    )


async def written(desk: Desk, visit: Visit) -> VisitState:
    """Render a visit next to the person's visit before it."""
    store = desk.store

    def state() -> VisitState:
        back = None
        if visit.withdrawal is not None:
            (standing,) = VisitList(store.engine).standings([visit])
            back = to_give_back(standing)
        owed = store.to_settle([visit]).get(visit.visit_id, ())
        return VisitState.of(visit, store.previous_of(visit), back, owed)

    return await read_aside(store.engine, state)
