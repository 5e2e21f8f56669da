"""A card of any make on a real reader, and the virtual card that lies in the slot for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from reader.description.layout import StandInKind
from reader.pcsc.pcsc_connection import PcscConnection
from tests.presence import wait_until
from tests.reader.plain_card import BANK_CARD_ATR, PlainCard
from tests.testbed.api.real_readers import (
    READER,
    RealReaders,
    bound,
    in_slot,
    laid,
    seen,
    watched,
)
from virtual_card.plug import CardMute

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx2


pytestmark = pytest.mark.pcscd

NUMBER = bytes.fromhex("04A2B3C4D5E680")
OTHER = bytes.fromhex("04FFFFFFD5E680")


def test_the_virtual_card_comes_and_goes_with_the_one_that_stands_in_for_it(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    card = PlainCard(NUMBER)
    readers.put_on(card)
    laid(testbed)
    answer = bound(testbed, "hanako")
    assert answer.status_code == 201, answer.text
    assert answer.json() == {"Card": "hanako", "Kind": "uid", "Use": None, "OnReader": True}
    with PcscConnection(READER) as connection:
        assert StandInKind.told_by(connection.atr) is StandInKind.ANY_CARD
        select = bytes.fromhex("00A4040C0AD392F000260100000001")
        assert connection.send(select) == (b"", 0x9000)
    readers.take_off()
    in_slot(testbed, None)
    wait_until(READER, present=False)
    readers.put_on(PlainCard(OTHER))
    laid(testbed)
    in_slot(testbed, None)
    readers.take_off()
    seen(testbed, lambda state: not state["CardPresent"])
    readers.put_on(card)
    in_slot(testbed, "hanako")
    asked = {command.hex() for command in card.commands}
    assert asked == {"ffca000000", "00a4040c0ad392f000260100000001"}, "its number, and its kind"


def test_a_binding_is_there_in_the_next_system_without_anybody_asking(
    begin: Callable[[str | None], httpx2.Client], testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER))
    laid(testbed)
    assert bound(testbed, "ichiro").status_code == 201
    readers.take_off()
    in_slot(testbed, None)
    following = begin(str(readers.stack.socket))
    seen(following, lambda state: bool(state["Readers"]))
    readers.put_on(PlainCard(NUMBER))
    seen(following, lambda state: any(one["OnReader"] for one in state["StandIns"]))


def test_what_is_taken_back_leaves_the_slot_at_once(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER))
    laid(testbed)
    bound(testbed, "hanako")
    in_slot(testbed, "hanako")
    assert testbed.delete("/stand-ins/cards/hanako").status_code == 204
    assert testbed.get("/slots/0").json()["Card"] is None
    again = testbed.delete("/stand-ins/cards/hanako")
    assert (again.status_code, again.json()["code"]) == (404, "SIM-STAND-IN-UNKNOWN")


def test_nobodys_card_is_asked_before_somebody_binds_one(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    card = PlainCard(NUMBER)
    readers.put_on(card)
    assert readers.stack.wait_until_card(0)
    assert testbed.get("/").status_code == 200
    assert testbed.get("/stand-ins/cards").json()["Watching"] is False
    assert card.commands == []


def test_a_card_on_contacts_is_bound_by_its_make_and_the_page_says_so(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(PlainCard(atr=BANK_CARD_ATR))
    laid(testbed)
    assert bound(testbed, "hanako").json()["Kind"] == "atr"
    assert "同じ種類のカードは、どれもこの人の代役になります" in testbed.get("/stand-ins").text
    refused = bound(testbed, "ichiro")
    assert refused.json()["code"] == "SIM-STAND-IN-BOUND"
    assert "同じ種類のカードはどれも同じに見えます" in refused.json()["japanese"]


class SilentOnce(PlainCard):
    """Gives no answer to the first that asks it, as where another program came in between."""

    def process(self, apdu: bytes, /) -> bytes:
        if not self.commands:
            self.commands.append(apdu)
            raise CardMute
        return super().process(apdu)


def test_a_card_that_could_not_be_asked_is_waited_for(
    testbed: httpx2.Client, readers: RealReaders
) -> None:
    watched(testbed)
    readers.put_on(SilentOnce(NUMBER))
    laid(testbed)
    answer = bound(testbed, "hanako")
    assert answer.status_code == 201, answer.text
    assert answer.json()["Kind"] == "uid"


def test_a_phone_is_refused_with_a_sentence(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(bytes.fromhex("08A1B2C3")))
    laid(testbed)
    refused = bound(testbed, "hanako").json()
    assert refused["code"] == "SIM-STAND-IN-CHANGES"
    assert "スマートフォン" in refused["japanese"]
    assert "代役にできません" in testbed.get("/stand-ins").text


def test_an_unknown_persona_is_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    readers.put_on(PlainCard(NUMBER))
    refused = bound(testbed, "nobody")
    assert (refused.status_code, refused.json()["code"]) == (404, "SIM-CARD-UNKNOWN")
    assert "ichiro" in refused.json()["japanese"]


def test_an_empty_reader_is_told(testbed: httpx2.Client) -> None:
    refused = bound(testbed, "hanako")
    assert refused.json()["code"] == "SIM-READER"
    assert "代役にするカードを置いたまま" in refused.json()["japanese"]


def test_cards_on_two_readers_are_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER), 0)
    readers.put_on(PlainCard(OTHER), 1)
    seen(testbed, lambda state: "2台" in (state["TroubleJapanese"] or ""))
    assert "代役にするカードだけ" in bound(testbed, "hanako").json()["japanese"]
    assert "代役にするカードだけ" in testbed.get("/stand-ins").text
    readers.take_off(1)
    laid(testbed)
    assert bound(testbed, "hanako").status_code == 201


def test_a_card_that_leaves_too_early_is_told(testbed: httpx2.Client, readers: RealReaders) -> None:
    watched(testbed)
    readers.put_on(PlainCard(NUMBER, pulled=True))
    seen(testbed, lambda state: "途中で外れました" in (state["TroubleJapanese"] or ""))
    assert "途中で外れました" in bound(testbed, "hanako").json()["japanese"]


def test_a_machine_without_a_service_for_readers_is_told(
    begin: Callable[[str | None], httpx2.Client], tmp_path: Path
) -> None:
    testbed = begin(str(tmp_path / "nothing"))
    refused = bound(testbed, "hanako").json()
    assert refused["code"] == "SIM-READER"
    assert "カード読取サービスに接続できません" in refused["japanese"]
    assert "カード読取サービスに接続できません" in testbed.get("/stand-ins").text
