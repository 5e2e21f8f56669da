"""What an insurer's window sees of a member: the use registration, and the papers in hand."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated

from fastapi import Query, Request

from eligibility.documents import Disposal
from eligibility.registration.state_machine import RegistrationChannel, RegistrationState
from intermediate_server.api.models import DocumentDecision, Text, problem_of
from intermediate_server.counter.holdings import holdings
from intermediate_server.counter.registration_standing import RegistrationStanding
from intermediate_server.filing import field_parsers
from intermediate_server.filing.fields import Fault
from intermediate_server.procedures.memberships import newest
from intermediate_server.readings import Read, Reader
from wire.catalogue import Catalogue, Problem
from wire.dates import write_day
from wire.line_credentials import Role
from wire.serving.access import Routes, participant
from wire.serving.problem_http import problem_responses
from wire.vocabulary.codes import Day
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from intermediate_server.acceptance import Acceptance
    from intermediate_server.counter.holdings import Holding
    from intermediate_server.readings import Readings
    from intermediate_server.store import Store
    from intermediate_server.store.ledger import Watched


class MemberQuery(Element):
    """Asks about a member."""

    insurer_number: Text
    individual_number: Text


class RegistrationPlace(Element):
    """A place at which a card can be registered."""

    channel: RegistrationChannel
    refusal: str | None = None
    """Why not there, in Japanese; absent where it can be done now."""


class RegistrationView(Element):
    """How the use registration stands (R-031)."""

    state: RegistrationState
    released_from: Day | None = None
    """The first day without it, where a release is on its way."""
    places: tuple[RegistrationPlace, ...] | None = None
    """Of who is not registered: where the person can do it themselves (R-021, X-01)."""
    sentences: tuple[str, ...]
    """What the window tells the person, in Japanese."""

    @classmethod
    def of(cls, standing: RegistrationStanding) -> RegistrationView:
        """Render it."""
        places = tuple(
            RegistrationPlace(channel=channel, refusal=refusal.text.ja if refusal else None)
            for channel, refusal in standing.refusals
        )
        gone = standing.released_from
        return cls(
            state=standing.state,
            released_from=write_day(gone) if gone else None,
            places=places or None,
            sentences=tuple(one.ja for one in standing.sentences),
        )


class HeldDocument(Element):
    """A document in the member's hand, and what is to be done with it."""

    document: DocumentDecision
    disposal: Disposal
    """``return`` (返却), ``destroy`` (処分) or ``keep``."""
    why: str | None = None
    """Why it does not stay, in Japanese."""
    rules: tuple[str, ...]

    @classmethod
    def of(cls, one: Holding) -> HeldDocument:
        """Render it."""
        return cls(
            document=DocumentDecision.of(one.document),
            disposal=one.disposal,
            why=f"{one.why.ja}{one.disposal.japanese}" if one.why else None,
            rules=one.rules,
        )


class MemberStanding(Element):
    """How a member stands, at the insurer's window."""

    person_reference: str
    registration: RegistrationView
    documents: tuple[HeldDocument, ...]
    """Those of this insurer."""


class OpenLastFour(Element):
    """A member who was asked to compare the last four digits, and has not answered (R-190)."""

    person_reference: str
    name: str
    name_kana: str
    insured_card_symbol: str
    insured_identification_number: str
    insured_branch_number: str
    sent_on: Day
    sent_to: str
    """To whom and where, in Japanese."""

    @classmethod
    def of(cls, watched: Watched) -> OpenLastFour:
        """Render it."""
        entry = watched.since
        one = entry.qualification
        return cls(
            person_reference=watched.person_reference,
            name=entry.person.name,
            name_kana=entry.person.name_kana,
            insured_card_symbol=one.symbol,
            insured_identification_number=one.number,
            insured_branch_number=one.branch,
            sent_on=write_day(entry.filing.filed_on),
            sent_to=entry.reason,
        )


class OpenLastFours(Element):
    """Who has not answered, whoever waits longest first."""

    waiting: tuple[OpenLastFour, ...]


def router(acceptance: Acceptance, store: Store, readings: Readings) -> Routes:
    """Return the routes of the insurers' windows."""
    routes = Routes(Role.INSURER, tags=["窓口"])

    @routes.post(
        "/members/standing",
        summary="Tell how a member's use registration stands, and what papers are in their hand",
        response_model_exclude_none=True,
        responses=problem_responses(
            Catalogue.NO_CLIENT_CERTIFICATE,
            Catalogue.CERTIFICATE_REFUSED,
            Catalogue.WRONG_CALLER,
            Catalogue.INVALID_REQUEST,
            Catalogue.INVALID_NUMBER,
            Catalogue.UNKNOWN_PERSON,
            Catalogue.PROCEDURE_REFUSED,
            Catalogue.MATCHING_NOT_POSSIBLE,
            Catalogue.SERVICE_UNREACHABLE,
        ),
    )
    async def show_standing(query: MemberQuery, request: Request) -> MemberStanding:
        caller = participant(request)
        if caller.name != query.insurer_number.strip():
            raise Problem(
                Catalogue.WRONG_CALLER,
                f"The certificate is of {caller.name}, the request of another insurer.",
            )
        try:
            number = field_parsers.individual_number(query.individual_number.strip())
        except field_parsers.Unreadable as error:
            raise problem_of([Fault("IndividualNumber", error.text)]) from None
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.PERSON) as read:
            match = await acceptance.oqs.match(number)
            reference = match.person.reference
            read.append(reference)
            tracked, documents, clock = await asyncio.gather(
                asyncio.to_thread(store.ledger.history, reference),
                asyncio.to_thread(store.documents.of_person, reference),
                acceptance.read_clock(),
            )
            history = [one.change for one in tracked]
            if all(insurer != caller.name for insurer, *_ in newest(history)):
                raise Problem(
                    Catalogue.PROCEDURE_REFUSED,
                    "The person never joined this insurer.",
                    japanese="この保険者への加入の記録がありません。番号を確かめてください。",
                )
        standing = RegistrationStanding.of(history, match.card, clock.now)
        policies = acceptance.policies
        held = holdings(history, documents, policies, clock.today, match.card)
        return MemberStanding(
            person_reference=reference,
            registration=RegistrationView.of(standing),
            documents=tuple(
                HeldDocument.of(one) for one in held if one.document.insurer_number == caller.name
            ),
        )

    @routes.get(
        "/members/last-four-open",
        summary="List the members who have not answered about the last four digits",
        responses=problem_responses(
            Catalogue.NO_CLIENT_CERTIFICATE,
            Catalogue.CERTIFICATE_REFUSED,
            Catalogue.WRONG_CALLER,
            Catalogue.INVALID_REQUEST,
        ),
    )
    async def list_open(
        request: Request, limit: Annotated[int, Query(alias="Limit", ge=1, le=1_000)] = 100
    ) -> OpenLastFours:
        insurer = participant(request).name
        reader = Reader.of(request.scope, request.cookies)
        async with readings.reading(reader, Read.LAST_FOUR) as read:
            found = await asyncio.to_thread(store.ledger.last_four_open, limit, insurer)
            read += [one.person_reference for one in found]
        return OpenLastFours(waiting=tuple(map(OpenLastFour.of, found)))

    return routes
