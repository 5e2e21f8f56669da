"""Sending a file to a service that answers with a report on each line."""

from __future__ import annotations

import os
import stat
from typing import IO, TYPE_CHECKING, Any, NamedTuple, NoReturn

import httpx2

from eligibility.sentence import Sentence
from testbed.terminal_output.command_exit import end_with
from testbed.terminal_output.progress import progress
from wire.system_error import reason_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from testbed.terminal_output.progress import Bar
    from testbed.terminal_output.speech import Speech

TAKEN, FAILED, SOME_REFUSED, NONE_TAKEN = 0, 1, 3, 4
"""Exit codes. 2 is click's own, for a wrong command line."""
PIECE = 1 << 16
CONNECTING_SECONDS = 10.0
"""A server that is up greets within some seconds."""
SILENCE_SECONDS = 120.0
"""A file may take any time, but meanwhile a server that is up reads on, or answers: it has no more
than some sets of lines before it, and waits for a lock or for OQS not half as long."""
_NEVER_REACHED = (
    httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL
)  # fmt: skip


class Destination(NamedTuple):
    """Where a file goes."""

    url: str
    path: str
    media_type: str = "text/csv"
    query: Mapping[str, str] = {}
    tls: Any = True
    """What proves who sends, where it goes over the line."""


class Sent(NamedTuple):
    """What became of a file."""

    status: int
    counted: dict[str, int]
    """Lines, by the names in the answer's head."""


def send_file(
    source: IO[bytes],
    to: Destination,
    report: IO[bytes] | None,
    counted: Sequence[str],
    *,
    doing: Sentence,
    speech: Speech,
) -> Sent:
    """Send a file as it is read, and write the report on it; what goes wrong ends the command."""
    try:
        with (
            httpx2.Client(
                base_url=to.url,
                verify=to.tls,
                timeout=httpx2.Timeout(SILENCE_SECONDS, connect=CONNECTING_SECONDS),
                trust_env=False,
            ) as client,
            progress(_size(source), speech, doing) as bar,
            client.stream(
                "POST",
                to.path,
                params=to.query,
                content=_pieces(source, bar),
                headers={"Content-Type": to.media_type},
            ) as answer,
        ):
            if not answer.headers.get("Content-Type", "").startswith("text/csv"):
                _refuse(answer, speech)
            for piece in answer.iter_bytes():
                if report is not None:
                    report.write(piece)
            counts = {name: int(answer.headers[f"X-Lines-{name}"]) for name in counted}
            return Sent(answer.status_code, counts)
    except _NEVER_REACHED:
        said = Sentence(
            f"{to.url} が答えません。アドレスを確かめてください。",
            f"{to.url} does not answer. Check the address.",
        )
        end_with("no-answer", speech(said))
    except httpx2.HTTPError as error:
        end_with("no-answer", speech(_broken_off(to.url, error)))
    except OSError as error:
        said = Sentence(
            f"報告を書き込めません({reason_of(error).ja})。",
            f"The report cannot be written ({reason_of(error).en}).",
        )
        end_with("file-unusable", speech(said))


def _broken_off(url: str, error: httpx2.HTTPError) -> Sentence:
    """Say that a server stopped, or went away, while a file was on its way."""
    if isinstance(error, httpx2.TimeoutException):
        ja, en = (
            f"{SILENCE_SECONDS:g}秒のあいだ動きません",
            f"has not moved for {SILENCE_SECONDS:g} s",
        )
    else:
        ja, en = "通信を切りました", "has broken off the connection"
    return Sentence(
        f"{url} がファイルの途中で{ja}。取り込まれた行はそのまま残っています。"
        "サーバーを確かめてから、同じファイルをもう一度送ってください。足りない行だけが加わります。",
        f"{url} {en} in the middle of the file. What it has recorded stays. See that it runs, then "
        "send the same file again: only what is missing is added.",
    )


def _size(source: IO[bytes]) -> int | None:
    """Return how long a file is; None for a pipe, which does not know."""
    try:
        found = os.fstat(source.fileno())
    except OSError:
        return None
    return found.st_size if stat.S_ISREG(found.st_mode) else None


def _pieces(source: IO[bytes], bar: Bar) -> Iterator[bytes]:
    while piece := source.read(PIECE):
        yield piece
        bar.update(len(piece))


def _refuse(answer: httpx2.Response, speech: Speech) -> NoReturn:
    """End with what the server says against the whole file."""
    answer.read()
    try:
        document = answer.json()
        code, detail = document["code"], document.get("detail", "")
        said = Sentence(
            f"{document['japanese']} ({code}) {detail}", f"{document['title']} ({code}) {detail}"
        )
    except (ValueError, KeyError):
        code, status = None, answer.status_code
        said = Sentence(
            f"サーバーの答えは HTTP {status} でした。",
            f"The server answers with HTTP status {status}.",
        )
    end_with("refused", speech(said).strip(), problem=code)
