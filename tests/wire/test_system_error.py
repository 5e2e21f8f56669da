import errno
import os
import re

import pytest

from wire.system_error import reason_of

KNOWN = ("EACCES", "EADDRNOTAVAIL", "EISDIR", "EIO", "ENOENT", "ENOSPC", "ENOTDIR", "EROFS")


@pytest.mark.parametrize("name", KNOWN)
def test_what_is_common_is_said_in_one_language_each(name: str) -> None:
    number = getattr(errno, name)
    reason = reason_of(OSError(number, os.strerror(number)))
    assert reason.en == os.strerror(number)
    assert not re.search("[A-Za-z]", reason.ja)
    assert str(number) not in reason.ja


def test_what_is_rare_has_its_number_in_japanese() -> None:
    assert reason_of(OSError(errno.EXFULL, "Exchange full")).ja == f"エラー番号 {errno.EXFULL}"
