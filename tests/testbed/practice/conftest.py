"""The browser, as the tests of pages have it."""

from tests.browser.conftest import browser as browser  # noqa: PLC0414 # a fixture, by its name
