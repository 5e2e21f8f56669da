"""A TLS client logs in with the card's certificate, through OpenSC's PKCS#11.

OpenSC offers PKCS #1 v1.5 signatures of this card only, so the login is TLS 1.2 with
RSA+SHA256; TLS 1.3 would want RSA-PSS.
"""

import http.server
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from reader.description.layout import AUTHENTICATION_PIN
from testbed.launch.line_certificates import OQS, make_line
from tests.interop.conftest import Run
from virtual_card.card import VirtualCard
from wire.line_credentials import credentials

NO_CHECK_TIME = ssl.VerifyFlags(0x200000)
"""X509_V_FLAG_NO_CHECK_TIME: the certificates of the tests have fixed dates."""

OPENSSL_CONFIGURATION = """\
openssl_conf = openssl
[openssl]
ssl_conf = ssl
engines = engines
[ssl]
system_default = client
[client]
MaxProtocol = TLSv1.2
SignatureAlgorithms = RSA+SHA256:ECDSA+SHA256
[engines]
pkcs11 = pkcs11
[pkcs11]
engine_id = pkcs11
MODULE_PATH = {module}
init = 0
"""


class WhoIsThere(http.server.BaseHTTPRequestHandler):
    """Answers with the certificate that its client logged in with."""

    def do_GET(self) -> None:
        assert isinstance(self.connection, ssl.SSLSocket)
        certificate = self.connection.getpeercert(binary_form=True)
        assert certificate
        self.send_response(200)
        self.end_headers()
        self.wfile.write(ssl.DER_cert_to_PEM_cert(certificate).encode())

    def log_message(self, *_: object) -> None:
        """Write nothing."""


@pytest.fixture
def line(tmp_path: Path) -> Path:
    """The certificates of a small server."""
    make_line(tmp_path / "line", [], [])
    return tmp_path / "line"


@pytest.fixture
def server(card: VirtualCard, line: Path) -> Iterator[tuple[str, int]]:
    """A TLS server that lets in whoever has a certificate of the card's authority."""
    assert card.image.authentication
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*(getattr(credentials(line, OQS), p) for p in ("certificate", "key")))
    context.load_verify_locations(cadata=card.image.authentication.ca_certificate)
    context.verify_mode = ssl.CERT_REQUIRED
    context.verify_flags |= NO_CHECK_TIME
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), WhoIsThere) as serving:
        serving.handle_error = lambda *_: None  # type: ignore[method-assign] # a refused client
        serving.socket = context.wrap_socket(serving.socket, server_side=True)
        thread = threading.Thread(target=serving.serve_forever)
        thread.start()
        yield "127.0.0.1", serving.server_port
        serving.shutdown()
        thread.join()


@pytest.fixture
def environment(tmp_path: Path, opensc_module: Path) -> dict[str, str]:
    configuration = tmp_path / "openssl.cnf"
    configuration.write_text(OPENSSL_CONFIGURATION.format(module=opensc_module))
    return {"OPENSSL_CONF": str(configuration)}


@pytest.fixture
def key(tmp_path: Path) -> str:
    """The authentication key as a PKCS#11 address, with its PIN in a file."""
    (tmp_path / "pin").write_text("1234")
    return f"{TOKEN};type=private?pin-source=file:{tmp_path / 'pin'}"


TOKEN = "pkcs11:token=JPKI%20(User%20Authentication%20PIN);id=%01"
CERTIFICATE = f"{TOKEN};type=cert"


def curl(server: tuple[str, int], line: Path, *options: str | Path) -> tuple[str | Path, ...]:
    address = f"https://{server[0]}:{server[1]}/"
    quiet = ("--silent", "--show-error", "--tls-max", "1.2")
    return ("curl", *quiet, "--cacert", line / "public" / "ca.pem", *options, address)


def test_curl_logs_in_with_the_card(
    card: VirtualCard,
    run: Run,
    server: tuple[str, int],
    line: Path,
    environment: dict[str, str],
    key: str,
) -> None:
    login = ("--cert-type", "ENG", "--cert", CERTIFICATE, "--key-type", "ENG", "--key", key)
    said = run(*curl(server, line, "--engine", "pkcs11", *login), env=environment)
    assert card.image.authentication
    seen = x509.load_pem_x509_certificate(said.encode())
    assert seen.public_bytes(Encoding.DER) == card.image.authentication.certificate


def test_openssl_logs_in_with_the_card(
    card: VirtualCard,
    run: Run,
    server: tuple[str, int],
    line: Path,
    environment: dict[str, str],
    key: str,
    tmp_path: Path,
) -> None:
    certificate = tmp_path / "authentication.pem"
    run("pkcs15-tool", "--read-certificate", "1", "--output", certificate)
    said = run(
        *("openssl", "s_client", "-connect", f"{server[0]}:{server[1]}", "-verify_return_error"),
        *("-CAfile", line / "public" / "ca.pem", "-cert", certificate),
        *("-engine", "pkcs11", "-keyform", "engine", "-key", key),
        env=environment,
    )
    assert "Verification: OK" in said
    assert "New, TLSv1.2" in said


def test_nobody_logs_in_without_the_card(
    card: VirtualCard, run: Run, server: tuple[str, int], line: Path
) -> None:
    said = run(*curl(server, line), fails=True)
    assert "handshake failure" in said


def test_a_wrong_pin_does_not_log_in_and_costs_one_try(
    card: VirtualCard,
    run: Run,
    server: tuple[str, int],
    line: Path,
    environment: dict[str, str],
    key: str,
    tmp_path: Path,
) -> None:
    (tmp_path / "pin").write_text("9999")
    login = ("--cert-type", "ENG", "--cert", CERTIFICATE, "--key-type", "ENG", "--key", key)
    run(*curl(server, line, "--engine", "pkcs11", *login), env=environment, fails=True)
    assert card.tries_left(AUTHENTICATION_PIN) == 2
