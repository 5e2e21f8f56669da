"""A person is found by whatever a clerk types: name, kana, numbers, a date of birth."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.finding.person_search import SearchTerms
from intermediate_server.store.schema import metadata
from intermediate_server.web.lists.finder import SHOWN
from intermediate_server.web.lists.search_terms import half_width, understood
from tests.intermediate_server.conftest import MOGAMI, TSUCHIURA, individual_number
from tests.intermediate_server.test_reading_log import lines

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(
    ("typed", "terms"),
    [
        ("", SearchTerms()),
        ("サトウ", SearchTerms(("サトウ", "ｻﾄｳ"), ("サトウ",))),
        ("さとう はなこ", SearchTerms(("サトウハナコ", "ｻﾄｳﾊﾅｺ"), ("さとうはなこ",))),
        ("ｶﾞﾝﾊﾞ", SearchTerms(("ガンバ", "ｶﾞﾝﾊﾞ"), ("ｶﾞﾝﾊﾞ", "ガンバ"))),
        ("佐藤　花子", SearchTerms((), ("佐藤花子",))),
        ("１２３", SearchTerms(numbers=("１２３", "123"))),
        ("123", SearchTerms(numbers=("123", "１２３"))),
        (
            "さ・て",
            SearchTerms(("サ・テ", "サテ", "ｻﾃ", "ｻ･ﾃ"), ("さて", "さ・て")),
        ),
        ("最上・1234567", SearchTerms(numbers=("1234567", "１２３４５６７"), symbols=("最上",))),
        ("12 77", SearchTerms(numbers=("77", "７７"), symbols=("12",))),
        (
            "佐藤 S55.2.17",
            SearchTerms((), ("佐藤",), (), ("佐藤",), date(1980, 2, 17)),
        ),
    ],
)
def test_what_was_typed_is_understood(typed: str, terms: SearchTerms) -> None:
    assert understood(typed) == terms


def test_half_width_katakana_have_their_marks_behind_them() -> None:
    assert half_width("ガパョー") == "ｶﾞﾊﾟｮｰ"


@pytest.fixture
def own_town(prepare: Any, new_database: Callable[..., str]) -> Any:
    """Make a town of the test's own, as it files there; on either database."""
    return settled(prepare(database_url=new_database(metadata, MIGRATIONS)))


@pytest.fixture(scope="module")
def town(prepare_shared: Any, new_shared_database: Callable[..., str]) -> Any:
    """Make a town for all tests that only read; on either database."""
    return settled(prepare_shared(database_url=new_shared_database(metadata, MIGRATIONS)))


@pytest.fixture(scope="module")
def dotted(prepare_shared: Any, new_shared_database: Callable[..., str]) -> Any:
    """Make a town in which somebody has ・ in the name, and a number in full width."""
    deployment = prepare_shared(database_url=new_shared_database(metadata, MIGRATIONS))
    deployment.start_oqs()
    deployment.start_service()
    resident = {
        "IndividualNumber": individual_number(1), "Name": "サントス・デ・オリヴェイラ　マリーア",
        "NameKana": "サントス・デ・オリヴェイラ　マリーア", "Sex1": "2", "Birthdate": "19880229",
    }  # fmt: skip
    deployment.oqs.post("/sim/jlis/residents", json=resident).raise_for_status()
    deployment.file(InsuredIdentificationNumber="６７０００９").raise_for_status()
    return deployment


def settled(deployment: Any) -> Any:
    """Let three persons join, of whom one changes her name."""
    deployment.start_oqs()
    deployment.start_service()
    people = (
        (1, "佐藤　花子", "ｻﾄｳ ﾊﾅｺ", "19800217"),
        (2, "佐藤　一郎", "サトウ　イチロウ", "19560101"),
        (3, "東　さくら", "ｱｽﾞﾏ ｻｸﾗ", "19991231"),
    )
    for person, name, kana, birthdate in people:
        resident = {
            "IndividualNumber": individual_number(person), "Name": name, "NameKana": kana,
            "Sex1": "2", "Birthdate": birthdate,
        }  # fmt: skip
        deployment.oqs.post("/sim/jlis/residents", json=resident).raise_for_status()
        assert deployment.file(person=person).status_code == 201
    deployment.file(TSUCHIURA, 1, InsuredCardSymbol="土", InsuredIdentificationNumber="77")
    renamed = {"Name": "山田　花子", "NameKana": "ﾔﾏﾀﾞ ﾊﾅｺ"}
    changed = deployment.file(person=1, Kind="name", **renamed)
    assert changed.status_code == 201, changed.text
    deployment.pages.cookies.set("operator", "%E6%9C%80%E4%B8%8A")
    return deployment


def found(deployment: Any, typed: str) -> list[str]:
    """Return the names that are found, in their order."""
    answer = deployment.pages.post("/persons", data={"Find": typed}, follow_redirects=True)
    page = answer.text
    names = ("佐藤　一郎", "山田　花子", "東　さくら")
    main = page[page.index("<main") :]
    return sorted((name for name in names if name in main), key=main.index)


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("さとう", ["佐藤　一郎", "山田　花子"]),
        ("ｻﾄｳ", ["佐藤　一郎", "山田　花子"]),
        ("サトウイチ", ["佐藤　一郎"]),
        ("あずま", ["東　さくら"]),
        ("やまだ", ["山田　花子"]),
        ("山田 花子", ["山田　花子"]),
        ("佐藤花子", ["山田　花子"]),
        ("佐藤 19560101", ["佐藤　一郎"]),
        ("さとう S31.1.1", ["佐藤　一郎"]),
        ("1234563", ["東　さくら"]),
        ("123456", ["山田　花子", "佐藤　一郎", "東　さくら"]),
        ("最上 1234562", ["佐藤　一郎"]),
        ("最上 1234562 01", ["佐藤　一郎"]),
        ("土浦 1234562", []),
        ("77", ["山田　花子"]),
        (individual_number(3), ["東　さくら"]),
        ("ぬるぬる", []),
        ("花子", ["山田　花子"]),
        ("はなこ", ["山田　花子"]),
        ("ﾊﾅ", ["山田　花子"]),
        ("花子 S55.2.17", ["山田　花子"]),
        ("花子 S55.2.18", []),
        ("いち", ["佐藤　一郎"]),
        ("藤　一", []),
        ("%", []),
        ("_郎", []),
        ("", []),
    ],
)
def test_whoever_fits_is_found(town: Any, typed: str, names: list[str]) -> None:
    assert sorted(found(town, typed)) == sorted(names)


@pytest.mark.parametrize(
    "typed",
    [
        "サントス・デ", "さんとす・で", "サントス・デ・オリヴェイラ　マリーア",
        "サントス・デ・オリヴェイラ　マリーア S63.2.29", "ｻﾝﾄｽ･ﾃﾞ", "最上 670009", "670009",
        "６７０００９",
    ],
)  # fmt: skip
def test_a_name_with_a_dot_and_a_number_in_full_width_are_found(dotted: Any, typed: str) -> None:
    answer = dotted.pages.post("/persons", data={"Find": typed}, follow_redirects=True)
    assert "サントス・デ・オリヴェイラ　マリーア" in answer.text, typed
    assert answer.url.path.startswith("/persons/SIM-")


def test_a_number_of_whom_oqs_is_to_be_asked_says_so_while_it_is_away(prepare: Any) -> None:
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    answer = deployment.pages.post("/persons", data={"Find": individual_number(1)})
    assert answer.status_code == 503
    page = answer.text.partition("<main")[2]
    assert "個人番号ではいま探せません" in page
    assert "届出を受け付けていません" not in page


def test_a_number_says_so_while_j_lis_is_out_and_a_name_is_found(town: Any) -> None:
    town.oqs.put("/sim/jlis/outage", json={}).raise_for_status()
    try:
        answer = town.pages.post("/persons", data={"Find": individual_number(1)})
        by_name = found(town, "あずま")
    finally:
        town.oqs.delete("/sim/jlis/outage").raise_for_status()
    assert answer.status_code == 503
    assert "J-LIS）が停止しているため、個人番号ではいま探せません" in answer.text
    assert "氏名、カナ氏名、記号・番号、生年月日で探すか" in answer.text
    assert by_name == ["東　さくら"]


def test_a_single_hit_opens_the_persons_page(town: Any) -> None:
    listed = town.pages.post("/persons", data={"Find": "あずま"})
    assert listed.headers["location"].startswith("/persons?Find=")
    only = town.pages.get("/persons", params={"Find": "あずま"})
    assert only.status_code == 303
    assert only.headers["location"].startswith("/persons/SIM-")


def test_nobody_is_said_with_what_to_do(town: Any) -> None:
    nobody = town.pages.get("/persons", params={"Find": "ぬるぬる"})
    assert nobody.status_code == 404
    assert "書きかたを確かめ" in nobody.text
    assert "姓から入れる" in nobody.text
    inside = town.pages.get("/persons", params={"Find": "4563"})
    assert "途中の数字ではさがせません" in inside.text
    right = individual_number(1)
    wrong = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    mistyped = town.pages.post("/persons", data={"Find": wrong})
    assert mistyped.status_code in {404, 422}
    assert "検査用数字" in mistyped.text
    assert wrong not in mistyped.headers.get("location", "")
    for digits, said in ((right[:-1], "1桁足りません"), (f"{right}0", "1桁多く入って")):
        answer = town.pages.post("/persons", data={"Find": digits})
        assert answer.status_code == 404, "it may be a 個人番号, and is written into no address"
        assert said in answer.text
        assert digits not in answer.text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("さとう", "氏名かカナが「サトウ」で始まる"),
        ("佐藤 S31.1.2", "氏名かカナが「佐藤」で始まる、1956年1月2日（月）生まれ"),
        ("１２３４５６", "番号が「123456」で始まる"),
        ("最上 99", "記号が「最上」、番号が「99」で始まる"),
        ("最上 19800217", "生まれ または 記号が「最上」、番号が「19800217」で始まる"),
        ("ﾊﾅｺ サト", "「ハナコサト」で始まる"),
    ],
)
def test_the_page_says_what_was_understood(town: Any, typed: str, said: str) -> None:
    assert said in town.pages.get("/persons", params={"Find": typed}).text


def test_who_is_found_by_the_given_name_is_said_to_be(own_town: Any) -> None:
    own_town.register(9, "鈴木　花子")
    own_town.file(person=9)
    page = own_town.pages.get("/persons", params={"Find": "花"}).text
    assert "名（姓の後ろ）がこの文字で始まる人" in page
    assert "鈴木　花子" in page


def test_each_person_of_a_list_has_a_line_in_the_log(own_town: Any) -> None:
    own_town.pages.get("/persons", params={"Find": "さとう"})
    newest = [line for line in lines(own_town) if line[2] == "search"]
    assert len({line[0] for line in newest}) == 2
    assert {line[1] for line in newest} == {"最上"}


def test_very_many_hits_are_cut_and_that_is_said(own_town: Any) -> None:
    for person in range(10, 10 + SHOWN):
        own_town.register(person, f"鈴木　{person}子")
        own_town.file(
            person=person, InsuredCardSymbol="最", InsuredIdentificationNumber=f"9{person}"
        )
    page = own_town.pages.get("/persons", params={"Find": "9"}).text
    assert f"{SHOWN}人" in page
    assert "ほかにもいます" not in page
    page = own_town.pages.get("/persons", params={"Find": "鈴木"}).text
    assert page.count("鈴木　") >= SHOWN
    own_town.register(90, "鈴木　最後")
    own_town.file(person=90, InsuredCardSymbol="最", InsuredIdentificationNumber="990")
    assert "ほかにもいます" in own_town.pages.get("/persons", params={"Find": "鈴木"}).text


def test_the_name_appears_after_the_twelve_digits(town: Any) -> None:
    said = town.pages.post("/persons/name", data={"IndividualNumber": individual_number(2)})
    assert said.status_code == 200
    assert "佐藤　一郎" in said.text
    assert "1956年1月1日（日）生" in said.text
    assert "最上 1234562 01" in said.text
    assert lines(town)[0][1:] == ("最上", "match", None)
    unknown = town.pages.post("/persons/name", data={"IndividualNumber": individual_number(9)})
    assert unknown.status_code == 404
    assert "住民の登録が見つかりません" in unknown.text
    short = town.pages.post("/persons/name", data={"IndividualNumber": "12"})
    assert short.status_code == 422


def test_the_next_procedure_begins_at_the_persons_page(own_town: Any) -> None:
    reference = found_reference(own_town, "あずま")
    person = own_town.pages.get(f"/persons/{reference}").text
    assert f'name="Person" value="{reference}"' in person
    form = {
        "Person": reference, "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1234563", "InsuredBranchNumber": "01",
    }  # fmt: skip
    opened = own_town.pages.post("/file", data={**form, "Switch": "address"}).text
    assert "東　さくら" in opened
    assert 'id="IndividualNumber"' not in opened
    filed = own_town.pages.post(
        "/file", data={**form, "Kind": "address", "Address": "模擬県模擬市新町5-5"}
    )
    assert filed.status_code == 303, filed.text
    page = own_town.pages.get(f"/persons/{reference}").text
    assert "模擬県模擬市新町5-5" in page


def test_a_person_who_does_not_exist_is_not_filed_for(town: Any) -> None:
    form = {
        "Person": "SIM-0000000000000000", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
        "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "01", "Kind": "address",
    }  # fmt: skip
    assert town.pages.post("/file", data=form).status_code == 404
    assert town.pages.post("/file", data={**form, "Person": "x\x00"}).status_code == 422


def found_reference(town: Any, typed: str) -> str:
    place: str = town.pages.get("/persons", params={"Find": typed}).headers["location"]
    return place.rpartition("/")[2]


def test_what_is_wrong_with_the_digits_is_said_where_they_are_typed(town: Any) -> None:
    right = individual_number(1)
    wrong = f"{right[:-1]}{(int(right[-1]) + 1) % 10}"
    for typed, said in (
        (right[:-1], "11桁です。1桁足りません"),
        (f"{right}0", "13桁です。1桁多く入っています"),
        ("12", "2桁です。10桁足りません"),
        (wrong, "検査用数字（末尾の1桁）が合いません"),
        (f"{right[:-1]}x", "数字でない文字"),
    ):
        answer = town.pages.post("/persons/name", data={"IndividualNumber": typed})
        assert answer.status_code == 422
        assert said in answer.text
        assert "始まる番号" not in answer.text, "nobody is looked for"
        assert typed == "12" or typed not in answer.text
    english = town.pages.post("/persons/name?lang=en", data={"IndividualNumber": right[:-1]})
    assert "1 missing" in english.text
