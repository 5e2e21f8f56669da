"""Documents on paper: every field and sentence is there, the code leads to the portal."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from eligibility.documents import (
    PrintedCertificate,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
)
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from intermediate_server.documents.printing import fonts, print_documents
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from pathlib import Path

MEMBER = PrintedMember(
    "試験　花子", "ｼｹﾝ ﾊﾅｺ", "女", date(1980, 2, 17),
    "模擬県模擬市模擬町一丁目２番３号　模擬マンション４０５", "試験　太郎",
)  # fmt: skip
MEMBERSHIP = PrintedMembership(
    InsurerNumber("990010"), "最上型国民健康保険（模擬）", InsurerKind.KOKUHO, "最上", "1234567",
    "01", date(2026, 11, 1),
)  # fmt: skip
ELDER = replace(MEMBER, birthdate=date(1952, 6, 3), sex="男")
OF_ELDER = replace(MEMBERSHIP, ratio=2, ratio_from=date(2026, 8, 1), special_expenses=True)
TODAY = date(2026, 11, 16)
CERTIFICATE = PrintedCertificate(MEMBER, MEMBERSHIP, TODAY, date(2027, 7, 31))
NOTICE = PrintedNotice(MEMBER, MEMBERSHIP, TODAY)
MM_PER_POINT = 25.4 / 72


def run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    assert found, f"{program} is missing; run tools/setup test"
    done = subprocess.run([found, *arguments], capture_output=True, check=True)
    return done.stdout.decode()


def text_of(document: PrintedCertificate | PrintedNotice, directory: Path) -> str:
    path = directory / "document.pdf"
    path.write_bytes(print_documents([document]))
    return plain(run("pdftotext", "-raw", str(path), "-"))


def plain(text: str) -> str:
    """The text without blanks, which a reader of PDF sets as it likes."""
    return "".join(text.split())


def sizes(path: Path) -> list[tuple[int, int]]:
    """The pages' sizes in whole millimetres."""
    lines = run("pdfinfo", "-f", "1", "-l", "9", str(path)).splitlines()
    found = [line.split() for line in lines if "size:" in line and line.startswith("Page")]
    return [(round(float(w[3]) * MM_PER_POINT), round(float(w[5]) * MM_PER_POINT)) for w in found]


@pytest.mark.rules("R-056")
@pytest.mark.parametrize(
    "certificate",
    [CERTIFICATE, PrintedCertificate(ELDER, OF_ELDER, TODAY, date(2027, 6, 2))],
    ids=["below 70", "from 70, in arrears"],
)
def test_every_field_of_a_certificate_is_printed(
    certificate: PrintedCertificate, tmp_path: Path
) -> None:
    text = text_of(certificate, tmp_path)
    for line in certificate.lines:
        assert line.label == "備考" or line.label in text
        assert plain(line.value) in text, line.label
    assert "資格確認書" in text
    assert "SIMULATION/模擬" in text
    assert certificate.legal_basis in text
    assert ("負担割合" in text) is (certificate.membership.ratio is not None)


@pytest.mark.rules("R-056")
def test_a_certificate_has_the_size_of_a_card_and_two_sides(tmp_path: Path) -> None:
    text_of(CERTIFICATE, tmp_path)
    assert sizes(tmp_path / "document.pdf") == [(86, 54), (86, 54)]


@pytest.mark.rules("R-075", "R-081", "R-150", "R-159")
@pytest.mark.parametrize(
    "notice",
    [NOTICE, PrintedNotice(ELDER, OF_ELDER, TODAY, date(2027, 5, 31))],
    ids=["below 70", "from 70, in arrears"],
)
def test_every_field_of_a_notice_is_printed_above_and_on_the_part_to_cut_out(
    notice: PrintedNotice, tmp_path: Path
) -> None:
    text = text_of(notice, tmp_path)
    for line in notice.lines:
        assert line.label in text
        assert plain(line.value) in text, line.label
    for line in notice.cut_out:
        assert text.count(plain(line.value)) >= 2, f"{line.label} is above and below"
    for sentence in (*notice.sentences, *notice.cut_out_sentences):
        assert plain(sentence) in text, sentence


@pytest.mark.rules("R-081")
def test_a_notice_shows_neither_address_nor_birthdate_nor_head_of_household(
    tmp_path: Path,
) -> None:
    text = text_of(NOTICE, tmp_path)
    for hidden in ("一丁目", "昭和55年", "試験太郎", "性別"):
        assert hidden not in text


@pytest.mark.rules("R-080", "R-081")
def test_a_notice_is_a4_and_its_part_to_cut_out_lies_at_the_lower_right(tmp_path: Path) -> None:
    text_of(NOTICE, tmp_path)
    path = str(tmp_path / "document.pdf")
    assert sizes(tmp_path / "document.pdf") == [(210, 297)]
    area = ("-x", "300", "-y", "630", "-W", "300", "-H", "180")
    corner = run("pdftotext", "-raw", "-r", "72", *area, path, "-")
    for line in NOTICE.cut_out:
        assert plain(line.value) in plain(corner)


@pytest.mark.rules("R-081", "R-204")
def test_the_code_on_a_notice_leads_to_the_portal(tmp_path: Path) -> None:
    text_of(NOTICE, tmp_path)
    picture = tmp_path / "notice"
    run(
        "pdftoppm", "-r", "120", "-png", "-singlefile", str(tmp_path / "document.pdf"), str(picture)
    )
    assert run("zbarimg", "-q", "--raw", f"{picture}.png").strip() == "https://myna.go.jp/"


def test_the_same_document_gives_the_same_bytes() -> None:
    assert print_documents([CERTIFICATE]) == print_documents([CERTIFICATE])


def test_a_run_is_printed_as_one_file(tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(print_documents([NOTICE, CERTIFICATE, NOTICE]))
    assert sizes(path) == [(210, 297), (86, 54), (86, 54), (210, 297)]


@pytest.mark.parametrize("name", ["長" * 100, "A" * 100, "髙﨑　𠮷"])
def test_long_and_rare_names_stay_on_the_card(name: str, tmp_path: Path) -> None:
    member = replace(MEMBER, name=name, address=name, head_of_household=name)
    text_of(PrintedCertificate(member, MEMBERSHIP, TODAY, date(2027, 7, 31)), tmp_path)
    boxes = run("pdftotext", "-bbox", str(tmp_path / "document.pdf"), "-")
    ends = [float(part.split('"')[1]) for part in boxes.split("xMax=")[1:]]
    assert max(ends, default=0) * MM_PER_POINT <= 86


@pytest.mark.parametrize("name", ["𠮷野　花子", "𠮟田　𩸽", "髙﨑　渡邉", "𠀋　㐂"])
def test_a_rare_character_is_printed_and_is_copied_as_what_it_is(name: str, tmp_path: Path) -> None:
    member = replace(MEMBER, name=name, head_of_household=name)
    certificate = PrintedCertificate(member, MEMBERSHIP, TODAY, date(2027, 7, 31))
    for document in (certificate, PrintedNotice(member, MEMBERSHIP, TODAY)):
        assert plain(name) in text_of(document, tmp_path)


def test_no_character_is_printed_as_an_empty_box(tmp_path: Path) -> None:
    texts = (tmp_path / "rare.pdf", tmp_path / "none.pdf")
    for path, name in zip(texts, ("𠮷", "　"), strict=True):
        member = replace(MEMBER, name=name, head_of_household=name)
        path.write_bytes(print_documents([PrintedNotice(member, MEMBERSHIP, TODAY)]))
    rare, none = (run("pdffonts", str(path)) for path in texts)
    assert "IPAmjMincho" in rare
    assert "IPAmjMincho" not in none


@pytest.mark.parametrize(
    ("name", "shown"),
    [("花\U0010fffe子", "U+10FFFE"), ("葛\U000e0100城", "U+E0100"), ("花😀子", "😀 U+1F600")],
)
def test_a_character_that_no_font_has_is_refused_with_its_text(name: str, shown: str) -> None:
    with pytest.raises(Problem) as caught:
        print_documents([PrintedNotice(replace(MEMBER, name=name), MEMBERSHIP, TODAY)])
    assert caught.value.entry is Catalogue.CHARACTER_NOT_PRINTABLE
    assert caught.value.detail == f"「{name}」: {shown}"


def test_without_the_font_of_the_registers_a_rare_character_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "REGISTER_FONT", tmp_path / "none.ttf")
    with pytest.raises(Problem, match="U\\+20BB7"):
        print_documents([PrintedNotice(replace(MEMBER, name="𠮷"), MEMBERSHIP, TODAY)])


def test_without_the_font_the_problem_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        print_documents([NOTICE], tmp_path / "none.ttf")
    assert caught.value.entry is Catalogue.FONT_MISSING
    assert "Install fonts-ipaexfont-gothic" in str(caught.value.detail)
