"""Documents on paper: every field and sentence is there, the code leads to the portal."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import pytest

from eligibility.cost.limits import LimitCategory
from eligibility.documents import (
    Contact,
    PrintedCertificate,
    PrintedElderlyCard,
    PrintedExpiryNotice,
    PrintedLastFourNotice,
    PrintedLimitCertificate,
    PrintedMember,
    PrintedMembership,
    PrintedNotice,
    PrintedOldCard,
)
from eligibility.documents.document_policy import LapsedIssue
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from intermediate_server.documents.printing import print_papers
from wire.catalogue import Catalogue, Problem
from wire.printing import fonts

if TYPE_CHECKING:
    from pathlib import Path

    from eligibility.documents import Paper

MEMBER = PrintedMember(
    "試験　花子", "ｼｹﾝ ﾊﾅｺ", "女", date(1980, 2, 17),
    "模擬県模擬市模擬町一丁目２番３号　模擬マンション４０５", "試験　太郎",
)  # fmt: skip
CONTACT = Contact(
    "国保課 資格係", "990-0101", "模擬県模擬市本町1-1", "099-000-0010", "平日 8:30〜17:15"
)
MEMBERSHIP = PrintedMembership(
    InsurerNumber("990010"), "最上型国民健康保険（模擬）", InsurerKind.KOKUHO, "最上", "1234567",
    "01", date(2026, 11, 1), contact=CONTACT,
)  # fmt: skip
ELDER = replace(MEMBER, birthdate=date(1952, 6, 3), sex="男")
OF_ELDER = replace(MEMBERSHIP, ratio=2, ratio_from=date(2026, 8, 1), special_expenses=True)
TODAY = date(2026, 11, 16)
CERTIFICATE = PrintedCertificate(MEMBER, MEMBERSHIP, TODAY, date(2027, 7, 31))
NOTICE = PrintedNotice(MEMBER, MEMBERSHIP, TODAY)
OF_LATE_ELDERLY = PrintedMembership(
    InsurerNumber("39990015"), "広域型後期高齢者医療（模擬）", InsurerKind.KOUKI,
    "", "01234567", "", date(2026, 11, 1), ratio=1, ratio_from=date(2026, 8, 1), contact=CONTACT,
)  # fmt: skip
LATE_ELDER = replace(MEMBER, birthdate=date(1940, 1, 5), head_of_household=None)
OLD = replace(OF_ELDER, ratio_from=date(2024, 12, 1), special_expenses=False)
FURTHER = [
    PrintedElderlyCard(ELDER, OLD, date(2024, 11, 26), date(2025, 7, 31)),
    PrintedOldCard(MEMBER, MEMBERSHIP, date(2024, 11, 26), date(2025, 7, 31)),
    PrintedLimitCertificate(
        MEMBER, MEMBERSHIP, LimitCategory.A03, date(2026, 11, 1), TODAY, date(2027, 7, 31)
    ),
    PrintedLimitCertificate(
        MEMBER, MEMBERSHIP, LimitCategory.A05, date(2026, 11, 1), TODAY, date(2027, 7, 31)
    ),
    PrintedExpiryNotice(MEMBER, MEMBERSHIP, TODAY, date(2027, 2, 16), LapsedIssue.AFTER_GRACE),
    PrintedLastFourNotice(MEMBER, MEMBERSHIP, TODAY, "0019"),
]
MM_PER_POINT = 25.4 / 72


def run(program: str, *arguments: str) -> str:
    found = shutil.which(program)
    assert found, f"{program} is missing; run tools/setup test"
    done = subprocess.run([found, *arguments], capture_output=True, check=True)
    # Of a title in the structure, pdfinfo writes the bytes as they are.
    return done.stdout.decode(errors="replace")


def text_of(document: Paper, directory: Path) -> str:
    path = directory / "document.pdf"
    path.write_bytes(print_papers([document]))
    return plain(run("pdftotext", "-raw", str(path), "-"))


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    """Whether two words lie over one another, by more than the air that a font leaves."""
    wide = min(one[2], other[2]) - max(one[0], other[0])
    high = min(one[3], other[3]) - max(one[1], other[1])
    return wide > 0.5 and high > 0.45 * min(one[3] - one[1], other[3] - other[1])


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
    [
        CERTIFICATE,
        PrintedCertificate(ELDER, OF_ELDER, TODAY, date(2027, 6, 2)),
        PrintedCertificate(LATE_ELDER, OF_LATE_ELDERLY, TODAY, date(2027, 7, 31)),
    ],
    ids=["below 70", "from 70, in arrears", "後期"],
)
def test_every_field_of_a_certificate_is_printed(
    certificate: PrintedCertificate, tmp_path: Path
) -> None:
    text = text_of(certificate, tmp_path)
    for line in certificate.lines:
        assert line.label in text
        assert plain(line.value) in text, line.label
    assert "資格確認書" in text
    assert "SIMULATION/模擬" in text
    national = certificate.membership.kind is InsurerKind.KOKUHO
    assert (certificate.legal_basis in text) is national
    assert ("枝番" in text) is national
    assert plain(CONTACT.line) in text
    assert ("負担割合" in text) is (certificate.membership.ratio is not None)


@pytest.mark.rules("R-056")
def test_a_certificate_has_the_size_of_a_card_and_two_sides(tmp_path: Path) -> None:
    text_of(CERTIFICATE, tmp_path)
    assert sizes(tmp_path / "document.pdf") == [(86, 54), (86, 54)]


@pytest.mark.rules("R-075", "R-081", "R-150", "R-159")
@pytest.mark.parametrize(
    "notice",
    [
        NOTICE,
        PrintedNotice(ELDER, OF_ELDER, TODAY, date(2027, 5, 31)),
        PrintedNotice(LATE_ELDER, OF_LATE_ELDERLY, TODAY, date(2027, 7, 31)),
    ],
    ids=["below 70", "from 70, in arrears", "後期"],
)
def test_every_field_of_a_notice_is_printed_above_and_on_the_part_to_cut_out(
    notice: PrintedNotice, tmp_path: Path
) -> None:
    text = text_of(notice, tmp_path)
    for line in notice.lines:
        assert line.label in text
        assert plain(line.value) in text, line.label
    for line in notice.cut_out[1:]:
        assert text.count(plain(line.value)) >= 2, f"{line.label} is above and below"
    assert "令和8年11月16日発行" in text
    assert "シケン　ハナコ".replace("　", "") in text
    assert f"保険者番号{notice.membership.insurer_number}" in text
    for said in (CONTACT.phone, CONTACT.place, CONTACT.hours):
        assert plain(said) in text
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


@pytest.mark.rules("R-151", "R-153", "R-190", "R-111")
@pytest.mark.parametrize("paper", FURTHER, ids=lambda paper: str(paper.kind))
def test_every_field_of_the_further_papers_is_printed(paper: Paper, tmp_path: Path) -> None:
    text = text_of(paper, tmp_path)
    assert plain(paper.title) in text
    for line in paper.lines:
        assert plain(line.value) in text, line.label
    for sentence in paper.sentences:
        assert plain(sentence) in text
    assert plain(CONTACT.line.rpartition("　")[2]) in text


@pytest.mark.parametrize(
    "paper", [CERTIFICATE, NOTICE, *FURTHER], ids=lambda paper: str(paper.kind)
)
def test_a_paper_has_title_language_and_a_structure_that_holds_all_of_its_text(
    paper: Paper, tmp_path: Path
) -> None:
    text = text_of(paper, tmp_path)
    path = tmp_path / "document.pdf"
    about = run("pdfinfo", str(path))
    assert f"Title:           {paper.title}" in about
    assert "Tagged:          yes" in about
    assert b"/Lang (ja-JP)" in path.read_bytes()
    structure = run("pdfinfo", "-struct-text", str(path)).splitlines()
    tags = {line.split()[0] for line in structure if line.strip() and line.strip()[0] != '"'}
    assert {"Document", "Sect", "H1", "P"} <= tags
    read = plain("".join(line.strip().strip('"') for line in structure if '"' in line[:40]))
    for line in paper.lines:
        assert plain(line.value) in read, line.label
    for word in ("模擬", "SIMULATION"):
        assert text.count(word) == read.count(word), "the watermark is neither read nor copied"


def test_fields_are_read_in_the_order_of_the_form(tmp_path: Path) -> None:
    text_of(NOTICE, tmp_path)
    read = plain(run("pdfinfo", "-struct-text", str(tmp_path / "document.pdf")))
    assert [line.label for line in NOTICE.lines[3:]] == sorted(
        (line.label for line in NOTICE.lines[3:]), key=lambda label: read.index(f'"{label}"')
    )


def test_the_same_document_gives_the_same_bytes() -> None:
    assert print_papers([CERTIFICATE]) == print_papers([CERTIFICATE])


def test_a_run_is_printed_as_one_file(tmp_path: Path) -> None:
    path = tmp_path / "run.pdf"
    path.write_bytes(print_papers([NOTICE, CERTIFICATE, NOTICE]))
    assert sizes(path) == [(210, 297), (86, 54), (86, 54), (210, 297)]


@pytest.mark.parametrize("name", ["長" * 100, "A" * 100, "髙﨑　𠮷", "ああ、" * 30, "Ab cd " * 16])
def test_long_and_rare_names_stay_whole_and_within_their_fields(name: str, tmp_path: Path) -> None:
    member = replace(MEMBER, name=name, address=name * 2, head_of_household=name)
    for paper in (
        PrintedCertificate(member, MEMBERSHIP, TODAY, date(2027, 7, 31)),
        PrintedNotice(member, MEMBERSHIP, TODAY),
        replace(FURTHER[2], member=member),
    ):
        assert text_of(paper, tmp_path).count(plain(name)) >= 1
        boxes = run("pdftotext", "-bbox", str(tmp_path / "document.pdf"), "-")
        page = (0.0, 0.0)
        found: list[tuple[float, ...]] = []
        for line in boxes.splitlines():
            if not line.lstrip().startswith(("<page", "<word")):
                continue
            numbers = [float(part.split('"')[0]) for part in line.split('="')[1:]]
            if "<page" in line:
                page, found = (numbers[0], numbers[1]), []
            else:
                assert numbers[2] <= page[0]
                assert numbers[3] <= page[1]
                assert not any(overlap(tuple(numbers), other) for other in found), line
                found.append(tuple(numbers))


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
        path.write_bytes(print_papers([PrintedNotice(member, MEMBERSHIP, TODAY)]))
    rare, none = (run("pdffonts", str(path)) for path in texts)
    assert "IPAmjMincho" in rare
    assert "IPAmjMincho" not in none


@pytest.mark.parametrize(
    ("name", "shown"),
    [("花\U0010fffe子", "U+10FFFE"), ("葛\U000e0100城", "U+E0100"), ("花😀子", "😀 U+1F600")],
)
def test_a_character_that_no_font_has_is_refused_with_its_text(name: str, shown: str) -> None:
    with pytest.raises(Problem) as caught:
        print_papers([PrintedNotice(replace(MEMBER, name=name), MEMBERSHIP, TODAY)])
    assert caught.value.entry is Catalogue.CHARACTER_NOT_PRINTABLE
    assert caught.value.detail == f"「{name}」: {shown}"


def test_without_the_font_of_the_registers_a_rare_character_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(fonts, "REGISTER_FONT", tmp_path / "none.ttf")
    with pytest.raises(Problem, match="U\\+20BB7"):
        print_papers([PrintedNotice(replace(MEMBER, name="𠮷"), MEMBERSHIP, TODAY)])


def test_without_the_font_the_problem_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        print_papers([NOTICE], tmp_path / "none.ttf")
    assert caught.value.entry is Catalogue.FONT_MISSING
    assert "Install fonts-ipaexfont-gothic" in str(caught.value.detail)
