"""``oqs portal``: what a person does at the portal with the card in a reader."""

from __future__ import annotations

import base64
import os

import click

from eligibility.sentence import Sentence
from reader.description.layout import AUTHENTICATION_PIN
from reader.errors import SOCKET_VARIABLE
from reader.pcsc.pcsc_connection import PcscConnection
from reader.session import prove_identity
from testbed.commands.choice import ADDRESS, reader_service
from testbed.launch.systems_on_record import running_systems, the_system
from testbed.portal_sign_in import proof_document, read_code
from testbed.remote import RemoteRefusal, RemoteService
from testbed.terminal_output.command_exit import EXIT_CODES, mistakes_told, reader_errors_told
from testbed.terminal_output.pin_prompt import PinPrompt, secret_options
from testbed.terminal_output.speech import Speech, spoken, tell_json
from wire.catalogue import Problem


@click.group(name="portal")
def command() -> None:
    """Use マイナポータル (simulated) with a card in a reader, a real one too."""


@command.command(name="sign-in", epilog=EXIT_CODES)
@click.argument("code")
@click.option(
    "--oqs",
    "url",
    type=ADDRESS,
    metavar="URL",
    envvar="OQS_SIM_OQS_CONSOLE",
    show_envvar=True,
    help="The console of OQS; without it, that of the running system.",
)
@click.option(
    "--reader", metavar="PART", help="A part of the reader's name that only one reader has."
)
@secret_options
@reader_service
@spoken()
def sign_in(
    code: str,
    url: str | None,
    reader: str | None,
    pin_fd: int | None,
    speech: Speech,
    *,
    last_try: bool,
    in_json: bool,
) -> None:
    """Sign in at the portal, in the browser that shows CODE, with the card in a reader.

    Use a code only that you see on your own screen: whoever shows it is signed in as you. The PIN
    goes to the card and nowhere else; the portal gets what the card has signed.
    """
    pin_prompt = PinPrompt(speech, pin_fd, last_try=last_try)
    with mistakes_told():
        portal = RemoteService(url or _console(), "oqs")
        path = f"/portal/sign-ins/{_code(code)}"
        portal.ask("GET", path)  # before a try of the PIN is at risk
        with (
            reader_errors_told(speech),
            PcscConnection(reader) as card,
            pin_prompt.secret(card, AUTHENTICATION_PIN) as (secret, confirmed),
        ):
            granted = portal.ask("POST", f"{path}/challenges")
            challenge = base64.b64decode(granted["Challenge"])
            proof = prove_identity(card, secret, challenge, confirmed_last_try=confirmed)
        standing = portal.ask("POST", path, proof_document(granted, proof))
    if in_json:
        tell_json({"signedIn": True, "channel": standing["Channel"]})
        return
    speech.tell(
        Sentence(
            "本人を確かめました。番号が出ていた画面に戻って、続けてください。",
            "Signed in. Go on at the screen that shows the code.",
        )
    )


def _console() -> str:
    """Return the console of the system whose reader is used, or of the only one that runs."""
    socket = os.environ.get(SOCKET_VARIABLE)
    own = (one.oqs_console for one in running_systems() if one.pcsc_socket == socket)
    return next(own, None) or the_system().oqs_console


def _code(text: str) -> str:
    try:
        return read_code(text)
    except Problem as problem:
        said = Sentence(problem.japanese, f"{problem.entry.kind.title} {problem.detail}")
        raise RemoteRefusal(said, problem.entry.kind.code) from None
