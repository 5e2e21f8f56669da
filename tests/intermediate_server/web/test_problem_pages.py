"""Whatever fails at a page is a page with a sentence, and what was typed is not lost."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest

from intermediate_server.web.desks.household_desk import HouseholdDesk
from intermediate_server.web.filing_desk import FilingDesk
from tests.intermediate_server.conftest import MOGAMI, individual_number

A_BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
JOINING = {
    "Kind": "join", "InsurerNumber": MOGAMI, "IndividualNumber": individual_number(1),
    "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "55",
    "QualificationDate": "11/1", "PersonalFamilyClassification": "1", "Operator": "係",
}  # fmt: skip
HOUSEHOLD = {
    "Kind": "join", "InsurerNumber": MOGAMI, "InsuredCardSymbol": "最上",
    "InsuredIdentificationNumber": "55", "QualificationDate": "11/1",
    "IndividualNumber.0": individual_number(1), "InsuredBranchNumber.0": "01",
}  # fmt: skip


@pytest.fixture
def without_oqs(prepare: Any) -> Any:
    """The service, whose OQS and clock are away."""
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    return deployment


@pytest.mark.parametrize("path", ["/documents/print.pdf", "/documents/posting.pdf",
                                  "/documents/posting.csv", "/documents/labels.pdf"])  # fmt: skip
def test_a_link_to_a_file_shows_a_page_where_there_is_no_file(without_oqs: Any, path: str) -> None:
    address = f"{path}?InsurerNumber={MOGAMI}"
    page = without_oqs.pages.get(address, headers=A_BROWSER)
    assert page.status_code == 503
    assert page.headers["content-type"].startswith("text/html")
    assert "きょうの日付がわからないため、何も行っていません" in page.text
    assert "届出を受け付けていません" not in page.text.partition("<main")[2]
    program = without_oqs.pages.get(address)
    assert program.json()["code"] == "SIM-SERVICE-UNREACHABLE"


@pytest.mark.parametrize("address", [
    "/documents/print.pdf?InsurerNumber=990010&Part=x", "/documents/x/y.pdf", "/persons/x",
    "/documents/print.pdf?InsurerNumber=1",
])  # fmt: skip
def test_an_address_that_is_wrong_is_told_on_a_page(deployment: Any, address: str) -> None:
    page = deployment.pages.get(address, headers=A_BROWSER)
    assert page.status_code in {404, 422}
    assert page.headers["content-type"].startswith("text/html")
    assert "<p>✖ " in page.text


def test_a_day_without_its_year_is_not_called_unreadable_while_the_clock_is_away(
    without_oqs: Any,
) -> None:
    for path, typed in (("/file", JOINING), ("/household", HOUSEHOLD)):
        page = without_oqs.pages.post(path, data=typed)
        assert page.status_code == 503
        assert "読めません" not in page.text
        assert "届出を受け付けていません" in page.text.partition("<main")[2]
        assert 'value="11/1"' in page.text
    preview = without_oqs.pages.get("/file/preview", params=JOINING).text
    assert "読めません" not in preview
    assert "時計が答えない" in preview


@pytest.mark.parametrize(
    ("path", "typed", "desk"),
    [("/file", JOINING, FilingDesk), ("/household", HOUSEHOLD, HouseholdDesk)],
)
def test_a_failure_of_ours_shows_a_page_from_which_what_was_typed_is_sent_again(
    deployment: Any, monkeypatch: pytest.MonkeyPatch, path: str, typed: dict[str, str], desk: Any
) -> None:
    deployment.register()

    async def failing(*_: Any) -> None:
        raise RuntimeError("a bug")

    with monkeypatch.context() as patched:
        patched.setattr(desk, "file", failing)
        page = deployment.pages.post(path, data=typed)
    assert page.status_code == 500
    assert "模擬システムの内部で失敗しました" in page.text
    kept = _kept(page.text)
    assert kept == typed
    back = deployment.pages.post(path, data={**kept, "Switch": typed["Kind"]})
    assert 'value="11/1"' in back.text
    again = deployment.pages.post(path, data=kept, follow_redirects=True)
    assert "受け付けました" in again.text


def _kept(page: str) -> dict[str, str]:
    form = page.partition('class="kept"')[2].partition("</form>")[0]
    found = re.findall(r'<input type="hidden" name="([\w.]+)" value="([^"]*)">', form)
    return {name: html.unescape(value) for name, value in found}
