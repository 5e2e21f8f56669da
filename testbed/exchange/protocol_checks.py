"""What a maker's program expects of who answers through the folder, one check for each thing.

Source: oqs-interface §2, §5. What the public sources do not settle is marked ``unverified``.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.exchange.answer_document import AnswerDocument, read_document
from testbed.exchange.broken import AnswerLocked, ExchangeBroken, NothingCame, TimeOver
from wire.messages.archive import ArchiveUnreadable, unpack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from testbed.exchange.maker_folder import Fetched, MakerFolder, Request

NUMBER, REFERENCE, UNKNOWN = "OQSsiquc01", "OQSsiimm01", "OQSsizzz01"
BULK, BULK_RESULT = "OQSmuquc01", "OQSmuquc02"
_READERS_REQUESTS = 4
_PAUSE_SECONDS = 0.7
"""Between the two halves of a file that is being written: less than a program waits that judges one
as damaged [unverified: how long the real one waits is not public]."""
_QUIET_SECONDS = 1.5
"""How long nothing may come after an answer was fetched."""
_BULK_TURNS = 20
_MOST_BYTES = 4 << 20
"""Of a document in a zip, as the most careful known reader has it (§5)."""
_SEARCH = (
    "<InsurerNumber>  990010</InsurerNumber><InsuredCardSymbol>最上</InsuredCardSymbol>"
    "<InsuredIdentificationNumber>0000000</InsuredIdentificationNumber>"
)
_QUESTION = (
    f"<QualificationConfirmSearchInfo>{_SEARCH}<InsuredBranchNumber>01</InsuredBranchNumber>"
    "<Birthdate>19800217</Birthdate></QualificationConfirmSearchInfo>"
)
"""About nobody: the insurer is of a prefecture that there is not."""


class CheckAnswer(StrEnum):
    """What a check found."""

    GOOD = "good"
    BAD = "bad"
    OPEN = "open"
    """It was not looked at."""


@dataclass(frozen=True)
class Finding:
    """What came of a check."""

    check: Check
    answer: CheckAnswer
    found: Sentence


@dataclass(frozen=True)
class Check:
    """One expectation."""

    code: str
    expected: Sentence
    source: str
    run: Callable[[Trial], Sentence]
    """Returns what was found; raises ExchangeBroken, AnswerLocked or TimeOver."""
    unverified: bool = False


class Trial:
    """A run of the checks: the folder, for whom it asks, and what was seen of all answers."""

    def __init__(self, folder: MakerFolder, institution: str, zip_password: str = "") -> None:
        self.folder = folder
        self._institution, self._zip_password = institution, zip_password
        self.grown: list[str] = []
        self.fetched = 0

    def message(self, request: Request, body: str, encoding: str = "UTF-8") -> bytes:
        """Write a request whose ArbitraryFileIdentifier is its suffix; a 02req has none."""
        mark = f"<ArbitraryFileIdentifier>{request.suffix}</ArbitraryFileIdentifier>"
        return (
            f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>\n<XmlMsg><MessageHeader>'
            f"<MedicalInstitutionCode>{self._institution}</MedicalInstitutionCode>"
            f"{'' if request.api == BULK_RESULT else mark}</MessageHeader>"
            f"<MessageBody>{body}</MessageBody></XmlMsg>\n"
        ).encode(encoding)

    def ask(self, api: str, body: str = _QUESTION, encoding: str = "UTF-8") -> AnswerDocument:
        """Put a request, and return its answer."""
        request = self.folder.new(api)
        self.folder.put(request, self.message(request, body, encoding))
        return self.answered(request)

    def fetch(self, request: Request) -> Fetched:
        """Fetch what comes back, and keep what was seen of it."""
        fetched = self.folder.fetch(request)
        self.fetched += 1
        if fetched.grew:
            self.grown.append(fetched.name)
        return fetched

    def answered(self, request: Request) -> AnswerDocument:
        """Fetch the answer to a request that is right."""
        fetched = self.fetch(request)
        if fetched.is_error:
            told = fetched.content[:300].decode("utf-8", "replace").strip().replace("\r\n", " ")
            raise ExchangeBroken(
                Sentence(
                    f"正しい要求に {fetched.name} が返りました: {told}",
                    f"A right request came back with {fetched.name}: {told}",
                )
            )
        if fetched.name.endswith(".xml"):
            return read_document(fetched.content)
        if not (fetched.name.endswith(".zip") and self._zip_password):
            raise AnswerLocked(fetched.name)
        try:
            return read_document(unpack(fetched.content, self._zip_password, _MOST_BYTES))
        except ArchiveUnreadable as error:
            raise ExchangeBroken(
                Sentence(
                    f"{fetched.name} を、指定されたパスワードで開けません。",
                    f"{fetched.name} is not opened by the password that was given: {error}",
                )
            ) from None

    def refused(self, request: Request, document: bytes) -> Sentence:
        """Fetch the ``.err`` of a request that is wrong, and the request as it was."""
        fetched = self.fetch(request)
        if not fetched.is_error:
            raise ExchangeBroken(
                Sentence(f".err ではなく {fetched.name} でした。", f"No .err but {fetched.name}.")
            )
        if (back := self.folder.take_back(request)) != document:
            raise ExchangeBroken(
                Sentence(
                    "もとの要求が .err の隣にありません。"
                    if back is None
                    else "もとの要求の内容が変わっています。",
                    "The request does not lie beside its .err."
                    if back is None
                    else "The request that came back is another than the one that was put.",
                )
            )
        return Sentence(
            f"{fetched.name} と、もとの要求が返りました。",
            f"{fetched.name}, and the request as it was.",
        )


def _number(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    trial.folder.put(request, trial.message(request, _QUESTION))
    trial.folder.wait_until_taken(request)
    answer = trial.answered(request)
    for name in ("SegmentOfResult", "ProcessExecutionTime"):
        if answer.text(name) is None:
            raise ExchangeBroken(Sentence(f"{name} がありません。", f"It has no {name}."))
    return Sentence(
        f"{request.name} に {request.answers[0]} が返りました。",
        f"{request.name} was answered by {request.answers[0]}.",
    )


def _echoed(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    document = trial.message(request, _QUESTION)
    trial.folder.put(request, document)
    answer = trial.answered(request)
    asked = read_document(document)
    for name in ("ArbitraryFileIdentifier", "MedicalInstitutionCode"):
        if answer.text(name) != asked.text(name):
            raise ExchangeBroken(
                Sentence(
                    f"{name} は {asked.text(name)} のはずが {answer.text(name)} でした。",
                    f"{name} was to be {asked.text(name)}, and is {answer.text(name)}.",
                )
            )
    return Sentence("どちらも要求のとおりです。", "Both are those of the request.")


def _encoded(encoding: str) -> Callable[[Trial], Sentence]:
    def run(trial: Trial) -> Sentence:
        answer = trial.ask(NUMBER, encoding=encoding)
        if not answer.is_marked_rightly:
            mark = answer.text("CharacterCodeIdentifier")
            raise ExchangeBroken(
                Sentence(
                    f"中身は {answer.encoding.declared} ですが、文字コード識別は {mark} です。",
                    f"It is {answer.encoding.declared}, and its CharacterCodeIdentifier is {mark}.",
                )
            )
        return Sentence(
            f"{answer.encoding.declared} で返り、文字コード識別も合っています。",
            f"It came in {answer.encoding.declared}, and says so.",
        )

    return run


def _reference(trial: Trial) -> Sentence:
    info = f"<ReferenceNumber>CHECK-1</ReferenceNumber>{_SEARCH}"
    trial.ask(
        REFERENCE, f"<ReferenceNumberRegistrationInfo>{info}</ReferenceNumberRegistrationInfo>"
    )
    return Sentence("返事がありました。", "It was answered.")


def _bulk(trial: Trial) -> Sentence:
    number = trial.ask(BULK, _QUESTION * 2).text("ReceptionNumber")
    if number is None:
        raise ExchangeBroken(Sentence("受付番号がありません。", "It has no ReceptionNumber."))
    for _ in range(_BULK_TURNS):
        result = trial.ask(BULK_RESULT, f"<ReceptionNumber>{number}</ReceptionNumber>")
        if result.text("SegmentOfResult") != "2":
            return Sentence(f"受付番号 {number} の結果を受け取りました。", f"Result of {number}.")
        trial.folder.stays(lambda: True, _PAUSE_SECONDS)
    raise ExchangeBroken(
        Sentence(
            f"受付番号 {number} は「処理中」のままです。", f"{number} is still being worked on."
        )
    )


def _unknown(trial: Trial) -> Sentence:
    request = trial.folder.new(UNKNOWN)
    document = trial.message(request, _QUESTION)
    trial.folder.put(request, document)
    return trial.refused(request, document)


def _damaged(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    document = trial.message(request, _QUESTION)[:-40]
    trial.folder.put(request, document)
    return trial.refused(request, document)


def _in_parts(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    document = trial.message(request, _QUESTION)
    with (trial.folder.req / request.name).open("wb") as file:
        file.write(document[: len(document) // 2])
        file.flush()
        if not trial.folder.stays(lambda: trial.folder.in_req(request.name), _PAUSE_SECONDS):
            raise ExchangeBroken(
                Sentence("書き終わる前に取り込まれました。", "It was taken before it was whole.")
            )
        file.write(document[len(document) // 2 :])
    trial.answered(request)
    return Sentence("書き終わってから取り込まれました。", "It was taken once it was whole.")


def _other_name(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    beginning = trial.folder.req / f"{request.name}.tmp"
    beginning.write_bytes(trial.message(request, _QUESTION))
    if not trial.folder.stays(beginning.exists, _QUIET_SECONDS):
        raise ExchangeBroken(
            Sentence("改名の前に取り込まれました。", "It was taken before it was renamed.")
        )
    beginning.rename(trial.folder.req / request.name)
    trial.answered(request)
    return Sentence("改名してから取り込まれました。", "It was taken once it was renamed.")


def _same_name(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    first = trial.message(request, _QUESTION)
    second = first.replace(request.suffix.encode(), b"second", 1)
    trial.folder.put(request, first)
    trial.folder.wait_until_taken(request)

    def has_answer() -> bool:
        return any(name != request.name for name in trial.folder.in_res(request))

    trial.folder.stays(lambda: not has_answer(), trial.folder.wait_seconds)
    trial.folder.put(request, second)
    trial.folder.stays(lambda: True, _QUIET_SECONDS)
    mark = trial.answered(request).text("ArbitraryFileIdentifier")
    if mark != request.suffix:
        raise ExchangeBroken(
            Sentence(
                "受け取る前の返事が、あとの要求の返事で上書きされました。",
                "An answer that nobody had fetched was written over by that of the next request.",
            )
        )
    if trial.fetch(request).is_error:
        trial.folder.take_back(request)
        return Sentence("2 つ目は .err で断られました。", "The second one was refused by an .err.")
    return Sentence("どちらにも 1 回ずつ返りました。", "Each of the two was answered once.")


def _interleaved(trial: Trial) -> Sentence:
    requests = [trial.folder.new(NUMBER) for _ in range(2 * _READERS_REQUESTS)]
    for turn, request in enumerate(requests):
        encoding = ("UTF-8", "Shift_JIS")[turn % 2]
        trial.folder.put(request, trial.message(request, _QUESTION, encoding))

    def read(own: list[Request]) -> list[str | None]:
        return [trial.answered(request).text("ArbitraryFileIdentifier") for request in own]

    halves = requests[::2], requests[1::2]
    with ThreadPoolExecutor(2) as readers:
        found = list(readers.map(read, halves))
    for own, marks in zip(halves, found, strict=True):
        if marks != [request.suffix for request in own]:
            raise ExchangeBroken(
                Sentence("別の要求の返事が届きました。", "One got the answer to another's request.")
            )
    count = len(requests)
    return Sentence(
        f"{count} 件とも自分の返事でした。", f"All {count} are those of their requests."
    )


def _gone(trial: Trial) -> Sentence:
    request = trial.folder.new(NUMBER)
    trial.folder.put(request, trial.message(request, _QUESTION))
    trial.answered(request)
    if not trial.folder.stays(lambda: not trial.folder.in_res(request), _QUIET_SECONDS):
        raise ExchangeBroken(
            Sentence("同じ返事がもう一度置かれました。", "The same answer came once more.")
        )
    return Sentence("取り除いた返事は戻りません。", "What was fetched does not come back.")


def _whole(trial: Trial) -> Sentence:
    if trial.grown:
        raise ExchangeBroken(
            Sentence(
                f"書きかけが見えました: {', '.join(trial.grown)}",
                f"Seen before they were whole: {', '.join(trial.grown)}",
            )
        )
    count, looks = trial.fetched, trial.folder.looks
    return Sentence(
        f"返事 {count} 件、{looks:,} 回見て、書きかけはありません。",
        f"{count} answers, {looks:,} looks, and none was seen half written.",
    )


CHECKS = (
    Check(
        "number",
        Sentence(
            "番号による照会 (siquc01) を取り込み、req_ を res_ にした名前で返す",
            "A check by number (siquc01) is taken, and answered under its name with res_ for req_",
        ),
        "§2.1, §2.2",
        _number,
    ),
    Check(
        "echo",
        Sentence(
            "任意のファイル識別子と医療機関コードを、そのまま返す",
            "ArbitraryFileIdentifier and MedicalInstitutionCode come back as they were",
        ),
        "§2.4",
        _echoed,
    ),
    Check(
        "utf-8",
        Sentence(
            "UTF-8 の要求を読み、返事の文字コードが表示どおり",
            "UTF-8 is read; the answer's encoding is the one it says",
        ),
        "§2.3",
        _encoded("UTF-8"),
    ),
    Check(
        "shift-jis",
        Sentence(
            "Shift_JIS の要求を読み、返事の文字コードが表示どおり",
            "Shift_JIS is read; the answer's encoding is the one it says",
        ),
        "§2.3",
        _encoded("Shift_JIS"),
    ),
    Check(
        "reference",
        Sentence(
            "照会番号の登録 (siimm01) に返す", "A registration of a 照会番号 (siimm01) is answered"
        ),
        "§2.2",
        _reference,
    ),
    Check(
        "bulk",
        Sentence(
            "一括照会 (muquc01) に受付番号を返し、結果 (muquc02) を渡す",
            "A bulk inquiry (muquc01) gets a reception number, and its result (muquc02) comes",
        ),
        "§2.4",
        _bulk,
    ),
    Check(
        "unknown",
        Sentence(
            "知らない API-ID は、もとの要求と .err を res に返す",
            "An unknown API-ID comes back in res, with an .err beside it",
        ),
        "§2.2",
        _unknown,
        unverified=True,
    ),
    Check(
        "damaged",
        Sentence(
            "途中で切れた要求は、もとの要求と .err を res に返す",
            "A request that is cut off comes back in res, with an .err beside it",
        ),
        "§2.2",
        _damaged,
        unverified=True,
    ),
    Check(
        "in-parts",
        Sentence(
            "書きかけの要求は、書き終わるまで待つ", "A request that is being written is waited for"
        ),
        "§9.4",
        _in_parts,
        unverified=True,
    ),
    Check(
        "other-name",
        Sentence(
            "別の名前 (.tmp) のあいだは取り込まない", "What has another name (.tmp) is left alone"
        ),
        "§2.2",
        _other_name,
    ),
    Check(
        "same-name",
        Sentence(
            "同じ名前の要求が重なっても、受け取る前の返事を上書きせず、1 回ずつ返す",
            "Of two requests of one name each is answered once, and no answer is written over",
        ),
        "§8.10",
        _same_name,
        unverified=True,
    ),
    Check(
        "two-readers",
        Sentence(
            "2 つのプログラムが交互に置いても、返事が混ざらない",
            "Two programs put requests in turn, and their answers are not mixed up",
        ),
        "§2.4",
        _interleaved,
    ),
    Check(
        "deletion",
        Sentence(
            "受け取って消した返事は、二度と置かない", "An answer that was fetched never comes again"
        ),
        "§2.1",
        _gone,
    ),
    Check(
        "whole",
        Sentence(
            "返事は、書き終わってから res に現れる (改名で置く)",
            "Answers appear in res when they are whole (put there by renaming)",
        ),
        "§2.1",
        _whole,
    ),
)


def findings(folder: MakerFolder, institution: str, zip_password: str = "") -> Iterator[Finding]:
    """Make the checks one after the other; each finding comes when it is there.

    Where the first request is not answered nobody serves the folder, and the others stay open.
    """
    trial = Trial(folder, institution, zip_password)
    stopped: Sentence | None = None
    for check in CHECKS:
        if stopped is not None:
            yield Finding(check, CheckAnswer.OPEN, stopped)
            continue
        try:
            yield Finding(check, CheckAnswer.GOOD, check.run(trial))
        except AnswerLocked as error:
            yield Finding(check, CheckAnswer.OPEN, Sentence(error.ja, error.en))
        except ExchangeBroken as error:
            yield Finding(check, CheckAnswer.BAD, Sentence(error.ja, error.en))
            if check is CHECKS[0] and isinstance(error, NothingCame):
                stopped = Sentence(
                    "このフォルダーに答えるプログラムが動いていないので、見ていません。",
                    "Not looked at, as no program answers in this folder.",
                )
        except TimeOver as error:
            stopped = Sentence(error.ja, error.en)
            yield Finding(check, CheckAnswer.OPEN, stopped)


def usable(root: Path) -> bool:
    """Tell whether a folder is the root of an exchange."""
    return (root / "req").is_dir() and (root / "res").is_dir()
