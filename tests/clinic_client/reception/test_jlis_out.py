"""J-LIS is down for maintenance, as on 15 December 2024 (case 1 of the public ones)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from testbed.cards.card_store import CardStore
from virtual_card.plugs.inprocess import InProcessConnection

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from virtual_card.card import VirtualCard

from reader.errors import CardRemoved


def test_a_renewed_card_goes_to_the_fallback_and_settles_after_the_window(
    open_clinic: Callable[..., Any],
    oqs: Any,
    card: Callable[[str], VirtualCard],
    tmp_path: Path,
) -> None:
    card("hanako")
    store = CardStore(tmp_path / "cards")
    clinic = open_clinic(lambda _: InProcessConnection(store.card("hanako"), CardRemoved))
    oqs.take_jlis(out=True)
    assert clinic.visit()["Word"] == "VALID", "registered, with the certificate as it was"
    oqs.take_jlis(out=False)
    asyncio.run(oqs.renew(store, "hanako"))
    oqs.take_jlis(out=True)
    visit = clinic.visit()
    assert (visit["Word"], visit["Cause"]) == ("CHECK", "NETWORK")
    assert visit["ProblemCode"] == "SIM-CERTIFICATE-NOT-CONFIRMABLE"
    assert visit["Decision"]["Ways"]
    assert clinic.state()["Line"]["Up"], "OQS itself is there, and answers others"
    (waiting,) = clinic.get("/api/catch-up")["Waiting"]
    assert waiting["VisitId"] == visit["VisitId"]
    oqs.take_jlis(out=False)
    assert clinic.visit()["Word"] == "VALID"
    assert clinic.get("/api/catch-up")["Waiting"] == []
