from eligibility.claims import DISASTER_INSURER_NUMBER, ClaimMode, claim


def test_every_mode_says_how_to_claim():
    for mode in ClaimMode:
        assert claim(mode).mode is mode
        assert claim(mode).how.ja
        assert claim(mode).how.en
        assert claim(mode).rules
        assert mode.japanese


def test_an_unknown_insurer_is_claimed_under_sevens():
    unknown = claim(ClaimMode.UNKNOWN)
    assert unknown.insurer_number == "77777777"
    assert unknown.alternative_insurer_number == "77777779"
    assert unknown.filler == "7"
    assert unknown.remarks is not None
    assert unknown.remarks.ja.startswith("不詳")


def test_the_old_eligibility_is_marked_in_the_remarks():
    old = claim(ClaimMode.OLD_ELIGIBILITY)
    assert old.insurer_number is None
    assert old.remarks is not None
    assert old.remarks.ja == "旧資格"


def test_the_disaster_number_is_in_no_claim():
    for mode in ClaimMode:
        assert DISASTER_INSURER_NUMBER not in {
            claim(mode).insurer_number,
            claim(mode).alternative_insurer_number,
        }
        assert DISASTER_INSURER_NUMBER not in claim(mode).how.ja
