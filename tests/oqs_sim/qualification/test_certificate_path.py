"""Path validation: each thing that may be wrong with a certificate has a refusal of its own.

The certificates here are signed by the authority itself, and on record as if it had issued them:
neither its signature nor the record makes them good.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from oqs_sim.jlis import certificate_profile
from oqs_sim.jlis.authority import SIGNATURE_POLICY, Authority, make_authority, new_key
from oqs_sim.jlis.generations import begin_generation, find_generation, trusted_certificates
from oqs_sim.qualification.certificate_path import PathValidator
from oqs_sim.store.cards import NewCertificate, add_certificate
from tests.oqs_sim.conftest import TestCard
from wire.catalogue import Problem, entry_of
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.oqs_sim.conftest import Oqs

NOW = datetime(2026, 11, 9, tzinfo=UTC)
AUTHENTICATION = CertificatePurpose.AUTHENTICATION
DAY = timedelta(days=1)


def authority_of(oqs: Oqs, number: int = 1) -> Authority:
    return find_generation(oqs.engine, AUTHENTICATION, number, NOW).authority


def usage(**set_: bool) -> x509.KeyUsage:
    names = (
        "digital_signature", "content_commitment", "key_encipherment", "data_encipherment",
        "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only",
    )  # fmt: skip
    return x509.KeyUsage(**{name: set_.get(name, False) for name in names})


@dataclass
class Like:
    """A certificate like the one on Hanako's card, but for what is said."""

    oqs: Oqs
    key: rsa.RSAPrivateKey

    def made(
        self,
        *,
        without: Iterable[type[x509.ExtensionType]] = (),
        with_: Iterable[tuple[x509.ExtensionType, bool]] = (),
        issuer: x509.Name | None = None,
        begins: datetime = NOW - DAY,
        signed_by: rsa.RSAPrivateKey | None = None,
        algorithm: hashes.SHA256 | hashes.SHA512 | None = None,
        on_record: bool = True,
        serial: int = 0x0500_0001,
        public_key: Any = None,
    ) -> TestCard:
        real, authority = self.oqs.card.certificate, authority_of(self.oqs)
        replaced = {*without, *(type(value) for value, _ in with_)}
        builder = x509.CertificateBuilder(
            issuer or real.issuer,
            real.subject,
            public_key or self.key.public_key(),
            serial,
            begins,
            real.not_valid_after_utc,
        )
        for one in real.extensions:
            if type(one.value) in replaced:
                continue
            value = one.value
            if isinstance(value, x509.SubjectKeyIdentifier):
                value = x509.SubjectKeyIdentifier.from_public_key(self.key.public_key())
            builder = builder.add_extension(value, one.critical)
        for value, critical in with_:
            builder = builder.add_extension(value, critical)
        made = builder.sign(signed_by or authority.private_key, algorithm or hashes.SHA256())
        if on_record:
            new = NewCertificate(
                authority.key_identifier,
                serial,
                self.oqs.hanako,
                self.oqs.issued["SerialNumber"],
                "card",
                "authentication",
                made.fingerprint(hashes.SHA256()),
                made.not_valid_after_utc.date(),
                grace=True,
            )
            with self.oqs.engine.begin() as connection:
                add_certificate(connection, new)
        return TestCard(made, self.key)


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture
def like(member: Oqs, key: rsa.RSAPrivateKey) -> Like:
    return Like(member, key)


def refusal(oqs: Oqs, card: TestCard) -> str:
    response = oqs.check(card.sign(oqs.challenge()))
    assert response.status_code in {403, 424}, response.text
    problem = response.json()
    entry = entry_of(problem["code"])
    assert problem["japanese"]
    assert problem["detail"]
    code: str = entry.name
    return code


def test_one_like_the_real_one_is_sound(member: Oqs, like: Like) -> None:
    """So what the others here are refused for is what differs in them."""
    card = like.made()
    assert member.check(card.sign(member.challenge())).status_code == 200


PROFILES: dict[str, tuple[str, dict[str, Any]]] = {
    "no key usage": ("CERTIFICATE_KEY_USAGE", {"without": [x509.KeyUsage]}),
    "a key usage that is not critical": (
        "CERTIFICATE_KEY_USAGE", {"with_": [(usage(digital_signature=True), False)]},
    ),
    "a key for encipherment": (
        "CERTIFICATE_KEY_USAGE", {"with_": [(usage(key_encipherment=True), True)]},
    ),
    "a key for documents": (
        "CERTIFICATE_KEY_USAGE",
        {"with_": [(usage(digital_signature=True, content_commitment=True), True)]},
    ),
    "an extended key usage": (
        "CERTIFICATE_KEY_USAGE",
        {"with_": [(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), False)]},
    ),
    "the basic constraints of an authority": (
        "CERTIFICATE_IS_AUTHORITY",
        {"with_": [(x509.BasicConstraints(ca=True, path_length=None), True)]},
    ),
    "the key usage of an authority": (
        "CERTIFICATE_IS_AUTHORITY",
        {"with_": [(usage(digital_signature=True, key_cert_sign=True), True)]},
    ),
    "no policy": ("CERTIFICATE_POLICY", {"without": [x509.CertificatePolicies]}),
    "the policy of signatures": (
        "CERTIFICATE_POLICY",
        {"with_": [(x509.CertificatePolicies(
            [x509.PolicyInformation(SIGNATURE_POLICY, None)]), True)]},
    ),
    "no identifier of the issuer's key": (
        "CERTIFICATE_ISSUER_UNKNOWN", {"without": [x509.AuthorityKeyIdentifier]},
    ),
    "another identifier of the issuer's key": (
        "CERTIFICATE_ISSUER_UNKNOWN",
        {"with_": [(x509.AuthorityKeyIdentifier(bytes(20), None, None), False)]},
    ),
    "no identifier of its key": (
        "CERTIFICATE_EXTENSION", {"without": [x509.SubjectKeyIdentifier]},
    ),
    "the identifier of another key": (
        "CERTIFICATE_EXTENSION", {"with_": [(x509.SubjectKeyIdentifier(bytes(20)), False)]},
    ),
    "a critical extension that nobody knows": (
        "CERTIFICATE_EXTENSION",
        {"with_": [(x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.2.392.200149.8.5.99"), b"\x05\x00"), True)]},
    ),
    "the name of another issuer": (
        "CERTIFICATE_ISSUER_UNKNOWN",
        {"issuer": x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Somebody")])},
    ),
    "days that have not begun": ("CERTIFICATE_NOT_YET_VALID", {"begins": NOW + DAY}),
    "another hash in its signature": (
        "CERTIFICATE_SIGNATURE_FALSE", {"algorithm": hashes.SHA512()},
    ),
    "no record": ("CERTIFICATE_UNKNOWN", {"on_record": False}),
}  # fmt: skip


@pytest.mark.parametrize("first", [True, False], ids=["first", "after a sound one"])
@pytest.mark.parametrize("what", PROFILES)
def test_what_differs_from_the_profile_is_refused_by_its_name(
    member: Oqs, like: Like, what: str, *, first: bool
) -> None:
    code, differs = PROFILES[what]
    if not first:
        assert member.check().status_code == 200, "whose bytes prove the profile of others"
    assert refusal(member, like.made(**differs)) == code


def test_the_proof_by_equal_bytes_reads_no_extension_again(
    member: Oqs, like: Like, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert member.check().status_code == 200
    read: list[object] = []
    monkeypatch.setattr(
        "oqs_sim.qualification.certificate_path.check_profile",
        lambda *them: read.append(them) or certificate_profile.check_profile(*them),
    )
    card = like.made()
    assert member.check(card.sign(member.challenge())).status_code == 200
    assert read == []
    assert refusal(member, like.made(serial=7, without=[x509.KeyUsage])) == "CERTIFICATE_KEY_USAGE"
    assert len(read) == 1


def test_a_changed_certificate_is_not_taken_for_one_whose_bytes_were_proven(member: Oqs) -> None:
    """Whatever byte of it is changed, also where only the signature covers it."""
    assert member.check().status_code == 200
    proof = member.card.sign(member.challenge())
    der = bytearray(base64.b64decode(proof["Certificate"]))
    for place in range(20, len(der), 97):
        changed = bytearray(der)
        changed[place] ^= 0x01
        sent = {**proof, "Certificate": base64.b64encode(bytes(changed)).decode()}
        assert member.check({**sent, "Challenge": proof["Challenge"]}).status_code in {403, 409}


def test_a_generation_after_its_end_vouches_for_nothing(member: Oqs) -> None:
    # Signed to 2031 by a generation that ended in 2028, which the desk would never do.
    authority = make_authority(AUTHENTICATION, NOW - timedelta(days=365 * 8), NOW - DAY)
    path = PathValidator(
        lambda purpose: [authority.certificate] if purpose is AUTHENTICATION else []
    )
    key = new_key()
    real = member.card.certificate
    builder = x509.CertificateBuilder(
        authority.certificate.subject, real.subject, key.public_key(), 7, NOW,
        real.not_valid_after_utc,
    )  # fmt: skip
    for one in real.extensions:
        value = one.value
        if isinstance(value, x509.SubjectKeyIdentifier):
            value = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
        if isinstance(value, x509.AuthorityKeyIdentifier):
            value = x509.AuthorityKeyIdentifier(authority.key_identifier, None, None)
        builder = builder.add_extension(value, one.critical)
    der = builder.sign(authority.private_key, hashes.SHA256()).public_bytes(Encoding.DER)
    assert path.validate(der, NOW + DAY).serial == 7
    for _ in range(2):
        with pytest.raises(Problem, match="ISSUER-EXPIRED"):
            path.validate(der, NOW + timedelta(days=365 * 3))


def test_a_new_generation_is_learned_of_when_it_is_first_named(member: Oqs) -> None:
    asked: list[CertificatePurpose] = []

    def load(purpose: CertificatePurpose) -> list[x509.Certificate]:
        asked.append(purpose)
        return trusted_certificates(member.engine, purpose)

    path = PathValidator(load)
    der = member.card.certificate.public_bytes(Encoding.DER)
    for _ in range(3):
        path.validate(der, NOW)
    assert asked == [AUTHENTICATION], "once"
    begin_generation(member.engine, AUTHENTICATION, NOW)
    newer = TestCard.of(member.issue("990000000019")["Authentication"]).certificate
    found = path.validate(newer.public_bytes(Encoding.DER), NOW)
    assert found.authority_key == authority_of(member, 2).key_identifier
    path.validate(der, NOW)
    assert asked == [AUTHENTICATION] * 2


def test_a_key_of_another_kind_is_refused(member: Oqs, like: Like) -> None:
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    card = like.made(public_key=other)
    assert refusal(member, card) == "CERTIFICATE_UNREADABLE"


def test_a_short_key_is_refused(member: Oqs, like: Like) -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # that is it
    identifier = x509.SubjectKeyIdentifier.from_public_key(short.public_key())
    card = like.made(public_key=short.public_key(), with_=[(identifier, False)])
    assert refusal(member, TestCard(card.certificate, short)) == "CERTIFICATE_UNREADABLE"


# --- What verifiers of others had wrong (specification: card §7) --------------------------------

# GHSA-58hw-cg5m-88rp: a chain was taken without a look at validity, key usage, basic constraints
# and subject key identifier. The profiles above are its parts; this is what could be done with it.


def test_the_holder_of_a_card_cannot_issue_certificates_with_it(member: Oqs, like: Like) -> None:
    """A certificate that is signed by a card's key hangs on the authority, and on nothing good."""
    real = member.card
    victim = new_key()
    identifier = x509.SubjectKeyIdentifier.from_public_key(victim.public_key())
    own = real.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    for issuer in (real.certificate.subject, real.certificate.issuer):
        forged = like.made(
            issuer=issuer,
            signed_by=real.key,
            public_key=victim.public_key(),
            on_record=False,
            with_=[
                (identifier, False),
                (x509.AuthorityKeyIdentifier(own.digest, None, None), False),
            ],
        )
        card = TestCard(forged.certificate, victim)
        assert refusal(member, card) == "CERTIFICATE_ISSUER_UNKNOWN"


def test_the_authority_itself_is_no_card(member: Oqs) -> None:
    authority = authority_of(member)
    card = TestCard(authority.certificate, authority.private_key)
    assert refusal(member, card) in {"CERTIFICATE_IS_AUTHORITY", "CERTIFICATE_ISSUER_UNKNOWN"}


# GHSA-g258-q5gf-7hvx: of several signatures in a document only one was looked at, and not whether
# it covers the whole of it. Here: what was signed is all of the challenge, and the certificate is
# all of what was sent as one.


def appended(proof: dict[str, str], part: str, more: bytes) -> dict[str, str]:
    changed = base64.b64decode(proof[part]) + more
    return {**proof, part: base64.b64encode(changed).decode()}


@pytest.mark.parametrize("part", ["Challenge", "Certificate", "Signature"])
def test_nothing_may_follow_on_what_was_signed(member: Oqs, part: str) -> None:
    expected = {
        "Challenge": "SIM-CHALLENGE-UNKNOWN",
        "Certificate": "SIM-CERTIFICATE-UNREADABLE",
        "Signature": "SIM-SIGNATURE-INVALID",
    }[part]
    for more in (b"\x00", b"\x30\x00", bytes(64)):
        sent = appended(member.card.sign(member.challenge()), part, more)
        assert member.check(sent).json()["code"] == expected


def test_of_two_certificates_in_one_place_none_is_taken(member: Oqs, like: Like) -> None:
    proof = member.card.sign(member.challenge())
    other = like.made(without=[x509.KeyUsage]).certificate.public_bytes(Encoding.DER)
    assert member.check(appended(proof, "Certificate", other)).json()["code"] == (
        "SIM-CERTIFICATE-UNREADABLE"
    )


def cut(content: bytes) -> bytes:
    return content[:-1]


def half(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("covered", [cut, half, bytes.upper, lambda _: b""])
def test_a_signature_over_a_part_of_the_challenge_proves_nothing(
    member: Oqs, covered: Callable[[bytes], bytes]
) -> None:
    proof = member.card.sign(member.challenge())
    part = covered(base64.b64decode(proof["Challenge"]))
    signature = member.card.key.sign(part, padding.PKCS1v15(), hashes.SHA256())
    proof["Signature"] = base64.b64encode(signature).decode()
    assert member.check(proof).json()["code"] == "SIM-SIGNATURE-INVALID"
