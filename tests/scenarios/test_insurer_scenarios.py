"""The catalogue's scenarios (T) on the insurer's side: at every insurer, by line and by file.

All of them are lived through together, in one running deployment of each database, from November
2024 to August 2027. What should come is written here by hand, from the catalogue and the notices
(seeds); where a scenario names one insurer, the others' outcome follows from their own parameter
(PP), which is named.
"""

from __future__ import annotations

import json
import os
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from fcntl import LOCK_EX, flock
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

import intermediate_server.store
import intermediate_server.store.schema
import oqs_sim.app
import oqs_sim.store.schema
from eligibility.days.dates import TOKYO
from intermediate_server.policies import load_policies
from testbed.launch import line_certificates
from tests.databases import ENGINES
from tests.intermediate_server.conftest import TERMINAL, Deployment
from tests.scenarios.members import Member, Paper, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.databases import Databases

pytestmark = [pytest.mark.deployment, pytest.mark.timeout(900)]


class Insurer(NamedTuple):
    """An insurer of the deployment, with the parameters in which they differ."""

    number: str
    lag: str
    """How the days of PP-08 are counted."""
    kind: str = "employees"


INSURERS = {
    "mogami": Insurer("990010", "three open days", "national"),
    "tsuchiura": Insurer("990028", "three open days", "national"),
    "literal": Insurer("990036", "as the seed is worded", "national"),
    "kouki": Insurer("39990015", "three open days", "late elderly"),
    "choshi": Insurer("06990030", "two open days"),
    "kitamura": Insurer("06990014", "five days and one"),
    "ishioka": Insurer("06990022", "five days and one"),
    "kyokai": Insurer("01990019", "five days and one"),
}
LITERAL = """
key = "literal"
name = "字義型国民健康保険（模擬）"
name_kana = "ジギガタコクミンケンコウホケン（モギ）"
insurer_number = "990036"
kind = "kokuho"
note = "Mogami's notice, its days taken literally (C-005)."
[reflection]
mode = "seed_literal"
lag_days = 3
[release]
mode = "end_of_next_month"
[certificate]
on_release = "on_the_spot"
lost_card = "certificate"
delivery = "recorded_mail"
[certificate.term]
mode = "yearly"
last_month = 7
[notice]
sent_on = ["joined", "ratio_changed", "renewal"]
delivery = "ordinary_mail"
[contact]
office = "国保課"
post_number = "990-0108"
address = "模擬県模擬市字義町1-1"
phone = "099-000-0036"
hours = "平日 8:30〜17:15"
"""
EVERY = [key for key in INSURERS if key != "literal"]
"""Those of the deployment; the other one is there for the days alone."""
NATIONAL = [key for key in EVERY if INSURERS[key].kind == "national"]
EMPLOYEES = [key for key in EVERY if INSURERS[key].kind == "employees"]
WORKING_AGE = [*NATIONAL, *EMPLOYEES]


@dataclass(frozen=True)
class Scenario:
    """A row of the catalogue, and the course that a member takes through it."""

    rules: tuple[str, ...]
    """The scenario's number, where it has one, and the rules."""
    seed: str
    """The notice, or the chapter of the catalogue, in which it stands."""
    course: Callable[..., Iterator[str]]
    insurers: list[str] = field(default_factory=lambda: EVERY)
    expected: Callable[[str], Any] | None = None
    """What is to come at an insurer; handed to the course."""


# --- 2G, C-004 to C-009, P-090: from when it shows ---


def joins_and_is_seen(filed_on: str, since: str = "") -> Callable[..., Iterator[str]]:
    def course(member: Member, seen_from: str) -> Iterator[str]:
        yield filed_on
        member.lives(adult(member))
        assert member.joins(since or filed_on) == seen_from
        yield day_before(seen_from)
        assert member.validity() == "4"
        yield seen_from
        assert member.validity() == "1"
        assert member.page["Changes"][0]["State"] == "delivered"

    return course


def by_lag(three: str, two: str, chain: str, literal: str) -> Callable[[str], str]:
    days = {
        "three open days": three,
        "two open days": two,
        "five days and one": chain,
        "as the seed is worded": literal,
    }
    return lambda key: days[INSURERS[key].lag]


def day_before(day: str) -> str:
    return str(date.fromisoformat(day) - timedelta(days=1))


def adult(member: Member, month_and_day: str = "02-17") -> str:
    """Give a birthdate of 46 years, or of 81 where only the old are members."""
    return f"{1945 if member.late_elderly else 1980}-{month_and_day}"


# --- 2B, R-024 to R-029: the use registration is released ---


def releases(joined_on: str, applied_on: str) -> Callable[..., Iterator[str]]:
    def course(member: Member, expected: tuple[str, str | None, str]) -> Iterator[str]:
        released_on, at_once, certificate_on = expected
        yield joined_on
        member.lives(adult(member))
        member.gets_card(joined_on)
        member.joins(joined_on)
        yield applied_on
        assert member.files("release_use", PapersWithPhoto="1") == released_on
        applied = member.papers[-1]
        assert applied[:3] == ("release_applied", at_once, at_once and applied_on)
        yield day_before(released_on)
        assert member.registered, "the card works until the day of the release"
        assert member.validity() == "1"
        yield released_on
        assert not member.registered
        if released_on <= certificate_on:
            yield certificate_on
        (issued,) = [one for one in member.papers if one.kind and "release" in one.occasion]
        assert issued[1:3] == ("certificate", certificate_on)
        assert member.validity() == "1", "the eligibility itself stays"

    return course


ON_THE_SPOT = {"mogami", "tsuchiura", "kouki"}  # PP-02


def released(applied_on: str, end_of_next_month: str, three_months: str) -> Callable[[str], Any]:
    def expected(key: str) -> tuple[str, str | None, str]:
        day = three_months if key == "mogami" else end_of_next_month  # PP-01
        if key in ON_THE_SPOT:
            return day, "certificate", applied_on
        return day, None, day

    return expected


# --- 2C, 2D, 6.2: papers ---


def joins_without_a_card(member: Member, expected: tuple[str, bool]) -> Iterator[str]:
    """T-019, and the renewal in August."""
    ends_on, renewed = expected
    yield "2026-11-24"
    member.lives(adult(member))
    member.joins("2026-11-24")
    assert member.papers == [Paper("joined", "certificate", "2026-11-24", ends_on)]
    yield "2027-07-02"
    renewal = [Paper("renewal", "certificate", "2027-08-01", "2028-07-31")]
    assert member.papers[1:] == (renewal if renewed else [])


def yearly(key: str) -> tuple[str, bool]:
    return ("2031-11-23", False) if key in EMPLOYEES else ("2027-07-31", True)  # PP-03


def joins_in_the_grace(filed_on: str, kind: str) -> Callable[..., Iterator[str]]:
    """T-003 and the day after, as the insurer sees them: who holds a card, and who does not."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2026-08-27"
        member.lives(adult(member, "05-15"))
        member.gets_card("2021-06-01")  # its certificate ends on 15 May 2026
        yield filed_on
        member.joins(filed_on)
        assert member.papers[0][:3] == ("joined", kind, filed_on)

    return course


def lets_the_card_lapse(member: Member, certificate_on: str | None) -> Iterator[str]:
    """T-005: expiry on 22 November 2026, OK on 28 February 2027, lapsed on 1 March."""
    yield "2026-10-01"
    member.lives(adult(member, "11-22"))
    member.gets_card("2022-01-01")
    member.joins("2026-10-01")
    assert member.papers[0].kind == "notice"
    yield "2027-01-31"
    assert member.paper("electronic_certificate_lapses") is None
    yield "2027-02-28"
    assert member.registered
    yield "2027-03-01"
    assert not member.registered
    assert member.page["Changes"][-1]["Kind"] == "use_lapsed"
    sent = member.paper("electronic_certificate_lapses")
    assert (sent and sent[1:3]) == (certificate_on and ("certificate", certificate_on))
    assert member.validity() == "1"


def lapsed(key: str) -> str | None:
    """PP-13."""
    return {"kyokai": "2027-02-01", "choshi": "2027-03-01", "ishioka": None}.get(key, "2027-02-28")


def loses_the_card(member: Member, ends_on: str | None) -> Iterator[str]:
    """R-044: 2026-11-22 → 2027-03-31 literally, 2027-02-28 by the other reading.

    Late elderly care goes on sending certificates to whoever has applied once (P-052).
    """
    yield "2026-10-01"
    member.lives(adult(member))
    member.gets_card("2026-10-01")
    member.joins("2026-10-01")
    yield "2026-11-22"
    member.files("card_lost")
    decided = member.papers[-1]
    assert decided[:2] == ("card_lost", ends_on and "certificate")
    assert decided.expires_on == ends_on
    yield "2027-08-02"
    later = [one for one in member.papers if one.kind == "certificate"]
    renewed = ["2027-08-01"] if member.late_elderly else []
    assert [one.issued_on for one in later] == (["2026-11-22"] if ends_on else []) + renewed


def emergency(key: str) -> str | None:
    """PP-04, PP-05."""
    return {"choshi": "2027-02-28", "ishioka": None}.get(key, "2027-03-31")


def is_protected(member: Member, _: None) -> Iterator[str]:
    """T-035."""
    yield "2026-08-17"
    member.lives(adult(member))
    member.gets_card("2026-08-17")
    member.joins("2026-08-17")
    assert member.papers[0].kind == "notice"
    yield "2026-08-27"
    assert member.answer()["Address"] == "模擬県模擬市本町1-1"
    member.files("block")
    assert member.papers[-1][:2] == ("self_information_blocked", "certificate")
    yield "2026-08-28"
    assert member.validity() == "1"
    assert "Address" not in member.answer()
    assert "PostNumber" not in member.answer()


def moves_house(member: Member, brings: str | None) -> Iterator[str]:
    """R-015, R-079: who holds a card and gets another address."""
    yield "2026-08-17"
    member.lives(adult(member))
    member.gets_card("2026-08-17")
    member.joins("2026-08-17")
    yield "2026-09-10"
    shows = member.files("address", Address="模擬県模擬市新町5-5")
    assert member.papers[-1][:2] == ("address_changed", brings)
    yield day_before(shows)
    assert member.answer()["Address"] == "模擬県模擬市本町1-1"
    yield shows
    assert member.answer()["Address"] == "模擬県模擬市新町5-5"


def is_born(member: Member, _: None) -> Iterator[str]:
    """R-016: a certificate before there is a 個人番号, and one eligibility afterwards."""
    yield "2026-09-10"
    member.lives("2026-09-01")
    number, member.individual_number = member.individual_number, None
    shows = member.files(
        "newborn", NameKana="ﾓｷﾞ ｼｺ", Name="模擬　試子", Birthdate="20260901", Sex1="2",
        Address="模擬県模擬市本町1-1",
    )  # fmt: skip
    yield shows
    assert (member.validity(), member.ratio()) == ("1", "020")
    yield "2026-10-01"
    member.individual_number = number
    shows = member.files("number_given", alone=True)
    yield shows
    said = member.answer()
    assert (said["Validity"], said["Results"], said["QualificationDate"]) == ("1", 1, "20260901")


def joins_as_old_cards_end(filed_on: str, kind: str) -> Callable[..., Iterator[str]]:
    """R-010, R-016: the day of filing decides about the old card; T-021: what follows it."""

    def course(member: Member, first_on: str) -> Iterator[str]:
        yield filed_on
        member.lives(adult(member))
        member.joins("2024-11-01")
        assert member.papers[0][:2] == ("joined", kind)
        if kind == "old_card":
            yield day_before(first_on)
            assert member.validity() == "1", "and with it the old card counts (P-050)"
            yield first_on
            assert member.papers[1][:3] == ("old_card_ends", "certificate", first_on)

    return course


def old_cards_end(key: str) -> str:
    """R-001, R-009: printed until 31 July 2025, or at the latest the first of December."""
    return "2025-12-02" if key in EMPLOYEES else "2025-08-01"


# --- 2H, P-070 to P-073: shares and ages ---


def turns_70(member: Member, _: None) -> Iterator[str]:
    """T-037."""
    yield "2026-08-03"
    member.lives("1956-12-01")
    member.joins("2026-08-01")
    yield "2026-11-02"
    assert member.papers[-1][:3] == ("turned_70", "certificate", "2026-12-01")
    yield "2026-11-30"
    assert member.ratio() == "030"
    yield "2026-12-01"
    assert member.ratio() == "020"


def goes_to_school(birthdate: str, ratio: str) -> Callable[..., Iterator[str]]:
    """T-039."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2025-12-10"
        member.lives(birthdate)
        member.joins("2025-12-01")
        yield "2026-03-31"
        assert member.ratio() == "020"
        yield "2026-04-01"
        assert member.ratio() == ratio

    return course


def joins_shortly_before_school(member: Member, _: None) -> Iterator[str]:
    """P-070: after the run of March has looked for the children of April."""
    yield "2026-03-10"
    member.lives("2019-06-01")
    shows = member.joins("2026-03-05")
    yield shows
    assert member.ratio() == "020"
    yield "2026-03-31"
    assert member.ratio() == "020"
    yield "2026-04-15"
    assert member.ratio() == "030"


def joins_late_at_70(member: Member, _: None) -> Iterator[str]:
    """P-071: a membership from before the share's day that is filed after it."""
    yield "2026-12-03"
    member.lives("1956-11-20")
    shows = member.joins("2026-11-25")
    yield shows
    assert member.ratio() == "020"


def is_85(birthdate: str, kind: str) -> Callable[..., Iterator[str]]:
    """T-041: until 31 July 2026 everybody had a certificate."""

    def course(member: Member, _: None) -> Iterator[str]:
        yield "2025-12-10"
        member.lives(birthdate)
        member.gets_card("2025-12-10")
        member.joins("2025-12-01")
        assert member.papers == [Paper("joined", "certificate", "2025-12-10", "2026-07-31")]
        yield "2026-08-01"
        assert member.papers[1:] == [Paper("renewal", kind, "2026-08-01", "2027-07-31")]

    return course


def has_unpaid_tax(member: Member, _: None) -> Iterator[str]:
    """T-045: no limit is told while the tax is unpaid; the share is."""
    consent = {"LimitApplicationCertificateRelatedConsFlg": "1"}
    told = "LimitApplicationCertificateRelatedInfo"
    yield "2026-08-03"
    member.lives(adult(member))
    member.joins("2026-08-01")
    member.files("limit", LimitClassificationFlag="A03", EffectiveDate="20260801")
    yield "2026-08-17"
    flag = "LimitApplicationCertificateClassificationFlag"
    assert member.answer(**consent)[told][flag] == "A03"
    assert told not in member.answer(), "not without consent (P-034)"
    member.files("arrears")
    yield "2026-09-01"
    said = member.answer(**consent)
    assert told not in said
    assert (said["Validity"], said["InsuredPartialContributionRatio"]) == ("1", "030")


def changes_job(member: Member, _: None) -> Iterator[str]:
    """T-027 and T-047: lost, not yet seen elsewhere, then seen; the old paper is given back."""
    elsewhere = "990010" if member.insurer == "06990014" else "06990014"
    yield "2026-05-01"
    member.lives(adult(member))
    member.joins("2026-04-01")
    yield "2026-06-01"
    member.files("leave", DisqualificationDate="20260601", ReasonOfLoss="03")
    yield "2026-06-10"
    assert member.validity() == "2"
    assert member.in_hand() == {"certificate": "return"}
    shows = member.files("join", insurer=elsewhere, QualificationDate="20260601")
    yield day_before(shows)
    assert member.validity() == "2"
    yield shows
    assert member.validity() == "3"
    assert member.validity(insurer=elsewhere) == "1"


def turns_75(member: Member, ends_by_itself: bool) -> Iterator[str]:  # noqa: FBT001
    """P-053: late elderly from the birthday; the city's membership ends, an employee's is filed."""
    yield "2026-08-03"
    member.lives("1951-12-10")
    member.joins("2026-08-01")
    yield "2026-12-09"
    assert member.validity() == "1"
    yield "2026-12-10"
    begun = [one for one in member.page["Changes"] if one["InsurerNumber"] == "39990015"]
    assert [one["QualificationDate"] for one in begun] == ["20261210"]
    union = [one for one in member.papers if one.issued_on == "2026-12-10"]
    assert union == [Paper("joined", "certificate", "2026-12-10", "2027-07-31")]
    if ends_by_itself:
        assert member.validity() == "3"
    else:
        assert member.validity() == "1"
        shows = member.files("leave", DisqualificationDate="20261210", ReasonOfLoss="03")
        yield shows
        assert member.validity() == "3"


def has_a_name_with_a_rare_character(member: Member, _: None) -> Iterator[str]:
    """T-033: the name as the online check shows it, with ●, blocks nothing."""
    yield "2026-08-17"
    member.lives(adult(member), name="髙𠮷　花子")
    shows = member.joins("2026-08-01", Name="髙●　花子", NameKana="ﾓｷﾞ ｼｺ")
    yield shows
    assert member.validity() == "1"


SCENARIOS = [
    Scenario(
        ("T-009", "R-140", "C-004", "PP-08"), "seed 002",
        joins_and_is_seen("2026-04-28"), list(INSURERS),
        expected=by_lag("2026-05-07", "2026-05-01", "2026-05-08", "2026-05-03"),
    ),
    Scenario(
        ("T-011", "R-140", "C-004", "PP-08"), "seed 002",
        joins_and_is_seen("2026-12-28"), list(INSURERS),
        expected=by_lag("2027-01-06", "2027-01-05", "2027-01-05", "2027-01-02"),
    ),
    Scenario(
        ("T-013", "C-004", "C-005", "PP-08"), "seed 002",
        joins_and_is_seen("2026-11-20"), list(INSURERS),
        expected=by_lag("2026-11-26", "2026-11-25", "2026-11-26", "2026-11-25"),
    ),
    Scenario(
        ("T-049", "P-090", "P-091", "C-007"), "catalogue 5K",
        joins_and_is_seen("2026-05-07", since="2026-04-27"), list(INSURERS),
        expected=by_lag("2026-05-12", "2026-05-11", "2026-05-13", "2026-05-12"),
    ),
    Scenario(
        ("T-015", "R-026", "R-027", "R-028", "PP-01", "PP-02"), "seeds 001, 002",
        releases("2026-10-01", "2026-11-24"),
        expected=released("2026-11-24", "2026-12-31", "2027-02-24"),
    ),
    Scenario(
        ("T-017", "R-029", "PP-01", "PP-02"), "seed 000",
        releases("2025-12-03", "2025-12-05"),
        expected=released("2025-12-05", "2026-01-31", "2026-03-05"),
    ),
    Scenario(
        ("T-019", "R-042", "R-043", "PP-03"), "seeds 001, 002",
        joins_without_a_card, expected=yearly,
    ),
    Scenario(
        ("T-003", "P-002", "R-070"), "seed 003", joins_in_the_grace("2026-08-31", "notice"),
    ),
    Scenario(
        ("P-002", "R-040", "P-060"), "seed 003", joins_in_the_grace("2026-09-01", "certificate"),
    ),
    Scenario(
        ("T-005", "P-004", "P-005", "PP-13"), "seed 003", lets_the_card_lapse, expected=lapsed,
    ),
    Scenario(
        ("R-044", "R-047", "R-048", "PP-04", "PP-05"), "seeds 000 to 003",
        loses_the_card, expected=emergency,
    ),
    Scenario(("T-035", "P-031"), "catalogue 5C", is_protected),
    Scenario(
        ("R-015", "R-079", "PP-07"), "seeds 000, 004", moves_house,
        expected=lambda key: "notice" if key == "ishioka" else None,
    ),
    Scenario(("R-016",), "seed 000", is_born, WORKING_AGE),
    Scenario(
        ("T-021", "R-001", "R-009", "R-010", "R-014", "R-057"), "seeds 000 to 002, 004",
        joins_as_old_cards_end("2024-11-29", "old_card"), expected=old_cards_end,
    ),
    Scenario(
        ("R-010", "R-012"), "seed 002",
        joins_as_old_cards_end("2024-12-02", "certificate"), expected=old_cards_end,
    ),
    Scenario(("T-037", "P-071", "R-150"), "seed 002", turns_70, WORKING_AGE),
    Scenario(
        ("T-039", "P-070"), "catalogue 5H", goes_to_school("2020-04-01", "030"), WORKING_AGE,
    ),
    Scenario(
        ("T-039", "P-070"), "catalogue 5H, the day after",
        goes_to_school("2020-04-02", "020"), WORKING_AGE,
    ),
    Scenario(("P-070", "C-008"), "catalogue 5H", joins_shortly_before_school, WORKING_AGE),
    Scenario(("P-071", "P-092"), "catalogue 5H", joins_late_at_70, WORKING_AGE),
    Scenario(
        ("T-041", "P-052"), "catalogue 5F", is_85("1941-08-01", "certificate"), ["kouki"],
    ),
    Scenario(
        ("T-041", "P-052"), "catalogue 5F, the day after", is_85("1941-08-02", "notice"), ["kouki"],
    ),
    Scenario(("T-045", "R-154", "R-159"), "seed 001", has_unpaid_tax, NATIONAL),
    Scenario(
        ("T-027", "T-047", "R-049", "R-052", "P-025"), "seeds 000, 002", changes_job, WORKING_AGE,
    ),
    Scenario(
        ("P-053",), "catalogue 5F", turns_75, WORKING_AGE, expected=lambda key: key in NATIONAL,
    ),
    Scenario(("T-033", "P-029", "P-030"), "catalogue 5C", has_a_name_with_a_rare_character),
]  # fmt: skip
START = datetime(2024, 11, 20, 9, tzinfo=TOKYO)
CHANNELS = ("line", "file")
CASES = [
    (scenario, key, channel)
    for scenario, channel in product(SCENARIOS, CHANNELS)
    for key in scenario.insurers
]


@pytest.fixture(scope="module", params=ENGINES)
def faults(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, str]:
    """What went wrong in the scenarios of this run, lived through in one deployment.

    Workers of one run share it: the first one plays, and the others wait for what came of it.
    """
    engine: str = request.param
    chosen = sorted(
        item.callspec.params["case"]
        for item in request.session.items
        if isinstance(item, pytest.Function)
        and item.originalname == test_the_outcome_is_the_catalogues.__name__
        and engine in item.callspec.params.values()
    )
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if os.environ.get("PYTEST_XDIST_WORKER") else shared
    kept = shared / f"scenarios-{engine}.json"
    with (shared / f"scenarios-{engine}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not kept.exists():
            databases = request.getfixturevalue("databases") if engine != "sqlite" else None
            found = _live(tmp_path_factory.mktemp("scenarios"), databases, chosen)
            kept.write_text(json.dumps(found), encoding="utf-8")
    read: dict[str, str] = json.loads(kept.read_text(encoding="utf-8"))
    return read


def _live(directory: Path, databases: Databases | None, chosen: list[int]) -> dict[int, str]:
    certificates, policies = directory / "line", directory / "policies"
    for one in (certificates, policies):
        one.mkdir()
    (policies / "literal.toml").write_text(LITERAL, encoding="utf-8")
    insurers = [one.number for one in INSURERS.values()]
    line_certificates.make_line(certificates, [TERMINAL], insurers)
    urls = {}
    if databases is not None:
        urls = {
            "database_url": databases.with_tables(
                intermediate_server.store.schema.metadata, intermediate_server.store.MIGRATIONS
            ),
            "oqs_database_url": databases.with_tables(
                oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS
            ),
        }
    with ExitStack() as stack:
        deployment = Deployment(directory, certificates, stack, runs=True, **urls)
        deployment.start_oqs(START)
        deployment.start_service(policy_directory=policies)
        deployment.start_worker()
        world = World(deployment, START.date().isoformat())
        world.advance(world.today)  # the first look at the clock
        world.play({case: _course(world, *CASES[case]) for case in chosen})
        deployment.ask_to_end()
    return world.faults


def _course(world: World, scenario: Scenario, key: str, channel: str) -> Iterator[str]:
    insurer = INSURERS[key]
    member = Member(world, insurer.number, by_file=channel == "file", late_elderly=key == "kouki")
    return scenario.course(member, scenario.expected(key) if scenario.expected else None)


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(
            place,
            id=f"{'+'.join(scenario.rules)} ({scenario.seed}) {key} by {channel}",
            marks=pytest.mark.rules(*scenario.rules),
        )
        for place, (scenario, key, channel) in enumerate(CASES)
    ],
)
def test_the_outcome_is_the_catalogues(faults: dict[str, str], case: int) -> None:
    if str(case) in faults:
        pytest.fail(faults[str(case)], pytrace=False)


def test_every_insurer_of_the_deployment_is_among_them() -> None:
    known = {one.insurer_number.digits for one in load_policies(None)}
    assert known == {INSURERS[key].number for key in EVERY}
