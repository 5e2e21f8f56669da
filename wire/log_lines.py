"""How log lines are written: as sentences for people, or as JSON for programs.

``OQS_SIM_LOG=json`` has every service write one JSON object in a line, and
``OQS_SIM_LOG_LEVEL`` (``debug``, ``info``, ``warning``, ``error``) says from which level on; at
``info`` there is a line for each request. Both forms name the request that a line belongs to.
Above ``debug`` no line holds a name, a number or a birthdate of a person.
"""

from __future__ import annotations

import json
import logging
import os
import traceback
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from wire.request_note import current_note

if TYPE_CHECKING:
    from collections.abc import Iterable

FORM = "OQS_SIM_LOG"
LEVEL = "OQS_SIM_LOG_LEVEL"
_FORMS = {"text", "json"}
_LEVELS = {"debug", "info", "warning", "error"}
_OWN = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "request_id"}
"""What every record has; anything else was said with it."""


class LogSettingWrong(ValueError):
    """A setting of the log is none of those that there are."""

    def __init__(self, name: str, value: str, known: Iterable[str]) -> None:
        said = ", ".join(sorted(known))
        self.ja = f"{name}={value} という設定はありません。{said} のどれかにしてください。"
        self.en = f"{name}={value} is no setting of the log. Say one of {said}."
        super().__init__(self.en)


class _NamesRequest(logging.Filter):
    """Writes into each record to which request it belongs."""

    def filter(self, record: logging.LogRecord) -> bool:
        note = current_note()
        record.request_id = None if note is None else note.request_id
        return True


class TextLine(logging.Formatter):
    """A sentence, with the request's id behind it where there is one."""

    def __init__(self, service: str | None) -> None:
        super().__init__("%(message)s" if service is None else f"{service}: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 # logging's name
        """Write the line, without what follows it."""
        line = super().formatMessage(record)
        request_id = getattr(record, "request_id", None)
        return line if request_id is None else f"{line} [{request_id}]"


class JsonLine(logging.Formatter):
    """One JSON object in a line."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        """Write a record."""
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="microseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "message": record.getMessage(),
            "request_id": getattr(record, "request_id", None),
            **{name: value for name, value in vars(record).items() if name not in _OWN},
        }
        if record.exc_info:
            kind, _, trace = record.exc_info
            # What an exception says may hold what was sent: its place is told, and at DEBUG more.
            line["error"] = kind.__name__ if kind else None
            frames = traceback.extract_tb(trace)
            line["at"] = [f"{one.filename}:{one.lineno} {one.name}" for one in frames]
            if logging.getLogger().isEnabledFor(logging.DEBUG):
                line["traceback"] = self.formatException(record.exc_info)
        given = {name: value for name, value in line.items() if value is not None}
        return json.dumps(given, ensure_ascii=False, default=str)


def begin_logs(service: str, *, alone: bool = False) -> None:
    """Have this process write its log in the form that its environment says.

    A service that has its terminal ``alone`` does not say its name before each sentence.

    Raises:
        LogSettingWrong: the environment says something else than there is.
    """
    form = os.environ.get(FORM, "text")
    level = os.environ.get(LEVEL, "warning").lower()
    if form not in _FORMS:
        raise LogSettingWrong(FORM, form, _FORMS)
    if level not in _LEVELS:
        raise LogSettingWrong(LEVEL, level, _LEVELS)
    handler = logging.StreamHandler()
    handler.addFilter(_NamesRequest())
    handler.setFormatter(
        JsonLine(service) if form == "json" else TextLine(None if alone else service)
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    # Programs of others say more than a service has to tell.
    for noisy in ("httpx2", "httpcore2", "asyncio"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
