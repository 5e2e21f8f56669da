"""``oqs card show | cert | pin | sign``: what a card in a reader says and does."""

from __future__ import annotations

import base64
import hashlib
import ssl
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from eligibility.sentence import Sentence
from reader.apdu import LONGEST_DATA
from reader.applications.jpki import CertificateFile, SigningKey
from reader.card_pins import change_pin, tries_of_every_pin
from reader.description.layout import (
    AUTHENTICATION_PIN,
    COMMON_PIN,
    INPUT_SUPPORT_NUMBER_B,
    INPUT_SUPPORT_PIN,
    RESIDENT_REGISTER_PIN,
    SIGNATURE_PASSWORD,
    SURFACE_NUMBER_B,
    SignatureMode,
)
from reader.pcsc.pcsc_connection import PcscConnection
from reader.pin import PadEntry, Pin
from reader.readings import read_attributes, read_certificate, read_face, read_report
from reader.session import SHA256_DIGEST_INFO, look, prove_identity_by_terminal
from reader.session import sign as sign_on_card
from testbed.commands.authorised_terminal import authorised_terminal
from testbed.commands.choice import ADDRESS, INSTITUTION_CODE, reader_service, system_of_reader
from testbed.commands.readers_clock import readers_clock
from testbed.remote import RemoteService
from testbed.terminal_output.card_report import as_json, lines, tries_as_json, tries_lines
from testbed.terminal_output.command_exit import (
    EXIT_CODES,
    end_with,
    mistakes_told,
    reader_errors_told,
)
from testbed.terminal_output.pin_prompt import PinPrompt, secret_options
from testbed.terminal_output.speech import Speech, spoken, tell_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from reader.description.layout import PinReference
    from reader.pin import Secret

CERTIFICATES = {
    "auth": CertificateFile.AUTHENTICATION,
    "sign": CertificateFile.SIGNATURE,
    "auth-ca": CertificateFile.AUTHENTICATION_CA,
    "sign-ca": CertificateFile.SIGNATURE_CA,
}
KEYS = {"auth": SigningKey.AUTHENTICATION, "sign": SigningKey.SIGNATURE}
PINS = {
    "auth": (AUTHENTICATION_PIN,),
    "sign": (SIGNATURE_PASSWORD,),
    "text": (INPUT_SUPPORT_PIN,),
    # To its holder it is one PIN, on the card it is two.
    "resident": (RESIDENT_REGISTER_PIN, COMMON_PIN),
}
MODES = {
    "pkcs1": SignatureMode.VERBATIM,
    "pss": SignatureMode.PSS_DIGEST,
    **{mode.name.lower().replace("_", "-"): mode for mode in SignatureMode},
}


_NO_PHOTO = Sentence(
    "このカードには顔写真がありません(乳児のカードなど)。ファイルは書いていません。",
    "There is no photo on this card, as on that of an infant. No file was written.",
)


def reader_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that every one here has."""
    chosen = click.option(
        "--reader", metavar="PART", help="A part of the reader's name that only one reader has."
    )
    return reader_service(chosen(spoken()(command)))


@contextmanager
def card_in(reader: str | None, speech: Speech) -> Iterator[PcscConnection]:
    """Open the card in a reader; what goes wrong within ends the command with a sentence."""
    with reader_errors_told(speech), PcscConnection(reader) as connection:
        yield connection


@click.command(epilog=EXIT_CODES)
@reader_options
@secret_options
@click.option("--pin", "by_pin", is_flag=True, help="Ask for the PIN of 券面入力補助: attributes.")
@click.option("--pin-b", "by_number_b", is_flag=True, help="Ask for 照合番号B: attributes, face.")
@click.option(
    "--photo",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the photo (JPEG 2000) to this file; needs --pin-b.",
)
def show(
    reader: str | None,
    speech: Speech,
    pin_fd: int | None,
    photo: Path | None,
    *,
    last_try: bool,
    by_pin: bool,
    by_number_b: bool,
    in_json: bool,
) -> None:
    """Show what a card says: kind, tries, certificates, serial number; by PIN the attributes.

    Without --pin and --pin-b nothing is asked and no try is at risk. The My Number is not shown.

    Certificates are judged by the clock of the system in whose reader the card lies, as OQS does;
    in another reader by this computer's. The line `Judged by` says which.
    """
    if by_pin and by_number_b:
        raise click.UsageError("Choose --pin or --pin-b.")
    if photo is not None and not by_number_b:
        raise click.UsageError("The photo is opened by 照合番号B: add --pin-b.")
    pin_prompt = PinPrompt(speech, pin_fd, last_try=last_try)
    with card_in(reader, speech) as card:
        report, tries = read_report(card), tries_of_every_pin(card)
        attributes = None
        if by_pin or by_number_b:
            reference = INPUT_SUPPORT_PIN if by_pin else INPUT_SUPPORT_NUMBER_B
            with pin_prompt.secret(card, reference) as (secret, confirmed):
                attributes = read_attributes(card, secret, confirmed_last_try=confirmed)
                if photo is not None:
                    content = _photo(card, pin_prompt, secret)
                    if not content:
                        end_with("no-photo", speech(_NO_PHOTO))
                    photo.write_bytes(content)
        if in_json:
            found = as_json(report, tries, attributes, readers_clock(), speech)
            tell_json(found)
        else:
            click.echo("\n".join(lines(report, tries, attributes, readers_clock(), speech)))


def _photo(card: PcscConnection, pin_prompt: PinPrompt, number_b: Secret) -> bytes:
    """Read the photo with the same number, which the other application counts for itself."""
    confirmed = pin_prompt.confirm(card, SURFACE_NUMBER_B)
    secret = _also_for(SURFACE_NUMBER_B, number_b)
    return read_face(card, secret, confirmed_last_try=confirmed).photo


@click.command(epilog=EXIT_CODES)
@click.argument("which", metavar="WHICH", type=click.Choice(list(CERTIFICATES)))
@reader_options
@secret_options
@click.option("--der", is_flag=True, help="Write DER instead of PEM.")
@click.option("--output", type=click.File("wb"), default="-", help="Write to this file.")
def cert(
    which: str,
    reader: str | None,
    speech: Speech,
    pin_fd: int | None,
    output: IO[bytes],
    *,
    last_try: bool,
    der: bool,
    in_json: bool,
) -> None:
    """Write a certificate of the card; WHICH is auth, sign, auth-ca or sign-ca.

    That is: for authentication, for signing, and those of their authorities. The signature
    certificate asks for its password; so does a phone for either with its PIN.
    """
    wanted = CERTIFICATES[which]
    pin_prompt = PinPrompt(speech, pin_fd, last_try=last_try)
    with card_in(reader, speech) as card:
        if _is_closed(card, wanted):
            with pin_prompt.secret(card, KEYS[which].secret) as (secret, confirmed):
                certificate = read_certificate(card, wanted, secret, confirmed_last_try=confirmed)
        else:
            certificate = read_certificate(card, wanted)
        pem = ssl.DER_cert_to_PEM_cert(certificate.der)
        if in_json:
            tell_json({"certificate": pem})
        if not (in_json and _is_standard(output)):
            output.write(certificate.der if der else pem.encode())


def _is_standard(output: IO[bytes]) -> bool:
    """Tell whether this is the standard output, on which JSON stands alone."""
    return output.name in {"-", "<stdout>", 1}


def _is_closed(card: PcscConnection, which: CertificateFile) -> bool:
    """Tell whether a certificate is shown only after its PIN."""
    if which is CertificateFile.AUTHENTICATION:
        return look(card).kind.is_phone
    return which is CertificateFile.SIGNATURE


@click.command(epilog=EXIT_CODES)
@click.argument("file", type=click.Path(dir_okay=False, allow_dash=True), default="-")
@reader_options
@secret_options
@click.option(
    "--key",
    type=click.Choice(list(KEYS)),
    default="auth",
    show_default=True,
    help="The key for saying who one is, or the one for signing documents.",
)
@click.option(
    "--mode",
    type=click.Choice(list(MODES)),
    default="pkcs1",
    show_default=True,
    help="pkcs1 and pss hash the file here (SHA-256); the others hand it to the card as it is, "
    "which then does what the mode says.",
)
@click.option(
    "--terminal",
    metavar="INSTITUTION",
    type=INSTITUTION_CODE,
    help="Use the key for saying who one is without the PIN, as the face-authentication reader of "
    "this medical institution does once it has recognised the face, or staff have compared it "
    "(simulation). A card without a PIN is used so.",
)
@click.option(
    "--oqs",
    "oqs_console",
    metavar="URL",
    type=ADDRESS,
    envvar="OQS_SIM_OQS_CONSOLE",
    show_envvar=True,
    help="With --terminal: the console of OQS, whose J-LIS simulator certifies terminals; without "
    "it, that of the running system.",
)
@click.option("--base64", "in_base64", is_flag=True, help="Write a line of base64, not raw bytes.")
@click.option("--output", type=click.File("wb"), default="-", help="Write to this file.")
def sign(
    file: str,
    reader: str | None,
    speech: Speech,
    pin_fd: int | None,
    key: str,
    mode: str,
    terminal: str | None,
    oqs_console: str | None,
    output: IO[bytes],
    *,
    last_try: bool,
    in_base64: bool,
    in_json: bool,
) -> None:
    """Have the card sign FILE (standard input without one), and write the signature, 256 bytes."""
    if pin_fd == 0 and file == "-":
        raise click.UsageError("Standard input cannot be both the file and the PIN.")
    if terminal is not None and (key, mode, pin_fd) != ("auth", "pkcs1", None):
        raise click.UsageError(
            "A terminal takes the place of the PIN, and opens the key auth alone: leave out "
            "--pin-fd, --key sign and other modes than pkcs1."
        )
    pin_prompt = PinPrompt(speech, pin_fd, last_try=last_try)
    with reader_errors_told(speech), click.open_file(file, "rb") as document:
        message = document.read()
    if terminal is not None:
        signature = _signed_at_terminal(terminal, oqs_console, reader, speech, message)
        _write_signature(signature, output, in_base64=in_base64, in_json=in_json)
        return
    if mode == "pkcs1":
        message = SHA256_DIGEST_INFO + hashlib.sha256(message).digest()
    elif mode == "pss":
        message = hashlib.sha256(message).digest()
    if len(message) > LONGEST_DATA:
        raise click.UsageError(
            f"The card takes at most {LONGEST_DATA} bytes; pkcs1 and pss hash here."
        )
    with (
        card_in(reader, speech) as card,
        pin_prompt.secret(card, KEYS[key].secret) as (secret, confirmed),
    ):
        signature = sign_on_card(card, secret, message, MODES[mode], confirmed_last_try=confirmed)
        _write_signature(signature, output, in_base64=in_base64, in_json=in_json)


def _signed_at_terminal(
    institution_code: str,
    oqs_console: str | None,
    reader: str | None,
    speech: Speech,
    message: bytes,
) -> bytes:
    with mistakes_told():
        console = oqs_console or system_of_reader().oqs_console
        terminal = authorised_terminal(RemoteService(console, "oqs"), institution_code)
    with card_in(reader, speech) as card:
        return prove_identity_by_terminal(card, terminal, message).signature


def _write_signature(
    signature: bytes, output: IO[bytes], *, in_base64: bool, in_json: bool
) -> None:
    encoded = base64.b64encode(signature)
    if in_json:
        tell_json({"signature": encoded.decode()})
    if not (in_json and _is_standard(output)):
        output.write(encoded + b"\n" if in_base64 else signature)


@click.group()
def pin() -> None:
    """See how many tries the PINs of a card have, and change one."""


@pin.command(epilog=EXIT_CODES)
@reader_options
def status(reader: str | None, speech: Speech, *, in_json: bool) -> None:
    """Show the tries of every PIN, without using one."""
    with card_in(reader, speech) as card:
        tries = tries_of_every_pin(card)
    if in_json:
        tell_json(tries_as_json(tries, speech))
    else:
        click.echo("\n".join(tries_lines(tries, speech)))


@pin.command(epilog=EXIT_CODES)
@click.argument("which", metavar="[WHICH]", type=click.Choice(list(PINS)), default="auth")
@reader_options
@secret_options
def change(
    which: str,
    reader: str | None,
    speech: Speech,
    pin_fd: int | None,
    *,
    last_try: bool,
    in_json: bool,
) -> None:
    """Change a PIN; WHICH is auth (without one), sign, text or resident.

    The old one is asked for, then the new one twice (with --pin-fd: once). `resident` changes the
    PIN of 住基 and that of 共通, which are one to their holder.
    """
    pin_prompt = PinPrompt(speech, pin_fd, last_try=last_try)
    first, *others = PINS[which]
    with (
        card_in(reader, speech) as card,
        pin_prompt.secret(card, first) as (old, confirmed),
    ):
        # All are asked about before the first is changed: none must be found locked half way.
        confirmations = [pin_prompt.confirm(card, each) for each in others]
        with pin_prompt.new_secret(card, first) as new:
            change_pin(card, old, new, confirmed_last_try=confirmed)
            for reference, is_confirmed in zip(others, confirmations, strict=True):
                change_pin(
                    card,
                    _also_for(reference, old),
                    _also_for(reference, new),
                    confirmed_last_try=is_confirmed,
                )
    if in_json:
        tell_json({"changed": which})
    else:
        speech.tell(Sentence("変更しました。", "Changed."))


def _also_for(reference: PinReference, secret: Secret) -> Secret:
    return secret.also_for(reference) if isinstance(secret, Pin) else PadEntry(reference)


COMMANDS = (show, cert, pin, sign)
"""What `oqs card` takes from here."""
