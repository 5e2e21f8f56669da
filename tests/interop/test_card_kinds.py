"""What OpenSC makes of other cards than an adult's: children, phones, other answers to reset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reader.description.layout import AUTHENTICATION_PIN, CardKind
from tests.interop.test_pkcs15 import sections

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.interop.conftest import Run
    from virtual_card.card import VirtualCard
    from virtual_card.plugs.vpcd import VpcdPlug


CONTACT_ATRS = (
    "3BE000FF8131FE4514",
    "3BDA13FF8131FB468012392F31C173C601C03B",
    "3BC5FF8131FB458073C6010000",
    "3BF59100FF918171FE400042000100D1D6",
    "3BF59100FF918171FE4000420001B3A115",
)
CONTACTLESS_ATRS = (
    "3B888001000005E0B381A1007F",
    "3B888001000041E0B381A1003B",
    "3B888001004B51FF0081D100BC",
    "3B888001004B51FFB381D1000F",
)
"""Those of section 3; only the first of them is in OpenSC's own table."""


@pytest.mark.parametrize("atr", [*CONTACT_ATRS, *CONTACTLESS_ATRS])
def test_the_card_is_recognised_whatever_its_answer_to_reset(
    make_card: Callable[..., VirtualCard], insert: Callable[..., VpcdPlug], run: Run, atr: str
) -> None:
    insert(make_card(atr=bytes.fromhex(atr)))
    assert run("opensc-tool", "-n").splitlines()[0] == "jpki"
    assert run("opensc-tool", "-a").splitlines()[0].replace(":", "").upper() == atr


def test_a_child_s_card_is_dumped_and_logs_in_without_a_signature_certificate(
    make_card: Callable[..., VirtualCard],
    insert: Callable[..., VpcdPlug],
    run: Run,
    opensc_module: Path,
    tmp_path: Path,
) -> None:
    insert(make_card(signature=None))
    dumped = sections(run("pkcs15-tool", "--dump"))
    assert dumped["PIN [User Authentication PIN]"]["Tries left"] == "3"
    assert dumped["PIN [Digital Signature PIN]"]["Tries left"] == "0"
    signature = tmp_path / "signature"
    run(
        *("pkcs11-tool", "--module", opensc_module, "--slot-index", "0", "-l", "--pin", "1234"),
        *("-s", "-m", "SHA256-RSA-PKCS", "--id", "01", "-i", "/etc/hostname", "-o", signature),
    )
    assert len(signature.read_bytes()) == 256


@pytest.mark.parametrize("kind", [CardKind.ANDROID_PHONE, CardKind.IPHONE])
def test_a_phone_gives_its_certificate_after_the_pin_only(
    make_card: Callable[..., VirtualCard],
    insert: Callable[..., VpcdPlug],
    run: Run,
    tmp_path: Path,
    kind: CardKind,
) -> None:
    phone = make_card(kind=kind)
    insert(phone)
    assert "PIN [User Authentication PIN]" in sections(run("pkcs15-tool", "--dump"))
    output = tmp_path / "auth.pem"
    read = ("pkcs15-tool", "--read-certificate", "1", "--output", output)
    run(*read, fails=True)
    run(*read, "--verify-pin", "--auth-id", "1", "--pin", "1234")
    assert output.read_bytes().startswith(b"-----BEGIN CERTIFICATE-----")
    assert phone.tries_left(AUTHENTICATION_PIN) == 3
