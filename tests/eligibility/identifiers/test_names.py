from dataclasses import replace
from datetime import date

import pytest

from eligibility.identifiers.names import NamedPerson, as_answered

PERSON = NamedPerson("髙𠮷 花子", "タカヨシ ハナコ", date(1980, 10, 10))


@pytest.mark.rules("P-029", "T-033")
def test_a_character_that_cannot_be_shown_comes_back_as_a_disc():
    assert as_answered("髙𠮷 花子") == "髙● 花子"
    assert as_answered("髙𠮷 花子", "utf-8") == "髙𠮷 花子"


@pytest.mark.rules("P-029", "T-033")
@pytest.mark.parametrize("kana", ["タカヨシ ハナコ", "ﾀｶﾖｼ ﾊﾅｺ", "たかよし　はなこ"])
def test_a_person_with_a_disc_in_the_name_is_told_by_kana_and_birthdate(kana):
    answered = NamedPerson(as_answered(PERSON.name), kana, PERSON.birthdate)
    assert answered.incomplete
    assert not PERSON.incomplete
    assert answered.matches(PERSON)


@pytest.mark.rules("P-029")
def test_another_reading_or_birthdate_is_another_person():
    assert not PERSON.matches(replace(PERSON, kana="タカヨシ ハナエ"))
    assert not PERSON.matches(replace(PERSON, birthdate=date(1980, 10, 11)))
