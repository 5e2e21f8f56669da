"""The counter as its callers see it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.oqs_sim.conftest import Oqs


class Counter:
    """What is filed for Hanako, or for somebody else, and what a check says then."""

    def __init__(self, oqs: Oqs, person: str | None = None) -> None:
        self.oqs, self.person = oqs, person or oqs.hanako

    def file(self, act: str, **members: Any) -> dict[str, Any]:
        """File what is taken; return the receipt."""
        done = self._send(act, **members)
        assert done.status_code == 201, done.text
        receipt: dict[str, Any] = done.json()
        return receipt

    def refused(self, act: str, **members: Any) -> str:
        """File what is refused; return the sentence why, which is told in English too."""
        done = self._send(act, **members)
        assert done.status_code == 409, done.text
        assert done.json()["code"] == "SIM-COUNTER-REFUSED"
        said: str = done.json()["japanese"]
        detail = done.json()["detail"]
        assert detail
        assert "。" not in detail
        return said

    def _send(self, act: str, **members: Any) -> Any:
        path = f"/sim/municipality/persons/{self.person}/acts"
        return self.oqs.console.post(path, json={"Act": act, **members})

    def shown(self) -> dict[str, Any]:
        """What the counter sees of the person."""
        found = self.oqs.console.get(f"/sim/municipality/persons/{self.person}")
        assert found.status_code == 200, found.text
        file: dict[str, Any] = found.json()
        return file

    def card(self) -> dict[str, Any]:
        """How the first of the person's carriers stands."""
        first: dict[str, Any] = self.shown()["Carriers"][0]
        return first

    def possible(self) -> set[str]:
        """Which acts can be done now."""
        return {one["Act"] for one in self.shown()["Acts"] if one["Possible"]}

    def check(self, on: str, hour: str = "09:00:00") -> str:
        """Move the clock there and check the card; return the code of the refusal, or `ok`."""
        self.oqs.set_clock(f"{on}T{hour}+09:00")
        answer = self.oqs.check()
        return "ok" if answer.status_code == 200 else str(answer.json()["code"])
