"""Every error of the testbed that a person can mend is one class, and a sentence."""

from __future__ import annotations

import importlib
import pkgutil
from typing import TYPE_CHECKING

import pytest

import testbed
import testbed.mistakes
from testbed.interruption import Interrupted
from testbed.mistakes import Mistake, as_mistake

if TYPE_CHECKING:
    from collections.abc import Iterator


def errors_of_the_testbed() -> Iterator[type[BaseException]]:
    for module in pkgutil.walk_packages(testbed.__path__, "testbed."):
        if module.name != "testbed.__main__":
            for member in vars(importlib.import_module(module.name)).values():
                mine = isinstance(member, type) and member.__module__ == module.name
                if mine and issubclass(member, BaseException):
                    yield member


def test_every_error_of_the_testbed_is_a_mistake_and_stands_in_the_tree() -> None:
    mistakes = set(errors_of_the_testbed()) - {Interrupted}
    assert len(mistakes) > 1
    drawn = testbed.mistakes.__doc__ or ""
    for error in mistakes:
        assert issubclass(error, Mistake)
        assert f" {error.__name__} " in drawn


def test_an_error_of_another_room_keeps_its_sentence() -> None:
    with (
        pytest.raises(Mistake, match="Choose another"),
        as_mistake(OSError),
    ):
        raise OSError("The file is no card. Choose another.")


def test_an_error_that_is_no_sentence_stays_what_it_is() -> None:
    with pytest.raises(KeyError), as_mistake(OSError):
        raise KeyError("a bug")
