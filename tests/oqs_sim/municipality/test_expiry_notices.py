"""有効期限通知書: who is told, once, and what the letter says."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.oqs_sim.municipality.at_counter import Counter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs

NOTICES = "/sim/municipality/notices"


def due(oqs: Oqs, **query: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = oqs.console.get(NOTICES, params=query).json()["Notices"]
    return found


@pytest.mark.rules("R-111", "P-003")
def test_a_notice_is_due_from_three_months_before_until_the_last_day(oqs: Oqs) -> None:
    """Hanako's certificate ends on 17 February 2031."""
    oqs.set_clock("2030-11-16T10:00:00+09:00")
    assert due(oqs) == []
    oqs.set_clock("2030-11-17T10:00:00+09:00")
    (one,) = due(oqs)
    assert one["Card"] == oqs.issued["SerialNumber"]
    assert one["CertificateExpiresOn"] == "20310217"
    assert due(oqs, MunicipalityCode="99002") == []
    oqs.set_clock("2031-02-18T10:00:00+09:00")
    assert due(oqs) == []


def test_a_notice_goes_out_once(oqs: Oqs) -> None:
    oqs.set_clock("2030-12-01T10:00:00+09:00")
    assert oqs.console.post(NOTICES).json() == {"Sent": 1}
    assert oqs.console.post(NOTICES).json() == {"Sent": 0}
    assert due(oqs)[0]["SentOn"] == "20301201"


@pytest.mark.rules("P-001", "P-007")
def test_a_renewed_certificate_needs_no_notice(oqs: Oqs) -> None:
    oqs.set_clock("2030-12-01T10:00:00+09:00")
    renewed = oqs.console.post(
        f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/certificates", json={}
    )
    assert renewed.status_code == 201
    assert due(oqs) == []


@pytest.mark.rules("R-111", "P-002")
def test_the_letter_can_be_read_by_programs_and_screen_readers(oqs: Oqs, tmp_path: Path) -> None:
    oqs.set_clock("2030-12-01T10:00:00+09:00")
    printed = oqs.console.get(f"{NOTICES}/{oqs.issued['SerialNumber']}")
    assert printed.headers["content-type"] == "application/pdf"
    file = tmp_path / "notice.pdf"
    file.write_bytes(printed.content)

    def told(*command: str) -> str:
        return subprocess.run(
            [*command, str(file), *(["-"] if command[0] == "pdftotext" else [])],
            capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip

    text = "".join(told("pdftotext").split())
    for said in ("有効期限通知書", "佐藤花子様", "令和13年2月17日", "令和13年5月31日まで", "模擬"):
        assert said in text
    assert "Tagged:yes" in "".join(told("pdfinfo").split())
    tree = told("pdfinfo", "-struct-text")
    assert "H1" in tree
    assert tree.index("有効期限通知書") < tree.index("TH") < tree.index("TD")
    again = oqs.console.get(f"{NOTICES}/{oqs.issued['SerialNumber']}")
    assert again.content == printed.content


@pytest.mark.rules("R-111", "R-113")
def test_a_card_that_lapsed_or_is_stopped_needs_no_notice(member: Oqs) -> None:
    """Hanako's certificate ends on 17 February 2031."""
    counter = Counter(member)
    member.set_clock("2030-11-18T10:00:00+09:00")
    counter.file("report_loss")
    assert due(member) == []
    assert member.console.get(f"{NOTICES}/{member.issued['SerialNumber']}").status_code == 404
    counter.file("report_found")
    assert len(due(member)) == 1
    counter.file("move_out", PlannedOn="20301120")
    assert len(due(member)) == 1, "it works until then"
    member.set_clock("2030-11-20T10:00:00+09:00")
    assert due(member) == []
    counter.file("move_in", Address="模擬県別市1-1")
    assert len(due(member)) == 1


@pytest.mark.rules("R-113")
def test_who_did_not_go_on_using_the_card_is_promised_nothing(oqs: Oqs) -> None:
    counter = Counter(oqs)
    counter.file("move_out", PlannedOn="20261109")
    counter.file("move_in", Address="模擬県別市1-1")
    oqs.set_clock("2030-12-20T10:00:00+09:00")
    assert due(oqs) == []
    assert oqs.console.post(NOTICES).json() == {"Sent": 0}


def test_no_letter_after_the_last_day(oqs: Oqs) -> None:
    oqs.set_clock("2031-02-18T10:00:00+09:00")
    assert oqs.console.get(f"{NOTICES}/{oqs.issued['SerialNumber']}").status_code == 404


@pytest.mark.parametrize(
    ("post_number", "printed"), [({}, False), ({"PostNumber": "990-0102"}, True)]
)
def test_a_new_address_is_not_printed_with_the_old_post_number(
    oqs: Oqs, tmp_path: Path, post_number: dict[str, str], *, printed: bool
) -> None:
    counter = Counter(oqs)
    counter.file("move_out", PlannedOn="20261109")
    counter.file("move_in", Address="模擬県別市1-1", Continued=True, **post_number)
    oqs.set_clock("2030-12-01T10:00:00+09:00")
    file = tmp_path / "notice.pdf"
    file.write_bytes(oqs.console.get(f"{NOTICES}/{oqs.issued['SerialNumber']}").content)
    text = subprocess.run(
        ["pdftotext", str(file), "-"], capture_output=True, text=True, check=True
    ).stdout
    assert "模擬県別市1-1" in text
    assert ("〒" in text, "990-0001" in text, "990-0102" in text) == (printed, False, printed)


def test_no_letter_where_none_is_due(oqs: Oqs) -> None:
    for card in (oqs.issued["SerialNumber"], "000000000000000"):
        refused = oqs.console.get(f"{NOTICES}/{card}")
        assert refused.status_code == 404
        assert "3か月前から" in refused.json()["japanese"]
