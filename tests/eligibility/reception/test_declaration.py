from datetime import date

import pytest

from eligibility.reception.declaration import Declaration, unknown_remarks

BARE = Declaration("模擬　花子", date(1980, 2, 17), "女", "模擬県模擬市1-1")
ON = date(2026, 11, 20)


@pytest.mark.rules("P-081", "P-084")
def test_what_is_declared_goes_into_the_remarks_as_far_as_it_is_known():
    assert unknown_remarks(
        "模擬県模擬市1-1", "模擬商店", "北村型健康保険組合（模擬）", "090-0000-0000"
    ) == (
        "不詳　住所：模擬県模擬市1-1　事業所名：模擬商店　"
        "保険者名：北村型健康保険組合（模擬）　連絡先：090-0000-0000"
    )
    assert unknown_remarks(BARE.address, "", "", "") == "不詳　住所：模擬県模擬市1-1"
    assert unknown_remarks("", "", "", "") == "不詳"
    assert BARE.insurer_kind is None


@pytest.mark.rules("P-084")
def test_what_is_on_the_card_may_not_be_left_out():
    with pytest.raises(ValueError, match="氏名・性別・住所"):
        Declaration("", date(1980, 2, 17), "女", "模擬県")


@pytest.mark.rules("P-085")
@pytest.mark.parametrize(
    ("born", "declared", "charged"),
    [
        (date(1980, 2, 17), None, 3),
        (date(1980, 2, 17), 1, 3),
        (date(2022, 5, 1), 3, 2),
        (date(1952, 3, 10), None, 2),
        (date(1952, 3, 10), 3, 3),
        (date(1945, 3, 10), 2, 2),
        (date(1945, 3, 10), None, 1),
        (date(1945, 3, 10), 7, 1),
    ],
)
def test_the_declared_ratio_counts_from_seventy_on(born, declared, charged):
    declaration = Declaration("模擬", born, "女", "模擬県", ratio=declared)
    assert declaration.declared_ratio(ON) == charged
