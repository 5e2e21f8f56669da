"""The declaration of a visit: written, read, printed, deleted."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Annotated, Any, Self

from fastapi import Path, Response
from pydantic import Field, Strict, field_validator

from clinic_client.api.own_words import without_individual_number
from clinic_client.declaration.draft import DeclarationDraft, may_declare, prefilled
from clinic_client.declaration.paper import print_declaration
from clinic_client.visits.refusals import require_standing
from clinic_client.visits.shown import Shown, shown_of
from eligibility.cost.burden import impossible_ratio
from eligibility.days.dates import japanese_date
from eligibility.documents.kinds import DocumentKind
from eligibility.identifiers.numbers import InsurerKind
from eligibility.reception.declaration import kept_until
from eligibility.reception.presented import Presented, begins_later, ends_at_75
from eligibility.sentence import Sentence
from wire.catalogue import Catalogue, Problem
from wire.clock import wall_clock
from wire.dates import read_day, write_day_or_none
from wire.forms.typed_day import WrittenByHand, readable_day  # pydantic reads it at run time
from wire.serving.access import CONSOLE, Routes
from wire.serving.problem_http import invalid, problem_responses, with_rules, wrong_field
from wire.vocabulary.codes import Day, Sex
from wire.vocabulary.element import Element
from wire.vocabulary.texts import Line, Reference, ShortLine, Truth

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from clinic_client.declaration.draft import KeptDeclaration
    from clinic_client.reception.desk import Desk
    from clinic_client.visits.visit import Visit
    from wire.serving.problem_http import RulesOfForm

VisitId = Annotated[Reference, Path()]


class DeclarationContent(Element):
    """What is declared, as far as it is known; all else is empty, or null."""

    name: Line = ""
    birthdate: Day | None = None
    sex1: Sex | None = None
    address: Line = ""
    telephone: ShortLine = ""
    insurer_kind: InsurerKind | None = None
    """保険種別; null is わからない."""
    insurer_name: Line = ""
    workplace: Line = ""
    """事業所名."""
    given_when: Line = ""
    """When the insurance began or its last document was issued, in the patient's words."""
    ratio: Annotated[int, Strict(), Field(ge=1, le=3)] | None = None
    """一部負担金の割合 in tenths; null is わからない."""


class DeclarationRequest(DeclarationContent):
    """What is declared."""

    _own_words = field_validator(
        "name", "address", "telephone", "insurer_name", "workplace", "given_when"
    )(without_individual_number)
    birthdate: WrittenByHand | None = None
    accept: Truth = False
    """Whether the visit is accepted by it, signed on paper or agreed to on the screen."""


class DeclarationState(Element):
    """The declaration of a visit."""

    visit_id: str
    content: DeclarationContent | None
    """As it is kept; prefilled from the visit where none was written yet; null once deleted."""
    kept: bool
    kept_until: Day | None
    """The last day on which it is kept; it is deleted before when the payment is confirmed."""
    deleted: bool

    @classmethod
    def of(cls, visit: Visit, kept: KeptDeclaration | None) -> Self:
        """Write what is kept, or what the visit knows."""
        draft = kept.draft if kept else prefilled(visit)
        return cls(
            visit_id=visit.visit_id,
            content=_content(draft) if draft else None,
            kept=bool(kept and kept.draft),
            kept_until=write_day_or_none(kept.kept_until) if kept else None,
            deleted=bool(kept and not kept.draft),
        )


def router(desk: Desk) -> Routes:
    """Return the routes of declarations."""
    routes = Routes(CONSOLE, tags=["受付"])
    store = desk.store

    @routes.get(
        "/api/visits/{visit_id}/declaration",
        summary="Read a visit's declaration, or what the visit knows for one",
        responses=problem_responses(Catalogue.NOT_FOUND),
    )
    async def read(visit_id: VisitId) -> DeclarationState:
        visit, kept = await desk.find_declaration(visit_id)
        return DeclarationState.of(visit, kept)

    @routes.put(
        "/api/visits/{visit_id}/declaration",
        summary="Keep what the patient declares, and accept the visit by it",
        responses=problem_responses(
            Catalogue.NOT_FOUND,
            Catalogue.VISIT_WITHDRAWN,
            Catalogue.INVALID_REQUEST,
            Catalogue.STORAGE_UNAVAILABLE,
        ),
    )
    @with_rules(_rules(desk))
    async def write(visit_id: VisitId, declared: DeclarationRequest) -> DeclarationState:
        visit, _ = await desk.find_declaration(visit_id)
        draft = _draft(declared)
        _check(visit, declared)
        accepted = _accepted(visit, draft) if declared.accept else None
        until, now = kept_until(visit.day, desk.settings.declaration_kept_months), wall_clock()
        _check_kept(until, desk.clock.shown().today)

        def keep() -> None:
            store.declarations.write(visit_id, draft, until, now)
            if draft.name and visit.patient is None and not visit.noted_name:
                store.note_name(visit_id, draft.name[:60])
            if accepted is not None:
                store.record_shown(visit_id, accepted, now)

        await asyncio.to_thread(keep)
        visit, kept = await desk.find_declaration(visit_id)
        desk.changed(visit)
        return DeclarationState.of(visit, kept)

    @routes.delete(
        "/api/visits/{visit_id}/declaration",
        summary="Delete a visit's declaration, as the payment is confirmed",
        status_code=204,
        responses=problem_responses(Catalogue.NOT_FOUND, Catalogue.STORAGE_UNAVAILABLE),
    )
    async def discard(visit_id: VisitId) -> Response:
        visit, _ = await desk.find_declaration(visit_id)
        now = wall_clock()
        if not await asyncio.to_thread(lambda: store.declarations.discard(visit_id, now)):
            raise Problem(Catalogue.NOT_FOUND, f"Visit {visit_id} has no declaration.")
        desk.changed(visit)
        return Response(status_code=204)

    @routes.get(
        "/api/visits/{visit_id}/declaration.pdf",
        summary="A visit's declaration as a PDF, to be printed and signed",
        response_class=Response,
        responses={
            200: {"content": {"application/pdf": {}}, "description": "The declaration."},
            **problem_responses(
                Catalogue.NOT_FOUND, Catalogue.CHARACTER_NOT_PRINTABLE, Catalogue.FONT_MISSING
            ),
        },
    )
    async def pdf(visit_id: VisitId) -> Response:
        visit, kept = await desk.find_declaration(visit_id)
        draft = kept.draft if kept else prefilled(visit)
        if draft is None or not may_declare(visit):
            raise Problem(Catalogue.NOT_FOUND, f"Visit {visit_id} has no declaration.")
        content = await asyncio.to_thread(
            print_declaration, draft, visit.day, desk.settings.institution_name
        )
        name = f'inline; filename="declaration-{visit_id}.pdf"'
        headers = {"Content-Disposition": name, "Cache-Control": "no-store"}
        return Response(content, media_type="application/pdf", headers=headers)

    return routes


def _rules(desk: Desk) -> RulesOfForm:
    async def rules(path: Mapping[str, Any], body: Mapping[str, Any]) -> list[dict[str, str]]:
        visit, _ = await desk.find_declaration(path["visit_id"])
        return _faults(body, visit.day)

    return rules


def _draft(declared: DeclarationRequest) -> DeclarationDraft:
    return DeclarationDraft(
        name=declared.name.strip(),
        birthdate=declared.birthdate or "",
        sex=declared.sex1.value if declared.sex1 else "",
        address=declared.address.strip(),
        telephone=declared.telephone.strip(),
        insurer_kind=declared.insurer_kind,
        insurer_name=declared.insurer_name.strip(),
        workplace=declared.workplace.strip(),
        given_when=declared.given_when.strip(),
        ratio=declared.ratio,
    )


def _content(draft: DeclarationDraft) -> DeclarationContent:
    return DeclarationContent(
        name=draft.name,
        birthdate=draft.birthdate or None,
        sex1=Sex(draft.sex) if draft.sex else None,
        address=draft.address,
        telephone=draft.telephone,
        insurer_kind=draft.insurer_kind,
        insurer_name=draft.insurer_name,
        workplace=draft.workplace,
        given_when=draft.given_when,
        ratio=draft.ratio,
    )


_BORN_LATER = Sentence(
    "生年月日が受診日より後です。年・月・日を確かめてください。",
    "The date of birth lies after the visit. Check year, month and day.",
)


_KINDS = frozenset(InsurerKind)
_LATE_ELDERLY = Sentence(
    "75歳からは後期高齢者医療です。保険の種類と生年月日を確かめてください。",
    "From 75 on it is 後期高齢者医療. Check the kind of insurance and the date of birth.",
)
_NOT_BEFORE_65 = Sentence(
    "後期高齢者医療は75歳からで、障害認定でも65歳からです。保険の種類と生年月日を確かめてください。",
    "後期高齢者医療 is from 75 on, and from 65 by disability. Check the kind of insurance and the "
    "date of birth.",
)
"""P-053."""


def _check(visit: Visit, declared: DeclarationRequest) -> None:
    """Refuse what must not be written down."""
    require_standing(visit)
    if not may_declare(visit):
        raise Problem(
            Catalogue.INVALID_REQUEST,
            "No declaration is taken at this visit: it is confirmed, the card is not at hand, "
            "or the person is protected.",
            japanese="この受付では申立書を使いません。資格が確認できているか、カードが手元にないか、"
            "書きとめてはいけない方です。カードがあれば、受付の画面で「カードも手元にある」を押します。",
            english="No declaration is taken here: all is confirmed, the card is not at hand, or "
            "the person is protected. With the card, say at the desk that it is at hand too.",
        )
    faults = _faults(declared.model_dump(by_alias=True), visit.day)
    if faults:
        raise invalid(*faults)


def _faults(typed: Mapping[str, Any], on: date) -> list[dict[str, str]]:
    """Say of each field what must not be written down, or is missing, as it was typed."""
    faults: dict[str, Sentence] = {}
    if typed.get("Accept") is True:
        faults |= {
            name: why
            for name, why in _AS_ON_THE_CARD.items()
            if not str(typed.get(name) or "").strip()
        }
    born = readable_day(typed.get("Birthdate"))
    if born is not None and born > on:
        faults["Birthdate"] = _BORN_LATER
    elif born is not None and typed.get("Accept") is True:
        ratio, named = typed.get("Ratio"), typed.get("InsurerKind")
        kind = InsurerKind(named) if isinstance(named, str) and named in _KINDS else None
        late_elderly = kind is InsurerKind.KOUKI
        wrong = (
            impossible_ratio(ratio, born, on, late_elderly=late_elderly)
            if isinstance(ratio, int)
            else None
        )
        faults |= {} if wrong is None else {"Ratio": wrong}
        if kind is not None and ends_at_75(kind, born, on):
            faults["InsurerKind"] = _LATE_ELDERLY
        elif begins_later(kind, born, on):
            faults["InsurerKind"] = _NOT_BEFORE_65
    return [wrong_field(f"body.{name}", why) for name, why in faults.items()]


_AS_ON_THE_CARD = {
    name: Sentence(f"{ja}は、カードのとおりに書いてください。", f"Write the {en} as on the card.")
    for name, ja, en in (
        ("Name", "氏名", "name"),
        ("Birthdate", "生年月日", "date of birth"),
        ("Sex1", "性別", "sex"),
        ("Address", "住所", "address"),
    )
}
"""券面4項目."""


def _check_kept(until: date, today: date) -> None:
    """Refuse what would be deleted at once, as the days in which it is kept are over."""
    if today <= until:
        return
    raise Problem(
        Catalogue.INVALID_REQUEST,
        f"Declarations of the visit were kept until {until.isoformat()}; one that is written now "
        "would be deleted at once.",
        japanese=f"この受付の申立書の保管期限は{japanese_date(until)}で、過ぎました。いま書いても保管されず、"
        "すぐに廃棄されます。必要なら、きょうの受付で書いてください。",
        english=f"Declarations of this visit were kept until {until.isoformat()}. What is written "
        "now would be deleted at once; write one at today's visit where it is needed.",
    )


def _accepted(visit: Visit, draft: DeclarationDraft) -> Shown:
    # What the patient does not know is not declared: the share follows from the age then.
    ratio = draft.declared().declared_ratio(visit.day) if draft.ratio is not None else None
    return Shown(
        (Presented(DocumentKind.DECLARATION, draft.insurer_kind, ratio=ratio),),
        card_at_hand=visit.case.card_at_hand,
        birthdate=read_day(draft.birthdate),
        assisted=shown_of(visit).assisted,
    )
