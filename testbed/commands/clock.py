"""``oqs clock``: the clock of a running system."""

from __future__ import annotations

import math
from collections import Counter
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from eligibility.days.dates import TOKYO, weekday
from eligibility.sentence import Sentence
from testbed.commands.choice import most_explicit, system_option
from testbed.launch.systems_on_record import the_system
from testbed.remote import RemoteClock
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.progress import waiting
from testbed.terminal_output.speech import Speech, spoken, tell_answer
from wire.clock import LEAST_SECONDS_PER_DAY, ClockMode
from wire.clock_step import ClockStep, instant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

CHANGES_TOLD = 20
"""How many of the changes that became visible are told one by one."""


def at(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says whose clock it is, and how it speaks."""
    chosen = click.option(
        "--oqs",
        "url",
        metavar="URL",
        envvar="OQS_SIM_OQS_CONSOLE",
        show_envvar=True,
        help="The console of OQS; without it, that of the running system.",
    )
    decorated: Callable[..., Any] = chosen(system_option(spoken()(command)))
    return decorated


@contextmanager
def _clock(url: str | None, system: str | None) -> Iterator[RemoteClock]:
    url, system = most_explicit(url, system)
    with mistakes_told():
        yield RemoteClock(url or the_system(system).oqs_console)


class SecondsPerDay(click.FloatRange):
    """A time that a day of an accelerated clock may take."""

    name = "seconds"

    def __init__(self) -> None:
        super().__init__(LEAST_SECONDS_PER_DAY)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Refuse what is no time: what is infinite, and what is no number at all."""
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is no number of seconds.", param, ctx)
        return seconds


@click.group(name="clock")
def command() -> None:
    """Read the clock of a running system, and move it.

    Instants are written as 2026-11-25T09:00, in Japan's time unless an offset follows; steps as
    90s, 5m, 2h, 3d, and 5bd for business days.
    """


@command.command()
@at
def show(url: str | None, system: str | None, speech: Speech, *, in_json: bool) -> None:
    """Show what the clock shows, and how it goes."""
    with _clock(url, system) as clock:
        reading = clock.reading()
    _tell(reading, speech, in_json=in_json)


@command.command()
@click.argument("step", metavar="STEP", type=ClockStep.parse)
@at
def advance(
    step: ClockStep, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Advance the clock by STEP (90s, 5m, 2h, 3d, 5bd), or to an instant.

    It answers when everything that fell due has been applied.
    """
    doing = Sentence("時計を進めています", "Advancing the clock")
    with _clock(url, system) as clock, waiting(speech, doing):
        advanced = clock.advance(str(step))
    if in_json:
        tell_answer(advanced)
        return
    _tell(advanced["Reading"], speech, in_json=False)
    for line in became_visible(advanced["BecameVisible"]):
        speech.tell(line)


def became_visible(changes: Sequence[dict[str, Any]]) -> Iterator[Sentence]:
    """Say what became visible: of each change the day, whose and what it is; of many the rest."""
    for change in changes[:CHANGES_TOLD]:
        said, what = f"    {_day_of(change)}  {change['InsurerNumber']}  ", _what(change)
        whose = f"{change['Name']} ({change['PersonReference']})"
        yield Sentence(f"{said}{what.ja}  {whose}", f"{said}{what.en}  {whose}")
    if others := changes[CHANGES_TOLD:]:
        count, last = len(others), _day_of(others[-1])
        of_insurers = ", ".join(
            f"{insurer}: {of_one}"
            for insurer, of_one in sorted(Counter(one["InsurerNumber"] for one in others).items())
        )
        yield Sentence(
            f"    ほかに{count}件、{last}まで（{of_insurers}）。--json で一つずつ出ます。",
            f"    {count} more, until {last} ({of_insurers}); --json tells each.",
        )


def _day_of(change: dict[str, Any]) -> str:
    return f"{datetime.fromisoformat(change['VisibleFrom']).astimezone(TOKYO):%Y-%m-%d}"


def _what(change: dict[str, Any]) -> Sentence:
    """Say what a change tells clinics: the whole state, and not what was filed."""
    if change.get("RegistrationOrder"):
        return Sentence("利用登録", "use registration")
    if change.get("DisqualificationDate"):
        return Sentence("喪失", "loss")
    return Sentence("加入・変更", "joining or change")


@command.command(name="set")
@click.argument("mode", type=click.Choice([mode.value for mode in ClockMode]))
@click.option("--at", "now", type=instant, metavar="INSTANT", help="The instant to go on from.")
@click.option(
    "--seconds-per-day",
    type=SecondsPerDay(),
    help=f"Of an accelerated clock; at least {LEAST_SECONDS_PER_DAY}.",
)
@at
def set_(
    mode: str,
    now: datetime | None,
    seconds_per_day: float | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Have the clock go by MODE: real, offset, accelerated or frozen. It never goes back."""
    setting: dict[str, object] = {"Mode": mode}
    setting |= {"Now": now.isoformat()} if now is not None else {}
    setting |= {"SecondsPerDay": seconds_per_day} if seconds_per_day is not None else {}
    with _clock(url, system) as clock:
        reading = clock.set(setting)
    _tell(reading, speech, in_json=in_json)


def _tell(reading: dict[str, Any], speech: Speech, *, in_json: bool) -> None:
    if in_json:
        tell_answer(reading)
        return
    local = datetime.fromisoformat(reading["Now"]).astimezone(TOKYO)
    click.echo(f"{local:%Y-%m-%d} ({speech(weekday(local))}) {local:%H:%M:%S}  {reading['Mode']}")
