"""Looks at the root of the folder exchange: its rights and room, and what lies there too long."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from eligibility.sentence import Sentence
from testbed.diagnosing.finding import (
    Finding,
    Probe,
    ProbeAnswer,
    bad,
    caution,
    good,
    not_looked_at,
)
from testbed.diagnosing.machine_looks import disk_finding
from wire.clock import wall_clock

if TYPE_CHECKING:
    from collections.abc import Sequence

    from testbed.diagnosing.heard import Word
    from testbed.diagnosing.subject import Subject

FOLDERS = ("req", "res", "face")
TOO_LONG_SECONDS = {"req": 60.0, "res": 3_600.0, "face": 3_600.0}
"""After how long a file should have been taken: a request by the exchange, which waits half a
minute for OQS; an answer by the clinic's program."""
_MOST_LISTED = 2_000
_HERE = {"127.0.0.1", "::1", "localhost"}
_SHOWN = 3
"""Names of files in a line."""


def look_at_exchange(subject: Subject, word: Word) -> Sequence[Finding]:
    """Look at the folders of which the desk says that it uses them; nothing in them is touched."""
    if word.said is None:
        return [not_looked_at(Probe.EXCHANGE, _why_unknown(subject, word))]
    root, trouble = Path(word.said["root"]), word.said["trouble"]
    if not root.is_dir() and urlsplit(subject.clinic or "").hostname not in _HERE:
        why = Sentence(f"{root} は受付の機械にあります", f"{root} is on the desk's machine")
        return [not_looked_at(Probe.EXCHANGE, why)]
    found = [_folders(root)]
    if trouble:
        said = Sentence("連携フォルダーが動いていません", "The folder exchange stands still")
        found.append(bad(Probe.EXCHANGE, said, Sentence(trouble, word.said["trouble_en"])))
    if root.is_dir():
        room = disk_finding(Probe.EXCHANGE, root)
        found += [room] if room.answer is not ProbeAnswer.GOOD else []
        found += _files(root)
    return found


def _why_unknown(subject: Subject, word: Word) -> Sentence:
    if subject.clinic is not None and word.status == 404:
        return Sentence(
            "使っていません。使うなら `oqs up --exchange フォルダー`",
            "it is not used; `oqs up --exchange FOLDER` does",
        )
    return Sentence("受付が答えません", "the desk does not answer")


def _folders(root: Path) -> Finding:
    missing = [str(root / name) for name in FOLDERS if not (root / name).is_dir()]
    if missing:
        return bad(
            Probe.EXCHANGE,
            Sentence(
                f"連携フォルダーがありません: {', '.join(missing)}",
                f"Folders of the exchange are missing: {', '.join(missing)}",
            ),
            Sentence(
                "ネットワークのフォルダーなら、つながっているか確かめてください。作り直すなら、"
                "受付を始め直してください。",
                "If they lie on the net, see that it is reached. To have them made, start the desk "
                "again.",
            ),
        )
    closed = [str(root / name) for name in FOLDERS if not os.access(root / name, os.W_OK | os.X_OK)]
    if closed:
        return bad(
            Probe.EXCHANGE,
            Sentence(
                f"連携フォルダーに書けません: {', '.join(closed)}",
                f"Folders of the exchange cannot be written to: {', '.join(closed)}",
            ),
            Sentence(
                "このユーザーに、読み書きの許可をつけてください。",
                "Let this user read and write them.",
            ),
        )
    return good(
        Probe.EXCHANGE,
        Sentence(f"連携フォルダーに書けます: {root}", f"The exchange can be written to: {root}"),
    )


def _files(root: Path) -> list[Finding]:
    now, found = wall_clock().timestamp(), []
    for folder, seconds in TOO_LONG_SECONDS.items():
        old = _older(root / folder, now - seconds)
        if old:
            found.append(_lie_there(folder, old))
    errors = _older(root / "res", now, ".err")
    if errors:
        found.append(
            caution(
                Probe.EXCHANGE_FILES,
                Sentence(
                    f"断られた要求 (.err) が {len(errors)} 件あります: {_names(errors)}",
                    f"{len(errors)} requests were refused (.err): {_names(errors)}",
                ),
                Sentence(
                    "res の .err を開くと、理由とすることが書いてあります。要求を直して出し直して"
                    "ください。",
                    "Each .err in res says why and what to do. Mend the request and send it anew.",
                ),
            )
        )
    if not found:
        said = Sentence("長く残っているファイルはありません", "No file has waited for long")
        found.append(good(Probe.EXCHANGE_FILES, said))
    return found


def _older(folder: Path, before: float, ending: str = "") -> list[str]:
    """Return the files, of those that are listed first, that were written before an instant."""
    try:
        with os.scandir(folder) as entries:
            return sorted(
                entry.name
                for entry in islice(entries, _MOST_LISTED)
                if entry.name.endswith(ending)
                and not entry.name.startswith(".")
                and (ending or not entry.name.endswith(".err"))
                and entry.stat(follow_symlinks=False).st_mtime < before
            )
    except OSError:
        return []  # it is told of the folder, or the file has just gone


def _lie_there(folder: str, names: list[str]) -> Finding:
    said = Sentence(
        f"{folder} に長く残っているファイルが {len(names)} 件あります: {_names(names)}",
        f"{len(names)} files have lain in {folder} for long: {_names(names)}",
    )
    if folder == "req":
        return caution(
            Probe.EXCHANGE_FILES,
            said,
            Sentence(
                "名前が決まりどおりか、同じ名前の答えが res に残っていないか確かめてください。"
                "OQS の行も見てください。",
                "See whether their names are as they should be, and whether an answer of the same "
                "name still lies in res. See the line of OQS, too.",
            ),
        )
    return caution(
        Probe.EXCHANGE_FILES,
        said,
        Sentence(
            "医療機関のソフトが取り出していません。そのソフトが動いているか確かめてください。",
            "The clinic's program does not fetch them. See whether it runs.",
        ),
    )


def _names(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" (+{more})" if more > 0 else "")
