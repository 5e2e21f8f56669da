"""Real parts for all tests: a private PC/SC service and cards from a small test CA."""

import atexit
import datetime as dt
import gc
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from hypothesis import HealthCheck, settings

from testbed.readers.private_pcscd import PcscStack
from tests.databases import (  # noqa: F401 # fixtures for all
    _databases_of_a_module,
    _databases_of_a_test,
    databases,
    keep_tables,
    new_database,
    new_shared_database,
    postgres,
    take_away,
)
from tests.equipment import joined_tables
from tests.faces import EXPIRES_ON, authorities, hanako_face, hanako_secrets
from tests.keys import pytest_configure  # noqa: F401 # a hook
from tests.layers import (  # noqa: F401 # hooks and a fixture for all
    _in_its_layer,
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
)
from tests.presence import wait_until
from tests.scratch import choose
from tests.sharing import share
from virtual_card.card import VirtualCard
from virtual_card.image.card_image import CardImage
from virtual_card.plug import Card
from virtual_card.plugs.vpcd import VpcdPlug

AUTHENTICATION_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.3.30")
SIGNATURE_POLICY = x509.ObjectIdentifier("1.2.392.200149.8.5.1.1.20")

# A machine that does other things beside is slow, which is no fault of what is tested.
settings.register_profile("here", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("here")

Issued = tuple[x509.Certificate, x509.Certificate, rsa.RSAPrivateKey]


choose()
_DIRECTORY = Path(tempfile.mkdtemp(prefix="oqs-pcsc-"))  # short, as socket paths must be
_STACK = PcscStack(_DIRECTORY / "stack")
# Before anything else: the PC/SC library remembers where it found the service, or did not find
# it, from its first use in a process on.
os.environ.update(_STACK.environment())
# No test finds a system that the developer keeps up, or that of a test beside it.
os.environ["XDG_STATE_HOME"] = str(_DIRECTORY / "state")
# The practice town is built once for all runs, as keys are.
os.environ.setdefault("OQS_SIM_CACHE", str(Path(__file__).parents[1] / ".pytest_cache" / "town"))
atexit.register(shutil.rmtree, _DIRECTORY, ignore_errors=True)


# What is loaded and collected stays; to look for garbage among it takes a fifth of the time.
gc.disable()
joined_tables.watch()
share()


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not look through all of it at each turn."""
    gc.enable()
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _joined_where_they_lie() -> Iterator[None]:
    """Fail where a service's statement joined tables that may lie apart, also if it caught that."""
    yield
    assert not joined_tables.take_violations()


@pytest.fixture(scope="session")
def pcsc_stack() -> Iterator[PcscStack]:
    """Give each worker its own pcscd, which this process finds by its environment."""
    with _STACK:
        yield _STACK


@pytest.fixture(scope="session")
def card_image() -> CardImage:
    """Make the card of 佐藤 花子: PIN 1234, password ABC123, the others as in `faces`."""
    return CardImage.build(
        label="佐藤 花子",
        serial="990010000000001",
        municipality="99001",
        authentication=_issue("JPKI for user authentication", AUTHENTICATION_POLICY),
        authentication_pin="1234",
        signature=_issue("JPKI for digital signature", SIGNATURE_POLICY),
        signature_password="ABC123",
        expires_on=EXPIRES_ON,
        face=hanako_face(),
        secrets=hanako_secrets(),
        terminal_authority=authorities()
        .terminals.public_key()
        .public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
    )


@pytest.fixture
def make_card(card_image: CardImage) -> Callable[..., VirtualCard]:
    """Make a new card of the session's image, with changes to it where they are named."""
    return lambda **changes: VirtualCard(replace(card_image, **changes))


@pytest.fixture
def insert(pcsc_stack: PcscStack) -> Iterator[Callable[..., VpcdPlug]]:
    """Put a card into a slot, and return when PC/SC shows it; all are out after the test."""
    plugs: list[tuple[VpcdPlug, str]] = []

    def put_in(card: Card, slot: int = 0, *, quickack: bool = True) -> VpcdPlug:
        plug = VpcdPlug(card, lambda: pcsc_stack.connect(slot), quickack=quickack)
        plug.insert()
        plugs.append((plug, pcsc_stack.readers[slot]))
        wait_until(pcsc_stack.readers[slot], present=True)
        return plug

    yield put_in
    for plug, _ in plugs:
        plug.remove()
    for _, reader in plugs:
        wait_until(reader, present=False)


def _issue(unit: str, policy: x509.ObjectIdentifier) -> Issued:
    """Issue a certificate as the production CAs do (section 4), under O=JPKI-SIM."""
    start = dt.datetime(2026, 4, 1, tzinfo=dt.UTC)
    signs = unit == "JPKI for digital signature"
    ca_key = rsa.generate_private_key(65537, 2048)
    ca_name = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "JPKI-SIM"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "SIMULATION"),
        ]
    )
    ca_certificate = (
        x509.CertificateBuilder(ca_name, ca_name, ca_key.public_key(), 1)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2036))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
        .sign(ca_key, hashes.SHA256())
    )
    key = rsa.generate_private_key(65537, 2048)
    place = [NameOID.LOCALITY_NAME] * 2 if signs else []
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "JP"),
            *map(x509.NameAttribute, place, ("Sim-ken", "Mogami-shi")),
            x509.NameAttribute(NameOID.COMMON_NAME, "99001SIMULATED0000003A"),
        ]
    )
    certificate = (
        x509.CertificateBuilder(ca_name, subject, key.public_key(), 0x0705D990)
        .not_valid_before(start)
        .not_valid_after(start.replace(year=2030))
        .add_extension(_usage(digital_signature=True, content_commitment=signs), critical=True)
        .add_extension(
            x509.CertificatePolicies([x509.PolicyInformation(policy, None)]), critical=True
        )
        .sign(ca_key, hashes.SHA256())
    )
    return certificate, ca_certificate, key


def _usage(
    *,
    digital_signature: bool = False,
    content_commitment: bool = False,
    key_cert_sign: bool = False,
    crl_sign: bool = False,
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        content_commitment=content_commitment,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        encipher_only=False,
        decipher_only=False,
    )
