"""A receipt says of each paper whether it can go out, and what is to be added where it cannot."""

from __future__ import annotations

import re
from html import unescape
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.intermediate_server.conftest import KITAMURA, MOGAMI, individual_number

if TYPE_CHECKING:
    from collections.abc import Callable

SEEN = "から医療機関に見えます"
WITHOUT_HEAD = "世帯主氏名が届けられていないため、印刷できません"
WITHOUT_ADDRESS = "住所か郵便番号が届けられていないため、発送を止めています"


@pytest.fixture
def office(prepare: Any, new_database: Callable[..., str]) -> Any:
    """A service of which the clerk is at work, on either database."""
    deployment = prepare(database_url=new_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    return deployment


def joining(person: int = 1, **fields: str) -> dict[str, str]:
    return {
        "Kind": "join", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(person),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
        "InsuredBranchNumber": f"{person:02}", "QualificationDate": "20261101", **fields,
    }  # fmt: skip


def receipt(answer: Any) -> str:
    """Return what the receipt of an answer says, its links included."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'<div class="receipt".*?</div>', answer.text, re.DOTALL)
    assert found, answer.text
    return unescape(found[0])


def file(office: Any, fields: dict[str, str], path: str = "/file") -> str:
    return receipt(office.pages.post(path, data=fields, follow_redirects=True))


@pytest.mark.rules("R-056", "PP-09")
def test_a_receipt_says_that_a_paper_cannot_go_and_leads_to_what_mends_it(office: Any) -> None:
    reference = office.register()
    said = file(office, joining(PersonalFamilyClassification="2", Address="模擬県9"))
    assert "まだ発送できません" in said
    assert WITHOUT_HEAD in said
    assert WITHOUT_ADDRESS in said, "all that is missing is said at once"
    assert "特定記録郵便" not in said, "nobody is told that it goes"
    assert "PDF" not in said
    page = unescape(office.pages.get(f"/persons/{reference}").text)
    for sentence in (WITHOUT_HEAD, WITHOUT_ADDRESS, "郵便番号なし", "世帯主の届出なし", "家族"):
        assert sentence in page, sentence
    ways = re.findall(r'href="(/file\?Kind=(?:change|address)[^"]*)"', said)
    assert [way.partition("&")[0] for way in ways] == ["/file?Kind=change", "/file?Kind=address"]
    for way, added in zip(
        ways,
        ({"Householder": "試験　一郎"}, {"Address": "模擬県1", "PostNumber": "9900001"}),
        strict=True,
    ):
        form = office.pages.get(way).text
        filled = dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', form))
        assert filled["InsuredIdentificationNumber"] == "55", "the membership is known"
        kind = way.partition("=")[2].partition("&")[0]
        typed = {
            "Kind": kind, "Person": reference, "InsurerNumber": MOGAMI,
            **{name: filled[name] for name in filled if name.startswith("Insured")}, **added,
        }  # fmt: skip
        mended = file(office, typed)
        assert WITHOUT_HEAD not in mended
    assert "特定記録郵便" in mended
    assert "まだ発送できません" not in mended
    page = unescape(office.pages.get(f"/persons/{reference}").text)
    assert "〒990-0001" in page
    assert "世帯主 試験　一郎" in page
    assert "まだ発送できません" not in page


@pytest.mark.rules("R-056")
def test_a_receipt_names_a_character_that_no_font_has(office: Any) -> None:
    office.register()
    address = {"Address": "模擬県模擬市🏠1", "PostNumber": "9900001"}
    said = file(office, joining(PersonalFamilyClassification="1", **address))
    assert "印刷できない文字がある" in said
    assert "U+1F3E0" in said
    assert "/file?Kind=address&" in said
    office.register(2)
    other = {"Address": "模擬県1", "Name": "試験　🏠", "Householder": "試験　花子"}
    named = {**joining(2), **address, **other}
    assert "/file?Kind=correct&" in file(office, {**named, "PersonalFamilyClassification": "1"})


def test_a_paper_that_can_go_is_said_to_go(office: Any) -> None:
    office.register()
    address = {"Address": "模擬県1", "PostNumber": "9900001"}
    said = file(office, joining(PersonalFamilyClassification="1", **address))
    assert "特定記録郵便" in said
    assert "まだ発送できません" not in said
    office.register(2)
    other = joining(2, PersonalFamilyClassification="2", InsurerNumber=KITAMURA, **address)
    office.pages.post("/file", data=other)
    found = office.pages.post("/persons", data={"Find": individual_number(2)})
    page = office.pages.get(found.headers["Location"]).text
    assert "世帯主" not in page.partition('id="memberships"')[2].partition("</section>")[0]


@pytest.mark.rules("R-056")
def test_a_household_that_joins_says_its_head_and_the_receipt_speaks_of_each(office: Any) -> None:
    for person in (1, 2):
        office.register(person)
    common = {
        name: text
        for name, text in joining(Address="模擬県1", PostNumber="9900001").items()
        if name not in {"IndividualNumber", "InsuredBranchNumber"}
    }
    rows = {
        f"{name}.{place}": text
        for place, person in enumerate((1, 2))
        for name, text in (
            ("IndividualNumber", individual_number(person)),
            ("InsuredBranchNumber", f"{person:02}"),
            ("PersonalFamilyClassification", str(person)),
        )
    }
    refused = office.pages.post("/household", data={**common, **rows})
    assert refused.status_code == 422
    assert "世帯主の氏名を入れてください" in refused.text
    said = file(office, {**common, **rows, "Householder": "試験　花子"}, "/household")
    assert said.count("資格確認書") >= 2
    assert said.count("特定記録郵便") == 2


@pytest.mark.rules("R-056")
def test_a_grown_member_who_is_not_the_first_waits_for_the_head(office: Any) -> None:
    address = {"Address": "模擬県1", "PostNumber": "9900001"}
    for person in (1, 2):
        office.register(person)
    assert WITHOUT_HEAD not in file(office, joining(**address))
    second = {**joining(2, **address), "InsuredBranchNumber": "02"}
    assert WITHOUT_HEAD in file(office, second)
    assert "世帯主氏名がなく印刷できない証類" in office.pages.get("/todo").text


def test_a_receipt_says_from_when_clinics_see_what_they_see(office: Any) -> None:
    office.register()
    assert SEEN in file(office, joining())
    asked = joining(Kind="last_four_sent")
    del asked["QualificationDate"]
    assert SEEN not in file(office, asked)


@pytest.mark.rules("R-016")
def test_a_child_gets_its_number_from_its_own_page_though_its_kana_differ(office: Any) -> None:
    child = {
        **joining(1, Kind="newborn", Name="佐藤　空", NameKana="ｻﾄｳ ｿﾗｰ", Sex1="2",
                  Birthdate="20261101", Address="模擬県1", Householder="佐藤　花子"),
        "IndividualNumber": "", "InsuredBranchNumber": "03",
    }  # fmt: skip
    del child["QualificationDate"]
    said = file(office, child)
    assert "生年月日　<b>2026年11月1日（日）" in said
    (reference,) = set(re.findall(r"NEW-[0-9A-F]+", said))
    office.register(2, name="佐藤　空", birthdate="20261101")
    form = office.pages.get(f"/file?Kind=number_given&Person={reference}").text
    typed = {
        name: text
        for name, text in re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', form)
        if text and name != "KindKey"
    }
    assert typed["Birthdate"] == "20261101"
    given = {
        **typed, "Kind": "number_given", "InsurerNumber": MOGAMI,
        "IndividualNumber": individual_number(2),
    }  # fmt: skip
    assert "付番を受け付けました" in file(office, given)


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("kind", ["death", "name"])
def test_who_has_a_head_that_died_or_has_another_name_is_named(office: Any, kind: str) -> None:
    reference = office.register()
    office.register(2, name="佐藤　希")
    file(office, joining(Householder="佐藤　花子"))
    file(office, {**joining(2), "Householder": "佐藤 花子"})
    of_the_head = {
        name: text for name, text in joining(Kind=kind).items() if name != "QualificationDate"
    }
    further = {"death": {"EffectiveDate": "20261115"}, "name": {"Name": "鬼塚　花子"}}[kind]
    said = file(office, {**of_the_head, **further})
    line = "同じ記号・番号の1人の世帯主として届けられています"
    assert line in said
    assert "佐藤　希" in said
    assert line in office.pages.get(f"/persons/{reference}").text
    head = {**joining(2), "Kind": "change", "Householder": "佐藤　希"}
    del head["QualificationDate"]
    file(office, head)
    assert line not in office.pages.get(f"/persons/{reference}").text


@pytest.mark.rules("R-056", "PP-09")
def test_what_papers_will_want_is_said_while_it_is_typed(office: Any) -> None:
    head, post_number = "世帯主が空欄です", "郵便番号が空欄です"

    def said(**typed: str) -> set[str]:
        asked = {"Kind": "join", "InsurerNumber": MOGAMI, "FiledOn": "20261116", **typed}
        page = office.pages.get("/file/preview", params=asked).text
        return {one for one in (head, post_number) if one in page}

    assert said(PersonalFamilyClassification="1") == set()
    assert said(PersonalFamilyClassification="2") == {head}
    assert said(InsuredBranchNumber="01") == set()
    assert said(InsuredBranchNumber="02") == {head}
    assert said(PersonalFamilyClassification="2", Householder="1") == set()
    assert said(PersonalFamilyClassification="2", InsurerNumber=KITAMURA) == set()
    assert said(PersonalFamilyClassification="2", Kind="leave") == set()
    assert said(Address="1") == {post_number}
    assert said(Address="1", PostNumber="1") == set()
    assert said(Address="1", Kind="address") == {post_number}


@pytest.mark.rules("P-064")
def test_the_next_person_of_a_family_is_filed_with_what_the_family_shares(office: Any) -> None:
    for person in (1, 2, 3):
        office.register(person)
    first = joining(
        PersonalFamilyClassification="1", Householder="試験　一郎", Address="模擬県1",
        PostNumber="9900001", FiledOn="20261112",
    )  # fmt: skip
    office.pages.post("/file", data=joining(3, InsuredIdentificationNumber="77"))
    said = file(office, first)
    (way,) = re.findall(r'href="(/file\?Kind=join[^"]*)"', said)
    assert "%E6" not in way, "nothing of a person stands in an address but the reference"
    form = office.pages.get(way).text
    assert "同じ世帯の人" in form
    filled = dict(re.findall(r'<input id="(\w+)"[^>]*? value="([^"]*)"', form))
    shared = {
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
        "InsuredBranchNumber": "", "QualificationDate": "20261101", "FiledOn": "20261112",
        "Address": "模擬県1", "PostNumber": "990-0001", "Householder": "試験　一郎",
        "IndividualNumber": "",
    }  # fmt: skip
    assert {name: filled[name] for name in shared} == shared
    (family,) = re.findall(r'name="(Family|Person)"', form)
    assert family == "Family", "it is about somebody else"
    typed = {
        "Kind": "join", "InsurerNumber": MOGAMI, **filled, "IndividualNumber": individual_number(2),
        "InsuredBranchNumber": "02", "PersonalFamilyClassification": "2",
    }  # fmt: skip
    reference = re.search(r'name="Family" value="([^"]*)"', form)
    assert reference
    wrong = office.pages.post("/file", data={**typed, "Family": reference[1], "Sex1": "x"})
    assert wrong.status_code == 422
    assert "同じ世帯の人" in wrong.text
    second = file(office, {**typed, "Family": reference[1]})
    assert "最上 55 02" in second
    assert WITHOUT_HEAD not in second
    assert "次の人を届け出る" in second
    leaving = {**joining(2), "Kind": "leave", "DisqualificationDate": "20261115"}
    del leaving["QualificationDate"]
    assert "次の人を届け出る" not in file(office, {**leaving, "ReasonOfLoss": "99"})
