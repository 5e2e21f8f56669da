"""The cards of all personas: issued, printed, and what each is good for."""

from __future__ import annotations

import asyncio
import base64
import io
import tomllib
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from cryptography.x509.oid import NameOID
from PIL import Image

from eligibility.identifiers.numbers import IndividualNumber
from oqs_sim.app import build_app
from oqs_sim.jlis.authority import CITY, PREFECTURE
from oqs_sim.settings import Settings
from reader.description.layout import (
    AUTHENTICATION_PIN,
    INPUT_SUPPORT_PIN,
    SIGNATURE_PASSWORD,
    CardKind,
)
from reader.pin import Pin
from reader.session import prove_identity
from testbed.cards import printing
from testbed.cards.card_store import CardStore
from testbed.cards.municipal_office import MunicipalOffice
from testbed.cards.personas import Persona, personas
from testbed.cards.printing import FaceOrder, FontMissing, japanese_font, print_face
from testbed.oqs_console import OqsConsole
from tests.equipment.callers import OWN_URL, AtConsole
from tests.faces import HANAKO
from virtual_card.card import VirtualCard
from virtual_card.plugs.inprocess import InProcessConnection
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from fastapi import FastAPI

    from virtual_card.image.card_image import CardImage

JPKI = bytes.fromhex("00A4040C0AD392F000260100000001")
_WRITTEN = files("testbed.cards").joinpath("personas.toml").read_text(encoding="utf-8")
PERSONAS = {key: personas()[key] for key in tomllib.loads(_WRITTEN)}
"""One of each kind of card; those of the practice town are received at its desk."""
in_town = pytest.mark.asyncio(loop_scope="module")


@dataclass
class Town:
    """OQS with its J-LIS, and a window whose store has every persona's card."""

    oqs: FastAPI
    store: CardStore

    async def at_window(self, act: Callable[[MunicipalOffice], Awaitable[Any]]) -> Any:
        async with self.client() as client:
            return await act(MunicipalOffice(OqsConsole(client), self.store))

    def client(self) -> httpx2.AsyncClient:
        transport = httpx2.ASGITransport(AtConsole(self.oqs))
        return httpx2.AsyncClient(transport=transport, base_url=OWN_URL)

    async def ask(self, method: str, path: str, body: object = None) -> httpx2.Response:
        async with self.client() as client:
            return await client.request(method, path, json=body)

    def card(self, name: str) -> VirtualCard:
        return self.store.card(name)

    async def judged(self, name: str) -> str:
        """Say what OQS answers to the card's holder at the portal."""
        pin = Pin.authentication(personas()[name].authentication_pin)
        try:
            await self.at_window(lambda window: window.register(name, pin))
        except Problem as problem:
            return problem.entry.name
        return "REGISTERED"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def town(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    directory = tmp_path_factory.mktemp("town")
    oqs = build_app(Settings(f"sqlite:///{directory}/oqs.sqlite"))
    town = Town(oqs, CardStore(directory / "cards"))
    setting = {"Mode": "frozen", "Now": "2026-11-09T09:00:00+09:00"}
    assert (await town.ask("PUT", "/sim/clock", setting)).status_code == 200

    async def issue_all(window: MunicipalOffice) -> None:
        for who in PERSONAS.values():
            await window.issue(who)

    await town.at_window(issue_all)
    yield town
    oqs.state.engine.dispose()


def status(card: VirtualCard, *apdus: str) -> str:
    answer = b""
    for apdu in apdus:
        answer = card.process(bytes.fromhex(apdu))
    return answer[-2:].hex().upper()


@pytest.mark.parametrize("who", personas().values(), ids=personas())
def test_a_persona_is_fictional_and_has_a_valid_number(who: Persona) -> None:
    number = IndividualNumber.parse(who.individual_number)
    assert number.digits.startswith("99")
    assert who.address.startswith("模擬県")
    assert who.post_number.startswith("990-")


@pytest.mark.parametrize(("called", "key"), [("kikue", "kikue"), ("tanaka", "ichiro")])
@in_town
@pytest.mark.long
async def test_a_card_is_issued_when_it_is_first_asked_for(
    town: Town, tmp_path: Path, called: str, key: str
) -> None:
    elsewhere = Town(town.oqs, CardStore(tmp_path))
    assert await elsewhere.at_window(lambda window: window.hand_over(called)) == key
    serial = elsewhere.card(key).image.serial
    assert await elsewhere.at_window(lambda window: window.hand_over(called)) == key
    assert elsewhere.card(key).image.serial == serial, "not a second one"


@in_town
@pytest.mark.long
async def test_a_surname_of_several_and_of_nobody_is_a_sentence(town: Town) -> None:
    for called, told in (("suzuki", "minoru, sakura"), ("nobody", "Personas there are: hanako")):
        with pytest.raises(Problem, match=told):
            await town.at_window(lambda window, called=called: window.hand_over(called))


@pytest.mark.parametrize("name", PERSONAS)
@pytest.mark.long
def test_every_card_says_what_it_is_and_opens_with_its_pins(town: Town, name: str) -> None:
    who, card = personas()[name], town.card(name)
    expected = {
        "android": CardKind.ANDROID_PHONE,
        "iphone": CardKind.IPHONE,
        "resident_register_card": CardKind.RESIDENT_REGISTER_CARD,
    }.get(who.kind, CardKind.MY_NUMBER_CARD)
    assert card.image.kind is expected
    card.process(JPKI)
    assert card.process(bytes.fromhex("00B0860020"))[:-2] == expected.label
    for reference, pin in (
        (AUTHENTICATION_PIN, who.authentication_pin),
        (SIGNATURE_PASSWORD, who.signature_password if card.image.signature else ""),
    ):
        assert card.tries_left(reference) == (reference.tries if pin else 0)
        if pin:
            p2 = 0x80 | reference.file & 0x1F
            verify = bytes((0, 0x20, 0, p2, len(pin))) + pin.encode()
            assert card.process(verify) == b"\x90\x00"


@pytest.mark.parametrize(
    ("name", "judgement"),
    [
        ("hanako", "NO_ACTIVE_QUALIFICATION"),
        ("minoru", "NO_ACTIVE_QUALIFICATION"),
        ("sakura", "NO_ACTIVE_QUALIFICATION"),
        ("alexander", "NO_ACTIVE_QUALIFICATION"),
        ("hanako-android", "NO_ACTIVE_QUALIFICATION"),
        ("hanako-iphone", "NO_ACTIVE_QUALIFICATION"),
        ("shigeru", "NO_ACTIVE_QUALIFICATION"),
        ("fumi", "CERTIFICATE_LAPSED"),
        ("takeshi", "CERTIFICATE_REVOKED"),
        ("yoko", "CERTIFICATE_SUSPENDED"),
    ],
)
@in_town
@pytest.mark.long
async def test_oqs_knows_each_card_and_stops_those_that_are_stopped(
    town: Town, name: str, judgement: str
) -> None:
    # Nobody is insured here, so that is what is said of a card that works.
    assert await town.judged(name) == judgement


@pytest.mark.long
def test_a_child_and_an_infant_have_no_signature_certificate(town: Town) -> None:
    for name in ("minoru", "sakura", "kikue"):
        card = town.card(name)
        card.process(JPKI)
        assert card.process(bytes.fromhex("00B0880000")) == bytes.fromhex("008F009000")


@pytest.mark.long
def test_the_card_without_pins_has_no_tries_at_all(town: Town) -> None:
    card = town.card("kikue")
    for reference in (AUTHENTICATION_PIN, SIGNATURE_PASSWORD, INPUT_SUPPORT_PIN):
        assert card.tries_left(reference) == 0
    assert status(card, JPKI.hex(), "00200098", "0020009804 31323334") == "6984"


@in_town
@pytest.mark.long
async def test_the_card_without_pins_works_at_an_authorised_terminal(town: Town) -> None:
    issued = await town.ask("POST", "/sim/jlis/terminals", {"MedicalInstitutionCode": "9910000018"})
    credential = issued.json()
    key = load_pem_private_key(credential["PrivateKey"].encode(), None)
    certificate = base64.b64decode(credential["Certificate"])
    card = town.card("kikue")
    card.process(JPKI)
    take = bytes.fromhex("80A20096000238") + certificate
    assert card.process(take) == b"\x90\x00"
    challenge = card.process(bytes.fromhex("0084000010"))[:-2]
    signature = key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())  # type: ignore[union-attr,call-arg,arg-type]
    assert card.process(bytes.fromhex("00820096000100") + signature) == b"\x90\x00"
    assert status(card, "802A0097 01 00 00") == "9000"


@pytest.mark.long
def test_the_attributes_of_one_are_short_and_of_another_long(town: Town) -> None:
    heads = {}
    for name in ("hanako", "alexander"):
        card, pin = town.card(name), personas()[name].input_support_pin
        card.process(bytes.fromhex("00A4040C0AD3921000310001010408"))
        card.process(bytes.fromhex("0020009104") + pin.encode())
        heads[name] = card.process(bytes.fromhex("00B0820005"))[:4].hex()
    assert heads["hanako"] == "ff204ddf"
    assert heads["alexander"][:6] == "ff2082"


@pytest.mark.long
def test_everybody_lives_in_the_town_that_the_certificate_names(town: Town) -> None:
    assert (PREFECTURE, CITY) == ("Mogi-ken", "Mogi-shi")
    for name, who in PERSONAS.items():
        image = town.card(name).image
        assert who.address.startswith("模擬県模擬市")
        assert image.face is None or image.face.holder.address == who.address
        if image.signature is not None:
            subject = x509.load_der_x509_certificate(image.signature.certificate).subject
            places = subject.get_attributes_for_oid(NameOID.LOCALITY_NAME)
            assert [place.value for place in places] == [PREFECTURE, CITY]


@pytest.mark.long
def test_the_infant_has_no_photo_and_all_others_differ(town: Town) -> None:
    photos = {}
    for name in PERSONAS:
        face = town.card(name).image.face
        if face is not None:
            photos[name] = face.pictures.photo
    assert photos.pop("sakura") == b""
    assert len(set(photos.values())) == len(photos)
    for photo in photos.values():
        assert Image.open(io.BytesIO(photo)).size == (240, 320)


@pytest.mark.long
def test_only_cards_have_a_face(town: Town) -> None:
    without = {name for name in PERSONAS if town.card(name).image.face is None}
    assert without == {"hanako-android", "hanako-iphone", "toki"}


@in_town
@pytest.mark.long
async def test_a_renewed_card_keeps_pins_and_face_and_ends_the_old_certificate(town: Town) -> None:
    """However many ask at once, it bears the certificate that is in force."""
    # Another town may have had one issued in place of this town's.
    await town.at_window(lambda window: window.issue(personas()["ichiro"]))
    before = town.card("ichiro").image
    await town.at_window(lambda window: asyncio.gather(*(window.renew("ichiro") for _ in range(3))))
    after = town.card("ichiro").image
    assert before.authentication
    assert after.authentication
    assert after.authentication.certificate != before.authentication.certificate
    assert (after.authentication.secret, after.face) == (before.authentication.secret, before.face)
    assert await town.judged("ichiro") == "NO_ACTIVE_QUALIFICATION"
    proof = prove_identity(
        InProcessConnection(VirtualCard(before)),
        Pin.authentication(personas()["ichiro"].authentication_pin),
        b"x",
    )
    assert proof.certificate.der == before.authentication.certificate


@pytest.mark.long
def test_the_window_opens_a_blocked_pin(town: Town) -> None:
    card = town.card("minoru")
    card.process(JPKI)
    for _ in range(3):
        card.process(bytes.fromhex("0020009804 39393939"))
    assert town.card("minoru").tries_left(AUTHENTICATION_PIN) == 0
    window = MunicipalOffice(OqsConsole(town.client()), town.store)
    window.reset_pin("minoru", AUTHENTICATION_PIN, None)
    assert town.card("minoru").tries_left(AUTHENTICATION_PIN) == 3
    with pytest.raises(Problem, match="4 digits"):
        window.reset_pin("minoru", AUTHENTICATION_PIN, "12")
    with pytest.raises(Problem, match="no certificate"):
        window.reset_pin("minoru", SIGNATURE_PASSWORD, "ABC123")


def test_a_card_that_is_issued_anew_remembers_nothing_of_the_old_one(
    card_image: CardImage, tmp_path: Path
) -> None:
    store = CardStore(tmp_path)
    store.add("someone", card_image)
    card = store.card("someone")
    card.process(JPKI)
    card.process(bytes.fromhex("0020009804 39393939"))
    store.add("someone", card_image)
    assert store.card("someone").tries_left(AUTHENTICATION_PIN) == 3


@in_town
@pytest.mark.long
async def test_a_missing_font_is_told_with_its_package(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "FONT_PATHS", ())
    monkeypatch.setenv("PATH", "")
    japanese_font.cache_clear()
    try:
        order = FaceOrder(HANAKO, "2285", HANAKO.birthdate, photo=True)
        with pytest.raises(FontMissing, match="apt-get install fonts-ipaexfont-gothic"):
            print_face(order)
        with pytest.raises(Problem) as refused:
            await town.at_window(lambda window: window.issue(personas()["alexander"]))
        assert refused.value.entry is Catalogue.FONT_MISSING
    finally:
        japanese_font.cache_clear()


def test_a_rare_character_of_a_name_is_printed_on_the_card() -> None:
    written, other = (
        print_face(
            FaceOrder(replace(HANAKO, name=name), "2285", HANAKO.birthdate, photo=False)
        ).name
        for name in ("𠮷野", "\u3000野")
    )
    assert written != other
    with pytest.raises(FontMissing, match=r"U\+10FFFE.*fonts-ipamj-mincho"):
        print_face(
            FaceOrder(
                replace(HANAKO, address="町\U0010fffe"), "2285", HANAKO.birthdate, photo=False
            )
        )


def test_fontconfig_is_asked_where_no_known_font_is_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(printing, "FONT_PATHS", ())
    japanese_font.cache_clear()
    try:
        assert japanese_font().is_file()
    finally:
        japanese_font.cache_clear()
