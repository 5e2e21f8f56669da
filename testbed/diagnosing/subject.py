"""Whose reception is looked at: where the parts of a system are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from testbed.settings import Settings
from wire.line_credentials import Role

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Subject:
    """A system, by the addresses of its parts; None for a part of which nobody said where it is."""

    name: str | None = None
    """How it is called; None for parts that somebody named one by one."""
    clinic: str | None = None
    testbed: str | None = None
    oqs_console: str | None = None
    oqs_line: str | None = None
    intermediate_console: str | None = None
    line_directory: Path | None = None
    """The directory of the line's certificates."""
    institution_code: str = Settings.institution_code
    """医療機関コード (N-004) of the terminal."""
    reader_part: str | None = None
    """A part of the reader's name, for where the desk does not say which one it uses."""

    @property
    def named(self) -> bool:
        """Whether it is known where any part of it is."""
        return any((self.clinic, self.oqs_console, self.oqs_line, self.intermediate_console))

    @property
    def participant(self) -> str:
        """Whose certificate in the line's directory the terminal has."""
        return f"{Role.TERMINAL}-{self.institution_code}"

    @classmethod
    def of_settings(cls, settings: Settings) -> Self:
        """Take what the testbed knows of its own deployment."""
        return cls(
            clinic=settings.clinic_url,
            oqs_console=settings.oqs_console_url,
            oqs_line=settings.oqs_line_url,
            intermediate_console=settings.intermediate_console_url,
            line_directory=settings.line_directory,
            institution_code=settings.institution_code,
        )
