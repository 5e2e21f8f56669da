"""Visits, the catch-up list, and the look into the intermediate server."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path, Query, Response
from fastapi.responses import PlainTextResponse

from clinic_client.api.models import (
    CardVisitRequest,
    CatchUpList,
    CatchUpState,
    ChargeState,
    NewsState,
    NotedName,
    NumberVisitRequest,
    PendingState,
    SaidBirthdate,
    ShownDocument,
    ShownRequest,
    UncheckedVisitRequest,
    VisitState,
)
from clinic_client.api.repetition import Answers, written
from clinic_client.oqs_client import Refused
from clinic_client.reception.receiving import Busy, CardExchanged
from clinic_client.store.visit_list import VisitList
from clinic_client.visits.app_text import app_text, copies_text
from clinic_client.visits.charge import MOST_POINTS, charge_of
from clinic_client.visits.refusals import require_standing
from clinic_client.visits.shown import Shown, ended_coverages, shown_of
from eligibility.cost.assistance import is_office_number
from eligibility.cost.burden import impossible_ratio
from eligibility.days.dates import TOKYO
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.digits import only_digits, to_half_width
from eligibility.identifiers.insured_number import InsuredNumber
from eligibility.identifiers.numbers import InsurerNumber, InvalidNumber
from eligibility.reception.options import FallbackOptionId
from eligibility.reception.presented import NOT_BEFORE_65, Presented, begins_later, too_young
from eligibility.sentence import Sentence
from reader.errors import ReaderError
from reader.pin import Pin
from storage import read_aside
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.dates import read_day
from wire.forms.typed_day import readable_day
from wire.serving.access import CONSOLE, Routes
from wire.serving.idempotency import PROBLEMS, IdempotencyKey
from wire.serving.problem_http import invalid, problem_responses, with_rules, wrong_field
from wire.vocabulary.codes import Day
from wire.vocabulary.inquiry import QualificationConfirmSearchInfo
from wire.vocabulary.texts import Reference, ShortLine

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from clinic_client.reception.desk import Desk
    from clinic_client.visits.claims import VisitStanding
    from clinic_client.visits.visit import Visit
    from eligibility.identifiers.numbers import InsurerKind
    from eligibility.qualification import QualificationValidity
    from storage import IdempotentRequest


VisitId = Annotated[Reference, Path()]
Since = Annotated[
    Day | None,
    Query(alias="Since", description="the first business day; without it, today"),
]
TypedPoints = Annotated[ShortLine, Query(alias="Points", description="点数: 291, １，０４５")]
_NO_POINTS = Sentence(
    f"点数を、0から{MOST_POINTS:,}までの数字で入れてください。",
    f"Points are a number from 0 to {MOST_POINTS:,}.",
)


def _number_of(typed: str) -> int:
    """Read points as people type them.

    Raises:
        Problem: INVALID_REQUEST that names the field.
    """
    half = unicodedata.normalize("NFKC", typed).replace(",", "").strip().removesuffix("点")
    if not only_digits(half) or int(half) > MOST_POINTS:
        raise invalid(wrong_field("Points", _NO_POINTS))
    return int(half)


def router(desk: Desk) -> Routes:
    """Return the routes of visits."""
    routes = Routes(CONSOLE, tags=["受付"])
    answers = Answers(desk)
    _add_receiving_by_card(routes, desk, answers)
    _add_receiving(routes, desk, answers)
    _add_records(routes, desk)
    _add_charging(routes, desk)
    _add_catching_up(routes, desk)
    return routes


def _add_receiving_by_card(routes: Routes, desk: Desk, answers: Answers) -> None:
    reception = desk.reception

    @routes.post(
        "/api/visits",
        summary="Receive the holder of the card on the reader",
        status_code=201,
        response_model=VisitState,
        responses=problem_responses(
            Catalogue.READER,
            Catalogue.CLINIC_WITHOUT_READER,
            Catalogue.CHECK_UNDER_WAY,
            Catalogue.CARD_EXCHANGED,
            Catalogue.INVALID_REQUEST,
            *OF_THE_LINE,
            *OF_A_RECORD,
        ),
    )
    async def receive_card(
        request: CardVisitRequest, idempotency_key: IdempotencyKey = None
    ) -> Response:
        async def receive(once: IdempotentRequest | None) -> Visit:
            try:
                with Pin.authentication(request.pin.get_secret_value()) as pin:
                    return await reception.by_card(
                        pin,
                        request.insertion,
                        confirmed_last_try=request.confirm_last_try,
                        once=once,
                    )
            except ReaderError as error:
                # The desk keeps the error for the page; its traceback would keep the request too.
                desk.attempt_failed(error.with_traceback(None), request.insertion)
                raise reader_problem(error) from error
            except Busy as error:
                raise Problem(Catalogue.CHECK_UNDER_WAY) from error
            except CardExchanged as error:
                raise Problem(Catalogue.CARD_EXCHANGED) from error
            except Refused as error:
                desk.attempt_failed(error.problem, request.insertion)
                raise error.problem from error

        # Without the PIN: what is kept tells nothing of it.
        content = request.model_dump(mode="json", exclude={"pin"})
        return await answers.once("/api/visits", idempotency_key, content, receive)


def _add_receiving(routes: Routes, desk: Desk, answers: Answers) -> None:
    reception = desk.reception

    async def number_rules(_: Mapping[str, Any], body: Mapping[str, Any]) -> list[dict[str, str]]:
        return _number_faults(body, desk.clock.shown().today)

    @routes.post(
        "/api/visits/number",
        summary="Receive a patient by insurer number, symbol, number and branch",
        status_code=201,
        response_model=VisitState,
        responses=problem_responses(
            Catalogue.INVALID_NUMBER,
            Catalogue.INVALID_REQUEST,
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.OTHER_PERSON,
            *OF_THE_LINE,
            *OF_A_RECORD,
        ),
    )
    @with_rules(number_rules)
    async def receive_number(
        request: NumberVisitRequest, idempotency_key: IdempotencyKey = None
    ) -> Response:
        for_visit = await _standing(desk, request.for_visit) if request.for_visit else None
        asked = _asked(request, desk.clock.shown().today)

        async def receive(once: IdempotentRequest | None) -> Visit:
            try:
                return await reception.by_number(
                    asked, for_visit, once, same_person=request.same_person
                )
            except Refused as error:
                raise error.problem from error

        content = request.model_dump(mode="json")
        return await answers.once("/api/visits/number", idempotency_key, content, receive)

    @routes.post(
        "/api/visits/unchecked",
        summary="Receive a patient whose eligibility cannot be asked for",
        status_code=201,
        response_model=VisitState,
        responses=problem_responses(
            Catalogue.INVALID_REQUEST, Catalogue.CARD_EXCHANGED, *OF_A_RECORD
        ),
    )
    async def receive_unchecked(
        request: UncheckedVisitRequest, idempotency_key: IdempotencyKey = None
    ) -> Response:
        today = desk.clock.shown().today
        birthdate = _birthdate(request.birthdate, today) if request.birthdate else None

        async def receive(once: IdempotentRequest | None) -> Visit:
            try:
                return await reception.unchecked(
                    request.cause,
                    birthdate,
                    request.insertion,
                    card_at_hand=request.card_at_hand,
                    once=once,
                )
            except CardExchanged as error:
                raise Problem(Catalogue.CARD_EXCHANGED) from error

        content = request.model_dump(mode="json")
        return await answers.once("/api/visits/unchecked", idempotency_key, content, receive)


def _add_records(routes: Routes, desk: Desk) -> None:
    store = desk.store

    @routes.get("/api/visits", summary="List today's visits, or those since a day, newest first")
    async def visits_of_today(since: Since = None) -> list[VisitState]:
        today = desk.clock.shown().today
        first = min(today, read_day(since)) if since else today

        def states() -> list[VisitState]:
            visits = store.of_days(first, today)
            owed = store.to_settle(visits)
            return [
                VisitState.of(one, store.previous_of(one), to_settle=owed.get(one.visit_id, ()))
                for one in visits
            ]

        return await read_aside(store.engine, states)

    @routes.get(
        "/api/visits/{visit_id}",
        summary="Read one visit",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def one_visit(visit_id: VisitId) -> VisitState:
        return await written(desk, await _find(desk, visit_id))

    @routes.get(
        "/api/visits/{visit_id}/app-text",
        summary="Read what the app of 資格確認限定型 copies of a visit (§3.8)",
        response_class=PlainTextResponse,
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def copied(visit_id: VisitId) -> PlainTextResponse:
        visit = await _find(desk, visit_id)
        text = app_text(visit, desk.settings.app_text_date_label) if copies_text(visit) else None
        if text is None:
            raise Problem(
                Catalogue.NOT_FOUND,
                "Only a clinic of the variant general_reader (資格確認限定型) copies such a text, "
                "of a visit to which OQS answered with a qualification.",
                japanese="コピーできる資格情報がありません。アプリの形式のコピーは、資格確認限定型の"
                "医療機関で資格が表示された受付だけにあります。",
            )
        return PlainTextResponse(text)

    @routes.put(
        "/api/visits/{visit_id}/shown",
        summary="Record what the patient shows, and by which way the visit is accepted",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.INVALID_NUMBER,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def record_shown(visit_id: VisitId, asked: ShownRequest) -> VisitState:
        shown = _shown(await _standing(desk, visit_id), asked)
        at = wall_clock()
        await asyncio.to_thread(lambda: store.record_shown(visit_id, shown, at))
        visit = await _find(desk, visit_id)
        desk.rechecking.wake()
        desk.changed(visit)
        return await written(desk, visit)

    @routes.put(
        "/api/visits/{visit_id}/birthdate",
        summary="Record the date of birth that the patient says; the share by age follows from it",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def record_birthdate(visit_id: VisitId, said: SaidBirthdate) -> VisitState:
        visit = await _standing(desk, visit_id)
        born = _birthdate(said.birthdate, visit.day, _BORN_AFTER_THE_VISIT)
        shown = replace(shown_of(visit), birthdate=born)
        at = wall_clock()
        await asyncio.to_thread(lambda: store.record_shown(visit_id, shown, at))
        visit = await _find(desk, visit_id)
        desk.rechecking.wake()
        desk.changed(visit)
        return await written(desk, visit)

    @routes.put(
        "/api/visits/{visit_id}/noted-name",
        summary="Note what the patient is called: a name, or the number of the 診察券",
        status_code=204,
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    async def note_name(visit_id: VisitId, noted: NotedName) -> Response:
        await _standing(desk, visit_id)
        name = noted.noted_name.strip()
        await asyncio.to_thread(lambda: store.note_name(visit_id, name))
        desk.changed(await _find(desk, visit_id))
        return Response(status_code=204)


def _add_charging(routes: Routes, desk: Desk) -> None:
    store = desk.store

    @routes.get(
        "/api/visits/{visit_id}/charge",
        summary="Reckon what the patient pays at the window for given points (P-074)",
        responses=problem_responses(Catalogue.NOT_FOUND, Catalogue.INVALID_REQUEST),
    )
    async def reckoned(visit_id: VisitId, points: TypedPoints) -> ChargeState:
        """Reckon by what the desk decided, and by what is confirmed of the visit since.

        What was checked by itself is reckoned as the visit that it was checked for.
        """
        visit, typed = await _find(desk, visit_id), _number_of(points)
        return ChargeState.of(charge_of(await _became_of(desk, visit), typed))

    @routes.put(
        "/api/visits/{visit_id}/settled",
        summary="精算済み: note that what the confirmation contradicts is put right",
        status_code=204,
        responses=problem_responses(
            Catalogue.NOT_FOUND, Catalogue.VISIT_WITHDRAWN, Catalogue.STORAGE_UNAVAILABLE
        ),
    )
    async def settle(visit_id: VisitId) -> Response:
        """Note it; a later confirmation that says something else opens it anew.

        Of what was checked by itself it is that of the visit that it was checked for.
        """
        standing = await _became_of(desk, await _standing(desk, visit_id))
        visit, at = standing.visit, wall_clock()
        confirming = standing.confirmed_by
        if confirming is None or not standing.contradictions:
            raise Problem(
                Catalogue.NOT_FOUND,
                f"Nothing is to be settled of visit {visit_id}.",
                japanese="この受付に、精算することはありません。",
            )
        settled = visit.settled | {one.key for one in standing.contradictions}
        shown = replace(shown_of(visit), settled=settled)
        await asyncio.to_thread(lambda: store.record_shown(visit.visit_id, shown, at))
        await asyncio.to_thread(lambda: store.end_news(confirming, at))
        desk.changed(await _find(desk, visit.visit_id))
        return Response(status_code=204)


def _add_catching_up(routes: Routes, desk: Desk) -> None:
    reception, store = desk.reception, desk.store

    @routes.get(
        "/api/visits/{visit_id}/pending",
        summary="Tell what is on its way to OQS for a visit's person (simulation only)",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def pending(visit_id: VisitId) -> PendingState:
        changes = await reception.pending(await _find(desk, visit_id))
        return PendingState.of(changes)

    @routes.get("/api/catch-up", summary="List who has to be checked again")
    async def catch_up() -> CatchUpList:
        today = desk.clock.shown().today
        entries, news = await read_aside(
            store.engine, lambda: (store.catch_up_list(), store.news())
        )
        return CatchUpList(
            waiting=tuple(CatchUpState.of(entry, today) for entry in entries),
            news=tuple(NewsState.of(found, standing) for found, standing in news),
        )

    @routes.put(
        "/api/catch-up/news/{visit_id}/seen",
        summary="Note that the desk has seen what was found out about earlier visits",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND, Catalogue.STORAGE_UNAVAILABLE),
    )
    async def see(visit_id: VisitId) -> Response:
        await _find(desk, visit_id)
        at = wall_clock()
        await asyncio.to_thread(lambda: store.automatic.see(visit_id, at))
        desk.lists_changed()
        return Response(status_code=204)

    @routes.put(
        "/api/catch-up/{visit_id}/given-up",
        summary="Have a visit wait no more in 再確認待ち, though nothing has confirmed it",
        status_code=204,
        responses=problem_responses(
            Catalogue.NOT_FOUND, Catalogue.INVALID_REQUEST, Catalogue.STORAGE_UNAVAILABLE
        ),
    )
    async def give_up(visit_id: VisitId) -> Response:
        """Its claim stays as it is. A later check that confirms its day still does so.

        Not on the day of the visit, on which most are still confirmed.
        """
        visit = await _find(desk, visit_id)
        came = await read_aside(store.engine, lambda: store.came_at(visit))
        now = await desk.clock.now()
        if now.astimezone(TOKYO).date() <= came.day:
            raise Problem(
                Catalogue.INVALID_REQUEST,
                f"Visit {visit_id} is of today; it can be given up from the next day on.",
                japanese="きょうの受付は、まだ再確認待ちから外せません。次の日から外せます。",
            )
        if not await asyncio.to_thread(lambda: store.stop_waiting(visit_id, now)):
            raise _not_waiting(visit_id)
        desk.lists_changed()
        return Response(status_code=204)

    @routes.delete(
        "/api/catch-up/{visit_id}/given-up",
        summary="Have a visit wait again that was given up",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND, Catalogue.STORAGE_UNAVAILABLE),
    )
    async def wait_again(visit_id: VisitId) -> Response:
        if not await asyncio.to_thread(lambda: store.wait_again(visit_id)):
            raise _not_waiting(visit_id)
        desk.brought_back()
        return Response(status_code=204)


def _not_waiting(visit_id: str) -> Problem:
    return Problem(
        Catalogue.NOT_FOUND,
        f"Visit {visit_id} is not in the list, or no more as the desk has found it.",
        japanese="再確認待ちが、画面を開いたときと変わっています。画面を開きなおしてください。",
    )


OF_A_RECORD = (Catalogue.STORAGE_UNAVAILABLE, *PROBLEMS)
OF_THE_LINE = (
    Catalogue.NO_CLIENT_CERTIFICATE,
    Catalogue.WRONG_CALLER,
    Catalogue.CHALLENGE_UNKNOWN,
    Catalogue.CHALLENGE_EXPIRED,
    Catalogue.CHALLENGE_OTHER_PURPOSE,
    Catalogue.CHALLENGE_USED,
    Catalogue.SIGNATURE_INVALID,
    Catalogue.OQS_FAILED,
)


def reader_problem(error: ReaderError) -> Problem:
    """Write an error of the reader as a problem; no member of it ever held a PIN."""
    status = error.status_word
    return Problem(
        Catalogue.READER,
        str(error),
        japanese=error.ja,
        kind=error.code,
        english=error.en,
        status_word=f"0x{status:04X}" if status is not None else None,
        attempts_remaining=error.attempts_remaining,
        next_step=error.next_step.value,
    )


async def _find(desk: Desk, visit_id: str) -> Visit:
    visit = await read_aside(desk.store.engine, lambda: desk.store.find(visit_id))
    if visit is None:
        raise Problem(Catalogue.NOT_FOUND, f"There is no visit {visit_id}.")
    return visit


async def _standing(desk: Desk, visit_id: str) -> Visit:
    visit = await _find(desk, visit_id)
    require_standing(visit)
    return visit


async def _became_of(desk: Desk, visit: Visit) -> VisitStanding:
    """Tell what became of a visit, or of that for which this one was checked by itself."""
    store = desk.store

    def standing() -> VisitStanding:
        return VisitList(store.engine).standings([store.came_at(visit)])[0]

    return await read_aside(store.engine, standing)


_BORN_LATER = Sentence(
    "生年月日が今日より後です。年・月・日を確かめてください。",
    "The date of birth lies after today. Check year, month and day.",
)
_BORN_AFTER_THE_VISIT = Sentence(
    "生年月日が受診日より後です。年・月・日を確かめてください。",
    "The date of birth lies after the day of the visit. Check year, month and day.",
)


def _birthdate(text: str, on: date, otherwise: Sentence = _BORN_LATER) -> date:
    birthdate = read_day(text)
    if birthdate > on:
        raise invalid(wrong_field("body.Birthdate", otherwise))
    return birthdate


def _shown(visit: Visit, asked: ShownRequest) -> Shown:
    """Read what is shown; a check by number of this visit is the answer on it (P-050)."""
    # Who has turned 75 since is of another insurer than the one on record (P-053).
    on_record = None if visit.case.ended_by_age else visit.coverage
    known = on_record.insurer_number if on_record else ""
    born = (
        _birthdate(asked.birthdate, visit.day, _BORN_AFTER_THE_VISIT)
        if asked.birthdate
        else visit.case.birthdate
    )
    presented = tuple(
        Presented(
            one.document,
            insurer.kind if (insurer := _insurer_of(one, known)) else None,
            read_day(one.expires_on) if one.expires_on else None,
            one.ratio,
            _validity_of(visit, one),
            _is_current(visit, one),
            one.self_pay_amount,
            one.special_expenses,
            undated=one.undated and not one.expires_on,
            insurer_number=str(insurer) if insurer and one.insurer_number.strip() else "",
            insured=_insured(one, insurer),
        )
        for one in asked.presented
    )
    for place, paper in enumerate(presented):
        is_ticket = paper.document is DocumentKind.MEDICAL_TICKET
        if not is_ticket and is_office_number(paper.insurer_number):
            raise _wrong("body.InsurerNumber", _ON_TICKETS_ONLY)
        if paper.insurer_number and too_young(paper, born, visit.day):
            raise _wrong("body.InsurerNumber", NOT_BEFORE_65)
        wrong = impossible_ratio(paper.ratio, born, visit.day, late_elderly=paper.late_elderly)
        if wrong is not None:
            raise invalid(wrong_field(f"body.Presented.{place}.Ratio", wrong))
    return Shown(
        presented,
        asked.says_unchanged,
        # What was refused at the reader stays tried, whatever is shown instead.
        frozenset(asked.not_at_hand)
        | (visit.case.ruled_out & {FallbackOptionId.REGISTER_ON_THE_SPOT}),
        asked.card_at_hand,
        born,
        assisted=shown_of(visit).assisted,
    )


_ENOUGH_ALONE = {
    DocumentKind.CERTIFICATE,
    DocumentKind.OLD_CARD,
    DocumentKind.SHORT_TERM_CARD,
    DocumentKind.LATE_ELDERLY_CARD,
}
"""Papers of an insurer that carry a visit by themselves, and have to be repaid if it has ended."""


def _is_current(visit: Visit, one: ShownDocument) -> bool:
    """Tell whether a paper is of the current insurer: as was asked, else as its number says."""
    if one.current is not None:
        return one.current and not _is_of_ended(visit, one)
    ended = {coverage.insurer_number for coverage in ended_coverages(visit)}
    if one.insurer_number:
        return str(_insurer(one.insurer_number)) not in ended
    return not ended or one.document not in _ENOUGH_ALONE


def _is_of_ended(visit: Visit, one: ShownDocument) -> bool:
    """Tell whether a paper has the very number of an eligibility that has ended."""
    number = to_half_width(one.insured_identification_number)
    if not number or not one.insurer_number.strip():
        return False
    insurer = str(_insurer(one.insurer_number))
    return any(
        (each.insurer_number, to_half_width(each.number)) == (insurer, number)
        for each in ended_coverages(visit)
    )


def _validity_of(visit: Visit, one: ShownDocument) -> QualificationValidity | None:
    """Return what the check by number says of a paper: of another insurer's it says nothing."""
    said = one.current is not None or one.insurer_number
    of_another = said and _is_current(visit, one) and ended_coverages(visit)
    if not visit.channel.by_number or of_another:
        return None
    return visit.case.validity


def _insurer_of(shown: ShownDocument, known: str) -> InsurerNumber | None:
    """Return the insurer whose number is printed, else that of the known qualification."""
    number = shown.insurer_number.strip() or known
    return _insurer(number) if number else None


_INDIVIDUAL_DIGITS = 12
_IS_INDIVIDUAL_NUMBER = Sentence(
    "個人番号（マイナンバー）のようです。書きとめません。書類の記号・番号を入れてください。",
    "This looks like an individual number, which is never written down. Enter the document's own.",
)


def _insured(shown: ShownDocument, insurer: InsurerNumber | None) -> InsuredNumber | None:
    """Read 記号・番号・枝番 as printed; None where nothing of them was written down."""
    symbol, number = shown.insured_card_symbol, shown.insured_identification_number
    branch = shown.insured_branch_number.strip()
    if not (symbol.strip() or number.strip() or branch):
        return None
    if not number.strip():
        raise _wrong("body.InsuredIdentificationNumber", _NUMBER_MISSING)
    if not shown.insurer_number.strip():
        raise _wrong("body.InsurerNumber", _INSURER_MISSING)
    plain = to_half_width(number)
    if len(plain) == _INDIVIDUAL_DIGITS and only_digits(plain):
        raise _wrong("body.InsuredIdentificationNumber", _IS_INDIVIDUAL_NUMBER)
    try:
        return InsuredNumber.parse(symbol, number, branch, insurer.kind if insurer else None)
    except InvalidNumber as error:
        field = "Branch" if "枝番" in error.text.ja else "Identification"
        raise _wrong(f"body.Insured{field}Number", error.text) from error


_NUMBER_MISSING = Sentence("番号を入れてください。", "Enter the number.")
_ON_TICKETS_ONLY = Sentence(
    "12で始まる8桁は福祉事務所の公費負担者番号で、医療券・調剤券だけにあります。保険者番号を確かめてください。"
    "医療券なら「医療券・調剤券」で受け付けます。",
    "8 digits that begin with 12 are the number of a welfare office, which only a medical ticket "
    "has. Check the insurer number, or receive the patient by their medical ticket.",
)
"""P-032."""
_INSURER_MISSING = Sentence("保険者番号も入れてください。", "Enter the insurer's number as well.")
_BRANCH_OF_DIGITS = Sentence(
    "枝番は2桁の数字です。書かれていなければ、空欄にしてください。",
    "The branch is two digits. Leave it empty where none is printed.",
)


def _number_faults(typed: Mapping[str, Any], on: date) -> list[dict[str, str]]:
    """Say of each field of a check by number what its rule has against it, as it was typed."""
    faults: dict[str, Sentence] = {}
    insurer, number, branch = (
        typed.get(name)
        for name in ("InsurerNumber", "InsuredIdentificationNumber", "InsuredBranchNumber")
    )
    kind: InsurerKind | None = None
    if isinstance(insurer, str):
        try:
            kind = InsurerNumber.parse(insurer).kind
        except InvalidNumber as error:
            faults["InsurerNumber"] = error.text
    if isinstance(number, str) and not number.strip():
        faults["InsuredIdentificationNumber"] = _NUMBER_MISSING
    half = to_half_width(branch) if isinstance(branch, str) else ""
    if half and not only_digits(half):
        faults["InsuredBranchNumber"] = _BRANCH_OF_DIGITS
    born = readable_day(typed.get("Birthdate"))
    if born is not None and born > on:
        faults["Birthdate"] = _BORN_LATER
    elif begins_later(kind, born, on):
        faults["InsurerNumber"] = NOT_BEFORE_65
    return [wrong_field(f"body.{name}", why) for name, why in faults.items()]


def _asked(request: NumberVisitRequest, on: date) -> QualificationConfirmSearchInfo:
    faults = _number_faults(request.model_dump(by_alias=True), on)
    if faults:
        numbers = any(one["field"] != "body.Birthdate" for one in faults)
        raise invalid(
            *faults, entry=Catalogue.INVALID_NUMBER if numbers else Catalogue.INVALID_REQUEST
        )
    insurer = InsurerNumber.parse(request.insurer_number)
    branch = to_half_width(request.insured_branch_number)
    return QualificationConfirmSearchInfo(
        insurer_number=str(insurer),
        insured_card_symbol=request.insured_card_symbol.strip() or None,
        insured_identification_number=request.insured_identification_number.strip(),
        insured_branch_number=branch or None,
        birthdate=request.birthdate,
        limit_application_certificate_related_cons_flg=(
            request.limit_application_certificate_related_cons_flg
        ),
    )


def _insurer(number: str) -> InsurerNumber:
    try:
        return InsurerNumber.parse(number)
    except InvalidNumber as error:
        raise _wrong("body.InsurerNumber", error.text) from error


def _wrong(field: str, why: Sentence) -> Problem:
    return invalid(wrong_field(field, why), entry=Catalogue.INVALID_NUMBER)
