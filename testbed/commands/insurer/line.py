"""An insurer's way to the intermediate server: the options that say which, and how it is asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click
import httpx2

from eligibility.sentence import Sentence
from testbed.commands.choice import INSURER_NUMBER, system_option
from testbed.launch.line_certificates import insurer as participant
from testbed.launch.systems_on_record import the_system
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import end_with, mistakes_told
from wire.line_credentials import INTERMEDIATE_SERVER, credentials

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from testbed.terminal_output.speech import Speech

SECONDS = 120.0
"""How long an answer may take."""
_NEVER_REACHED = (
    httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.UnsupportedProtocol, httpx2.InvalidURL
)  # fmt: skip


@dataclass(frozen=True)
class InsurersLine:
    """Asks the intermediate server as an insurer; what goes wrong ends the command."""

    insurer: str
    url: str
    tls: ssl.SSLContext
    speech: Speech

    def get(self, path: str) -> Any:
        """Return what the server tells of this insurer."""
        return self._ask("GET", path, params={"InsurerNumber": self.insurer})

    def post(self, path: str, **order: object) -> Any:
        """Have the server do something for this insurer; return its answer."""
        return self._ask("POST", path, json={"InsurerNumber": self.insurer, **order})

    def _ask(self, method: str, path: str, **sent: Any) -> Any:
        try:
            with httpx2.Client(
                base_url=self.url, verify=self.tls, timeout=SECONDS, trust_env=False
            ) as client:
                response = client.request(method, path, **sent)
        except _NEVER_REACHED:
            self._end(
                f"{self.url} が答えません。アドレスを確かめてください。",
                f"{self.url} does not answer. Check the address.",
            )
        except httpx2.TimeoutException:
            self._end(
                f"{self.url} が{SECONDS:g}秒のあいだ答えません。サーバーの様子を確かめてから、"
                "もう一度行ってください。",
                f"{self.url} has not answered for {SECONDS:g} s. See how the server fares, then "
                "try again.",
            )
        except httpx2.HTTPError:
            self._end(
                f"{self.url} が答えの途中で通信を切りました。サーバーが動いているか確かめてから、"
                "もう一度行ってください。",
                f"{self.url} has broken off the connection. See that the server runs, then try "
                "again.",
            )
        return self._answer(response)

    def _answer(self, response: httpx2.Response) -> Any:
        """Return what the server says; end with its word where it refuses."""
        try:
            found = response.json()
            said = None if response.is_success else _word(found)
        except (ValueError, KeyError, TypeError):
            status = response.status_code
            self._end(
                f"{self.url} の答えは中間サーバーのものではありません(HTTP {status})。"
                "間に別のサーバーがないか、アドレスを確かめてください。",
                f"What {self.url} answers (HTTP status {status}) is not the intermediate server's. "
                "Check the address, and whether another server is in between.",
                code="no-service",
            )
        if said is not None:
            end_with("refused", self.speech(said).strip(), problem=found["code"])
        return found

    def _end(self, ja: str, en: str, code: str = "no-answer") -> NoReturn:
        end_with(code, self.speech(Sentence(ja, en)))


def _word(problem: Any) -> Sentence:
    """Return what a problem says."""
    code = problem["code"]
    return Sentence(
        f"{problem['japanese']} ({code})",
        f"{problem['title']} ({code}) {problem.get('detail', '')}",
    )


def at_line(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say whose line it is, and the line as ``at``.

    What is not given of --intermediate and --line is that of the running system.
    """

    @wraps(command)
    def found(
        *arguments: Any,
        insurer: str,
        intermediate: str | None,
        line: Path | None,
        system: str | None,
        speech: Speech,
        **given: Any,
    ) -> Any:
        with mistakes_told():
            if intermediate is None or line is None:
                there = the_system(system)
                intermediate = intermediate or there.intermediate_line
                line = line or Path(there.line_directory)
            with as_mistake(OSError):
                of_insurer = credentials(line, participant(insurer))
                context = of_insurer.client_context(INTERMEDIATE_SERVER)
        at = InsurersLine(insurer, intermediate, context, speech)
        return command(*arguments, at=at, **given)

    for option in (
        system_option,
        click.option(
            "--line",
            type=click.Path(exists=True, file_okay=False, path_type=Path),
            help="The directory of the line's certificates.",
        ),
        click.option("--intermediate", metavar="URL", help="The intermediate server's line."),
        click.option(
            "--insurer",
            required=True,
            type=INSURER_NUMBER,
            metavar="NUMBER",
            help="The insurer number (保険者番号).",
        ),
    ):
        found = option(found)
    return found
