"""The insurers who are in the scenarios, with the parameters in which they differ."""

from __future__ import annotations

from typing import NamedTuple


class Insurer(NamedTuple):
    """An insurer of the deployment, with the parameters in which they differ."""

    number: str
    lag: str
    """How the days of PP-08 are counted."""
    kind: str = "employees"


INSURERS = {
    "mogami": Insurer("990010", "three open days", "national"),
    "tsuchiura": Insurer("990028", "three open days", "national"),
    "literal": Insurer("990036", "as the seed is worded", "national"),
    "kouki": Insurer("39990015", "three open days", "late elderly"),
    "choshi": Insurer("06990030", "two open days"),
    "kitamura": Insurer("06990014", "five days and one"),
    "ishioka": Insurer("06990022", "five days and one"),
    "kyokai": Insurer("01990019", "five days and one"),
    "kyosai": Insurer("32990012", "five days and one"),
}
LITERAL = """
key = "literal"
name = "字義型国民健康保険（模擬）"
name_kana = "ジギガタコクミンケンコウホケン（モギ）"
insurer_number = "990036"
kind = "kokuho"
note = "Mogami's notice, its days taken literally (C-005)."
[reflection]
mode = "seed_literal"
lag_days = 3
[release]
mode = "end_of_next_month"
[certificate]
on_release = "on_the_spot"
lost_card = "certificate"
delivery = "recorded_mail"
[certificate.term]
mode = "yearly"
last_month = 7
[notice]
sent_on = ["joined", "ratio_changed", "renewal"]
delivery = "ordinary_mail"
[contact]
office = "国保課"
post_number = "990-0108"
address = "模擬県模擬市字義町1-1"
phone = "099-000-0036"
hours = "平日 8:30〜17:15"
"""
EVERY = [key for key in INSURERS if key != "literal"]
"""Those of the deployment; the other one is there for the days alone."""
NATIONAL = [key for key in EVERY if INSURERS[key].kind == "national"]
EMPLOYEES = [key for key in EVERY if INSURERS[key].kind == "employees"]
WORKING_AGE = [*NATIONAL, *EMPLOYEES]
