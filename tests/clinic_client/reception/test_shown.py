"""What the patient shows instead of a smooth check, as the desk records it (§6 of the rules)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from eligibility.days.dates import TOKYO
from testbed.cards.personas import personas

Open = Callable[..., Any]
HANAKO = personas()["hanako"]
LOST = {"DisqualificationDate": "20261101"}


def show(clinic: Any, visit: Any, *documents: dict[str, Any], **more: Any) -> Any:
    body = {"Presented": list(documents), **more}
    answer = clinic.http.put(f"/api/visits/{visit['VisitId']}/shown", json=body)
    return answer.raise_for_status().json()["Decision"]


def offered(clinic: Any) -> list[str]:
    page = clinic.page()
    return [part.split('"')[0] for part in page.split('data-offer="')[1:]]


@pytest.mark.rules("R-041", "P-088")
def test_a_certificate_is_enough_by_itself_until_its_last_day(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device", CardAtHand=False)
    assert visit["Decision"]["Accepted"] is None
    assert visit["Decision"]["Claim"]["Mode"] == "no_claim"
    today = clinic.state()["Clock"]["Today"]
    shown = {"Document": "certificate", "ExpiresOn": today, "Ratio": 2}
    decision = show(clinic, visit, shown)
    assert (decision["Accepted"], decision["Ratio"], decision["RatioSource"]) == (
        "certificate",
        2,
        "declared",
    )
    assert decision["Claim"]["Mode"] == "normal"
    assert "資格確認書で受け付けました" in clinic.page()
    expired = show(clinic, visit, {**shown, "ExpiresOn": f"{int(today[:4]) - 1}{today[4:]}"})
    assert expired["Accepted"] is None
    assert "有効期限が切れています" in expired["Cautions"][0]["Japanese"]
    assert "有効期限が切れています" in clinic.page()


@pytest.mark.rules("R-041")
def test_who_came_with_a_certificate_alone_is_not_waited_for(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("no_card")
    path = f"/visits/{visit['VisitId']}"
    assert f'<a href="{path}" class="wait' in clinic.page()
    show(clinic, visit, {"Document": "certificate", "ExpiresOn": "20270731"})
    assert f'<a href="{path}" class="wait' not in clinic.page()
    assert clinic.get(f"/api{path}")["Decision"]["CheckAgain"] is None
    show(clinic, visit)  # it was another person's
    assert f'<a href="{path}" class="wait' in clinic.page()


@pytest.mark.rules("R-071", "R-072", "R-092")
@pytest.mark.parametrize("document", ["notice", "portal_screen", "portal_pdf"])
def test_notice_and_portal_are_accepted_with_the_card_only(with_card: Open, document: str) -> None:
    clinic = with_card()
    with_it = show(clinic, clinic.unchecked("network"), {"Document": document})
    assert with_it["Accepted"] == "card_with_portal_or_notice"
    former = show(clinic, clinic.unchecked("network"), {"Document": document, "Current": False})
    assert former["Accepted"] is None
    without = clinic.unchecked("network", CardAtHand=False)
    alone = show(clinic, without, {"Document": document})
    assert alone["Accepted"] is None
    assert alone["Cautions"]


@pytest.mark.rules("P-086")
def test_a_known_patient_says_that_nothing_has_changed(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    assert "unchanged" not in offered_after(clinic, "network")
    clinic.visit()
    oqs.stop()  # else the visit is checked again by itself, while it is looked at
    known = clinic.unchecked("network")
    assert "unchanged" in offered(clinic)
    decision = show(clinic, known, SaysUnchanged=True)
    assert (decision["Accepted"], decision["Claim"]["Mode"]) == ("oral_no_change", "normal")
    assert "口頭で確かめて受け付けました" in clinic.page()


MOGAMI, ANOTHER = {"InsurerNumber": "990010"}, {"InsurerNumber": "06990014"}


@pytest.mark.rules("R-052", "R-073", "P-080")
@pytest.mark.parametrize("channel", ["card", "number", "outage"])
def test_a_paper_of_the_insurer_that_was_left_carries_no_visit(
    with_card: Open, oqs: Any, world: Any, channel: str
) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, **LOST)
    visit = clinic.visit()
    if channel == "number":
        typed = {
            "InsurerNumber": "990010", "InsuredCardSymbol": "最上", "Birthdate": "19800217",
            "InsuredIdentificationNumber": "1234567", "InsuredBranchNumber": "01",
        }  # fmt: skip
        visit = clinic.http.post("/api/visits/number", json=typed).json()
    elif channel == "outage":
        oqs.stop()
        visit = clinic.unchecked("network")
    page = clinic.page()
    asked = page.split('<form data-document="certificate"')[1].split("</form>")[0]
    assert "どの保険者のものか" in asked
    assert "最上型国民健康保険（模擬）のもの（資格は終わっています）" in asked
    assert 'name="ExpiresOn"' in asked
    assert 'name="Current"' in page.split('<form data-document="notice"')[1].split("</form>")[0]
    assert 'data-offer="declaration" data-record' in page, "it is of no insurer"
    paper = {"Document": "certificate", "ExpiresOn": "20270731"}
    for former in ({}, MOGAMI, {"Current": False}, {**ANOTHER, "Current": False}):
        left = show(clinic, visit, {**paper, **former})
        assert left["Accepted"] is None, former
        assert "返還" in left["Cautions"][0]["Japanese"]
        assert left["Claim"]["Mode"] == "old_eligibility"
    assert "返還" in clinic.page()
    for current in ({"Current": True}, ANOTHER, {**MOGAMI, "Current": True}):
        now = show(clinic, visit, {**paper, **current})
        assert (now["Accepted"], now["Claim"]["Mode"]) == ("certificate", "normal"), current
    notice = show(clinic, visit, {"Document": "notice", **MOGAMI})
    assert notice["Accepted"] is None
    assert "前の保険者のもの" in notice["Cautions"][0]["Japanese"]
    assert show(clinic, visit, {"Document": "notice", "Current": True})["Accepted"]


def test_whose_a_paper_is_is_asked_only_where_an_eligibility_has_ended(
    with_card: Open, oqs: Any
) -> None:
    clinic = with_card()
    clinic.visit()
    oqs.stop()
    clinic.unchecked("device")
    page = clinic.page()
    assert 'data-offer="certificate"' in page
    assert 'name="Current"' not in page


@pytest.mark.rules("P-080", "P-086")
def test_nobody_says_of_an_eligibility_that_has_ended_that_nothing_has_changed(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    clinic.visit()
    oqs.insure(world.hanako, HANAKO, Version=2, **LOST)
    clinic.visit()
    oqs.stop()
    outage = clinic.unchecked("network")
    assert "unchanged" not in offered(clinic)
    assert "oral_no_change" not in ways(outage["Decision"])
    assert (outage["Decision"]["Ratio"], outage["Decision"]["RatioSource"]) == (3, "age")
    said = show(clinic, outage, SaysUnchanged=True)
    assert (said["Accepted"], said["Claim"]["Mode"]) == (None, "old_eligibility")


def offered_after(clinic: Any, cause: str) -> list[str]:
    clinic.unchecked(cause)
    return offered(clinic)


@pytest.mark.rules("P-084", "P-085", "P-080")
def test_by_declaration_the_claim_is_normal_under_the_old_number_or_unknown(
    with_card: Open, oqs: Any
) -> None:
    clinic = with_card()
    stranger = clinic.unchecked("device")
    unknown = show(clinic, stranger, {"Document": "declaration"})
    assert (unknown["Accepted"], unknown["Claim"]["Mode"]) == ("declaration", "unknown")
    clinic.visit()
    for day, mode in ((30, "normal"), (1, "old_eligibility")):  # the month ends in between
        oqs.set_clock(datetime(2026, 11 if day == 30 else 12, day, 10, tzinfo=TOKYO))
        clinic.wait_until(lambda state: state["Clock"]["Today"].endswith(f"{day:02}"))  # noqa: B023
        known = show(clinic, clinic.unchecked("device"), {"Document": "declaration"})
        assert (known["Accepted"], known["Claim"]["Mode"]) == ("declaration", mode)


@pytest.mark.rules("R-096", "P-088")
def test_the_whole_cost_is_the_last_way_and_only_without_the_card(with_card: Open) -> None:
    clinic = with_card()
    assert "nothing" not in offered_after(clinic, "device")
    without = clinic.unchecked("device", CardAtHand=False)
    assert offered(clinic)[-1] == "nothing"
    decision = show(clinic, without, NotAtHand=["certificate", "employer_proof"])
    assert (decision["Accepted"], decision["Ratio"]) == ("self_pay", 10)
    assert decision["Claim"]["Mode"] == "no_claim"
    assert "全額で受け付けました" in clinic.page()


def ways(decision: Any) -> list[str]:
    return [way["Way"] for way in decision["Ways"]]


@pytest.mark.rules("P-014", "P-015", "R-096", "P-088")
def test_who_has_only_a_phone_that_cannot_be_used_may_end_at_the_whole_cost(
    with_card: Open,
) -> None:
    clinic = with_card()
    page = clinic.page("/unable")
    assert 'data-unchecked="smartphone">カードもある' in page
    assert 'data-unchecked="smartphone" data-without-card' in page
    both = clinic.unchecked("smartphone")
    assert ways(both["Decision"]) == ["physical_card", "certificate"]
    assert "nothing" not in offered(clinic)
    assert ways(show(clinic, both, CardAtHand=False)) == WITHOUT_CARD
    assert offered(clinic)[-2:] == ["card", "nothing"]
    only = clinic.unchecked("smartphone", CardAtHand=False)
    assert ways(only["Decision"]) == WITHOUT_CARD
    alone = show(clinic, only, {"Document": "notice"})
    assert (alone["Accepted"], alone["Claim"]["Mode"]) == (None, "no_claim")
    certificate = show(clinic, only, {"Document": "certificate", "Ratio": 3})
    assert (certificate["Accepted"], certificate["Ratio"]) == ("certificate", 3)
    nothing = show(clinic, only, NotAtHand=["certificate", "employer_proof"])
    assert (nothing["Accepted"], nothing["Ratio"]) == ("self_pay", 10)


WITHOUT_CARD = ["certificate", "employer_proof", "self_pay"]
"""Section 6 of the rules without a card: steps 2 and 5."""


@pytest.mark.rules("R-072", "P-086", "P-030")
@pytest.mark.parametrize("cause", ["device", "network", "lag", "view_stopped", "no_reader"])
def test_that_the_card_is_not_at_hand_holds_on_until_it_turns_up(
    with_card: Open, cause: str
) -> None:
    clinic = with_card()
    visit = clinic.unchecked(cause)
    assert "declaration" in ways(visit["Decision"])
    assert "no_card" in offered(clinic)
    assert ways(show(clinic, visit, CardAtHand=False)) == WITHOUT_CARD
    page = clinic.page()
    assert '<form data-document="notice" data-without-card' in page
    assert '<form data-document="certificate" data-without-card' in page
    assert "declaration" in ways(show(clinic, visit, CardAtHand=True))


@pytest.mark.rules("P-070", "P-085")
def test_the_share_follows_from_the_date_of_birth_that_the_patient_says(
    with_card: Open,
) -> None:
    clinic = with_card()
    visit = clinic.unchecked("network")
    assert (visit["Decision"]["Ratio"], visit["Decision"]["RatioSource"]) == (None, "unknown")
    assert 'id="born"' in clinic.page()
    show(clinic, visit, {"Document": "notice"})

    def born(text: str) -> Any:
        path = f"/api/visits/{visit['VisitId']}/birthdate"
        return clinic.http.put(path, json={"Birthdate": text}).json()

    for text, tenths in (("S55.2.17", 3), ("昭和28年3月1日", 2), ("19400101", 1), ("R5.4.2", 2)):
        decision = born(text)["Decision"]
        assert (decision["Ratio"], decision["RatioSource"]) == (tenths, "age")
        assert decision["Accepted"] == "card_with_portal_or_notice", "what was shown stays"
    assert 'value="令和5年4月2日"' in clinic.page(), "it can be put right"
    later = born("令和99年1月1日")
    assert later["code"] == "SIM-INVALID-REQUEST"
    assert "受診日より後" in later["fields"][0]["japanese"]
    assert show(clinic, visit)["Ratio"] == 2, "it was said once"
    born("S55.2.17")
    assert show(clinic, visit, {"Document": "certificate", "Ratio": 3})["Ratio"] == 3


@pytest.mark.rules("P-030", "P-070", "P-085")
def test_a_stopped_view_shows_nobody_so_the_share_is_asked_for(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, ViewStopped="1")
    visit = clinic.visit()
    assert (visit["Validity"], visit["Birthdate"]) == ("4", None)
    assert visit["Decision"]["RatioSource"] == "unknown"
    assert 'id="born"' in clinic.page()
    path = f"/api/visits/{visit['VisitId']}/birthdate"
    told = clinic.http.put(path, json={"Birthdate": "S55.2.17"}).json()
    assert told["Decision"]["Ratio"] == 3


@pytest.mark.rules("P-031")
def test_a_protected_person_is_offered_the_certificate_alone(
    with_card: Open, oqs: Any, world: Any
) -> None:
    clinic = with_card()
    oqs.insure(world.hanako, HANAKO, Version=2, SelfInformationBlocked="1")
    visit = clinic.visit()
    assert offered(clinic) == ["certificate", "nothing"]
    decision = show(clinic, visit, {"Document": "certificate"})
    assert decision["Accepted"] == "certificate"
    portal = show(clinic, visit, {"Document": "portal_screen"})
    assert portal["Accepted"] is None


def test_what_was_recorded_is_corrected_and_comes_back_after_a_restart(
    with_card: Open, tmp_path: Any
) -> None:
    url = f"sqlite:///{tmp_path / 'clinic.sqlite'}"
    clinic = with_card(database_url=url)
    visit = clinic.unchecked("device")
    assert show(clinic, visit, {"Document": "notice"})["Accepted"]
    assert "選びなおす" in clinic.page()
    assert show(clinic, visit)["Accepted"] is None
    assert "notice" in offered(clinic)
    kept = show(clinic, visit, {"Document": "declaration"})
    again = with_card(database_url=url).get(f"/api/visits/{visit['VisitId']}")
    assert again["Decision"] == kept


def test_what_cannot_be_recorded_is_refused_with_a_sentence(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.unchecked("device")
    path = f"/api/visits/{visit['VisitId']}/shown"
    for presented in (
        {"Document": "passport"},
        {"Document": "certificate", "ExpiresOn": "20261331"},
        {"Document": "certificate", "Ratio": 4},
        {"Document": "certificate", "InsurerNumber": "990011"},
    ):
        refused = clinic.http.put(path, json={"Presented": [presented]})
        assert refused.status_code == 422, presented
        assert refused.json()["japanese"]
    assert clinic.http.put(path, json={"NotAtHand": ["luck"]}).status_code == 422
    unknown = clinic.http.put("/api/visits/unknown/shown", json={})
    assert unknown.json()["code"] == "SIM-NOT-FOUND"
    assert clinic.get(f"/api/visits/{visit['VisitId']}")["Decision"] == visit["Decision"]


@pytest.mark.rules("P-023")
def test_a_valid_visit_asks_for_no_paper(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    assert offered(clinic) == []
    assert 'id="accepted"' not in clinic.page()


def test_todays_list_tells_who_still_owes_something_from_who_was_accepted(with_card: Open) -> None:
    clinic = with_card()

    def listed() -> str:
        return clinic.page().partition('id="today"')[2].partition("</section>")[0]

    visit = clinic.unchecked("device", Birthdate=HANAKO.birthdate)
    assert "要確認" in listed()
    show(clinic, visit, {"Document": "notice"})
    assert "受付済み" in listed()
    assert "要確認" not in listed()
    show(clinic, visit)
    assert "要確認" in listed()
    ways = [one["Way"] for one in visit["Decision"]["Ways"]]
    show(clinic, visit, NotAtHand=ways)
    assert "全額で受付" in listed()


@pytest.mark.rules("P-070", "R-150")
@pytest.mark.parametrize(
    ("born", "printed", "should_be"),
    [
        ("19620303", 1, "64歳の方の負担割合は3割です"),
        ("19850303", 2, "41歳の方の負担割合は3割です"),
        ("20230303", 3, "3歳の方の負担割合は2割です"),
        ("19520303", 1, "74歳の方の負担割合は2割か3割です"),
        ("19520303", 3, ""),
        ("19490303", 1, ""),
    ],
)
def test_a_paper_with_a_share_that_cannot_be_is_looked_at_again(
    open_clinic: Any, born: str, printed: int, should_be: str
) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("network", Birthdate=born)["VisitId"]
    paper = {"Document": "certificate", "Ratio": printed}
    answer = clinic.http.put(f"/api/visits/{visit}/shown", json={"Presented": [paper]})
    declared = {
        "Name": "模擬 太郎", "Birthdate": born, "Sex1": "1", "Address": "最上市1", "Ratio": printed,
        "Accept": True,
    }  # fmt: skip
    declaration = clinic.http.put(f"/api/visits/{visit}/declaration", json=declared)
    if not should_be:
        assert answer.json()["Decision"]["Ratio"] == printed
        assert declaration.status_code == 200
        assert clinic.get(f"/api/visits/{visit}")["Decision"]["Ratio"] == printed
        return
    for refused, field in ((answer, "body.Presented.0.Ratio"), (declaration, "body.Ratio")):
        assert refused.status_code == 422, refused.text
        (fault,) = refused.json()["fields"]
        assert fault["field"] == field
        assert should_be in fault["japanese"]
    assert clinic.get(f"/api/visits/{visit}")["Decision"]["Accepted"] is None


@pytest.mark.rules("R-056", "R-081", "R-159")
def test_arrears_on_a_paper_are_entered(open_clinic: Any) -> None:
    clinic = open_clinic()
    visit = clinic.unchecked("network", Birthdate="19850303")
    paper = {"Document": "certificate", "SpecialExpenses": True}
    decision = show(clinic, visit, paper)
    assert (decision["Ratio"], decision["RatioSource"]) == (10, "special_expenses")
    assert (decision["Accepted"], decision["Claim"]["Mode"]) == ("certificate", "no_claim")
