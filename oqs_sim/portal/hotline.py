"""紛失・一時停止: the hotline stops a card at any hour, at once (R-115, R-116, R-200, P-013)."""

from __future__ import annotations

import asyncio
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eligibility.card.lost_card import (
    Express,
    ReissueReason,
    express,
    express_apply_by,
    suspended_since,
)
from eligibility.days.dates import TOKYO
from eligibility.identifiers.names import kana_key
from eligibility.sentence import Sentence
from oqs_sim.jlis.card_register import locked, suspend
from oqs_sim.jlis.outage import JlisOutage
from oqs_sim.portal.refusals import PatientProblem
from oqs_sim.store import cards
from oqs_sim.store.portal.people import find_residents
from oqs_sim.store.residents import find_by_numbers, find_by_reference
from storage import read_aside, reading
from wire.catalogue import Catalogue, Problem

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Engine

    from oqs_sim.store.residents import Resident

NOT_STOPPED = Sentence("まだカードは止まっていません。", "No card has been stopped yet.")
FOUND_AT_MOST = 20
"""How many people a search shows."""


@dataclass(frozen=True, slots=True)
class Stop:
    """What came of a call: since when the card is stopped, and how soon a new one comes."""

    name: str
    since: datetime
    again: Express | None
    """The express card, for who applies today (R-117, P-012)."""
    apply_by: date
    """The last day to apply for it."""


@dataclass(frozen=True)
class People:
    """Finds people in the resident register of the simulation."""

    engine: Engine

    async def search(self, text: str) -> list[Resident]:
        """Find people by a part of the name or its reading, or by the whole 個人番号."""
        plain = "".join(unicodedata.normalize("NFKC", text).split())

        def find() -> list[Resident]:
            with reading(self.engine) as connection:
                if plain.isdecimal():
                    return list(find_by_numbers(connection, [plain]).values())
                name = "".join(text.split())
                return find_residents(connection, name, _half_width(plain), FOUND_AT_MOST)

        return await read_aside(self.engine, find)

    async def caller(self, name: str, birthdate: date | None) -> Resident:
        """Find who calls, by the name or its reading, and the birthdate.

        Raises:
            Problem: INVALID_REQUEST where one of them is missing; UNKNOWN_PERSON, also where
                several fit: then nobody's card is stopped.
        """
        if not name.strip() or birthdate is None:
            raise PatientProblem(
                Catalogue.INVALID_REQUEST,
                Sentence(
                    "氏名と生年月日を入れてください。", "Enter both the name and the date of birth."
                )
                + NOT_STOPPED,
            )
        wanted = {kana_key(name), "".join(name.split())}

        def find() -> list[Resident]:
            with reading(self.engine) as connection:
                return find_residents(connection, "", "", 1_000, birthdate)

        found = [
            one
            for one in await read_aside(self.engine, find)
            if wanted & {kana_key(one.name_kana), "".join(one.name.split())}
        ]
        if not found:
            raise PatientProblem(
                Catalogue.UNKNOWN_PERSON,
                Sentence(
                    "この氏名と生年月日の方が見つかりません。",
                    "Nobody has this name and date of birth.",
                )
                + NOT_STOPPED
                + Sentence(
                    "氏名と生年月日を確かめて、もう一度入力してください。",
                    "Check both and enter them again.",
                ),
            )
        if len(found) > 1:
            raise PatientProblem(
                Catalogue.UNKNOWN_PERSON,
                Sentence(
                    "同じ氏名・生年月日の方が複数いるため、どのカードか決められません。",
                    "Several people have this name and date of birth, so it is not clear whose "
                    "card it is.",
                )
                + NOT_STOPPED
                + Sentence(
                    "お住まいの市区町村の窓口に連絡してください。", "Please ask your municipality."
                ),
            )
        return found[0]


@dataclass(frozen=True)
class Hotline:
    """Stops cards."""

    engine: Engine

    async def stop(self, reference: str, now: datetime) -> Stop:
        """Suspend all certificates of a person, those on phones too, and end their sessions.

        To say it twice changes nothing.

        Raises:
            Problem: UNKNOWN_PERSON, NOT_FOUND where the person has no card, or JLIS_OUT.
        """

        def stop_all() -> Resident:
            JlisOutage(self.engine).require_up(now, meanwhile=NOT_STOPPED.ja)
            with locked(self.engine, reference) as connection:
                who = find_by_reference(connection, reference)
                if who is None:
                    raise Problem(Catalogue.UNKNOWN_PERSON)
                held = cards.certificates_of(connection, reference)
                if not held:
                    raise PatientProblem(
                        Catalogue.NOT_FOUND,
                        Sentence(
                            "この方のマイナンバーカードは見つかりません。止めるカードがありません。",
                            "No My Number Card of this person is known. There is nothing to stop.",
                        ),
                    )
                for serial_number in {one.card for one in held if one.revoked_at is None}:
                    card = cards.find_card(connection, serial_number)
                    assert card is not None, "its certificates name it"
                    suspend(connection, card, now)
                return who

        who = await asyncio.to_thread(stop_all)
        today = now.astimezone(TOKYO).date()
        return Stop(
            name=who.name,
            since=suspended_since(now),
            again=express(ReissueReason.LOST, today, today, own_fault=True),
            apply_by=express_apply_by(today),
        )


_HALF_WIDTH = {
    unicodedata.normalize("NFKC", chr(half)): chr(half) for half in range(ord("ｦ"), ord("ﾝ") + 1)
} | {"\u3099": "ﾞ", "\u309a": "ﾟ"}
"""Katakana, and the two marks that follow them, in half width."""


def _half_width(text: str) -> str:
    """Write a reading as the register has it, in half-width kana; empty for other letters."""
    parts = unicodedata.normalize("NFD", kana_key(text))
    if any(part not in _HALF_WIDTH for part in parts):
        return ""
    return "".join(_HALF_WIDTH[part] for part in parts)
