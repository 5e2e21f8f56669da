"""The keys of the tests: kept from run to run, and never the same one twice."""

from pathlib import Path

from tests.keys import KeptKeys


def test_the_next_run_gets_the_keys_of_this_one_in_their_order(tmp_path: Path) -> None:
    this, following = KeptKeys(tmp_path), KeptKeys(tmp_path)
    made = [this(65537, 2048).private_numbers() for _ in range(2)]
    assert made[0] != made[1]
    assert [following(65537, 2048).private_numbers() for _ in range(2)] == made


def test_a_key_has_the_size_that_was_asked_for(tmp_path: Path) -> None:
    assert KeptKeys(tmp_path)(65537, 1024).key_size == 1024
    assert KeptKeys(tmp_path)(65537, 2048).key_size == 2048
