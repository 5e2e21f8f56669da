"""A line that tells of a failed call always says why."""

from __future__ import annotations

import httpx2
import pytest

from wire.client import cause_of


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (httpx2.ConnectError("All connection attempts failed"), "All connection attempts failed"),
        (httpx2.ReadTimeout(""), "read timeout"),
        (TimeoutError(), "timeout error"),
        (ValueError("two\nlines"), "two"),
    ],
)
def test_a_cause_is_never_empty_and_no_name_of_a_class(error: Exception, cause: str) -> None:
    assert cause_of(error) == cause
