"""The OCSP responder, as `openssl ocsp` and RFC 6960 want it."""

from __future__ import annotations

import base64
import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.oqs_sim.conftest import HANAKO, ICHIRO, TestCard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs

OCSP = "/sim/jlis/ocsp"
OUTSIDE = 10**9
"""Seconds by which openssl lets an answer differ from the machine's time: business time does."""


def authority_of(issued: dict[str, Any], certificate: str = "Authentication") -> x509.Certificate:
    return x509.load_pem_x509_certificate(issued[certificate]["Authority"].encode())


def request_for(oqs: Oqs, nonce: bytes = b"", **changed: Any) -> bytes:
    issuer = changed.get("issuer") or authority_of(oqs.issued)
    certificate = changed.get("certificate") or oqs.card.certificate
    algorithm = changed.get("algorithm") or hashes.SHA1()  # as openssl asks
    builder = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm)
    if nonce:
        builder = builder.add_extension(x509.OCSPNonce(nonce), critical=False)
    return builder.build().public_bytes(Encoding.DER)


def ask(oqs: Oqs, request: bytes) -> ocsp.OCSPResponse:
    headers = {"Content-Type": "application/ocsp-request"}
    answer = oqs.console.post(OCSP, content=request, headers=headers)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(answer.content)


def suspend(oqs: Oqs) -> None:
    path = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/suspension"
    assert oqs.console.put(path).status_code == 204


def test_a_certificate_is_good_then_on_hold_then_revoked(oqs: Oqs) -> None:
    request = request_for(oqs)
    good = ask(oqs, request)
    assert good.certificate_status is ocsp.OCSPCertStatus.GOOD
    assert good.serial_number == oqs.card.certificate.serial_number
    suspend(oqs)
    held = ask(oqs, request)
    assert held.certificate_status is ocsp.OCSPCertStatus.REVOKED
    assert held.revocation_reason is x509.ReasonFlags.certificate_hold
    card = f"/sim/jlis/cards/{oqs.issued['SerialNumber']}"
    oqs.console.delete(f"{card}/suspension")
    assert ask(oqs, request).certificate_status is ocsp.OCSPCertStatus.GOOD
    oqs.console.post(f"{card}/revocation", json={"Reason": "keyCompromise"})
    revoked = ask(oqs, request)
    assert revoked.revocation_reason is x509.ReasonFlags.key_compromise
    assert revoked.revocation_time_utc == revoked.this_update_utc, "the clock stands still here"


@pytest.mark.parametrize(
    ("serial", "status"),
    [
        ("-5", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
        ("0", ocsp.OCSPResponseStatus.SUCCESSFUL),
        (str(2**200), ocsp.OCSPResponseStatus.SUCCESSFUL),
    ],
)
def test_a_serial_that_no_certificate_can_have_is_answered(
    oqs: Oqs, tmp_path: Path, serial: str, status: ocsp.OCSPResponseStatus
) -> None:
    (tmp_path / "ca.pem").write_text(oqs.issued["Authentication"]["Authority"])
    asked = ["openssl", "ocsp", "-issuer", "ca.pem", "-serial", serial, "-reqout", "request.der"]
    subprocess.run(asked, cwd=tmp_path, check=True, capture_output=True)
    found = ask(oqs, (tmp_path / "request.der").read_bytes())
    assert found.response_status is status
    if status is ocsp.OCSPResponseStatus.SUCCESSFUL:
        assert found.certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_a_serial_that_was_never_issued_is_unknown(oqs: Oqs) -> None:
    authority = authority_of(oqs.issued)
    never = request_for(oqs, certificate=authority)
    assert ask(oqs, never).certificate_status is ocsp.OCSPCertStatus.UNKNOWN


def test_the_nonce_comes_back_and_none_where_none_was_sent(oqs: Oqs) -> None:
    answer = ask(oqs, request_for(oqs, nonce=b"0123456789abcdef"))
    assert answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == (
        b"0123456789abcdef"
    )
    assert list(ask(oqs, request_for(oqs)).extensions) == []


def test_the_responder_is_delegated_by_the_generation_that_issued(oqs: Oqs) -> None:
    oqs.console.post("/sim/jlis/authorities/authentication/generations")
    oqs.resident("990000000027", "田中　一郎", "19520603")
    newer = oqs.issue("990000000027")
    for issued in (oqs.issued, newer):
        certificate = TestCard.of(issued["Authentication"]).certificate
        issuer = authority_of(issued)
        answer = ask(oqs, request_for(oqs, certificate=certificate, issuer=issuer))
        assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD
        (responder,) = answer.certificates
        responder.verify_directly_issued_by(issuer)
        usage = responder.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        assert list(usage) == [ExtendedKeyUsageOID.OCSP_SIGNING]
        assert responder.extensions.get_extension_for_class(x509.OCSPNoCheck)
    signing = TestCard.of(oqs.issued["Signature"]).certificate
    asked = request_for(oqs, certificate=signing, issuer=authority_of(oqs.issued, "Signature"))
    assert ask(oqs, asked).certificate_status is ocsp.OCSPCertStatus.GOOD


def test_the_responder_is_the_same_until_its_certificate_nears_its_end(oqs: Oqs) -> None:
    first = ask(oqs, request_for(oqs)).certificates[0]
    assert ask(oqs, request_for(oqs)).certificates[0] == first
    oqs.set_clock("2027-11-05T09:00:00+09:00")
    later = ask(oqs, request_for(oqs)).certificates[0]
    assert later.not_valid_after_utc > first.not_valid_after_utc


@pytest.mark.parametrize("algorithm", [hashes.SHA1(), hashes.SHA256(), hashes.SHA512()])
def test_the_issuer_may_be_named_with_any_hash(oqs: Oqs, algorithm: hashes.HashAlgorithm) -> None:
    answer = ask(oqs, request_for(oqs, algorithm=algorithm))
    assert answer.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_an_issuer_of_elsewhere_is_not_answered_for(oqs: Oqs) -> None:
    own = oqs.card.certificate
    answer = ask(oqs, request_for(oqs, issuer=own))
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "request_bytes",
    [b"", b"not a request", b"\x30\x80", bytes(5_000), b"\x30\x03\x02\x01\x01"],
    ids=["empty", "text", "without an end", "too long", "another sequence"],
)
def test_what_is_no_request_is_malformed_and_never_a_failure(
    oqs: Oqs, request_bytes: bytes
) -> None:
    malformed = ocsp.OCSPResponseStatus.MALFORMED_REQUEST
    assert ask(oqs, request_bytes).response_status is malformed
    encoded = quote(base64.b64encode(request_bytes[:60]).decode() or "A", safe="")
    got = oqs.console.get(f"{OCSP}/{encoded}")
    assert got.status_code == 200
    assert ocsp.load_der_ocsp_response(got.content).response_status is malformed
    for text in ("%25%25", "%E6%A8%A1", "a%20b", "=" * 9):
        got = oqs.console.get(f"{OCSP}/{text}")
        assert ocsp.load_der_ocsp_response(got.content).response_status is malformed


def test_a_cut_request_is_malformed(oqs: Oqs) -> None:
    whole = request_for(oqs)
    for length in range(0, len(whole), 7):
        answer = ask(oqs, whole[:length])
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_the_request_may_stand_in_the_path(oqs: Oqs) -> None:
    # Until one of them has a slash and a plus, which have to survive the path.
    request = next(
        found
        for number in range(10_000)
        if b"/"
        in (encoded := base64.b64encode(found := request_for(oqs, bytes(8) + number.to_bytes(8))))
        and b"+" in encoded
    )
    answer = oqs.console.get(f"{OCSP}/{quote(base64.b64encode(request).decode(), safe='')}")
    found = ocsp.load_der_ocsp_response(answer.content)
    assert found.certificate_status is ocsp.OCSPCertStatus.GOOD


def test_while_j_lis_is_out_the_responder_says_try_later(oqs: Oqs) -> None:
    oqs.console.put("/sim/jlis/outage", json={})
    assert ask(oqs, request_for(oqs)).response_status is ocsp.OCSPResponseStatus.TRY_LATER
    oqs.console.delete("/sim/jlis/outage")
    assert ask(oqs, request_for(oqs)).certificate_status is ocsp.OCSPCertStatus.GOOD


def test_openssl_accepts_the_answers(oqs: Oqs, tmp_path: Path) -> None:
    """As a program does that has the authority's certificate and nothing else."""

    def told(issued: dict[str, Any]) -> str:
        (tmp_path / "ca.pem").write_text(issued["Authentication"]["Authority"])
        (tmp_path / "card.pem").write_text(issued["Authentication"]["Certificate"])
        asking = [*("openssl", "ocsp", "-issuer", "ca.pem", "-cert", "card.pem")]
        subprocess.run([*asking, "-reqout", "request.der", "-no_nonce"], cwd=tmp_path, check=True)
        answer = oqs.console.post(OCSP, content=(tmp_path / "request.der").read_bytes())
        (tmp_path / "response.der").write_bytes(answer.content)
        at = int(
            x509.load_pem_x509_certificate(
                issued["Authentication"]["Certificate"].encode()
            ).not_valid_before_utc.timestamp()
        )
        done = subprocess.run(
            [
                *asking, "-no_nonce", "-respin", "response.der", "-CAfile", "ca.pem",
                "-attime", str(at + 3600), "-validity_period", str(OUTSIDE),
            ],
            cwd=tmp_path, check=False, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout + done.stderr

    good = told(oqs.issued)
    assert "Response verify OK" in good
    assert "card.pem: good" in good
    suspend(oqs)
    held = told(oqs.issued)
    assert "Response verify OK" in held
    assert "card.pem: revoked" in held
    assert "Reason: certificateHold" in held
    oqs.console.post("/sim/jlis/authorities/authentication/generations")
    newer = told(oqs.issue(HANAKO))
    assert "Response verify OK" in newer
    assert "card.pem: good" in newer


def openssl(directory: Path, *asked: str) -> str:
    """Return what `openssl ocsp` says of what it writes, or of the answer that it reads."""
    done = subprocess.run(
        ["openssl", "ocsp", *asked], cwd=directory, check=False, capture_output=True, text=True
    )
    return done.stdout + done.stderr


@pytest.fixture
def two(oqs: Oqs, tmp_path: Path) -> list[str]:
    """Write the certificates of two cards of one authority; return how openssl asks for both."""
    oqs.resident(ICHIRO, "田中　一郎", "19520603")
    cards = {"hanako.pem": oqs.issued, "ichiro.pem": oqs.issue(ICHIRO)}
    (tmp_path / "ca.pem").write_text(oqs.issued["Authentication"]["Authority"])
    asking = ["-issuer", "ca.pem"]
    for name, issued in cards.items():
        (tmp_path / name).write_text(issued["Authentication"]["Certificate"])
        asking += ["-cert", name]
    return asking


def test_several_certificates_are_answered_at_once(
    oqs: Oqs, two: list[str], tmp_path: Path
) -> None:
    suspend(oqs)
    openssl(tmp_path, *two, "-no_nonce", "-reqout", "request.der")
    answer = oqs.console.post(OCSP, content=(tmp_path / "request.der").read_bytes())
    (tmp_path / "response.der").write_bytes(answer.content)
    at = str(int(oqs.card.certificate.not_valid_before_utc.timestamp()) + 3600)
    said = openssl(
        tmp_path, *two, "-no_nonce", "-respin", "response.der", "-CAfile", "ca.pem",
        "-attime", at, "-validity_period", str(OUTSIDE),
    )  # fmt: skip
    assert "Response verify OK" in said
    assert "hanako.pem: revoked" in said
    assert "ichiro.pem: good" in said
    told = ocsp.load_der_ocsp_response(answer.content)
    assert [one.certificate_status for one in told.responses] == [
        ocsp.OCSPCertStatus.REVOKED, ocsp.OCSPCertStatus.GOOD,
    ]  # fmt: skip
    (tmp_path / "ca.pem").write_text(oqs.issued["Signature"]["Authority"])
    refused = openssl(tmp_path, *two, "-no_nonce", "-respin", "response.der", "-CAfile", "ca.pem")
    assert "Response verify OK" not in refused


def test_the_nonce_of_a_request_for_several_comes_back(
    oqs: Oqs, two: list[str], tmp_path: Path
) -> None:
    openssl(tmp_path, *two, "-reqout", "request.der")
    request = (tmp_path / "request.der").read_bytes()
    answer = ask(oqs, request)
    nonce = answer.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
    assert len(nonce) >= 16
    assert request.endswith(nonce)
    answer.certificates[0].public_key().verify(  # type: ignore[call-arg, union-attr]
        answer.signature, answer.tbs_response_bytes, padding.PKCS1v15(), hashes.SHA256()
    )


def test_each_of_very_many_is_answered(oqs: Oqs, two: list[str], tmp_path: Path) -> None:
    serials = [part for number in range(1, 31) for part in ("-serial", str(number))]
    openssl(tmp_path, *two, *serials, "-no_nonce", "-reqout", "request.der")
    told = ask(oqs, (tmp_path / "request.der").read_bytes())
    found = [one.certificate_status for one in told.responses]
    assert found[:2] == [ocsp.OCSPCertStatus.GOOD] * 2
    assert found[2:] == [ocsp.OCSPCertStatus.UNKNOWN] * 30


def test_nobody_answers_for_certificates_of_several_issuers(
    oqs: Oqs, two: list[str], tmp_path: Path
) -> None:
    (tmp_path / "other.pem").write_text(oqs.issued["Signature"]["Authority"])
    (tmp_path / "signing.pem").write_text(oqs.issued["Signature"]["Certificate"])
    others = ("-issuer", "other.pem", "-cert", "signing.pem")
    openssl(tmp_path, *two, *others, "-reqout", "request.der")
    answer = ask(oqs, (tmp_path / "request.der").read_bytes())
    assert answer.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_a_cut_or_bent_request_for_several_is_malformed(
    oqs: Oqs, two: list[str], tmp_path: Path
) -> None:
    openssl(tmp_path, *two, "-reqout", "request.der")
    whole = (tmp_path / "request.der").read_bytes()
    cut = [whole[:length] for length in range(0, len(whole), 7)]
    longer = [b"\x30\x82" + whole[2:3].rjust(2, b"\x00") + whole[3:], whole + b"\x00\x00"]
    nobody = [bytes.fromhex("30 04 30 02 30 00")]
    assert ask(oqs, whole).response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    for request in (*cut, *longer, *nobody):
        answer = ask(oqs, request)
        assert answer.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST, request.hex()
