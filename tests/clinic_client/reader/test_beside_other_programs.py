"""The desk and our commands beside other programs at the same card, for a while.

A quick run in the suite; `make test-soak` has a long one (MINUTES=n) and shows what it counted.
"""

import json
import os
import ssl
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from reader.applications.jpki import CertificateFile
from reader.errors import CardInUse, ReaderError
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import Pin
from reader.readings import read_report
from reader.session import look, prove_identity
from testbed.readers.private_pcscd import PcscStack
from tests.clinic_client.reader.foreign_programs import (
    AGAIN,
    WITHOUT_POWER,
    ForeignProgram,
    GreedyProgram,
    SharingProgram,
    opensc,
)
from virtual_card.card import VirtualCard
from virtual_card.plugs.vpcd import VpcdPlug

SECONDS = 60 * float(os.environ.get("OQS_SIM_SOAK_MINUTES", "0.2"))
PINS = ("1234", b"challenge")


def outcome(use: Callable[[], bool]) -> str:
    """Use the card; say what came of it."""
    try:
        return "right" if use() else "wrong"
    except ReaderError as error:
        if isinstance(error, CardInUse):
            return "in use"
        return f"broken: {error!r}"


@contextmanager
def card_at(reader: str) -> Iterator[PcscConnection]:
    with PcscConnection(reader) as connection:
        yield connection


def visit(clinic: Any) -> str:
    """Receive the patient; say what came of it."""
    answer = clinic.receive("1234")
    if answer.status_code == 201:
        return "right" if answer.json()["Word"] == "VALID" else f"wrong: {answer.text}"
    problem = answer.json()
    if problem.get("kind") == CardInUse.code:
        return "in use"
    return f"broken: {json.dumps(problem, ensure_ascii=False)}"


@pytest.mark.opensc
@pytest.mark.timeout(SECONDS + 120)
def test_no_look_beside_other_programs_ends_in_a_broken_card(
    open_clinic: Callable[..., Any],
    card: Callable[[str], VirtualCard],
    insert: Callable[..., VpcdPlug],
    pcsc_stack: PcscStack,
) -> None:
    hanako = card("hanako")
    assert hanako.image.authentication
    certificate = hanako.image.authentication.certificate
    reader = pcsc_stack.readers[0]
    insert(hanako)
    clinic = open_clinic(reader_part=reader)
    clinic.wait_until(lambda state: state["Card"] is not None)
    with PcscConnection(reader) as connection:
        expected = prove_identity(connection, Pin.authentication("1234"), b"challenge")
    sharing = SharingProgram(reader, certificate)
    module = next(Path("/usr/lib").glob("*/opensc-pkcs11.so"))
    pem = ssl.DER_cert_to_PEM_cert(certificate).split("\n")[1]
    foreign = [
        ForeignProgram(
            "pkcs15-tool",
            lambda _: opensc(
                ("pkcs15-tool", "--read-certificate", "1"), pem, pcsc_stack.environment()
            ),
        ),
        ForeignProgram(
            "pkcs11-tool",
            lambda _: opensc(
                ("pkcs11-tool", f"--module={module}", "--list-objects", "--type=cert"),
                "User Authentication Certificate",
                pcsc_stack.environment(),
            ),
        ),
        ForeignProgram("shares and reconnects", sharing.use, pause=0.05),
        ForeignProgram("keeps it now and then", GreedyProgram(reader, 0.3).use, pause=1.5),
    ]

    def looks() -> bool:
        with card_at(reader) as connection:
            return look(connection).tries == 3

    def reads() -> bool:
        with card_at(reader) as connection:
            read = read_report(connection).certificates[CertificateFile.AUTHENTICATION]
            return read is not None and read.der == certificate

    def proves() -> bool:
        with card_at(reader) as connection:
            pin = Pin.authentication("1234")
            return prove_identity(connection, pin, b"challenge") == expected

    counts: dict[str, Counter[str]] = {}
    ours: dict[str, Callable[[], str]] = {
        "look": partial(outcome, looks),
        "reading": partial(outcome, reads),
        "proof": partial(outcome, proves),
        "visit": lambda: visit(clinic),
    }
    with ExitStack() as stack:
        stack.callback(sharing.close)
        for program in foreign:
            program.start()
            stack.callback(program.end)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            for name, use in ours.items():
                counts.setdefault(name, Counter())[use()] += 1
    counts |= {program.name: program.outcomes for program in foreign}
    struck = {program.name: program.struck for program in foreign if program.struck}
    told = counts | {f"{name}, before it was right": counted for name, counted in struck.items()}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    for name, counted in counts.items():
        assert counted, f"{name} did nothing"
        assert set(counted) <= (ALLOWED if name in ours else ALLOWED_TO_OTHERS), (name, counted)
    for name in (*ours, "pkcs15-tool", "pkcs11-tool", "shares and reconnects"):
        assert counts[name]["right"] > counts[name].total() / 2, counts
    with PcscConnection(reader) as connection:
        assert look(connection).tries == 3


ALLOWED = {"right", "in use"}
ALLOWED_TO_OTHERS = {"right", AGAIN, WITHOUT_POWER, "in use", "held", "held alone"}
"""What the greedy program does to them, with or without us."""
