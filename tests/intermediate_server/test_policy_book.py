"""Which insurers the server knows."""

from pathlib import Path

import pytest

from eligibility.identifiers.numbers import InsurerNumber
from eligibility.policy.insurer_policy import PolicyError
from intermediate_server.policies import load_policies
from wire.catalogue import Catalogue, Problem

POLICY = """\
key = "{key}"
name = "試験型（模擬）"
insurer_number = "{number}"
kind = "kokuho"
[reflection]
mode = "calendar"
"""


def test_the_bundled_insurers_are_known() -> None:
    keys = {policy.key for policy in load_policies()}
    assert {"mogami", "kitamura", "tsuchiura"} <= keys


def test_a_folder_adds_insurers_and_replaces_bundled_ones(tmp_path: Path) -> None:
    (tmp_path / "new.toml").write_text(POLICY.format(key="new", number="990036"))
    (tmp_path / "mine.toml").write_text(POLICY.format(key="mine", number="990010"))
    (tmp_path / "README.txt").write_text("not a policy")
    book = load_policies(tmp_path)
    assert book.of(InsurerNumber("990036")).key == "new"
    assert book.of(InsurerNumber("990010")).key == "mine"
    assert book.of(InsurerNumber("990028")).key == "tsuchiura"


def test_two_policies_of_one_insurer_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(POLICY.format(key="a", number="990036"))
    (tmp_path / "b.toml").write_text(POLICY.format(key="b", number="990036"))
    with pytest.raises(PolicyError, match=r"b\.toml: insurer_number: 990036 is already that of a"):
        load_policies(tmp_path)


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("key = ")
    with pytest.raises(PolicyError, match=r"broken\.toml"):
        load_policies(tmp_path)


def test_an_insurer_without_a_policy_is_unknown() -> None:
    with pytest.raises(Problem) as caught:
        load_policies().of(InsurerNumber("990036"))
    assert caught.value.entry is Catalogue.UNKNOWN_INSURER
