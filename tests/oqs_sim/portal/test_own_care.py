"""お薬, 健診 and 医療費通知, as the person sees them at the portal."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from eligibility.days.eras import era_date
from oqs_sim.portal.history import what_of
from oqs_sim.qualification.challenge import ChallengePurpose
from oqs_sim.store.inquiries import PastInquiry
from oqs_sim.store.person import PersonKey
from tests.oqs_sim.bulk.test_public_assistance import put_office, put_recipient
from tests.oqs_sim.conftest import ICHIRO
from tests.oqs_sim.portal.test_account import as_person

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

TODAY = date(2026, 11, 9)
NOW = datetime(2026, 11, 9, tzinfo=UTC)


@pytest.fixture
def ichiro(oqs: Oqs) -> str:
    """A member of 74, who takes medicines."""
    ichiro = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    oqs.report(1, PersonReference=ichiro, InsuredIdentificationNumber="7654321")
    return ichiro


@pytest.mark.rules("R-172", "P-040")
def test_medicines_are_those_of_the_window_page_by_page(oqs: Oqs, ichiro: str) -> None:
    records = oqs.app.state.portal.records
    seen = records.history(PersonKey.of(ichiro)).medicines(TODAY)
    assert len(seen) > 20, "the seed gives this person too few to page through"
    browser, shown = as_person(oqs, ichiro), []
    path = "/portal/medicines"
    while path:
        page = browser.get(path).text
        shown += re.findall(r"<time>(.*?)（.）</time>(.*)</h2>", page)
        (path,) = re.findall(r'href="(/portal/medicines\?page=\d+)"', page) or [""]
    assert [on for on, _ in shown] == [era_date(one.dispensing.on) for one in seen]
    assert ["電子処方箋" in tag for _, tag in shown] == [not one.by_claim for one in seen]
    first = seen[0]
    page = browser.get("/portal/medicines").text
    assert first.dispensing.pharmacy.name in page
    for given in first.dispensing.drugs:
        assert given.drug.name in page
    assert "約1か月たったものを、5年前まで" in page


def test_checkups_show_each_item_with_its_unit(oqs: Oqs) -> None:
    oqs.report(1)
    records = oqs.app.state.portal.records
    found = records.history(PersonKey.of(oqs.hanako)).checkups(TODAY)
    page = as_person(oqs).get("/portal/checkups").text
    assert page.count('<article class="ticket">') == len(found)
    for item in found[0].items if found else ():
        value = item.meaning or f"{item.value} {item.unit}" if item.unit else item.value
        assert f"<dt>{item.name}</dt><dd>{item.meaning or value}</dd>" in page


@pytest.mark.rules("R-157")
def test_the_costs_of_a_year_add_up_and_are_the_same_for_programs(oqs: Oqs) -> None:
    oqs.report(1)
    proof = oqs.card.sign(oqs.portal_challenge("sign_in"))
    token = oqs.console.post("/portal/sessions", json={"CardProof": proof}).json()["Token"]
    told = oqs.console.get(
        "/portal/me/costs?Year=2025", headers={"Authorization": f"Bearer {token}"}
    ).json()
    assert told["Paid"] == sum(one["Paid"] for one in told["Months"])
    page = as_person(oqs).get("/portal/costs?year=2025").text
    assert f'class="number">{told["Paid"]:,}円' in page
    assert "令和7年の合計" in page
    assert page.count("</td></tr>") == len(told["Months"])
    assert "医療費控除の申告が簡単になります" in page


@pytest.mark.rules("R-157", "R-172")
def test_who_was_never_insured_has_no_care_that_anybody_claimed(oqs: Oqs) -> None:
    never = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    browser = as_person(oqs, never)
    records, person = oqs.app.state.portal.records, PersonKey.of(never)
    assert records.history(person).medicines(TODAY) == []
    assert records.history(person).checkups(TODAY) == []
    assert records.costs(person, 2025, TODAY) == ()
    for page in ("medicines", "checkups", "costs"):
        assert browser.get(f"/portal/{page}").status_code == 200
    oqs.report(1, PersonReference=never, DisqualificationDate="20240401", ReasonOfLoss="03")
    assert records.costs(person, 2025, TODAY) == (), "a membership that was cancelled"


def test_care_on_public_assistance_is_claimed_too(oqs: Oqs) -> None:
    person = oqs.resident(ICHIRO, "田中　一郎", "19520603")
    put_office(oqs)
    put_recipient(oqs, person)
    records = oqs.app.state.portal.records
    assert records.history(PersonKey.of(person)).medicines(TODAY)


@pytest.mark.rules("R-157", "R-172")
def test_after_the_loss_nobody_claims_anything(oqs: Oqs, ichiro: str) -> None:
    records, person = oqs.app.state.portal.records, PersonKey.of(ichiro)
    whole = records.costs(person, 2025, TODAY)
    lost = {"DisqualificationDate": "20250401", "ReasonOfLoss": "99"}
    oqs.report(2, PersonReference=ichiro, InsuredIdentificationNumber="7654321", **lost)
    assert records.costs(person, 2025, TODAY) == tuple(
        one for one in whole if one.month < date(2025, 4, 1)
    )
    assert records.costs(person, 2023, TODAY), "before it another insurer is assumed"


@pytest.mark.parametrize("year", ["1999", "x", "99999"])
def test_a_year_that_is_none_is_refused_with_a_page(oqs: Oqs, year: str) -> None:
    page = as_person(oqs).get(f"/portal/costs?year={year}")
    assert page.status_code == 422
    assert page.headers["content-type"].startswith("text/html")


@pytest.mark.rules("P-031")
def test_whose_information_is_blocked_sees_nothing_of_it(member: Oqs) -> None:
    browser = as_person(member)
    member.report(2, SelfInformationBlocked="1")
    for page in ("medicines", "checkups", "costs"):
        assert browser.get(f"/portal/{page}").status_code == 403


def test_each_purpose_of_an_inquiry_has_a_word_for_the_history() -> None:
    for purpose in ChallengePurpose:
        line = PastInquiry(NOW, NOW, "9910000018", "1", purpose, None, None)
        assert not re.search("[a-z]{2}", what_of(line).ja), purpose
    unknown = PastInquiry(NOW, NOW, "9910000018", "", "something", None, None)
    assert what_of(unknown).ja == "something"
