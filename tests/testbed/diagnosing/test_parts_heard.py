"""What is said of what the parts of a system say of themselves, and of their silence."""

from __future__ import annotations

import json
import socket
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.sentence import Sentence
from testbed.diagnosing import heard as hearing
from testbed.diagnosing.clock_distance import clocks
from testbed.diagnosing.delivery_heard import delivery
from testbed.diagnosing.finding import Probe, ProbeAnswer
from testbed.diagnosing.heard import Heard, Word, hear, nothing_within
from testbed.diagnosing.reader_at_desk import card_at_the_desk, reader_of_the_desk
from testbed.diagnosing.services_heard import line_as_the_desk_sees_it, services
from testbed.diagnosing.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.diagnosing.finding import Finding

NOW = datetime(2026, 11, 25, 0, 0, tzinfo=UTC)
GOOD, CAUTION, BAD, OPEN = ProbeAnswer
CLINIC, OQS, INTERMEDIATE = (f"http://127.0.0.1:{port}" for port in (1, 2, 3))
SUBJECT = Subject(clinic=CLINIC, oqs_console=OQS, intermediate_console=INTERMEDIATE)


def desk(**changes: Any) -> Heard:
    """What a desk says that is well, but for changes."""
    said = {
        "Reader": {
            "Name": "A reader 00 00",
            "CardPresent": True,
            "StandIn": False,
            "Trouble": None,
        },
        "Card": {"Kind": "INDIVIDUAL_NUMBER_CARD", "RemainingTries": 3, "WithoutPin": False},
        "CardTrouble": None,
        "Line": {"Up": True},
        "Clock": {"Now": NOW.isoformat()},
    }
    for name, change in changes.items():
        said[name] = change if not isinstance(change, dict) else {**(said[name] or {}), **change}
    return Heard(clinic=Word(said, status=200), clock=clock())


def clock(mode: str = "frozen", rate: float = 0.0) -> Word:
    return Word({"Mode": mode, "Now": NOW.isoformat(), "Rate": rate}, status=200)


TROUBLE = {"Kind": "x", "Japanese": "別のプログラムが使っています。", "English": "In use.",
           "NextStep": "close-other-program"}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "answer", "said"),
    [
        ({}, GOOD, "残り回数: 3"),
        ({"Card": {"RemainingTries": 1}}, CAUTION, "残り回数: 1"),
        ({"Card": {"RemainingTries": None}}, CAUTION, "分からない"),
        ({"Card": {"RemainingTries": 0}}, BAD, "ロック"),
        ({"Card": {"WithoutPin": True, "RemainingTries": 0}}, GOOD, "暗証番号のないカード"),
        ({"Card": None, "CardTrouble": TROUBLE}, BAD, "カードを使えません"),
        ({"Card": None}, OPEN, "受付が読んでいます"),
        ({"Reader": {"CardPresent": False}, "Card": None}, OPEN, "置かれていません"),
    ],
)
def test_a_card_is_told_of_as_the_desk_finds_it(
    changes: dict[str, Any], answer: ProbeAnswer, said: str
) -> None:
    (found,) = card_at_the_desk(desk(**changes)) or ()
    assert found.answer is answer
    assert said in found.said.ja
    if changes.get("CardTrouble"):
        assert found.advice is not None
        assert (found.advice.ja, found.advice.en) == (TROUBLE["Japanese"], TROUBLE["English"])
    assert (found.advice is None) is (answer in {GOOD, OPEN})


def test_a_card_that_stands_in_for_another_is_said_to() -> None:
    _, found = card_at_the_desk(desk(Reader={"StandIn": True})) or ()
    assert found.answer is CAUTION
    assert "代役" in found.said.ja


def test_the_reader_is_the_one_that_the_desk_uses_or_why_it_has_none() -> None:
    (used,) = reader_of_the_desk(desk()) or ()
    assert used.said.en == "The desk uses the reader A reader 00 00"
    (none,) = reader_of_the_desk(desk(Reader={"Name": None, "Trouble": TROUBLE})) or ()
    assert none.answer is BAD
    assert none.advice is not None
    assert none.advice.ja == TROUBLE["Japanese"]
    assert reader_of_the_desk(Heard()) is card_at_the_desk(Heard()) is None


def test_a_line_that_is_out_for_the_desk_is_in_the_way() -> None:
    assert line_as_the_desk_sees_it(desk()) == []
    (out,) = line_as_the_desk_sees_it(desk(Line={"Up": False}))
    assert (out.probe, out.answer) == (Probe.LINE, BAD)


@pytest.mark.parametrize(
    ("apart", "ja", "en"),
    [
        (timedelta(seconds=40), "と1分も違いません", "within a minute of"),
        (timedelta(minutes=-90), "より約90分遅れています", "about 90 minutes behind"),
        (timedelta(hours=5), "より約5時間進んでいます", "about 5 hours ahead of"),
        (timedelta(days=-5), "より約5日遅れています", "about 5 days behind"),
    ],
)
def test_the_clock_is_told_with_its_distance_from_the_machine_s(
    apart: timedelta, ja: str, en: str
) -> None:
    (found,) = clocks(desk(), NOW - apart)
    assert found.answer is GOOD
    assert found.said.ja == f"模擬の時計: 2026-11-25 (水) 09:00、止めてあります。この機械の時計{ja}"
    assert en in found.said.en


def test_clocks_that_should_agree_and_do_not_are_in_the_way() -> None:
    elsewhere = Heard(clock=clock("real", 1.0))
    assert [one.answer for one in clocks(elsewhere, NOW)] == [GOOD]
    assert [one.answer for one in clocks(elsewhere, NOW + timedelta(minutes=5))] == [BAD]
    behind = desk(Clock={"Now": (NOW - timedelta(hours=1)).isoformat()})
    assert [one.answer for one in clocks(behind, NOW)] == [GOOD, BAD]
    fast = Heard(behind.health, behind.clinic, clock=clock("accelerated", 8_640.0))
    assert [one.answer for one in clocks(fast, NOW)] == [GOOD], "an hour is a moment there"
    assert [one.answer for one in clocks(Heard(), NOW)] == [OPEN]


def operation(**lists: list[dict[str, Any]]) -> Heard:
    health = {"oqs": Word({"Service": "oqs"}, status=200)}
    said = {"Faults": [], "Windows": [], "Delays": [], **lists}
    return Heard(health, operation=Word(said, status=200))


def of_oqs(heard: Heard) -> list[Finding]:
    return [one for one in services(SUBJECT, heard) if one.probe is Probe.OQS]


def fault(**changes: Any) -> dict[str, Any]:
    return {
        "Effect": "status:code=SIM-STORAGE-UNAVAILABLE", "Path": "", "Probability": 1.0,
        "MedicalInstitutionCode": None, "Times": None, "IsOver": False, **changes,
    }  # fmt: skip


def window(**changes: Any) -> dict[str, Any]:
    return {"Kind": "maintenance", "MedicalInstitutionCode": None, "IsOpen": True, **changes}


@pytest.mark.parametrize(
    ("lists", "answers"),
    [
        ({}, [GOOD]),
        ({"Faults": [fault()]}, [GOOD, BAD]),
        ({"Faults": [fault(MedicalInstitutionCode="9910000018")]}, [GOOD, BAD]),
        ({"Faults": [fault(MedicalInstitutionCode="9910000026")]}, [GOOD]),
        ({"Faults": [fault(IsOver=True)]}, [GOOD]),
        ({"Faults": [fault(Probability=0.1)]}, [GOOD, CAUTION]),
        ({"Faults": [fault(Times=1)]}, [GOOD, CAUTION]),
        ({"Faults": [fault(Path="/changes")]}, [GOOD, CAUTION]),
        ({"Faults": [fault(Effect="delay:ms=3000")]}, [GOOD, CAUTION]),
        ({"Windows": [window()]}, [GOOD, BAD]),
        ({"Windows": [window(IsOpen=False)]}, [GOOD]),
        ({"Windows": [window(Kind="disaster")]}, [GOOD, CAUTION]),
    ],
)
def test_what_somebody_has_set_to_go_wrong_is_told(
    lists: dict[str, Any], answers: list[ProbeAnswer]
) -> None:
    found = of_oqs(operation(**lists))
    assert [one.answer for one in found] == answers
    assert all("oqs fault list" in one.advice.en for one in found if one.advice is not None)


def test_each_service_is_told_with_its_address_and_one_that_is_silent_is_in_the_way() -> None:
    health = {
        "clinic": Word({"Service": "clinic"}, status=200),
        "oqs": Word(why_not=Sentence("拒否", "connection refused")),
        "intermediate-server": Word({"Service": "something"}, status=200),
    }
    clinic, oqs, intermediate = services(SUBJECT, Heard(health))
    assert (clinic.answer, oqs.answer, intermediate.answer) == (GOOD, BAD, BAD)
    assert OQS in oqs.said.ja
    assert "connection refused" in oqs.said.en
    assert "another program" in intermediate.said.en
    assert all(one.answer is OPEN for one in services(Subject(), Heard()))


def sync(**changes: Any) -> Heard:
    working = {"State": "working"}
    said = {"Backlog": 5, "Due": 0, "Held": 0, "Conflicts": 0, "Workers": [working], **changes}
    return Heard(sync=Word(said, status=200))


SILENT = {"State": "silent"}


@pytest.mark.parametrize(
    ("changes", "answers"),
    [
        ({}, [GOOD]),
        ({"Due": 3, "OldestDue": (NOW - timedelta(seconds=5)).isoformat()}, [GOOD]),
        ({"Due": 3, "OldestDue": (NOW - timedelta(hours=5)).isoformat()}, [CAUTION]),
        ({"PausedBy": "模擬操作盤"}, [CAUTION]),
        ({"Workers": [SILENT]}, [BAD]),
        ({"Workers": []}, [BAD]),
        ({"Workers": [{"State": "working"}, SILENT]}, [GOOD, CAUTION]),
        ({"LastError": "OQS does not answer."}, [BAD]),
        ({"Held": 2}, [GOOD, CAUTION]),
        ({"Conflicts": 1}, [GOOD, CAUTION]),
    ],
)
def test_the_delivery_is_told_with_what_waits(
    changes: dict[str, Any], answers: list[ProbeAnswer]
) -> None:
    found = delivery(SUBJECT, sync(**changes), NOW)
    assert [one.answer for one in found] == answers
    assert "5 件" in found[0].said.ja


def test_without_an_intermediate_server_nothing_is_said_of_its_worker() -> None:
    assert [one.answer for one in delivery(SUBJECT, Heard(), NOW)] == [OPEN]
    assert [one.answer for one in delivery(Subject(), Heard(), NOW)] == [OPEN]


@pytest.fixture
def answering() -> Iterator[tuple[str, list[bytes]]]:
    """A program that answers anything to anybody: what is put into the list, then nothing."""
    answers: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            while True:
                try:
                    caller, _ = listening.accept()
                except OSError:
                    return
                kept.append(caller)
                if answers:
                    caller.recv(4_096)
                    caller.sendall(answers[0])
                    caller.close()

        kept: list[socket.socket] = []
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", answers
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        for caller in kept:
            caller.close()


def test_a_part_that_hangs_is_not_waited_for(
    answering: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hearing, "SECONDS", 0.2)
    heard = hear(Subject(clinic=answering[0], oqs_console=answering[0]))
    assert heard.health["clinic"].why_not == nothing_within(0.2)
    assert heard.clinic.said is heard.clock.said is None


@pytest.mark.parametrize(
    "body", [json.dumps({"Service": "something", "Reader": 1}).encode(), b"<html>", b"[]", b""]
)
def test_another_program_at_an_address_is_not_believed(
    answering: tuple[str, list[bytes]], body: bytes
) -> None:
    url, answers = answering
    answers.append(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n%s" % (len(body), body))
    heard = hear(Subject(clinic=url))
    assert heard.clinic.said is None
    (found, *_) = services(Subject(clinic=url), heard)
    assert found.answer is BAD
    assert "ではありません" in found.said.ja
