"""Many residents at once: a file, each line of which is registered or refused by itself."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

import pytest

from eligibility.identifiers.numbers import individual_check_digit
from oqs_sim.jlis.resident_file import CSV, LONGEST_LINE, NDJSON, ResidentReader
from wire.catalogue import Problem

if TYPE_CHECKING:
    from httpx2 import Response

    from tests.oqs_sim.conftest import Oqs

HEADER = "IndividualNumber,Name,NameKana,Sex1,Birthdate,Address,PostNumber\r\n"


def number(person: int) -> str:
    body = f"99{person:09}"
    return f"{body}{individual_check_digit(body)}"


def line(person: int, birthdate: str = "19800217", name: str = "試験　花子") -> str:
    return f"{number(person)},{name},ｼｹﾝ ﾊﾅｺ,2,{birthdate},模擬県模擬市1,990-0001\r\n"


def post(oqs: Oqs, content: str | bytes, media_type: str = CSV, query: str = "") -> Response:
    response: Response = oqs.console.post(
        f"/sim/jlis/residents{query}", content=content, headers={"Content-Type": media_type}
    )
    return response


def reported(response: Response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.text)))


def test_each_line_is_registered_once_and_reported(oqs: Oqs) -> None:
    content = HEADER + "".join(line(person) for person in range(500, 505)) + line(500)
    first = post(oqs, content)
    assert first.status_code == 200
    assert (first.headers["X-Lines-Added"], first.headers["X-Lines-Unchanged"]) == ("5", "1")
    found = reported(first)
    assert [one["Line"] for one in found] == ["2", "3", "4", "5", "6", "7"]
    assert found[5]["PersonReference"] == found[0]["PersonReference"]
    again = post(oqs, content)
    assert again.headers["X-Lines-Unchanged"] == "6"
    assert [one["PersonReference"] for one in reported(again)] == [
        one["PersonReference"] for one in found
    ]
    asked = {"IndividualNumbers": [number(504), number(999)]}
    matched = oqs.intermediate.post("/intermediate/persons/matches", json=asked).json()["Persons"]
    assert matched[0]["PersonReference"] == found[4]["PersonReference"]
    assert matched[1] is None
    assert oqs.issue(number(502))["PersonReference"] == found[2]["PersonReference"]


def test_a_faulty_line_is_refused_alone_and_no_number_is_told(oqs: Oqs) -> None:
    wrong = number(600)[:-1] + ("0" if number(600)[-1] != "0" else "1")
    content = (
        HEADER
        + line(601)
        + line(602).replace(number(602), wrong)
        + line(603, "20270101")
        + line(604, "20260231")
        + line(601, name="試験　太郎")
        + "x,y\r\n\r\n"
        + line(605).replace(",2,", ",7,")
        + f'"{number(606)}\r\n'
    )
    done = post(oqs, content)
    assert done.status_code == 207
    codes = [(one["Line"], one["Code"]) for one in reported(done)]
    assert codes == [
        ("2", ""),
        ("3", "SIM-INVALID-NUMBER"),
        ("4", "SIM-INVALID-REQUEST"),
        ("5", "SIM-INVALID-REQUEST"),
        ("6", "SIM-ALREADY-EXISTS"),
        ("7", "SIM-INVALID-REQUEST"),
        ("9", "SIM-INVALID-REQUEST"),
        ("10", "SIM-INVALID-REQUEST"),
    ]
    assert wrong not in done.text
    assert number(605) not in done.text
    only = post(oqs, content, query="?ProblemsOnly=true")
    assert len(reported(only)) == 7
    assert post(oqs, HEADER + line(601, name="試験　太郎")).status_code == 422


def test_objects_of_json_go_as_well(oqs: Oqs) -> None:
    one = {
        "IndividualNumber": number(700), "Name": "試験　花子", "NameKana": "ｼｹﾝ ﾊﾅｺ",
        "Sex1": "2", "Birthdate": "19800217",
    }  # fmt: skip
    content = f"{json.dumps(one)}\n[]\n{json.dumps({**one, '=x': 1})}\n{{\n"
    done = post(oqs, content, NDJSON)
    assert [each["Result"] for each in reported(done)] == ["added"] + ["refused"] * 3
    assert not any(each["Detail"].startswith("=") for each in reported(done))
    assert oqs.console.post("/sim/jlis/residents", json=one).status_code == 409


@pytest.mark.parametrize(
    "content", ["", "IndividualNumber,Name\r\n", HEADER.replace("Sex1", "Sex"), "\ud800"]
)
def test_a_file_without_a_right_header_is_refused_as_a_whole(oqs: Oqs, content: str) -> None:
    refused = post(oqs, content.encode("utf-8", "surrogatepass"))
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-INVALID-REQUEST")


def test_a_file_comes_in_any_pieces() -> None:
    content = ("\ufeff" + HEADER.replace("Name,", "氏名,") + line(1) + line(2)).encode()
    for size in (1, 7, 100, 10_000):
        reader = ResidentReader(CSV)
        lines = [
            one
            for start in range(0, len(content), size)
            for one in reader.feed(content[start : start + size])
        ]
        lines += reader.finish()
        assert [one.number for one in lines] == [2, 3]
        assert all(one.resident and one.resident.name == "試験　花子" for one in lines)


def test_a_line_without_an_end_is_not_kept() -> None:
    with pytest.raises(Problem):
        ResidentReader(NDJSON).feed(b"x" * (LONGEST_LINE + 1))
