"""What is right with a patient, and what is made of what the desk has on record.

The values are those of the rules (§6 and its table 6.3), written down by hand.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from eligibility.cost.claims import ClaimMode
from eligibility.qualification import QualificationValidity
from eligibility.reception.case import Cause
from eligibility.reception.options import FallbackOptionId
from eligibility.terminal.identity import Method
from testbed.cards.life import TOWN_DAY
from testbed.disturbing.disturbance import Place
from testbed.practice.comparison import Compared, Finding, Mark, compare
from testbed.practice.desk_record import FOUR_ITEMS, VisitRecord, read_visit
from testbed.practice.expectation import Notes, expectation
from testbed.practice.patient import patient_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_CATALOGUE = Path(__file__).parents[3] / "docs" / "rules.toml"
RULES = tomllib.loads(_CATALOGUE.read_text(encoding="utf-8"))["rules"]
VALID, INVALID = QualificationValidity.VALID, QualificationValidity.INVALID
RIGHT, DIFFERENT, MISSING = Mark.RIGHT, Mark.DIFFERENT, Mark.MISSING

CHECKED = VisitRecord(
    visit_id="v",
    on=TOWN_DAY,
    channel="card",
    cause=Cause.NONE,
    name="鈴木　健太",
    birthdate=date(1990, 5, 12),
    validity=VALID,
    method=Method.FACE,
    accepted=FallbackOptionId.CHECK,
    ratio=3,
    claim=ClaimMode.NORMAL,
    known=True,
    known_ratio=3,
    known_current=False,
    identified=True,
)
"""An ordinary visit of kenta's."""
UNCHECKED = replace(
    CHECKED,
    channel="unchecked",
    cause=Cause.NETWORK,
    name=None,
    birthdate=None,
    validity=None,
    method=None,
    accepted=None,
    ratio=None,
    claim=ClaimMode.UNKNOWN,
    known=False,
    known_ratio=None,
    identified=False,
)
"""A visit at which nothing could be asked, and nothing was recorded yet."""


def found(
    key: str, record: VisitRecord | None, outage: Place | None = None
) -> dict[Compared, Finding]:
    patient = patient_of(key, TOWN_DAY)
    expected = expectation(patient, outage, TOWN_DAY, record)
    return {one.element: one for one in compare(patient, expected, record)}


def marks(key: str, record: VisitRecord | None, outage: Place | None = None) -> dict[str, str]:
    return {one.value: each.mark.sign for one, each in found(key, record, outage).items()}


@pytest.mark.parametrize(
    ("key", "outage", "cause", "way", "ratio", "claim", "notes"),
    [
        ("kenta", None, "none", "check", 3, "normal", "none"),
        ("rina", "reader", "device", "card_with_portal_or_notice", 3, "normal", "four_items"),
        ("manabu", "line", "network", "declaration", 3, "unknown", "declaration"),
        ("naoki", "oqs", "network", "card_with_portal_or_notice", 3, "normal", "four_items"),
        ("ichiro", "line", "network", "card_with_portal_or_notice", 2, "normal", "four_items"),
        ("kazuo", None, "none", "check", 3, "normal", "none"),
        ("miho", None, "none", "check", 3, "normal", "none"),
        ("sakura", None, "none", "check", 2, "normal", "none"),
        ("daisuke", None, "lag", "declaration", 3, "old_eligibility", "declaration"),
        ("misaki", None, "lag", "certificate", 3, "normal", "none"),
        ("keiko", None, "lag", "declaration", 3, "old_eligibility", "declaration"),
        ("takuya", None, "none", "card_with_portal_or_notice", 3, "normal", "none"),
        ("midori", None, "none", "check", 3, "normal", "none"),
        ("shigeru", None, "none", "check", 2, "normal", "none"),
        ("fumi", None, "certificate", "certificate", 1, "normal", "none"),
        ("takeshi", None, "certificate", "card_with_portal_or_notice", 3, "normal", "four_items"),
        ("yoko", None, "certificate", "certificate", 3, "normal", "none"),
        ("tomoko", None, "none", "check", 3, "normal", "none"),
        ("fumiko", None, "no_reader", "card_with_portal_or_notice", 1, "normal", "none"),
        ("osamu", None, "view_stopped", "card_with_portal_or_notice", 3, "normal", "four_items"),
        ("mari", None, "blocked", "certificate", 3, "normal", "none"),
        ("mari", "line", "blocked", "certificate", 3, "normal", "none"),
        ("hanako-iphone", None, "smartphone", "certificate", 3, "normal", "none"),
        ("hikari", None, "no_card", "certificate", 2, "normal", "none"),
        ("haruko", None, "no_card", "certificate", 1, "normal", "none"),
        ("toki", None, "no_card", "certificate", 1, "normal", "none"),
        ("tsuyoshi", None, "disaster", None, 3, "disaster", "four_items"),
        ("makoto", None, "none", "check", 10, "no_claim", "none"),
    ],
)
def test_what_is_right_with_each(
    key: str, outage: str | None, cause: str, way: str | None, ratio: int, claim: str, notes: str
) -> None:
    place = Place(outage) if outage else None
    right = expectation(patient_of(key, TOWN_DAY), place, TOWN_DAY, None)
    decision = right.decision
    assert (right.causes[0], right.way, decision.ratio) == (cause, way, ratio)
    assert (decision.claim.mode, right.notes) == (claim, Notes(notes))


def test_what_is_printed_on_what_they_show() -> None:
    fumi, yoko = patient_of("fumi", TOWN_DAY).papers[0], patient_of("yoko", TOWN_DAY).papers[0]
    assert (fumi.expires_on, fumi.ratio, fumi.number) == (date(2027, 7, 31), 1, "50000078")
    assert (str(fumi.insurer_number), yoko.ratio) == ("39990015", None)
    hikari = patient_of("hikari", TOWN_DAY).papers[0]
    assert (hikari.number, hikari.branch, hikari.ratio) == ("110020", "02", None)
    assert hikari.expires_on is not None
    assert hikari.expires_on > TOWN_DAY
    assert patient_of("keiko", TOWN_DAY).papers == ()


def test_an_ordinary_visit_is_right_in_all() -> None:
    assert marks("kenta", CHECKED) == {
        "who": "✔", "check": "✔", "way": "✔", "ratio": "✔", "claim": "✔",
    }  # fmt: skip


def test_without_a_visit_nothing_was_done() -> None:
    for key, outage in (("kenta", None), ("manabu", Place.LINE), ("tsuyoshi", None)):
        assert set(marks(key, None, outage).values()) == {"―"}
    assert marks("manabu", None, Place.LINE).keys() == {
        "who", "check", "way", "ratio", "claim", "notes",
    }  # fmt: skip


def test_the_visit_of_somebody_else_is_different() -> None:
    ichiro = replace(CHECKED, name="田中　一郎", birthdate=date(1952, 6, 3))
    who = found("kenta", ichiro)[Compared.WHO]
    assert (who.mark, who.right.ja, who.rules) == (DIFFERENT, "鈴木　健太", ("P-023",))


def test_a_former_name_is_the_same_person() -> None:
    ryo = replace(CHECKED, name="中島　亮", birthdate=date(1989, 1, 31))
    assert marks("ryo", ryo)["who"] == "✔"


def test_a_visit_without_a_name_is_nobodys_yet() -> None:
    assert marks("manabu", UNCHECKED, Place.LINE)["who"] == "―"
    assert marks("manabu", replace(UNCHECKED, name="診察券 123"), Place.LINE)["who"] == "✔"
    assert marks("manabu", replace(UNCHECKED, name="長谷川 学"), Place.LINE)["who"] == "✔"
    assert marks("manabu", replace(UNCHECKED, name="田中 一郎"), Place.LINE)["who"] == "✖"


def test_the_address_of_who_is_protected_is_not_told_and_not_missed() -> None:
    for key in ("mari", "aoi"):
        assert patient_of(key, TOWN_DAY).told_address == ""
    assert patient_of("yumi", TOWN_DAY).told_address == "模擬県模擬市一番町8-2"
    assert patient_of("haruko", TOWN_DAY).told_address == "", "nobody has shown a card"
    shown = replace(
        UNCHECKED,
        name="清水　葵",
        accepted=FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        ratio=3,
        claim=ClaimMode.NORMAL,
        noted=FOUR_ITEMS - {"Address"},
    )
    assert marks("aoi", shown, Place.LINE)["notes"] == "✔"
    assert marks("yumi", shown, Place.LINE)["notes"] == "―"


def test_an_outage_is_received_by_a_declaration_with_the_four_items() -> None:
    declared = replace(
        UNCHECKED,
        name="長谷川　学",
        accepted=FallbackOptionId.DECLARATION,
        ratio=3,
        noted=FOUR_ITEMS,
    )
    assert set(marks("manabu", declared, Place.LINE).values()) == {"✔"}
    unsigned = replace(declared, noted=frozenset({"Name"}))
    assert marks("manabu", unsigned, Place.LINE)["notes"] == "―"


def test_who_is_not_accepted_yet_has_no_claim_either() -> None:
    seen = found("manabu", UNCHECKED, Place.LINE)
    assert (seen[Compared.CHECK].mark, seen[Compared.WAY].mark) == (RIGHT, MISSING)
    assert (seen[Compared.CLAIM].mark, seen[Compared.CLAIM].right.ja) == (MISSING, "不詳")
    assert seen[Compared.RATIO].rules == ("P-070", "P-085")


def test_a_reason_that_is_not_theirs_is_different_and_says_why() -> None:
    check = found("rina", replace(UNCHECKED, cause=Cause.NETWORK), Place.READER)[Compared.CHECK]
    assert check.mark is DIFFERENT
    assert check.right.ja == "読取機が使えない、または番号で確認"
    assert check.seen is not None
    assert check.seen.ja == "オンライン資格確認につながらない"
    assert check.rules == ("R-092",)
    assert check.why.ja == "読取機が使えません。保険診療はできます。"


def test_the_whole_cost_is_wrong_where_a_declaration_would_do() -> None:
    paid = replace(
        UNCHECKED,
        channel="card",
        cause=Cause.LAG,
        name="吉田　大輔",
        birthdate=date(1985, 6, 14),
        validity=INVALID,
        known=True,
        identified=True,
        accepted=FallbackOptionId.SELF_PAY,
        ratio=10,
        claim=ClaimMode.NO_CLAIM,
    )
    seen = found("daisuke", paid)
    assert [seen[one].mark for one in (Compared.WAY, Compared.RATIO, Compared.CLAIM)] == (
        [DIFFERENT] * 3
    )
    assert seen[Compared.WAY].right.ja == "被保険者資格申立書"
    assert seen[Compared.CLAIM].right.ja == "旧資格"
    assert seen[Compared.RATIO].right.ja == "3割"
    assert "P-086" in seen[Compared.WAY].rules


@pytest.mark.parametrize(
    ("key", "method", "sign"),
    [
        ("kazuo", Method.FACE, "✔"),
        ("kazuo", Method.VISUAL, "✔"),
        ("kazuo", None, "✖"),
        ("miho", Method.PIN, "✔"),
        ("miho", None, "✔"),
        ("miho", Method.FACE, "✖"),
        ("sakura", Method.PIN, "✔"),
        ("sakura", Method.VISUAL, "✖"),
    ],
)
def test_the_holder_is_identified_by_what_is_left(
    key: str, method: Method | None, sign: str
) -> None:
    record = replace(CHECKED, birthdate=patient_of(key, TOWN_DAY).birthdate, method=method)
    assert marks(key, record)["check"] == sign


def test_a_paper_instead_of_the_face_is_the_second_best() -> None:
    by_notice = replace(
        UNCHECKED,
        cause=Cause.AUTHENTICATION,
        accepted=FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        claim=ClaimMode.NORMAL,
    )
    seen = found("kazuo", by_notice)
    assert (seen[Compared.CHECK].mark, seen[Compared.WAY].mark) == (DIFFERENT, DIFFERENT)
    assert seen[Compared.CHECK].right.ja == "カードで確認（顔認証、または目視）"
    assert seen[Compared.CHECK].rules == ("P-018", "P-020", "P-019")


def test_a_certificate_may_be_asked_for_by_its_number() -> None:
    by_number = replace(
        CHECKED,
        channel="number",
        method=None,
        name="渡辺　ふみ",
        birthdate=date(1948, 3, 15),
        ratio=1,
        known_ratio=1,
    )
    assert set(marks("fumi", by_number).values()) == {"✔"}
    assert marks("kenta", by_number)["check"] == "✖", "whose card works shows it"
    assert marks("kazuo", by_number)["check"] == "✖", "a number identifies nobody"


def test_a_view_that_is_stopped_looks_like_a_lag() -> None:
    lag = replace(
        UNCHECKED, channel="card", cause=Cause.LAG, validity=QualificationValidity.NONE, name="山崎"
    )
    accepted = replace(
        lag,
        accepted=FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        ratio=3,
        claim=ClaimMode.NORMAL,
        noted=FOUR_ITEMS,
    )
    assert set(marks("osamu", accepted).values()) == {"✔"}


def test_what_oqs_answers_meanwhile_is_taken_as_it_is() -> None:
    arrived = replace(CHECKED, name="吉田　大輔", birthdate=date(1985, 6, 14))
    assert set(marks("daisuke", arrived).values()) == {"✔"}


def test_in_a_disaster_nothing_has_to_be_shown() -> None:
    told = replace(
        UNCHECKED,
        cause=Cause.DISASTER,
        name="後藤　剛",
        ratio=3,
        claim=ClaimMode.DISASTER,
        noted=FOUR_ITEMS,
    )
    assert set(marks("tsuyoshi", told).values()) == {"✔"}
    assert found("tsuyoshi", told)[Compared.NOTES].right.ja == "聞き取った4項目"
    paid = replace(told, accepted=FallbackOptionId.SELF_PAY, ratio=10, claim=ClaimMode.NO_CLAIM)
    assert marks("tsuyoshi", paid)["way"] == "✖"


def test_who_was_confirmed_this_month_may_say_that_nothing_has_changed() -> None:
    told = replace(
        UNCHECKED,
        name="長谷川　学",
        birthdate=date(1974, 12, 1),
        accepted=FallbackOptionId.ORAL_NO_CHANGE,
        ratio=3,
        claim=ClaimMode.NORMAL,
        known=True,
        known_ratio=3,
        known_current=True,
        noted=FOUR_ITEMS,
    )
    assert set(marks("manabu", told, Place.LINE).values()) == {"✔"}
    stranger = replace(told, known=False, known_ratio=None, known_current=False)
    assert marks("manabu", stranger, Place.LINE)["way"] == "✖"


def test_the_arrears_are_the_reason_for_the_whole_cost() -> None:
    visit = replace(CHECKED, name="加藤　誠", birthdate=date(1979, 3, 8), ratio=3)
    ratio = found("makoto", visit)[Compared.RATIO]
    assert (ratio.mark, ratio.right.ja, ratio.rules) == (DIFFERENT, "10割", ("R-159",))


def test_each_rule_that_is_named_is_in_the_catalogue() -> None:
    source = Path(__file__).parents[3] / "testbed" / "practice" / "comparison.py"
    named = set(re.findall(r'"([RP]-\d{3})"', source.read_text(encoding="utf-8")))
    assert len(named) > 15
    assert named <= set(RULES)


def visit_of_api(**changed: Any) -> Mapping[str, Any]:
    return {
        "VisitId": "a1",
        "At": "2026-11-25T00:05:00+09:00",
        "Channel": "card",
        "Cause": "NETWORK",
        "Name": None,
        "NotedName": "長谷川",
        "Birthdate": None,
        "Validity": None,
        "Reading": None,
        "Answer": None,
        "Result": {"InsuredPartialContributionRatio": "020"},
        "Previous": {"VisitId": "b", "Day": "20261110", "Word": "VALID"},
        "Decision": {"Accepted": "declaration", "Ratio": 3, "Claim": {"Mode": "unknown"}},
        **changed,
    }


def test_a_visit_is_read_as_the_clinic_writes_it() -> None:
    declared = {"Kept": True, "Content": {"Name": "長", "Birthdate": "19741201", "Sex1": None}}
    record = read_visit(visit_of_api(), declared)
    assert record == VisitRecord(
        visit_id="a1",
        on=date(2026, 11, 25),
        channel="card",
        cause=Cause.NETWORK,
        name="長谷川",
        birthdate=None,
        validity=None,
        method=None,
        accepted=FallbackOptionId.DECLARATION,
        ratio=3,
        claim=ClaimMode.UNKNOWN,
        known=True,
        known_ratio=2,
        known_current=True,
        identified=False,
        noted=frozenset({"Name", "Birthdate"}),
    )


def test_a_draft_that_is_not_kept_is_no_note() -> None:
    draft = {"Kept": False, "Content": {"Name": "長", "Birthdate": "19741201"}}
    earlier = visit_of_api(Previous={"VisitId": "b", "Day": "20261030", "Word": "VALID"})
    record = read_visit(earlier, draft)
    assert (record.noted, record.known_current) == (frozenset(), False)


@pytest.mark.rules("P-070", "R-056", "R-075", "R-081", "R-150")
@pytest.mark.parametrize(
    ("key", "outage", "by_age"), [("masaru", Place.READER, 2), ("chiyo", Place.OQS, 1)]
)
def test_the_share_printed_on_a_notice_is_right_and_that_of_the_age_is_not(
    key: str, outage: Place, by_age: int
) -> None:
    (notice,) = patient_of(key, TOWN_DAY).papers
    assert (notice.expires_on, notice.ratio) == (date(2027, 7, 31), 3)
    cause = Cause.DEVICE if outage is Place.READER else Cause.NETWORK
    shown = replace(
        UNCHECKED,
        cause=cause,
        accepted=FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        claim=ClaimMode.NORMAL,
    )
    by_the_age = found(key, replace(shown, ratio=by_age), outage)[Compared.RATIO]
    assert (by_the_age.mark, by_the_age.right.ja) == (DIFFERENT, "3割")
    assert found(key, replace(shown, ratio=3), outage)[Compared.RATIO].mark is RIGHT


@pytest.mark.rules("R-056", "R-075", "R-081")
def test_below_70_a_notice_says_neither_share_nor_last_day() -> None:
    (notice,) = patient_of("kenta", TOWN_DAY).papers
    assert (notice.expires_on, notice.ratio, notice.special_expenses) == (None, None, False)


@pytest.mark.rules("R-081", "R-159")
def test_the_notice_of_one_in_arrears_says_so_and_all_is_paid() -> None:
    assert [one.special_expenses for one in patient_of("makoto", TOWN_DAY).papers] == [True]
    shown = replace(
        UNCHECKED,
        accepted=FallbackOptionId.CARD_WITH_PORTAL_OR_NOTICE,
        ratio=10,
        claim=ClaimMode.NO_CLAIM,
    )
    compared = found("makoto", shown, Place.LINE)
    assert compared[Compared.RATIO].mark is RIGHT
    assert compared[Compared.CLAIM].mark is RIGHT
    assert compared[Compared.RATIO].rules == ("R-159",)
    assert found("makoto", replace(shown, ratio=3), Place.LINE)[Compared.RATIO].mark is DIFFERENT
