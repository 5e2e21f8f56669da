"""A day as a receptionist types it off a card or a paper."""

import pytest

from eligibility.sentence import Sentence
from wire.catalogue import Problem
from wire.dates import write_day
from wire.forms.typed_day import typed_day

BIRTHDATE = Sentence("生年月日", "Date of birth")


@pytest.mark.parametrize(
    "text",
    [
        "昭和55年2月17日", "昭55.2.17", "昭55年2月17日", "S55.2.17", "s55/2/17", "S550217",
        "昭和550217", "昭550217", "Ｓ５５０２１７", "1980-02-17", "19800217", "1980/2/17",
    ],
)  # fmt: skip
def test_the_short_forms_that_receptionists_write_are_read(text: str) -> None:
    day = typed_day(text, BIRTHDATE)
    assert day is not None
    assert write_day(day) == "19800217"


@pytest.mark.parametrize("text", ["550217", "S55217", "昭5502", "١٩٨٠٠٢١٧", "和55.2.17"])
def test_what_could_mean_two_days_or_is_written_in_other_digits_is_refused(text: str) -> None:
    with pytest.raises(Problem):
        typed_day(text, BIRTHDATE)


def test_a_short_form_that_is_no_day_of_its_era_names_the_day_that_may_be_meant() -> None:
    with pytest.raises(Problem) as refused:
        typed_day("昭640108", BIRTHDATE)
    assert "平成元年1月8日" in refused.value.japanese
