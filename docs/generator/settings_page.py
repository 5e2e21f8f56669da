"""`settings.md`: what a deployment chooses about each service."""

from __future__ import annotations

import dataclasses
from enum import Enum
from typing import Any

import clinic_client.settings
import eligibility.terminal.medical_information
import intermediate_server.settings
import oqs_sim.bulk.policy
import oqs_sim.settings
import oqs_sim.welfare.assistance
import testbed.settings
import wire.bounds
import wire.messages.profile
from docs.generator.markdown import NOTE, attribute_docstrings, inline, table

SETTINGS_INTRO = """\
# Settings

Each service is built from a `Settings` value. `oqs serve` fills in those for which it has
[an option](cli.md#oqs-serve). Those of OQS and of the clinic are chosen by name, at
`oqs serve oqs` and `oqs serve clinic`, and at `oqs up` those of the clinic after `clinic.`:

```sh
oqs up --set clinic.exchange_patience_seconds=5
oqs up --set medical_seed=ward-7 --set bulk.most_units=500 --set clinical_consents_from=2026-12-01
oqs up --settings oqs.toml
```

```toml
token_seconds = 60
institution_municipalities = [["9910000018", "99001"]]
requests_with_content = true

[drug_window]
lag_days = 3

[clinic]
line_timeout_seconds = 3.0
```

What is said by `--set` goes before the file. A name that is no setting, or a value that cannot
be, is a sentence before anything is started. A Python program sets any of them and hands the
value to `build_app`. A default that had to be assumed, as the real value is not public, says so.

What a listener takes at most is chosen likewise of these two (`bounds.connections=4000`); of the
other services a program sets it, as in `Settings(…, bounds=Bounds(connections=4_000))`; the
[bounds](#bounds) stand at the end of the page.
"""


SETTINGS = (
    ("OQS", oqs_sim.settings.Settings),
    ("OQS: `bulk.…`", oqs_sim.bulk.policy.BulkPolicy),
    ("OQS: `welfare.…`", oqs_sim.welfare.assistance.WelfarePolicy),
    ("OQS: `drug_window.…`", eligibility.terminal.medical_information.DrugWindow),
    ("Intermediate server", intermediate_server.settings.Settings),
    ("Sync worker", intermediate_server.settings.WorkerSettings),
    ("Clinic", clinic_client.settings.Settings),
    ("Clinic: `exchange_form.…`", wire.messages.profile.Profile),
    ("Testbed", testbed.settings.Settings),
    ("Bounds", wire.bounds.Bounds),
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
            default = _default(each)
            rows.append((f"`{each.name}`", default, inline(meanings.get(each.name, ""))))
        parts += [
            f"## {name}\n",
            f"`{settings.__module__}.{settings.__name__}`\n",
            table(("setting", "default", "meaning"), rows),
        ]
    return "\n".join(parts)


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "needed" if field.default_factory is dataclasses.MISSING else "below"
    return f"`{_shown(field)}`"


def _shown(field: dataclasses.Field[Any]) -> str:
    default = field.default
    if isinstance(default, wire.bounds.Bounds):
        # What is as everywhere has a table of its own.
        other = vars(default).items() - vars(wire.bounds.ORDINARY).items()
        return f"Bounds({', '.join(f'{name}={value!r}' for name, value in sorted(other))})"
    return repr(default.value if isinstance(default, Enum) else default)
