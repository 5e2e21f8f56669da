"""What the OpenAPI documents say of each route holds, whatever is sent to it.

Schemathesis makes requests from the documents of the running services: such as fit them, and such
as do not; known numbers and names are put into some, as what is made up leads nowhere. No answer
is a failure of a service, and each has a status, a media type and a form that the document names.
`make test-fuzz` sends many more.
"""

from __future__ import annotations

import itertools
import os
import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx2
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.core.failures import Failure, FailureGroup

from testbed.disturbing.disturbance import Manner, Place
from wire.clock import CALENDAR_ENDS
from wire.line_credentials import credentials
from wire.serving.access import ANYONE, ROLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from schemathesis import Case

    from tests.fuzz.conftest import System, Target

load_all_checks()
schemathesis.serializer.alias("application/ocsp-request", "application/octet-stream")
CHECKED = CHECKS.get_by_names(
    [
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
    ]
)
TIMES = int(os.environ.get("OQS_SIM_FUZZ", "1"))
"""How often as much as in a quick run; beyond one, each run sends something else."""
EXAMPLES = 3
"""Requests to a route that the caller may use; to another one a single one, to be refused."""
STREAMS = {"/events"}
"""Answers without an end; the clinic's own tests listen to them."""
LONGEST_WAIT = 0.01
"""Seconds that a question waits for a change at most."""
_FORMS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)


def plausible(draw: Callable[[Any], Any], known: dict[str, tuple[str, ...]], value: Any) -> Any:
    """Put known values into some of the places that have their names."""
    match value:
        case dict():
            return {
                name: draw(st.sampled_from(known[key]))
                if (key := re.sub("[-_]", "", str(name)).lower()) in known and draw(st.booleans())
                else plausible(draw, known, member)
                for name, member in value.items()
            }
        case list():
            return [plausible(draw, known, member) for member in value]
    return value


@st.composite
def requests_to(draw: Any, operation: Any, known: dict[str, tuple[str, ...]]) -> Case:
    """Make a request that fits the document, or does not."""
    made = draw(st.sampled_from(_FORMS).flatmap(operation.as_strategy))
    made.body = plausible(draw, known, made.body)
    made.path_parameters = plausible(draw, known, dict(made.path_parameters or {}))
    made.headers = plausible(draw, known, dict(made.headers or {}))
    query = dict(made.query or {})
    if "WaitSeconds" in query:
        query["WaitSeconds"] = LONGEST_WAIT
    made.query = query
    result: Case = made
    return result


def session_for(system: System, target: Target) -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    if target.participant is not None:
        shown = credentials(system.certificates, target.participant)
        session.cert = (str(shown.certificate), str(shown.key))
        session.verify = str(shown.authority)
    return session


def document_of(system: System, target: Target) -> dict[str, Any]:
    verify = (
        credentials(system.certificates, target.participant).client_context(target.server)
        if target.participant
        else False
    )
    with httpx2.Client(base_url=target.url, verify=verify, timeout=60, trust_env=False) as client:
        found: dict[str, Any] = client.get("/openapi.json").raise_for_status().json()
    return found


def cases_for(
    system: System, target: Target, count: int
) -> Iterator[tuple[Case, requests.Session]]:
    """Make so many requests to each route that the caller may use, and one to each other."""
    schema = schemathesis.openapi.from_dict(document_of(system, target))
    with session_for(system, target) as session:
        for result in schema.get_all_operations():
            operation = result.ok()
            if operation.path not in STREAMS:
                made = requests_to(operation, system.known)
                for case in examples(made, count if may_use(target, operation) else 1):
                    yield case, session


def faults_of(case: Case, target: Target, session: requests.Session) -> list[str]:
    answer = case.call(
        base_url=target.url, session=session, timeout=60, verify=session.verify, cert=session.cert
    )
    faults = []
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        faults.append(f"answered {answer.status_code}: {answer.text[:300]}")
    try:
        case.validate_response(answer, checks=list(CHECKED))
    except FailureGroup as group:
        faults += [f"{type(one).__name__}: {one}" for one in group.exceptions]
    except Failure as one:
        faults.append(f"{type(one).__name__}: {one}")
    return faults


def may_use(target: Target, operation: Any) -> bool:
    """Tell whether a route is for the caller, as its document says."""
    return not {target.role, ANYONE}.isdisjoint(operation.definition.raw[ROLES])


def examples(strategy: st.SearchStrategy[Case], count: int) -> list[Case]:
    found: list[Case] = []

    @settings(
        max_examples=count,
        derandomize=TIMES == 1,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        verbosity=Verbosity.quiet,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(case: Case) -> None:
        found.append(case)

    collect()
    return found


def put_clock_at_its_end(system: System) -> None:
    """Let it be the last instant that a clock shows, beyond which no service can reckon."""
    setting = {"Mode": "frozen", "Now": CALENDAR_ENDS.isoformat()}
    console = system.targets["oqs-console"].url
    httpx2.put(f"{console}/sim/clock", json=setting, trust_env=False).raise_for_status()


def end_disturbances(panel: str) -> None:
    """End the outages and delays that the panel's buttons have brought about."""
    for place, manner in itertools.product(Place, Manner):
        path = f"{panel}/panel/disturbances/{place}/{manner}"
        httpx2.put(path, json={"On": False}, trust_env=False)  # a part that is not there cannot


@pytest.mark.timeout(4_000)
def test_every_answer_is_one_that_the_document_names(system: System) -> None:
    found: dict[str, str] = {}
    sent = 0
    for when, count in (("", EXAMPLES * TIMES), ("at the end ", TIMES)):
        if when:
            put_clock_at_its_end(system)
        for name, target in system.targets.items():
            for case, session in cases_for(system, target, count):
                sent += 1
                for fault in faults_of(case, target, session):
                    kind = f"{when}{name} {case.operation.label} {fault.splitlines()[0][:60]}"
                    if kind not in found:
                        found[kind] = f"{fault}\n{case.as_curl_command()[:1500]}"
                        # At once, as a long run may be ended before its end.
                        print(f"{kind}\n{found[kind]}", flush=True)  # noqa: T201
                if case.operation.path.startswith("/panel/disturbances"):
                    end_disturbances(target.url)
    print(f"{sent} requests")  # noqa: T201 # what a long run counts
    assert not found, "\n\n".join(f"{kind}\n{told}" for kind, told in found.items())
