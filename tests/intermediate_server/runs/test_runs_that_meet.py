"""Runs that meet what is on its way: releases, other insurers, other numbers."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.documents import DocumentKind
from intermediate_server.runs.run_kinds import RunKind
from tests.chaos.year.plain_year import KOUKI
from tests.databases import ENGINES
from tests.intermediate_server.conftest import KITAMURA, MOGAMI, TSUCHIURA

if TYPE_CHECKING:
    from tests.intermediate_server.runs.lived_days import LivedDays


def certificate_on(days: LivedDays, reference: str, on: date) -> bool:
    """Tell whether a certificate that was issued by a day is in force on it."""
    return any(
        kind == "certificate" and issued <= on <= expires
        for _, kind, issued, expires in days.papers(reference)
        if issued is not None and expires is not None
    )


@pytest.mark.rules("R-028", "R-029", "R-040", "R-042")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("insurer", "birthdate", "applied_on"),
    [
        (MOGAMI, date(1980, 2, 17), date(2027, 5, 10)),  # released on 10 August
        (TSUCHIURA, date(1980, 2, 17), date(2027, 6, 10)),  # on 31 July
        (MOGAMI, date(1957, 6, 10), date(2027, 4, 10)),  # on 10 July; 70 in June
    ],
)
def test_who_gave_the_registration_up_has_a_certificate_from_then_on(
    live: Any, engine: str, insurer: str, birthdate: date, applied_on: date
) -> None:
    days = live(date(2027, 2, 1), engine)
    reference = days.resident(birthdate, registered=True)
    days.join(reference, insurer)
    days.advance(applied_on)
    days.file(reference, insurer, "release_use", PapersWithPhoto="1")
    for on in (date(2027, 6, 30), date(2027, 7, 31), date(2027, 8, 11), date(2028, 7, 31)):
        days.advance(on)
        assert certificate_on(days, reference, on), (on, days.papers(reference))
    kinds = [kind for _, kind, _, _ in days.papers(reference)]
    assert kinds == ["notice", *["certificate"] * (len(kinds) - 1)], days.papers(reference)
    expiries = [expires for _, kind, _, expires in days.papers(reference) if kind != "notice"]
    assert len(set(expiries)) == len(expiries), "no paper is issued twice"


@pytest.mark.rules("R-024", "R-029", "R-040")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("ahead", [False, True])
def test_who_changes_the_insurer_while_a_release_is_on_its_way_gets_the_new_ones_certificate(
    live: Any,
    engine: str,
    ahead: bool,  # noqa: FBT001 # of the parameters
) -> None:
    days = live(date(2027, 2, 1), engine)
    reference = days.resident(date(1980, 2, 17), registered=True)
    other = days.resident(date(1981, 2, 17))
    days.join(reference, MOGAMI)
    days.advance(date(2027, 2, 12))
    days.file(reference, MOGAMI, "release_use", PapersWithPhoto="1")
    days.advance(date(2027, 2, 15))
    lost_on = "20270215" if not ahead else "20270601"
    days.file(
        reference, MOGAMI, "leave", DisqualificationDate=lost_on, ReasonOfLoss="03"
    )  # fmt: skip
    days.join(reference, KITAMURA)
    days.join(other, KITAMURA, CertificateNeeded="不要", InsuredIdentificationNumber="2")
    days.advance(date(2027, 6, 2))
    confirmed = [one for one in days.papers(reference) if one[0] == "release_confirmed"]
    assert confirmed == [
        ("release_confirmed", "certificate", date(2027, 5, 16), date(2032, 5, 15))
    ], days.papers(reference)


def shares(days: LivedDays, reference: str) -> list[tuple[str, str]]:
    """Return the entries that change a share, with what they change it to."""
    return [(one.kind.value, one.ratio) for one in days.entries(reference)]


@pytest.mark.rules("P-071", "R-150")
def test_a_share_that_people_chose_outlives_a_renumbering(live: Any) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1957, 4, 15))
    days.join(reference, MOGAMI)
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270501"
    )
    days.file(reference, MOGAMI, "renumber", NewInsuredIdentificationNumber="2")
    days.advance(date(2027, 5, 10))
    assert {ratio for _, ratio in shares(days, reference)} == {"030"}
    assert "turned_70" not in [one[0] for one in days.papers(reference)]


@pytest.mark.rules("P-071", "R-150", "R-152")
@pytest.mark.parametrize("engine", ENGINES)
def test_a_renewal_before_the_run_of_70_sends_one_paper_with_the_share_of_70(
    live: Any, engine: str
) -> None:
    days = live(date(2026, 11, 2), engine)
    reference = days.resident(date(1956, 11, 20))
    days.join(reference, MOGAMI)
    days.run(RunKind.RENEWAL, MOGAMI)
    days.advance(date(2026, 12, 2))
    assert days.papers(reference) == [
        ("joined", "certificate", date(2026, 11, 2), date(2026, 11, 30)),
        ("turned_70", "certificate", date(2026, 12, 1), date(2027, 7, 31)),
    ]
    assert shares(days, reference)[-1] == ("seventy", "020")


@pytest.mark.rules("P-070", "P-071", "R-150")
@pytest.mark.parametrize("filed_on", ["20270301", "20261101"])
def test_who_joins_late_as_of_an_earlier_age_pays_the_share_of_70(live: Any, filed_on: str) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1957, 1, 1))
    days.join(reference, MOGAMI, QualificationDate="20200101", FiledOn=filed_on)
    days.advance(date(2027, 4, 2))
    assert shares(days, reference)[-1][1] == "020"


@pytest.mark.rules("P-071", "R-150")
def test_who_joins_again_under_the_old_number_keeps_the_share_that_was_filed(live: Any) -> None:
    days = live(date(2026, 11, 2))
    reference = days.resident(date(1957, 1, 20))
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, "leave", DisqualificationDate="20261102", ReasonOfLoss="99")
    days.advance(date(2027, 3, 10))
    days.join(reference, MOGAMI, InsuredPartialContributionRatio="3割")
    days.advance(date(2027, 4, 10))
    assert shares(days, reference)[-1][1] == "030"


@pytest.mark.rules("R-040", "R-043")
def test_no_paper_ends_before_its_membership_begins(live: Any) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1980, 2, 17))
    days.join(reference, MOGAMI, QualificationDate="20270901")
    assert days.papers(reference) == [
        ("joined", "certificate", date(2027, 9, 1), date(2028, 7, 31))
    ]


@pytest.mark.rules("R-070", "R-056", "R-150")
def test_a_share_ahead_is_printed_under_the_new_number_too(live: Any) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1955, 4, 15))
    days.join(reference, MOGAMI, QualificationDate="20250401")
    days.file(
        reference, MOGAMI, "ratio", InsuredPartialContributionRatio="3割", EffectiveDate="20270601"
    )
    days.file(reference, MOGAMI, "renumber", NewInsuredIdentificationNumber="2")
    days.file(
        reference, MOGAMI, "renumber",
        InsuredIdentificationNumber="2", NewInsuredIdentificationNumber="3",
    )  # fmt: skip
    entries = {one.version: one for one in days.entries(reference)}
    found = [
        (entries[one.document.based_on].number[2], entries[one.document.based_on].ratio,
         one.document.issued_on, one.document.ratio_from)
        for one in days.store.documents.of_person(reference)
    ]  # fmt: skip
    since, ahead = date(2025, 5, 1), date(2027, 6, 1)
    assert found == [
        ("1", "020", date(2027, 3, 1), since),
        ("1", "030", ahead, ahead),
        ("2", "020", date(2027, 3, 1), since),
        ("2", "030", ahead, ahead),
        ("3", "020", date(2027, 3, 1), since),
        ("3", "030", ahead, ahead),
    ]


@pytest.mark.rules("R-028", "R-044")
@pytest.mark.parametrize(
    ("filed", "kept"),
    [
        ({"kind": "card_lost"}, ("card_lost", date(2027, 7, 31))),
        ({"kind": "release_use", "PapersWithPhoto": "1"}, ("number_changed", date(2027, 7, 31))),
    ],
)
def test_a_new_number_comes_on_a_certificate_where_one_stands(
    live: Any, filed: dict[str, str], kept: tuple[str, date]
) -> None:
    days = live(date(2027, 3, 1))
    reference = days.resident(date(1980, 2, 17), registered=True)
    days.join(reference, MOGAMI)
    days.file(reference, MOGAMI, **filed)
    made = days.file(reference, MOGAMI, "renumber", NewInsuredIdentificationNumber="2").documents
    certificates = [
        (one.occasion.value, one.expires_on) for one in made if one.kind == "certificate"
    ]
    assert certificates == [kept]
    days.advance(date(2027, 8, 2))
    wanted = filed["kind"] != "card_lost"
    assert certificate_on(days, reference, date(2027, 8, 2)) is wanted
    assert sum(one[:2] == ("renewal", None) for one in days.papers(reference)) == (not wanted)


@pytest.mark.rules("R-016", "R-042", "R-043")
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("kind", ["newborn", "number_given"])
def test_a_child_whose_number_came_later_has_its_certificate_renewed(
    live: Any, engine: str, kind: str
) -> None:
    days = live(date(2027, 3, 1), engine)
    child = {"NameKana": "ﾓｷﾞ ｺ", "Birthdate": "20270220"}
    whole = {"Name": "模擬　0子", "Sex1": "2", "Address": "模擬県1", "Householder": "模擬　主"}
    without = days.file(None, MOGAMI, "newborn", **child, **whole).documents[0].person_reference
    reference = days.resident(date(2027, 2, 20), None)
    days.advance(date(2027, 4, 1))
    days.file(reference, MOGAMI, kind, **child, **(whole if kind == "newborn" else {}))
    assert [one[3] for one in days.papers(without)] == [date(2027, 7, 31)]
    days.advance(date(2028, 8, 1))
    assert days.papers(reference) == [
        ("renewal", "certificate", date(2027, 8, 1), date(2028, 7, 31)),
        ("renewal", "certificate", date(2028, 8, 1), date(2029, 7, 31)),
    ]
    assert len(days.papers(without)) == 1


@pytest.mark.rules("P-053", "R-111")
@pytest.mark.parametrize("engine", ENGINES)
def test_nobody_is_written_to_about_a_certificate_before_the_membership_begins(
    live: Any, engine: str
) -> None:
    days = live(date(2027, 1, 15), engine)
    reference = days.resident(date(1952, 3, 10), date(2027, 2, 17), registered=True)
    days.join(reference, MOGAMI)
    for on, letters in (
        (date(2027, 2, 1), [MOGAMI]),
        (date(2027, 3, 1), [MOGAMI]),  # at 後期 from 10 March on, as is on record
        (date(2027, 4, 1), [MOGAMI, KOUKI]),
    ):
        days.advance(on)
        if on.month == 3:
            of_union = days.entries(reference)[-2:]
            assert KOUKI in {one.number[0] for one in of_union}
            days.run(RunKind.EXPIRY_NOTICES, KOUKI)
        found = [
            (one.document.insurer_number, one.document.issued_on)
            for one in days.store.documents.of_person(reference)
            if one.document.kind is DocumentKind.EXPIRY_NOTICE
        ]
        assert [insurer for insurer, _ in found] == letters
    assert found[-1] == (KOUKI, date(2027, 4, 1))
