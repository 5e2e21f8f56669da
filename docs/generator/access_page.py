"""`access.md`: who may use which route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docs.generator.markdown import NOTE, table
from wire.line_credentials import Role
from wire.serving.access import ANYONE, CONSOLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from docs.generator.services import Service

COLUMNS = (Role.TERMINAL, Role.INSURER, Role.INTERMEDIATE_SERVER, Role.WORKER, CONSOLE)
"""Who asks; at the line each with a certificate of the role."""

INTRO = """\
# Who may do what

Every route of every service, and who may use it, made from the OpenAPI documents (`x-roles`), with
those documents themselves and the folders of static files. A test asks each of them as each of
these callers, over real connections with real certificates.

OQS and the intermediate server listen twice. At the **line** (TLS with certificates of both sides)
a caller is what its certificate says: a terminal, an insurer, the intermediate server, or its sync
worker. At the **console**, on loopback, are people and programs of this machine; the other services
have nothing else.

- ● may use it. An insurer's certificate acts for that insurer only, a terminal's for its own
  institution.
- ○ is refused: at the line with 403
  [SIM-WRONG-CALLER](problems.md#sim-wrong-caller), at the console with 401
  [SIM-NO-CLIENT-CERTIFICATE](problems.md#sim-no-client-certificate), as nobody shows one there.
- An empty cell: the route does not exist there (404), and the OpenAPI document of that listener
  does not know it.

Whoever else comes to the line stands in no column:

| who | what happens, at every path, `/health` too |
| --- | --- |
| without a certificate, or with one of another authority | TLS is not agreed on, and there is no \
answer: curl ends with 52, 56 or, with TLS 1.2, 35 |
| with one of a server that calls nobody (`oqs`) | the same |
| with one that was revoked | 403 \
[SIM-CERTIFICATE-REFUSED](problems.md#sim-certificate-refused), and the connection ends |
| with any, while the server cannot read the list of what is revoked | 503 \
[SIM-REVOCATIONS-UNKNOWN](problems.md#sim-revocations-unknown), and the connection ends |

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
            for method, path, roles in (*service.access, *service.others)
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
