"""Write the reference pages that the code itself can tell.

``python docs/generate.py`` writes them, with ``--check`` it only says which of them are stale.
A test does the latter, so that a route, an option, a setting or a problem cannot be added
without its line in the reference.
"""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import itertools
import pkgutil
import re
import sys
import tempfile
import textwrap
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

# As a script, this folder is on the path, but not the one that it lies in.
sys.path.insert(0, str(Path(__file__).parents[1]))

import click
from fastapi.routing import APIRoute

import clinic_client.app
import clinic_client.settings
import intermediate_server.app
import intermediate_server.settings
import intermediate_server.worker
import oqs_sim.app
import oqs_sim.settings
import testbed.app
import testbed.settings
from docs import rules
from intermediate_server.filing.csv_file import NEEDED_COLUMNS as NEEDED
from intermediate_server.filing.fields import FIELDS, NEEDS
from intermediate_server.filing.lines import LONGEST_LINE
from intermediate_server.filing.report import COLUMNS as REPORT_COLUMNS
from reader.errors import NextStep, ReaderError
from testbed.cli import cli
from testbed.launch.line_certificates import make_line
from wire import vocabulary
from wire.catalogue import Catalogue
from wire.serving.problem_http import MEDIA_TYPE
from wire.vocabulary.element import Element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fastapi import FastAPI

REFERENCE = Path(__file__).parent / "reference"
NOTE = "<!-- Written by docs/generate.py; do not edit by hand. -->\n"
WIDTH = 96
"""Columns of a help text."""
ABOUT_DOCS = "The routes of this service as a page, made from its OpenAPI document."

HTTP_INTRO = f"""\
# HTTP

Every route of every service, made from their OpenAPI documents, which each service gives at
`/openapi.json`. The ports are those of `make demo`; all of them are on 127.0.0.1.

Names of members are the element names of the real XML interface where it has one. An error is a
document of the type `{MEDIA_TYPE}` (RFC 9457); its `code` is one of [the problems](problems.md).

**Line** marks a route that wants a client certificate of the deployment's line. Ask it on the
service's TLS port; on the console it answers `SIM-NO-CLIENT-CERTIFICATE`.
"""
PROBLEMS_INTRO = f"""\
# Problems

Every error is a document of the type `{MEDIA_TYPE}` (RFC 9457) with the members `type`, `title`,
`status`, `code`, `japanese` (for the person at the desk), `advice` (for the one who writes the
software) and, where there is more to say, `detail`.

The real system surely has codes for these cases, but they are not public. So all codes here begin
with `SIM-`: they are the simulator's own, and no program should expect them of the real system.
"""
CLI_INTRO = """\
# Command line

`make demo` puts the command into `.venv/bin/oqs`. What the caller can mend (a busy port, a missing
package, a service that does not answer) ends a command with one sentence and exit code 1; a wrong
option ends it with exit code 2. `oqs card show`, `cert`, `pin` and `sign` end with 3 after a wrong
PIN, with 4 where it is locked, and with 5 where it was not sent and no try was used.
"""
SETTINGS_INTRO = """\
# Settings

Each service is built from a `Settings` value. `oqs serve` fills in those for which it has
[an option](cli.md#oqs-serve); a Python program sets any of them and hands the value to
`build_app`. A default that had to be assumed, as the real value is not public, says so.
"""
VOCABULARY_INTRO = """\
# Vocabulary

The elements that the services share, by the names of the real XML interface where it has one.
Values are texts with significant leading zeros; an absent element is omitted. Names that only the
simulator has are marked in their text. For Japanese terms see the [glossary](glossary.md).
"""


@dataclasses.dataclass(frozen=True)
class Service:
    """A service with its routes."""

    name: str
    about: str
    app: FastAPI
    has_line: bool = False

    @property
    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """Method, path and description of every route of the OpenAPI document."""
        for path, methods in self.app.openapi()["paths"].items():
            for method, operation in methods.items():
                yield method.upper(), path, operation

    @property
    def routes(self) -> Iterator[APIRoute]:
        """Every route, those of included routers too."""
        return _routes(self.app)

    @property
    def pages(self) -> Iterator[tuple[str, str]]:
        """Path and summary of what is made for people, and not in the OpenAPI document."""
        for route in self.routes:
            if not route.include_in_schema and not route.path.endswith(".css"):
                yield route.path, _first_line(route.endpoint) or ABOUT_DOCS


def _routes(owner: Any) -> Iterator[APIRoute]:  # an application, or a router
    for route in owner.routes:
        if isinstance(route, APIRoute):
            yield route
        elif (included := getattr(route, "original_router", None)) is not None:
            yield from _routes(included)


def services() -> tuple[Service, ...]:
    """Build every service, each on a database of its own; none is started."""
    with tempfile.TemporaryDirectory() as place:
        return _services(Path(place))


def _services(place: Path) -> tuple[Service, ...]:
    line, nowhere = place / "line", "http://127.0.0.1:9"
    make_line(line, ["9910000018"], [])
    intermediate = f"sqlite:///{place}/intermediate.sqlite"
    return (
        Service(
            "Clinic",
            "The reception desk. Port 8600, for people and programs on the same machine.",
            clinic_client.app.build_app(clinic_client.settings.Settings(nowhere, nowhere, line)),
        ),
        Service(
            "Testbed",
            "Cards, the virtual reader's slots and the panel. Port 8601.",
            testbed.app.build_app(testbed.settings.Settings(place, place, nowhere)),
        ),
        Service(
            "OQS",
            "オンライン資格確認等システム. Port 8602 is the console, 8603 the line (TLS).",
            oqs_sim.app.build_app(oqs_sim.settings.Settings()),
            has_line=True,
        ),
        Service(
            "Intermediate server",
            "医療保険者等向け中間サーバー. Port 8604 is the console, 8605 the line (TLS).",
            intermediate_server.app.build_app(
                intermediate_server.settings.Settings(intermediate, nowhere, nowhere, line)
            ),
            has_line=True,
        ),
        Service(
            "Sync worker",
            "Carries changes to OQS when their time has come. Port 8606.",
            intermediate_server.worker.build_app(
                intermediate_server.settings.WorkerSettings(intermediate, nowhere, nowhere, line)
            ),
        ),
    )


# --- http.md -----------------------------------------------------------------------------------


def http_page(every: Iterable[Service]) -> str:
    """Describe every route of every service."""
    parts = [
        NOTE,
        HTTP_INTRO,
    ]
    for service in every:
        parts += _service(service)
    return "\n".join(parts)


def _service(service: Service) -> Iterator[str]:
    yield f"## {service.name}\n"
    yield f"{service.about}\n"
    for method, path, operation in service.operations:
        yield f"### `{method} {path}`\n"
        problems = _codes(operation)
        on_line = service.has_line and Catalogue.NO_CLIENT_CERTIFICATE.kind.code in problems
        yield f"{'**Line.** ' if on_line else ''}{operation['summary']}.\n"
        facts = [
            *(f"- Query `{each['name']}`: {_kind(each['schema'])}" for each in _query(operation)),
            *_body(operation),
            *_answers(operation),
        ]
        if problems:
            links = ", ".join(f"[{code}](problems.md#{code.lower()})" for code in problems)
            facts.append(f"- Problems: {links}")
        yield "\n".join(facts) + "\n"
    pages = list(service.pages)
    if pages:
        yield f"### Pages ({service.name})\n"
        yield "\n".join(f"- `GET {path}`: {summary}" for path, summary in pages) + "\n"
    schemas = service.app.openapi().get("components", {}).get("schemas", {})
    own = {name: schema for name, schema in schemas.items() if not _is_of_errors(name)}
    if own:
        yield f"### Models ({service.name})\n"
        for name, schema in sorted(own.items()):
            yield f"#### {name}\n"
            yield _schema(schema)


def _is_of_errors(name: str) -> bool:
    return name in {"HTTPValidationError", "ValidationError", "ProblemDocument"}


def _codes(operation: Mapping[str, Any]) -> list[str]:
    found: list[str] = []
    for answer in operation["responses"].values():
        if "HTTPValidationError" in str(answer):
            found.append(Catalogue.INVALID_REQUEST.kind.code)
        found += re.findall(r"`(SIM-[A-Z-]+)`", answer["description"])
    return list(dict.fromkeys(found))


def _query(operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in operation.get("parameters", ()) if each["in"] == "query"]


def _body(operation: Mapping[str, Any]) -> Iterator[str]:
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        plain = media_type == "application/json"
        yield f"- Send: {_kind(content['schema']) if plain else f'`{media_type}`'}"


def _answers(operation: Mapping[str, Any]) -> Iterator[str]:
    for status, answer in operation["responses"].items():
        if not status.startswith("2"):
            continue
        content = answer.get("content", {})
        if not content:
            yield f"- Answer: {status}, without content"
        for media_type, described in content.items():
            schema = described.get("schema", {})
            plain = media_type == "application/json"
            what = _kind(schema) if plain and schema else f"`{media_type}`"
            yield f"- Answer: {status}, {what}"


# --- schemas -----------------------------------------------------------------------------------


def _schema(schema: Mapping[str, Any]) -> str:
    about = schema.get("description", "").strip()
    text = f"{_inline(about)}\n\n" if about else ""
    if "enum" in schema:
        return text + "One of " + ", ".join(f"`{value}`" for value in schema["enum"]) + ".\n"
    required = schema.get("required", ())
    rows = [
        (
            f"`{name}`",
            _kind(member),
            "yes" if name in required else "",
            _inline(member.get("description", "")),
        )
        for name, member in schema.get("properties", {}).items()
    ]
    return text + (_table(("member", "value", "needed", "meaning"), rows) if rows else "")


def _kind(schema: Mapping[str, Any]) -> str:
    """Name what a schema takes, in few words."""
    if "$ref" in schema:
        return f"`{schema['$ref'].rpartition('/')[2]}`"
    if "anyOf" in schema:
        return " or ".join(_kind(each) for each in schema["anyOf"])
    if "allOf" in schema:
        return " and ".join(_kind(each) for each in schema["allOf"])
    if "enum" in schema:
        return " or ".join(f"`{value}`" for value in schema["enum"])
    match schema.get("type"):
        case "array":
            return f"list of {_kind(schema.get('items', {}))}"
        case "string":
            return _kind_of_text(schema)
        case "null":
            return "null"
        case "object" | None:
            return "object"
        case other:
            return str(other)


def _kind_of_text(schema: Mapping[str, Any]) -> str:
    if schema.get("format") == "date-time":
        return "instant (ISO 8601)"
    by_pattern = {
        r"^\d{8}$": "day (`yyyyMMdd`)",
        r"^\d{14}$": "time of Tokyo (`yyyyMMddHHmmss`)",
        r"^\d{10}$": "10 digits",
    }
    return by_pattern.get(schema.get("pattern", ""), "text")


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines) + "\n"


def _inline(text: str) -> str:
    """Turn a docstring into one line of Markdown."""
    plain = " ".join(text.split()).replace("``", "`").replace("|", "\\|")
    return re.sub(r":(?:class|attr|func):`~?([^`]+)`", r"`\1`", plain)


# --- problems.md -------------------------------------------------------------------------------


def problems_page() -> str:
    """Describe the catalogue of problems, and the reader's kinds of error."""
    parts = [
        NOTE,
        PROBLEMS_INTRO,
    ]
    for entry in Catalogue:
        kind = entry.kind
        parts += [
            f"## {kind.code}\n",
            f"Status {kind.status}. {kind.title}\n",
            f"- The desk reads: {kind.japanese}\n- What to do: {kind.advice}\n",
        ]
        if entry is Catalogue.READER:
            parts += _reader_errors()
    return "\n".join(parts)


def _reader_errors() -> Iterator[str]:
    yield (
        "Further members: `kind` (below), `english`, `status_word` (what the card said, such as "
        "`0x63C2`), `attempts_remaining` (tries left for the PIN) and `next_step`.\n"
    )
    rows = [(f"`{error.__name__}`", _first_line(error)) for error in _below(ReaderError)]
    rows.append(("`Busy`", "Another check is under way; the PIN was not sent."))
    yield _table(("kind", "meaning"), rows)
    steps = ", ".join(f"`{step}`" for step in NextStep)
    yield f"`next_step` is one of {steps}, or `wait` (with `Busy`).\n"


def _below(kind: type[ReaderError]) -> Iterator[type[ReaderError]]:
    for each in kind.__subclasses__():
        yield each
        yield from _below(each)


# --- cli.md ------------------------------------------------------------------------------------


def commands() -> Iterator[tuple[str, click.Command, click.Context]]:
    """Walk all commands, with the line that one types to run them."""
    return _commands(cli, click.Context(cli, info_name="oqs", terminal_width=WIDTH))


def _commands(
    command: click.Command, context: click.Context
) -> Iterator[tuple[str, click.Command, click.Context]]:
    yield context.command_path, command, context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            options: dict[str, Any] = dict(below.context_settings)
            yield from _commands(below, click.Context(below, context, info_name=name, **options))


def cli_page() -> str:
    """Give the help of each command, and the environment variables of `oqs serve`."""
    parts = [
        NOTE,
        CLI_INTRO,
    ]
    for path, command, context in commands():
        parts += [f"## {path}\n", f"```text\n{command.get_help(context)}\n```\n"]
        variables = [
            (f"`{option.opts[0]}`", f"`{name}`")
            for option in command.params
            if isinstance(option, click.Option) and (name := variable(option, context))
        ]
        if variables:
            parts += [
                "Each option can be given as an environment variable:\n",
                _table(("option", "variable"), variables),
            ]
    return "\n".join(parts)


def variable(option: click.Option, context: click.Context) -> str | None:
    """Return the environment variable that stands for an option, if any does."""
    if context.auto_envvar_prefix is None or not option.allow_from_autoenv:
        return None
    assert option.name is not None
    return f"{context.auto_envvar_prefix}_{option.name.upper()}"


# --- settings.md -------------------------------------------------------------------------------

SETTINGS = (
    ("OQS", oqs_sim.settings.Settings),
    ("Intermediate server", intermediate_server.settings.Settings),
    ("Sync worker", intermediate_server.settings.WorkerSettings),
    ("Clinic", clinic_client.settings.Settings),
    ("Testbed", testbed.settings.Settings),
)


def settings_page() -> str:
    """List what a deployment chooses about each service."""
    parts = [
        NOTE,
        SETTINGS_INTRO,
    ]
    for name, settings in SETTINGS:
        meanings = attribute_docstrings(settings)
        rows = []
        for each in dataclasses.fields(settings):
            default = "needed" if each.default is dataclasses.MISSING else f"`{_shown(each)}`"
            rows.append((f"`{each.name}`", default, _inline(meanings.get(each.name, ""))))
        parts += [
            f"## {name}\n",
            f"`{settings.__module__}.{settings.__name__}`\n",
            _table(("setting", "default", "meaning"), rows),
        ]
    return "\n".join(parts)


def _shown(field: dataclasses.Field[Any]) -> str:
    default = field.default
    return repr(default.value if isinstance(default, Enum) else default)


def attribute_docstrings(cls: type) -> dict[str, str]:
    """Return the string beneath each attribute in a class's source."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for node, following in itertools.pairwise(definition.body):
        match node, following:
            case (
                (ast.AnnAssign(target=ast.Name(id=name)) | ast.Assign(targets=[ast.Name(id=name)])),
                ast.Expr(value=ast.Constant(value=str(text))),
            ):
                found[name] = inspect.cleandoc(text)
    return found


# --- vocabulary.md -----------------------------------------------------------------------------


def vocabulary_page() -> str:
    """List the elements that all services share."""
    parts = [
        NOTE,
        VOCABULARY_INTRO,
    ]
    modules = [
        importlib.import_module(f"{vocabulary.__name__}.{module.name}")
        for module in pkgutil.iter_modules(vocabulary.__path__)
    ]
    own = [
        each
        for module in modules
        for each in vars(module).values()
        if isinstance(each, type) and each.__module__ == module.__name__
    ]
    parts.append("## Codes\n")
    for code in own:
        if issubclass(code, Enum):
            meanings = attribute_docstrings(code)
            rows = [
                (f"`{each.value}`", f"`{each.name}`", _inline(meanings.get(each.name, "")))
                for each in code
            ]
            parts += [
                f"### {code.__name__}\n",
                f"{_inline(code.__doc__ or '')}\n",
                _table(("code", "name", "meaning"), rows),
            ]
    parts.append("## Elements\n")
    for element in own:
        if issubclass(element, Element) and element is not Element:
            parts += [f"### {element.__name__}\n", _schema(element.model_json_schema())]
    return "\n".join(parts)


# --- csv.md ------------------------------------------------------------------------------------

CSV_INTRO = """\
# Files of procedures (CSV)

What `POST /procedures/file`, `oqs insurer file` and the clerk's page take. The page
[届出をする](../how-to/clerk.md) shows it in use.

- The first line names the columns, by their Japanese name or by their element, in any order.
  Columns that no line needs may be left out; an unknown one refuses the whole file.
- UTF-8, with or without a byte order mark, or Shift_JIS (cp932). A line break ends a line wherever
  it stands, so a cell has none. Cells with a comma or a quotation mark stand in quotation marks.
- Each line is taken or refused by itself, in order; what has been taken stays, whatever follows.
- A line that was recorded before adds nothing. Two procedures that are equal in every column but
  meant twice are told apart by `ReferenceNumber`.
- A line has at most {longest:,} bytes. The size of a file does not matter: it is never held in
  memory.

The answer is a report in CSV (UTF-8 with a byte order mark), one line for each: {columns}. A cell
that a spreadsheet would take for a formula begins with an apostrophe there. No individual number is
ever repeated. The HTTP status is 200 when all lines were taken (now or before), 207 when some were
refused or the file was not read to its end, 422 when none was taken; `X-Lines-Accepted`,
`X-Lines-Unchanged`, `X-Lines-Refused` and `X-Lines-To-Look-At` count. `?ProblemsOnly=true` reports
only the lines that need a look.

## Columns
"""
NEVER_NAMED = {"Kind", "InsurerNumber"}
"""Columns that every kind needs, and so are not repeated for each."""


def csv_page() -> str:
    """Return the format of files of procedures."""
    columns = [
        (f"`{field.japanese}`", f"`{field.element}`", "yes" if field.element in NEEDED else "",
         field.how)
        for field in FIELDS
    ]  # fmt: skip
    kinds = []
    for kind, needs in NEEDS.items():
        named = [field for field in FIELDS if field.element not in NEVER_NAMED]
        must = [field for field in named if field.attribute in needs.required]
        may = [
            field
            for field in named
            if field.attribute in needs.allowed - needs.required and field.element not in NEEDED
        ]
        kinds.append(
            (
                f"`{kind.japanese}`",
                f"`{kind.value}`",
                "、".join(field.japanese for field in must),
                "、".join(field.japanese for field in may),
            )
        )
    return "\n".join(
        [
            CSV_INTRO.format(longest=LONGEST_LINE, columns="、".join(REPORT_COLUMNS)),
            _table(("column", "element", "needed in the header", "how it is written"), columns),
            "## Kinds\n",
            (
                "Every line needs 届出種別, 保険者番号, 個人番号 and 届出日. Only a child with no "
                "個人番号 goes without it, and is known by カナ氏名 and 生年月日 in all of its "
                "procedures (R-016).\n"
            ),
            _table(("word", "code", "needs", "may have"), kinds),
            "## Example\n",
            f"```\n{CSV_EXAMPLE}```\n",
        ]
    )


CSV_EXAMPLE = """\
届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,資格喪失日,喪失事由,適用日,整理番号
加入,990010,990000000019,20261116,最上,1234567,01,20261101,,,,A-1
喪失,990010,990000000027,20261116,最上,7654321,01,,20261110,03,,A-2
死亡,990010,990000000035,20261116,最上,1122334,01,,,,20261112,A-3
"""


def _first_line(documented: object) -> str:
    return (inspect.getdoc(documented) or "").partition("\n")[0]


def pages() -> dict[Path, str]:
    """Return all generated pages with their texts."""
    texts = {
        "http.md": http_page(services()),
        "problems.md": problems_page(),
        "cli.md": cli_page(),
        "settings.md": settings_page(),
        "vocabulary.md": vocabulary_page(),
        "csv.md": csv_page(),
        "rules.md": f"{NOTE}\n{rules.page()}",
    }
    return {REFERENCE / name: text.rstrip() + "\n" for name, text in texts.items()}


def stale() -> list[Path]:
    """Return the pages that do not say what the code says now."""
    return [
        page
        for page, text in pages().items()
        if not page.exists() or page.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    """Write the pages, or with ``--check`` compare them."""
    if sys.argv[1:] == ["--check"]:
        if behind := stale():
            names = ", ".join(page.name for page in behind)
            sys.exit(f"Stale: {names}. Write them anew: .venv/bin/python docs/generate.py")
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
