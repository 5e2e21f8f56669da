import pytest

from eligibility.reception.advice import (
    CARD_APPLICATION_CHANNELS,
    DOWNLOAD_STEPS,
    EVERY_ADVICE,
    REISSUE,
    PreparationStep,
    advice,
    preparation,
)


@pytest.mark.rules("R-083")
@pytest.mark.parametrize(
    ("has_card", "has_smartphone", "step"),
    [
        (True, True, PreparationStep.DOWNLOAD),
        (True, False, PreparationStep.CARRY_NOTICE),
        (False, True, PreparationStep.GET_CARD),
        (False, False, PreparationStep.GET_CARD),
    ],
)
def test_card_and_smartphone_decide_how_to_prepare(has_card, has_smartphone, step):
    assert preparation(has_card=has_card, has_smartphone=has_smartphone) is step


@pytest.mark.rules("R-032")
def test_saving_needs_a_registration():
    assert "利用登録" in advice(PreparationStep.DOWNLOAD).text.ja


@pytest.mark.rules("R-084")
def test_the_portal_is_read_in_four_steps():
    words = ["QRコード", "ログイン", "健康保険証", "端末に保存"]
    assert len(DOWNLOAD_STEPS) == len(words)
    assert all(word in step.ja for word, step in zip(words, DOWNLOAD_STEPS, strict=True))


@pytest.mark.rules("R-120")
def test_a_card_is_applied_for_in_three_ways():
    assert len(CARD_APPLICATION_CHANNELS) == 3


@pytest.mark.rules("R-117")
def test_a_card_is_made_anew_in_five_days_at_best():
    assert "最短5日" in REISSUE.text.ja


@pytest.mark.rules(
    "R-022",
    "R-058",
    "R-074",
    "R-077",
    "R-085",
    "R-095",
    "R-097",
    "R-121",
    "R-157",
    "R-158",
    "R-174",
)
@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("R-022", "マイナポータル"),
        ("R-058", "記号・番号が必要"),
        ("R-074", "読取機の不具合"),
        ("R-077", "今後も続きます"),
        ("R-085", "マイナポータルの画面"),
        ("R-095", "厚生労働省の一覧で確かめて"),
        ("R-097", "待たずに"),
        ("R-121", "住所は変わりません"),
        ("R-157", "医療費控除"),
        ("R-158", "これまでどおり必要"),
        ("R-174", "カードには書かれていない"),
    ],
)
def test_each_piece_of_advice_says_what_its_rule_says(rule, word):
    told = [each.text for each in EVERY_ADVICE if rule in each.rules]
    assert any(word in text.ja for text in told)
    assert all(text.en for text in told)
