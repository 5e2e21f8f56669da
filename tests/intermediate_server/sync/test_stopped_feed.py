"""An operator of OQS stops the feed: answers grow old, nothing is lost, and all comes in later."""

from __future__ import annotations

from typing import Any


def test_what_falls_due_while_the_feed_is_stopped_comes_in_when_it_goes_on(deployment: Any) -> None:
    deployment.register()
    deployment.file()
    stop = deployment.oqs.post("/sim/operation/faults", json={"Effect": "feed_stopped"})
    stop.raise_for_status()
    stopped = deployment.advance(To="2026-11-19T00:00:00+09:00")
    assert (stopped.status_code, stopped.json()["code"]) == (502, "SIM-FOLLOWER-FAILED")
    assert "takes in no changes" in stopped.json()["detail"]
    assert deployment.validity() == "4"
    assert deployment.pages.get("/sync/status").json()["Due"] == 1
    deployment.oqs.delete("/sim/operation/faults").raise_for_status()
    again = deployment.advance(To="2026-11-19T00:00:00+09:00").raise_for_status().json()
    assert len(again["BecameVisible"]) == 1
    assert deployment.validity() == "1"
