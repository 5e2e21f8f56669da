"""The JPKI application command by command, against the card's specification sheet."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

from reader.description.layout import AUTHENTICATION_PIN, SIGNATURE_PASSWORD, CardKind
from tests.equipment.talk import Talk
from virtual_card.card import VirtualCard
from virtual_card.image.behaviour import Behaviour
from virtual_card.image.card_image import CardImage

SELECT_JPKI = "00A4040C0A D392F000260100000001"
SELECT_PIN = "00A4020C020018"
SELECT_KEY = "00A4020C020017"
SELECT_CERTIFICATE = "00A4020C02000A"
ASK_TRIES = "00200080"
RIGHT_PIN = "0020008004 31323334"
WRONG_PIN = "0020008004 39393939"
RIGHT_PASSWORD = "00200080 06 414243313233"

MakeCard = Callable[..., VirtualCard]


@pytest.fixture
def talk(make_card: MakeCard) -> Talk:
    return Talk(make_card())


@pytest.fixture
def jpki(talk: Talk) -> Talk:
    assert talk(SELECT_JPKI) == "9000"
    return talk


def public_key(image: CardImage) -> RSAPublicKey:
    assert image.authentication
    certificate = x509.load_der_x509_certificate(image.authentication.certificate)
    key = certificate.public_key()
    assert isinstance(key, RSAPublicKey)
    return key


def unpadded(image: CardImage, signature: bytes) -> bytes:
    """Undo RSA and the padding of PKCS #1 v1.5."""
    numbers = public_key(image).public_numbers()
    block = pow(int.from_bytes(signature, "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert block[:2] == b"\x00\x01"
    filler, _, content = block[2:].partition(b"\x00")
    assert set(filler) == {0xFF}
    return content


# --- PINs -----------------------------------------------------------------------------------


def test_an_empty_verify_tells_the_tries_before_and_after_a_success(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, ASK_TRIES, RIGHT_PIN, ASK_TRIES) == [
        *("9000", "63C3", "9000", "63C3")
    ]


def test_a_wrong_pin_counts_down_and_a_right_one_gives_all_tries_back(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, WRONG_PIN, WRONG_PIN, ASK_TRIES, RIGHT_PIN, ASK_TRIES) == [
        *("9000", "63C2", "63C1", "63C1", "9000", "63C3")
    ]


def test_the_try_that_blocks_is_63c0_and_every_further_one_6984(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, WRONG_PIN, WRONG_PIN, WRONG_PIN) == [
        *("9000", "63C2", "63C1", "63C0")
    ]
    assert jpki.all_of(ASK_TRIES, WRONG_PIN, RIGHT_PIN, ASK_TRIES) == [
        *("63C0", "6984", "6984", "63C0")
    ]


def test_the_two_pins_count_apart(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, WRONG_PIN, "00A4020C02001B", ASK_TRIES) == [
        *("9000", "63C2", "9000", "63C5")
    ]


def test_a_pin_is_found_by_its_short_identifier_too(jpki: Talk) -> None:
    assert jpki.all_of("00200098", "0020009B", "0020009804 31323334", ASK_TRIES) == [
        *("63C3", "63C5", "9000", "63C3")
    ]


def test_a_pin_of_17_bytes_is_refused_and_costs_no_try(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, "0020008011" + "31" * 17, ASK_TRIES) == [
        *("9000", "6700", "63C3")
    ]


def test_verify_asks_for_a_current_pin(jpki: Talk) -> None:
    assert jpki(ASK_TRIES) == "6986"
    assert jpki.all_of(SELECT_CERTIFICATE, ASK_TRIES) == ["9000", "6981"]
    assert jpki.all_of(SELECT_PIN, "00200180", "00200018", "0020009F") == [
        *("9000", "6A86", "6A86", "6A82")
    ]


def test_a_wrong_pin_takes_back_what_the_right_one_opened(jpki: Talk) -> None:
    sign = "802A0080 01 00 00"
    assert jpki.all_of(SELECT_PIN, RIGHT_PIN, SELECT_KEY, sign) == ["9000"] * 4
    assert jpki.all_of(SELECT_PIN, WRONG_PIN, SELECT_KEY, sign) == [
        *("9000", "63C2", "9000", "6982")
    ]


def test_a_verified_pin_can_be_changed(jpki: Talk) -> None:
    change = "0024018004 35363738"
    assert jpki.all_of(SELECT_PIN, change, RIGHT_PIN, "0024018003 353637", change) == [
        *("9000", "6982", "9000", "6A80", "9000")
    ]
    assert jpki.all_of(RIGHT_PIN, "0020008004 35363738") == ["63C2", "9000"]


def test_only_the_office_opens_a_blocked_pin(jpki: Talk) -> None:
    jpki.all_of(SELECT_PIN, WRONG_PIN, WRONG_PIN, WRONG_PIN)
    jpki.card.office_reset(AUTHENTICATION_PIN, "2580")
    assert jpki.all_of(ASK_TRIES, RIGHT_PIN, "0020008004 32353830") == ["63C3", "63C2", "9000"]
    with pytest.raises(ValueError, match="4 digits"):
        jpki.card.office_reset(AUTHENTICATION_PIN, "123")


# --- What is forgotten, and when --------------------------------------------------------------


SIGNS = (SELECT_KEY, "802A0080 01 00 00")


def test_power_off_forgets_everything(jpki: Talk) -> None:
    jpki.all_of(SELECT_PIN, RIGHT_PIN)
    jpki.card.power_off()
    assert jpki.all_of(SELECT_KEY, SELECT_JPKI, *SIGNS) == ["6A82", "9000", "9000", "6982"]


def test_another_application_forgets_the_pins(jpki: Talk) -> None:
    jpki.all_of(SELECT_PIN, RIGHT_PIN, "00A4040C07A0000001510000", SELECT_JPKI)
    assert jpki.all_of(*SIGNS) == ["9000", "6982"]


@pytest.mark.parametrize(("keeps", "status"), [(True, "9000"), (False, "6982")])
def test_selecting_the_same_application_again_is_a_switch(
    make_card: MakeCard, *, keeps: bool, status: str
) -> None:
    talk = Talk(make_card(behaviour=Behaviour(reselect_keeps_verified=keeps)))
    talk.all_of(SELECT_JPKI, SELECT_PIN, RIGHT_PIN, SELECT_JPKI)
    assert talk.all_of(*SIGNS) == ["9000", status]


@pytest.mark.parametrize(("clears", "status"), [(True, "6A82"), (False, "9000")])
def test_a_warm_reset_is_a_switch(make_card: MakeCard, *, clears: bool, status: str) -> None:
    talk = Talk(make_card(behaviour=Behaviour(warm_reset_clears=clears)))
    talk.all_of(SELECT_JPKI, SELECT_PIN, RIGHT_PIN)
    talk.card.reset()
    assert talk(SELECT_KEY) == status


# --- Files ------------------------------------------------------------------------------------


def test_the_signature_certificate_selects_freely_and_reads_only_with_its_password(
    jpki: Talk,
) -> None:
    assert jpki.all_of("00A4020C020001", "00B0000004") == ["9000", "6982"]
    jpki.all_of("00A4020C02001B", RIGHT_PASSWORD)
    data, status = jpki.answer("00B0810004")
    assert (data[:2], status) == (b"\x30\x82", "9000")


def test_the_authentication_pin_does_not_open_the_signature_certificate(jpki: Talk) -> None:
    assert jpki.all_of(SELECT_PIN, RIGHT_PIN, "00A4020C020001", "00B0000004") == [
        *("9000", "9000", "9000", "6982")
    ]


def test_reading_beyond_the_end_gives_the_rest_and_from_the_end_6b00(jpki: Talk) -> None:
    assert jpki.card.image.authentication
    expected = jpki.card.image.authentication.certificate
    assert jpki(SELECT_CERTIFICATE) == "9000"
    read, offset = b"", 0
    while True:
        part, status = jpki.answer(bytes((0x00, 0xB0, offset >> 8, offset & 0xFF, 0)))
        if status != "9000":
            break
        read, offset = read + part, offset + 256
    assert (read, status) == (expected, "6B00")
    at_end = len(expected).to_bytes(2, "big").hex()
    assert jpki(f"00B0{at_end}00") == "6B00"


def test_extended_length_reads_the_certificate_at_once(jpki: Talk) -> None:
    assert jpki.card.image.authentication
    data, status = jpki.answer("00B08A00 000000")
    assert (data, status) == (jpki.card.image.authentication.certificate, "9000")


def test_filler_follows_the_certificate_where_the_image_says_so(make_card: MakeCard) -> None:
    talk = Talk(make_card(behaviour=Behaviour(filler=40)))
    talk(SELECT_JPKI)
    data, _ = talk.answer("00B08A00 000000")
    assert data.endswith(b"\xff" * 40)


def test_keys_and_pins_are_no_files_to_read(jpki: Talk) -> None:
    for internal in ("0016", "0017", "0018", "001A", "001B"):
        assert jpki.all_of(f"00A4020C02{internal}", "00B0000000") == ["9000", "6981"]
    assert jpki.all_of("00A4020C020009", "00B0000000") == ["9000", "6982"]


def test_a_short_identifier_read_makes_the_file_current(jpki: Talk) -> None:
    first, _ = jpki.answer("00B0860020")
    assert first == CardKind.MY_NUMBER_CARD.label
    assert jpki.answer("00B0000020") == (first, "9000")
    assert jpki.all_of("00B0DF0000", "00B09F0000", "00B0800000") == ["6A86", "6A82", "6A82"]


def test_read_binary_refuses_what_it_does_not_understand(jpki: Talk) -> None:
    assert jpki("00B0000000") == "6986"
    assert jpki.all_of(SELECT_CERTIFICATE, "00B00000", "00B00000010000") == [
        *("9000", "6700", "6700")
    ]


def test_the_token_info_is_160_bytes_that_name_the_kind(make_card: MakeCard) -> None:
    for kind in CardKind:
        talk = Talk(make_card(kind=kind))
        talk(SELECT_JPKI)
        data, _ = talk.answer("00B0860000")
        assert len(data) == 160
        assert data[:32] == kind.value.encode().ljust(32)
        assert data[96:100] == bytes.fromhex("0000040D")
        assert data[-16:] == b"9" * 16


def test_a_phone_shows_its_certificate_only_after_the_pin(make_card: MakeCard) -> None:
    talk = Talk(make_card(kind=CardKind.ANDROID_PHONE))
    assert talk.all_of(SELECT_JPKI, "00B08A0004", "0020009804 31323334", "00B08A0004") == [
        *("9000", "6982", "9000", "9000")
    ]


def test_a_childs_card_says_that_it_has_no_signature_certificate(make_card: MakeCard) -> None:
    talk = Talk(make_card(signature=None))
    talk(SELECT_JPKI)
    assert talk.answer("00B0880000") == (bytes.fromhex("008F00"), "9000")
    assert talk("00A4020C020001") == "6A82"
    assert talk.all_of("0020009B", "0020009B06 414243313233") == ["63C0", "6984"]
    with pytest.raises(ValueError, match="no certificate"):
        talk.card.office_reset(SIGNATURE_PASSWORD)


# --- SELECT and what the card does not know -----------------------------------------------------


def test_select_takes_the_beginning_of_an_aid(talk: Talk) -> None:
    assert talk.all_of("00A4040C05 D392F00026", "00B0860020") == ["9000", "9000"]


def test_select_with_le_tells_the_name(talk: Talk) -> None:
    data, status = talk.answer("00A404000AD392F00026010000000100")
    assert (data.hex().upper(), status) == ("6F0C840AD392F000260100000001", "9000")
    assert talk.answer("00A404000AD392F000260100000001") == (b"", "9000")
    assert talk.answer("00A4020002000A00") == (bytes.fromhex("6F048302000A"), "9000")


def test_the_master_file_is_not_there(talk: Talk) -> None:
    assert talk("00A40000") == "6A86"
    assert talk.all_of(SELECT_JPKI, SELECT_PIN, "00A40000", ASK_TRIES) == [
        *("9000", "9000", "9000", "63C3")
    ]
    assert talk("00A4000C023F00") == "6A82"


def test_what_opensc_probes_for_is_refused_and_nothing_is_lost(jpki: Talk) -> None:
    assert jpki.all_of(
        SELECT_PIN,
        "00A4040009A0000000039000000000",
        "00A4040C06A00000030800",
        "00CADF3005",
        "00CB3FFF035C017E08",
        "00FF0000",
        ASK_TRIES,
    ) == ["9000", "6A82", "6A82", "6A88", "6A88", "6D00", "63C3"]


def test_channels_secure_messaging_and_strange_classes_are_refused(jpki: Talk) -> None:
    assert jpki.all_of("01B0860000", "0CA4020C02000A", "0CB0860000", "0C200098") == [
        *("6881", "6882", "69FC", "69FC")
    ]
    assert jpki.all_of("90B0860000", "80B0860000", "002A009700", "41B0860000") == [
        *("6E00", "6E00", "6E00", "6881")
    ]


@pytest.mark.parametrize(
    "apdu", ["", "00", "00A404", "00A4040C05D392", "00200080 00 01", "00B0000000 00"]
)
def test_a_command_without_a_valid_length_is_6700(jpki: Talk, apdu: str) -> None:
    assert jpki(apdu) == "6700"


def test_a_challenge_is_random_and_as_long_as_asked_for(talk: Talk) -> None:
    first, status = talk.answer("0084000008")
    assert (len(first), status) == (8, "9000")
    assert talk.answer("0084000008")[0] != first
    assert len(talk.answer("0084000000")[0]) == 256
    assert talk("00840000000008") == "6985"


# --- Signatures ---------------------------------------------------------------------------------


@pytest.fixture
def signer(jpki: Talk) -> Talk:
    jpki.all_of(SELECT_PIN, RIGHT_PIN, SELECT_KEY)
    return jpki


@pytest.mark.parametrize("length", [1, 19, 35, 51, 245])
def test_any_1_to_245_bytes_are_padded_as_they_are(signer: Talk, length: int) -> None:
    message = bytes(range(length))
    signature, status = signer.answer(bytes((0x80, 0x2A, 0x00, 0x80, length)) + message + b"\x00")
    assert status == "9000"
    assert unpadded(signer.card.image, signature) == message


def test_246_bytes_do_not_fit(signer: Talk) -> None:
    assert signer(bytes.fromhex("802A0080F6") + bytes(246) + b"\x00") == "6985"
    assert signer("802A008000") == "6700"


def test_the_card_hashes_where_p1_asks_it_to(signer: Talk) -> None:
    message = "模擬".encode()
    digest = hashlib.sha256(message).digest()
    key = public_key(signer.card.image)
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA256()), salt_length=32)

    def signed(mode: int, content: bytes) -> bytes:
        command = bytes((0x80, 0x2A, mode, 0x80, len(content))) + content + b"\x00"
        signature, status = signer.answer(command)
        assert status == "9000"
        return signature

    assert unpadded(signer.card.image, signed(1, message)) == digest
    key.verify(signed(2, digest), message, padding.PKCS1v15(), hashes.SHA256())
    key.verify(signed(3, message), message, padding.PKCS1v15(), hashes.SHA256())
    key.verify(signed(4, digest), digest, pss, Prehashed(hashes.SHA256()))
    key.verify(signed(5, message), message, pss, hashes.SHA256())
    assert signer("802A0280 01 00 00") == "6A80"
    assert signer("802A0680 01 00 00") == "6A86"


def test_a_key_is_found_by_its_short_identifier_and_asks_for_its_own_pin(signer: Talk) -> None:
    assert signer("802A0097 01 00 00") == "9000"
    assert signer("802A009A 01 00 00") == "6982"
    assert signer("802A0098 01 00 00") == "6981"


def test_a_verbatim_signature_takes_the_fast_way(signer: Talk) -> None:
    """With the Chinese remainder theorem: a plain power in Python takes many times as long."""
    credential = signer.card.image.authentication
    assert credential
    numbers = credential.load_private_key().private_numbers()
    started = time.perf_counter()
    pow(12345, numbers.d, numbers.public_numbers.n)
    plain = time.perf_counter() - started
    started = time.perf_counter()
    for _ in range(10):
        assert signer("802A0080 03 010203 00") == "9000"
    assert time.perf_counter() - started < plain * 10 / 4


def test_an_image_equal_in_all_but_its_label_is_another_card(card_image: CardImage) -> None:
    assert replace(card_image, label="田中 一郎") != card_image
    assert "private_key" not in repr(card_image)
