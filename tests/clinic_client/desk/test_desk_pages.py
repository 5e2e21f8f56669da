"""The pages of the desk and of the patient, over HTTP."""

from collections.abc import Callable
from typing import Any

import pytest

from testbed.cards.personas import personas
from testbed.readers.private_pcscd import PcscStack
from virtual_card.card import VirtualCard
from virtual_card.chip.memory import VolatileMemory
from virtual_card.image.card_image import CardImage
from virtual_card.stand_in import OwnCard, StandInCard

Open = Callable[..., Any]
PAGES = ["/", "/patient", "/number", "/unable", "/docs", "/visits/unknown"]


@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_says_that_it_is_a_simulation(with_card: Open, language: str) -> None:
    clinic = with_card()
    visit = clinic.visit()
    for path in [*PAGES, f"/visits/{visit['VisitId']}"]:
        page = clinic.page(f"{path}?lang={language}")
        assert '<span class="mark"' in page or '<p class="mark"' in page
        assert ("SIMULATION" if language == "en" else "模擬") in page


def test_the_answer_is_one_word_with_its_sign(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    page = clinic.page()
    assert 'data-word="valid"' in page
    assert '<p class="word">有効</p>' in page
    assert "きょうの受付" in page


def test_the_language_is_remembered_and_the_patients_is_another(open_clinic: Open) -> None:
    clinic = open_clinic()
    assert "Waiting for a card" in clinic.page("/?lang=en") or "Cards cannot" in clinic.page()
    assert '<html lang="en"' in clinic.page("/")
    assert '<html lang="ja"' in clinic.page("/patient")
    assert "おいてください" in clinic.page("/patient?lang=easy")
    assert '<html lang="en"' in clinic.page("/")
    assert '<html lang="ja"' in clinic.page("/patient")


def test_a_record_is_printed_for_a_patient_in_english_and_the_desk_stays_japanese(
    with_card: Open,
) -> None:
    clinic = with_card()
    record = f"/visits/{clinic.visit()['VisitId']}"
    assert 'href="?paper=en#print"' in clinic.page(record)
    paper = clinic.page(f"{record}?paper=en")
    assert '<html lang="en"' in paper
    assert "Record of a visit" in paper
    assert "data-fragment" not in paper, "it would come in the language of the desk"
    assert 'class="sheet"' in clinic.page(record)
    assert 'class="sheet"' not in paper, "what the desk writes down is not the patient's"
    assert 'href="?paper=ja#print"' in paper
    assert '<html lang="ja"' in clinic.page(record)
    assert '<html lang="ja"' in clinic.page(f"{record}?paper=tlh")


def test_what_is_for_the_desk_is_not_on_the_paper_of_a_patient_and_codes_are_in_english(
    with_card: Open, oqs: Any, world: Any
) -> None:
    oqs.insure(world.hanako, personas()["hanako"], Version=2, SpecialMedicalExpense="1")
    clinic = with_card()
    record = f"/visits/{clinic.visit()['VisitId']}"
    assert "特別療養費支給対象者" in clinic.page(record)
    assert "unverified practice" in clinic.page(f"{record}?lang=en")
    paper = clinic.page(f"{record}?paper=en")
    assert "unverified practice" not in paper
    assert "<dd>pays in full, to be paid back later</dd>" in paper
    for japanese in ("特別療養費支給対象者", "<dd>本人</dd>"):
        assert japanese in clinic.page(f"{record}?lang=ja")
        assert japanese not in paper


def test_a_banner_leads_to_what_says_why_where_there_is_such_a_page(open_clinic: Open) -> None:
    url = "http://127.0.0.1:8601/diagnose"
    page = open_clinic(diagnosis_url=url).page("/?lang=en")
    banner = page.partition('id="banner-reader"')[2].partition("</section>")[0]
    assert f'href="{url}?lang=en"' in banner
    assert "Find the cause" in banner
    assert 'class="diagnose"' not in open_clinic().page("/")


def test_an_unknown_language_is_japanese(open_clinic: Open) -> None:
    assert '<html lang="ja"' in open_clinic().page("/?lang=tlh")


def test_an_error_is_a_page_to_a_person_and_a_document_to_a_program(open_clinic: Open) -> None:
    clinic = open_clinic()
    for path in ("/visits/unknown", "/nowhere"):
        page = clinic.http.get(path, headers={"Accept": "text/html"})
        assert page.status_code == 404
        assert "受付に戻る" in page.text
        assert clinic.http.get(path).json()["code"] == "SIM-NOT-FOUND"
    assert clinic.http.get("/api/visits/unknown").json()["code"] == "SIM-NOT-FOUND"


def test_another_sites_page_can_change_nothing(open_clinic: Open) -> None:
    clinic = open_clinic()
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "http://elsewhere.invalid"},
        {"Origin": "null"},
    ):
        answer = clinic.http.post("/api/next", headers=headers)
        assert answer.status_code == 403
        assert answer.headers["X-Frame-Options"] == "DENY"
    own = {"Origin": clinic.url, "Sec-Fetch-Site": "same-origin"}
    assert clinic.http.post("/api/next", headers=own).status_code == 204


def test_a_browser_is_told_to_load_nothing_from_elsewhere(open_clinic: Open) -> None:
    clinic = open_clinic()
    for path in ("/", "/patient", "/api/state", "/static/desk.js", "/nowhere"):
        headers = clinic.http.get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'self'")
        assert headers["X-Content-Type-Options"] == "nosniff"
    assert clinic.http.get("/").headers["Cache-Control"] == "no-store"


def test_the_next_patient_finds_an_empty_screen(with_card: Open) -> None:
    clinic = with_card()
    clinic.visit()
    clinic.http.post("/api/next")
    assert clinic.state()["CurrentVisit"] is None
    assert 'id="answer"' not in clinic.page()
    assert len(clinic.get("/api/visits")) == 1


def test_every_state_of_the_desk_leads_on_to_the_next_patient(
    with_card: Open, open_clinic: Open
) -> None:
    with_card_there, without_reader = with_card(), open_clinic()
    valid = with_card_there.visit()["VisitId"]
    assert with_card_there.unchecked("network")["Word"] == "CHECK"
    pages = [with_card_there.page(path) for path in ("/", f"/visits/{valid}", "/number", "/unable")]
    for _ in range(2):  # with a reader that is out as well, and not only once
        without_reader.unchecked("device")
        pages.append(without_reader.page())
        without_reader.http.post("/api/next").raise_for_status()
        pages.append(without_reader.page())
    assert "カードでは受付できません" in pages[-1]
    for page in pages:
        for way, key in (("next-patient", "F2"), ("by-number", "F4"), ("unable", "F8")):
            assert page.count(f'id="{way}"') == page.count(f'aria-keyshortcuts="{key}"') == 1


def test_a_form_for_a_check_again_is_filled_in(with_card: Open) -> None:
    clinic = with_card()
    visit = clinic.visit()
    form = clinic.page(f"/number?visit={visit['VisitId']}")
    assert 'name="InsurerNumber" value="990010"' in form
    assert 'name="Birthdate" value="昭和55年2月17日"' in form


def test_the_stream_begins_with_the_state(open_clinic: Open) -> None:
    told = []
    for name, _ in open_clinic().events():
        told.append(name)
        if len(told) == 3:
            break
    assert told == ["reader", "line", "clock"]


def test_the_service_is_up(open_clinic: Open) -> None:
    assert open_clinic().get("/health") == {"Service": "clinic", "Status": "ok"}


def test_every_route_has_a_summary(open_clinic: Open) -> None:
    paths = open_clinic().get("/openapi.json")["paths"]
    assert "/api/visits" in paths
    for path, routes in paths.items():
        for route in routes.values():
            assert route.get("summary"), path


def test_a_stand_in_is_told_at_the_desk_and_to_the_patient(
    open_clinic: Open, insert: Open, card_image: CardImage, pcsc_stack: PcscStack
) -> None:
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    assert "代役のカード" not in clinic.page("/")
    insert(StandInCard(card_image))
    state = clinic.wait_until(lambda state: state["Card"] is not None)
    assert state["Reader"]["StandIn"] is True
    assert state["Card"]["RemainingTries"] == 3
    assert "代役のカードです（模擬）" in clinic.page("/")
    assert "A stand-in card (simulation)" in clinic.page("/?lang=en")
    assert "マイナンバーカードの代わりです" in clinic.page("/patient")


class OneTryLeft:
    """The PIN of somebody's own card, which is not to be sent any more."""

    def tries(self) -> int | None:
        return 1

    def present(self, _: bytes, /) -> int:
        raise AssertionError("the last try of a real card was used")


def test_an_own_card_is_told_and_its_last_try_is_refused_at_the_desk(
    open_clinic: Open, insert: Open, card_image: CardImage, pcsc_stack: PcscStack
) -> None:
    clinic = open_clinic(reader_part=pcsc_stack.readers[0])
    insert(OwnCard(card_image, VolatileMemory(), OneTryLeft()))
    state = clinic.wait_until(lambda state: state["Card"] is not None)
    assert (state["Reader"]["StandIn"], state["Reader"]["OwnCard"]) == (True, "pin")
    page = clinic.page("/")
    assert "ご自身のカードです（模擬）" in page
    assert "模擬カードの証明書で、結果は模擬です" in page
    assert "暗証番号は使いません" in page
    assert "Your own card (simulation)" in clinic.page("/?lang=en")
    assert 'id="own-card-pin"' in clinic.page("/patient")
    for confirmed in (False, True):
        refused = clinic.http.post("/api/visits", json={"Pin": "8264", "ConfirmLastTry": confirmed})
        assert "最後の1回を使いません" in refused.json()["japanese"]


@pytest.mark.rules("P-017", "P-018", "P-019")
def test_who_was_not_identified_can_be_at_the_reader_after_all(
    at_reader: Open, card: Callable[[str], VirtualCard]
) -> None:
    clinic = at_reader(card("hanako"))
    insertion = clinic.state()["Reader"]["Insertion"]
    visit = clinic.unchecked("authentication", Insertion=insertion)
    page = clinic.page()
    assert "顔認証で本人確認をします" in page
    button = page.partition('id="identify-again"')[2].partition("</button>")[0]
    assert f'data-insertion="{insertion}"' in button
    record = clinic.page(f"/visits/{visit['VisitId']}")
    assert "顔認証で本人確認をします" in record
    assert 'id="identify-again"' not in record, "it may be another's card by then"
    said = visit["Decision"]["Say"]["Japanese"]
    assert "暗証番号を忘れたときやロックされたときは" in said, "a card may have no PIN"
    clinic.http.post("/api/reader/restart", json={"Insertion": insertion}).raise_for_status()
    state = clinic.state()
    assert state["CurrentVisit"] is None
    assert 'data-step="card"' in clinic.page(), "as when the card was placed"
    assert clinic.visit()["Word"] == "VALID"
