"""Results in bulk that an operator holds back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.oqs_sim.bulk.sending import HANAKO_ASKED, fetch, message, send
from tests.oqs_sim.conftest import INSTITUTION

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs

PATH = "/bulk/qualification"
FAULTS = "/sim/operation/faults"


def sent(oqs: Oqs) -> str:
    """Return the number of an inquiry that is done."""
    number = send(oqs.terminal, PATH, {"QualificationConfirmSearchInfo": [HANAKO_ASKED]})
    fetch(oqs.terminal, PATH, number)
    return number


def segment(oqs: Oqs, number: str) -> str:
    answer = oqs.terminal.post(f"{PATH}/result", json=message({"ReceptionNumber": number}))
    assert answer.status_code == 200, answer.text
    header: dict[str, str] = answer.json()["MessageHeader"]
    return header["SegmentOfResult"]


def hold(oqs: Oqs, effect: str, institution: str = INSTITUTION) -> Any:
    done = oqs.console.post(FAULTS, json={"Effect": effect, "MedicalInstitutionCode": institution})
    assert done.status_code == 201, done.text
    return done.json()


def test_each_result_is_in_progress_as_often_as_was_set(member: Oqs) -> None:
    numbers = [sent(member), sent(member)]
    fault = hold(member, "in_progress:fetches=2")
    assert fault["Path"] == "/bulk/*/result"
    for number in numbers:
        assert [segment(member, number) for _ in range(4)] == ["2", "2", "1", "1"]


def test_a_result_is_in_progress_for_as_long_as_was_set(member: Oqs) -> None:
    number = sent(member)
    fault = hold(member, "in_progress:seconds=1000")
    assert [segment(member, number) for _ in range(2)] == ["2", "2"]
    member.console.delete(f"{FAULTS}/{fault['Number']}")
    hold(member, "in_progress:seconds=0")
    assert segment(member, number) == "1"


def test_others_get_their_results(member: Oqs) -> None:
    number = sent(member)
    hold(member, "in_progress:fetches=2", "9910000026")
    assert segment(member, number) == "1"
