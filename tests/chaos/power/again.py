"""``oqs`` on databases that lie in a directory: ``again.py DIRECTORY COMMAND …``.

What `oqs up` starts is new and empty; here the files are there before its services are.
"""

import shutil
import sys
from pathlib import Path
from typing import Any

from testbed.cli import main
from testbed.launch import deployment

made = deployment.own_directory


def with_what_was_left(name: str) -> tuple[Path, Any]:
    directory, lock = made(name)
    for file in filter(Path.is_file, left.iterdir()):
        shutil.copy2(file, directory / file.name)
    return directory, lock


if __name__ == "__main__":
    left = Path(sys.argv.pop(1))
    deployment.own_directory = with_what_was_left  # type: ignore[assignment] # the same, but filled
    main()
