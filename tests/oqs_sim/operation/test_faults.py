"""Delays, faults and maintenance on the line of OQS, as an operator sets them."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import contextmanager
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from oqs_sim.operation.delays import DelayProfile, delay_of, matches, profile_for
from oqs_sim.operation.effect import CHECKS, Cut, Effect, EffectWrong
from oqs_sim.store.operation.rules import SetDelay
from storage import bucket_of
from tests.equipment.served import Served
from tests.oqs_sim.bulk.sending import HANAKO_ASKED, message
from tests.oqs_sim.conftest import INSTITUTION
from wire.line_credentials import Caller, Role
from wire.serving.access import ListenerKind
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.types import Receive, Scope, Send

    from tests.oqs_sim.conftest import Oqs

RULES = "/sim/operation/faults"
SECONDS = 60.0


def fault(oqs: Oqs, effect: str, **order: Any) -> dict[str, Any]:
    done = oqs.console.post(RULES, json={"Effect": effect, **order})
    assert done.status_code == 201, done.text
    made: dict[str, Any] = done.json()
    return made


def statuses(oqs: Oqs, times: int) -> list[int]:
    return [oqs.check_number().status_code for _ in range(times)]


def reported(oqs: Oqs) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = oqs.console.get("/sim/operation").json()["Faults"]
    return found


# --- how effects are written ---


@pytest.mark.parametrize(
    "text",
    [
        "delay:ms=3000",
        "delay:median=4000,sigma=0.5",
        "dribble:bytes=200",
        "status:code=SIM-STORAGE-UNAVAILABLE",
        "status:status=502",
        "cut:when=before",
        "cut:when=middle",
        "cut:when=after",
        "never",
        "feed_stopped",
        "stale:days=3",
        "in_progress:fetches=3",
        "in_progress:seconds=20",
    ],
)
def test_an_effect_is_written_as_it_is_read(text: str) -> None:
    assert str(Effect.parse(text)) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("explode", "is no effect; there are delay"),
        ("delay", "delay is told by ms or median and sigma"),
        ("delay:ms", "write each setting as name=value"),
        ("delay:ms=1,ms=2", "delay is told by"),
        ("delay:ms=soon", "say a number from 0 to 600000"),
        ("delay:ms=nan", "say a number from 0 to 600000"),
        ("delay:ms=-1", "say a number from 0 to 600000"),
        ("delay:median=1e9,sigma=1", "say a number from 1 to"),
        ("dribble:bytes=0", "say a number from 1"),
        ("status:status=200", "say a number from 400 to 599"),
        ("status:code=E123", "is no problem of the catalogue"),
        ("stale:days=0", "say a number from 1 to 366"),
        ("stale:days=367", "say a number from 1 to 366"),
        ("stale:days=1.5", "say a whole number"),
        ("cut:when=later", "say before, middle, after"),
        ("never:ms=1", "never is told by nothing"),
    ],
)
def test_what_is_no_effect_is_refused_in_a_sentence(text: str, said: str) -> None:
    with pytest.raises(EffectWrong, match=said):
        Effect.parse(text)


def test_what_is_no_effect_is_refused_and_not_set(oqs: Oqs) -> None:
    answer = oqs.console.post(RULES, json={"Effect": "explode"})
    assert answer.status_code == 422
    assert "is no effect; there are delay" in answer.json()["detail"]
    assert reported(oqs) == []


# --- faults ---


def test_a_fault_strikes_as_often_as_it_may_and_at_every_process(member: Oqs) -> None:
    fault(member, "status:status=502", Times=3)
    assert statuses(member, 2) == [502, 502]
    with member.another() as other:
        assert statuses(other, 2) == [502, 200]
    assert statuses(member, 1) == [200]
    (rule,) = reported(member)
    assert (rule["Struck"], rule["Seen"]) == (3, 3)


def test_a_fault_that_is_set_elsewhere_is_soon_obeyed(member: Oqs) -> None:
    with member.another() as other:
        fault(other, "status:code=SIM-STORAGE-UNAVAILABLE")
        until = time.monotonic() + SECONDS
        while member.check_number().status_code == 200:
            assert time.monotonic() < until
        assert member.check_number().json()["code"] == "SIM-STORAGE-UNAVAILABLE"


def test_a_fault_is_for_its_institution_and_its_paths_only(member: Oqs) -> None:
    fault(member, "status:status=503", MedicalInstitutionCode="9910000026")
    fault(member, "status:status=504", Path="/qualification/card")
    assert statuses(member, 1) == [200]
    assert member.check().status_code == 504


def test_the_same_seed_strikes_the_same_requests(member: Oqs) -> None:
    def course(seed: int) -> list[int]:
        member.console.delete(RULES)
        fault(member, "status:status=500", Probability=0.5, Seed=seed)
        return statuses(member, 12)

    first = course(7)
    assert {200, 500} == set(first)
    assert course(7) == first
    assert course(8) != first


def test_a_fault_ends_by_its_number_and_there_is_none_of_another(member: Oqs) -> None:
    number = fault(member, "status:status=500")["Number"]
    assert member.console.delete(f"{RULES}/{number}").status_code == 204
    assert statuses(member, 1) == [200]
    answer = member.console.delete(f"{RULES}/{number}")
    assert (answer.status_code, answer.json()["code"]) == (404, "SIM-NO-SUCH-RULE")


def test_a_stopped_feed_takes_in_nothing_and_old_answers_go_on(member: Oqs) -> None:
    fault(member, "feed_stopped")
    change = {"Bucket": 0, "Changes": []}
    answer = member.worker.post("/intermediate/changes", json=change)
    assert (answer.status_code, answer.json()["code"]) == (503, "SIM-FEED-STOPPED")
    assert int(answer.headers["Retry-After"]) > 0
    assert member.check().json()["MessageBody"]["QualificationValidity"] == "1"


def told(answer: Any) -> tuple[str, str | None]:
    """Return 資格有効性 of an answer, and the share that it tells."""
    assert answer.status_code == 200, answer.text
    body = answer.json()["MessageBody"]
    found = [one["ResultOfQualificationConfirmation"] for one in body.get("ResultList", [])]
    share = found[0].get("InsuredPartialContributionRatio") if found else None
    return body["QualificationValidity"], share


def test_a_stale_answer_is_what_was_known_days_ago(member: Oqs) -> None:
    lost = {"DisqualificationDate": "20261106", "VisibleFrom": "2026-11-07T00:00:00+09:00"}
    member.report(2, InsuredPartialContributionRatio="020", VisibleFrom="2026-11-03T00:00:00+09:00")
    member.report(3, InsuredPartialContributionRatio="020", **lost)
    member.report(
        4, "990028", QualificationDate="20261107", VisibleFrom="2026-11-08T00:00:00+09:00"
    )
    assert told(member.check()) == ("1", "030")  # of the other insurer
    assert told(member.check_number())[0] == "3"
    for days, by_number in ((1, "3"), (2, "2"), (3, "1"), (6, "1"), (7, "1"), (366, "1")):
        made = fault(member, f"stale:days={days}")
        share = "030" if days > 6 else "020"
        answer = told(member.check_number())
        assert answer == (by_number, share if by_number == "1" else answer[1]), days
        if by_number == "1":
            assert told(member.check()) == ("1", share)
        member.console.delete(f"{RULES}/{made['Number']}").raise_for_status()
    assert told(member.check_number())[0] == "3"


def test_a_stale_answer_knows_nobody_who_was_reported_since(oqs: Oqs) -> None:
    oqs.report(1, VisibleFrom="2026-11-07T09:00:00+09:00")
    fault(oqs, "stale:days=3", Times=1)
    assert told(oqs.check_number())[0] == "4"
    assert told(oqs.check_number())[0] == "1"
    fault(oqs, "stale:days=2")
    assert told(oqs.check_number())[0] == "1"


def test_a_stale_answer_knows_what_came_together_with_something_newer(member: Oqs) -> None:
    """As the worker delivers it after the clock has gone on by days at once."""
    passed = member.change(
        2, InsuredPartialContributionRatio="020", VisibleFrom="2026-11-03T00:00:00+09:00"
    )
    newest = member.change(
        3, InsuredPartialContributionRatio="010", VisibleFrom="2026-11-07T00:00:00+09:00"
    )
    for changes in ([newest, passed], [passed, newest]):  # the second time nothing is new
        batch = {"Bucket": bucket_of(member.hanako), "Changes": changes}
        member.worker.post("/intermediate/changes", json=batch).raise_for_status()
    assert told(member.check_number()) == ("1", "010")
    for days, share in ((1, "010"), (4, "020"), (9, "030")):
        fault(member, f"stale:days={days}", Times=1)
        assert told(member.check_number()) == ("1", share)


def test_a_stale_answer_is_counted_by_checks_alone_and_noted(member: Oqs) -> None:
    member.report(2, InsuredPartialContributionRatio="020", VisibleFrom="2026-11-08T00:00:00+09:00")
    fault(member, "stale:days=3", Times=1, MedicalInstitutionCode=INSTITUTION)
    assert told(member.check()) == ("1", "030")  # its challenge came before, and was not struck
    assert told(member.check()) == ("1", "020")
    (rule,) = reported(member)
    assert (rule["Seen"], rule["Struck"], rule["IsOver"]) == (1, 1, True)
    found = member.console.get("/sim/operation/requests", params={"OnlyAmiss": True}).json()
    assert [(one["Path"], one["StruckBy"]) for one in found["Requests"]] == [
        ("/qualification/card", "stale:days=3")
    ]


def test_a_stale_answer_is_for_checks_alone() -> None:
    checks = {f"/qualification/{by}" for by in ("card", "number", "person", "search")}
    others = {"/qualification/challenges", "/qualification/registrations", "/bulk/qualification",
              "/bulk/qualification/result"}  # fmt: skip
    struck = {path for path in checks | others if matches(CHECKS, "", path, INSTITUTION)}
    assert struck == checks


def test_what_monitoring_asks_is_never_struck(oqs: Oqs) -> None:
    fault(oqs, "status:status=503")
    assert oqs.terminal.get("/health").status_code == 200
    assert oqs.terminal.get("/ready").status_code == 200
    assert oqs.check_number().status_code == 503


def test_a_struck_request_stands_in_the_journal(member: Oqs) -> None:
    fault(member, "status:status=502", Times=1)
    member.check_number()
    found = member.console.get("/sim/operation/requests", params={"OnlyAmiss": True}).json()
    (request,) = found["Requests"]
    assert request["Path"] == "/qualification/number"
    assert (request["Status"], request["Code"]) == (502, "SIM-FAULT-INJECTED")
    assert request["StruckBy"] == "status:status=502"


# --- faults of the connection, which take a real one ---


class TerminalOverSocket:
    """The application as a terminal's listener has it, without TLS."""

    def __init__(self, oqs: Oqs) -> None:
        self._app, self.state = oqs.app, oqs.app.state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":  # it has begun already
            for _ in ("startup", "shutdown"):
                await send({"type": f"{(await receive())['type']}.complete"})
            return
        caller = Caller(Role.TERMINAL, INSTITUTION)
        line = {"listener": ListenerKind.LINE, "tls": {"caller": caller}}
        scope["extensions"] = {**scope["extensions"], **line}
        await self._app(scope, receive, send)


@contextmanager
def over_socket(oqs: Oqs) -> Iterator[http.client.HTTPConnection]:
    with bind("127.0.0.1", 0) as listening:
        app: Any = TerminalOverSocket(oqs)
        with Served(app, Listener(listening)):
            host, port = listening.getsockname()
            connection = http.client.HTTPConnection(host, port, timeout=SECONDS)
            yield connection
            connection.close()


def ask(connection: http.client.HTTPConnection) -> http.client.HTTPResponse:
    connection.request("POST", "/qualification/challenges", headers={"Host": "localhost"})
    return connection.getresponse()


def logged(oqs: Oqs, path: str = "challenges") -> list[dict[str, Any]]:
    found = oqs.console.get("/sim/operation/requests", params={"Path": path}).json()
    return [one for one in found["Requests"] if one["StruckBy"]]


@pytest.mark.parametrize(("when", "status"), [("before", None), ("after", None), ("middle", 201)])
def test_a_cut_connection_ends_without_an_answer_and_is_logged(
    oqs: Oqs, when: str, status: int | None
) -> None:
    fault(oqs, f"cut:when={when}", Times=1)
    with over_socket(oqs) as connection:
        with pytest.raises((http.client.HTTPException, ConnectionError)):
            ask(connection).read()
        connection.close()
        assert ask(connection).status == 201
    (request,) = logged(oqs)
    assert (request["StruckBy"], request["Status"]) == (f"cut:when={when}", status)


def test_half_of_an_answer_arrives_before_it_is_cut(oqs: Oqs) -> None:
    fault(oqs, "cut:when=middle")
    with over_socket(oqs) as connection:
        answer = ask(connection)
        length = int(answer.headers["Content-Length"])
        with pytest.raises((http.client.IncompleteRead, ConnectionError)) as cut:
            answer.read()
    if isinstance(cut.value, http.client.IncompleteRead):
        assert len(cut.value.partial) == length // 2


def test_an_answer_that_dribbles_arrives_whole_in_its_time(oqs: Oqs) -> None:
    fault(oqs, "dribble:bytes=200")
    with over_socket(oqs) as connection:
        began = time.monotonic()
        answer = ask(connection)
        body = answer.read()
    assert len(body) == int(answer.headers["Content-Length"])
    assert time.monotonic() - began >= len(body) / 200 * 0.9


def test_a_delay_holds_an_answer_back(oqs: Oqs) -> None:
    fault(oqs, "delay:ms=300")
    with over_socket(oqs) as connection:
        began = time.monotonic()
        assert ask(connection).status == 201
        assert time.monotonic() - began >= 0.3


def test_what_is_never_answered_is_given_up_by_its_caller_and_logged(oqs: Oqs) -> None:
    oqs.console.put("/sim/operation/delay", json={"Profile": "never"})
    with over_socket(oqs) as connection:
        connection.timeout = 0.3
        with pytest.raises(TimeoutError):
            ask(connection)
        connection.close()
        until = time.monotonic() + SECONDS
        while not (found := logged(oqs)):
            assert time.monotonic() < until
    assert (found[0]["StruckBy"], found[0]["Status"]) == ("delay:never", None)


def test_what_its_caller_has_given_up_is_carried_out_all_the_same(member: Oqs) -> None:
    fault(member, "delay:ms=1000", Path="/reference-numbers")
    number = {name: said for name, said in HANAKO_ASKED.items() if name != "Birthdate"}
    info = {"ReferenceNumber": "K-1", **number}
    body = json.dumps(message({"ReferenceNumberRegistrationInfo": info}), ensure_ascii=False)
    sent = {"Host": "localhost", "Content-Type": "application/json"}
    with over_socket(member) as connection:
        connection.timeout = 0.3
        connection.request("POST", "/reference-numbers", body.encode(), sent)
        with pytest.raises(TimeoutError):
            connection.getresponse()
        connection.close()
        until = time.monotonic() + SECONDS
        while not logged(member, "reference-numbers"):
            assert time.monotonic() < until
    (item,) = member.check_number().json()["MessageBody"]["ResultList"]
    assert item["ResultOfQualificationConfirmation"]["ReferenceNumber"] == "K-1"


# --- delay profiles ---


def test_the_official_delay_lies_between_three_and_seven_seconds() -> None:
    drawn = [delay_of(DelayProfile.OFFICIAL, Random(seed)) for seed in range(200)]
    seconds = [one.seconds for one in drawn if one is not None]
    assert len(seconds) == 200
    assert min(seconds) >= 3
    assert max(seconds) <= 7
    assert max(seconds) - min(seconds) > 3
    assert delay_of(DelayProfile.NONE, Random(0)) is None
    beyond = delay_of(DelayProfile.BEYOND, Random(0))
    assert beyond is not None
    assert beyond.seconds > 10


def test_the_institutions_own_delay_goes_before_that_of_the_path() -> None:
    delays = [
        SetDelay("", "", "official"),
        SetDelay("/qualification/*", "", "beyond"),
        SetDelay("", INSTITUTION, "none"),
    ]
    assert profile_for(delays, "/intermediate/persons", "") is DelayProfile.OFFICIAL
    assert profile_for(delays, "/qualification/card", "9910000026") is DelayProfile.BEYOND
    assert profile_for(delays, "/qualification/card", INSTITUTION) is DelayProfile.NONE
    assert profile_for([], "/qualification/card", INSTITUTION) is DelayProfile.NONE


def test_the_official_delay_is_that_of_the_whole_check_and_strikes_once() -> None:
    """A check by card asks twice: for the challenge, and with the card's answer to it."""
    for pattern in ("", "/qualification/*"):
        delays = [SetDelay(pattern, "", "official")]
        asked = [
            profile_for(delays, f"/qualification/{path}", "") for path in ("challenges", "card")
        ]
        assert asked == [DelayProfile.NONE, DelayProfile.OFFICIAL]
    assert (
        profile_for([SetDelay("", "", "beyond")], "/qualification/challenges", "")
        is DelayProfile.BEYOND
    )


def test_delays_are_set_in_place_of_one_another_and_end(oqs: Oqs) -> None:
    for profile in ("official", "beyond"):
        view = oqs.console.put("/sim/operation/delay", json={"Profile": profile}).json()
        assert [one["Profile"] for one in view["Delays"]] == [profile]
    view = oqs.console.put("/sim/operation/delay", json={"Profile": "none"}).json()
    assert view["Delays"] == []
    oqs.console.put("/sim/operation/delay", json={"Profile": "never", "Path": "/qualification/*"})
    assert oqs.console.delete("/sim/operation/delay").status_code == 204
    assert oqs.console.get("/sim/operation").json()["Delays"] == []


def test_no_delay_of_all_ends_those_of_paths_and_institutions_too(oqs: Oqs) -> None:
    assert delays_after(oqs, Profile="official") == [("", None, "official")]
    delays_after(oqs, Profile="beyond", MedicalInstitutionCode=INSTITUTION)
    assert len(delays_after(oqs, Profile="never", Path="/qualification/card")) == 3
    assert delays_after(oqs, Profile="none") == []


def test_an_exception_stays_as_long_as_anything_is_delayed(oqs: Oqs) -> None:
    assert delays_after(oqs, Profile="none", MedicalInstitutionCode=INSTITUTION) == []
    delays_after(oqs, Profile="never", Path="/qualification/*")
    excepted = delays_after(oqs, Profile="none", MedicalInstitutionCode=INSTITUTION)
    assert ("", INSTITUTION, "none") in excepted
    assert delays_after(oqs, Profile="none", Path="/qualification/*") == []


def test_a_delay_is_ended_by_itself(oqs: Oqs) -> None:
    delays_after(oqs, Profile="never", Path="/qualification/*")
    delays_after(oqs, Profile="beyond", MedicalInstitutionCode=INSTITUTION)
    which = {"MedicalInstitutionCode": INSTITUTION}
    assert oqs.console.delete("/sim/operation/delay", params=which).status_code == 204
    assert [one["Profile"] for one in oqs.console.get("/sim/operation").json()["Delays"]] == [
        "never"
    ]
    again = oqs.console.delete("/sim/operation/delay", params=which)
    assert (again.status_code, again.json()["code"]) == (404, "SIM-NO-SUCH-RULE")


def delays_after(oqs: Oqs, **setting: str) -> list[tuple[str, str | None, str]]:
    view = oqs.console.put("/sim/operation/delay", json=setting).json()
    return [
        (one["Path"], one.get("MedicalInstitutionCode"), one["Profile"]) for one in view["Delays"]
    ]


# --- maintenance ---


def test_maintenance_answers_with_its_end_and_when_to_ask_again(member: Oqs) -> None:
    order = {
        "Kind": "maintenance",
        "OpensAt": "2026-11-09T10:00:00+09:00",
        "ClosesAt": "2026-11-09T10:30:00+09:00",
        "Reason": "計画停止",
    }
    assert member.console.post("/sim/operation/windows", json=order).status_code == 201
    assert member.check().status_code == 200
    member.set_clock("2026-11-09T10:10:00+09:00")
    answer = member.check_number()
    assert (answer.status_code, answer.json()["code"]) == (503, "SIM-MAINTENANCE")
    assert answer.headers["Retry-After"] == str(20 * 60)
    assert "11月09日 10:30 まで" in answer.json()["japanese"]
    member.set_clock("2026-11-09T10:30:00+09:00")
    assert member.check().status_code == 200


def test_effects_add_up() -> None:
    slow = Effect.parse("delay:ms=1000")
    cut = Effect.parse("cut:when=after")
    both = slow.strike_by(Random(0)).and_also(slow.strike_by(Random(0)))
    both = both.and_also(cut.strike_by(Random(0)))
    assert (both.seconds, both.cut) == (2.0, Cut.AFTER)
    assert both.written == "delay:ms=1000 delay:ms=1000 cut:when=after"
