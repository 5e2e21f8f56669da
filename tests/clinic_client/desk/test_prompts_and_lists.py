"""What stands beside an answer: the prompt of the card, the lists, the look behind the scenes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from clinic_client.desk.answer import answer
from clinic_client.desk.card_prompt import card_prompt
from clinic_client.desk.frame import Lists, frame
from clinic_client.desk.strip import pending_view
from clinic_client.intermediate_client import PendingChange, visible_day
from clinic_client.reader.station import StationState
from clinic_client.settings import Settings, YearStyle
from clinic_client.visits.catch_up import CatchUpEntry
from clinic_client.web.texts import Language, Phrasebook
from eligibility.qualification import QualificationValidity as Validity
from eligibility.reception.case import Cause, ReceptionCase
from intermediate_server.procedures.kinds import ProcedureKind
from reader.description.layout import Application, CardKind
from reader.errors import CardFault, NotMyNumberCard, ReaderError
from reader.session import CardGlance
from tests.clinic_client.desk.test_answer_view import KITAMURA, MOGAMI, ON, visit_of
from wire.clock import ClockMode, ClockReading

NOW = datetime(2026, 11, 26, tzinfo=UTC)
JAPANESE, ENGLISH = Phrasebook(Language.JAPANESE), Phrasebook(Language.ENGLISH)


def change(kind: str, reflected: str = "20261201") -> PendingChange:
    return PendingChange(
        version=1,
        kind=kind,
        insurer_number="06990014",
        insurer_name="北村型健康保険組合（模擬）",
        filed_on="20261124",
        visible_from=datetime(2026, 11, 30, 15, tzinfo=UTC),
        reflection_date=reflected,
    )


@pytest.mark.parametrize("kind", ProcedureKind)
def test_each_kind_of_procedure_that_is_on_its_way_has_its_words(kind: ProcedureKind) -> None:
    for t in (JAPANESE, ENGLISH):
        (row,) = pending_view(t, (change(kind.value),), ON, YearStyle.WESTERN).rows
        assert t(f"pending.kind_{kind.value}") in row.summary
        assert "北村型健康保険組合（模擬）" in row.summary


def test_a_new_address_is_not_the_membership_that_a_patient_waits_for() -> None:
    moved, joined = change("address", "20261126"), change("join", "20261201")
    assert visible_day((moved, joined)) == date(2026, 12, 1)
    assert visible_day((moved,)) == date(2026, 11, 26)


@pytest.mark.parametrize(
    ("error", "title"),
    [
        (CardFault("SELECT"), "カードを読み取れませんでした"),
        (CardFault.mute("SELECT"), "カードを読み取れませんでした"),
        (NotMyNumberCard(Application.JPKI), "このカードは使えません"),
    ],
)
def test_a_card_that_could_not_be_read_is_not_called_one_that_cannot_be_used(
    error: ReaderError, title: str
) -> None:
    lies = StationState(service=True, readers=("R",), occupied=frozenset({"R"}), insertion="i")
    prompt = card_prompt(JAPANESE, replace(lies, card_error=error), None)
    assert prompt.title == title
    assert "顔認証" not in prompt.sentence, "the face is compared with a card that can be read"


@pytest.mark.parametrize("at_first", [True, False])
def test_of_a_reader_that_reads_nothing_the_desk_says_what_the_patient_reads(
    *, at_first: bool
) -> None:
    lies = StationState(service=True, readers=("R",), occupied=frozenset({"R"}), insertion="i")
    error = CardFault.mute("SELECT")
    if at_first:
        prompt = card_prompt(JAPANESE, replace(lies, card_error=error), None)
    else:  # it was looked at, and answers no more
        glance = CardGlance(CardKind.MY_NUMBER_CARD, 3)
        prompt = card_prompt(JAPANESE, replace(lies, card=glance), error)
    assert prompt.title == "カードを読み取れませんでした"
    assert "もう一度カードを置いてください" in prompt.sentence
    assert (prompt.without, prompt.insertion) == ("device", "i")


def test_a_card_that_cannot_be_read_is_told_at_the_top_of_every_page() -> None:
    lies = StationState(service=True, readers=("R",), occupied=frozenset({"R"}), insertion="i")
    shown = frame(
        JAPANESE,
        Settings(oqs_line_url="", oqs_console_url="", line_directory=Path()),
        path="/number",
        reading=ClockReading(mode=ClockMode.FROZEN, now=NOW, rate=0.0, revision=1, began=NOW),
        station=replace(lies, card_error=CardFault.mute("SELECT")),
        line_up=True,
        exchange=None,
        lists=Lists(),
        selected=None,
    )
    assert (shown.pills[0].word, shown.pills[0].state) == ("カードを読めません", "out")
    assert [banner.id for banner in shown.banners] == ["banner-unread"]
    assert any("読取機が使えない" in step for step in shown.banners[0].steps)


def test_a_stranger_on_the_list_is_told_from_others_by_when_they_came() -> None:
    visit = visit_of(ReceptionCase(ON, Cause.NO_CARD, card_at_hand=False), None)
    shown = frame(
        JAPANESE,
        Settings(oqs_line_url="", oqs_console_url="", line_directory=Path()),
        path="/",
        reading=ClockReading(mode=ClockMode.FROZEN, now=NOW, rate=0.0, revision=1, began=NOW),
        station=StationState(),
        line_up=True,
        exchange=None,
        lists=Lists(catch_up=(CatchUpEntry(visit, ON, None),)),
        selected=None,
    )
    assert [row.name for row in shown.catch_up] == ["（11/20 09:10 の方）"]


def test_of_two_eligibilities_in_force_neither_is_called_the_previous_one() -> None:
    case = ReceptionCase(ON, Cause.NONE, Validity.SEVERAL, date(1980, 2, 17), 3)
    both = replace(visit_of(case), coverages=(MOGAMI, KITAMURA))
    view = answer(JAPANESE, both, None, YearStyle.WESTERN)
    assert view.details_title.startswith("見つかった資格")
    assert (view.ratio, view.ratio_source) == ("3割", "確認済み")
    for one in view.details:
        assert "3割" in [detail.value for detail in one]
