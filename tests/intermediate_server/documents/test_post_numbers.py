"""郵便番号: filed with its address or not known, and then no letter goes out by mail."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.document_posting import DocumentPosting
from intermediate_server.filing.csv_file import CsvLine
from intermediate_server.filing.fields import read_procedure
from intermediate_server.filing.file_intake import FileIntake
from intermediate_server.procedures.change import UNKNOWN_SOURCE
from tests.databases import ENGINES
from tests.intermediate_server.conftest import MOGAMI
from tests.intermediate_server.documents.test_papers_kept_back import every

if TYPE_CHECKING:
    from intermediate_server.procedures.change import Change
    from tests.intermediate_server.runs.lived_days import LivedDays

BORN = {
    "Kind": "newborn", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "模擬",
    "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "02", "Name": "模擬　新",
    "NameKana": "ﾓｷﾞ ｼﾝ", "Sex1": "1", "Birthdate": "20270227", "FiledOn": "20270301",
    "Householder": "模擬　主",
}  # fmt: skip


def home(days: LivedDays, **texts: str) -> str:
    """Return a member who lives at a known address."""
    reference: str = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI, **{"Address": "模擬県１", "PostNumber": "9900001", **texts})
    return reference


async def nobody(wanted: list[Any]) -> list[Any]:
    """Match nobody, as none of a file has a 個人番号."""
    assert not wanted
    return []


def where(entry: Change) -> tuple[str, str]:
    return entry.person.post_number, entry.person.address


@pytest.mark.parametrize(
    ("kind", "filed", "known"),
    [
        ("address", {"Address": "模擬県2"}, ("", "模擬県2")),
        ("address", {"Address": "模擬県 1"}, ("990-0001", "模擬県 1")),
        ("address", {"Address": "模擬県2", "PostNumber": "9900002"}, ("990-0002", "模擬県2")),
        ("address", {"PostNumber": "9900002"}, ("990-0002", "模擬県１")),
        ("change", {"Address": "模擬県2"}, ("", "模擬県2")),
        ("correct", {"Address": "模擬県2", "Reason": "誤り", "CorrectedVersion": "1"},
         ("", "模擬県2")),
    ],
)  # fmt: skip
def test_another_address_has_the_post_number_that_is_filed_with_it_or_none(
    live: Any,
    kind: str,
    filed: dict[str, str],
    known: tuple[str, str],
) -> None:
    days = live(date(2027, 3, 1))
    reference = home(days)
    assert where(days.file(reference, MOGAMI, kind, **filed).entries[0]) == known


@pytest.mark.parametrize(("address", "known"), [("模擬県1", "990-0001"), ("模擬県2", "")])
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("way", ["alone", "together", "file"])
@pytest.mark.rules("R-016")
def test_who_is_born_takes_the_post_number_of_the_household_at_the_same_address(
    live: Any,
    engine: str,
    way: str,
    address: str,
    known: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    days = live(date(2027, 3, 1), engine)
    born = read_procedure({**BORN, "Address": address})
    if way == "together":
        parent = days.resident(date(1980, 2, 17))
        joining = read_procedure(
            {
                "Kind": "join", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "模擬",
                "InsuredIdentificationNumber": "1", "InsuredBranchNumber": "01",
                "QualificationDate": "20270227", "Address": "模擬県１", "PostNumber": "9900001",
                "IndividualNumber": days.number_of(parent),
            }
        )  # fmt: skip
        *_, made = days.runner.run(days.acceptance.accept_all([born, joining]))[:1]
        entry = made.entries[0]
    else:
        home(days)
        if way == "alone":
            entry = days.runner.run(days.acceptance.accept(born)).entries[0]
        else:
            monkeypatch.setattr(days.town, "match_all", nobody, raising=False)
            intake = FileIntake(days.acceptance, days.store)
            line = CsvLine(2, born)
            days.runner.run(intake.take_lines([line], UNKNOWN_SOURCE, None))
            (entry,) = days.entries(born.person_reference)
    assert where(entry) == (known, address)


@pytest.mark.rules("PP-09")
@pytest.mark.parametrize("engine", ENGINES)
def test_what_goes_by_mail_is_held_back_until_somebody_says_where(
    live: Any,
    engine: str,
) -> None:
    days = live(date(2027, 3, 1), engine)
    known, moved = home(days), home(days, InsuredIdentificationNumber="9")
    days.file(moved, MOGAMI, "address", InsuredIdentificationNumber="9", Address="模擬県2")
    posting = DocumentPosting(days.store.post, days.acceptance.policies, None)
    rows = days.runner.run(posting.part(every(days), 1)).rows
    refused = {row.document[0]: row.refusal for row in rows}
    assert refused[known] == ""
    assert "郵便番号が届けられていない" in refused[moved]
    count, found = days.store.post.unaddressed(every(days), 9)
    assert (count, {entry.person.reference for _, entry in found}) == (1, {moved})
    days.file(moved, MOGAMI, "address", InsuredIdentificationNumber="9", PostNumber="9900002")
    assert days.store.post.unaddressed(every(days), 9) == (0, [])
    rows = days.runner.run(posting.part(every(days), 1)).rows
    assert {row.refusal for row in rows} == {""}
    assert {(row.post_number, row.address) for row in rows if row.document[0] == moved} == {
        ("990-0002", "模擬県2")
    }
