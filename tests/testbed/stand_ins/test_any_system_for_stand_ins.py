"""Stand-ins ask nothing of Linux: on Windows and macOS the same code watches the readers.

It could not be tried there; what can be proved here is that nothing is imported and no call is made
that only one system has.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import testbed.stand_ins
from tests.reader.test_any_system import OF_OS, ONE_SYSTEM_ONLY, read

FOLDER = Path(testbed.stand_ins.__file__).parent
MODULES = sorted(FOLDER.glob("*.py"))
# Those of them that Python's own library does without on another system; `posix` is Linux's `os`.
HIDDEN = sorted(ONE_SYSTEM_ONLY - {"posix", "ctypes"})


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.name)
def test_no_module_of_the_stand_ins_needs_one_system(module: Path) -> None:
    imported, called = read(module)
    assert not imported & ONE_SYSTEM_ONLY
    assert not called & OF_OS


@pytest.mark.deployment
def test_the_process_at_the_readers_starts_where_none_of_linuxs_modules_are() -> None:
    hide = f"import sys; sys.modules.update(dict.fromkeys({HIDDEN}))"
    start = "import testbed.stand_ins.card_on_reader as one; print(one.Sight().readers)"
    done = subprocess.run(
        [sys.executable, "-c", f"{hide}; {start}"], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("()\n", "")
