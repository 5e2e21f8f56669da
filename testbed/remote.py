"""The cards and slots of a running testbed, as a command of another process handles them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import httpx2

from eligibility.sentence import Sentence
from testbed.launch.systems_on_record import running_systems, the_system
from testbed.mistakes import Mistake

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8601"
"""Where the testbed of a system answers that left no record here, as one in containers does.
Written out, as the modules that know it load every service and take a second for that."""
_SECONDS = 30.0
_LONGEST = 3600.0
"""Seconds that an order may take which waits until all is done that it brings about."""


class RemoteRefusal(Mistake):
    """A service refuses; the message says what to do."""

    code = "refused"

    def __init__(self, sentence: Sentence, problem: str | None = None) -> None:
        super().__init__(sentence)
        self.problem = problem
        """The code of the problem, where the service named one."""


class NoAnswer(RemoteRefusal):
    """Nothing of ours answers at an address."""

    code = "no-answer"


class RemoteService:
    """A service that runs somewhere and speaks JSON. Every method raises `RemoteRefusal`."""

    def __init__(self, url: str, what: Sentence, seconds: float = _SECONDS) -> None:
        """Take the address, and what answers there."""
        self._url, self._what = url, what
        try:
            self._client = httpx2.Client(base_url=url, timeout=seconds, trust_env=False)
        except (httpx2.InvalidURL, ValueError):
            raise self._silent() from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask, and return the answer's object; empty where the answer is."""
        try:
            response = self._client.request(method, path, json=body)
            answer = response.json() if response.content else {}
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise self._silent() from None
        if not isinstance(answer, dict):
            raise self._silent()
        if response.is_success:
            return answer
        raise RemoteRefusal(_sentence(answer), answer.get("code"))

    def _silent(self) -> NoAnswer:
        ja, en = self._what.ja, self._what.en
        return NoAnswer(
            Sentence(
                f"{self._url} で{ja}が答えません。`oqs demo` または `oqs up` で始めるか、"
                "アドレスを確かめてください。`oqs systems` で、動いているシステムが分かります。",
                f"No {en} answers at {self._url}. Start one with `oqs demo` or `oqs up`, or check "
                "the address; `oqs systems` lists what is running.",
            )
        )


class RemoteClock(RemoteService):
    """The clock of a deployment, at the console of OQS."""

    def __init__(self, oqs_console: str) -> None:
        """Take the console's address."""
        super().__init__(oqs_console, Sentence("OQS", "OQS"), _LONGEST)

    def reading(self) -> dict[str, Any]:
        """Return what the clock shows, as ``ClockReading`` is written."""
        return self.ask("GET", "/sim/clock")

    def set(self, setting: Mapping[str, object]) -> dict[str, Any]:
        """Set how the clock goes; return what it shows then."""
        return self.ask("PUT", "/sim/clock", setting)

    def advance(self, by: str) -> dict[str, Any]:
        """Advance the clock; everything due has been applied when this returns."""
        return self.ask("POST", "/sim/clock/advance", {"By": by})


class RemoteTestbed(RemoteService):
    """A testbed that runs somewhere. Every method raises `RemoteRefusal`.

    What a slot is like afterwards is returned as the testbed writes it, see ``SlotState``.
    """

    def __init__(self, url: str) -> None:
        """Take the testbed's address."""
        super().__init__(url, Sentence("テストベッド", "testbed"))

    @classmethod
    def found(cls, url: str | None, system: str | None) -> Self:
        """Take the testbed at an address, of a system by its name, or of the only one that runs.

        Raises:
            Mistake: there is none, or several, and none was chosen.
        """
        if url is None and system is None and not running_systems():
            testbed = cls(DEFAULT_URL)
            try:
                testbed.ask("GET", "/health")
            except NoAnswer:
                testbed._client.close()
            else:
                return testbed
        return cls(url or the_system(system).testbed)

    def cards(self) -> list[str]:
        """Return the names of the cards that were issued."""
        return list(self.ask("GET", "/cards")["Cards"])

    def issue(self, persona: str) -> list[str]:
        """Have a persona's card issued; return the names of all cards."""
        return list(self.ask("POST", "/cards", {"Persona": persona})["Cards"])

    def repair(self, card: str) -> None:
        """Bring a dead card back to life."""
        self.ask("POST", f"/cards/{card}/repair")

    def slots(self) -> tuple[list[dict[str, Any]], str]:
        """Return all slots, and the address of their PC/SC service."""
        answer = self.ask("GET", "/slots")
        return list(answer["Slots"]), str(answer["Service"])

    def slot(self, number: int) -> dict[str, Any]:
        """Return a slot."""
        return self.ask("GET", f"/slots/{number}")

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
        return self.ask("PUT", f"/slots/{number}", order)

    def remove(self, number: int) -> dict[str, Any]:
        """Take the card out of a slot."""
        return self.ask("DELETE", f"/slots/{number}")

    def reset(self, number: int, kind: str) -> dict[str, Any]:
        """Reset the card in a slot."""
        return self.ask("POST", f"/slots/{number}/reset", {"Kind": kind})

    def add_faults(self, number: int, faults: Sequence[str]) -> None:
        """Have more go wrong with the card in a slot."""
        self.ask("POST", f"/slots/{number}/faults", {"Faults": list(faults)})

    def clear_faults(self, number: int) -> None:
        """Have nothing go wrong with the card in a slot any more."""
        self.ask("DELETE", f"/slots/{number}/faults")


def _sentence(problem: dict[str, Any]) -> Sentence:
    detail = problem.get("detail")
    ja = problem.get("japanese", "要求は断られました。")
    en = problem.get("title", "The service refused.")
    # What is particular has one language, that of the implementer.
    return Sentence(ja, f"{en} {detail}" if detail else en)
