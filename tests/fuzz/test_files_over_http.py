"""Files of procedures out of any bytes, sent to the line and to the clerk's page: never a failure.

The reader of CSV files has tests of its own; here they come over HTTP, as a stream and in a form.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest

from intermediate_server.store import MIGRATIONS
from intermediate_server.store.schema import metadata
from tests.databases import ENGINES, Databases
from tests.fuzzing import seeded
from tests.intermediate_server.conftest import MOGAMI, individual_number

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.intermediate_server.conftest import Deployment

FILES = 100
HEAD = "届出種別,保険者番号,個人番号,届出日,番号,枝番,資格取得日,備考\r\n"
LINE = f"加入,{MOGAMI},{individual_number(1)},2026-11-16,1234561,01,2026-11-16,\r\n"
GOOD = HEAD + LINE + LINE.replace("加入", "喪失") + LINE.replace("2026-11-16", "20991231")
PIECES = [
    b"", b"\0", b"\xff", b"\xef\xbb\xbf", b"\xff\xfe", b"\x81", b"\xa0", b'"', b'""', b",", b"\r",
    b"\n", b"\r\n", b"\x1a", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", "\u202e".encode(), b"=1+1",
    "𠮷".encode(), b"9" * 40, b"x" * 17_000, b"," * 3_000,
]  # fmt: skip
ENCODINGS = ["utf-8", "utf-8-sig", "cp932", "euc-jp", "utf-16", "utf-16-be", "utf-32"]


def made_up(chance: random.Random) -> bytes:
    """Return any bytes, or a good file with some damage, in any encoding."""
    if chance.random() < 0.2:
        return chance.randbytes(chance.randrange(400))
    content = bytearray(GOOD.encode(chance.choice(ENCODINGS)))
    for _ in range(chance.randrange(1, 6)):
        at = chance.randrange(len(content) + 1)
        upto = at + chance.choice([0, 0, 1, 3, 50])
        content[at:upto] = chance.choice([*PIECES, chance.randbytes(3)])
    return bytes(content)


@pytest.fixture(params=ENGINES)
def service(request: pytest.FixtureRequest, prepare: Callable[..., Deployment]) -> Deployment:
    options = {}
    if request.param == "postgresql":
        databases: Databases = request.getfixturevalue("databases")
        options = {"database_url": databases.with_tables(metadata, MIGRATIONS)}
    deployment = prepare(**options)
    deployment.start_oqs()
    deployment.start_service()
    deployment.start_worker()  # whose last error the page shows
    deployment.register()
    return deployment


def test_a_file_of_any_bytes_is_taken_or_refused(service: Deployment) -> None:
    insurer = service.client(service.line.url, f"insurer-{MOGAMI}")
    for number, chance in seeded("files", FILES):
        content = made_up(chance)
        if number % 2:
            answer = insurer.post(
                "/procedures/file", content=content, headers={"Content-Type": "text/csv"}
            )
        else:
            answer = service.pages.post(
                "/upload",
                data={"InsurerNumber": MOGAMI, "Operator": "係"},
                files={"File": (chance.choice(["届出.csv", "a", "\u202e", "x" * 300]), content)},
            )
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (number, content, answer.text)
        assert answer.text, "every answer says what became of the file"


# Starlette leaves the file of a part without an end to the collector.
@pytest.mark.filterwarnings("ignore:.*SpooledTemporaryFile:pytest.PytestUnraisableExceptionWarning")
def test_a_form_out_of_any_bytes_is_taken_or_refused(service: Deployment) -> None:
    for number, chance in seeded("forms", FILES):
        head = b'--b\r\nContent-Disposition: form-data; name="File"; filename="a.csv"\r\n\r\n'
        form = bytearray(head + GOOD.encode() + b"\r\n--b--\r\n")
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(form) + 1)
            form[at : at + chance.choice([0, 1, 9])] = chance.choice([*PIECES, b"--b", b"--b--"])
        answer = service.pages.post(
            "/upload",
            content=bytes(form),
            headers={"Content-Type": chance.choice(["multipart/form-data; boundary=b"] * 4 + [
                "multipart/form-data", "multipart/form-data; boundary=", "text/csv", "a/b; c",
                "application/x-www-form-urlencoded",
            ])},
        )  # fmt: skip
        assert answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR, (number, form, answer.text)
