"""The patient's four steps at the reader, on a real OQS: identity by the card's kind, consent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from clinic_client.passcode import HashedPasscode
from clinic_client.reader.camera import SimulatedCamera
from clinic_client.reader.patient_steps import consent_offer, identity_offer
from clinic_client.settings import Settings
from clinic_client.store import VisitStore
from eligibility.card.makes import CardMake
from eligibility.terminal.consent import CLINICAL, ConsentItem
from eligibility.terminal.identity import FACE_TRIES
from reader.description.layout import CardKind
from reader.session import CardGlance
from testbed.cards.card_store import CardStore
from testbed.cards.personas import Persona, personas
from tests.clinic_client.conftest import FRIDAY
from tests.secrecy import says
from virtual_card.card import VirtualCard
from virtual_card.wrappers.timing import TimedCard, TimingProfile
from virtual_card.wrappers.trace import Trace, TracedCard, TraceFile

if TYPE_CHECKING:
    from pathlib import Path

    from reader.certificate import CardCertificate
    from reader.terminal import Terminal
    from testbed.readers.private_pcscd import PcscStack
    from tests.clinic_client.conftest import Clinic, Oqs
    from virtual_card.plugs.vpcd import VpcdPlug

NOTHING = Settings(oqs_line_url="", oqs_console_url="", line_directory=None)  # type: ignore[arg-type] # opened by nobody
CARD = CardGlance(CardKind.MY_NUMBER_CARD, 3)
STANDARD, NO_PHOTO, NO_PIN = CardMake.STANDARD, CardMake.INFANT, CardMake.FACE_ONLY


@pytest.mark.rules("P-010", "P-011", "P-014", "P-017", "P-018", "P-019", "P-020")
@pytest.mark.parametrize(
    ("glance", "make", "failed_faces", "methods"),
    [
        (CARD, STANDARD, 0, ["face", "pin", "visual"]),
        (CARD, NO_PHOTO, 0, ["pin"]),
        (replace(CARD, tries=0), NO_PHOTO, 0, []),
        (replace(CARD, tries=0, without_pin=True), NO_PIN, 0, ["face", "visual"]),
        (replace(CARD, tries=0), STANDARD, 0, ["face", "visual"]),
        (replace(CARD, tries=None), STANDARD, 0, ["face", "pin", "visual"]),
        (CARD, STANDARD, FACE_TRIES - 1, ["face", "pin", "visual"]),
        (CARD, STANDARD, FACE_TRIES, ["pin", "visual"]),
        (CARD, None, 0, ["pin"]),
        (CardGlance(CardKind.IPHONE, 3), None, 0, ["device"]),
        (CardGlance(CardKind.ANDROID_PHONE, 3), None, 0, ["pin"]),
        (CardGlance(CardKind.ANDROID_PHONE, 0), None, 0, []),
    ],
)
def test_what_is_offered_follows_the_kind_of_the_card_and_what_is_locked(
    glance: CardGlance, make: CardMake | None, failed_faces: int, methods: list[str]
) -> None:
    assert list(identity_offer("1", glance, make, failed_faces).methods) == methods


MEDICAL = [ConsentItem.SURGERY, ConsentItem.TREATMENT_AND_MEDICINE, ConsentItem.CHECKUP]


@pytest.mark.rules("P-034", "P-037", "R-170")
@pytest.mark.parametrize(
    ("today", "expires_on", "items", "blanket"),
    [
        (date(2024, 10, 6), date(2030, 1, 1), [*MEDICAL, "limit", "specific_disease"], False),
        (date(2024, 10, 7), date(2030, 1, 1), [*MEDICAL, "specific_disease"], True),
        (date(2026, 11, 20), date(2026, 11, 20), [*MEDICAL, "specific_disease"], True),
        (date(2026, 11, 21), date(2026, 11, 20), [], True),
    ],
)
def test_what_is_asked_follows_the_day_and_the_certificate(
    today: date, expires_on: date, items: list[str], *, blanket: bool
) -> None:
    offer = consent_offer(NOTHING, today, expires_on)
    assert (list(offer.items), offer.blanket) == (items, blanket)


def test_an_institution_that_takes_part_asks_for_clinical_records_too() -> None:
    offer = consent_offer(replace(NOTHING, clinical_records=True), FRIDAY.date(), date(2030, 1, 1))
    assert set(CLINICAL) < set(offer.items)


class Reader:
    """What the patient's screen asks of the service, in the order of the steps."""

    def __init__(self, clinic: Clinic, put_in: Callable[[VirtualCard], VpcdPlug]) -> None:
        self.clinic = clinic
        self._put_in = put_in
        self.insertion = ""

    def insert(self, card: VirtualCard) -> None:
        """Put a card in, and wait until it was looked at."""
        before = self.insertion
        self._plug = self._put_in(card)
        state = self.clinic.wait_until(
            lambda state: state["Card"] and state["Reader"]["Insertion"] != before
        )
        self.insertion = state["Reader"]["Insertion"]

    def remove(self) -> None:
        """Take it out."""
        self._plug.remove()
        self.clinic.wait_until(lambda state: not state["Reader"]["CardPresent"])

    def post(self, path: str, **asked: Any) -> Any:
        body = {"Insertion": self.insertion, **asked}
        return self.clinic.http.post(f"/api/reader/{path}", json=body)

    def steps(self) -> Any:
        return self.clinic.get("/api/reader/steps")

    def identify(self, method: str, **more: Any) -> Any:
        return self.post("identity", Method=method, **more)

    def camera(self, *, recognises: bool) -> None:
        asked = {"Recognises": recognises}
        self.clinic.http.put("/api/reader/camera", json=asked).raise_for_status()


@pytest.fixture
def reader(
    open_clinic: Callable[..., Clinic],
    pcsc_stack: PcscStack,
    insert: Callable[..., VpcdPlug],
    card: Callable[[str], VirtualCard],
) -> Callable[[str | VirtualCard], Reader]:
    """Open a desk with somebody's card in its reader."""

    def place(inserted: str | VirtualCard) -> Reader:
        at = Reader(open_clinic(reader_part=pcsc_stack.readers[0]), insert)
        at.insert(card(inserted) if isinstance(inserted, str) else inserted)
        return at

    return place


Place = Callable[[str | VirtualCard], Reader]


@pytest.mark.rules("R-090", "P-020")
def test_a_card_with_photo_and_pin_is_identified_by_face_and_checked_with_consent(
    reader: Place, oqs: Oqs
) -> None:
    at = reader("hanako")
    offered = at.steps()
    assert offered["Step"] == "CARD_IN"
    assert offered["Methods"] == ["face", "pin", "visual"]
    assert offered["FaceTries"] == FACE_TRIES
    identified = at.identify("face").raise_for_status().json()
    assert (identified["Step"], identified["Method"]) == ("IDENTIFIED", "face")
    asked = identified["Question"]
    assert asked["Items"] == ["surgery", "treatment_and_medicine", "checkup", "specific_disease"]
    consents = {"Items": ["treatment_and_medicine"]}
    visit = at.post("visits", Consents=consents, UsesSubsidyCertificates=False)
    assert visit.status_code == 201, visit.text
    assert visit.json()["Word"] == "VALID"
    told = visit.json()["Reading"]
    assert told["Method"] == "face"
    assert told["Agreed"] == ["treatment_and_medicine"]
    assert told["AgreedUntil"].startswith("2026-11-21T09:10:00")
    assert told["UsesSubsidyCertificates"] is False
    assert at.steps()["Step"] == "COMPLETED"
    assert at.clinic.state()["Card"]["RemainingTries"] == 3, "no PIN was used"


def test_a_reader_whose_credential_is_of_another_authority_gets_one_of_this(
    reader: Place, oqs: Oqs, tmp_path: Path
) -> None:
    at = reader("hanako")
    at.identify("face").raise_for_status()
    at.remove()
    oqs.forget_terminals()
    store = CardStore(tmp_path / "issued")
    asyncio.run(oqs.issue(store, personas()["minoru"], register=False))
    at.insert(store.card("minoru"))
    for _ in range(2):
        at.identify("face").raise_for_status()
        at.post("restart").raise_for_status()


def test_a_card_is_looked_at_again_where_the_reader_had_no_credential_yet(
    reader: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    gets, asked = SimulatedCamera.credential, 0

    async def late(camera: SimulatedCamera) -> Terminal | None:
        nonlocal asked
        asked += 1
        return None if asked == 1 else await gets(camera)

    monkeypatch.setattr(SimulatedCamera, "credential", late)
    at = reader("hanako")
    assert at.steps()["Methods"] == ["pin"]
    assert at.steps()["Methods"] == ["face", "pin", "visual"]


def test_a_card_is_looked_at_once_for_all_who_ask_at_the_same_time(
    reader: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sees, looked = SimulatedCamera.sees, 0

    async def counted(camera: SimulatedCamera, certificate: CardCertificate) -> CardMake | None:
        nonlocal looked
        looked += 1
        return await sees(camera, certificate)

    monkeypatch.setattr(SimulatedCamera, "sees", counted)
    at = reader("hanako")
    with ThreadPoolExecutor(4) as together:
        found = list(together.map(lambda _: at.steps()["Methods"], range(12)))
    assert found == [["face", "pin", "visual"]] * 12
    assert looked == 1


def test_agreeing_to_all_agrees_to_what_was_asked(reader: Place) -> None:
    at = reader("hanako")
    at.identify("pin", Pin="1234").raise_for_status()
    visit = at.post("visits", Consents={"AllItems": True}).raise_for_status().json()
    assert visit["Reading"]["Agreed"] == visit["Reading"]["Asked"]
    assert len(visit["Reading"]["Asked"]) == 4
    seen = at.clinic.get(f"/api/visits/{visit['VisitId']}")
    assert seen["Reading"] == visit["Reading"], "it is kept with the visit"


@pytest.mark.rules("P-036")
def test_who_agrees_to_nothing_is_insured_all_the_same(reader: Place) -> None:
    at = reader("hanako")
    at.identify("pin", Pin="1234").raise_for_status()
    visit = at.post("visits").raise_for_status().json()
    assert visit["Word"] == "VALID"
    assert visit["Reading"]["Agreed"] == []
    assert "AgreedUntil" not in visit["Reading"] or visit["Reading"]["AgreedUntil"] is None


def test_a_wrong_pin_is_told_with_the_tries_and_another_way_is_open(
    reader: Place,
) -> None:
    at = reader("hanako")
    wrong = at.identify("pin", Pin="9999")
    assert wrong.status_code == 409
    assert (wrong.json()["kind"], wrong.json()["attempts_remaining"]) == ("pin-wrong", 2)
    assert not says(wrong.text, "9999")
    assert "暗証番号が違います" in at.clinic.page()
    at.identify("visual").raise_for_status()
    page = at.clinic.page()
    assert "本人確認は済みました（目視）" in page
    assert "暗証番号が違います" not in page, "that is over"
    assert at.post("visits").json()["Reading"]["Method"] == "visual"


def test_a_check_without_identity_is_refused(reader: Place) -> None:
    at = reader("hanako")
    refused = at.post("visits", Consents={"AllItems": True})
    assert refused.json()["code"] == "SIM-HOLDER-NOT-IDENTIFIED"
    assert at.clinic.get("/api/visits") == []


def test_the_staff_can_have_the_patient_begin_anew(reader: Place) -> None:
    at = reader("hanako")
    at.identify("face").raise_for_status()
    at.post("restart").raise_for_status()
    assert at.steps()["Step"] == "CARD_IN"
    assert at.post("visits").json()["code"] == "SIM-HOLDER-NOT-IDENTIFIED"


def test_what_was_meant_for_one_patient_does_not_have_the_next_begin_anew(
    reader: Place, card: Callable[[str], VirtualCard]
) -> None:
    at = reader("hanako")
    at.identify("face").raise_for_status()
    before = at.insertion
    at.remove()
    at.insert(card("ichiro"))
    at.identify("face").raise_for_status()
    late = at.clinic.http.post("/api/reader/restart", json={"Insertion": before})
    assert (late.status_code, late.json()["code"]) == (409, "SIM-CARD-EXCHANGED")
    at.clinic.http.post("/api/next", json={"Insertion": before}).raise_for_status()
    assert at.steps()["Step"] == "IDENTIFIED"
    unnamed = at.clinic.http.post("/api/reader/restart", json={})
    assert unnamed.status_code == 422, "it is always about one card"
    at.clinic.http.post("/api/next", json={"Insertion": at.insertion}).raise_for_status()
    assert at.steps()["Step"] == "CARD_IN"


@pytest.mark.rules("P-018")
def test_ten_faces_that_do_not_fit_lock_the_face_and_outlast_the_visit(
    reader: Place, card: Callable[[str], VirtualCard]
) -> None:
    at = reader("hanako")
    at.camera(recognises=False)
    left = [at.identify("face").json()["attempts_remaining"] for _ in range(FACE_TRIES)]
    assert left == [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    at.camera(recognises=True)
    assert at.identify("face").json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"
    assert at.steps()["Methods"] == ["pin", "visual"]
    at.identify("visual").raise_for_status()
    at.remove()
    at.insert(card("hanako"))
    shown = at.steps()
    assert shown["Methods"] == ["pin", "visual"], "by eye resets no count"
    assert shown["FaceTries"] == 0


def test_where_nobody_tells_whose_face_it_is_the_switch_decides(
    open_clinic: Callable[..., Clinic],
    pcsc_stack: PcscStack,
    insert: Callable[..., VpcdPlug],
    card: Callable[[str], VirtualCard],
) -> None:
    clinic = open_clinic(reader_part=pcsc_stack.readers[0], face_url="http://127.0.0.1:9")
    at = Reader(clinic, insert)
    at.insert(card("hanako"))
    at.camera(recognises=False)
    assert at.identify("face").json()["code"] == "SIM-FACE-NOT-RECOGNISED"
    at.camera(recognises=True)
    assert at.identify("face").json()["Method"] == "face"


def test_a_face_that_fits_ends_the_count(reader: Place) -> None:
    at = reader("hanako")
    at.camera(recognises=False)
    assert at.identify("face").json()["attempts_remaining"] == 9
    at.camera(recognises=True)
    at.identify("face").raise_for_status()
    assert at.steps()["FaceTries"] == FACE_TRIES


@pytest.mark.rules("P-019")
def test_by_eye_the_staff_decide_and_it_ends_with_the_card(
    reader: Place, card: Callable[[str], VirtualCard]
) -> None:
    at = reader("hanako")
    at.steps()
    at.post("staff").raise_for_status()
    assert at.steps()["WaitsForStaff"] is True
    before = at.insertion
    at.remove()
    at.insert(card("ichiro"))
    steps = at.steps()
    assert steps["WaitsForStaff"] is False, "the next patient is not met by the mode"
    assert steps["Methods"] == ["face", "pin", "visual"]
    at.insertion = before
    assert at.identify("visual").json()["code"] == "SIM-CARD-EXCHANGED"


@pytest.mark.rules("P-019")
def test_by_eye_staff_type_the_passcode_of_the_clinic_at_the_reader(
    open_clinic: Callable[..., Clinic],
    pcsc_stack: PcscStack,
    insert: Callable[..., VpcdPlug],
    card: Callable[[str], VirtualCard],
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("DEBUG")
    clinic = open_clinic(
        reader_part=pcsc_stack.readers[0], visual_passcode=HashedPasscode.of("4821")
    )
    at = Reader(clinic, insert)
    at.insert(card("hanako"))
    assert at.steps()["Passcode"] is True
    at.post("staff").raise_for_status()
    page = clinic.page()
    assert "目視確認用パスコードを入れてください" in page
    assert 'data-method="visual"' not in page, "the desk alone identifies nobody"
    for wrong in ({}, {"Passcode": "1284"}, {"Passcode": "1234"}, {"Pin": "4821"}):
        refused = at.identify("visual", **wrong)
        assert (refused.status_code, refused.json()["code"]) == (403, "SIM-VISUAL-PASSCODE")
        assert at.steps()["Step"] == "CARD_IN"
    assert "目視確認用パスコードが違います" in refused.json()["japanese"]
    told = at.identify("visual", Passcode="4821").raise_for_status()
    assert told.json()["Method"] == "visual"
    shown = (told.text, clinic.page(), clinic.http.get("/api/state").text, caplog.text)
    assert not any(says(one, "4821") for one in shown)
    assert clinic.state()["Card"]["RemainingTries"] == 3, "it is no PIN of the card"


def test_without_a_passcode_of_the_clinic_the_desk_is_enough(reader: Place) -> None:
    at = reader("hanako")
    assert at.steps()["Passcode"] is False
    at.post("staff").raise_for_status()
    assert 'data-method="visual"' in at.clinic.page()
    assert at.identify("visual").json()["Method"] == "visual"


def issued(oqs: Oqs, cards: Path, who: Persona, *, insured: bool, register: bool) -> VirtualCard:
    reference = oqs.resident(who)
    if insured:
        oqs.insure(reference, who)
    store = CardStore(cards)
    asyncio.run(oqs.issue(store, who, register=register))
    return store.card(who.key)


@pytest.mark.rules("P-010")
def test_a_card_without_photo_offers_neither_face_nor_eye(
    reader: Place, oqs: Oqs, tmp_path: Path
) -> None:
    infant = replace(
        personas()["ichiro"],
        key="infant",
        individual_number="990000000043",
        name="鈴木　つむぎ",
        birthdate="20260301",
        issued_on=None,
    )
    at = reader(issued(oqs, tmp_path / "issued", infant, insured=True, register=True))
    assert at.steps()["Methods"] == ["pin"]
    for method in ("face", "visual"):
        refused = at.identify(method)
        assert refused.json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"
    assert at.post("staff").json()["code"] == "SIM-IDENTITY-METHOD-IMPOSSIBLE"
    at.identify("pin", Pin=infant.authentication_pin).raise_for_status()
    assert at.post("visits").json()["Word"] == "VALID"


@pytest.mark.rules("P-021", "R-021", "R-023")
def test_a_card_that_is_not_registered_is_registered_on_the_spot_and_checked(
    reader: Place, oqs: Oqs, tmp_path: Path
) -> None:
    who = replace(personas()["ichiro"], key="newcomer", individual_number="990000000043")
    at = reader(issued(oqs, tmp_path / "issued", who, insured=True, register=False))
    at.identify("pin", Pin=who.authentication_pin).raise_for_status()
    consents = {"Items": ["checkup"]}
    asked = at.post("visits", Consents=consents)
    assert asked.json()["code"] == "SIM-NOT-REGISTERED"
    assert at.clinic.get("/api/visits") == [], "the visit goes on"
    page = at.clinic.page()
    assert "利用登録を尋ねています" in page, "the desk says what the patient reads"
    assert "同意を選んでいます" not in page
    assert at.post("registration").status_code == 204
    assert "利用登録を尋ねています" not in at.clinic.page()
    visit = at.post("visits", Consents=consents).raise_for_status().json()
    assert visit["Word"] == "VALID"
    assert visit["Reading"]["Agreed"] == ["checkup"]


def test_the_way_over_the_patients_screen_is_measured_whole(
    reader: Place, oqs: Oqs, card: Callable[[str], VirtualCard]
) -> None:
    at = reader(TimedCard(card("hanako"), TimingProfile.parse("instant:signature=300")))
    oqs.slow("/qualification/*", 200)
    began = time.perf_counter()
    at.identify("pin", Pin="1234").raise_for_status()
    identified = time.perf_counter()
    at.clinic.page()  # the patient reads, and that is nobody's latency
    asked = time.perf_counter()
    visit = at.post("visits", Consents={}).raise_for_status().json()
    seen = 1000 * (time.perf_counter() - asked + identified - began)
    timings = visit["Timings"]
    assert timings["ChallengeMs"] >= 200
    assert timings["CardMs"] >= 300
    assert timings["InquiryMs"] >= 200
    steps = [timings[name] for name in ("ChallengeMs", "CardMs", "InquiryMs")]
    assert sum(steps) <= timings["TotalMs"] <= seen
    kept = at.clinic.get(f"/api/visits/{visit['VisitId']}")
    assert kept["Timings"] == timings
    inquiry, challenge = oqs.asked_for(visit)
    assert (challenge["Path"], inquiry["Path"]) == (
        "/qualification/challenges",
        "/qualification/card",
    )
    assert 200 <= challenge["Milliseconds"] <= timings["ChallengeMs"], "the rest is the line"
    assert 200 <= inquiry["Milliseconds"] <= timings["InquiryMs"]
    assert (
        visit["VisitId"] in at.clinic.page(f"/visits/{visit['VisitId']}").partition("<details")[2]
    )
    took = f"所要 {round(timings['TotalMs'])} ミリ秒"
    assert took in at.clinic.page()
    assert took in at.clinic.page(f"/visits/{visit['VisitId']}")


def test_whatever_the_card_is_asked_in_a_check_is_told_as_the_cards_time(
    reader: Place, card: Callable[[str], VirtualCard], tmp_path: Path
) -> None:
    chip = card("hanako")
    trace = TraceFile(tmp_path / "check.jsonl", chip.atr)
    slow = TracedCard(TimedCard(chip, TimingProfile.parse("instant:command=20")), trace)
    at = reader(slow)
    before = len(Trace.load(trace.path).exchanges)
    at.identify("pin", Pin="1234").raise_for_status()
    visit = at.post("visits", Consents={}).raise_for_status().json()
    asked = Trace.load(trace.path).exchanges[before:]
    trace.close()
    took = 1000 * sum(one.took for one in asked if one.took is not None)
    assert took >= 20 * len(asked) > 0
    assert visit["Timings"]["CardMs"] >= took, "the look at it too, as nobody looked before"


def test_what_a_registration_takes_is_part_of_the_check_that_it_is_for(
    reader: Place, oqs: Oqs, tmp_path: Path
) -> None:
    who = replace(personas()["ichiro"], key="newcomer", individual_number="990000000043")
    at = reader(issued(oqs, tmp_path / "issued", who, insured=True, register=False))
    at.identify("pin", Pin=who.authentication_pin).raise_for_status()
    assert at.post("visits", Consents={}).json()["code"] == "SIM-NOT-REGISTERED"
    oqs.slow("/qualification/registrations", 300)
    assert at.post("registration").status_code == 204
    timings = at.post("visits", Consents={}).raise_for_status().json()["Timings"]
    steps = [timings[name] for name in ("ChallengeMs", "CardMs", "InquiryMs")]
    assert timings["TotalMs"] >= sum(steps) + 300


def test_a_check_whose_record_failed_halfway_can_be_made_again(
    reader: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = reader("hanako")
    at.identify("pin", Pin="1234").raise_for_status()
    record = VisitStore.record

    def record_and_fail(*arguments: Any) -> None:
        monkeypatch.setattr(VisitStore, "record", record)
        record(*arguments)
        raise TimeoutError("written, but nobody heard of it")

    monkeypatch.setattr(VisitStore, "record", record_and_fail)
    assert at.post("visits", Consents={}).is_server_error
    (written,) = at.clinic.get("/api/visits")
    again = at.post("visits", Consents={}).raise_for_status().json()
    assert again["VisitId"] != written["VisitId"]


def test_a_visit_without_a_line_says_what_was_waited_for(reader: Place, oqs: Oqs) -> None:
    at = reader("hanako")
    oqs.stop()
    timings = at.identify("pin", Pin="1234").json()["Timings"]
    assert timings["ChallengeMs"] > 0
    assert timings["CardMs"] > 0, "by whom the clinic knows them, the certificate tells"
    assert timings["InquiryMs"] is None
    assert timings["ChallengeMs"] + timings["CardMs"] <= timings["TotalMs"]


@pytest.mark.rules("P-021")
def test_without_an_eligibility_the_registration_is_refused_with_its_reason(
    reader: Place,
) -> None:
    at = reader("ichiro")
    at.identify("face").raise_for_status()
    assert at.post("visits").json()["code"] == "SIM-NOT-REGISTERED"
    refused = at.post("registration")
    assert refused.json()["code"] == "SIM-NO-ACTIVE-QUALIFICATION"
    assert "有効な保険資格が登録されていない" in refused.json()["japanese"]
    page = at.clinic.page()
    assert "この場では登録できませんでした" in page
    assert "有効な保険資格が登録されていない" in page
    at.post("restart").raise_for_status()
    assert "登録できませんでした" not in at.clinic.page(), "begun anew"
    at.identify("face").raise_for_status()
    visit = at.post("visits", WithoutRegistration=True).raise_for_status().json()
    assert visit["Cause"] == "NOT_REGISTERED"
    # What was tried in vain is not the next step: the ways are those of the lag (§6).
    for shown in (visit, at.clinic.get(f"/api/visits/{visit['VisitId']}")):
        ways = [one["Way"] for one in shown["Decision"]["Ways"]]
        assert ways == ["card_with_portal_or_notice", "declaration", "certificate"]
    waiting = at.clinic.get("/api/catch-up")["Waiting"]
    assert [one["VisitId"] for one in waiting] == [visit["VisitId"]]


def test_while_jlis_is_out_nobody_is_registered(reader: Place, oqs: Oqs) -> None:
    at = reader("ichiro")
    at.identify("pin", Pin=personas()["ichiro"].authentication_pin).raise_for_status()
    assert at.post("visits").json()["code"] == "SIM-NOT-REGISTERED"
    oqs.take_jlis(out=True)
    assert at.post("registration").json()["code"] == "SIM-REGISTRATION-NOT-POSSIBLE"
    oqs.take_jlis(out=False)
    visit = at.post("visits", WithoutRegistration=True).raise_for_status().json()
    # What was refused is not the next step, at once, when it is read again, and corrected.
    put = at.clinic.http.put(f"/api/visits/{visit['VisitId']}/shown", json={"Presented": []})
    for shown in (visit, at.clinic.get(f"/api/visits/{visit['VisitId']}"), put.json()):
        ways = [one["Way"] for one in shown["Decision"]["Ways"]]
        assert ways == ["certificate", "card_with_portal_or_notice", "declaration"]
        assert "ここでは登録できません" in shown["Decision"]["Headline"]["Japanese"]


def test_with_oqs_out_of_reach_the_visit_is_written_down_and_no_pin_is_used(
    reader: Place, oqs: Oqs
) -> None:
    at = reader("hanako")
    at.steps()
    oqs.stop()
    answer = at.identify("pin", Pin="9999")
    assert answer.status_code == 201
    assert answer.json()["Cause"] == "NETWORK"
    assert at.clinic.state()["Card"]["RemainingTries"] == 3


def test_who_takes_the_card_after_the_identity_is_checked_without_consent(
    reader: Place,
) -> None:
    at = reader("hanako")
    at.identify("face").raise_for_status()
    at.remove()
    visit = at.post("visits").raise_for_status().json()
    assert visit["Word"] == "VALID"
    assert visit["Reading"]["Agreed"] == []


def test_every_page_but_the_desk_says_that_the_next_patients_card_is_there(
    reader: Place, card: Callable[[str], VirtualCard]
) -> None:
    at = reader("hanako")
    clinic, says = at.clinic, 'id="to-desk"'
    at.identify("face").raise_for_status()
    hers = f"/visits/{at.post('visits').raise_for_status().json()['VisitId']}"
    pages = [hers, f"{hers}/declaration", "/day"]
    assert not [path for path in pages if says in clinic.page(path)], "it is her own card"
    at.remove()
    assert not [path for path in pages if says in clinic.page(path)]
    at.insert(card("ichiro"))
    for path in pages:
        page = clinic.page(path)
        assert says in page, path
        assert "つぎの方のカードがあります" in page
    assert not [path for path in ("/", "/number", "/unable") if says in clinic.page(path)]
    at.identify("face").raise_for_status()
    at.post("visits", WithoutRegistration=True).raise_for_status()
    assert "ほかの方の結果が出ています" in clinic.page(hers)
    assert says not in clinic.page("/day"), "the row is in sight there"
