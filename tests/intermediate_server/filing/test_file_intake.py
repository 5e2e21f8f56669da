"""Files and lists over the line: what stays, what is refused, what the answer says."""

from __future__ import annotations

import csv
import io
import socket
import ssl
import time
from typing import TYPE_CHECKING, Any

import pytest

from intermediate_server.filing import file_intake
from tests.intermediate_server.conftest import MOGAMI, SECONDS, individual_number
from wire.forms.spreadsheet import as_typed
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

HEADER = (
    "届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,資格喪失日,喪失事由,整理番号"
)


def joining(person: int, insurer: str = MOGAMI, reference: str = "") -> str:
    number = individual_number(person)
    return f"加入,{insurer},{number},20261116,最上,{1_234_560 + person},01,20261101,,,{reference}"


def leaving(person: int, on: str = "20261110") -> str:
    number = individual_number(person)
    return f"喪失,{MOGAMI},{number},20261116,最上,{1_234_560 + person},01,,{on},99,"


def file_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\r\n".join((HEADER, *lines, "")).encode(encoding)


def send(deployment: Any, content: bytes | Iterable[bytes], **query: str) -> Any:
    client = deployment.client(deployment.line.url, f"insurer-{MOGAMI}")
    return client.post(
        "/procedures/file", content=content, params=query, headers={"Content-Type": "text/csv"}
    )


def rows(answer: Any) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv"), answer.text
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


def results(answer: Any) -> list[str]:
    return [row["結果"] for row in rows(answer)]


def backlog(deployment: Any) -> int:
    status: int = deployment.pages.get("/sync/status").json()["Backlog"]
    return status


@pytest.fixture
def members(deployment: Any) -> Any:
    for person in range(1, 5):
        deployment.register(person)
    return deployment


def test_each_line_is_taken_and_reported_with_its_day(members: Any) -> None:
    answer = send(members, file_of(joining(1), joining(2), leaving(1)))
    assert answer.status_code == 200
    assert results(answer) == ["受付", "受付", "受付"]
    assert rows(answer)[2].items() >= {
        "行": "4", "結果": "受付", "版": "2", "見える日": "2026-11-19", "届出種別": "喪失",
        "番号": "1234561", "整理番号": "", "項目": "", "内容": "", "コード": "",
        "日付": "資格喪失日 令和8年11月10日（火）",
    }.items()  # fmt: skip
    assert answer.headers["x-lines-accepted"] == "3"
    assert backlog(members) == 3


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp932"])
def test_shift_jis_and_a_byte_order_mark_are_taken(members: Any, encoding: str) -> None:
    assert results(send(members, file_of(joining(1), encoding=encoding))) == ["受付"]


def test_what_comes_by_file_reaches_the_clinic_in_its_time(members: Any) -> None:
    send(members, file_of(joining(1)))
    assert members.validity() == "4"
    members.advance(BusinessDays=3).raise_for_status()
    assert members.validity() == "1"


def test_the_same_file_twice_changes_nothing(members: Any) -> None:
    content = file_of(joining(1), leaving(1), joining(2))
    assert results(send(members, content)) == ["受付", "受付", "受付"]
    again = send(members, content)
    assert again.status_code == 200
    assert results(again) == ["受付済み", "受付済み", "受付済み"]
    assert again.headers["x-lines-unchanged"] == "3"
    assert backlog(members) == 3


def test_a_line_that_is_there_twice_counts_once(members: Any) -> None:
    answer = send(members, file_of(joining(1), joining(1)))
    assert [(row["結果"], row["版"]) for row in rows(answer)] == [("受付", "1"), ("受付済み", "1")]


def test_a_bad_line_keeps_no_good_one_from_being_taken(members: Any) -> None:
    answer = send(
        members,
        file_of(
            joining(1),
            "だめ",
            joining(9),
            leaving(2),
            joining(2, "990028"),
            joining(3).replace("20261101", "20260231"),
            joining(3),
        ),
    )
    assert answer.status_code == 207
    assert [(row["行"], row["結果"], row["コード"]) for row in rows(answer)] == [
        ("2", "受付", ""),
        ("3", "不受理", "SIM-INVALID-REQUEST"),
        ("4", "不受理", "SIM-UNKNOWN-PERSON"),
        ("5", "不受理", "SIM-PROCEDURE-REFUSED"),
        ("6", "不受理", "SIM-WRONG-CALLER"),
        ("7", "不受理", "SIM-INVALID-REQUEST"),
        ("8", "受付", ""),
    ]
    assert rows(answer)[3]["内容"].startswith("記号・番号・枝番「最上 1234562 01」での加入")
    assert backlog(members) == 2


def test_an_insurer_without_a_policy_is_refused_by_line(members: Any) -> None:
    (row,) = rows(send(members, file_of(joining(1, "990036"))))
    assert row["結果"] == "不受理"


def test_leaving_before_joining_and_overlapping_joinings_are_refused(members: Any) -> None:
    other = joining(1).replace(",1234561,", ",7654321,")
    answer = send(members, file_of(leaving(1), joining(1), other, leaving(1, "20261031")))
    assert results(answer) == ["不受理", "受付", "不受理", "不受理"]
    said = [row["内容"] for row in rows(answer)]
    assert "先に喪失の届出をしてください" in said[2]
    assert "資格取得日" in said[3]


def test_a_file_without_a_good_line_says_so_by_its_status(members: Any) -> None:
    answer = send(members, file_of("だめ", "だめ"))
    assert (answer.status_code, answer.headers["x-lines-refused"]) == (422, "2")
    assert results(answer) == ["不受理", "不受理"]


def test_a_wrong_header_is_a_problem_and_nothing_is_recorded(members: Any) -> None:
    answer = send(members, b"name,number\r\n" + joining(1).encode())
    assert answer.status_code == 422
    assert answer.json()["code"] == "SIM-FILE-HEADER-WRONG"
    assert backlog(members) == 0


def test_only_what_needs_a_look_is_reported_where_that_is_wanted(members: Any) -> None:
    answer = send(members, file_of(joining(1), "だめ"), ProblemsOnly="true")
    assert [row["行"] for row in rows(answer)] == ["3"]
    assert answer.headers["x-lines-accepted"] == "1"


def test_a_conflict_is_taken_and_pointed_out(members: Any) -> None:
    members.file("06990014", InsuredCardSymbol="北", QualificationDate="20261001")
    answer = send(members, file_of(joining(1)))
    (row,) = rows(answer)
    assert row["結果"] == "受付"
    assert "資格の重複" in row["内容"]
    assert answer.headers["x-lines-to-look-at"] == "1"


@pytest.mark.parametrize("formula", ["=cmd|' /C calc'!A0", "+1+1", "-2", "@SUM(A1)", "＝1+1"])
def test_formulas_are_neutralised_in_the_report(members: Any, formula: str) -> None:
    line = joining(1, reference=formula).replace("加入", formula)
    (row,) = rows(send(members, file_of(line)))
    assert row["結果"] == "不受理"
    assert row["届出種別"].startswith("'")
    assert row["整理番号"].startswith("'")
    assert not any(as_typed(cell).startswith(("=", "+", "-", "@")) for cell in row.values())


def test_a_number_that_is_written_as_a_text_for_a_spreadsheet_is_read_as_it_is(
    members: Any,
) -> None:
    line = joining(1, reference="00123").replace(",01,", ',="01",')
    assert ',="01",' in line
    (row,) = rows(send(members, file_of(line.replace("00123", '"=""00123"""'))))
    assert (row["結果"], row["整理番号"]) == ("受付", '="00123"')
    (again,) = rows(send(members, file_of(joining(1, reference="00123"))))
    assert again["結果"] == "受付済み", "it is the same"


def test_the_report_repeats_no_individual_number(members: Any) -> None:
    answer = send(members, file_of(joining(1), joining(2) + ",,", joining(7)))
    for person in (1, 2, 7):
        assert individual_number(person) not in answer.text


def test_a_file_of_errors_is_reported_line_by_line(members: Any) -> None:
    answer = send(members, file_of(*["だめ"] * 25_000, joining(1)))
    assert answer.headers["x-lines-refused"] == "25000"
    assert answer.status_code == 207
    assert rows(answer)[-1]["結果"] == "受付"


def test_a_file_that_is_cut_off_leaves_what_was_whole_and_may_be_sent_again(members: Any) -> None:
    content = file_of(joining(1), joining(2), joining(3))
    client = credentials(members.certificates, f"insurer-{MOGAMI}").client_context(
        INTERMEDIATE_SERVER
    )
    host, port = members.line.socket.getsockname()[:2]
    with (
        socket.create_connection((host, port)) as raw,
        client.wrap_socket(raw, server_hostname=host) as line,
    ):
        assert isinstance(line, ssl.SSLSocket)
        head = (
            f"POST /procedures/file HTTP/1.1\r\nHost: x\r\nContent-Length: {len(content)}\r\n\r\n"
        )
        line.sendall(head.encode() + content[:-40])
    # The service learns that the sender has gone, and records what it has; then:
    again = send(members, content)
    assert again.status_code == 200
    assert set(results(again)) <= {"受付", "受付済み"}
    assert backlog(members) == 3


def test_a_streamed_report_begins_while_the_file_is_still_sent(members: Any) -> None:
    client = credentials(members.certificates, f"insurer-{MOGAMI}").client_context(
        INTERMEDIATE_SERVER
    )
    host, port = members.line.socket.getsockname()[:2]
    with (
        socket.create_connection((host, port), timeout=60) as raw,
        client.wrap_socket(raw, server_hostname=host) as line,
    ):

        def send_chunk(content: bytes) -> None:
            line.sendall(f"{len(content):x}\r\n".encode() + content + b"\r\n")

        line.sendall(
            b"POST /procedures/file?Streamed=true HTTP/1.1\r\nHost: x\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        send_chunk(file_of(*["だめ"] * 25_000))
        received = b""
        while "\r\n2,不受理".encode() not in received:
            received += line.recv(1 << 16)
        assert received.startswith(b"HTTP/1.1 200 ")
        send_chunk(f"{joining(1)}\r\n".encode())
        send_chunk(b"")
        while piece := line.recv(1 << 16):
            received += piece
    assert "\r\n25002,受付,".encode() in received
    assert "受付1行、受付済み0行、不受理25000行、要確認0行".encode() in received


def test_who_reads_a_streamed_report_only_at_the_end_misses_nothing(members: Any) -> None:
    answer = send(members, file_of(*["だめ"] * 60_000), Streamed="true")
    found = rows(answer)
    assert len(answer.content) > 4 << 20
    assert (answer.status_code, len(found)) == (200, 60_001)
    assert found[-1]["結果"] == "合計"


def test_a_streamed_report_on_no_file_is_the_problem(members: Any) -> None:
    refused = send(members, b"x\r\n", Streamed="true")
    assert (refused.status_code, refused.json()["code"]) == (422, "SIM-FILE-HEADER-WRONG")
    short = rows(send(members, file_of(joining(1)), Streamed="true", ProblemsOnly="true"))
    assert [row["結果"] for row in short] == ["合計"]


def test_while_oqs_is_away_no_file_is_taken(prepare: Any) -> None:
    deployment = prepare()
    deployment.put_oqs_off()
    deployment.start_service()
    answer = send(deployment, file_of(joining(1)))
    assert answer.status_code == 503
    assert answer.json()["code"] == "SIM-SERVICE-UNREACHABLE"


def test_while_j_lis_is_out_no_file_is_taken(members: Any) -> None:
    members.oqs.put("/sim/jlis/outage", json={}).raise_for_status()
    refused = send(members, file_of(joining(1)))
    assert (refused.status_code, refused.json()["code"]) == (503, "SIM-MATCHING-NOT-POSSIBLE")
    members.oqs.delete("/sim/jlis/outage").raise_for_status()
    assert results(send(members, file_of(joining(1)))) == ["受付"]


@pytest.mark.parametrize("why", ["oqs", "j_lis"])
def test_where_oqs_goes_away_half_way_what_was_recorded_is_told(
    members: Any, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    def go_away() -> None:
        if why == "oqs":
            members.faults.match_fails = True
        else:
            members.oqs.put("/sim/jlis/outage", json={}).raise_for_status()

    def come_back() -> None:
        members.faults.match_fails = False
        members.oqs.delete("/sim/jlis/outage").raise_for_status()

    monkeypatch.setattr(file_intake, "LINES_AT_ONCE", 2)
    first, last = file_of(joining(1), joining(2)), f"{joining(3)}\r\n{joining(4)}\r\n".encode()

    def content() -> Iterator[bytes]:
        yield first
        until = time.monotonic() + SECONDS
        while backlog(members) < 2:
            assert time.monotonic() < until
            time.sleep(0.01)
        go_away()
        yield last

    answer = send(members, content())
    assert answer.status_code == 207
    assert results(answer) == ["受付", "受付", "中断"]
    assert answer.headers["x-lines-accepted"] == "2"
    come_back()
    again = send(members, first + last)
    assert results(again) == ["受付済み", "受付済み", "受付", "受付"]


def test_nobody_sends_a_file_without_a_certificate(deployment: Any) -> None:
    answer = deployment.pages.post("/procedures/file", content=b"")
    assert answer.json()["code"] == "SIM-NO-CLIENT-CERTIFICATE"


# --- lists ---


def form(person: int, **fields: str) -> dict[str, str]:
    return {
        "Kind": "join",
        "InsurerNumber": MOGAMI,
        "IndividualNumber": individual_number(person),
        "InsuredIdentificationNumber": f"{person}",
        "QualificationDate": "20261101",
        **fields,
    }


def test_a_list_is_answered_item_by_item(members: Any) -> None:
    client = members.client(members.line.url, f"insurer-{MOGAMI}")
    listed = {"Procedures": [form(1), form(2, QualificationDate="x"), form(1, Kind="加入")]}
    answer = client.post("/procedures/list", json=listed)
    assert answer.status_code == 207
    said = answer.json()
    assert (said["Accepted"], said["Refused"]) == (1, 2)
    assert [one["Result"] for one in said["Outcomes"]] == ["accepted", "refused", "refused"]
    assert said["Outcomes"][1]["Field"] == "QualificationDate"
    assert said["Outcomes"][2]["Code"] == "SIM-PROCEDURE-REFUSED"


def test_a_procedure_with_a_reference_is_recorded_once_however_often_it_is_sent(
    members: Any,
) -> None:
    first = members.file(ReferenceNumber="A-1")
    again = members.file(ReferenceNumber="A-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json()["Unchanged"] is True
    assert again.json()["Version"] == first.json()["Version"]
    assert backlog(members) == 1
