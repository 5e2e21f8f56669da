import importlib.resources
import tomllib
from datetime import UTC, date, datetime, time

import pytest

from eligibility.days.reflection import LagMode, reflection_date
from eligibility.documents.document_policy import (
    Delivery,
    DualHolding,
    EmergencyAnchor,
    LapsedIssue,
    LostCard,
    NoticeOccasion,
    OnRelease,
    TermMode,
)
from eligibility.documents.validity import certificate_end
from eligibility.identifiers.numbers import InsurerKind, InsurerNumber
from eligibility.policy.insurer_policy import PolicyError, parse_policy
from eligibility.registration.release import ReleaseEffective, ReleaseMode, release_day

FILES = importlib.resources.files("eligibility.policy") / "insurers"


def mapping(**changes):
    valid = {
        "key": "mogi",
        "name": "模擬国民健康保険（模擬）",
        "insurer_number": "990010",
        "kind": "kokuho",
        "reflection": {"mode": "business_days"},
    }
    return {key: value for key, value in (valid | changes).items() if value is not None}


def bundled(key):
    file = FILES / f"{key}.toml"
    return parse_policy(tomllib.loads(file.read_text("utf-8")), file.name)


@pytest.mark.rules("N-001", "N-002")
@pytest.mark.parametrize("file", sorted(FILES.iterdir(), key=str), ids=lambda file: file.name)
def test_every_bundled_insurer_is_fictional_and_says_so(file):
    policy = parse_policy(tomllib.loads(file.read_text("utf-8")), file.name)
    assert f"{policy.key}.toml" == file.name
    assert policy.insurer_number.fictional
    assert "模擬" in policy.name
    assert policy.note


def test_all_insurers_of_the_seeds_and_the_other_great_kinds_are_bundled():
    kinds = {
        file.name.removesuffix(".toml"): bundled(file.name[:-5]).kind for file in FILES.iterdir()
    }
    assert kinds == {
        "tsuchiura": InsurerKind.KOKUHO,
        "mogami": InsurerKind.KOKUHO,
        "kitamura": InsurerKind.KUMIAI,
        "ishioka": InsurerKind.KUMIAI,
        "choshi": InsurerKind.KUMIAI,
        "kyokai": InsurerKind.KYOKAI,
        "kyosai": InsurerKind.KYOSAI,
        "kouki": InsurerKind.KOUKI,
    }


@pytest.mark.rules("PP-08", "R-140")
def test_the_union_counts_three_open_days():
    policy = bundled("mogami")
    assert policy.name == "最上型国民健康保険（模擬）"
    assert policy.insurer_number == InsurerNumber("990010")
    assert reflection_date(date(2026, 11, 13), policy.reflection) == date(2026, 11, 18)


@pytest.mark.rules("PP-08", "P-090", "P-091")
def test_the_association_uses_its_five_days():
    policy = bundled("kitamura")
    assert policy.kind is InsurerKind.KUMIAI
    assert policy.reflection.mode is LagMode.CHAIN
    assert reflection_date(date(2026, 11, 16), policy.reflection) == date(2026, 11, 25)


@pytest.mark.rules("PP-01", "R-026", "R-027")
@pytest.mark.parametrize(
    ("key", "due"),
    [("tsuchiura", date(2026, 12, 31)), ("mogami", date(2027, 2, 22))],
)
def test_each_insurer_releases_in_its_time(key, due):
    assert release_day(date(2026, 11, 22), bundled(key).release) == due


@pytest.mark.rules("PP-02")
@pytest.mark.parametrize(
    ("key", "when"),
    [("mogami", OnRelease.ON_THE_SPOT), ("ishioka", OnRelease.AFTER_CONFIRMATION)],
)
def test_each_insurer_has_its_moment_for_a_certificate_after_a_release(key, when):
    assert bundled(key).documents.certificate.on_release is when


@pytest.mark.rules("PP-03", "PP-04")
@pytest.mark.parametrize(
    ("key", "ordinary", "emergency"),
    [
        ("tsuchiura", date(2027, 7, 31), date(2027, 3, 31)),
        ("mogami", date(2027, 7, 31), date(2027, 3, 31)),
        ("kitamura", date(2031, 11, 23), date(2027, 3, 31)),
        ("choshi", date(2031, 11, 23), date(2027, 2, 28)),
        ("kyokai", date(2031, 11, 23), date(2027, 3, 31)),
    ],
)
def test_each_insurer_has_its_terms(key, ordinary, emergency):
    policy = bundled(key)
    ways, day, born = policy.documents.certificate, date(2026, 11, 24), date(1980, 2, 17)
    assert certificate_end(day, born, policy.kind, ways) == ordinary
    assert certificate_end(day, born, policy.kind, ways, emergency=True) == emergency


@pytest.mark.rules("PP-04", "PP-05")
def test_each_insurer_has_its_way_with_a_lost_card():
    assert {
        key: bundled(key).documents.certificate.lost_card
        for key in ("ishioka", "tsuchiura", "mogami", "kitamura")
    } == {
        "ishioka": LostCard.REFUND,
        "tsuchiura": LostCard.CERTIFICATE,
        "mogami": LostCard.CERTIFICATE,
        "kitamura": LostCard.CERTIFICATE_OR_EMPLOYER_PROOF,
    }
    assert bundled("ishioka").documents.certificate.emergency is None


@pytest.mark.rules("PP-06", "PP-07")
def test_each_insurer_has_its_occasions_for_a_notice():
    assert bundled("mogami").documents.notice.expires_from_70
    assert NoticeOccasion.RENEWAL in bundled("mogami").documents.notice.sent_on
    assert NoticeOccasion.ADDRESS_CHANGED in bundled("ishioka").documents.notice.sent_on
    assert bundled("choshi").documents.notice.portal_replaces


@pytest.mark.rules("PP-09", "R-042", "R-080")
def test_the_city_sends_the_certificate_recorded_and_the_notice_by_ordinary_mail():
    documents = bundled("tsuchiura").documents
    assert documents.certificate.delivery is Delivery.RECORDED_MAIL
    assert documents.notice.delivery is Delivery.ORDINARY_MAIL
    assert documents.certificate.delivery.japanese == "特定記録郵便"


@pytest.mark.rules("PP-10", "PP-11", "PP-12", "PP-13", "R-009", "R-010")
def test_each_insurer_has_its_way_with_documents_that_end():
    mogami, ishioka = bundled("mogami").documents, bundled("ishioka").documents
    assert mogami.certificate.returned_on_leaving
    assert mogami.certificate.with_registration is DualHolding.EMERGENCY_ONLY
    assert ishioka.certificate.with_registration is DualHolding.TOLERATED
    assert mogami.old_card.last_issued_on == date(2024, 11, 29)
    assert ishioka.old_card.last_issued_on == date(2024, 12, 1)
    assert bundled("tsuchiura").documents.old_card.printed_until == (
        date(2025, 1, 31),
        date(2025, 7, 31),
    )
    assert bundled("kyokai").documents.certificate.lapsed is LapsedIssue.AFTER_TWO_MONTHS


@pytest.mark.rules("P-052")
def test_only_late_elderly_care_has_an_age_for_everyone():
    assert bundled("kouki").documents.certificate.everyone_from_age == 85
    assert bundled("mogami").documents.certificate.everyone_from_age is None


def test_a_new_insurer_needs_no_more_than_its_lag():
    plain = parse_policy(mapping(), "x")
    assert plain.release.mode is ReleaseMode.END_OF_NEXT_MONTH
    assert plain.release.effective is ReleaseEffective.ON_DAY
    assert plain.documents.certificate.term.mode is TermMode.YEARLY
    assert plain.documents.certificate.emergency is not None
    assert plain.documents.certificate.emergency.anchor is EmergencyAnchor.NEXT_MONTH
    employees = parse_policy(mapping(insurer_number="06990014", kind="kumiai"), "x")
    assert employees.documents.certificate.term.mode is TermMode.YEARS
    assert employees.documents.certificate.term.years == 5


def test_a_policy_may_have_a_cutoff():
    policy = parse_policy(
        mapping(reflection={"mode": "seed_literal", "lag_days": 2, "cutoff": time(17, 15)}), "x"
    )
    assert policy.reflection.cutoff == time(17, 15)
    assert policy.reflection.lag_days == 2
    assert policy.name_kana == ""


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"name": None}, "name"),
        ({"name": ""}, "name"),
        ({"name": 3}, "name"),
        ({"insurer_number": "990011"}, "insurer_number"),
        ({"kind": "kokuhoo"}, "kind"),
        ({"kind": "kumiai"}, "kind"),
        ({"reflection": None}, "reflection"),
        ({"reflection": 3}, "reflection"),
        ({"reflection": {}}, "reflection.mode"),
        ({"reflection": {"mode": "soon"}}, "reflection.mode"),
        ({"reflection": {"mode": "calendar", "lag_days": -1}}, "reflection.lag_days"),
        ({"reflection": {"mode": "calendar", "lag_days": True}}, "reflection.lag_days"),
        ({"reflection": {"mode": "calendar", "lag_day": 3}}, "reflection.lag_day"),
        ({"reflection": {"mode": "calendar", "cutoff": "17:15"}}, "reflection.cutoff"),
        (
            {"reflection": {"mode": "calendar", "cutoff": datetime(2026, 1, 5, 9, tzinfo=UTC)}},
            "reflection.cutoff",
        ),
        ({"nmae": "x"}, "nmae"),
        ({"release": {"mode": "tomorrow"}}, "release.mode"),
        ({"release": {"months": "3"}}, "release.months"),
        ({"release": {"moths": 3}}, "release.moths"),
        ({"certificate": {"on_release": "never"}}, "certificate.on_release"),
        ({"certificate": {"on_release_from": "2025-12-02"}}, "certificate.on_release_from"),
        (
            {"certificate": {"on_release_from": datetime(2026, 1, 5, 9, tzinfo=UTC)}},
            "certificate.on_release_from",
        ),
        ({"certificate": {"returned_on_leaving": 1}}, "certificate.returned_on_leaving"),
        ({"certificate": {"everyone_from_age": 85}}, "certificate.everyone_from_age"),
        ({"certificate": {"term": {"years": 6}}}, "certificate.term.years"),
        ({"certificate": {"term": {"last_month": 13}}}, "certificate.term.last_month"),
        ({"certificate": {"emergency": {"anchor": "today"}}}, "certificate.emergency.anchor"),
        ({"certificate": {"emergency": {"months": 0}}}, "certificate.emergency.months"),
        ({"certificate": {"lost_card": "refund", "emergency": {}}}, "certificate.emergency"),
        ({"certificate": {"dleivery": "counter"}}, "certificate.dleivery"),
        ({"notice": {"sent_on": "joined"}}, "notice.sent_on"),
        ({"notice": {"sent_on": ["birthday"]}}, "notice.sent_on"),
        ({"notice": {"expires": True}}, "notice.expires"),
        ({"old_card": {"printed_until": ["2025-07-31"]}}, "old_card.printed_until"),
        ({"old_card": 3}, "old_card"),
    ],
)
def test_a_policy_that_cannot_be_understood_names_file_and_key(changes, key):
    with pytest.raises(PolicyError) as caught:
        parse_policy(mapping(**changes), "mogi.toml")
    assert caught.value.key == key
    assert str(caught.value).startswith(f"mogi.toml: {key}: ")
