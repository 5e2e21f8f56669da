"""The form of the certificates (card sheet, section 4), and the keys behind the cards."""

from __future__ import annotations

import base64
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509.oid import ExtensionOID

from oqs_sim.jlis.authority import certificate_birthdate
from tests.oqs_sim.conftest import HANAKO, INSTITUTION, TestCard
from virtual_card.encoding.cv_certificate import CvCertificate

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

NAMES = {
    "Authentication": "JPKI for user authentication",
    "Signature": "JPKI for digital signature",
}


def authority_of(issued: dict[str, str]) -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued["Authority"].encode())


def values(certificate: x509.Certificate) -> dict[x509.ObjectIdentifier, Any]:
    return {extension.oid: extension.value for extension in certificate.extensions}


@pytest.mark.parametrize("which", ["Authentication", "Signature"])
def test_the_authorities_look_as_the_real_ones_and_say_that_they_are_not(
    oqs: Oqs, which: str
) -> None:
    authority = authority_of(oqs.issued[which])
    assert [(name.oid._name, name.value) for name in authority.subject] == [
        ("countryName", "JP"),
        ("organizationName", "JPKI-SIM"),
        ("organizationalUnitName", NAMES[which]),
        (
            "organizationalUnitName",
            "Simulated Agency for Local Authority Information Systems (SIMULATION)",
        ),
    ]
    assert authority.issuer == authority.subject
    found = values(authority)
    assert found[ExtensionOID.BASIC_CONSTRAINTS].ca
    usage = found[ExtensionOID.KEY_USAGE]
    assert usage.key_cert_sign
    assert usage.crl_sign
    (alternative,) = found[ExtensionOID.SUBJECT_ALTERNATIVE_NAME]
    assert "公的個人認証サービス（模擬）" in alternative.value.rfc4514_string()
    (point,) = found[ExtensionOID.CRL_DISTRIBUTION_POINTS]
    assert point.full_name == [x509.DirectoryName(authority.subject)]
    assert ExtensionOID.AUTHORITY_INFORMATION_ACCESS not in found
    assert ExtensionOID.EXTENDED_KEY_USAGE not in found


@pytest.mark.parametrize("which", ["Authentication", "Signature"])
def test_a_cards_certificate_has_the_real_extensions_and_no_more(oqs: Oqs, which: str) -> None:
    certificate = TestCard.of(oqs.issued[which]).certificate
    found = values(certificate)
    critical = {extension.oid for extension in certificate.extensions if extension.critical}
    assert critical == {ExtensionOID.KEY_USAGE, ExtensionOID.CERTIFICATE_POLICIES}
    expected = {
        *critical,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    }
    signs = which == "Signature"
    assert set(found) == expected | ({ExtensionOID.SUBJECT_ALTERNATIVE_NAME} if signs else set())
    assert found[ExtensionOID.KEY_USAGE].digital_signature
    assert found[ExtensionOID.KEY_USAGE].content_commitment is signs
    (point,) = found[ExtensionOID.CRL_DISTRIBUTION_POINTS]
    assert point.full_name[0].value.rfc4514_string() == (
        f"CN=Mogi-shi CRLDP,OU=Mogi-ken,OU=CRL Distribution Points,OU={NAMES[which]},"
        "O=JPKI-SIM,C=JP"
    )
    (name,) = found[ExtensionOID.ISSUER_ALTERNATIVE_NAME]
    assert "（模擬）" in name.value.rfc4514_string()
    assert certificate.serial_number.bit_length() <= 32
    certificate.verify_directly_issued_by(authority_of(oqs.issued[which]))


def test_the_subjects_name_a_number_and_the_signature_a_place_too(oqs: Oqs) -> None:
    def subject(which: str) -> list[tuple[str, str]]:
        certificate = TestCard.of(oqs.issued[which]).certificate
        return [(name.oid._name, str(name.value)) for name in certificate.subject]

    (country, common) = subject("Authentication")
    assert country == ("countryName", "JP")
    assert (common[0], len(common[1]), common[1][14:]) == ("commonName", 23, "99001003A")
    assert [kind for kind, _ in subject("Signature")] == [
        *("countryName", "localityName", "localityName", "commonName")
    ]
    assert subject("Signature")[1:3] == [
        *(("localityName", "Mogi-ken"), ("localityName", "Mogi-shi"))
    ]


def test_the_attributes_stand_in_the_real_order_as_utf8(oqs: Oqs) -> None:
    certificate = TestCard.of(oqs.issued["Signature"]).certificate
    names = values(certificate)[ExtensionOID.SUBJECT_ALTERNATIVE_NAME]
    told = [(name.type_id.dotted_string[-1], name.value) for name in names]
    assert [number for number, _ in told] == ["1", "4", "3", "5", "2", "6"]
    address = oqs.issued["Address"]
    expected = ("佐藤　花子", "319800217", "2", address, "0" * 5, "0" * len(address))
    for (_, encoded), text in zip(told, expected, strict=True):
        assert encoded == b"\x0c" + bytes((len(text.encode()),)) + text.encode()


def test_a_phones_signature_certificate_has_a_policy_of_its_own(oqs: Oqs) -> None:
    def policy(card: dict[str, Any]) -> str:
        found = values(TestCard.of(card["Signature"]).certificate)
        identifier: str = found[ExtensionOID.CERTIFICATE_POLICIES][
            0
        ].policy_identifier.dotted_string
        return identifier

    assert policy(oqs.issued) == "1.2.392.200149.8.5.1.0.20"
    assert policy(oqs.issue(HANAKO, Kind="android")) == "1.2.392.200149.8.5.1.1.40"


@pytest.mark.parametrize(
    ("day", "written"),
    [
        ("2019-05-01", "520190501"),
        ("1989-01-08", "419890108"),
        ("1989-01-07", "319890107"),
        ("1926-12-24", "219261224"),
        ("1912-07-29", "119120729"),
    ],
)
def test_a_birthdate_has_the_digit_of_its_era(day: str, written: str) -> None:
    assert certificate_birthdate(date.fromisoformat(day)) == written


# --- Card-verifiable certificates ---------------------------------------------------------------


def root_key(oqs: Oqs) -> RSAPublicKey:
    key = load_pem_public_key(oqs.console.get("/sim/jlis/card-root").content)
    assert isinstance(key, RSAPublicKey)
    return key


def test_the_signing_key_of_a_municipality_leads_to_the_root(oqs: Oqs) -> None:
    issuer = oqs.issued["Issuer"]
    certificate = CvCertificate.parse(base64.b64decode(issuer["Certificate"]))
    assert certificate.is_signed_by(root_key(oqs))
    key = load_pem_private_key(issuer["PrivateKey"].encode(), None)
    assert certificate.public_key == key.public_key()
    assert certificate.subject_key_id == b"9900121\x08\x05000" + bytes(4)
    assert oqs.issue(HANAKO)["Issuer"] == issuer, "one for each municipality"


def test_each_institution_has_one_terminal_that_the_cards_authority_vouches_for(
    oqs: Oqs,
) -> None:
    def terminal(code: str) -> Any:
        return oqs.console.post("/sim/jlis/terminals", json={"MedicalInstitutionCode": code})

    first = terminal(INSTITUTION)
    assert first.status_code == 201
    assert terminal(INSTITUTION).json() == first.json()
    assert terminal("9930000014").json() != first.json()
    assert terminal("12").status_code == 422
    certificate = CvCertificate.parse(base64.b64decode(first.json()["Certificate"]))
    authority = load_pem_public_key(oqs.issued["TerminalAuthority"].encode())
    assert isinstance(authority, RSAPublicKey)
    assert certificate.is_signed_by(authority)
    assert not certificate.is_signed_by(root_key(oqs))
    assert len(certificate.encode()) == 568
