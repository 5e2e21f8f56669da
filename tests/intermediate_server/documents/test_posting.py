"""What goes out together: printed in one file, with a list that is the register's."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
from collections import Counter
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import Delivery, DocumentKind, Occasion
from intermediate_server.documents.document import PAPER_KINDS, Document, EventKind
from intermediate_server.documents.posting import PAPERS_IN_A_PART, part_of, parts_of
from intermediate_server.documents.printing import print_labels
from intermediate_server.documents.printing.labels import LABEL, LEFT, TOP
from intermediate_server.documents.selection import PostingRow, Selection
from intermediate_server.policies import load_policies
from intermediate_server.procedures.kinds import ProcedureKind
from intermediate_server.store import MIGRATIONS, Store, open_store
from intermediate_server.store.document_register import add_documents
from intermediate_server.store.schema import metadata
from storage import bucket_of
from tests.intermediate_server.conftest import KITAMURA, MOGAMI, MONDAY, individual_number
from tests.intermediate_server.documents.test_document_issuance import client_of
from tests.intermediate_server.store.test_intermediate_store import append, change

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import httpx2

    from intermediate_server.procedures.change import Change

TODAY = date(2026, 11, 16)
ALL = Selection(MOGAMI, TODAY, TODAY, PAPER_KINDS, frozenset(Delivery), TODAY)


def run(program: str, *arguments: str, content: bytes = b"") -> str:
    found = shutil.which(program)
    assert found, f"{program} is missing; run tools/setup test"
    done = subprocess.run([found, *arguments], input=content, capture_output=True, check=True)
    return done.stdout.decode()


def text_of(content: bytes) -> str:
    return "".join(run("pdftotext", "-raw", "-", "-", content=content).split())


def joining(person: int, post_number: str, **fields: str) -> dict[str, str]:
    return {
        "Name": f"試験　{'一二三四五六七八九'[person - 1]}子",
        "NameKana": "ｼｹﾝ ｺ",
        "Sex1": "2",
        "Birthdate": "19800217",
        "Address": f"模擬県模擬市{person}丁目",
        "PostNumber": post_number,
        **fields,
    }


@pytest.fixture
def members(deployment: Any) -> Any:
    """Three members of two postal districts, one of whom has a card."""
    for person, post_number in ((1, "9900003"), (2, "9900001"), (3, "9900002")):
        deployment.register(person)
        answer = deployment.file(person=person, **joining(person, post_number))
        assert answer.status_code == 201, answer.text
    return deployment


def get(deployment: Any, path: str, **query: str) -> httpx2.Response:
    asked = {"InsurerNumber": MOGAMI, **query}
    answer: httpx2.Response = deployment.pages.get(f"/documents/{path}", params=asked)
    return answer


def listed(answer: httpx2.Response) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.rules("PP-09", "R-042")
def test_papers_are_printed_in_one_file_in_the_order_of_the_post(members: Any) -> None:
    answer = get(members, "print.pdf")
    assert answer.headers["content-type"] == "application/pdf", answer.text
    assert (answer.headers["x-parts"], answer.headers["x-not-printed"]) == ("1", "0")
    text = text_of(answer.content)
    places = [text.index(f"試験{one}子") for one in "二三一"]
    assert places == sorted(places), "by postal code"
    assert "Pages:           6" in run("pdfinfo", "-", content=answer.content)


@pytest.mark.rules("PP-09", "R-042", "R-080")
def test_the_posting_list_is_what_the_register_has(members: Any) -> None:
    rows = listed(get(members, "posting.csv"))
    assert [(row["通番"], row["氏名"], row["頁"], row["部"]) for row in rows] == [
        ("1", "試験　二子", "1", "1"), ("2", "試験　三子", "3", "1"), ("3", "試験　一子", "5", "1"),
    ]  # fmt: skip
    assert {row["送付方法"] for row in rows} == {"特定記録郵便"}
    assert rows[0]["住所"] == "模擬県模擬市2丁目"
    assert rows[0]["郵便番号"].replace("-", "") == "9900001"
    text = text_of(get(members, "posting.pdf").content)
    assert "特定記録郵便物等差出票" in text
    assert "3通" in text
    assert "1枚目/全1枚" in text
    for row in rows:
        assert row["氏名"].replace("　", "") in text
        assert row["住所"] in text


@pytest.mark.rules("PP-09")
def test_at_national_insurance_a_letter_goes_to_the_head_of_the_household(members: Any) -> None:
    head = {"Kind": "change", "Name": "試験　二子", "Householder": "世帯　太郎"}
    assert members.file(person=2, **head).status_code == 201
    rows = listed(get(members, "posting.csv"))
    assert [(row["氏名"], row["宛名"]) for row in rows] == [
        ("試験　二子", "世帯　太郎"), ("試験　三子", "試験　三子"), ("試験　一子", "試験　一子"),
    ]  # fmt: skip
    for path in ("posting.pdf", "labels.pdf"):
        text = text_of(get(members, path).content)
        assert "世帯太郎様" in text
        assert "試験二子様分" in text
        assert "試験一子様" in text
        assert "試験一子様分" not in text


@pytest.mark.rules("PP-09")
def test_labels_have_the_addresses_of_what_goes_by_mail_in_the_order_of_the_post(
    members: Any,
) -> None:
    held_back = {"Kind": "address", "Address": "模擬県模擬市9丁目"}
    assert members.file(person=3, **held_back).status_code == 201
    answer = get(members, "labels.pdf")
    assert answer.headers["content-type"] == "application/pdf", answer.text
    assert "Pages:           1" in run("pdfinfo", "-", content=answer.content)
    text = text_of(answer.content)
    first, second = text.index("試験二子様"), text.index("試験一子様")
    assert first < second, "by postal code"
    for said in ("〒990-0001", "模擬県模擬市2丁目", "〒990-0003", "模擬県模擬市1丁目", "通番"):
        assert said in text
    assert "三子" not in text, "it is held back"
    page = members.pages.get(f"/posting?InsurerNumber={MOGAMI}").text
    assert "/posting/making?What=labels&amp;" in page
    assert get(members, "labels.pdf", Delivery="counter").json()["code"] == "SIM-NOT-PRINTED"
    log = members.pages.get("/readings").text
    assert "交付簿" in log


def test_labels_stay_within_their_places(tmp_path: Path) -> None:
    name = "マリア　フェルナンダ　デ・ラ・クルス　サントス"
    address = f"模擬県模擬郡模擬町大字{'長い' * 40}１０５号室"
    row = PostingRow(
        1, Delivery.ORDINARY_MAIL, DocumentKind.NOTICE, name, name, "990-0001", address, MOGAMI,
        "最上・1・01", "令和8年11月16日", 1, 1, ("SIM-1", 1),
    )  # fmt: skip
    made = tmp_path / "labels.pdf"
    made.write_bytes(print_labels([replace(row, number=one) for one in range(1, 14)]))
    box = re.compile(r'xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)<')
    pages = run("pdftotext", "-bbox", str(made), "-").split("<page ")[1:]
    assert [page.count("〒990-0001") for page in pages] == [12, 1]
    for left, top, right, bottom, word in box.findall(pages[0]):
        x, y = float(left) * 25.4 / 72 - LEFT, float(top) * 25.4 / 72 - TOP
        across, down = x // LABEL.width, y // LABEL.height
        assert 0 <= across < 2, word
        assert 0 <= down < 6, word
        assert float(right) * 25.4 / 72 - LEFT <= (across + 1) * LABEL.width, word
        assert float(bottom) * 25.4 / 72 - TOP <= (down + 1) * LABEL.height, word


def note_sent(deployment: Any, shown: httpx2.Response) -> httpx2.Response:
    """Note as sent what an answer has shown."""
    asked = {
        "InsurerNumber": MOGAMI,
        "RecordedUntil": shown.headers["x-recorded-until"],
        "Listed": shown.headers["x-listed"],
    }
    return deployment.pages.post("/documents/posted", params=asked)


@pytest.mark.rules("PP-09")
def test_what_was_sent_is_not_printed_again_unless_asked_for(members: Any) -> None:
    shown = get(members, "print.pdf")
    assert note_sent(members, shown).json()["Posted"] == 3
    assert note_sent(members, shown).json()["code"] == "SIM-POST-CHANGED"
    nothing = get(members, "posting.csv")
    assert note_sent(members, nothing).json()["Posted"] == 0
    assert get(members, "print.pdf").json()["code"] == "SIM-NOT-PRINTED"
    assert listed(get(members, "posting.csv")) == []
    assert len(listed(get(members, "posting.csv", SentToo="true"))) == 3


def test_what_nobody_was_shown_is_not_noted(members: Any) -> None:
    named = {"InsurerNumber": MOGAMI}
    assert members.pages.post("/documents/posted", params=named).status_code == 422
    other = {**named, "Listed": "0" * 32}
    assert members.pages.post("/documents/posted", params=other).status_code == 409
    assert len(listed(get(members, "posting.csv"))) == 3


@pytest.mark.parametrize("path", ["print.pdf", "posting.pdf", "posting.csv", "labels.pdf"])
def test_a_paper_that_is_written_late_is_noted_only_when_it_was_shown(
    members: Any, path: str
) -> None:
    """A run gives its papers a moment before they are there for others."""
    shown = get(members, path)
    store = open_store(members.database_url)
    (reference, *_) = (one.person_reference for one in store.documents.recent(9))
    late = decision(reference, 2)
    with store.engine.begin() as connection:
        until = datetime.fromisoformat(shown.headers["x-recorded-until"])
        add_documents(connection, [late], until - timedelta(seconds=1))
    store.close()
    assert note_sent(members, shown).json()["code"] == "SIM-POST-CHANGED"
    assert note_sent(members, get(members, path)).json()["Posted"] == 4


def test_an_insurer_prints_its_own_and_nobody_elses(members: Any) -> None:
    own = client_of(members).get("/documents/posting.csv", params={"InsurerNumber": MOGAMI})
    assert len(listed(own)) == 3
    foreign = client_of(members, KITAMURA).get(
        "/documents/print.pdf", params={"InsurerNumber": MOGAMI}
    )
    assert foreign.json()["code"] == "SIM-WRONG-CALLER"


@pytest.mark.parametrize(
    "query",
    [{"From": "20261117", "To": "20261116"}, {"From": "x"}, {"Part": "0"}, {"Kind": "cat"},
     {"InsurerNumber": "999999"}, {"Part": "2"}],
)  # fmt: skip
def test_what_nobody_can_print_is_refused_with_a_sentence(
    deployment: Any, query: dict[str, str]
) -> None:
    answer = get(deployment, "print.pdf", **query)
    assert 400 <= answer.status_code < 500
    assert answer.json()["code"]


@pytest.mark.rules("R-056")
def test_a_child_without_a_known_head_of_the_household_is_left_out_and_named(
    members: Any,
) -> None:
    members.register(4)
    child = joining(4, "9900000", Birthdate="20261101")
    (made,) = members.file(person=4, **child).json()["Documents"]
    refused = members.pages.get(made["Pdf"])
    assert refused.json()["code"] == "SIM-HOUSEHOLDER-UNKNOWN"
    assert "世帯主" in refused.text
    page = members.pages.get(f"/persons/{made['Pdf'].split('/')[2]}/documents/1")
    assert page.status_code == 409
    assert "世帯主氏名が届けられていないため" in page.text
    assert page.headers["content-type"].startswith("text/html")
    printed = get(members, "print.pdf")
    assert printed.headers["x-not-printed"] == "1"
    assert "試験四子" not in text_of(printed.content)
    rows = listed(get(members, "posting.csv"))
    assert (rows[0]["氏名"], rows[0]["頁"]) == ("試験　四子", "")
    assert "世帯主" in rows[0]["印刷できない理由"]
    text = text_of(get(members, "posting.pdf").content)
    assert "印刷できなかったもの" in text
    assert "世帯主氏名が届けられていないため" in text
    posted = note_sent(members, get(members, "posting.csv"))
    assert posted.json()["Posted"] == 3, "what was not printed was not sent"
    assert [row["氏名"] for row in listed(get(members, "posting.csv"))] == ["試験　四子"]


@pytest.mark.rules("R-056")
def test_a_child_with_a_filed_head_of_the_household_is_printed(members: Any) -> None:
    members.register(4)
    child = joining(4, "9900000", Birthdate="20261101", Householder="試験　一郎")
    (made,) = members.file(person=4, **child).json()["Documents"]
    assert "試験一郎" in text_of(members.pages.get(made["Pdf"]).content)
    page = members.pages.get(f"/persons/{made['Pdf'].split('/')[2]}/documents/1")
    assert (page.status_code, page.headers["location"]) == (303, made["Pdf"])


@pytest.mark.rules("R-190")
def test_the_notice_of_the_last_four_digits_is_issued_and_printed(members: Any) -> None:
    asked = {
        "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "Occasion": "last_four_check",
    }  # fmt: skip
    made = client_of(members).post("/documents", json=asked).json()
    assert made["Kind"] == "last_four_notice"
    text = text_of(client_of(members).get(made["Pdf"]).content)
    assert f"下4桁{individual_number(1)[-4:]}" in text
    assert individual_number(1)[:8] not in text


@pytest.mark.rules("R-153")
def test_a_limit_certificate_is_issued_on_application_and_printed(members: Any) -> None:
    members.file(Kind="limit", LimitClassificationFlag="A03")
    asked = {
        "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "Occasion": "limit_certificate",
    }  # fmt: skip
    made = client_of(members).post("/documents", json=asked).json()
    assert made["Kind"] == "limit_certificate", made
    text = text_of(client_of(members).get(made["Pdf"]).content)
    assert "限度額適用認定証" in text
    assert "適用区分ウ" in text


@pytest.mark.rules("R-155")
def test_the_day_of_a_long_stay_is_printed_where_it_is_on_record(members: Any) -> None:
    filed = {"Kind": "limit", "LimitClassificationFlag": "A05", "InpatientDays": "91"}
    assert members.file(**filed).status_code == 201
    members.file(Kind="address", Address="模擬県2", PostNumber="9900002")
    asked = {
        "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
        "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234561",
        "InsuredBranchNumber": "01", "Occasion": "limit_certificate",
    }  # fmt: skip
    made = client_of(members).post("/documents", json=asked).json()
    assert made["Kind"] == "limit_and_meals_certificate", made
    text = text_of(client_of(members).get(made["Pdf"]).content)
    assert "長期入院該当年月日令和8年11月16日" in text


# --- the register, on either engine ---


@pytest.fixture
def store(new_database: Callable[..., str]) -> Iterator[Store]:
    opened = open_store(new_database(metadata, MIGRATIONS))
    yield opened
    opened.close()


def decision(reference: str, number: int = 1, **fields: Any) -> Document:
    return Document(
        **{
            "person_reference": reference, "number": number, "based_on": 1,
            "insurer_number": MOGAMI, "occasion": Occasion.JOINED,
            "kind": DocumentKind.CERTIFICATE, "reason": "", "rules": (), "decided_on": TODAY,
            "issued_on": TODAY, "expires_on": date(2027, 7, 31),
            "delivery": Delivery.RECORDED_MAIL, **fields,
        }
    )  # fmt: skip


def member(reference: str) -> Change:
    """Return the entry of one who is a member still."""
    entry = change(reference)
    one = replace(entry.qualification, disqualified_on=None, reason_of_loss=None)
    return replace(entry, kind=ProcedureKind.JOIN, qualification=one)


def issue(store: Store, *documents: Document) -> None:
    for one in documents:
        reference = one.person_reference
        if one.number == 1:
            append(store, member(reference))
        store.documents.issue(
            bucket_of(reference), [reference], lambda _name, _history, _made, one=one: (one,)
        )


@pytest.mark.rules("PP-09")
def test_the_register_gives_papers_by_way_and_knows_what_was_sent(store: Store) -> None:
    issue(
        store,
        decision("P1", kind=DocumentKind.NOTICE, delivery=Delivery.ORDINARY_MAIL, expires_on=None),
        decision("P2"),
        decision("P2", 2, kind=DocumentKind.LIMIT_AND_MEALS_CERTIFICATE),
        decision("P3"),
        decision("P4", kind=None, issued_on=None, delivery=None),
        decision("P5", insurer_number=KITAMURA),
        decision("P6", decided_on=date(2026, 11, 15)),
        decision("P7", kind=DocumentKind.LAST_FOUR_NOTICE, last_four="0019"),
    )
    found = [(one.person_reference, one.number) for one, _ in store.post.papers(ALL, 0, 9)]
    assert found == [("P2", 1), ("P2", 2), ("P3", 1), ("P7", 1), ("P1", 1)]
    assert store.post.papers(ALL, 3, 1)[0][0].last_four == "0019"
    assert store.post.count(ALL) == {
        (Delivery.RECORDED_MAIL, DocumentKind.CERTIFICATE): 2,
        (Delivery.RECORDED_MAIL, DocumentKind.LIMIT_AND_MEALS_CERTIFICATE): 1,
        (Delivery.RECORDED_MAIL, DocumentKind.LAST_FOUR_NOTICE): 1,
        (Delivery.ORDINARY_MAIL, DocumentKind.NOTICE): 1,
    }
    keys, counted = store.post.keys_and_count(ALL)
    assert (keys, counted) == (store.post.keys(ALL), store.post.count(ALL))
    assert list(counted) == list(store.post.count(ALL)), "in posting order"
    assert {(one.reference, one.number) for one in keys} == set(found)
    assert [store.post.waiting(ALL, at_most) for at_most in (3, 5, 9)] == [3, 5, 5]
    store.documents.note("P3", 1, EventKind.SENT, TODAY)
    store.documents.note("P3", 1, EventKind.UNDELIVERED, TODAY)
    store.post.note_sent(found, TODAY, MONDAY)
    assert store.post.papers(ALL, 0, 9) == []
    (once, *_) = store.documents.of_person("P2")
    assert [event.event for event in once.events] == [EventKind.SENT]
    (before,) = store.documents.of_person("P3")
    assert [event.event for event in before.events] == [EventKind.SENT, EventKind.UNDELIVERED]


def test_a_part_has_a_page_for_each_paper_and_a_sentence_for_what_cannot_be_printed(
    store: Store,
) -> None:
    issue(store, decision("P1"), decision("P2"))
    policy = load_policies(None).of_digits(MOGAMI)
    found = store.post.papers(ALL, 0, 9)
    part = part_of(found, store.post.count(ALL), 1, policy, None)
    assert [row.refusal[:3] for row in part.rows] == ["世帯主", "世帯主"], "FAMILY, and none filed"
    assert part.papers == ()


def test_many_papers_have_many_parts() -> None:
    notice = (Delivery.COUNTER, DocumentKind.NOTICE)
    card = (Delivery.RECORDED_MAIL, DocumentKind.CERTIFICATE)
    assert parts_of(Counter()) == 1
    assert parts_of(Counter({notice: PAPERS_IN_A_PART})) == 1
    assert parts_of(Counter({notice: PAPERS_IN_A_PART, card: 1})) == 2
