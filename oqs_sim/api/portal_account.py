"""マイナポータル for programs: signing in, and what a person sees and does there, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Path, Query, Request, Response

from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.registration.state_machine import RegistrationChannel
from eligibility.terminal.consent import ConsentItem
from oqs_sim.api.line import CERTIFICATE, rendered
from oqs_sim.medical.documents import cost_notice
from oqs_sim.portal.discrepancy import Said, ask_whom
from oqs_sim.portal.history import outcome_of
from oqs_sim.portal.printing import AS_FILE, print_screen_aside
from oqs_sim.portal.screen import insurer_cards
from wire.catalogue import Catalogue
from wire.dates import read_day, write_day, write_day_or_none
from wire.serving.access import CONSOLE, Routes
from wire.serving.headers import bearer_token
from wire.serving.problem_http import problem_responses
from wire.vocabulary.consoles.portal import (
    AccessHistory,
    DiscrepancyList,
    LoggedAccess,
    LogPlace,
    NewDiscrepancy,
    PortalAccount,
    PortalSession,
    ProvenSignIn,
    RegistrationStanding,
    ReportedDiscrepancyElement,
    ShownInsurer,
    ShownLine,
    SignInCode,
    SignInStanding,
    StoppedCard,
    StopRequest,
)
from wire.vocabulary.inquiry import ChallengeGrant
from wire.vocabulary.medical import CostNotice

if TYPE_CHECKING:
    from oqs_sim.portal.account import Account
    from oqs_sim.portal.discrepancy import AskWhom
    from oqs_sim.portal.institutions import InstitutionNames
    from oqs_sim.portal.services import Portal
    from oqs_sim.portal.sign_in import Session
    from oqs_sim.store.portal.people import LogPage
    from oqs_sim.store.portal.reports import ReportedDiscrepancy

_PROOF_PROBLEMS = (
    Catalogue.CHALLENGE_UNKNOWN,
    Catalogue.CHALLENGE_EXPIRED,
    Catalogue.CHALLENGE_OTHER_PURPOSE,
    Catalogue.CHALLENGE_USED,
    Catalogue.SIGNATURE_INVALID,
    *CERTIFICATE,
    Catalogue.CARD_USE_BLOCKED,
    Catalogue.STORAGE_UNAVAILABLE,
)
_Code = Annotated[SignInCode, Path()]


def router(portal: Portal) -> Routes:  # noqa: C901 - a list of routes
    """Return the routes."""
    routes = Routes(CONSOLE, prefix="/portal", tags=["マイナポータル"])

    async def session_of(request: Request) -> Session:
        return await session_of_program(portal, request)

    @routes.get(
        "/sign-ins/{code}",
        summary="Say where a sign-in waits for a card",
        response_model=SignInStanding,
        responses=problem_responses(Catalogue.SIGN_IN_UNKNOWN),
    )
    async def show_sign_in(code: _Code) -> Response:
        found = await portal.sign_ins.waiting(code)
        return rendered(
            SignInStanding(
                channel=RegistrationChannel(found.channel), proven=bool(found.person_reference)
            )
        )

    @routes.post(
        "/sign-ins/{code}/challenges",
        summary="Get a challenge for the card that signs in under a code",
        status_code=201,
        response_model=ChallengeGrant,
        responses=problem_responses(Catalogue.SIGN_IN_UNKNOWN),
    )
    async def grant_challenge(code: _Code) -> Response:
        """Bound to the code: what the card signs is of no use for another one."""
        return rendered(await portal.sign_ins.grant(code), 201)

    @routes.post(
        "/sign-ins/{code}",
        summary="Sign in the person whose card made the proof, in the browser that shows the code",
        response_model=SignInStanding,
        responses=problem_responses(Catalogue.SIGN_IN_UNKNOWN, *_PROOF_PROBLEMS),
    )
    async def prove(code: _Code, proven: ProvenSignIn) -> Response:
        found = await portal.sign_ins.prove(code, proven.card_proof, await portal.now())
        return rendered(SignInStanding(channel=RegistrationChannel(found.channel), proven=True))

    @routes.post(
        "/sessions",
        summary="Sign in a program by the proof of a card",
        status_code=201,
        response_model=PortalSession,
        responses=problem_responses(*_PROOF_PROBLEMS),
    )
    async def open_session(proven: ProvenSignIn) -> Response:
        """Take a proof over a challenge for the purpose ``sign_in``."""
        token = await portal.sign_ins.by_proof(
            proven.card_proof, RegistrationChannel.PORTAL, await portal.now()
        )
        seconds = portal.settings.portal_session_seconds
        return rendered(PortalSession(token=token, valid_seconds=seconds), 201)

    @routes.delete("/sessions", summary="Sign out", status_code=204)
    async def end_session(request: Request) -> Response:
        await portal.sign_ins.end(bearer_token(request) or "")
        return Response(status_code=204)

    @routes.get(
        "/me",
        summary="Tell what a person sees: registration, and each insurer",
        response_model=PortalAccount,
        responses=problem_responses(Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED),
    )
    async def show_account(request: Request) -> Response:
        account = await portal.account(await session_of(request))
        return rendered(_account(account, portal.institutions))

    @routes.post(
        "/me/registration",
        summary="利用登録: register the card of whoever is signed in",
        status_code=201,
        response_model=RegistrationStanding,
        responses=problem_responses(
            Catalogue.NOT_SIGNED_IN,
            Catalogue.CARD_USE_BLOCKED,
            Catalogue.NO_ACTIVE_QUALIFICATION,
            Catalogue.REGISTRATION_REFUSED,
            Catalogue.REGISTRATION_NOT_POSSIBLE,
        ),
    )
    async def register(request: Request) -> Response:
        person = (await session_of(request)).person
        account = await portal.accounts.register(
            person, RegistrationChannel.PORTAL, await portal.now()
        )
        return rendered(standing_of(account), 201)

    @routes.get(
        "/me/eligibility.pdf",
        summary="端末に保存: the eligibility data as PDF, for who is registered",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The document."},
            **problem_responses(
                Catalogue.NOT_SIGNED_IN,
                Catalogue.CARD_USE_BLOCKED,
                Catalogue.NOT_REGISTERED,
                Catalogue.FONT_MISSING,
            ),
        },
    )
    async def save(request: Request) -> Response:
        content = await print_screen_aside(
            await portal.account(await session_of(request)), portal.institutions
        )
        return Response(content, media_type="application/pdf", headers=AS_FILE)

    @routes.get(
        "/me/inquiries",
        summary="Tell who looked at what and when, a page at a time, refusals too",
        response_model=AccessHistory,
        responses=problem_responses(Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED),
    )
    async def show_history(
        request: Request,
        before: Annotated[LogPlace | None, Query(alias="Before")] = None,
    ) -> Response:
        """``Before`` is that of the page before; whoever begins leaves it out."""
        session = await session_of(request)
        account = await portal.account(session)
        page = await portal.accounts.history(
            account, session.person, int(before) if before else None
        )
        return rendered(_history(page))

    @routes.get(
        "/me/costs",
        summary="医療費通知: tell what the care of a year cost",
        response_model=CostNotice,
        responses=problem_responses(Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED),
    )
    async def show_costs(
        request: Request, year: Annotated[int, Query(alias="Year", ge=2000, le=2100)]
    ) -> Response:
        account = await portal.account(await session_of(request))
        costs = await portal.care.costs(account, year)
        return rendered(cost_notice(year, costs))

    @routes.get(
        "/me/discrepancies",
        summary="List the discrepancies that a person has reported",
        response_model=DiscrepancyList,
        responses=problem_responses(Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED),
    )
    async def list_discrepancies(request: Request) -> Response:
        account = await portal.account(await session_of(request))
        whom = ask_whom(account)
        found = await portal.discrepancies.of(account)
        reported = tuple(_reported(number, one, whom) for number, one in found)
        return rendered(DiscrepancyList(discrepancies=reported))

    @routes.post(
        "/me/discrepancies",
        summary="相違: report a ratio or limit that differs between check and document",
        status_code=201,
        response_model=ReportedDiscrepancyElement,
        responses=problem_responses(
            Catalogue.NOT_SIGNED_IN, Catalogue.CARD_USE_BLOCKED, Catalogue.INVALID_REQUEST
        ),
    )
    async def report_discrepancy(request: Request, new: NewDiscrepancy) -> Response:
        session = await session_of(request)
        account = await portal.account(session)
        said = Said(
            new.name,
            read_day(new.birthdate),
            new.sex,
            new.address,
            new.insured_number,
            read_day(new.visited_on),
            new.institution,
            new.ratio_paid,
        )
        number = await portal.discrepancies.report(
            session.person, new.kind, said, await portal.now(), account.today
        )
        found = dict(await portal.discrepancies.of(account))
        return rendered(_reported(number, found[number], ask_whom(account)), 201)

    @routes.post(
        "/hotline/stops",
        summary="一時停止: stop the card of a caller, at any hour and at once",
        status_code=201,
        response_model=StoppedCard,
        responses=problem_responses(
            Catalogue.UNKNOWN_PERSON,
            Catalogue.NOT_FOUND,
            Catalogue.INVALID_REQUEST,
            Catalogue.JLIS_OUT,
        ),
    )
    async def stop_card(asked: StopRequest) -> Response:
        who = await portal.people.caller(asked.name, read_day(asked.birthdate))
        stop = await portal.hotline.stop(who.person_reference, await portal.now())
        return rendered(
            StoppedCard(
                stopped_at=stop.since,
                soonest_on=write_day_or_none(stop.again.soonest_on if stop.again else None),
                apply_by=write_day(stop.apply_by),
            ),
            201,
        )

    return routes


async def session_of_program(portal: Portal, request: Request) -> Session:
    """Return whose session a program's token is.

    Raises:
        Problem: NOT_SIGNED_IN.
    """
    return await portal.sign_ins.session(bearer_token(request) or "", RegistrationChannel.PORTAL)


def standing_of(account: Account) -> RegistrationStanding:
    """Write how the registration stands."""
    found, refusal = account.registration, account.refusal(RegistrationChannel.PORTAL)
    channel, words = account.standing.channel, account.refusal_words(RegistrationChannel.PORTAL)
    return RegistrationStanding(
        state=found.state,
        since=write_day_or_none(found.since),
        channel=RegistrationChannel(channel) if channel else None,
        cause=found.cause,
        may_register=refusal is None,
        refusal=refusal,
        japanese=words.ja if words else None,
    )


def _account(account: Account, names: InstitutionNames) -> PortalAccount:
    return PortalAccount(
        simulation_reference=account.resident.person_reference,
        name=account.resident.name,
        today=write_day(account.today),
        registration=standing_of(account),
        may_download=account.may_download,
        insurers=tuple(
            ShownInsurer(
                insurer_name=card.insurer_name.ja,
                in_force=card.in_force,
                fields=tuple(
                    ShownLine(label=line.label.ja, value=line.value.ja)
                    for line in (*card.numbers, *card.lines)
                ),
            )
            for card in insurer_cards(account, names)
        ),
    )


def _history(page: LogPage) -> AccessHistory:
    return AccessHistory(
        entries=tuple(
            LoggedAccess(
                asked_at=line.asked_at,
                recorded_at=line.recorded_at,
                medical_institution_code=line.institution_code or None,
                reference_classification=line.reference_classification or None,
                purpose=line.purpose,
                qualification_validity=line.validity,
                refusal=line.refusal,
                japanese=outcome_of(line).sentence.ja,
                agreed=tuple(item for item in ConsentItem if item in line.agreed) or None,
            )
            for _, line in page.entries
        ),
        total=page.total,
        before=None if page.following is None else str(page.following),
    )


def _reported(number: int, one: ReportedDiscrepancy, whom: AskWhom) -> ReportedDiscrepancyElement:
    kind = DiscrepancyKind(one.kind)
    return ReportedDiscrepancyElement(
        number=number,
        reported_at=one.reported_at,
        kind=kind,
        name=one.name,
        birthdate=write_day(one.birthdate),
        sex=one.sex,
        address=one.address,
        insured_number=one.insured_number,
        visited_on=write_day(one.visited_on),
        institution=one.institution,
        ratio_paid=one.ratio_paid,
        insurer_name=whom.insurer_name or None,
        office=whom.contact.office if whom.contact else None,
        telephone=whom.contact.phone if whom.contact else None,
    )
