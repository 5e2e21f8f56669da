"""The commands of the municipality's counter."""

from __future__ import annotations

import getpass
import os
import warnings
from datetime import date
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import quote

import click

from eligibility.sentence import Sentence
from testbed.commands.choice import most_explicit, system_option
from testbed.launch.systems_on_record import the_system
from testbed.mistakes import Mistake
from testbed.remote import RemoteService
from testbed.terminal_output.command_exit import mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_answer
from wire.dates import write_day
from wire.vocabulary.consoles.municipality import (
    ApplicationChannel,
    ApplicationReason,
    CounterAct,
    LossChannel,
    PinOfCard,
)
from wire.vocabulary.jlis import Carrier

if TYPE_CHECKING:
    from collections.abc import Callable

_COUNTER = "/sim/municipality"
_NOBODY = Sentence(
    "「{sought}」に当たる方が見つかりません。`oqs municipality find` で探してください。",
    "Nobody was found as '{sought}'. Look with `oqs municipality find`.",
)
_SEVERAL = Sentence(
    "「{sought}」に当たる方が{count}人います。製造番号か SIM- で始まる番号で選んでください。",
    "'{sought}' fits {count} people. Name one by the card's serial number, or by the reference.",
)
_NO_TERMINAL = Sentence(
    "暗証番号を隠して尋ねる端末がありません。--pin-fd で渡してください。",
    "There is no terminal that could ask for the PIN without showing it; give it with --pin-fd.",
)
_DIFFERENT = Sentence(
    "2回の暗証番号が違います。カードには何も送っていません。",
    "The two PINs differ; nothing was sent to the card.",
)


class NotChosen(Mistake):
    """It is not clear who is meant, or the PIN was not given."""

    code = "not-chosen"


class Day(click.ParamType[str]):
    """A day, as 2026-11-25."""

    name = "day"

    def convert(self, value: Any, param: Any, ctx: Any) -> str:  # click's way
        """Read it."""
        try:
            return write_day(date.fromisoformat(value))
        except ValueError:
            self.fail(f"{value!r} is no day; write it like 2026-11-25.", param, ctx)


def at_counter(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what says whose counter it is, and how it speaks."""
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


def _service(url: str | None, system: str | None) -> RemoteService:
    url, system = most_explicit(url, system)
    return RemoteService(url or the_system(system).oqs_console, "oqs")


def _found(service: RemoteService, sought: str) -> list[dict[str, Any]]:
    answer = service.ask("GET", f"{_COUNTER}/residents?Sought={quote(sought, safe='')}")
    found: list[dict[str, Any]] = answer["Residents"]
    return found


def _person(service: RemoteService, sought: str) -> str:
    """Return the path of the one person who is meant.

    Raises:
        NotChosen: it is nobody, or several.
    """
    found = _found(service, sought)
    if len(found) != 1:
        said = _SEVERAL if found else _NOBODY
        blanks = {"sought": sought, "count": len(found)}
        raise NotChosen(Sentence(said.ja.format(**blanks), said.en.format(**blanks)))
    return f"{_COUNTER}/persons/{quote(found[0]['PersonReference'], safe='')}"


@click.group(name="municipality")
def command() -> None:
    """Do what a municipality's counter does for cards: moves, losses, renewal, PINs, notices.

    SOUGHT is a person: the serial number of a card, what the card is called (hanako), a name, an
    individual number, or the simulation's reference. The counter speaks Japanese.
    """


@command.command()
@click.argument("sought")
@at_counter
def find(
    sought: str, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Find people."""
    with mistakes_told():
        found = _found(_service(url, system), sought)
    if in_json:
        tell_answer({"Residents": found})
        return
    for one in found:
        click.echo(
            f"{one['PersonReference']}  {one['Name']}  {one['NameKana']}  {one['Birthdate']}"
        )
    if not found:
        none = Sentence("該当する方はいません。", "Nobody was found.")
        speech.tell(none, err=True)


@command.command()
@click.argument("sought")
@at_counter
def show(
    sought: str, url: str | None, system: str | None, speech: Speech, *, in_json: bool
) -> None:
    """Say how a person's cards stand, and what can be done now."""
    with mistakes_told():
        service = _service(url, system)
        person = service.ask("GET", _person(service, sought))
    if in_json:
        tell_answer(person)
        return
    click.echo(f"{person['PersonReference']}  {person['Name']}  {person['Address']}")
    for one in person["Carriers"]:
        sign = "✔" if one["Works"] else "✖"
        click.echo(f"{sign} {one['SerialNumber']}  {one['Kind']}  {one['Sentence']}")
    possible = [one["Act"] for one in person["Acts"] if one["Possible"]]
    speech.tell(
        Sentence(f"いまできる手続き: {', '.join(possible)}", f"possible now: {', '.join(possible)}")
    )


@command.command(name="file")
@click.argument(
    "act",
    type=click.Choice([one.value for one in CounterAct if one is not CounterAct.RESET_PIN]),
)
@click.argument("sought")
@click.option("--card", help="The serial number, where it is about one of several carriers.")
@click.option("--planned-on", type=Day(), help="転出予定日, of move_out and leave_country.")
@click.option(
    "--moved-on", type=Day(), help="When the person moved in; of apply, when the reason arose."
)
@click.option("--address", help="The new address, of move_in and come_back.")
@click.option("--post-number", help="The 郵便番号 of the new address.")
@click.option("--municipality-code", help="That of the new municipality.")
@click.option("--continued", is_flag=True, help="Ask for 継続利用 with the same visit.")
@click.option(
    "--loss-channel", type=click.Choice([one.value for one in LossChannel]), help="Who was told."
)
@click.option(
    "--reason",
    type=click.Choice([one.value for one in ApplicationReason]),
    help="Why a card is applied for.",
)
@click.option(
    "--channel",
    type=click.Choice([one.value for one in ApplicationChannel]),
    help="By which way; counter is 特急発行.",
)
@click.option(
    "--kind",
    type=click.Choice([Carrier.CARD.value, Carrier.FACE_AUTHENTICATION_CARD.value]),
    help="Which card is applied for.",
)
@click.option("--own-fault", is_flag=True, help="The person is to blame, and pays for 特急発行.")
@click.option("--stay-ends-on", type=Day(), help="Last day of a foreign resident's stay.")
@at_counter
def file_act(
    act: str,
    sought: str,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
    **members: object,
) -> None:
    """File ACT for the person SOUGHT; print the receipt.

    What cannot be done now is refused with the reason; `show` lists what can.
    """
    words = {
        "".join(part.title() for part in name.split("_")): value
        for name, value in members.items()
        if value not in {None, False}
    }
    with mistakes_told():
        service = _service(url, system)
        path = _person(service, sought)
        receipt = service.ask("POST", f"{path}/acts", {"Act": act, **words})
    _tell(receipt, speech, in_json=in_json)


@command.command()
@click.argument("sought")
@click.option(
    "--which",
    type=click.Choice([one.value for one in PinOfCard]),
    default=PinOfCard.AUTHENTICATION.value,
    show_default=True,
)
@click.option("--card", help="The serial number, where the person has several.")
@click.option(
    "--pin-fd",
    type=click.IntRange(0),
    metavar="N",
    help="Read the PIN from file descriptor N (0 is standard input) instead of asking.",
)
@at_counter
def pin(
    sought: str,
    which: str,
    card: str | None,
    pin_fd: int | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Give a PIN of a card all its tries back, and a new value, which goes to the card only."""
    with mistakes_told():
        service = _service(url, system)
        path = _person(service, sought)
        body = {"Pin": _new_pin(speech, pin_fd), "Which": which}
        body |= {"Card": card} if card is not None else {}
        receipt = service.ask("PUT", f"{path}/pin", body)
    _tell(receipt, speech, in_json=in_json)


@command.command()
@click.option("--municipality-code", help="Those of one municipality only.")
@click.option("--send", is_flag=True, help="Note that all that are due go out today.")
@at_counter
def notices(
    municipality_code: str | None,
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    send: bool,
    in_json: bool,
) -> None:
    """List who is to be told that a certificate ends (有効期限通知書)."""
    query = f"?MunicipalityCode={quote(municipality_code, safe='')}" if municipality_code else ""
    with mistakes_told():
        service = _service(url, system)
        sent = service.ask("POST", f"{_COUNTER}/notices{query}")["Sent"] if send else None
        due = service.ask("GET", f"{_COUNTER}/notices{query}")
    if in_json:
        tell_answer({**due, **({} if sent is None else {"Sent": sent})})
        return
    for one in due["Notices"]:
        click.echo(
            f"{one['CertificateExpiresOn']}  {one['Card']}  {one['Name']}  "
            f"{one['MunicipalityCode']}  {one.get('SentOn') or '-'}"
        )
    if sent is not None:
        speech.tell(Sentence(f"{sent}通を発送済みにしました。", f"{sent} noted as sent."))


@command.command()
@click.argument("card")
@click.argument("file", type=click.File("wb", lazy=True))
@at_counter
def notice(
    card: str,
    file: IO[bytes],
    url: str | None,
    system: str | None,
    speech: Speech,
    *,
    in_json: bool,
) -> None:
    """Write the 有効期限通知書 of CARD (its serial number) to FILE, as PDF."""
    with mistakes_told():
        printed = _service(url, system).download(f"{_COUNTER}/notices/{quote(card, safe='')}")
    file.write(printed)
    if in_json:
        tell_answer({"Bytes": len(printed)})
        return
    speech.tell(
        Sentence(f"{file.name} に書きました。", f"It was written to {file.name}."), err=True
    )


def _tell(receipt: dict[str, Any], speech: Speech, *, in_json: bool) -> None:
    if in_json:
        tell_answer(receipt)
        return
    number = receipt["Number"]
    speech.tell(Sentence(f"受付票 {number}", f"receipt {number}"), err=True)
    click.echo(receipt["Sentence"])


def _new_pin(speech: Speech, pin_fd: int | None) -> str:
    """Return the PIN that its holder chose: hidden and twice, or a line of an open file.

    Raises:
        NotChosen: there is nobody to ask, or the two differ.
    """
    if pin_fd is not None:
        try:
            # What is no text is no PIN either, which the counter says.
            with os.fdopen(os.dup(pin_fd), encoding="utf-8", errors="replace") as lines:
                return lines.readline().rstrip("\r\n")
        except OSError as error:
            raise click.UsageError(f"--pin-fd {pin_fd}: {error.strerror}.") from None
    asked = []
    for question in (
        Sentence("新しい暗証番号", "new PIN"),
        Sentence("新しい暗証番号（もう一度）", "new PIN again"),
    ):
        try:
            with warnings.catch_warnings():
                # A PIN that would be shown while it is typed is not asked for.
                warnings.simplefilter("error", getpass.GetPassWarning)
                asked.append(click.prompt(speech(question), hide_input=True, err=True))
        except getpass.GetPassWarning:
            raise NotChosen(_NO_TERMINAL) from None
    if asked[0] != asked[1]:
        raise NotChosen(_DIFFERENT)
    return str(asked[0])
