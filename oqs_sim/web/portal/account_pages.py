"""What a person sees of themselves: home, 健康保険証, 利用登録, 履歴, 相違."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Form, Query, Request  # FastAPI reads them at run time
from fastapi.responses import HTMLResponse, Response

from eligibility.days.eras import era_date
from eligibility.reception.advice import COST_NOTICE, NUMBER_IS_SHOWN_ON, STILL_TO_FILE
from eligibility.reception.discrepancy import DiscrepancyKind
from eligibility.registration.state_machine import RegistrationChannel, registered
from eligibility.sentence import Language
from oqs_sim.portal.discrepancy import NUMBER_IS_ON_PAPER, Said, ask_whom
from oqs_sim.portal.doctor_visit import visit_of
from oqs_sim.portal.history import history_lines
from oqs_sim.portal.printing import AS_FILE, print_screen_aside
from oqs_sim.portal.refusals import words_of_problem
from oqs_sim.portal.registration import steps_of, words_of
from oqs_sim.portal.screen import NOT_BY_ITSELF, RATIO, SEXES, insurer_cards
from oqs_sim.web.portal import frame, texts
from wire.catalogue import Catalogue, Problem
from wire.forms.typed_day import typed_day
from wire.vocabulary.codes import Sex
from wire.vocabulary.consoles.portal import KindAtPortal  # noqa: TC001 # FastAPI reads it
from wire.vocabulary.texts import LARGEST, Line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from oqs_sim.portal.account import Account
    from oqs_sim.portal.services import Portal
    from wire.serving.access import Routes

_RATIOS = (1, 2, 3, 10)
"""What may have been paid, in tenths."""


def router(portal: Portal) -> Routes:  # noqa: C901 - a list of pages
    """Return the pages."""
    routes = frame.page_routes()

    @routes.get("", summary="Home: how the registration stands, and the way to all else")
    async def show_home(request: Request) -> HTMLResponse:
        session, account = await frame.account_of(request, portal)
        return frame.render(
            "home.html",
            here="home",
            account=account,
            session=session,
            words=words_of(account),
            visit=visit_of(account),
            in_force=[
                card for card in insurer_cards(account, portal.institutions) if card.in_force
            ],
            ratio=RATIO,
            advice=[COST_NOTICE.text, STILL_TO_FILE.text],
        )

    @routes.get("/insurance-card", summary="健康保険証: the eligibility, one card per insurer")
    async def show_insurance_card(request: Request) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        return frame.render(
            "insurance_card.html",
            here="insurance_card",
            account=account,
            cards=insurer_cards(account, portal.institutions),
            caution=NOT_BY_ITSELF,
            numbers=NUMBER_IS_SHOWN_ON.text,
        )

    @routes.get(
        "/insurance-card.pdf",
        summary="端末に保存: the eligibility data as PDF",
        response_class=Response,
        responses={
            200: {
                "content": {"application/pdf": {}, "text/html": {"schema": {"type": "string"}}},
                "description": "The document; to who is not signed in, the page to sign in.",
            }
        },
    )
    async def save(request: Request) -> Response:
        _, account = await frame.account_of(request, portal)
        content = await print_screen_aside(account, portal.institutions, texts.spoken())
        return Response(content, media_type="application/pdf", headers=AS_FILE)

    @routes.get("/registration", summary="利用登録: how it stands, step by step")
    async def show_registration(request: Request) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        return registration_page(account)

    @routes.post("/registration", summary="Register the card for insurance use")
    async def register(request: Request) -> Response:
        session = await frame.session_of(request, portal)
        try:
            await portal.accounts.register(
                session.person, RegistrationChannel.PORTAL, await portal.now()
            )
        except Problem as problem:
            if problem.entry.kind.status not in {409, 424}:
                raise
            return registration_page(await portal.account(session), problem)
        return frame.go_to("/portal/registration")

    def registration_page(account: Account, problem: Problem | None = None) -> HTMLResponse:
        return frame.render(
            "registration.html",
            here="home",
            status=problem.entry.kind.status if problem else 200,
            account=account,
            words=words_of(account),
            steps=steps_of(account, RegistrationChannel.PORTAL),
            refusal=account.refusal_words(RegistrationChannel.PORTAL),
            visit=visit_of(account),
            registered=registered(account.registration, account.today),
            said=words_of_problem(problem) if problem else None,
        )

    @routes.get("/history", summary="履歴: who looked at what and when")
    async def show_history(
        request: Request,
        before: Annotated[int | None, Query(alias="before", ge=1, le=LARGEST)] = None,
    ) -> HTMLResponse:
        session, account = await frame.account_of(request, portal)
        page = await portal.accounts.history(account, session.person, before)
        lines = history_lines([line for _, line in page.entries], portal.institutions)
        return frame.render(
            "history.html", here="history", lines=lines, page=page, continued=before is not None
        )

    @routes.get("/discrepancies", summary="相違: report a differing ratio or limit")
    async def show_discrepancies(request: Request) -> HTMLResponse:
        _, account = await frame.account_of(request, portal)
        return await discrepancy_page(account, _prefilled(account))

    @routes.post("/discrepancies", summary="Keep a report, or say what is missing in it")
    async def report(
        request: Request,
        kind: Annotated[KindAtPortal, Form(alias="Kind")] = DiscrepancyKind.RATIO,
        name: Annotated[Line, Form(alias="Name")] = "",
        birthdate: Annotated[Line, Form(alias="Birthdate")] = "",
        sex: Annotated[Line, Form(alias="Sex", max_length=4)] = "",
        address: Annotated[Line, Form(alias="Address")] = "",
        insured_number: Annotated[Line, Form(alias="InsuredNumber")] = "",
        visited_on: Annotated[Line, Form(alias="VisitedOn")] = "",
        institution: Annotated[Line, Form(alias="Institution")] = "",
        ratio_paid: Annotated[Line, Form(alias="RatioPaid")] = "",
    ) -> Response:
        session, account = await frame.account_of(request, portal)
        typed = {
            "Kind": str(kind),
            "Name": name.strip(),
            "Birthdate": birthdate,
            "Sex": sex,
            "Address": address.strip(),
            "InsuredNumber": insured_number.strip(),
            "VisitedOn": visited_on,
            "Institution": institution.strip(),
            "RatioPaid": ratio_paid,
        }
        try:
            said = Said(
                typed["Name"],
                typed_day(birthdate, texts.all_texts()["discrepancies.birthdate"]),
                sex,
                typed["Address"],
                typed["InsuredNumber"],
                typed_day(visited_on, texts.all_texts()["discrepancies.visited_on"]),
                typed["Institution"],
                int(ratio_paid) if ratio_paid in map(str, _RATIOS) else None,
            )
            await portal.discrepancies.report(
                session.person, kind, said, await portal.now(), account.today
            )
        except Problem as problem:
            if problem.entry is not Catalogue.INVALID_REQUEST:
                raise
            return await discrepancy_page(account, typed, problem)
        return frame.go_to("/portal/discrepancies#reported")

    async def discrepancy_page(
        account: Account,
        typed: Mapping[str, str],
        problem: Problem | None = None,
    ) -> HTMLResponse:
        found = await portal.discrepancies.of(account)
        return frame.render(
            "discrepancies.html",
            here="home",
            status=problem.entry.kind.status if problem else 200,
            typed=typed,
            ratios=_RATIOS,
            sexes=list(SEXES.values()),
            kinds=list(_KINDS.items()),
            reports=[(number, one, DiscrepancyKind(one.kind)) for number, one in found],
            kind_words=_KINDS,
            whom=ask_whom(account),
            number_is_on=NUMBER_IS_ON_PAPER,
            said=words_of_problem(problem) if problem else None,
        )

    return routes


_KINDS = {
    DiscrepancyKind.RATIO: texts.all_texts()["discrepancies.ratio"],
    DiscrepancyKind.LIMIT: texts.all_texts()["discrepancies.limit"],
}


def _typed(on: date) -> str:
    """Write a day as it is typed in the language of the page."""
    return on.isoformat() if texts.spoken() is Language.ENGLISH else era_date(on)


def _prefilled(account: Account) -> dict[str, str]:
    """Return what is known of the person already, to be put right where it is not so."""
    who = account.resident
    active = [one for one in account.known if one.active(account.today)]
    numbers = [" ".join(filter(None, (one.symbol, one.number, one.branch))) for one in active]
    return {
        "Kind": str(DiscrepancyKind.RATIO),
        "Name": who.name,
        "Birthdate": _typed(who.birthdate),
        "Sex": SEXES[Sex(who.sex)].ja,
        "Address": account.address,
        "InsuredNumber": numbers[0] if numbers else "",
        "VisitedOn": "",
        "Institution": "",
        "RatioPaid": "",
    }
