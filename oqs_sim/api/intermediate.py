"""What the intermediate server asks and delivers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from oqs_sim.api.line import rendered
from wire.problem import Catalogue, problem_responses
from wire.tls import Role, require_caller
from wire.vocabulary import (
    BatchReceipt,
    CardStandingOfPerson,
    CardStandings,
    CardStandingsQuery,
    ChangeBatch,
    MatchedPerson,
    MatchedPersons,
    PersonMatch,
    PersonMatches,
    Sex,
)

if TYPE_CHECKING:
    from oqs_sim.intake import Intake
    from oqs_sim.issuance import Counter
    from oqs_sim.store.residents import Standing

_CALLER = (Catalogue.NO_CLIENT_CERTIFICATE, Catalogue.WRONG_CALLER, Catalogue.INVALID_REQUEST)


def _matched(found: Standing) -> MatchedPerson:
    person, expires = found.resident, found.certificate_expires_on
    return MatchedPerson(
        person_reference=person.person_reference,
        name=person.name,
        name_kana=person.name_kana,
        sex1=Sex(person.sex1),
        birthdate=f"{person.birthdate:%Y%m%d}",
        address=person.address,
        post_number=person.post_number,
        registered=found.registered,
        certificate_expires_on=f"{expires:%Y%m%d}" if expires else None,
    )


def router(counter: Counter, intake: Intake) -> APIRouter:
    """Return the routes of the intermediate server's line."""
    routes = APIRouter(prefix="/intermediate", tags=["中間サーバー"])

    @routes.post(
        "/persons",
        summary="Match a person by 個人番号 with the resident register",
        response_model=MatchedPerson,
        responses=problem_responses(*_CALLER, Catalogue.INVALID_NUMBER, Catalogue.UNKNOWN_PERSON),
    )
    async def match_person(match: PersonMatch, request: Request) -> Response:
        require_caller(request, Role.INTERMEDIATE_SERVER)
        return rendered(_matched(counter.match(match.individual_number)))

    @routes.post(
        "/persons/matches",
        summary="Match many persons by 個人番号 at once",
        response_model=MatchedPersons,
        responses=problem_responses(*_CALLER),
    )
    def match_persons(matches: PersonMatches, request: Request) -> Response:
        # In a thread: some thousand persons take a while, and a clinic's check does not wait.
        require_caller(request, Role.INTERMEDIATE_SERVER)
        found = counter.match_all(matches.individual_numbers)
        return rendered(
            MatchedPersons(persons=tuple(_matched(one) if one else None for one in found))
        )

    @routes.post(
        "/persons/cards",
        summary="Tell how the cards of persons stand: registered or not, and until when",
        response_model=CardStandings,
        responses=problem_responses(*_CALLER),
    )
    def show_cards(query: CardStandingsQuery, request: Request) -> Response:
        require_caller(request, Role.INTERMEDIATE_SERVER)
        return rendered(
            CardStandings(
                standings=tuple(
                    CardStandingOfPerson(
                        registered=registered,
                        certificate_expires_on=f"{expires:%Y%m%d}" if expires else None,
                    )
                    for registered, expires in counter.card_standings(query.person_references)
                )
            )
        )

    @routes.post(
        "/changes",
        summary="Deliver changes that have become visible",
        response_model=BatchReceipt,
        responses=problem_responses(*_CALLER),
    )
    async def deliver_changes(batch: ChangeBatch, request: Request) -> Response:
        require_caller(request, Role.INTERMEDIATE_SERVER)
        return rendered(intake.apply(batch))

    return routes
