"""The story of one visit, and of the days until a change of insurer is seen.

It plays against running services, over HTTP only, as the people of the story would: the
insurers at the intermediate server, the patient at the portal and the card reader, the
receptionist at the desk. Each step checks what it sees; a step that does not hold ends it.
"""

from __future__ import annotations

import json
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import httpx2

from eligibility.days.dates import TOKYO
from eligibility.sentence import Sentence
from testbed.cards.personas import Persona, personas
from testbed.launch.line_certificates import insurer
from testbed.launch.participants import NEW_INSURER, OLD_INSURER
from testbed.mistakes import Mistake, as_mistake
from testbed.terminal_output.speech import Speech
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Self

    from testbed.launch.participants import Addresses

SLOT = 0
SECONDS = 30.0
"""How long one request, or the sight of a card, may take."""
GREETING_SECONDS = 8.0
"""How long a service may take to say that it is up."""


class StoryBroken(Mistake):
    """A step did not hold; the message says what was expected and what was seen."""

    code = "story-broken"


@dataclass(frozen=True)
class ToldStep:
    """A step that held."""

    chapter: int
    told: str
    milliseconds: float
    note: str | None


def tokyo(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of Tokyo."""
    return datetime(year, month, day, hour, minute, tzinfo=TOKYO)


def expect(what: Sentence, seen: object, wanted: object) -> None:
    """Raise StoryBroken unless both are equal."""
    if seen != wanted:
        raise StoryBroken(
            Sentence(
                f"{what.ja}は {wanted!r} のはずが {seen!r} でした。",
                f"{what.en}: expected {wanted!r}, saw {seen!r}.",
            )
        )


@dataclass
class Story:
    """Plays the story and tells each step in a line."""

    addresses: Addresses
    tell: Callable[[str], object] | None = print
    """Gets each step as a line; None tells nobody."""
    speech: Speech = field(default_factory=Speech.of_terminal)
    steps: list[ToldStep] = field(default_factory=list, init=False)
    """Those that held so far."""
    persona: Persona = field(default_factory=lambda: personas()["hanako"])

    def __enter__(self) -> Self:
        self._console = httpx2.Client(base_url=self.addresses.oqs_console, timeout=SECONDS)
        self._clinic = httpx2.Client(base_url=self.addresses.clinic, timeout=SECONDS)
        self._testbed = httpx2.Client(base_url=self.addresses.testbed, timeout=SECONDS)
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self._console, self._clinic, self._testbed):
            client.close()

    def play(self) -> None:
        """Play all six chapters.

        Raises:
            StoryBroken: a step does not hold, a service does not answer, or the system is not new:
                then nothing was moved, not even the clock.
        """
        for service in (self._console, self._clinic, self._testbed):
            with self._guarded():
                service.get("/health", timeout=GREETING_SECONDS)
        self._expect_new()
        self.a_member_gets_her_card()
        self.she_visits_with_her_card()
        self.she_changes_her_insurer()
        self.the_clinic_sees_the_loss_only()
        self.the_new_insurer_becomes_visible()
        self.mistakes_at_the_reader()

    # --- the chapters ----------------------------------------------------------------------

    def a_member_gets_her_card(self) -> None:
        """Chapter 1: membership, card, use registration."""
        with self._step(
            1,
            Sentence(
                "時計を2026年11月9日（月）9:00に合わせます",
                "The clock is set to Monday 9 November 2026, 09:00",
            ),
        ):
            setting = {"Mode": "frozen", "Now": tokyo(2026, 11, 9, 9).isoformat()}
            self._ask(self._console, "PUT", "/sim/clock", setting)
        who = self.persona
        with self._step(
            1,
            Sentence(
                "国保が花子さんの資格取得を届け出ます（適用 2024年4月1日）",
                "The 国保 reports Hanako's membership (from 1 April 2024)",
            ),
        ):
            resident = {
                "IndividualNumber": who.individual_number,
                "Name": who.name,
                "NameKana": who.name_kana,
                "Sex1": who.sex,
                "Birthdate": who.birthdate,
                "Address": who.address,
                "PostNumber": who.post_number,
            }
            self._ask(self._console, "POST", "/sim/jlis/residents", resident)
            self._report(
                OLD_INSURER,
                Kind="join",
                FiledOn="20240401",
                InsuredCardSymbol="最上",
                InsuredIdentificationNumber="1234567",
                InsuredBranchNumber="01",
                QualificationDate="20240401",
            )
            self.advance(Seconds=0)
        with self._step(
            1,
            Sentence(
                "J-LIS（模擬）がマイナンバーカードを交付します",
                "The J-LIS simulator issues her My Number Card",
            ),
        ):
            self._ask(self._testbed, "POST", "/cards", {"Persona": who.key})
        with self._step(
            1,
            Sentence(
                "花子さんがマイナポータルで保険証の利用登録をします",
                "She registers the card for insurance use in the portal",
            ),
        ):
            pin = {"Pin": who.authentication_pin}
            self._ask(self._testbed, "POST", f"/cards/{who.key}/registration", pin)

    def she_visits_with_her_card(self) -> None:
        """Chapters 2 and 3: the card in the reader, and the answer."""
        with self._step(
            2,
            Sentence(
                "カードを読取機に置くと、受付の画面が気づきます",
                "The card is put on the reader, and the desk sees it",
            ),
        ):
            self.insert()
        with self._step(
            2, Sentence("残り回数を確かめます: あと3回", "The remaining tries are shown: 3")
        ):
            expect(Sentence("残り回数", "remaining tries"), self._tries(), 3)
        with self._step(
            2,
            Sentence(
                "暗証番号を照合し、証明書を読み、OQSの乱数に署名させます",
                "PIN verified, certificate read, OQS's challenge signed",
            ),
        ) as note:
            visit = self._visit()
            timings = visit["Timings"]
            note(
                Sentence(
                    f"カード {timings['CardMs']:.1f} ms, OQS {timings['InquiryMs']:.1f} ms",
                    f"card {timings['CardMs']:.1f} ms, OQS {timings['InquiryMs']:.1f} ms",
                ),
            )
        with self._step(
            3,
            Sentence(
                "OQSの答え: 有効、最上型国保、記号・番号・枝番、3割",
                "OQS answers: valid, the 国保, symbol, number and branch, 30 %",
            ),
        ):
            self._expect_valid(visit, OLD_INSURER, "最上", "1234567", "01")
        self.remove()

    def she_changes_her_insurer(self) -> None:
        """Chapter 4, first half: both insurers report; the clinic still sees the old one."""
        with self._step(
            4,
            Sentence(
                "11月13日（金）国保が喪失を届け出ます（11月11日喪失）",
                "Fri 13 Nov: the 国保 reports her loss (of 11 November)",
            ),
        ) as note:
            self.advance(To=tokyo(2026, 11, 13, 15).isoformat())
            loss = self._report(
                OLD_INSURER,
                Kind="leave",
                InsuredCardSymbol="最上",
                InsuredIdentificationNumber="1234567",
                InsuredBranchNumber="01",
                DisqualificationDate="20261111",
                ReasonOfLoss="03",
            )
            expect(
                Sentence("喪失が見えはじめる日", "the loss is visible from"),
                loss["ReflectionDate"],
                "20261118",
            )
            note(Sentence("11月18日から見えます", "visible from 18 November"))
        with self._step(
            4,
            Sentence(
                "11月16日（月）新しい健保組合が取得を届け出ます（11月10日取得）",
                "Mon 16 Nov: the new 健保 reports her membership (of 10 November)",
            ),
        ) as note:
            self.advance(To=tokyo(2026, 11, 16, 10).isoformat())
            gain = self._report(
                NEW_INSURER,
                Kind="join",
                InsuredCardSymbol="北",
                InsuredIdentificationNumber="7654321",
                InsuredBranchNumber="00",
                QualificationDate="20261110",
            )
            expect(
                Sentence("取得が見えはじめる日", "the acquisition is visible from"),
                gain["ReflectionDate"],
                "20261125",
            )
            note(Sentence("11月25日から見えます", "visible from 25 November"))
        with self._step(
            4,
            Sentence(
                "同じ日の受付: OQSの答えはまだ古い国保のままです",
                "At the desk that day: OQS still answers with the old 国保",
            ),
        ):
            self.insert()
            visit = self._visit()
            self._expect_valid(visit, OLD_INSURER, "最上", "1234567", "01")
        with self._step(
            4,
            Sentence(
                "中間サーバーの見え方（模擬）: 喪失は18日、取得は25日から",
                "The simulation view already shows the loss from 18, the gain from 25 Nov",
            ),
        ):
            pending = self._ask(self._clinic, "GET", f"/api/visits/{visit['VisitId']}/pending")
            seen = [(one["Kind"], one["ReflectionDate"]) for one in pending["Pending"]]
            expect(
                Sentence("反映待ちの届出", "pending changes"),
                seen,
                [("leave", "20261118"), ("join", "20261125")],
            )
        self.remove()

    def the_clinic_sees_the_loss_only(self) -> None:
        """Chapter 4, second half: the loss is visible, the acquisition is not; the fallback."""
        with self._step(
            4,
            Sentence(
                "11月19日（木）: 資格（無効）。喪失だけが反映されています",
                "Thu 19 Nov: invalid; only the loss has been reflected",
            ),
        ):
            self.advance(To=tokyo(2026, 11, 19, 9).isoformat())
            self.insert()
            visit = self._visit()
            expect(Sentence("資格の有効性", "validity"), visit["Validity"], "2")
        with self._step(
            4,
            Sentence(
                "代わりの確認: カード＋資格情報のお知らせ等、なければ資格申立書、3割",
                "Fallback: card + notice or portal screen, else the declaration, 30 %",
            ),
        ) as note:
            decision = visit["Decision"]
            ways = [way["Way"] for way in decision["Ways"] if way["Accepted"]]
            expect(
                Sentence("はじめの2つの確認方法", "first two ways"),
                ways[:2],
                ["card_with_portal_or_notice", "declaration"],
            )
            expect(Sentence("負担割合", "ratio"), decision["Ratio"], 3)
            expect(Sentence("請求の方法", "claim"), decision["Claim"]["Mode"], "old_eligibility")
            note(Sentence("請求は旧資格で", "claimed with the old qualification"))
        with self._step(
            4,
            Sentence(
                "再確認待ちに入ります（11月25日から）",
                "The visit goes on the catch-up list (from 25 November)",
            ),
        ):
            waiting = self._catch_up()
            expect(
                Sentence("再確認待ちの受付", "visits to catch up"),
                [one["CheckFrom"] for one in waiting],
                ["20261125"],
            )
        self.remove()

    def the_new_insurer_becomes_visible(self) -> None:
        """Chapter 5: three business days, over a weekend and a holiday."""
        with self._step(
            5,
            Sentence(
                "時計を3営業日進めます（土・日・勤労感謝の日をまたいで11月25日へ）",
                "Three business days pass, over a weekend and a holiday, to 25 November",
            ),
        ) as note:
            advanced = self.advance(BusinessDays=3)
            today = datetime.fromisoformat(advanced["Reading"]["Now"]).astimezone(TOKYO).date()
            expect(Sentence("日付", "the day"), today.isoformat(), "2026-11-25")
            applied = [one["InsurerNumber"] for one in advanced["BecameVisible"]]
            expect(
                Sentence("見えるようになった変更", "changes that became visible"),
                applied,
                [NEW_INSURER],
            )
            note(Sentence("新しい資格が反映されました", "the new membership was applied"))
        with self._step(
            5,
            Sentence(
                "同じカードの答えが新しい健保組合になります",
                "The same card now answers with the new 健保",
            ),
        ):
            self.insert()
            visit = self._visit()
            self._expect_valid(visit, NEW_INSURER, "北", "7654321", "00")
        with self._step(
            5, Sentence("再確認待ちが空になります", "The visit leaves the catch-up list")
        ):
            expect(Sentence("再確認待ちの受付", "visits to catch up"), self._catch_up(), [])

    def mistakes_at_the_reader(self) -> None:
        """Chapter 6: a wrong PIN, and a card pulled out in the middle."""
        wrong = "".join(str((int(digit) + 1) % 10) for digit in self.persona.authentication_pin)
        with self._step(
            6,
            Sentence(
                "暗証番号を間違えると: あと2回。自動では繰り返しません",
                "A wrong PIN: 2 tries left, and nothing is tried again by itself",
            ),
        ):
            problem = self._refused("/api/visits", {"Pin": wrong})
            expect(Sentence("残り回数", "remaining tries"), problem.get("attempts_remaining"), 2)
            expect(Sentence("カードの残り回数", "remaining tries on the card"), self._tries(), 2)
        with self._step(
            6,
            Sentence(
                "途中でカードを抜くと、何をすればよいかを伝えます",
                "A card pulled out half way: a sentence says what to do",
            ),
        ) as note:
            self._ask(
                self._testbed, "POST", f"/slots/{SLOT}/faults", {"Faults": ["remove:after=6"]}
            )
            problem = self._refused("/api/visits", {"Pin": self.persona.authentication_pin})
            note(Sentence(problem["japanese"], problem["english"]))
            self._wait_for_card(present=False)
        with self._step(
            6,
            Sentence(
                "もう一度置けば、いつもどおり使えます", "Put in again, the card works as ever"
            ),
        ):
            self.insert()
            self._expect_valid(self._visit(), NEW_INSURER, "北", "7654321", "00")
            expect(Sentence("残り回数", "remaining tries"), self._tries(), 3)

    def _expect_new(self) -> None:
        """Look, without moving anything, whether the story can be played here."""
        who = self.persona
        if who.key in self._ask(self._testbed, "GET", "/cards")["Cards"]:
            raise _not_new(
                "花子さんのカードが、もう交付されています。", "Hanako has a card already."
            )
        sought = urlencode({"Sought": who.name})
        found = self._ask(self._console, "GET", f"/sim/municipality/residents?{sought}")
        of_her_name = found["Residents"]
        if any(one["Birthdate"] == who.birthdate for one in of_her_name):
            raise _not_new(
                "花子さんが、もう住民として登録されています。", "Hanako is a resident already."
            )
        if (card := self._ask(self._testbed, "GET", f"/slots/{SLOT}").get("Card")) is not None:
            raise _not_new(
                f"読取機にカード「{card}」が置かれています。", f"The card {card} is in the reader."
            )

    # --- how it is told ----------------------------------------------------------------------

    @contextmanager
    def _step(self, chapter: int, step: Sentence) -> Iterator[Callable[[Sentence], None]]:
        """Time a step and tell it in one line; the step may add a note."""
        notes: list[str] = []

        def note(addition: Sentence) -> None:
            notes.append(self.speech(addition))

        begun = time.perf_counter()
        told = self.speech(step)
        try:
            yield note
        except StoryBroken as error:
            if self.tell:
                self.tell(f"  {chapter} ✖ {told}")
            raise StoryBroken(
                Sentence(
                    f"第{chapter}章が成り立ちません。{error.ja}",
                    f"Step {chapter} does not hold. {error.en}",
                )
            ) from None
        milliseconds = (time.perf_counter() - begun) * 1000
        addition = f" ({'; '.join(notes)})" if notes else ""
        self.steps.append(ToldStep(chapter, told, round(milliseconds, 1), "; ".join(notes) or None))
        if self.tell:
            self.tell(f"  {chapter} ✔ {milliseconds:7.1f} ms  {told}{addition}")

    # --- what the people do ------------------------------------------------------------------

    def _report(self, insurer_number: str, **procedure: str) -> dict[str, Any]:
        """Have an insurer report a procedure, with its own certificate."""
        with as_mistake(OSError):
            context = credentials(
                self.addresses.line_directory, insurer(insurer_number)
            ).client_context(INTERMEDIATE_SERVER)
        body = {
            "InsurerNumber": insurer_number,
            "IndividualNumber": self.persona.individual_number,
            **procedure,
        }
        with httpx2.Client(
            base_url=self.addresses.intermediate_line, verify=context, timeout=SECONDS
        ) as line:
            return self._ask(line, "POST", "/procedures", body)

    def advance(self, **how_far: object) -> dict[str, Any]:
        """Advance the clock; everything due is applied when this returns."""
        return self._ask(self._console, "POST", "/sim/clock/advance", how_far)

    def insert(self) -> None:
        """Put the card into the reader; the desk has looked at it when this returns."""
        self._ask(self._testbed, "PUT", f"/slots/{SLOT}", {"Card": self.persona.key})
        self._wait_for_card(present=True)

    def remove(self) -> None:
        """Take the card out; the desk has seen that when this returns."""
        self._ask(self._testbed, "DELETE", f"/slots/{SLOT}")
        self._wait_for_card(present=False)

    def _wait_for_card(self, *, present: bool) -> None:
        """Wait until the desk sees the card come, with its tries read, or go."""
        state: dict[str, Any] = {}
        deadline = time.monotonic() + SECONDS
        with self._guarded(), self._clinic.stream("GET", "/events") as events:
            for line in events.iter_lines():
                # Each event is a reason to look again; the first comes with the connection.
                if line.startswith("data:"):
                    state = self._state()
                    if present and state.get("Card") is not None:
                        return
                    if not present and not state["Reader"]["CardPresent"]:
                        return
                # While nothing happens, comments keep the connection alive.
                if time.monotonic() > deadline:
                    break
        trouble = state.get("Reader", {}).get("Trouble") or state.get("CardTrouble") or {}
        seen = trouble.get("English", "The desk's events tell of no change.")
        ja = trouble.get("Japanese", "受付に、変化の知らせが届きません。")
        raise StoryBroken(
            Sentence(
                f"受付からカードの{'出現' if present else '取り外し'}が見えませんでした。{ja}",
                f"The desk did not see the card {'come' if present else 'go'}. {seen}",
            )
        )

    def _state(self) -> dict[str, Any]:
        return self._ask(self._clinic, "GET", "/api/state")

    def _tries(self) -> int | None:
        card = self._state().get("Card") or {}
        tries: int | None = card.get("RemainingTries")
        return tries

    def _visit(self) -> dict[str, Any]:
        pin = {"Pin": self.persona.authentication_pin}
        return self._ask(self._clinic, "POST", "/api/visits", pin)

    def _catch_up(self) -> list[dict[str, Any]]:
        waiting: list[dict[str, Any]] = self._ask(self._clinic, "GET", "/api/catch-up")["Waiting"]
        return waiting

    def _expect_valid(
        self, visit: dict[str, Any], insurer_number: str, symbol: str, number: str, branch: str
    ) -> None:
        expect(Sentence("資格の有効性", "validity"), visit["Validity"], "1")
        result = visit["Result"]
        seen = (
            result["InsurerNumber"].strip(),
            result["InsuredCardSymbol"],
            result["InsuredIdentificationNumber"],
            result["InsuredBranchNumber"],
            result["InsuredPartialContributionRatio"],
        )
        expect(
            Sentence("資格", "the qualification"),
            seen,
            (insurer_number, symbol, number, branch, "030"),
        )

    def _refused(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send what is expected to be refused, and return the problem document."""
        with self._guarded():
            response = self._clinic.post(path, json=body)
        expect(Sentence(f"{path} の拒否", f"{path} is refused"), response.is_success, False)  # noqa: FBT003 # the wanted value
        problem: dict[str, Any] = response.json()
        return problem

    def _ask(
        self, client: httpx2.Client, method: str, path: str, body: object = None
    ) -> dict[str, Any]:
        with self._guarded():
            response = client.request(method, path, json=body)
        if not response.is_success:
            status, said = response.status_code, _said(response)
            raise StoryBroken(
                Sentence(
                    f"{method} {path} の答えは {status} でした。{said.ja}",
                    f"{method} {path} answered {status}: {said.en}",
                )
            )
        answer: dict[str, Any] = response.json() if response.content else {}
        return answer

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        try:
            yield
        except httpx2.HTTPError as error:
            try:
                where = str(error.request.url.copy_with(path="/", query=None))
            except RuntimeError:
                where = "http://?"
            raise StoryBroken(
                Sentence(
                    f"{where} が答えません。サービスが動いているか、アドレスが正しいか"
                    "確かめてください。",
                    f"{where} does not answer{_in_brackets(error)}. "
                    "Check that the services run and that the addresses are right.",
                )
            ) from None


def _not_new(ja: str, en: str) -> StoryBroken:
    return StoryBroken(
        Sentence(
            f"{ja}物語は新しいシステムで始まります。時計も届出も、そのままです。`oqs demo` で新しい"
            "システムを始めるか、`oqs up` をやり直してください。",
            f"{en} The story begins on a new system. Nothing was moved, neither the clock nor a "
            "record. Start a new one with `oqs demo`, or `oqs up` again.",
        )
    )


def _said(response: httpx2.Response) -> Sentence:
    """Return what a service says of its refusal."""
    try:
        problem = response.json()
        en = problem.get("detail") or problem["title"]
        return Sentence(problem.get("japanese", f"({problem['code']})"), en)
    except (json.JSONDecodeError, KeyError, AttributeError):
        return Sentence("", response.text[:200])


def _in_brackets(error: Exception) -> str:
    """Return what an error says of itself, where it says anything."""
    return f" ({error})" if str(error) else ""
