"""記号・番号 that change, and a child that gets its 個人番号: one membership, seen once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import pytest

import intermediate_server.store
from eligibility.days.dates import TOKYO
from eligibility.identifiers.numbers import IndividualNumber
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.procedures.memberships import newest, pending_release
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES, Databases
from tests.intermediate_server.conftest import MOGAMI, TERMINAL, individual_number
from tests.intermediate_server.procedures.test_procedure_kinds import (
    JOIN,
    LEAVE,
    MONDAY,
    Desk,
    day,
    desk_of_70,
    procedure,
)
from wire.vocabulary.changes import RegistrationOrder

if TYPE_CHECKING:
    from intermediate_server.procedures.procedure import Procedure

NEW_KEY = ("990010", "最上", "77", "01")
RENUMBER = procedure(ProcedureKind.RENUMBER, new_number="77")


@pytest.fixture
def desk() -> Desk:
    made = Desk()
    made.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    return made


def seen(desk: Desk, on: Any) -> dict[Any, bool]:
    """Tell which numbers are in force at OQS at an instant."""
    known = newest([one for one in desk.history if one.visible_from <= on])
    return {number: entry.qualification.active(on.date()) for number, entry in known.items()}


@pytest.mark.rules("C-008")
def test_a_membership_goes_on_under_its_new_number_from_the_day_of_visibility(desk: Desk) -> None:
    made = desk.file(RENUMBER)
    assert made.number == NEW_KEY
    assert made.qualification.qualified_on == date(2026, 4, 1), "the membership is the same"
    assert made.visible_from == day(11, 19)
    old = desk.history[0].number
    assert seen(desk, day(11, 18)) == {old: True}
    assert seen(desk, day(11, 19)) == {old: False, NEW_KEY: True}


def test_what_is_on_its_way_goes_along_a_release_too() -> None:
    desk = desk_of_70()
    desk.file(procedure(ProcedureKind.RATIO, ratio="020", effective_on=date(2027, 1, 1)))
    desk.file(procedure(ProcedureKind.RELEASE_USE))
    desk.file(RENUMBER)
    later = [one for one in desk.history if one.number == NEW_KEY]
    assert [(one.ratio, one.visible_from) for one in later] == [
        ("030", day(11, 19)), ("020", day(1, 1, 2027)), ("020", day(2, 16, 2027)),
    ]  # fmt: skip
    pending = pending_release(desk.history, desk.now)
    assert pending is not None
    assert pending.number == NEW_KEY


def test_the_same_number_or_one_that_the_person_has_is_refused(desk: Desk) -> None:
    assert "the one on record" in desk.refused(RENUMBER._replace(new_number="1"))
    desk.file(RENUMBER)
    back = RENUMBER._replace(number="77", new_number="1")
    assert desk.file(back).number[2] == "1", "the old number was given up, and may come back"


def at_oqs(desk: Desk, on: datetime) -> dict[str, Any]:
    """Return what OQS knows at an instant of each 番号: the highest version that is seen."""
    return {one.number[2]: one for one in sorted(desk.history, key=attrgetter("version"))
            if one.visible_from <= on}  # fmt: skip


def test_a_number_does_not_change_on_a_day_to_come(desk: Desk) -> None:
    ahead = RENUMBER._replace(effective_on=date(2026, 11, 17))
    assert "on the day from which the new one is used" in desk.refused(ahead)
    assert desk.file(ahead._replace(effective_on=date(2026, 11, 16))).visible_from == day(11, 19)


@pytest.mark.rules("P-030")
@pytest.mark.parametrize(
    "filed",
    [
        {"kind": ProcedureKind.JLIS_MISMATCH, "reason": "別人"},
        {"kind": ProcedureKind.LAST_FOUR, "last_four": "9999"},
    ],
)
def test_a_view_that_is_stopped_is_so_at_once_under_the_number_that_is_seen(
    desk: Desk, filed: dict[str, Any]
) -> None:
    desk.file(RENUMBER)
    made = desk.file(procedure(**filed)._replace(number="77"))
    assert made.number == NEW_KEY
    before, after = at_oqs(desk, MONDAY), at_oqs(desk, day(11, 19))
    assert before["1"].marks.view_stopped
    assert "77" not in before, "the new number is not seen before its day"
    assert after["1"].qualification.never_was
    assert after["77"].marks.view_stopped
    assert not after["77"].qualification.never_was


def test_a_loss_that_shows_before_the_number_changes_is_seen_under_the_old_one(desk: Desk) -> None:
    desk.file(RENUMBER)
    lost = LEAVE._replace(number="77", filed_on=date(2026, 11, 11))
    desk.file(lost)
    shown = at_oqs(desk, day(11, 16))
    assert list(shown) == ["1"]
    assert shown["1"].qualification.disqualified_on == date(2026, 11, 11)
    later = at_oqs(desk, day(11, 19))
    assert later["1"].qualification.never_was
    assert later["77"].qualification.disqualified_on == date(2026, 11, 11)
    assert newest(desk.history)[desk.history[0].number].qualification.never_was


def test_what_is_corrected_before_the_number_changes_keeps_the_old_one_until_then(
    desk: Desk,
) -> None:
    version = desk.file(RENUMBER).version
    desk.file(
        procedure(
            ProcedureKind.CORRECT, corrects=version, reason="誤り",
            qualified_on=date(2026, 5, 1), filed_on=date(2026, 11, 11),
        )._replace(number="77")
    )  # fmt: skip
    shown = at_oqs(desk, day(11, 16))
    assert {number: one.qualification.qualified_on for number, one in shown.items()} == {
        "1": date(2026, 5, 1)
    }
    later = at_oqs(desk, day(11, 19))
    assert later["1"].qualification.never_was
    assert later["77"].qualification.qualified_on == date(2026, 5, 1)


@pytest.mark.rules("R-027")
def test_a_release_that_takes_effect_before_the_number_changes_can_be_withdrawn() -> None:
    desk = Desk(now=datetime(2026, 11, 12, 10, 0, tzinfo=TOKYO))
    desk.file(JOIN._replace(filed_on=date(2026, 4, 1)))
    desk.file(procedure(ProcedureKind.RELEASE_USE, filed_on=date(2026, 8, 20)))
    desk.file(RENUMBER)
    desk.file(procedure(ProcedureKind.KEEP_USE)._replace(number="77"))
    orders = [one.order for one in desk.history if one.visible_from <= desk.now and one.order]
    assert orders == [RegistrationOrder.KEEP]


@pytest.mark.parametrize(
    "filed",
    [
        LEAVE,
        procedure(ProcedureKind.ADDRESS, address="模擬県2"),
        procedure(ProcedureKind.BLOCK),
        procedure(ProcedureKind.KEEP_USE),
        procedure(ProcedureKind.CANCEL, reason="誤り"),
        procedure(ProcedureKind.RENUMBER, new_number="78"),
    ],
)
@pytest.mark.parametrize("on", [MONDAY, MONDAY + timedelta(days=7)], ids=["before", "after"])
def test_what_is_filed_under_the_old_number_is_told_the_new_one(
    desk: Desk, filed: Procedure, on: datetime
) -> None:
    desk.file(RENUMBER)
    desk.file(RENUMBER._replace(number="77", new_number="79"))
    desk.now = on
    said = desk.refused(filed)
    assert "goes on as 最上 79 01 by a change of number, seen from 2026-11-19 on" in said


def test_a_number_that_was_lost_and_not_changed_is_told_as_before(desk: Desk) -> None:
    desk.file(RENUMBER)
    desk.file(RENUMBER._replace(number="77", new_number="1"))
    desk.file(LEAVE)
    assert "was lost on 2026-11-11 already" in desk.refused(LEAVE)


# --- through OQS, on both engines ---


@pytest.fixture(params=ENGINES)
def deployed(prepare: Any, request: pytest.FixtureRequest) -> Any:
    options: dict[str, Any] = {}
    if request.param != "sqlite":
        databases: Databases = request.getfixturevalue("databases")
        migrations = intermediate_server.store.MIGRATIONS
        options = {"database_url": databases.with_tables(metadata, migrations)}
    made = prepare(**options)
    made.start_oqs()
    made.start_service()
    made.start_worker()
    return made


NEWBORN = {
    "Kind": "newborn", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "1234561", "InsuredBranchNumber": "03", "Name": "試験　一",
    "NameKana": "シケン ハジメ", "Sex1": "1", "Birthdate": "20261110", "Address": "模擬県",
}  # fmt: skip


def file(deployment: Any, body: dict[str, str], client: Any = None) -> Any:
    client = client or deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    return client.post("/procedures", json=body)


def register_child(deployment: Any, kana: str = "ｼｹﾝ ﾊｼﾞﾒ") -> str:
    resident = {
        "IndividualNumber": individual_number(7), "Name": "試験　一", "NameKana": kana,
        "Sex1": "1", "Birthdate": "20261110", "Address": "模擬県", "PostNumber": "990-0001",
    }  # fmt: skip
    answer = deployment.oqs.post("/sim/jlis/residents", json=resident)
    reference: str = answer.raise_for_status().json()["PersonReference"]
    return reference


def validity(deployment: Any, number: str = "1234561", birthdate: str = "20261110") -> str:
    search = {
        "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": number, "InsuredBranchNumber": "03",
        "Birthdate": birthdate,
    }  # fmt: skip
    inquiry = {
        "MessageHeader": {"MedicalInstitutionCode": TERMINAL},
        "MessageBody": {"QualificationConfirmSearchInfo": search},
    }
    terminal = deployment.client(deployment.oqs_line.url, f"terminal-{TERMINAL}")
    answer = terminal.post("/qualification/number", json=inquiry).raise_for_status()
    found: str = answer.json()["MessageBody"]["QualificationValidity"]
    return found


@pytest.mark.rules("R-016")
@pytest.mark.parametrize("kind", ["newborn", "number_given"])
def test_a_newborn_without_and_then_with_a_number_is_one_person_and_valid(
    deployed: Any, kind: str
) -> None:
    first = file(deployed, NEWBORN).json()
    deployed.advance(BusinessDays=3).raise_for_status()
    assert validity(deployed) == "1"
    reference = register_child(deployed)
    numbered = {
        "Kind": kind, "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(7),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "03",
    }  # fmt: skip
    answer = file(deployed, numbered)
    assert answer.status_code == 201, answer.text
    receipt = answer.json()
    assert (receipt["PersonReference"], receipt["Kind"]) == (reference, "number_given")
    assert "Documents" not in receipt, "the certificate in hand stays as it is"
    assert first["PersonReference"] in receipt["Reason"]
    assert validity(deployed) == "1"
    deployed.advance(BusinessDays=3).raise_for_status()
    assert validity(deployed) == "1", "and not 複数該当"
    page = deployed.pages.get(f"/persons/{first['PersonReference']}").text
    assert "付番前の記録" in page
    assert reference in page
    again = file(deployed, numbered)
    assert again.json()["code"] == "SIM-PROCEDURE-REFUSED"


FILE_HEADER = "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,氏名,カナ氏名,性別,生年月日,住所"


def file_line(kind: str, number: str = "") -> str:
    """Return a line about the child: without a number as the insurer knows it, else in short."""
    known = "試験　一,シケン ハジメ,1,20261110,模擬県" if not number else ",,,,"
    return f"{kind},{MOGAMI},{number},20261116,最上,1234561,03,{known}"


def send_file(deployment: Any, *lines: str, header: str = FILE_HEADER) -> list[str]:
    client = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    answer = client.post(
        "/procedures/file",
        content="\r\n".join((header, *lines, "")).encode(),
        headers={"Content-Type": "text/csv"},
    )
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return [line.split(",")[1] for line in answer.text.splitlines()[1:]]


@pytest.mark.rules("R-016")
@pytest.mark.parametrize("kind", ["出生", "加入", "付番"])
@pytest.mark.parametrize("files", [1, 2])
def test_a_newborn_whose_number_comes_in_a_file_is_one_person_and_valid(
    deployed: Any, kind: str, files: int
) -> None:
    reference = register_child(deployed)
    born = file_line("出生")
    numbered = file_line(kind, individual_number(7))
    if kind == "加入":
        header = FILE_HEADER + ",資格取得日"
        born, numbered = f"{born},", f"{numbered},20261110"
    else:
        header = FILE_HEADER
    taken = (
        send_file(deployed, born, numbered, header=header)
        if files == 1
        else send_file(deployed, born, header=header) + send_file(deployed, numbered, header=header)
    )
    assert taken == ["受付", "受付"]
    deployed.advance(BusinessDays=3).raise_for_status()
    assert validity(deployed) == "1", "and not 複数該当"
    changes = deployed.pages.get(f"/sim/persons/{reference}").json()["Changes"]
    assert [(one["Kind"], one.get("DisqualificationDate")) for one in changes] == [
        ("number_given", None)
    ]
    assert send_file(deployed, born, numbered, header=header) == ["受付済み", "受付済み"]


@pytest.mark.rules("R-016")
def test_a_number_given_in_a_file_to_an_unknown_child_is_refused(deployed: Any) -> None:
    reference = register_child(deployed)
    assert send_file(deployed, file_line("付番", individual_number(7))) == ["不受理"]
    assert deployed.pages.get(f"/persons/{reference}").status_code == 404


@pytest.mark.rules("R-016")
def test_a_number_without_a_record_before_is_refused_and_changes_nothing(deployment: Any) -> None:
    reference = register_child(deployment, kana="ﾍﾞﾂｼﾞﾝ")
    file(deployment, NEWBORN).raise_for_status()
    given = {
        "Kind": "number_given", "InsurerNumber": MOGAMI,
        "IndividualNumber": individual_number(7), "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234561", "InsuredBranchNumber": "03",
    }  # fmt: skip
    assert "カナ氏名" in file(deployment, given).json()["japanese"]
    assert deployment.pages.get(f"/persons/{reference}").status_code == 404
    known = {**given, "NameKana": "しけん　はじめ", "Birthdate": "20261110"}
    receipt = file(deployment, known).json()
    assert receipt["PersonReference"] == reference
    assert receipt["ViewStopped"] is True, "the register has another kana (P-030)"


@pytest.mark.rules("C-008", "R-040")
def test_a_new_number_is_valid_at_oqs_and_the_old_one_leads_to_it(deployed: Any) -> None:
    deployed.register()
    deployed.file(FiledOn="20261101").raise_for_status()
    deployed.advance(BusinessDays=1).raise_for_status()
    changed = deployed.file(
        Kind="renumber", NewInsuredIdentificationNumber="7000001", NewInsuredBranchNumber="03"
    )
    assert [one["Kind"] for one in changed.json()["Documents"]] == ["certificate"]
    assert deployed.validity() == "1"
    deployed.advance(BusinessDays=3).raise_for_status()
    assert deployed.validity() == "3", "無効（新しい資格あり）"
    assert validity(deployed, "7000001", "19800217") == "1"


def test_the_reference_of_a_child_depends_on_kana_and_birthdate_only_as_they_are_meant() -> None:
    child = JOIN._replace(individual_number=None, name_kana="ｼｹﾝ ﾊｼﾞﾒ", birthdate=date(2026, 11, 10))
    other = child._replace(name_kana="シケン　ハジメ")
    assert child.person_reference == other.person_reference
    assert (
        child._replace(individual_number=IndividualNumber("990000000019")).person_reference is None
    )


def given_to(person: int, **fields: str) -> dict[str, str]:
    return {
        "Kind": "number_given", "InsurerNumber": MOGAMI,
        "IndividualNumber": individual_number(person), "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234561", "InsuredBranchNumber": "03", **fields,
    }  # fmt: skip


CHILD = {"NameKana": "シケン ハジメ", "Birthdate": "20261110"}


@pytest.mark.rules("R-016")
def test_the_number_of_another_person_is_told_as_such(deployed: Any) -> None:
    file(deployed, NEWBORN).raise_for_status()
    deployed.register(1)
    alone = file(deployed, given_to(1)).json()
    assert "昭和55年2月17日生まれの人のもの" in alone["japanese"]
    known = file(deployed, given_to(1, **CHILD)).json()
    assert "昭和55年2月17日生まれの別の人のもの" in known["japanese"]
    assert "加入の記録の子は令和8年11月10日生まれ" in known["japanese"]
    assert "喪失" not in known["japanese"], "nobody is to be taken out for it"
    header = FILE_HEADER
    line = (
        f"付番,{MOGAMI},{individual_number(1)},20261116,最上,1234561,03,,シケン ハジメ,,20261110,"
    )
    assert send_file(deployed, line, header=header) == ["不受理"]


@pytest.mark.rules("R-016")
def test_the_number_of_a_sibling_who_is_a_member_is_told_as_such(deployed: Any) -> None:
    file(deployed, NEWBORN).raise_for_status()
    deployed.register(2, birthdate="20251001")
    deployed.file(person=2).raise_for_status()
    said = file(deployed, given_to(2, **CHILD)).json()["japanese"]
    assert "最上 1234562 01 に 2026年11月16日（月） から加入している別の人" in said
    assert "令和7年10月1日生まれ" in said


@pytest.mark.rules("R-016")
def test_a_child_who_joined_with_the_number_as_well_needs_none(deployed: Any) -> None:
    file(deployed, NEWBORN).raise_for_status()
    deployed.register(2, birthdate="20261110")
    deployed.file(person=2).raise_for_status()
    said = file(deployed, given_to(2, **CHILD)).json()["japanese"]
    assert "すでに 990010 最上 1234562 01 に" in said
    assert "個人番号のないほうの加入を「取消」" in said


@pytest.mark.rules("R-016")
def test_a_number_that_was_given_already_is_told_as_such(deployed: Any) -> None:
    file(deployed, NEWBORN).raise_for_status()
    register_child(deployed)
    file(deployed, given_to(7)).raise_for_status()
    assert "付番か取消の届出が済んでいます" in file(deployed, given_to(7)).json()["japanese"]


@pytest.mark.rules("R-016")
@pytest.mark.parametrize("by_file", [False, True])
def test_a_twin_of_the_same_kana_joins_with_its_number_and_the_first_stays(
    deployed: Any, *, by_file: bool
) -> None:
    file(deployed, NEWBORN).raise_for_status()
    twin = {**NEWBORN, "InsuredBranchNumber": "04", "Name": "試験　元"}
    if by_file:
        line = file_line("出生").replace(",03,試験　一,", ",04,試験　元,")
        assert send_file(deployed, line) == ["不受理"]
    else:
        said = file(deployed, twin).json()["japanese"]
        assert "ふたごなど別の子なら、個人番号がついてから" in said
        assert "加入している子の喪失は届け出ないで" in said
        assert "先に喪失" not in said
    register_child(deployed)
    numbered = {**twin, "IndividualNumber": individual_number(7), "Name": "試験　一"}
    assert file(deployed, numbered).raise_for_status().json()["Kind"] == "newborn"
    deployed.advance(BusinessDays=3).raise_for_status()
    assert validity(deployed) == "1"


@pytest.mark.rules("R-016", "P-030")
@pytest.mark.parametrize(
    ("filed", "said"),
    [
        ({"Name": "試験　元"}, "氏名"),
        ({"Sex1": "2"}, "性別"),
        ({"Name": "試験　元", "Sex1": "2"}, "氏名・性別"),
    ],
)
@pytest.mark.parametrize("by_file", [False, True])
def test_a_number_of_a_twin_stops_the_view(
    deployed: Any, filed: dict[str, str], said: str, *, by_file: bool
) -> None:
    file(deployed, {**NEWBORN, **filed}).raise_for_status()
    reference = register_child(deployed)
    if by_file:
        assert send_file(deployed, file_line("付番", individual_number(7))) == ["受付"]
    else:
        receipt = file(deployed, given_to(7)).json()
        assert receipt["ViewStopped"] is True
        assert f"J-LIS照合の不一致: {said}" in receipt["Reason"]
    changes = deployed.pages.get(f"/sim/persons/{reference}").json()["Changes"]
    assert changes[-1]["ViewStopped"] is True
    deployed.advance(BusinessDays=3).raise_for_status()
    assert validity(deployed) != "1"
