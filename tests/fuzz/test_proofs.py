"""Whatever is sent as a proof, OQS answers it with a problem of its own or finds it sound."""

from __future__ import annotations

import base64
from datetime import UTC, date, datetime
from functools import cache
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given, settings
from hypothesis import strategies as st

from oqs_sim.api.line import CERTIFICATE
from oqs_sim.app import MIGRATIONS
from oqs_sim.jlis.authority import issue, make_authority, new_key
from oqs_sim.qualification.certificate_path import PathValidator, _signed_part
from oqs_sim.qualification.challenge import Binding, ChallengeIssuer, ChallengePurpose
from oqs_sim.qualification.proof import ProofVerifier
from oqs_sim.store.residents import Resident
from oqs_sim.store.schema import metadata
from reader.certificate import CardCertificate, UnreadableCertificate
from storage import open_engine
from tests.fuzzing import cases
from wire.catalogue import Catalogue, Problem
from wire.vocabulary.inquiry import CardProof
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from oqs_sim.jlis.authority import Authority, IssuedCertificate

NOW = datetime(2026, 11, 9, tzinfo=UTC)
HANAKO = Resident(
    "p1", "990000000019", "佐藤", "ｻﾄｳ", "2", date(1980, 2, 17), "模擬県", "990-0001", "99001"
)
REFUSALS = {
    *CERTIFICATE,
    Catalogue.SIGNATURE_INVALID,
    Catalogue.CHALLENGE_UNKNOWN,
    Catalogue.CHALLENGE_EXPIRED,
    Catalogue.CHALLENGE_OTHER_PURPOSE,
    Catalogue.INVALID_REQUEST,
}
BINDING = Binding("9910000018", ChallengePurpose.CHECK)


@cache
def challenges() -> ChallengeIssuer:
    return ChallengeIssuer(open_engine("sqlite://", metadata, MIGRATIONS), lifetime=100_000)


@cache
def authority() -> Authority:
    return make_authority(CertificatePurpose.AUTHENTICATION, NOW)


@cache
def verifier() -> ProofVerifier:
    def known(purpose: CertificatePurpose) -> list[x509.Certificate]:
        return [authority().certificate] if purpose is authority().purpose else []

    return ProofVerifier(PathValidator(known), challenges())


@cache
def issued() -> IssuedCertificate:
    return issue(authority(), new_key(), HANAKO, NOW, date(2031, 2, 17))


@cache
def true_proof() -> dict[str, bytes]:
    challenge = challenges().issue(BINDING)
    signature = issued().private_key.sign(challenge, padding.PKCS1v15(), hashes.SHA256())
    return {
        "challenge": challenge,
        "certificate": issued().certificate.public_bytes(Encoding.DER),
        "signature": signature,
    }


def verify(**parts: str) -> bool:
    """Tell whether a proof is sound; anything but a refusal of the catalogue is a failure."""
    proof = {name: base64.b64encode(value).decode() for name, value in true_proof().items()}
    try:
        found = verifier().verify(CardProof.model_construct(**{**proof, **parts}), BINDING, NOW)
    except Problem as problem:
        assert problem.entry in REFUSALS  # noqa: PT017 - or else it is sound
        return False
    assert found.serial == issued().certificate.serial_number
    return True


@st.composite
def damaged(draw: st.DrawFn, true: bytes) -> bytes:
    """Bytes near the true ones: changed, cut, doubled, put in, at places anywhere."""
    changed = bytearray(true)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(changed)))
        match draw(st.sampled_from(("change", "change", "put in", "leave out", "double"))):
            case "change" if at < len(changed):
                changed[at] = draw(st.integers(0, 255))
            case "put in":
                changed[at:at] = draw(st.binary(max_size=8))
            case "leave out":
                del changed[at : at + draw(st.integers(1, 40))]
            case "double":
                changed[at:at] = changed[at : at + draw(st.integers(1, 40))]
    return bytes(changed)


def test_a_true_proof_is_sound() -> None:
    assert verify()


@pytest.mark.long
@pytest.mark.timeout(0)
@settings(max_examples=cases(2_000), deadline=None)
@given(st.data())
def test_no_damage_to_a_certificate_is_more_than_a_refusal(data: st.DataObject) -> None:
    true = true_proof()["certificate"]
    der = data.draw(st.one_of(damaged(true), st.binary(max_size=200)))
    sound = verify(certificate=base64.b64encode(der).decode())
    # What lies outside of what was signed changes nothing here; OQS compares the whole besides.
    assert sound == (der == true) or _signed_part(der) == _signed_part(true)
    # The client reads the same bytes.
    try:
        found = CardCertificate.read(der)
    except UnreadableCertificate:
        return
    assert found.is_issued_by(found) in (True, False)
    assert found.signed(bytes(256), b"x") is False


@pytest.mark.long
@pytest.mark.timeout(0)
@settings(max_examples=cases(1_000), deadline=None)
@given(
    part=st.sampled_from(("challenge", "certificate", "signature")),
    text=st.one_of(
        st.text(max_size=60),
        st.text("ABCDEFabcdef0123456789+/=\n ", max_size=60),
        st.binary(max_size=600).map(lambda content: base64.b64encode(content).decode()),
        st.binary(max_size=60).map(lambda content: base64.b64encode(content).decode()[:-1]),
    ),
)
def test_no_text_in_the_place_of_base64_is_more_than_a_refusal(part: str, text: str) -> None:
    assert not verify(**{part: text})


@pytest.mark.parametrize("serial", [2**63, 2**64, 2**158])
def test_a_serial_number_that_no_database_keeps_is_unknown(serial: int) -> None:
    key = new_key()
    certificate = _signed_by_authority(key, serial)
    assert not verify(certificate=base64.b64encode(certificate).decode())


def test_a_key_of_another_kind_is_unknown_although_the_authority_signed_it() -> None:
    certificate = _signed_by_authority(ec.generate_private_key(ec.SECP256R1()), 7)
    assert not verify(certificate=base64.b64encode(certificate).decode())


def _signed_by_authority(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey, serial: int) -> bytes:
    builder = x509.CertificateBuilder(
        authority().certificate.subject,
        issued().certificate.subject,
        key.public_key(),
        serial,
        NOW,
        NOW.replace(year=2030),
    )
    signed = builder.sign(authority().private_key, hashes.SHA256())
    return signed.public_bytes(Encoding.DER)
