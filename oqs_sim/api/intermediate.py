"""What the intermediate server asks and delivers."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Annotated

from fastapi import Header, Path, Request, Response

from oqs_sim.api.line import rendered
from wire.bulk import HEADER, LEDGER_EPOCH, MEDIA_TYPE
from wire.catalogue import Catalogue
from wire.dates import write_day
from wire.line_credentials import Role
from wire.serving.access import Routes, allow
from wire.serving.problem_http import problem_responses
from wire.vocabulary.changes import BatchReceipt, ChangeBatch
from wire.vocabulary.matching import (
    CardStandings,
    CardStandingsQuery,
    MatchedPerson,
    MatchedPersons,
    PersonMatch,
    PersonMatches,
)
from wire.vocabulary.texts import LARGEST

if TYPE_CHECKING:
    from oqs_sim.qualification.change_intake import ChangeIntake
    from oqs_sim.qualification.insurer_looks import InsurerLooks
    from oqs_sim.store.resident_cards import CardStanding, ResidentRecord
    from oqs_sim.timekeeping import Timekeeper

_CALLER = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.CERTIFICATE_REFUSED,
    Catalogue.WRONG_CALLER,
    Catalogue.INVALID_REQUEST,
)

_Epoch = Annotated[int | None, Header(alias=LEDGER_EPOCH, ge=0, le=LARGEST)]
"""Of which epoch of the ledger a batch is; where nobody says, it is not looked at."""
_TABLE = {
    "required": True,
    "content": {MEDIA_TYPE: {"schema": {"type": "string", "examples": [HEADER]}}},
}


def _matched(found: ResidentRecord) -> MatchedPerson:
    return MatchedPerson.model_validate(_written(found))


def _standing(card: CardStanding) -> dict[str, object]:
    """Return how a card stands by the elements of `CardStandingOfPerson`."""
    written: dict[str, object] = {"Registered": card.registered}
    if card.certificate_expires_on is not None:
        written["CertificateExpiresOn"] = write_day(card.certificate_expires_on)
    return written


def _written(found: ResidentRecord) -> dict[str, object]:
    """Return a match by the elements of `MatchedPerson`."""
    person = found.resident
    written: dict[str, object] = {
        "PersonReference": person.person_reference,
        "Name": person.name,
        "NameKana": person.name_kana,
        "Sex1": person.sex,
        "Birthdate": write_day(person.birthdate),
        "Address": person.address,
        "PostNumber": person.post_number,
    }
    return written | _standing(found.card)


def router(looks: InsurerLooks, intake: ChangeIntake, time: Timekeeper) -> Routes:
    """Return what the intermediate server asks and its sync worker delivers."""
    routes = Routes(Role.INTERMEDIATE_SERVER, prefix="/intermediate", tags=["中間サーバー"])

    @routes.post(
        "/persons",
        summary="Match a person by 個人番号 with the resident register",
        response_model=MatchedPerson,
        responses=problem_responses(
            *_CALLER,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_PERSON,
            Catalogue.MATCHING_NOT_POSSIBLE,
        ),
    )
    async def match_person(match: PersonMatch) -> Response:
        return rendered(_matched(await looks.match(match, await time.asked_at())))

    @routes.post(
        "/persons/matches",
        summary="Match many persons by 個人番号 at once",
        response_model=MatchedPersons,
        responses=problem_responses(*_CALLER, Catalogue.MATCHING_NOT_POSSIBLE),
    )
    async def match_persons(matches: PersonMatches) -> Response:
        found = await looks.match_all(matches.individual_numbers, await time.asked_at())

        def document() -> bytes:
            # Written plainly: to make a model of each would take longer than all the rest.
            written = {"Persons": [_written(one) if one else None for one in found]}
            return json.dumps(written, ensure_ascii=False).encode()

        return Response(await asyncio.to_thread(document), media_type="application/json")

    @routes.post(
        "/persons/cards",
        summary="Tell how the cards of persons stand: registered or not, and until when",
        response_model=CardStandings,
        responses=problem_responses(*_CALLER),
    )
    async def show_cards(query: CardStandingsQuery) -> Response:
        found = await looks.cards(query.person_references, await time.asked_at())

        def document() -> bytes:
            # Written plainly, as a run of an insurer asks about all of its members.
            return json.dumps({"Standings": [_standing(one) for one in found]}).encode()

        return Response(await asyncio.to_thread(document), media_type="application/json")

    @routes.post(
        "/changes",
        summary="Deliver changes that have become visible",
        response_model=BatchReceipt,
        responses=problem_responses(*_CALLER, Catalogue.INTAKE_BUSY, Catalogue.LEDGER_WENT_BACK),
        openapi_extra=allow(Role.WORKER),
    )
    async def deliver_changes(batch: ChangeBatch, epoch: _Epoch = None) -> Response:
        return rendered(await intake.take(batch, epoch))

    @routes.post(
        "/changes/{bucket}",
        summary="Deliver many changes that have become visible, as a table",
        response_model=BatchReceipt,
        responses=problem_responses(*_CALLER, Catalogue.INTAKE_BUSY, Catalogue.LEDGER_WENT_BACK),
        openapi_extra={"requestBody": _TABLE, **allow(Role.WORKER)},
    )
    async def deliver_table(
        bucket: Annotated[int, Path(ge=0, le=32_767)], request: Request, epoch: _Epoch = None
    ) -> Response:
        """Take a batch whose first line names the columns, in the order of QualificationChange."""
        return rendered(await intake.take_table(bucket, await request.body(), epoch))

    return routes
