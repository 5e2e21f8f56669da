"""A running deployment of all five services, to be sent what their documents allow, and do not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

import clinic_client.app
import clinic_client.settings
import oqs_sim.app
import oqs_sim.store.schema
import testbed.app
import testbed.settings
from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from testbed.launch import line_certificates
from tests.databases import ENGINES, Databases
from tests.equipment.served import Served
from tests.intermediate_server.conftest import (
    KITAMURA,
    MOGAMI,
    TERMINAL,
    Faults,
    certificates,
    individual_number,
    prepare,
)
from wire.line_credentials import INTERMEDIATE_SERVER, OQS, Role
from wire.serving.access import CONSOLE
from wire.serving.serve import Listener, bind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from testbed.readers.private_pcscd import PcscStack
    from tests.intermediate_server.conftest import Deployment
    from wire.line_credentials import Caller

__all__ = ["certificates", "prepare"]


@dataclass(frozen=True)
class Target:
    """Where a service listens, and as whom it is called there."""

    url: str
    role: str = CONSOLE
    """As what it is called: a role of the line, or somebody at a console."""
    participant: str | None = None
    """Whose certificate of the line is shown; None on a listener without TLS."""
    server: Caller = OQS
    """Who answers on the line."""


@dataclass(frozen=True)
class System:
    """The services, and values that lead somewhere."""

    certificates: Path
    targets: dict[str, Target]
    known: dict[str, tuple[str, ...]]
    """Values by the names of members, in small letters and with nothing between."""


class Unhindered(Faults):
    """OQS itself, with nothing that goes wrong before it."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)


@pytest.fixture(params=ENGINES)
def system(
    request: pytest.FixtureRequest,
    prepare: Callable[..., Deployment],  # pytest's way
    certificates: Path,
    pcsc_stack: PcscStack,
    tmp_path: Path,
) -> Iterator[System]:
    options: dict[str, Any] = {"oqs_database_url": f"sqlite:///{tmp_path / 'oqs.sqlite'}"}
    clinic_database = f"sqlite:///{tmp_path / 'clinic.sqlite'}"
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        options = {
            "oqs_database_url": databases.with_tables(
                oqs_sim.store.schema.metadata, oqs_sim.app.MIGRATIONS
            ),
            "database_url": databases.with_tables(metadata, MIGRATIONS),
        }
        clinic_database = databases.empty()
    deployment = prepare(faults_type=Unhindered, **options)
    deployment.start_oqs()
    deployment.start_worker()
    deployment.start_service()
    person = deployment.register()
    deployment.file().raise_for_status()
    deployment.advance(BusinessDays=5).raise_for_status()
    card = deployment.oqs.post(
        "/sim/jlis/cards", json={"IndividualNumber": individual_number(1)}
    ).raise_for_status()
    desk = clinic_client.app.build_app(
        clinic_client.settings.Settings(
            deployment.oqs_line.url,
            deployment.oqs_console.url,
            certificates,
            database_url=clinic_database,
            reader_part=pcsc_stack.readers[0],
            intermediate_console_url=deployment.console.url,
        )
    )
    panel = testbed.app.build_app(
        testbed.settings.Settings(
            tmp_path / "cards", pcsc_stack.directory, deployment.oqs_console.url, answer_limit=0.1
        )
    )
    with bind("127.0.0.1", 0) as desk_socket, bind("127.0.0.1", 0) as panel_socket:
        at_desk, at_panel = Listener(desk_socket), Listener(panel_socket)
        with Served(panel, at_panel), Served(desk, at_desk):
            yield System(
                certificates,
                {
                    "oqs-terminal": Target(
                        deployment.oqs_line.url, Role.TERMINAL, f"terminal-{TERMINAL}"
                    ),
                    "oqs-intermediate": Target(
                        deployment.oqs_line.url, Role.INTERMEDIATE_SERVER, "intermediate-server"
                    ),
                    "oqs-worker": Target(
                        deployment.oqs_line.url, Role.WORKER, line_certificates.WORKER
                    ),
                    "oqs-console": Target(deployment.oqs_console.url),
                    "intermediate-line": Target(
                        deployment.line.url,
                        Role.INSURER,
                        f"insurer-{MOGAMI}",
                        INTERMEDIATE_SERVER,
                    ),
                    "intermediate-console": Target(deployment.console.url),
                    "worker": Target(deployment.worker_listener.url),
                    "clinic": Target(at_desk.url),
                    "testbed": Target(at_panel.url),
                },
                {
                    "personreference": (person,),
                    "individualnumber": (individual_number(1), individual_number(2)),
                    "insurernumber": (MOGAMI, KITAMURA),
                    "insuredcardsymbol": ("最上",),
                    "insuredidentificationnumber": ("1234561",),
                    "insuredbranchnumber": ("01",),
                    "birthdate": ("19800217",),
                    "filedon": ("20261124", "20261201", "20991231"),
                    "qualificationdate": ("20261116", "20261201", "20991231"),
                    "medicalinstitutioncode": (TERMINAL,),
                    "serialnumber": (card.json()["SerialNumber"],),
                    "serial": (str(card.json()["Authentication"]["Serial"]),),
                    "persona": ("hanako",),
                    "idempotencykey": ("1", '"again"'),
                    "insuredpartialcontributionratio": ("030", "3割"),
                },
            )
