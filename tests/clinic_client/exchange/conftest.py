"""A clinic's program at the folder of a running exchange."""

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

SECONDS = 20.0
TERMINAL = "9910000018"
MARK = "<ArbitraryFileIdentifier>mark-1</ArbitraryFileIdentifier>"


def message(api_body: str, encoding: str = "UTF-8", mark: str = MARK) -> bytes:
    return (
        f'<?xml version="1.0" encoding="{encoding}" standalone="no"?>'
        f"<XmlMsg><MessageHeader><MedicalInstitutionCode>{TERMINAL}</MedicalInstitutionCode>"
        f"{mark}</MessageHeader>"
        f"<MessageBody>{api_body}</MessageBody></XmlMsg>"
    ).encode(encoding)


def asked(number: str = "1234567") -> str:
    return (
        "<QualificationConfirmSearchInfo><InsurerNumber>  990010</InsurerNumber>"
        "<InsuredCardSymbol>最上</InsuredCardSymbol>"
        f"<InsuredIdentificationNumber>{number}</InsuredIdentificationNumber>"
        "<InsuredBranchNumber>01</InsuredBranchNumber>"
        "<Birthdate>19800217</Birthdate></QualificationConfirmSearchInfo>"
    )


class Maker:
    """A clinic's program at the folder."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, content: bytes) -> None:
        """Publish a request as careful programs do."""
        (self.root / "req" / f"{name}.tmp").write_bytes(content)
        (self.root / "req" / f"{name}.tmp").rename(self.root / "req" / name)

    def fetch(self, name: str, folder: str = "res") -> bytes:
        """Wait for an answer, and take it away."""
        error = f"{Path(name.replace('res_', 'req_')).stem}.err"
        found = self.wait_for(folder, lambda names: name in names or error in names)
        assert name in found, (self.root / folder / error).read_text()
        content = (self.root / folder / name).read_bytes()
        (self.root / folder / name).unlink()
        return content

    def wait_for(self, folder: str, holds: Callable[[set[str]], bool]) -> set[str]:
        """Look into a folder, as programs do, until it is as wanted."""
        until = time.monotonic() + SECONDS
        while not holds(names := {file.name for file in (self.root / folder).iterdir()}):
            assert time.monotonic() < until, f"{folder} has {names}"
            time.sleep(0.02)
        return names


def texts(document: bytes, name: str) -> list[str | None]:
    encoding = "shift_jis" if b"Shift_JIS" in document[:80] else "utf-8"
    root = ET.fromstring(document.decode(encoding).partition("?>")[2])  # it is ours
    return [one.text for one in root.iter(name)]


@pytest.fixture
def maker(tmp_path: Path) -> Iterator[Maker]:
    return Maker(tmp_path / "OQS")
