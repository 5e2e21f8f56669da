"""照会番号, one by one (siimm) and in bulk (muimm)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from oqs_sim.bulk import reference_registry
from oqs_sim.bulk.policy import BulkPolicy
from tests.equipment.callers import OnLine
from tests.meeting import between
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, ask, check_all, message, result_of
from tests.oqs_sim.conftest import ICHIRO, INSTITUTION
from wire.line_credentials import Caller, Role
from wire.messages.xml_writer import write_xml
from wire.vocabulary.reference_numbers import (
    BulkReferenceRegistered,
    ReferenceRegistered,
    ReferenceRegistration,
)

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

HANAKO_S = {name: value for name, value in HANAKO_ASKED.items() if name != "Birthdate"}


def register(oqs: Oqs, number: str, **other: str) -> Any:
    info = {"ReferenceNumber": number, **HANAKO_S, **other}
    body = {"ReferenceNumberRegistrationInfo": info}
    return oqs.terminal.post("/reference-numbers", json=message(body, ArbitraryFileIdentifier="r"))


def told(response: Any) -> str | None:
    (item,) = response.json()["MessageBody"]["ResultList"]
    found: str | None = item["ResultOfQualificationConfirmation"].get("ReferenceNumber")
    return found


def test_a_reference_number_stands_in_each_later_answer(member: Oqs) -> None:
    assert told(member.check()) is told(member.check_number()) is None
    answer = register(member, "K-00001")
    assert answer.status_code == 200, answer.text
    ReferenceRegistered.model_validate(answer.json())
    assert list(answer.json()["MessageHeader"]) == [
        "ProcessExecutionTime", "CharacterCodeIdentifier", "SegmentOfResult",
        "ArbitraryFileIdentifier", "MedicalInstitutionCode",
    ]  # fmt: skip
    body = answer.json()["MessageBody"]
    assert body["ProcessingResultStatus"] == "1"
    assert body["ReferenceNumberRegistrationInfo"]["ReferenceNumber"] == "K-00001"
    assert told(member.check()) == told(member.check_number()) == "K-00001"
    (unit,) = check_all(member.terminal, [HANAKO_ASKED])
    assert unit["ReferenceNumber"] == ["K-00001"]
    assert "ReferenceNumber" not in result_of(unit)


def test_it_is_seen_at_once_by_every_process(member: Oqs) -> None:
    with member.another() as other:
        assert told(other.check_number()) is None
        register(member, "K-1")
        assert told(other.check_number()) == told(other.check()) == "K-1"


EMPTY = pytest.mark.parametrize("empty", ["", " ", "\u3000", " \u3000 "])


@EMPTY
def test_to_register_again_replaces_and_an_empty_one_takes_out(member: Oqs, empty: str) -> None:
    register(member, "K-1")
    register(member, "K-2")
    assert told(member.check()) == "K-2"
    answer = register(member, empty)
    assert answer.status_code == 200
    echoed = answer.json()["MessageBody"]["ReferenceNumberRegistrationInfo"]
    assert echoed["ReferenceNumber"] == empty
    assert told(member.check()) is None


@EMPTY
def test_an_empty_one_may_be_refused(member: Oqs, empty: str) -> None:
    with member.another(bulk=BulkPolicy(empty_reference_number_deletes=False)) as strict:
        assert register(strict, empty).json()["code"] == "SIM-REFERENCE-NUMBER-EMPTY"


@EMPTY
def test_an_empty_one_takes_out_as_xml_and_in_bulk_too(member: Oqs, empty: str) -> None:
    register(member, "K-1")
    body = {"ReferenceNumberRegistrationInfo": {"ReferenceNumber": empty, **HANAKO_S}}
    asked = write_xml(ReferenceRegistration.model_validate(message(body)))
    sent = {"Content-Type": "application/xml"}
    answer = member.terminal.post("/reference-numbers", content=asked, headers=sent)
    assert "<ProcessingResultStatus>1<" in answer.text
    assert told(member.check()) is None
    register(member, "K-1")
    infos = [{"ReferenceNumber": empty, **HANAKO_S}]
    ask(member.terminal, "/bulk/reference-numbers", {"ReferenceNumberRegistrationInfo": infos})
    assert told(member.check()) is None


def test_it_is_the_institution_s_own(member: Oqs) -> None:
    register(member, "K-1")
    other = "9930000014"
    stranger = TestClient(OnLine(member.app, Caller(Role.TERMINAL, other)))
    inquiry = message({"QualificationConfirmSearchInfo": HANAKO_ASKED}, other)
    assert told(stranger.post("/qualification/number", json=inquiry)) is None


def test_it_follows_the_person_to_another_insurer(member: Oqs) -> None:
    register(member, "K-1")
    member.report(2, DisqualificationDate="20261101", ReasonOfLoss="03")
    member.report(3, insurer="06990014", QualificationDate="20261101")
    assert told(member.check()) == "K-1"


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"InsuredIdentificationNumber": "9"}, "SIM-NO-SUCH-QUALIFICATION"),
        ({"InsurerNumber": "990011"}, "SIM-INVALID-NUMBER"),
        ({"InsuredIdentificationNumber": "1" * 21}, "SIM-INVALID-REQUEST"),
    ],
)
def test_what_cannot_be_registered_is_told(member: Oqs, other: dict[str, str], code: str) -> None:
    refused = register(member, "K-1", **other)
    assert refused.json()["code"] == code
    assert refused.json()["japanese"]
    assert told(member.check()) is None


def test_a_reference_number_has_fifty_characters_at_most(member: Oqs) -> None:
    assert register(member, "K" * 51).status_code == 422
    assert register(member, "K" * 50).status_code == 200


def test_a_family_without_branch_is_asked_for_the_branch(member: Oqs) -> None:
    ichiro = member.resident(ICHIRO, "佐藤　一郎", "19800217")
    member.report(1, PersonReference=ichiro, InsuredBranchNumber="02", Name="佐藤　一郎")
    info = {"ReferenceNumber": "K-1", **HANAKO_S}
    del info["InsuredBranchNumber"]
    refused = member.terminal.post(
        "/reference-numbers", json=message({"ReferenceNumberRegistrationInfo": info})
    )
    assert refused.status_code == 409
    assert "枝番" in refused.json()["japanese"]


def test_many_are_registered_at_once_and_the_last_of_a_person_stands(member: Oqs) -> None:
    infos = [
        {"ReferenceNumber": "K-1", **HANAKO_S},
        {"ReferenceNumber": "K-2", **HANAKO_S, "InsuredIdentificationNumber": "9"},
        {"ReferenceNumber": "K-3", **HANAKO_S},
    ]
    found = ask(
        member.terminal, "/bulk/reference-numbers", {"ReferenceNumberRegistrationInfo": infos}
    )
    BulkReferenceRegistered.model_validate(found)
    units = found["MessageBody"]["BulkRegistrationUnit"]
    assert [one["ReferenceNumberRegistrationInfo"] for one in units] == infos
    assert [one["ProcessingResultStatus"] for one in units] == ["1", "2", "1"]
    assert units[1]["ProcessingResultCode"] == "SIM-NO-SUCH-QUALIFICATION"
    head = found["MessageHeader"]
    assert [head["NumberOfNormalProcessing"], head["NumberOfError"]] == ["2", "1"]
    assert told(member.check()) == "K-3"


def test_it_is_logged_where_the_person_reads_it(member: Oqs) -> None:
    register(member, "K-1")
    proof = member.card.sign(member.portal_challenge("inquiries"))
    lines = member.console.post("/portal/inquiries", json={"CardProof": proof}).json()["Inquiries"]
    assert [
        (one["Purpose"], one["MedicalInstitutionCode"])
        for one in lines
        if one["Purpose"] == "reference_number"
    ] == [("reference_number", INSTITUTION)]


def of_ichiro(oqs: Oqs) -> dict[str, str]:
    """Have Ichiro be a member, and return his number."""
    ichiro = oqs.resident(ICHIRO, "佐藤　一郎", "19800217")
    oqs.report(1, PersonReference=ichiro, InsuredBranchNumber="02", Name="佐藤　一郎")
    return {"InsuredBranchNumber": "02"}


def test_two_may_have_the_same_number_where_nobody_forbids_it(member: Oqs) -> None:
    other = of_ichiro(member)
    assert (
        register(member, "K-1").status_code == register(member, "K-1", **other).status_code == 200
    )


def test_a_deployment_may_refuse_a_number_that_another_person_has(member: Oqs) -> None:
    other = of_ichiro(member)
    with member.another(bulk=BulkPolicy(shared_reference_numbers=False)) as strict:
        assert register(strict, "K-1").status_code == 200
        assert register(strict, "K-1").status_code == 200
        refused = register(strict, "K-1", **other)
        assert (refused.status_code, refused.json()["code"]) == (409, "SIM-REFERENCE-NUMBER-TAKEN")
        infos = [
            {"ReferenceNumber": "K-2", **HANAKO_S},
            {"ReferenceNumber": "K-1", **HANAKO_S, **other},
            {"ReferenceNumber": "K-2", **HANAKO_S, **other},
        ]
        body = {"ReferenceNumberRegistrationInfo": infos}
        found = ask(strict.terminal, "/bulk/reference-numbers", body)
        units = found["MessageBody"]["BulkRegistrationUnit"]
        assert [unit.get("ProcessingResultCode") for unit in units] == [
            None, None, "SIM-REFERENCE-NUMBER-TAKEN",
        ]  # fmt: skip
        assert told(strict.check()) == "K-2"


LOOKS = pytest.mark.parametrize("look", ["find_holder", "are_free"])
"""When it is found out whose number it is, and when it is registered."""


def register_in_bulk(oqs: Oqs, number: str, **other: str) -> str:
    """Register one in bulk, and return what came of it."""
    infos = [{"ReferenceNumber": number, **HANAKO_S, **other}]
    found = ask(oqs.terminal, "/bulk/reference-numbers", {"ReferenceNumberRegistrationInfo": infos})
    (unit,) = found["MessageBody"]["BulkRegistrationUnit"]
    return str(unit.get("ProcessingResultCode", "registered"))


def register_one(oqs: Oqs, number: str, **other: str) -> str:
    answer = register(oqs, number, **other)
    return "registered" if answer.status_code == 200 else str(answer.json()["code"])


@LOOKS
@pytest.mark.parametrize("first", [register_one, register_in_bulk])
@pytest.mark.parametrize("second", [register_one, register_in_bulk])
def test_of_two_who_register_a_number_at_once_one_has_it(
    member: Oqs, monkeypatch: pytest.MonkeyPatch, look: str, first: Any, second: Any
) -> None:
    other = of_ichiro(member)
    member.close()  # it would do parts by a policy of its own
    policy = BulkPolicy(shared_reference_numbers=False)
    with (
        member.another(bulk=policy) as strict,
        between(
            strict,
            monkeypatch,
            (reference_registry, look),
            lambda oqs: second(oqs, "K-1", **other),
            bulk=policy,
        ) as met,
    ):
        outcomes = [first(strict, "K-1"), met()]
        assert sorted(outcomes) == ["SIM-REFERENCE-NUMBER-TAKEN", "registered"]
        called = [told(strict.check_number()), told(strict.check_number(**other))]
    assert sorted(called, key=str) == ["K-1", None]
