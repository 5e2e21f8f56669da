"""`access.md`: who may use which route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generator.markdown import NOTE, table
from wire.line_credentials import Role
from wire.serving.access import ANYONE, CONSOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docs.generator.services import Service

COLUMNS = (
    ANYONE,
    Role.TERMINAL,
    Role.INSURER,
    Role.INTERMEDIATE_SERVER,
    Role.WORKER,
    CONSOLE,
)
"""Who asks; at the line each with a certificate of the role, `nobody` anywhere without one."""

INTRO = """\
# Who may do what

Every route of every service, and who may use it, made from the OpenAPI documents (`x-roles`). A
test asks each of them as each of these callers, over real connections with real certificates.

OQS and the intermediate server listen twice. At the **line** (TLS with certificates of both sides)
a caller is what its certificate says: a terminal, an insurer, the intermediate server, or its sync
worker. Whoever has no certificate of the line, a revoked one, or a server's gets no answer or a
refusal, whatever the route. At the **console**, on loopback, are people and programs of this
machine; the other services have nothing else.

- ● may use it. An insurer's certificate acts for that insurer only, a terminal's for its own
  institution.
- ○ is refused: 401 without a certificate, 403 with one of another role.
- An empty cell: the route does not exist there (404), and the OpenAPI document of that listener
  does not know it.

```{warning}
A console asks nobody who they are. It listens on 127.0.0.1, and it answers no page of another site
and no name but its own; but every user and every program of this machine can reach it, and may do
there all that stands in its column. On a machine that others use too, run the system in containers
or in a virtual machine of your own.
```

OQS is called by everyone and calls nobody: its certificate is for a server only (`serverAuth`).
Terminals, insurers and sync workers have certificates for callers only (`clientAuth`), with which
nobody can pretend to be a server; the intermediate server, which answers and asks, has both. Who
calls OQS sees by its certificate that it is OQS, besides the name of the host. The line speaks TLS
1.3, or 1.2 with authenticated encryption only.
"""


def access_page(every: Iterable[Service]) -> str:
    """Write the table of each service."""
    parts = [NOTE, INTRO]
    for service in every:
        parts.append(f"## {service.name}\n")
        columns = COLUMNS if service.has_line else (CONSOLE,)
        rows = [
            (
                f"`{method} {path}`",
                *(_cell(column, roles, has_line=service.has_line) for column in columns),
            )
            for method, path, roles in service.access
        ]
        parts.append(table(("route", *map(str, columns)), rows))
    return "\n".join(parts)


def _cell(column: str, roles: tuple[str, ...], *, has_line: bool) -> str:
    if column in roles or ANYONE in roles:
        return "●"
    if not has_line:
        return "○"
    exists = column == CONSOLE or set(roles) != {CONSOLE}
    return "○" if exists else ""
