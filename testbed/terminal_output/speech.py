"""The form in which a command speaks: one language in a run, for a person or for a program."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, Self

import click

if TYPE_CHECKING:
    from collections.abc import Callable

LANGUAGE = "testbed.language"
IN_JSON = "testbed.in_json"
"""Where a run keeps what was chosen, for whatever speaks in it."""


def in_japanese() -> bool:
    """Tell whether this run speaks Japanese: by --lang, OQS_SIM_LANG, or the terminal's locale."""
    context = click.get_current_context(silent=True)
    chosen = context.meta.get(LANGUAGE) if context else None
    for language in (
        chosen,
        *map(os.environ.get, ("OQS_SIM_LANG", "LC_ALL", "LC_MESSAGES", "LANG")),
    ):
        if language:
            return language.startswith("ja")
    return False


def in_json() -> bool:
    """Tell whether this run speaks to a program."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(IN_JSON))


def tell_json(document: object) -> None:
    """Print one line of JSON, at once; bytes that are no text, as of a file's name, as escapes."""
    line = json.dumps(document, ensure_ascii=False, default=str)
    click.echo(line.encode(errors="backslashreplace").decode())


def tell_answer(document: object) -> None:
    """Print what is written as the services write it, with keys as all commands have them."""
    tell_json(_as_written_here(document))


def _as_written_here(value: object) -> object:
    """Write the keys of the interface (`PascalCase`) as the command line does (`snake_case`)."""
    match value:
        case dict():
            return {
                re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key).lower(): _as_written_here(each)
                for key, each in value.items()
            }
        case list():
            return [_as_written_here(each) for each in value]
    return value


class TwoLanguages(Protocol):
    """A `Sentence`, or what carries one: an error of the reader, a PIN of the card."""

    @property
    def ja(self) -> str:
        """The text in Japanese."""

    @property
    def en(self) -> str:
        """The text in English."""


@dataclass(frozen=True)
class Speech:
    """Speaks one language."""

    japanese: bool

    @classmethod
    def of_terminal(cls) -> Self:
        """Speak the language of this run."""
        return cls(in_japanese())

    def __call__(self, sentence: TwoLanguages) -> str:
        """Choose the text in this language."""
        return sentence.ja if self.japanese else sentence.en

    def tell(self, sentence: TwoLanguages, *, err: bool = False) -> None:
        """Print a line."""
        click.echo(self(sentence), err=err)


def _language(command: Callable[..., Any], *, exposed: bool) -> Callable[..., Any]:
    """Give a command the option --lang, which comes as the argument `speech`."""

    def chosen(context: click.Context, _option: click.Parameter, value: str | None) -> Speech:
        if value is not None:
            context.meta[LANGUAGE] = value
        return Speech.of_terminal()

    return click.option(
        "--lang",
        "speech",
        type=click.Choice(["ja", "en"]),
        callback=chosen,
        is_eager=True,
        expose_value=exposed,
        allow_from_autoenv=False,
        help="The language; without it OQS_SIM_LANG, or that of the terminal.",
    )(command)


def _json(what: str, *, exposed: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command the option --json, which comes as the argument `in_json`."""

    def chosen(context: click.Context, _option: click.Parameter, value: bool) -> bool:  # noqa: FBT001 # click's way
        if value:
            context.meta[IN_JSON] = True
        return value

    return click.option(
        "--json",
        "in_json",
        is_flag=True,
        callback=chosen,
        is_eager=True,
        expose_value=exposed,
        allow_from_autoenv=False,
        help=what,
    )


def spoken(what: str = "Print one object of JSON.", *, exposed: bool = True) -> Callable[..., Any]:
    """Give a command what all have: --lang as `speech`, and --json as `in_json`.

    One that is not ``exposed`` gets no arguments, and asks `in_json` and `Speech.of_terminal`.
    """

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        return _json(what, exposed=exposed)(_language(command, exposed=exposed))

    return decorate
