"""Requests as programs in use write them are read; what does harm is refused, and named."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from wire.catalogue import Catalogue, Problem
from wire.messages.message_kind import MessageKind
from wire.messages.message_reading import ReadingBounds
from wire.messages.xml_reader import read_xml
from wire.vocabulary.bulk_inquiry import BulkResult
from wire.vocabulary.inquiry import NumberInquiry

if TYPE_CHECKING:
    from wire.vocabulary.element import Element

REQUEST = MessageKind.CONFIRMATION_REQUEST
HEADER = (
    "<MessageHeader><QualificationConfirmationDate>20261120</QualificationConfirmationDate>"
    "<MedicalInstitutionCode>9910000018</MedicalInstitutionCode>"
    "<ArbitraryFileIdentifier>t-1</ArbitraryFileIdentifier></MessageHeader>"
)
SEARCH = (
    "<QualificationConfirmSearchInfo><InsurerNumber>  990010</InsurerNumber>"
    "<InsuredCardSymbol>最上</InsuredCardSymbol>"
    "<InsuredIdentificationNumber>1234567</InsuredIdentificationNumber>"
    "<Birthdate>19800217</Birthdate></QualificationConfirmSearchInfo>"
)
BODY = f"<MessageBody>{SEARCH}</MessageBody>"
DECLARATION = '<?xml version="1.0" encoding="UTF-8" standalone="no"?>'


def document(body: str = BODY, declaration: str = DECLARATION, encoding: str = "utf-8") -> bytes:
    return f"{declaration}<XmlMsg>{HEADER}{body}</XmlMsg>".encode(encoding)


def read(document: bytes) -> NumberInquiry:
    found: Element = read_xml(document, REQUEST.model)
    assert isinstance(found, NumberInquiry)
    return found


def refused(document: bytes, kind: MessageKind = REQUEST) -> Problem:
    with pytest.raises(Problem) as caught:
        read_xml(document, kind.model)
    assert len(str(caught.value)) < 500
    return caught.value


SJIS = '<?xml version="1.0" encoding="Shift_JIS" standalone="no"?>'


@pytest.mark.parametrize(
    "document",
    [
        document(),
        document(declaration="<?xml version='1.0' encoding='UTF-8' standalone='no' ?>"),
        document(declaration="<?xml version='1.0' encoding='utf-8'? >"),
        document(declaration=f"\r\n {DECLARATION}\r\n"),
        document(declaration=""),
        document(encoding="utf-8-sig"),
        document(declaration="", encoding="utf-8-sig"),
        document(declaration=SJIS, encoding="shift_jis"),
        document(declaration="<?xml version='1.0' encoding='shift-jis' ?>", encoding="cp932"),
        document(declaration="<?xml version='1.0' encoding='Windows-31J'?>", encoding="cp932"),
        document(declaration="", encoding="shift_jis"),
        document(declaration=SJIS, encoding="utf-8-sig"),  # the mark knows better
        document().replace(b"<InsurerNumber>", b"<InsurerNumber >"),
        document().replace(b"</Birthdate>", b"</Birthdate\n >"),
        document().replace(b"><", b">\r\n\t<"),
        document().replace(b"<XmlMsg>", b'<XmlMsg xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'),
        document().replace(b"<InsuredCardSymbol>", b"<InsuredBranchNumber/><InsuredCardSymbol>"),
        document().replace(b"<MessageBody>", b"<!-- a program's name --><MessageBody>"),
        document().replace("最上".encode(), b"<![CDATA[\xe6\x9c\x80]]>&#x4E0A;"),
    ],
)  # fmt: skip
def test_every_form_in_use_is_read(document: bytes) -> None:
    asked = read(document).message_body.qualification_confirm_search_info
    assert asked.insurer_number == "  990010"
    assert asked.insured_card_symbol == "最上"
    assert asked.insured_branch_number is None
    assert read(document).message_header.arbitrary_file_identifier == "t-1"


@pytest.mark.parametrize(
    ("symbol", "read_as"), [("髙", "髙"), ("①", "①"), ("〜", "〜"), ("凜", "凜")]
)
def test_shift_jis_of_windows_is_read(symbol: str, read_as: str) -> None:
    encoding = "shift_jis" if symbol in "〜凜" else "cp932"
    sent = document(BODY.replace("最上", symbol), SJIS, encoding)
    asked = read(sent).message_body.qualification_confirm_search_info
    assert asked.insured_card_symbol == read_as


@pytest.mark.parametrize(
    ("body", "element"),
    [
        (BODY.replace("InsuredCardSymbol", "InsuranceCardSymbol"), "InsuranceCardSymbol"),
        (f"<MessageBody>{SEARCH}{SEARCH}</MessageBody>", "QualificationConfirmSearchInfo"),
        (
            BODY.replace("<Birthdate>", "<Birthdate>19800218</Birthdate><Birthdate>"),
            "QualificationConfirmSearchInfo/Birthdate",
        ),
        (BODY.replace("<Birthdate>19800217</Birthdate>", ""), "Birthdate"),
        (BODY.replace("19800217", "19800231"), "Birthdate"),
        (BODY.replace("19800217", "<Day>17</Day>"), "Birthdate"),
        (BODY.replace("<Birthdate>", '<Birthdate of="her">'), "Birthdate"),
        (BODY.replace("<Birthdate>", "1980<Birthdate>"), "QualificationConfirmSearchInfo"),
        (BODY.replace("1234567", "1" * 5_000), "InsuredIdentificationNumber"),
        (BODY.replace("最上", "最\u202e上"), "InsuredCardSymbol"),
        (BODY + BODY, "MessageBody"),
        ("", "MessageBody"),
        ("<MessageBody/>", "MessageBody/QualificationConfirmSearchInfo"),
        ("<MessageBody><ResultList/></MessageBody>", "ResultList"),
        (f"<{'x' * 10_000}/>", "x" * 60),
    ],
)
def test_the_element_that_is_wrong_is_named(body: str, element: str) -> None:
    problem = refused(document(body))
    assert problem.entry is Catalogue.MESSAGE_ELEMENT
    assert element in str(problem.members["element"])
    assert element.rpartition("/")[2] in problem.japanese


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (b"", "not well-formed"),
        (b"PK\x03\x04 a zip", "not well-formed"),
        (document()[:-3], "not well-formed"),
        (document("<MessageBody></MessageHeader>"), "line 1, column"),
        (document(encoding="utf-16"), "UTF-16"),
        (document(declaration='<?xml version="1.0" encoding="EUC-JP"?>'), "euc-jp"),
        (document(declaration=DECLARATION, encoding="shift_jis"), "says that it is utf-8"),
        (document(BODY.replace("最上", "&lol;")), "not well-formed"),
        (document(BODY.replace("最上", "\0")), "not well-formed"),
    ],
)
def test_what_is_no_document_is_refused(document: bytes, said: str) -> None:
    problem = refused(document)
    assert problem.entry is Catalogue.MESSAGE_UNREADABLE
    assert said in str(problem)


def test_results_nested_in_a_list_are_read_as_those_directly_in_the_unit() -> None:
    result = (
        "<ResultOfQualificationConfirmation><InsuredCardClassification>01"
        "</InsuredCardClassification><InsurerNumber>  990010</InsurerNumber>"
        "<InsuredIdentificationNumber>1</InsuredIdentificationNumber><Name>佐藤　花子</Name>"
        "<NameKana>ｻﾄｳ ﾊﾅｺ</NameKana><Sex1>2</Sex1><Birthdate>19800217</Birthdate>"
        "<InsurerName>模擬</InsurerName></ResultOfQualificationConfirmation>"
    )
    header = (
        "<MessageHeader><ProcessExecutionTime>20261120091000</ProcessExecutionTime>"
        "<MedicalInstitutionCode>9910000018</MedicalInstitutionCode>"
        "<ReceptionNumber>1</ReceptionNumber></MessageHeader>"
    )

    def unit(inner: str) -> bytes:
        return (
            f"<XmlMsg>{header}<MessageBody><BulkConfirmUnit>{inner}</BulkConfirmUnit>"
            "</MessageBody></XmlMsg>"
        ).encode()

    kind = MessageKind.BULK_RESULT
    direct = read_xml(unit(result * 2), kind.model)
    assert direct == read_xml(unit(f"<ResultList>{result * 2}</ResultList>"), kind.model)
    assert isinstance(direct, BulkResult)
    (one,) = direct.message_body.bulk_confirm_unit
    assert len(one.result_of_qualification_confirmation) == 2
    twice = refused(unit(f"<ResultList>{result}</ResultList><ResultList/>"), kind)
    assert twice.entry is Catalogue.MESSAGE_ELEMENT


def test_a_request_that_is_right_is_refused_for_its_dtd() -> None:
    for dtd in ("<!DOCTYPE XmlMsg>", '<!DOCTYPE XmlMsg [<!ENTITY a "最上">]>'):
        problem = refused(document().replace(b"<XmlMsg>", f"{dtd}<XmlMsg>".encode()))
        assert problem.entry is Catalogue.MESSAGE_UNREADABLE
        assert "DTD" in problem.japanese


FOUR_MEBIBYTES = (4 << 20) - 1_000
ENTITIES = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
HOSTILE = {
    "laughs": f'<!DOCTYPE x [<!ENTITY e0 "ha">{ENTITIES}]><XmlMsg>&e11;</XmlMsg>',
    "file": '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><XmlMsg>&e;</XmlMsg>',
    "address": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd"><XmlMsg/>',
    "parameter entity": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/"> %p;]><XmlMsg/>',
    "deep": "<XmlMsg>" * (FOUR_MEBIBYTES // 8),
    "deep with names of its own": "<XmlMsg><MessageBody>" + "<a>" * (FOUR_MEBIBYTES // 3),
    "many elements": f"<XmlMsg><MessageBody>{'<a/>' * (FOUR_MEBIBYTES // 4)}",
    "many known elements": "<XmlMsg><MessageBody>"
    + "<QualificationConfirmSearchInfo/>" * (FOUR_MEBIBYTES // 33),
    "many known texts": "<XmlMsg><MessageBody><QualificationConfirmSearchInfo>"
    + "<Birthdate/>" * (FOUR_MEBIBYTES // 12),
    "long text": f"<XmlMsg>{HEADER.replace('t-1', 'x' * FOUR_MEBIBYTES)}",
    "long name": f"<{'x' * FOUR_MEBIBYTES}/>",
    "long attribute": f'<XmlMsg a="{"x" * FOUR_MEBIBYTES}"/>',
    "many attributes": "<XmlMsg {}/>".format(" ".join(f'a{n}=">"' for n in range(300_000))),
    "long comment": f"<XmlMsg><!--{'x' * FOUR_MEBIBYTES}--></XmlMsg>",
    "open comment": f"<XmlMsg><!--{'x' * FOUR_MEBIBYTES}",
    "many comments": "<XmlMsg>" + "<!---->" * (FOUR_MEBIBYTES // 7),
    "many instructions": "<XmlMsg>" + "<?a?>" * (FOUR_MEBIBYTES // 5),
    "many references": f"<XmlMsg>{HEADER.replace('t-1', '&#65;' * (FOUR_MEBIBYTES // 5))}",
    "blanks": " " * FOUR_MEBIBYTES,
    "blanks within": f"<XmlMsg>{' ' * FOUR_MEBIBYTES}",
    "open declaration": "<?xml " + " ?" * (FOUR_MEBIBYTES // 2),
    "too long": "<XmlMsg>" * (5 << 17),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("kind", [REQUEST, MessageKind.BULK_REQUEST], ids=lambda kind: kind.api_id)
def test_what_does_harm_is_refused_at_once_and_in_little_memory(
    name: str, kind: MessageKind
) -> None:
    sent = HOSTILE[name].encode()
    began = time.thread_time()
    refused(sent, kind)
    assert time.thread_time() - began < 0.1
    tracemalloc.start()
    try:
        refused(sent, kind)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 50 << 20


def test_a_full_file_is_read_in_a_time_that_grows_with_its_length_only() -> None:
    kind = MessageKind.BULK_REQUEST
    few, many = (document(f"<MessageBody>{SEARCH * n}</MessageBody>") for n in (1_000, 10_000))

    def seconds(sent: bytes) -> float:
        began = time.thread_time()
        read_xml(sent, kind.model)
        return time.thread_time() - began

    assert min(seconds(many) for _ in range(2)) < 25 * max(
        min(seconds(few) for _ in range(3)), 0.01
    )


def test_one_more_than_a_file_may_hold_is_refused() -> None:
    sent = document(f"<MessageBody>{SEARCH * 10_001}</MessageBody>")
    problem = refused(sent, MessageKind.BULK_REQUEST)
    assert problem.entry is Catalogue.TOO_MANY_UNITS
    assert "more than 10000 units" in str(problem)


def test_bounds_are_settings() -> None:
    with pytest.raises(Problem, match="at most 100"):
        read_xml(document(), REQUEST.model, ReadingBounds(document_bytes=100))
    with pytest.raises(Problem, match="more than 3 elements"):
        read_xml(document(), REQUEST.model, ReadingBounds(elements=3))
