"""What a member has in hand, and what is to be done with it; what the insurer's window sees."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from eligibility.documents import Disposal, DocumentKind, Occasion
from eligibility.documents.document_policy import DualHolding
from intermediate_server.counter.holdings import Holding, holdings
from intermediate_server.documents.document import (
    Document,
    DocumentEvent,
    EventKind,
    RegisteredDocument,
)
from intermediate_server.policies import PolicyBook
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.person import CardStanding
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.documents.test_document_issuance import (
    ask,
    client_of,
    documents,
    give_card,
    register_use,
)
from tests.intermediate_server.procedures.test_procedure_kinds import (
    JOIN,
    LEAVE,
    POLICIES,
    Desk,
    procedure,
)

REGISTERED = CardStanding(registered=True, certificate_expires_on=date(2030, 2, 17))
ISSUED_ON = {DocumentKind.OLD_CARD: date(2024, 8, 1)}


def held(
    kind: DocumentKind,
    today: date,
    *events: DocumentEvent,
    desk: Desk | None = None,
    card: CardStanding | None = None,
    with_registration: DualHolding | None = None,
    occasion: Occasion = Occasion.JOINED,
    rules: tuple[str, ...] = (),
) -> Holding | None:
    """Return what is to be done with a document of a member of Mogami."""
    if desk is None:
        desk = Desk()
        desk.file(JOIN._replace(filed_on=date(2024, 4, 1), qualified_on=date(2024, 4, 1)))
    issued_on = ISSUED_ON.get(kind, date(2026, 8, 1))
    one = Document(
        "P1", 1, 1, MOGAMI, occasion, kind, "", rules, issued_on,
        issued_on=issued_on,
        expires_on=date(2027, 7, 31) if kind is DocumentKind.CERTIFICATE else None,
    )  # fmt: skip
    policies = POLICIES
    if with_registration is not None:
        policies = PolicyBook(
            tuple(
                replace(
                    policy,
                    documents=replace(
                        policy.documents,
                        certificate=replace(
                            policy.documents.certificate, with_registration=with_registration
                        ),
                    ),
                )
                for policy in POLICIES
            )
        )
    found = holdings(desk.history, [RegisteredDocument(one, events)], policies, today, card)
    return found[0] if found else None


def disposal(*asked: Any, **options: Any) -> Disposal | None:
    one = held(*asked, **options)
    return one.disposal if one else None


def changed(kind: ProcedureKind, filed_on: date, **fields: Any) -> Desk:
    desk = Desk()
    desk.file(JOIN._replace(filed_on=date(2024, 4, 1), qualified_on=date(2024, 4, 1)))
    if kind in {ProcedureKind.NAME, ProcedureKind.ADDRESS}:
        fields.setdefault(kind.value, "ほかの県" if kind is ProcedureKind.ADDRESS else "別　花子")
    desk.file(procedure(kind, filed_on=filed_on, **fields))
    return desk


@pytest.mark.rules("R-001", "R-002", "R-004", "R-009")
def test_an_old_card_stays_until_its_last_day_and_is_then_destroyed() -> None:
    assert disposal(DocumentKind.OLD_CARD, date(2025, 7, 31), card=REGISTERED) is Disposal.KEEP
    assert disposal(DocumentKind.OLD_CARD, date(2025, 8, 1)) is Disposal.DESTROY


@pytest.mark.rules("R-056", "R-159")
@pytest.mark.parametrize(
    ("kind", "asked"),
    [(DocumentKind.CERTIFICATE, Disposal.RETURN), (DocumentKind.NOTICE, Disposal.DESTROY)],
)
def test_a_paper_is_asked_back_once_another_says_who_pays_all_first(
    kind: DocumentKind, asked: Disposal
) -> None:
    desk = Desk()
    desk.file(JOIN._replace(filed_on=date(2024, 4, 1), qualified_on=date(2024, 4, 1)))
    marked = desk.file(procedure(ProcedureKind.ARREARS))
    seen_from = marked.filing.reflected_on
    assert disposal(kind, seen_from - timedelta(days=1), desk=desk) is Disposal.KEEP
    assert disposal(kind, seen_from, desk=desk) is asked
    desk.now += timedelta(days=30)
    desk.file(procedure(ProcedureKind.ARREARS, on=False))
    assert disposal(kind, date(2027, 3, 1), desk=desk) is Disposal.KEEP, "it says what is so again"


@pytest.mark.rules("R-003")
@pytest.mark.parametrize("kind", [ProcedureKind.NAME, ProcedureKind.ADDRESS])
def test_a_change_of_name_or_address_collects_an_old_card(kind: ProcedureKind) -> None:
    desk = changed(kind, date(2025, 3, 1))
    one = held(DocumentKind.OLD_CARD, date(2025, 3, 1), desk=desk)
    assert one is not None
    assert (one.disposal, one.rules) == (Disposal.RETURN, ("R-003",))


@pytest.mark.rules("R-003", "R-004", "R-008")
@pytest.mark.parametrize(
    ("left_on", "wanted"),
    [(date(2025, 7, 31), Disposal.RETURN), (date(2025, 8, 1), Disposal.DESTROY)],
)
def test_who_leaves_hands_in_an_old_card_that_is_in_force(left_on: date, wanted: Disposal) -> None:
    desk = changed(
        ProcedureKind.LEAVE, left_on, disqualified_on=left_on,
        reason_of_loss=LEAVE.reason_of_loss,
    )  # fmt: skip
    one = held(DocumentKind.OLD_CARD, left_on, desk=desk)
    assert one is not None
    assert one.disposal is wanted
    assert one.why is not None
    assert one.why.ja == "資格を喪失しました。"
    before = held(DocumentKind.OLD_CARD, left_on - timedelta(days=1), desk=desk)
    assert before is not None
    assert before.why is not None
    assert before.why.ja == "資格を喪失します。"


@pytest.mark.rules("R-005", "R-007")
@pytest.mark.parametrize(
    ("found_on", "wanted"),
    [(date(2025, 12, 2), Disposal.RETURN), (date(2025, 12, 3), Disposal.DESTROY)],
)
def test_a_lost_old_card_that_turns_up_goes_back_until_2_december_2025(
    found_on: date, wanted: Disposal
) -> None:
    lost = DocumentEvent(1, EventKind.LOST, date(2025, 1, 10))
    assert held(DocumentKind.OLD_CARD, found_on, lost) is None, "nobody holds what is lost"
    found = DocumentEvent(1, EventKind.FOUND, found_on)
    assert disposal(DocumentKind.OLD_CARD, found_on, lost, found) is wanted


@pytest.mark.rules("R-049", "R-052", "R-053", "PP-10")
def test_a_certificate_goes_back_on_leaving_unless_it_has_expired() -> None:
    desk = changed(
        ProcedureKind.LEAVE, date(2026, 11, 16), disqualified_on=date(2026, 11, 16),
        reason_of_loss=LEAVE.reason_of_loss,
    )  # fmt: skip
    today = date(2026, 11, 16)
    assert disposal(DocumentKind.CERTIFICATE, today, desk=desk) is Disposal.RETURN
    assert disposal(DocumentKind.CERTIFICATE, date(2027, 8, 1)) is Disposal.DESTROY
    back = DocumentEvent(1, EventKind.GIVEN_BACK, today)
    assert held(DocumentKind.CERTIFICATE, today, back, desk=desk) is None


@pytest.mark.rules("R-078")
def test_a_notice_is_never_asked_back() -> None:
    desk = changed(
        ProcedureKind.LEAVE, date(2026, 11, 16), disqualified_on=date(2026, 11, 16),
        reason_of_loss=LEAVE.reason_of_loss,
    )  # fmt: skip
    assert disposal(DocumentKind.NOTICE, date(2026, 11, 16), desk=desk) is Disposal.DESTROY


@pytest.mark.rules("PP-12", "R-050")
@pytest.mark.parametrize(
    ("way", "wanted"),
    [
        (DualHolding.TOLERATED, Disposal.KEEP),
        (DualHolding.EMERGENCY_ONLY, Disposal.KEEP),
        (DualHolding.RETURNED, Disposal.RETURN),
        (DualHolding.FORBIDDEN, Disposal.RETURN),
    ],
)
def test_who_registers_later_keeps_the_certificate_or_gives_it_back_as_the_insurer_says(
    way: DualHolding, wanted: Disposal
) -> None:
    kind, today = DocumentKind.CERTIFICATE, date(2026, 11, 16)
    assert disposal(kind, today, card=REGISTERED, with_registration=way) is wanted
    assert disposal(kind, today, card=CardStanding(), with_registration=way) is Disposal.KEEP
    emergency = disposal(
        kind, today, card=REGISTERED, with_registration=way, occasion=Occasion.CARD_LOST
    )
    assert emergency is Disposal.KEEP, "it was given to one who has registered"
    renewed = disposal(
        kind, today, card=REGISTERED, with_registration=way,
        occasion=Occasion.RENEWAL, rules=("R-046", "P-063"),
    )  # fmt: skip
    assert renewed is Disposal.KEEP, "so was the one that it renews"


# --- at the window ---


def standing(deployment: Any, insurer: str = MOGAMI) -> Any:
    query = {"InsurerNumber": insurer, "IndividualNumber": individual_number(1)}
    return client_of(deployment, insurer).post("/members/standing", json=query)


@pytest.fixture
def member(deployment: Any) -> Any:
    deployment.reference = deployment.register()
    deployment.file()
    return deployment


@pytest.mark.rules("R-020", "R-021", "R-022", "R-023", "R-031", "X-01")
def test_the_window_says_how_the_registration_stands_and_where_the_person_registers(
    member: Any,
) -> None:
    without = standing(member).json()["Registration"]
    assert without["State"] == "unregistered"
    assert "Places" not in without
    give_card(member)
    seen = standing(member).json()["Registration"]
    assert [one["Channel"] for one in seen["Places"]] == ["portal", "reader", "atm"]
    assert [one["Refusal"] for one in seen["Places"]] == [seen["Places"][0]["Refusal"]] * 3
    member.advance(BusinessDays=3).raise_for_status()
    seen = standing(member).json()["Registration"]
    assert all("Refusal" not in one for one in seen["Places"])
    assert "登録は本人が" in seen["Sentences"][0]
    page = member.pages.get(f"/persons/{member.reference}").text
    assert "登録は本人が" in page


@pytest.mark.rules("R-026", "R-030", "R-031")
def test_a_release_on_its_way_is_seen_until_its_day_and_the_card_can_be_registered_again(
    member: Any,
) -> None:
    give_card(member)
    register_use(member, member.reference)
    assert standing(member).json()["Registration"]["State"] == "registered"
    member.file(Kind="release_use", PapersWithPhoto="1")  # while joining is on its way
    asked = standing(member).json()["Registration"]
    assert (asked["State"], asked["ReleasedFrom"]) == ("release_requested", "20270216")
    member.advance(To="2027-02-16T09:00:00+09:00").raise_for_status()
    after = standing(member).json()["Registration"]
    assert after["State"] == "unregistered"
    assert all("Refusal" not in one for one in after["Places"])


def test_a_window_sees_its_own_members_and_their_papers_of_its_own_only(member: Any) -> None:
    assert standing(member, TSUCHIURA).json()["code"] == "SIM-PROCEDURE-REFUSED"
    (one,) = standing(member).json()["Documents"]
    assert (one["Document"]["Kind"], one["Disposal"]) == ("certificate", "keep")
    member.file(Kind="leave", DisqualificationDate="20261116", ReasonOfLoss="03")
    (one,) = standing(member).json()["Documents"]
    assert one["Disposal"] == "return"
    assert "返却してください" in one["Why"]
    assert "返却してください" in member.pages.get(f"/persons/{member.reference}").text
    log = member.pages.get(f"/readings?Person={member.reference}").text
    assert "個人の画面" in log


def test_what_is_found_is_noted_on_the_page_and_answered_with_what_to_do(member: Any) -> None:
    for event in ("lost", "found"):
        path = f"/persons/{member.reference}/documents/1"
        assert member.pages.post(path, data={"Event": event}).status_code == 303
    page = member.pages.get(f"/persons/{member.reference}").text
    assert "紛失" in page
    assert "発見" in page


# --- the notice ---


@pytest.mark.rules("R-076", "R-079")
def test_who_cannot_log_in_gets_the_notice_also_where_the_portal_would_replace_it(
    deployment: Any,
) -> None:
    reference = deployment.register()
    give_card(deployment)
    register_use(deployment, reference)
    deployment.file("06990014", FiledOn="20261101")
    assert documents(ask(deployment, "cannot_log_in", "06990014")) == []
    made = ask(deployment, "cannot_log_in", "06990014").json()
    assert (made["Kind"], made["Occasion"]) == ("notice", "cannot_log_in")
    assert "ログインできない" in made["Reason"]
