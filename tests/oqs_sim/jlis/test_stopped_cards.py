"""Suspension, revocation, and the lists that say so."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509

from tests.oqs_sim.conftest import HANAKO, TestCard

if TYPE_CHECKING:
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs


def refusal(response: Any) -> tuple[str, str]:
    problem = response.json()
    return problem["code"], problem["detail"]


def card_path(oqs: Oqs) -> str:
    return f"/sim/jlis/cards/{oqs.issued['SerialNumber']}"


def crl(oqs: Oqs, purpose: str = "authentication") -> x509.CertificateRevocationList:
    answer = oqs.console.get(f"/sim/jlis/authorities/{purpose}/crl")
    assert answer.headers["content-type"] == "application/pkix-crl"
    return x509.load_der_x509_crl(answer.content)


def reasons(oqs: Oqs, purpose: str = "authentication") -> dict[int, str]:
    found = {}
    for entry in crl(oqs, purpose):
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
        found[entry.serial_number] = reason.value
    return found


def test_a_suspended_card_is_refused_until_that_is_lifted(member: Oqs) -> None:
    assert member.console.put(f"{card_path(member)}/suspension").status_code == 204
    code, detail = refusal(member.check())
    assert code == "SIM-CERTIFICATE-SUSPENDED"
    assert "suspended" in detail
    assert member.console.delete(f"{card_path(member)}/suspension").status_code == 204
    assert member.check().status_code == 200


@pytest.mark.parametrize("stop", ["suspension", "revocation"])
def test_a_stopped_card_has_no_grace(member: Oqs, stop: str) -> None:
    member.set_clock("2031-03-01T09:00:00+09:00")
    assert member.check().status_code == 200, "in grace"
    path = f"{card_path(member)}/{stop}"
    method = "PUT" if stop == "suspension" else "POST"
    member.console.request(method, path, json={}).raise_for_status()
    code = "SUSPENDED" if stop == "suspension" else "REVOKED"
    assert refusal(member.check())[0] == f"SIM-CERTIFICATE-{code}"


def test_a_revoked_card_stays_so_whatever_is_lifted(member: Oqs) -> None:
    member.console.post(f"{card_path(member)}/revocation", json={"Reason": "keyCompromise"})
    member.console.put(f"{card_path(member)}/suspension")
    member.console.delete(f"{card_path(member)}/suspension")
    assert "revoked" in refusal(member.check())[1]
    assert list(reasons(member).values()) == ["keyCompromise"]


def test_a_card_says_how_its_certificates_stand(member: Oqs) -> None:
    member.console.put(f"{card_path(member)}/suspension")
    state = member.console.get(card_path(member)).json()
    assert (state["Kind"], state["ExpiresOn"]) == ("card", "20360217")
    assert {one["Purpose"]: one["Suspended"] for one in state["Certificates"]} == {
        "authentication": True,
        "signature": True,
    }
    assert not any(one["Revoked"] for one in state["Certificates"])
    assert member.console.get("/sim/jlis/cards/000000000000000").status_code == 404


def test_a_change_of_address_revokes_the_signature_certificate_only(member: Oqs) -> None:
    path = f"/sim/jlis/residents/{member.hanako}"
    moved = member.console.patch(path, json={"Address": "模擬県模擬市新町9-9"})
    assert moved.status_code == 204
    assert member.check().status_code == 200
    assert reasons(member) == {}
    signature = TestCard.of(member.issued["Signature"]).certificate
    assert reasons(member, "signature") == {signature.serial_number: "affiliationChanged"}
    assert member.issue(HANAKO)["Address"] == "模擬県模擬市新町9-9"


def test_a_change_of_what_no_certificate_says_revokes_nothing(oqs: Oqs) -> None:
    for change in ({}, {"NameKana": "ｻﾄｳ ﾊﾅｺ", "PostNumber": "990-0009"}):
        done = oqs.console.patch(f"/sim/jlis/residents/{oqs.hanako}", json=change)
        assert done.status_code == 204
    assert reasons(oqs, "signature") == {}
    assert oqs.console.patch("/sim/jlis/residents/SIM-0", json={}).status_code == 404


def test_the_list_is_signed_and_names_what_is_stopped(member: Oqs) -> None:
    empty = crl(member)
    assert list(empty) == []
    authority = x509.load_pem_x509_certificate(
        member.console.get("/sim/jlis/authorities/authentication/certificate").content
    )
    assert empty.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    assert empty.issuer == authority.subject
    assert empty.last_update_utc == datetime(2026, 11, 9, tzinfo=UTC)
    serial = member.card.certificate.serial_number
    member.console.put(f"{card_path(member)}/suspension")
    assert reasons(member) == {serial: "certificateHold"}
    member.console.delete(f"{card_path(member)}/suspension")
    assert reasons(member) == {}
    member.console.post(f"{card_path(member)}/revocation", json={})
    assert reasons(member) == {serial: "cessationOfOperation"}


def test_openssl_verifies_a_card_against_the_list(member: Oqs, tmp_path: Path) -> None:
    def verify() -> str:
        files = {
            "ca.pem": member.issued["Authentication"]["Authority"].encode(),
            "card.pem": member.issued["Authentication"]["Certificate"].encode(),
            "crl.der": member.console.get("/sim/jlis/authorities/authentication/crl").content,
        }
        for name, content in files.items():
            (tmp_path / name).write_bytes(content)
        convert = ["openssl", "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem"]
        subprocess.run(convert, cwd=tmp_path, check=True)
        done = subprocess.run(
            [
                *("openssl", "verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check"),
                *("-attime", str(int(datetime(2026, 11, 9, 1, tzinfo=UTC).timestamp()))),
                "card.pem",
            ],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return done.stdout + done.stderr

    assert verify() == "card.pem: OK\n"
    member.console.post(f"{card_path(member)}/revocation", json={})
    assert "certificate revoked" in verify()
