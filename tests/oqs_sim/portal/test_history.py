"""履歴: what the patient reads of each inquiry, as a sign and a sentence for them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from eligibility.identifiers.digits import luhn_check_digit
from eligibility.qualification import QualificationValidity
from eligibility.sentence import Sentence
from oqs_sim.portal.history import outcome_of
from oqs_sim.portal.institutions import InstitutionNames
from oqs_sim.portal.refusals import refusal_words
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.store.inquiries import PastInquiry
from tests.oqs_sim.portal.test_account import as_person
from tests.oqs_sim.portal.test_sign_in import begin, browser_of, prove
from wire.catalogue import Catalogue

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

FOR_THE_DESK = ("患者", "操作", "案内", "確認してください", "ていただいて", "閲覧")


def line(**fields: str | None) -> PastInquiry:
    at = datetime(2026, 11, 9, tzinfo=UTC)
    of = {"validity": None, "refusal": None, "purpose": "check", **fields}
    return PastInquiry(at, at, "9910000018", "1", str(of["purpose"]), of["validity"], of["refusal"])


@pytest.mark.parametrize("purpose", ["check", "medicines", "sign_in", "registration"])
def test_no_refusal_is_told_in_the_words_of_the_desk(purpose: str) -> None:
    told = {entry: refusal_words(entry.kind.code, purpose).ja for entry in Catalogue}
    assert all(words.endswith("。") for words in told.values())
    assert not [
        (entry, word) for entry, words in told.items() for word in FOR_THE_DESK if word in words
    ]


def test_a_refused_view_says_why_and_that_nothing_was_seen() -> None:
    refused = Catalogue.MEDICAL_WRONG_PROFESSION.kind.code
    outcome = outcome_of(line(refusal=refused, purpose=ChallengePurpose.MEDICINES))
    assert outcome.tone == "refused"
    assert outcome.sentence == Sentence(
        "見てよい職種ではなかったため、何も見られていません。",
        "Nothing was seen: it was not asked by a profession that may see it.",
    )


@pytest.mark.parametrize("validity", QualificationValidity)
def test_only_an_insurance_in_force_has_the_sign_of_success(
    validity: QualificationValidity,
) -> None:
    outcome = outcome_of(line(validity=str(int(validity))))
    assert (outcome.tone == "fine") is (validity is QualificationValidity.VALID)


def test_the_sign_before_a_line_is_that_of_its_outcome(oqs: Oqs) -> None:
    oqs.report(1, DisqualificationDate="20261101", ReasonOfLoss="03")
    assert oqs.check_number().json()["MessageBody"]["QualificationValidity"] == "2"
    page = as_person(oqs).get("/portal/history").text
    assert '<i aria-hidden="true">▲</i> この保険は終わっていると伝えられました' in page


def test_an_institution_is_told_by_its_name_or_by_its_kind_and_number() -> None:
    names = InstitutionNames((("9910000018", "もぎ内科クリニック（模擬）"),))
    assert names.of("9910000018").ja == "もぎ内科クリニック（模擬）"
    invented = "991910002"
    assert names.of(f"{invented}{luhn_check_digit(invented)}").ja == "ひのき坂医院（模擬）"
    assert names.of("9940000012").ja == "薬局（番号 9940000012）"
    assert names.of("9910000026").ja == "病院・診療所（番号 9910000026）"


@pytest.mark.rules("P-031")
def test_who_is_blocked_reads_words_for_patients_and_no_reason(member: Oqs) -> None:
    member.report(2, SelfInformationBlocked="1")
    told = [
        prove(member, begin(browser_of(member))).json()["japanese"],
        browser_of(member)
        .post("/portal/people/sign-in", data={"PersonReference": member.hanako})
        .text,
    ]
    for said in told:
        assert "マイナポータルでお見せできる情報がありません" in said
        assert "確認してください" not in said
        assert "提供" not in said
