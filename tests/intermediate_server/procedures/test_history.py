"""A history that keeps what deciding asks of it decides as the plain entries do."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from intermediate_server.filing.csv_file import CsvReader
from intermediate_server.policies import load_policies
from intermediate_server.procedures.attention import attention_of
from intermediate_server.procedures.decide import decide
from intermediate_server.procedures.filed import Filed
from intermediate_server.procedures.history import History
from intermediate_server.procedures.person import PersonDetails
from wire.catalogue import Problem
from wire.vocabulary.codes import Sex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from intermediate_server.procedures.change import Change

NOW = datetime(2026, 11, 16, 1, tzinfo=UTC)
PERSON = PersonDetails(
    "P1", "試験　花子", "ｼｹﾝ ﾊﾅｺ", Sex.FEMALE, date(1980, 2, 17), "県", "990-0001"
)
HEADER = "届出種別,保険者番号,個人番号,届出日,番号,資格取得日,資格喪失日,喪失事由,住所,整理番号\r\n"


def line(chance: random.Random) -> str:
    insurer = chance.choice(("990010", "990010", "990010", "990028"))
    number, reference = chance.randint(1, 4), f"R{chance.randint(1, 60)}"
    day = f"202611{chance.randint(1, 14):02}"
    kind, joined, lost, why, address = chance.choice(
        (
            ("加入", day, "", "", ""),
            ("喪失", "", day, "03", ""),
            ("住所変更", "", "", "", f"県{chance.randint(1, 3)}"),
            ("閲覧停止", "", "", "", ""),
            ("照合一致", "", "", "", ""),
        )
    )
    return (
        f"{kind},{insurer},990000000019,20261116,{number},{joined},{lost},{why},{address},"
        f"{reference}\r\n"
    )


@pytest.mark.parametrize("seed", range(20))
def test_each_line_comes_to_the_same(seed: int) -> None:
    chance = random.Random(seed)
    policies = load_policies()
    read = CsvReader().feed((HEADER + "".join(line(chance) for _ in range(150))).encode())
    kept, plain = History(), ()
    taken = 0

    def outcome(filed: Filed, history: Sequence[Change]) -> tuple[Change, ...] | str:
        try:
            return decide(filed, PERSON, history)
        except Problem as problem:
            return f"{problem.entry.kind.code} {problem.japanese} {problem.detail}"

    for one in read:
        if one.procedure is None:
            continue
        filed = Filed(one.procedure, policies.of(one.procedure.insurer_number), NOW)
        entries = outcome(filed, kept)
        assert entries == outcome(filed, plain)
        if not isinstance(entries, str):
            taken += 1
            kept.extend(entries)
            plain += entries
        assert attention_of(kept) == attention_of(plain)
    assert taken > 5
