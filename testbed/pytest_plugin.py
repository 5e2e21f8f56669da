"""The plug-in for pytest: a system of its own for the tests of somebody's software.

It is there wherever ``oqs-sim`` is installed beside pytest (``pip install 'oqs-sim[pytest]'``), and
costs a run that does not ask for it nothing: the services are loaded with the first fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from testbed.launch.deployment import Deployment


@pytest.fixture(scope="session")
def oqs_system() -> Iterator[Deployment]:
    """Start the whole system, new and empty, on free ports; it vanishes after the last test."""
    from testbed.launch.deployment import Deployment  # noqa: PLC0415 # loads every service

    with Deployment(base_port=0) as deployment:
        yield deployment
