from datetime import date

import pytest

from eligibility.names import has_unconvertible, same_name, same_person

BORN = date(1980, 2, 17)


@pytest.mark.rules("P-029")
@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("髙● 花子", "髙橋　花子", True),
        ("髙●花子", "高橋花子", False),
        ("●● 花子", "髙橋 花子", True),
        ("髙● 花", "髙橋 花子", False),
    ],
)
def test_a_lost_character_stands_for_any(one, other, same):
    assert same_name(one, other) is same


@pytest.mark.rules("P-029")
def test_a_person_is_matched_by_reading_and_birth():
    assert has_unconvertible("髙●")
    assert not has_unconvertible("髙橋")
    assert same_person("ｼﾞｮｳｼﾞ ﾊﾅｺ", BORN, "ジヨウジ　ハナコ", BORN)
    assert same_person("じょうじ はなこ", BORN, "ジョウジ ハナコ", BORN)
    assert not same_person("ハナコ", BORN, "ハナエ", BORN)
    assert not same_person("ハナコ", BORN, "ハナコ", date(1980, 2, 18))
