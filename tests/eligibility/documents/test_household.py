from datetime import date

import pytest

from eligibility.documents.household import HeadUnknown, head_of_household
from eligibility.identifiers.numbers import InsurerKind

TODAY = date(2026, 11, 24)
CHILD = date(2026, 11, 1)
GROWN = date(1980, 2, 17)


def head(born, *, filed="", insured=True, kind=InsurerKind.KOKUHO, branch="01"):
    return head_of_household(
        kind, "模擬　花子", born, TODAY, filed=filed, insured=insured, branch=branch
    )


@pytest.mark.rules("R-056")
def test_the_head_of_the_household_is_who_was_filed():
    assert head(CHILD, filed="模擬　太郎") == "模擬　太郎"
    assert head(GROWN, filed="模擬　太郎") == "模擬　太郎"
    assert head(GROWN, filed="模擬　花子") == "模擬　花子"


@pytest.mark.rules("R-056")
def test_a_grown_member_of_whom_nothing_was_filed_is_the_head():
    assert head(GROWN) == "模擬　花子"
    assert head(date(2008, 11, 24)) == "模擬　花子"
    assert head(GROWN, branch="") == "模擬　花子"


@pytest.mark.rules("R-056")
@pytest.mark.parametrize(
    "facts",
    [
        {"born": CHILD},
        {"born": CHILD, "filed": "模擬 花子"},
        {"born": date(2008, 11, 25)},
        {"born": GROWN, "insured": False},
        {"born": GROWN, "branch": "02"},
    ],
)
def test_a_child_is_never_its_own_head_and_nobody_is_guessed(facts):
    with pytest.raises(HeadUnknown):
        head(facts.pop("born"), **facts)


@pytest.mark.rules("R-056")
@pytest.mark.parametrize("kind", [InsurerKind.KUMIAI, InsurerKind.KYOKAI, InsurerKind.KOUKI])
def test_outside_national_insurance_papers_name_no_head(kind):
    assert head(CHILD, filed="模擬　太郎", kind=kind) is None
