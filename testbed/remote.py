"""The cards and slots of a running testbed, as a command of another process handles them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Self

import httpx2

from eligibility.sentence import Sentence
from testbed.launch.systems_on_record import running_systems, the_system
from testbed.mistakes import Mistake
from wire.client import ask_while_up, console_client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

DEFAULT_URL = "http://127.0.0.1:8601"
"""Where the testbed of a system answers that left no record here, as one in containers does.
Written out, as the modules that know it load every service and take a second for that."""
PATIENCE_SECONDS = 4.0
"""How long an answer is waited for before the service is asked whether it is up, and then has."""
_OTHERS = {
    "oqs": Sentence("OQS", "OQS"),
    "intermediate-server": Sentence("中間サーバー", "the intermediate server"),
    "sync-worker": Sentence("同期ワーカー", "the sync worker"),
    "clinic": Sentence("受付", "the clinic's desk"),
    "testbed": Sentence("テストベッド", "the testbed"),
}
"""The services by the names by which they tell that they are up."""
_NOT_HERE = {"SIM-NOT-FOUND", "SIM-METHOD-NOT-ALLOWED"}
"""What a service answers that has no such route."""


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
    """A service that runs somewhere and speaks JSON. Every method raises `RemoteRefusal`.

    What takes long is waited for, but only as long as the service says that it is up.
    """

    def __init__(self, url: str, name: str) -> None:
        """Take the address, and the name by which the service there tells that it is up."""
        self._url, self._name = url, name

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Ask, and return the answer's object; empty where the answer is."""
        response = self._answer(method, path, body)
        try:
            return _object_of(response) if response.content else {}
        except ValueError:
            raise self._silent() from None

    def download(self, path: str) -> bytes:
        """Get what is no object, such as a PDF."""
        content: bytes = self._answer("GET", path, None).content
        return content

    def _answer(self, method: str, path: str, body: object) -> httpx2.Response:
        try:
            return asyncio.run(self._ask(method, path, body))
        except httpx2.ReadTimeout:
            raise self._hanging() from None
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError):
            raise self._silent() from None

    async def _ask(self, method: str, path: str, body: object) -> httpx2.Response:
        async with console_client(self._url, PATIENCE_SECONDS) as client:
            response = await ask_while_up(client, method, path, body, patience=PATIENCE_SECONDS)
            if response.is_success:
                return response
            answer: dict[str, Any] = _object_of(response) if response.content else {}
            if answer.get("code") in _NOT_HERE:
                other = str(_object_of(await client.get("/health")).get("Service"))
                if other in _OTHERS and other != self._name:
                    raise self._another(other)
        raise RemoteRefusal(_sentence(answer), answer.get("code"))

    @property
    def _what(self) -> Sentence:
        return _OTHERS[self._name]

    def _silent(self) -> NoAnswer:
        ja, en = self._what.ja, self._what.en
        return NoAnswer(
            Sentence(
                f"{self._url} で{ja}が答えません。`oqs demo` または `oqs up` で始めるか、"
                "アドレスを確かめてください。`oqs systems` で、動いているシステムが分かります。",
                f"No {en.removeprefix('the ')} answers at {self._url}. Start one with `oqs demo` "
                "or `oqs up`, or check the address; `oqs systems` lists what is running.",
            )
        )

    def _hanging(self) -> NoAnswer:
        ja, en = self._what.ja, self._what.en
        return NoAnswer(
            Sentence(
                f"{self._url} の{ja}は接続を受け付けますが、答えません。止まっていないか"
                "確かめ、続くときは始め直してください。",
                f"{en[0].upper()}{en[1:]} at {self._url} takes connections but does not answer. "
                "See whether it was stopped; start it again if that goes on.",
            )
        )

    def _another(self, name: str) -> NoAnswer:
        other = _OTHERS[name]
        return NoAnswer(
            Sentence(
                f"{self._url} にあるのは{self._what.ja}ではなく{other.ja}です。アドレスを"
                "確かめてください。`oqs systems` で、動いているシステムが分かります。",
                f"At {self._url} is {other.en}, not {self._what.en}. Check the address; "
                "`oqs systems` lists what is running.",
            )
        )


class RemoteClock(RemoteService):
    """The clock of a deployment, at the console of OQS."""

    def __init__(self, oqs_console: str) -> None:
        """Take the console's address."""
        super().__init__(oqs_console, "oqs")

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
        super().__init__(url, "testbed")

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
                pass
            else:
                return testbed
        return cls(url or the_system(system).testbed)

    def cards(self) -> list[str]:
        """Return the names of the cards that were issued."""
        return list(self.ask("GET", "/cards")["Cards"])

    def issue(self, persona: str) -> list[str]:
        """Have a persona's card issued; return the names of all cards."""
        return list(self.ask("POST", "/cards", {"Persona": persona})["Cards"])

    def stand_ins(self) -> dict[str, Any]:
        """Return the cards that stand in for others, and what is seen of the real readers."""
        return self.ask("GET", "/stand-ins/cards")

    def bind_stand_in(self, card: str, use: str | None = None) -> dict[str, Any]:
        """Have the card on the real reader stand in for this one; an own card is used so."""
        said = {} if use is None else {"Use": use}
        return self.ask("POST", "/stand-ins/cards", {"Card": card, **said})

    def remove_stand_in(self, card: str) -> None:
        """Forget all cards that stand in for this one."""
        self.ask("DELETE", f"/stand-ins/cards/{card}")

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


def _object_of(response: httpx2.Response) -> dict[str, Any]:
    """Return the object that an answer is; raises ValueError where it is none."""
    answer = response.json()
    if not isinstance(answer, dict):
        raise ValueError("not an object")  # noqa: TRY004 # as one that is no JSON
    return answer


def _sentence(problem: dict[str, Any]) -> Sentence:
    detail = problem.get("detail")
    ja = problem.get("japanese", "要求は断られました。")
    en = problem.get("title", "The service refused.")
    # What is particular has one language, that of the implementer.
    return Sentence(ja, f"{en} {detail}" if detail else en)
