"""共通カード, 住基, and what the card tells before an application is selected."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from reader.description.layout import COMMON_PIN, RESIDENT_REGISTER_PIN, CardKind
from tests.equipment.talk import Talk
from tests.faces import RESIDENT_REGISTER_PIN as PIN
from tests.faces import authorities, hanako_face
from virtual_card.card import VirtualCard
from virtual_card.encoding.cv_certificate import CvCertificate
from virtual_card.image.behaviour import Behaviour

COMMON, REGISTER = "D3921000310001010100", "D3921000310001010401"
SECURITY_DOMAIN = "00A4040C07 A0000001510000"
JPKI = "D392F000260100000001"

MakeCard = Callable[..., VirtualCard]


@pytest.fixture
def talk(make_card: MakeCard) -> Talk:
    return Talk(make_card())


@pytest.fixture
def common(talk: Talk) -> Talk:
    talk.select(COMMON)
    return talk


def test_the_record_tells_serial_municipality_and_expiry(common: Talk) -> None:
    record = b"\x01\x1c" + b"990010000000001" + b"99001" + b"20350217"
    assert common("00A4020C020001") == "9000"
    assert common.answer("00B2010400") == (record, "9000")
    assert common.answer("00B2010C00") == (record, "9000")
    assert common.answer("00B2010C02") == (record[:2], "9000")


def test_a_record_that_is_not_there_is_6a83(common: Talk) -> None:
    assert common.all_of("00B2020C00", "00B2000C00", "00B2011C00") == ["6A83", "6A83", "6A82"]


def test_a_read_of_records_refuses_what_it_does_not_understand(common: Talk) -> None:
    assert common("00B2010400") == "6986"
    assert common.all_of("00B2010D00", "00B2010E00", "00B2010800", "00B2010C") == [
        *("6A81", "6A81", "6A86", "6700")
    ]


def test_records_and_bytes_are_read_each_in_its_own_way(common: Talk) -> None:
    assert common("00B0810000") == "6981"
    common.select(JPKI)
    assert common("00B2013400") == "6981"


def test_both_applications_hold_the_same_key_reference(common: Talk) -> None:
    reference, status = common.answer("00B2011400")
    assert (len(reference), status) == (16, "9000")
    common.select(REGISTER)
    assert common.answer("00B2011400") == (reference, "9000")


def test_internal_authenticate_signs_the_challenge_without_a_pin(common: Talk) -> None:
    signature, status = common.answer("00880099 10" + "5A" * 16 + "00")
    assert status == "9000"
    key = hanako_face().chip.public_key()
    key.verify(signature, b"\x5a" * 16, padding.PKCS1v15(), hashes.SHA256())


def test_internal_authenticate_refuses_what_it_does_not_understand(common: Talk) -> None:
    assert common.all_of("00880099", "00880199 01 00 00", "0088009C 01 00 00") == [
        *("6700", "6A86", "6981")
    ]
    assert common("802A0099 01 00 00") == "6981", "the key only authenticates"
    common.select(REGISTER)
    assert common("00880099 01 00 00") == "6A82"


@pytest.mark.parametrize("aid", [COMMON, REGISTER])
def test_the_pin_is_changed_with_change_key(talk: Talk, aid: str) -> None:
    talk.select(aid)
    assert talk.tries(0x1C) == "63C3"
    assert talk("8032009C 04 35353535") == "6982"
    assert talk.verify(0x1C, PIN) == "9000"
    assert talk("0024019C 04 35353535") == "6A81"
    assert talk.all_of("8032019C 04 35353535", "8032009C 03 353535") == ["6A86", "6A80"]
    assert talk("8032009C 04 35353535") == "9000"
    assert (talk.verify(0x1C, PIN), talk.verify(0x1C, "5555")) == ("63C2", "9000")


def test_the_two_pins_of_one_name_count_and_change_apart(common: Talk) -> None:
    common.verify(0x1C, "0000")
    common.select(REGISTER)
    assert common.tries(0x1C) == "63C3"
    assert common.card.tries_left(COMMON_PIN) == 2
    assert common.card.tries_left(RESIDENT_REGISTER_PIN) == 3


def test_a_resident_register_card_has_no_text_and_no_pictures(make_card: MakeCard) -> None:
    talk = Talk(make_card(kind=CardKind.RESIDENT_REGISTER_CARD))
    assert talk("00A4040C0A D3921000310001010408") == "6A82"
    assert talk("00A4040C0A D3921000310001010402") == "6A82"
    talk.select(REGISTER)


def test_data_objects_are_told_at_power_on_and_in_the_security_domain(talk: Talk) -> None:
    told = {
        "00CA004500": b"990010000000001",
        "00CA006600": bytes.fromhex("730906072A864886FC6B01"),
        "00CA00F000": b"99001",
        "00CA00F200": b"20350217",
        "00CA5F5100": bytes.fromhex("E000FF8131FE4514"),
    }
    for _ in range(2):
        for command, content in told.items():
            assert talk.answer(command) == (content, "9000")
        talk.select(COMMON)
        assert talk(SECURITY_DOMAIN) == "9000"


def test_only_the_contact_atr_is_told_inside_an_application(common: Talk) -> None:
    assert common.answer("00CA5F5100") == (bytes.fromhex("E000FF8131FE4514"), "9000")
    objects = ("0042", "0045", "0066", "00F0", "00F2", "00F7", "00F8", "7F21")
    assert {common(f"00CA{tag}00") for tag in objects} == {"6A88"}


def test_the_certificates_at_the_top_lead_from_the_root_to_the_card(talk: Talk) -> None:
    upper = CvCertificate.parse(talk.answer("00CA00F8 000000")[0])
    lower = CvCertificate.parse(talk.answer("00CA7F21 000000")[0])
    assert upper.is_signed_by(authorities().root.public_key())
    assert lower.is_signed_by(upper.public_key)
    assert lower.public_key == hanako_face().chip.public_key()
    assert talk.answer("00CA004200")[0] == upper.issuer_key_id
    assert talk.answer("00CA00F700")[0] == upper.subject_key_id == lower.issuer_key_id


def test_there_is_no_file_to_read_before_an_application_is_selected(talk: Talk) -> None:
    assert [talk(f"00B0{0x80 | sfi:02X}0000") for sfi in range(1, 31)] == ["6A82"] * 30


def test_session_keys_are_refused_in_two_ways(talk: Talk) -> None:
    refusals = []
    for aid in (COMMON, "D3921000310001010402", JPKI, REGISTER):
        talk.select(aid)
        refusals.append(talk("80AE0000 01 00"))
    assert refusals == ["66F1", "66F1", "6982", "6982"]


@pytest.mark.parametrize(("fails", "status"), [(False, "9000"), (True, "6F00")])
def test_the_first_command_after_power_on_is_a_switch(
    make_card: MakeCard, *, fails: bool, status: str
) -> None:
    talk = Talk(make_card(behaviour=Behaviour(first_command_fails=fails)))
    select = f"00A4040C0A{COMMON}"
    assert talk.all_of(select, select) == [status, "9000"]
    talk.card.power_off()
    talk.card.power_on()
    assert talk(select) == status


@pytest.mark.parametrize(("names", "said"), [(True, "6F048302001C"), (False, "6F00")])
def test_what_select_says_is_a_switch(make_card: MakeCard, *, names: bool, said: str) -> None:
    talk = Talk(make_card(behaviour=Behaviour(names_what_is_selected=names)))
    talk.select(COMMON)
    assert talk.answer("00A4020002001C00") == (bytes.fromhex(said), "9000")


@pytest.mark.parametrize(("tells", "status"), [(True, "63C3"), (False, "9000")])
def test_an_empty_verify_after_success_is_a_switch(
    make_card: MakeCard, *, tells: bool, status: str
) -> None:
    talk = Talk(make_card(behaviour=Behaviour(tells_tries_after_success=tells)))
    talk.select(COMMON)
    assert (talk.tries(0x1C), talk.verify(0x1C, PIN)) == ("63C3", "9000")
    assert talk.tries(0x1C) == status
    assert (talk.verify(0x1C, "0000"), talk.tries(0x1C)) == ("63C2", "63C2")
