"""``oqs serve``: one service in the foreground, as a container runs it.

Every option can be given as an environment variable, e.g. ``OQS_SIM_SERVE_CLINIC_LINE``.
"""

from __future__ import annotations

import os
import signal
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import time
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

import clinic_client.app
import clinic_client.settings
import intermediate_server.app
import intermediate_server.settings
import intermediate_server.worker
import oqs_sim.app
import oqs_sim.settings
import testbed.app
import testbed.settings
from eligibility.days.reflection import LagMode
from eligibility.sentence import Sentence
from intermediate_server.sync.window import Window
from reader.errors import SOCKET_VARIABLE
from testbed.commands.choice import ADDRESS
from testbed.launch.chosen_settings import ChosenSettings, of_clinic
from testbed.launch.clinic_variants import passcode_option, require_interface, variant_option
from testbed.launch.deployment import DIAGNOSIS, READY_SECONDS
from testbed.launch.line_certificates import INTERMEDIATE_SERVER, OQS, terminal
from testbed.launch.participants import INSTITUTION
from testbed.launch.processes import Child, ProcessFailed, spawn, stop, wait_for_any
from testbed.launch.running import exchange_option, settings_options
from testbed.launch.service import run_service
from testbed.launch.systems_on_record import STAND_INS
from testbed.mistakes import Mistake, as_mistake
from testbed.readers.private_pcscd import PcscStack
from testbed.settings import Page
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import in_json, spoken, tell_json
from wire.line_credentials import LineCredentials, credentials
from wire.log_lines import LogSettingWrong, begin_logs
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fastapi import FastAPI

    from clinic_client.passcode import HashedPasscode
    from eligibility.terminal.clinic_variant import ClinicVariant

DIRECTORY = click.Path(file_okay=False, path_type=Path)


def _options(*options: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def decorate(function: Any) -> Any:  # what click decorates
        for option in reversed(options):
            function = option(function)
        return function

    return decorate


host = click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="The address to listen on; a container listens on 0.0.0.0.",
)
line_host = click.option(
    "--line-host",
    metavar="ADDRESS",
    help="The address on which the line listens, for callers on other machines; the console's "
    "unless given. A console asks nobody who they are: leave it on loopback.",
)
names = click.option(
    "--name",
    "names",
    multiple=True,
    metavar="NAME",
    help="A host name, besides loopback, under which the console is reached, e.g. a container's.",
)
line = click.option(
    "--line", required=True, type=DIRECTORY, help="The directory of the line's certificates."
)
database = click.option(
    "--database",
    required=True,
    metavar="URL",
    help="SQLAlchemy URL: sqlite:////data/oqs.sqlite, or postgresql://USER@HOST/DATABASE.",
)
oqs_line = click.option(
    "--oqs-line", required=True, type=ADDRESS, metavar="URL", help="The line of OQS."
)
oqs_console = click.option(
    "--oqs-console", required=True, type=ADDRESS, metavar="URL", help="The console of OQS."
)


class _Parsed(click.ParamType[Any]):
    """A value that a function reads from its text, or refuses in a sentence."""

    def __init__(self, name: str, read: Callable[[str], Any]) -> None:
        self.name, self._read = name, read

    def convert(self, value: Any, param: Any, ctx: Any) -> Any:  # click's way
        """Read the text."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


def _port(default: int, name: str = "--port", what: str = "The port.") -> Callable[[Any], Any]:
    return click.option(name, default=default, show_default=True, help=what)


@click.group(name="serve", context_settings={"auto_envvar_prefix": "OQS_SIM_SERVE"})
def command() -> None:
    """Run one service in the foreground, until it is asked to end."""


def _run(
    build: Callable[[], FastAPI],
    names: tuple[str, ...],
    *listeners: tuple[str, int, LineCredentials | None],
) -> None:
    with mistakes_told(), as_mistake(OSError, LogSettingWrong):
        begin_logs(str(click.get_current_context().info_name), alone=True)
        bound = [Listener(bind(host, port), tls, frozenset(names)) for host, port, tls in listeners]
        run_service(
            build,
            bound,
            lambda: _tell_ready([listener.url for listener in bound]),
        )


def _tell_ready(urls: list[str]) -> None:
    if in_json():
        tell_json({"ready": urls})
    else:
        click.echo("ready: " + " ".join(urls))


speech = spoken("Print the addresses as one line of JSON when it answers.", exposed=False)


@command.command()
@_options(
    speech,
    host,
    line_host,
    names,
    _port(8602, what="The console's port."),
    _port(8603, "--line-port", "The line's port (mutual TLS)."),
    line,
    database,
)
@click.option(
    "--worker",
    "workers",
    multiple=True,
    type=ADDRESS,
    metavar="URL",
    help="A sync worker, which an advance of the clock waits for.",
)
@click.option(
    "--intermediate",
    "intermediates",
    multiple=True,
    type=ADDRESS,
    metavar="URL",
    help="The intermediate server's console: an advance waits for its runs before the workers.",
)
@click.option(
    "--cards",
    "cards_url",
    type=ADDRESS,
    metavar="URL",
    help="The testbed, where the cards are that the municipality's counter writes.",
)
@click.option(
    "--clinic",
    "clinics",
    multiple=True,
    type=ADDRESS,
    metavar="URL",
    help="A clinic's console: its visits go back to the seed too (`oqs reset`).",
)
@settings_options
def oqs(
    host: str,
    line_host: str | None,
    names: tuple[str, ...],
    port: int,
    line_port: int,
    line: Path,
    database: str,
    workers: tuple[str, ...],
    intermediates: tuple[str, ...],
    cards_url: str | None,
    clinics: tuple[str, ...],
    settings_file: Path | None,
    assignments: tuple[str, ...],
) -> None:
    """Run OQS (オンライン資格確認等システム)."""
    with mistakes_told():
        chosen = ChosenSettings.read(settings_file, assignments)
    settings = chosen.applied_to(
        oqs_sim.settings.Settings(
            database,
            clock_followers=workers,
            clock_forerunners=intermediates,
            clinic_urls=clinics,
            cards_url=cards_url,
        )
    )
    _run(
        lambda: oqs_sim.app.build_app(settings),
        names,
        (host, port, None),
        (line_host or host, line_port, credentials(line, OQS)),
    )


@command.command()
@_options(
    speech,
    host,
    line_host,
    names,
    _port(8604, what="The console's port."),
    _port(8605, "--line-port", "The line's port (mutual TLS)."),
    line,
    database,
    oqs_line,
    oqs_console,
)
@click.option(
    "--worker", "workers", multiple=True, type=ADDRESS, metavar="URL", help="A sync worker."
)
@click.option(
    "--lag-mode",
    type=click.Choice(list(LagMode)),
    help="Count every insurer's lag in this way; without it, each as its policy says.",
)
@click.option(
    "--cutoff",
    type=_Parsed("HH:MM", time.fromisoformat),
    help="What is filed after this time counts as filed on the next day, at insurers that name no "
    "time themselves.",
)
@click.option(
    "--runs/--no-runs",
    default=True,
    show_default=True,
    help="Do the periodic runs (定期処理) as their days come; without, they are listed as due.",
)
def intermediate(
    host: str,
    line_host: str | None,
    names: tuple[str, ...],
    port: int,
    line_port: int,
    line: Path,
    database: str,
    oqs_line: str,
    oqs_console: str,
    workers: tuple[str, ...],
    lag_mode: LagMode | None,
    cutoff: time | None,
    *,
    runs: bool,
) -> None:
    """Run the intermediate server (医療保険者等向け中間サーバー)."""
    settings = intermediate_server.settings.Settings(
        database,
        oqs_line,
        oqs_console,
        line,
        worker_urls=workers,
        lag_mode=lag_mode,
        cutoff=cutoff,
        runs_by_themselves=runs,
    )
    _run(
        lambda: intermediate_server.app.build_app(settings),
        names,
        (host, port, None),
        (line_host or host, line_port, credentials(line, INTERMEDIATE_SERVER)),
    )


@command.command()
@_options(speech, host, names, _port(8606), line, database, oqs_line, oqs_console)
@click.option(
    "--window",
    type=_Parsed("HH:MM-HH:MM", Window.parse),
    help="The hours in which changes are delivered, e.g. 22:00-05:00; without it, all.",
)
@click.option(
    "--batch-size",
    type=click.IntRange(1, 100_000),
    default=5_000,
    show_default=True,
    help="How many changes are delivered together at most.",
)
@click.option(
    "--deliveries-at-once",
    type=click.IntRange(1, 64),
    default=2,
    show_default=True,
    help="How many batches are under way at once at most.",
)
def worker(
    host: str,
    names: tuple[str, ...],
    port: int,
    line: Path,
    database: str,
    oqs_line: str,
    oqs_console: str,
    window: Window | None,
    batch_size: int,
    deliveries_at_once: int,
) -> None:
    """Carry changes to OQS when their time has come (同期ワーカー).

    Any number of workers may run side by side on PostgreSQL; on SQLite one works and the others
    stand by.
    """
    settings = intermediate_server.settings.WorkerSettings(
        database,
        oqs_line,
        oqs_console,
        line,
        batch_size=batch_size,
        deliveries_at_once=deliveries_at_once,
        window=window,
    )
    _run(lambda: intermediate_server.worker.build_app(settings), names, (host, port, None))


@contextmanager
def _ended_with(stack: PcscStack, children: list[Child]) -> Iterator[None]:
    """End what was started, whatever way the block ends; Ctrl-C ends it quietly."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    finally:
        stop(children)
        stack.stop()


@command.command()
@_options(speech, host, names, _port(8600), line, database, oqs_line, oqs_console)
@click.option(
    "--intermediate-console",
    type=ADDRESS,
    metavar="URL",
    help="The intermediate server's console, for the simulation's view.",
)
@click.option(
    "--intermediate-line",
    type=ADDRESS,
    metavar="URL",
    help="The intermediate server's line, to tell insurers of discrepancies (相違の申し出).",
)
@click.option(
    "--institution",
    default=INSTITUTION,
    show_default=True,
    help="The medical institution code of the terminal's certificate.",
)
@click.option("--reader", help="A part of the card reader's name that only one reader has.")
@exchange_option
@click.option(
    "--exchange-kept",
    type=DIRECTORY,
    help="Where what the exchange's `face` does not take is kept over restarts, on a disk of this "
    "machine; without it, in memory.",
)
@variant_option
@passcode_option
@click.option(
    "--virtual-reader",
    type=DIRECTORY,
    help="Start a virtual reader in this directory, with the testbed's service.",
)
@click.option(
    "--namespaces/--no-namespaces",
    default=True,
    show_default=True,
    help="Give the virtual reader namespaces of its own; a container has its own.",
)
@click.option(
    "--diagnosis",
    type=ADDRESS,
    metavar="URL",
    help="The page to which the desk's banners lead when something is out, as a browser reaches "
    "it; with a virtual reader it is that of its testbed.",
)
@click.option("--cards", type=DIRECTORY, help="Where the testbed keeps the card images.")
@_port(8601, "--testbed-port", "The testbed's port.")
@click.option(
    "--page",
    "pages",
    type=(str, str, str),
    multiple=True,
    metavar="JAPANESE ENGLISH URL",
    help="A page that the testbed's panel links to: its two names and its address.",
)
@settings_options
def clinic(
    host: str,
    names: tuple[str, ...],
    port: int,
    line: Path,
    database: str,
    oqs_line: str,
    oqs_console: str,
    intermediate_console: str | None,
    intermediate_line: str | None,
    institution: str,
    reader: str | None,
    exchange: Path | None,
    exchange_kept: Path | None,
    variant: ClinicVariant,
    visual_passcode: HashedPasscode | None,
    virtual_reader: Path | None,
    namespaces: bool,  # noqa: FBT001 # click's way
    diagnosis: str | None,
    cards: Path | None,
    testbed_port: int,
    pages: tuple[tuple[str, str, str], ...],
    settings_file: Path | None,
    assignments: tuple[str, ...],
) -> None:
    """Run the clinic's desk, with a real reader or a virtual one, or with none.

    OQS knows of a clinic of 資格確認限定型 by its setting `eligibility_only_institutions`.
    """
    with mistakes_told():
        require_interface(variant, exchange)
    stack = PcscStack(virtual_reader, isolated=namespaces) if virtual_reader else None
    own = clinic_client.settings.Settings(
        oqs_line,
        oqs_console,
        line,
        participant=terminal(institution),
        institution_code=institution,
        database_url=database,
        # A stack has several slots; the desk uses the first unless another one is named.
        reader_part=reader or (stack.readers[0] if stack else None),
        exchange_directory=exchange,
        exchange_kept_directory=exchange_kept,
        variant=variant,
        visual_passcode=visual_passcode,
        intermediate_console_url=intermediate_console,
        intermediate_line_url=intermediate_line,
        diagnosis_url=diagnosis,
    )
    with mistakes_told():
        chosen = ChosenSettings.read(settings_file, assignments, of_clinic())
        settings = chosen.applied_to(own)
    if stack is None or virtual_reader is None:
        _run(lambda: clinic_client.app.build_app(settings), names, (host, port, None))
        return
    bed = testbed.settings.Settings(
        cards or virtual_reader / "cards",
        virtual_reader,
        oqs_console,
        namespaces,
        tuple(Page(Sentence(japanese, english), url) for japanese, english, url in pages),
        stand_ins=(cards or virtual_reader / "cards") / STAND_INS,
        real_service=os.environ.get(SOCKET_VARIABLE),
        intermediate_console_url=intermediate_console,
        oqs_line_url=oqs_line,
        line_directory=line,
        institution_code=institution,
    )
    children: list[Child] = []
    with mistakes_told(), _ended_with(stack, children), as_mistake(OSError):
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        desk, panel = (
            Listener(bind(host, one), names=frozenset(names)) for one in (port, testbed_port)
        )
        with_testbed = replace(
            settings,
            # A browser reaches no 0.0.0.0; what else it is called by, somebody has to say.
            diagnosis_url=diagnosis or panel.url.replace("//0.0.0.0:", "//127.0.0.1:") + DIAGNOSIS,
            face_url=panel.url,
        )
        os.environ.update(stack.environment())
        stack.start()
        for name, build, listener in (
            ("clinic's desk", lambda: clinic_client.app.build_app(with_testbed), desk),
            ("testbed", lambda: testbed.app.build_app(replace(bed, clinic_url=desk.url)), panel),
        ):

            def run(
                started: Callable[[], None],
                build: Callable[[], FastAPI] = build,
                listener: Listener = listener,
            ) -> None:
                run_service(build, [listener], started)

            children.append(spawn(name, run, (Mistake,)))
        deadline = monotonic() + READY_SECONDS
        for child in children:
            child.wait_until_ready(deadline)
        _tell_ready([desk.url, panel.url])
        ended = wait_for_any(children)
        raise ProcessFailed(
            Sentence(
                f"{ended.japanese}が途中で止まりました。上の最後のメッセージで原因を確かめてください。",
                f"The {ended.name} ended by itself; its last words are above.",
            )
        )
