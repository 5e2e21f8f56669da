"""What makers of clinic software use instead: a stub server that answers one canned body.

Mockoon, installed by npm, runs as one process on the core on which OQS is measured. It speaks TLS,
but asks nobody for a certificate.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from bench.checks.trial import Measured
from bench.load import HOST, Target, request
from testbed.launch.line_certificates import OQS
from wire.line_credentials import credentials
from wire.serving.serve import bind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.checks.trial import Line

PACKAGE = "@mockoon/cli@9.9.0"
PLACE = Path("var/stub")
"""Where npm puts it, once."""
PATH = "/qualification/card"
ANSWER = {
    "MessageHeader": {
        "ProcessExecutionTime": "20261116100000", "QualificationConfirmationDate": "20261116",
        "MedicalInstitutionCode": "9910000018", "ReferenceClassification": "1",
        "SegmentOfResult": "1", "CharacterCodeIdentifier": "0",
    },
    "MessageBody": {
        "ProcessingResultStatus": "1", "QualificationValidity": "1",
        "ResultList": [{"ResultOfQualificationConfirmation": {
            "InsuredCardClassification": "01", "InsurerNumber": "  990010",
            "InsuredCardSymbol": "最上", "InsuredIdentificationNumber": "1234567",
            "InsuredBranchNumber": "00", "Name": "佐藤　花子", "NameKana": "ｻﾄｳ ﾊﾅｺ",
            "Sex1": "2", "Birthdate": "19800217", "Address": "模擬県模擬市模擬町1-1",
            "PostNumber": "990-0001", "QualificationDate": "20240401",
            "InsuredPartialContributionRatio": "030",
            "InsurerName": "最上型国民健康保険（模擬）",
        }}],
    },
}  # fmt: skip
READY_WITHIN = 60.0


def canned_requests(count: int) -> list[bytes]:
    """Ask for the canned body."""
    return [request(PATH, b'{"MessageHeader":{},"MessageBody":{}}')] * count


def _installed() -> Path:
    """Return the stub server's program."""
    program = PLACE / "node_modules/.bin/mockoon-cli"
    if not program.exists():
        npm = shutil.which("npm")
        if npm is None:
            sys.exit("bench: npm is missing. Install it (Debian: apt-get install npm).")
        PLACE.mkdir(parents=True, exist_ok=True)
        wanted = [npm, "install", "--no-audit", "--no-fund", "--silent", PACKAGE]
        subprocess.run(wanted, check=True, cwd=PLACE)
    return program


def _environment(line: Line, port: int) -> dict[str, object]:
    """Describe the stub as Mockoon reads it."""
    response = {
        "uuid": "response", "statusCode": 200, "body": json.dumps(ANSWER, ensure_ascii=False),
        "headers": [{"key": "Content-Type", "value": "application/json"}], "latency": 0,
        "default": True, "rules": [], "rulesOperator": "OR", "disableTemplating": True,
        "bodyType": "INLINE", "label": "", "filePath": "", "databucketID": "",
        "sendFileAsBody": False, "fallbackTo404": False, "crudKey": "id", "callbacks": [],
    }  # fmt: skip
    routes = [
        {"uuid": "route", "type": "http", "method": "all", "endpoint": PATH[1:],
         "responses": [response], "documentation": "", "responseMode": None},
    ]  # fmt: skip
    server = credentials(line.directory, OQS)
    return {
        "uuid": "stub", "name": "stub", "lastMigration": 33, "hostname": HOST, "port": port,
        "endpointPrefix": "", "latency": 0, "folders": [], "cors": False, "headers": [],
        "proxyMode": False, "proxyHost": "", "proxyRemovePrefix": False, "proxyReqHeaders": [],
        "proxyResHeaders": [], "data": [], "callbacks": [], "routes": routes,
        "rootChildren": [{"type": "route", "uuid": "route"}],
        "tlsOptions": {
            "enabled": True, "type": "CERT", "pfxPath": "", "passphrase": "", "caPath": "",
            "certPath": str(server.certificate), "keyPath": str(server.key),
        },
    }  # fmt: skip


@contextmanager
def stub(line: Line, directory: Path) -> Iterator[Measured]:
    """Run the stub server on the first core."""
    program = _installed()
    free = bind(HOST, 0)
    port: int = free.getsockname()[1]
    free.close()
    described = directory / "stub.json"
    described.write_text(json.dumps(_environment(line, port)), "utf-8")
    first_core = str(min(os.sched_getaffinity(0)))
    command = [
        "taskset", "--cpu-list", first_core, str(program.resolve()), "start",
        "--data", str(described), "--hostname", HOST,
        "--disable-log-to-file", "--disable-admin-api", "--max-transaction-logs", "0",
    ]  # fmt: skip
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    try:
        _wait_for(port)
        yield Measured(process.pid, Target(port, line.terminal, PATH, b'"QualificationValidity"'))
    finally:
        os.kill(process.pid, signal.SIGTERM)
        process.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + READY_WITHIN
    while True:
        try:
            socket.create_connection((HOST, port), 1).close()
        except OSError:
            assert time.monotonic() < until, "the stub does not answer"
            time.sleep(0.1)
        else:
            return
