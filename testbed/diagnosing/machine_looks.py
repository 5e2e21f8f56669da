"""Looks at the machine itself: Python and its packages, the disk, fonts."""

from __future__ import annotations

import platform
import re
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, distribution, requires
from pathlib import Path
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from testbed.cards.printing import FONT_PACKAGE, REGISTER_FONT_PACKAGE
from testbed.diagnosing.finding import Finding, Probe, bad, caution, good, not_looked_at
from wire.catalogue import Problem
from wire.printing.fonts import Fonts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = "oqs-sim"
SCARCE_BYTES, NONE_LEFT_BYTES = 200 << 20, 20 << 20
"""Free space at which somebody should know of it, and at which writing is about to fail."""
_USUAL, _OF_REGISTERS = "資格確認受付保険者記号番号枝番氏名", "𠮷髙﨑"
"""What every paper has, and what names have that the usual font lacks."""
_FC_LIST_SECONDS = 2.0


def look_at_python() -> Sequence[Finding]:
    """See that each package that this one needs is there, and whole."""
    try:
        lacking = sorted(set(_lacking(requires(PACKAGE) or [])))
    except PackageNotFoundError:
        lacking = [PACKAGE]
    where = f"Python {platform.python_version()}, {sys.prefix}"
    if lacking:
        names = ", ".join(lacking)
        return [
            bad(
                Probe.PYTHON,
                Sentence(
                    f"Python の環境が欠けています: {names} ({where})",
                    f"The Python environment lacks {names} ({where})",
                ),
                Sentence(
                    "環境のフォルダー .venv を消し、`make demo ONCE=1` で作り直してください。",
                    "Remove the environment's folder .venv, and make it anew with "
                    "`make demo ONCE=1`.",
                ),
            )
        ]
    return [good(Probe.PYTHON, Sentence(f"Python の環境: {where}", f"Environment: {where}"))]


def _lacking(requirements: Sequence[str]) -> Iterator[str]:
    for requirement in requirements:
        name = re.match(r"[\w.-]+", requirement)
        if name is None or "extra ==" in requirement:
            continue
        try:
            # An installation that was broken off leaves a package without its list of files.
            if not distribution(name[0]).files:
                yield name[0]
        except PackageNotFoundError:
            yield name[0]


def look_at_disk() -> Sequence[Finding]:
    """See that there is room where a system keeps its data."""
    return [disk_finding(Probe.DISK, Path(tempfile.gettempdir()))]


def disk_finding(probe: Probe, place: Path) -> Finding:
    """Judge the free space of a folder."""
    free = shutil.disk_usage(place).free
    said = Sentence(
        f"空き容量: {free >> 20:,} MB ({place})", f"Free space: {free >> 20:,} MB ({place})"
    )
    advice = Sentence(
        "要らないファイルを消して、空きを作ってください。", "Make room: remove what is not needed."
    )
    if free < NONE_LEFT_BYTES:
        return bad(probe, said, advice)
    return caution(probe, said, advice) if free < SCARCE_BYTES else good(probe, said)


def look_at_fonts() -> Sequence[Finding]:
    """See that papers and pages have Japanese characters, and papers those of the registers."""
    return [_fonts_of_papers(), _fonts_of_pages()]


def _fonts_of_papers() -> Finding:
    try:
        fonts = Fonts()
        fonts.check(_USUAL)
    except Problem as problem:
        return bad(
            Probe.FONTS,
            Sentence(
                f"書類 (PDF) の日本語を印刷できません: {problem.japanese}",
                f"Papers (PDF) cannot be printed in Japanese: {problem}",
            ),
            _install(FONT_PACKAGE),
        )
    try:
        fonts.check(_OF_REGISTERS)
    except Problem:
        return caution(
            Probe.FONTS,
            Sentence(
                f"書類 (PDF) の日本語を印刷できますが、{_OF_REGISTERS} のような字は 〓 になります",
                f"Papers (PDF) can be printed; characters such as {_OF_REGISTERS} become 〓",
            ),
            _install(REGISTER_FONT_PACKAGE),
        )
    return good(
        Probe.FONTS,
        Sentence(
            f"書類 (PDF) の日本語を印刷できます ({_OF_REGISTERS} も)",
            f"Papers (PDF) can be printed in Japanese ({_OF_REGISTERS} too)",
        ),
    )


def _fonts_of_pages() -> Finding:
    lister = shutil.which("fc-list")
    if lister is None:
        return not_looked_at(
            Probe.FONTS,
            Sentence(
                "画面の字は、ブラウザーのあるコンピューターで決まります",
                "what pages show is up to the browser's machine",
            ),
        )
    listed = subprocess.run(  # noqa: S603 - fontconfig's own program, by its full path
        [lister, ":lang=ja", "family"],
        capture_output=True,
        text=True,
        check=False,
        timeout=_FC_LIST_SECONDS,
    )
    families = sorted({line.partition(",")[0] for line in listed.stdout.splitlines() if line})
    if not families:
        return caution(
            Probe.FONTS,
            Sentence(
                "この機械のブラウザーには日本語のフォントがありません",
                "A browser on this machine has no Japanese font",
            ),
            _install("fonts-noto-cjk"),
        )
    some = ", ".join(families[:3])
    return good(
        Probe.FONTS,
        Sentence(f"画面の日本語のフォント: {some}", f"Japanese fonts of pages: {some}"),
    )


def _install(package: str) -> Sentence:
    return Sentence(
        f"{package} を入れてください (Debian: apt-get install {package})。",
        f"Install {package} (Debian: apt-get install {package}).",
    )
