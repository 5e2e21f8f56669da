"""Several generations of one authority bear one name; a certificate says by whose key it is."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from alembic import command
from alembic.config import Config
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import create_engine, insert, select

from oqs_sim.app import MIGRATIONS
from oqs_sim.jlis.authority import key_bytes, make_authority
from oqs_sim.jlis.generations import all_generations
from oqs_sim.store import schema
from storage import open_engine
from tests.oqs_sim.conftest import HANAKO, TestCard
from wire.vocabulary.jlis import CertificatePurpose

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.oqs_sim.conftest import Oqs

AUTHENTICATION = "/sim/jlis/authorities/authentication"
POINT = (
    "CN=Mogi-shi CRLDP,OU=Mogi-ken,OU=CRL Distribution Points,OU=JPKI for user authentication,"
    "O=JPKI-SIM,C=JP"
)


def begin(oqs: Oqs, purpose: str = "authentication") -> Any:
    done = oqs.console.post(f"/sim/jlis/authorities/{purpose}/generations")
    assert done.status_code == 201, done.text
    return done.json()


def check_with(oqs: Oqs, issued: dict[str, Any]) -> Any:
    return oqs.check(TestCard.of(issued["Authentication"]).sign(oqs.challenge()))


def certificate_of(oqs: Oqs, generation: int) -> x509.Certificate:
    answer = oqs.console.get(f"{AUTHENTICATION}/generations/{generation}/certificate")
    return x509.load_pem_x509_certificate(answer.content)


def named_by(issued: dict[str, Any]) -> str:
    certificate = TestCard.of(issued["Authentication"]).certificate
    found = certificate.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert found.key_identifier
    return found.key_identifier.hex()


def test_old_and_new_cards_are_checked_each_with_the_generation_they_name(member: Oqs) -> None:
    assert check_with(member, member.issued).status_code == 200
    second = begin(member)
    assert second["Generation"] == 2
    assert check_with(member, member.issued).status_code == 200, "as before"
    # Somebody else's card, as a new one of hers ends the old one.
    member.resident("990000000027", "田中　一郎", "19520603")
    other = member.issue("990000000027")
    assert named_by(other) == second["KeyIdentifier"] != named_by(member.issued)
    assert check_with(member, other).json()["code"] == "SIM-NOT-REGISTERED", "its path is sound"
    first, newest = certificate_of(member, 1), certificate_of(member, 2)
    assert first.subject == newest.subject == newest.issuer
    assert first.public_key() != newest.public_key()
    newest_of_all = member.console.get(f"{AUTHENTICATION}/certificate").content
    assert x509.load_pem_x509_certificate(newest_of_all) == newest
    assert member.console.get(f"{AUTHENTICATION}/generations/3/certificate").status_code == 404


def test_a_generation_that_another_process_began_is_known_at_once(member: Oqs) -> None:
    assert member.check().status_code == 200, "this process has looked at the generations"
    with member.another() as other:
        begin(other)
        issued = other.issue(HANAKO)
    assert check_with(member, issued).status_code == 200


def test_generations_are_listed_from_the_oldest(oqs: Oqs) -> None:
    oqs.set_clock("2028-04-01T09:00:00+09:00")
    begin(oqs)
    listed = oqs.console.get(f"{AUTHENTICATION}/generations").json()["Generations"]
    assert [one["Generation"] for one in listed] == [1, 2]
    assert listed[1]["ValidFrom"] == "2028-04-01T00:00:00Z"
    assert listed[0]["ValidUntil"] < listed[1]["ValidUntil"]
    signature = oqs.console.get("/sim/jlis/authorities/signature/generations").json()
    assert len(signature["Generations"]) == 1, "the two authorities go their own ways"


def test_a_new_generation_begins_by_itself_before_one_would_end_first(member: Oqs) -> None:
    # The first ends in November 2036, and five birthdays with their grace reach into 2037.
    member.set_clock("2032-06-01T09:00:00+09:00")
    issued = member.issue(HANAKO)
    assert issued["Authentication"]["ExpiresOn"] == "20370217"
    assert len(member.console.get(f"{AUTHENTICATION}/generations").json()["Generations"]) == 2
    assert named_by(issued) != named_by(member.issued)
    member.set_clock("2037-05-31T09:00:00+09:00")
    assert check_with(member, issued).status_code == 200, "to the last day of its grace"


def test_an_old_date_of_issue_leads_to_the_generation_of_then(oqs: Oqs) -> None:
    oqs.set_clock("2027-04-01T09:00:00+09:00")
    second = begin(oqs)
    assert named_by(oqs.issue(HANAKO, "20270331")) != second["KeyIdentifier"]
    assert named_by(oqs.issue(HANAKO, "20270401")) == second["KeyIdentifier"]


def test_the_authority_of_an_older_database_is_its_first_generation(
    new_database: Callable[..., str],
) -> None:
    made = make_authority(CertificatePurpose.AUTHENTICATION, datetime(2026, 11, 9, tzinfo=UTC))
    old = create_engine(new_database())
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with old.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0009")
        for name in ("authentication", "card-root"):
            kept = {
                "purpose": name,
                "private_key": key_bytes(made.private_key),
                "certificate": made.certificate.public_bytes(Encoding.DER),
            }
            connection.execute(insert(schema.authority), kept)
    url = old.url.render_as_string(hide_password=False)
    old.dispose()
    engine = open_engine(url, schema.metadata, MIGRATIONS)
    now = datetime(2026, 11, 10, tzinfo=UTC)
    (first,) = all_generations(engine, CertificatePurpose.AUTHENTICATION, now)
    assert (first.number, first.authority.pem) == (1, made.pem)
    with engine.connect() as connection:
        left = connection.scalars(select(schema.authority.c.purpose)).all()
    assert left == ["card-root"], "which is no authority of X.509"
    engine.dispose()


# --- Revocation lists ---------------------------------------------------------------------------


def verify(oqs: Oqs, issued: dict[str, Any], lists: list[bytes], directory: Path) -> str:
    generations = oqs.console.get(f"{AUTHENTICATION}/generations").json()["Generations"]
    authorities = [
        oqs.console.get(f"{AUTHENTICATION}/generations/{one['Generation']}/certificate").content
        for one in generations
    ]
    (directory / "ca.pem").write_bytes(b"".join(authorities))
    (directory / "card.pem").write_text(issued["Authentication"]["Certificate"])
    pem = b""
    for number, der in enumerate(lists):
        (directory / f"{number}.der").write_bytes(der)
        read = ["openssl", "crl", "-inform", "DER", "-in", f"{number}.der"]
        pem += subprocess.run(read, cwd=directory, check=True, capture_output=True).stdout
    (directory / "crl.pem").write_bytes(pem)
    done = subprocess.run(
        [
            *("openssl", "verify", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "-crl_check"),
            *("-attime", str(int(datetime(2026, 11, 9, 1, tzinfo=UTC).timestamp()))),
            "card.pem",
        ],
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize("at_point", [False, True], ids=["whole", "at its distribution point"])
def test_openssl_checks_cards_of_two_generations_against_their_lists(
    oqs: Oqs, tmp_path: Path, *, at_point: bool
) -> None:
    def lists() -> list[bytes]:
        answers = [
            oqs.console.get(
                "/sim/jlis/crls", params={"DistributionPoint": POINT, "Generation": number}
            )
            if at_point
            else oqs.console.get(f"{AUTHENTICATION}/generations/{number}/crl")
            for number in (1, 2)
        ]
        assert {one.status_code for one in answers} == {200}
        return [one.content for one in answers]

    begin(oqs)
    oqs.resident("990000000027", "田中　一郎", "19520603")
    other = oqs.issue("990000000027")
    for issued in (oqs.issued, other):
        assert verify(oqs, issued, lists(), tmp_path) == "card.pem: OK\n"
    oqs.console.post(f"/sim/jlis/cards/{oqs.issued['SerialNumber']}/revocation", json={})
    assert "certificate revoked" in verify(oqs, oqs.issued, lists(), tmp_path)
    assert verify(oqs, other, lists(), tmp_path) == "card.pem: OK\n"
    # A list of another generation says nothing of a card, although the name is the same.
    assert "unable to get certificate CRL" in verify(oqs, other, lists()[:1], tmp_path)


def test_the_list_lies_where_the_certificates_say(oqs: Oqs) -> None:
    certificate = oqs.card.certificate
    points = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    (name,) = points[0].full_name or ()
    assert isinstance(name.value, x509.Name)
    assert name.value.rfc4514_string() == POINT
    answer = oqs.console.get("/sim/jlis/crls", params={"DistributionPoint": POINT})
    listed = x509.load_der_x509_crl(answer.content)
    where = listed.extensions.get_extension_for_class(x509.IssuingDistributionPoint)
    assert where.critical
    assert where.value.only_contains_user_certs
    assert [one.value for one in where.value.full_name or ()] == [name.value]


def test_the_list_of_authorities_lies_at_their_own_point(oqs: Oqs) -> None:
    own = oqs.card.certificate.issuer.rfc4514_string()
    answer = oqs.console.get("/sim/jlis/crls", params={"DistributionPoint": own})
    listed = x509.load_der_x509_crl(answer.content)
    where = listed.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    assert where.only_contains_ca_certs
    assert list(listed) == []


@pytest.mark.parametrize(
    ("point", "status"), [("not a name", 422), ("CN=Nowhere,C=JP", 404), ("", 404)]
)
def test_where_no_list_lies_is_said(oqs: Oqs, point: str, status: int) -> None:
    refused = oqs.console.get("/sim/jlis/crls", params={"DistributionPoint": point})
    assert refused.status_code == status
    assert refused.json()["japanese"]
