"""What the scenarios need before they are read."""

import pytest

pytest.register_assert_rewrite("tests.scenarios.courses")  # they assert as tests do
