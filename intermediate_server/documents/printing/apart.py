"""Printing in a process of its own, so that a thousand papers hold nobody up.

`print_apart` starts this module as a program and hands it the work; the service goes on answering
meanwhile. Who does not wait for it any more ends it.
"""

from __future__ import annotations

import asyncio
import pickle
import sys
from typing import TYPE_CHECKING

from intermediate_server.documents.printing import (
    print_labels,
    print_papers,
    print_posting_list,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_WORKS: dict[str, Callable[..., bytes]] = {
    "labels": print_labels,
    "papers": print_papers,
    "posting_list": print_posting_list,
}


async def print_apart(work: str, *what: Any) -> bytes:
    """Return what one of the printing functions makes of its arguments; ``work`` names it.

    What can be refused has been found out before: a failure here is a `RuntimeError`.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", __name__,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the service, which then ends this
    )  # fmt: skip
    try:
        made, said = await process.communicate(pickle.dumps((work, what)))
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise RuntimeError(f"printing failed: {said.decode('utf-8', 'replace')}")
    return made


def _main() -> None:
    # What comes in was written by this module, in the process that started this one.
    work, what = pickle.load(sys.stdin.buffer)  # noqa: S301
    sys.stdout.buffer.write(_WORKS[work](*what))


if __name__ == "__main__":
    _main()
