"""The cards and slots of a running testbed, as a command of another process handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx2

from testbed.mistakes import Mistake
from testbed.terminal_output.speech import in_japanese

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8601"
"""Where the testbed of `oqs demo` and `oqs up` answers. Written out, as the
modules that know it load every service and take a second for that."""
_SECONDS = 30.0


class RemoteRefusal(Mistake):
    """The testbed does not answer or refuses; the message says what to do."""


class RemoteTestbed:
    """A testbed that runs somewhere. Every method raises `RemoteRefusal`.

    What a slot is like afterwards is returned as the testbed writes it, see ``SlotState``.
    """

    def __init__(self, url: str) -> None:
        """Take the testbed's address."""
        self._url = url
        try:
            self._client = httpx2.Client(base_url=url, timeout=_SECONDS, trust_env=False)
        except (httpx2.InvalidURL, ValueError) as error:
            raise RemoteRefusal(f"{url!r} is no address of a testbed ({error}).") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def cards(self) -> list[str]:
        """Return the names of the cards that were issued."""
        return list(self._ask("GET", "/cards")["Cards"])

    def issue(self, persona: str) -> list[str]:
        """Have a persona's card issued; return the names of all cards."""
        return list(self._ask("POST", "/cards", {"Persona": persona})["Cards"])

    def repair(self, card: str) -> None:
        """Bring a dead card back to life."""
        self._ask("POST", f"/cards/{card}/repair")

    def slots(self) -> tuple[list[dict[str, Any]], str]:
        """Return all slots, and the address of their PC/SC service."""
        answer = self._ask("GET", "/slots")
        return list(answer["Slots"]), str(answer["Service"])

    def slot(self, number: int) -> dict[str, Any]:
        """Return a slot."""
        return self._ask("GET", f"/slots/{number}")

    def insert(
        self,
        number: int,
        *,
        card: str | None,
        replay: Path | None,
        timing: str,
        faults: Sequence[str],
        trace: Path | None,
    ) -> dict[str, Any]:
        """Put a card, or a recording of one, into a slot."""
        order: dict[str, object] = {"Timing": timing, "Faults": list(faults)}
        order |= {"Card": card} if card is not None else {}
        order |= {"Replay": str(replay.absolute())} if replay is not None else {}
        order |= {"Trace": str(trace.absolute())} if trace is not None else {}
        return self._ask("PUT", f"/slots/{number}", order)

    def remove(self, number: int) -> dict[str, Any]:
        """Take the card out of a slot."""
        return self._ask("DELETE", f"/slots/{number}")

    def reset(self, number: int, kind: str) -> dict[str, Any]:
        """Reset the card in a slot."""
        return self._ask("POST", f"/slots/{number}/reset", {"Kind": kind})

    def add_faults(self, number: int, faults: Sequence[str]) -> None:
        """Have more go wrong with the card in a slot."""
        self._ask("POST", f"/slots/{number}/faults", {"Faults": list(faults)})

    def clear_faults(self, number: int) -> None:
        """Have nothing go wrong with the card in a slot any more."""
        self._ask("DELETE", f"/slots/{number}/faults")

    def _ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        try:
            response = self._client.request(method, path, json=body)
            answer: dict[str, Any] = response.json() if response.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise RemoteRefusal(
                f"No testbed answers at {self._url}. Start one with `oqs demo` or `oqs up`, "
                "or say where it is with --testbed URL or OQS_SIM_TESTBED."
            ) from None
        if response.is_success:
            return answer
        raise RemoteRefusal(_sentence(answer))


def _sentence(problem: dict[str, Any]) -> str:
    said = problem.get("japanese" if in_japanese() else "title", "The testbed refused.")
    return " ".join(filter(None, (said, problem.get("detail"))))
