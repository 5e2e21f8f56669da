"""Every outcome of a check, as the page shows it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from clinic_client.desk.answer import answer
from clinic_client.settings import YearStyle
from clinic_client.visits.claims import VisitStanding
from clinic_client.visits.coverage import COMPARED, FIELDS, Coverage
from clinic_client.visits.visit import (
    CheckChannel,
    Patient,
    Timings,
    Visit,
    changed_fields,
)
from clinic_client.web.rendering import TEMPLATES
from clinic_client.web.texts import Language, Phrasebook
from eligibility.qualification import QualificationValidity as Validity
from eligibility.reception.case import Cause, ReceptionCase
from eligibility.reception.decision import decide
from eligibility.reception.options import FallbackOptionId
from wire.vocabulary.codes import Sex

ON = date(2026, 11, 20)
HANAKO = Patient("佐藤　花子", "ｻﾄｳ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17))
MOGAMI = Coverage(
    "990010", "最上型国民健康保険（模擬）", "最上", "1234567", "01", date(2024, 4, 1), None, 3
)
KITAMURA = Coverage(
    "06990014", "北村型健康保険組合（模擬）", "北", "7654321", "", date(2026, 11, 10), None, 3
)
CASES = [
    *(ReceptionCase(ON, Cause.NONE, validity, HANAKO.birthdate) for validity in Validity),
    *(ReceptionCase(ON, cause) for cause in Cause if cause is not Cause.NONE),
    *(ReceptionCase(ON, cause, revisit=True, previous_known=True) for cause in list(Cause)[1:]),
    ReceptionCase(ON, Cause.DEVICE, card_at_hand=False),
    ReceptionCase(ON, Cause.DEVICE, card_at_hand=False, ruled_out=frozenset(FallbackOptionId)),
]


def visit_of(case: ReceptionCase, coverage: Coverage | None = MOGAMI) -> Visit:
    return Visit(
        visit_id="v1",
        at=datetime(2026, 11, 20, 0, 10, tzinfo=UTC),
        channel=CheckChannel.CARD if case.validity else CheckChannel.UNCHECKED,
        case=case,
        decision=decide(case),
        patient=HANAKO if coverage else None,
        coverages=(coverage,) if coverage else (),
        simulation_reference="p1",
        timings=Timings(1.0, 2.0, 3.0, 7.0),
    )


VALID = visit_of(ReceptionCase(ON, Cause.NONE, Validity.VALID, HANAKO.birthdate, 3))


def rendered(visit: Visit, language: Language, previous: Visit | None = None) -> str:
    t = Phrasebook(language)
    view = answer(t, visit, previous, YearStyle.WESTERN)
    return TEMPLATES.get_template("answer.html").render(
        t=t, answer=view, full=True, pending_offered=True, discrepancies_offered=True
    )


@pytest.mark.parametrize("language", [Language.JAPANESE, Language.ENGLISH])
@pytest.mark.parametrize("coverage", [MOGAMI, None])
@pytest.mark.parametrize("case", CASES)
def test_every_outcome_has_a_sign_a_word_and_a_next_step(
    case: ReceptionCase, coverage: Coverage | None, language: Language
) -> None:
    visit = visit_of(case, coverage)
    view = answer(Phrasebook(language), visit, None, YearStyle.WESTERN)
    assert view.sign in {"✔", "▲", "✖"}
    assert view.next_step
    assert view.actions
    html = rendered(visit, language)
    assert view.word in html
    assert view.sign in html
    for way in visit.decision.options:
        assert f'data-way="{way.id}"' in html


@pytest.mark.parametrize("case", CASES)
def test_an_english_page_has_japanese_only_in_names_and_terms_of_the_field(
    case: ReceptionCase,
) -> None:
    view = answer(Phrasebook(Language.ENGLISH), visit_of(case), None, YearStyle.WESTERN)
    for sentence in (view.headline, view.word, view.next_step, view.say, view.ratio_source):
        assert sentence.isascii(), sentence


def test_what_differs_from_the_last_visit_is_marked_with_what_it_was() -> None:
    moved = replace(VALID, coverages=(KITAMURA,))
    html = rendered(moved, Language.JAPANESE, VALID)
    assert "前回（11/20 (金)）と違う項目" in html
    assert "前回: 990010" in html


@pytest.mark.parametrize("language", [Language.JAPANESE, Language.ENGLISH])
@pytest.mark.parametrize("name", COMPARED)
def test_each_field_is_on_the_page_by_its_label_and_marked_where_it_differs(
    name: str, language: Language
) -> None:
    other = {str: "9", int | None: 1, date | None: date(2026, 11, 1)}[FIELDS[name].type]
    html = rendered(replace(VALID, coverages=(replace(MOGAMI, **{name: other}),)), language, VALID)
    label = Phrasebook(language).of(FIELDS[name].kept.label)
    assert f'<div class="changed"><dt>{label}</dt>' in html


def test_what_is_the_same_is_said_to_be() -> None:
    html = rendered(VALID, Language.JAPANESE, VALID)
    assert "前回（11/20 (金)）と同じ" in html
    assert 'class="changed"' not in html


def test_nothing_is_called_the_same_that_was_not_confirmed_at_both_visits() -> None:
    unchecked = visit_of(ReceptionCase(ON, Cause.NETWORK, previous_known=True), MOGAMI)
    assert "前回（11/20 (金)）は確認できていません" in rendered(VALID, Language.JAPANESE, unchecked)
    for previous in (VALID, unchecked):
        html = rendered(unchecked, Language.JAPANESE, previous)
        assert "と同じ" not in html
        assert "11/20 (金)" in html


@pytest.mark.parametrize("coverage", [MOGAMI, None])
@pytest.mark.parametrize("case", CASES)
def test_who_waits_to_be_checked_again_can_be_by_number(
    case: ReceptionCase, coverage: Coverage | None
) -> None:
    visit = visit_of(case, coverage)
    actions = answer(Phrasebook(Language.JAPANESE), visit, None, YearStyle.WESTERN).actions
    offered = "/number?visit=v1" in [action.href for action in actions]
    again = any(action.act == "clear" for action in actions)
    assert offered == (visit.decision.check_again is not None and not again)


def test_two_qualifications_are_both_shown() -> None:
    both = replace(VALID, coverages=(MOGAMI, KITAMURA))
    html = rendered(both, Language.JAPANESE)
    assert "最上型国民健康保険（模擬）・北村型健康保険組合（模擬）" in html
    assert html.count("<dt>保険者番号</dt>") == 2
    for one in (MOGAMI, KITAMURA):
        assert f"<dd>{one.insurer_number}" in html
        assert f"<dd>{one.number}" in html


def test_the_claim_without_any_paper_is_said_to_be_that() -> None:
    without = visit_of(ReceptionCase(ON, Cause.NO_CARD, card_at_hand=False), None)
    assert "請求のしかた（どれも見せてもらえないとき）" in rendered(without, Language.JAPANESE)
    lag = visit_of(ReceptionCase(ON, Cause.LAG, Validity.NONE), None)
    assert "どれも見せてもらえないとき" not in rendered(lag, Language.JAPANESE)


def test_only_what_both_visits_know_is_compared() -> None:
    unknown = visit_of(ReceptionCase(ON, Cause.NETWORK), None)
    assert changed_fields(VALID, unknown) == ()
    assert changed_fields(VALID, None) == ()
    assert changed_fields(replace(VALID, coverages=(KITAMURA,)), VALID) == (
        "insurer_number",
        "symbol",
        "number",
        "branch",
        "qualified_on",
    )


def test_an_unknown_insurer_shows_the_number_of_the_claim() -> None:
    html = rendered(visit_of(ReceptionCase(ON, Cause.DEVICE), None), Language.JAPANESE)
    assert "不詳 77777777" in html


def test_an_age_is_reached_on_the_birthday() -> None:
    assert HANAKO.age(date(2026, 2, 16)) == 45
    assert HANAKO.age(date(2026, 2, 17)) == 46


@pytest.mark.rules("P-080", "P-092")
@pytest.mark.parametrize("language", [Language.JAPANESE, Language.ENGLISH])
@pytest.mark.parametrize(
    ("then", "settled", "said"),
    [
        (3, False, "同じです"),
        (2, False, "差額を患者さんから受け取ります"),
        (2, True, "精算は済んでいます"),
        (None, False, "未確認でした"),
    ],
)
def test_a_visit_that_was_confirmed_says_what_and_asks_for_no_paper(
    then: int | None, said: str, language: Language, *, settled: bool
) -> None:
    born = None if then is None else HANAKO.birthdate
    case = ReceptionCase(ON, Cause.NETWORK, birthdate=born, ratio=then)
    visit = replace(visit_of(case, None), visit_id="v0")
    standing = VisitStanding(visit, confirmed_by=VALID)
    if settled:
        visit = replace(visit, settled=frozenset(one.key for one in standing.contradictions))
        standing = VisitStanding(visit, confirmed_by=VALID)
    t = Phrasebook(language)
    view = answer(t, visit, None, YearStyle.WESTERN, standing=standing)
    html = TEMPLATES.get_template("answer.html").render(
        t=t, answer=view, full=True, pending_offered=True, discrepancies_offered=True
    )
    assert 'data-word="valid"' in html
    assert view.sign == "✔"
    assert MOGAMI.insurer_name in html
    assert view.ratio == t("answer.ratio", tenths=3)
    assert 'href="/visits/v1"' in html, "the answer that says so"
    for gone in ('id="offers"', 'id="fallback"', 'id="born"', "data-record", "/number?visit="):
        assert gone not in html, gone
    if language is Language.JAPANESE:
        assert said in html
        assert "あとで確認できました" in html
        assert "請求のしかた: 通常" in html
    waiting = answer(t, visit, None, YearStyle.WESTERN, standing=VisitStanding(visit))
    assert waiting.offers
    assert waiting.settled is None


@pytest.mark.parametrize(
    ("language", "told"), [(Language.JAPANESE, "(46歳)"), (Language.ENGLISH, "(46 years)")]
)
def test_the_age_of_a_nameless_visit_is_that_of_its_own_day(language: Language, told: str) -> None:
    visit = visit_of(ReceptionCase(ON, Cause.NETWORK), None)
    confirmed = replace(VALID, visit_id="v2", at=datetime(2027, 2, 17, 0, 10, tzinfo=UTC))
    standing = VisitStanding(visit, confirmed_by=confirmed)
    view = answer(Phrasebook(language), visit, None, YearStyle.WESTERN, standing=standing)
    assert view.patient is not None
    assert told in view.patient.line
