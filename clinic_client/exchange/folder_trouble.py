"""What is wrong with the folder of the exchange, and what to do about it."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from eligibility.sentence import Sentence
from wire.system_error import reason_of

if TYPE_CHECKING:
    from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT}
_NOT_ALLOWED = {errno.EACCES, errno.EPERM, errno.EROFS}
_GONE = {
    errno.ENOENT,
    errno.ENOTDIR,
    errno.ENODEV,
    errno.ENOTCONN,
    errno.ESTALE,
    errno.EHOSTDOWN,
    errno.EHOSTUNREACH,
    errno.ETIMEDOUT,
    errno.ECONNRESET,
    errno.EIO,
}
"""What a share answers that is not connected, or no longer."""
BUSY = Sentence(
    "ほかのプログラムがこのフォルダーを使っています。そちらを終えてください。",
    "Another program serves this folder already; end it.",
)


def trouble_of(error: OSError, root: Path) -> Sentence:
    """Return what it means that the system refuses something in the folder, and what to do."""
    why = reason_of(error)
    if error.errno in _FULL:
        return Sentence(
            "連携フォルダーのディスクがいっぱいです。要らないファイルを消して、空きを作ってください。"
            "届いている要求は失われず、空きができると進みます。",
            "The disk of the exchange folder is full. Delete what is not needed; "
            "no request is lost, and it goes on by itself.",
        )
    if error.errno in _NOT_ALLOWED:
        return Sentence(
            f"連携フォルダー {root} に書けません({why.ja})。書き込みの権限を確かめてください。"
            "届いている要求は失われず、書けるようになると進みます。",
            f"The exchange folder {root} cannot be written to ({why.en}). Look at its rights; "
            "no request is lost, and it goes on by itself.",
        )
    if error.errno in _GONE:
        return Sentence(
            f"連携フォルダー {root} が見つかりません。共有フォルダーのつながりと、"
            "その端末の電源を確かめてください。元に戻ると進みます。",
            f"The exchange folder {root} is not there ({why.en}). Look whether its share is "
            "connected and its machine is on; once it is back, it goes on by itself.",
        )
    return Sentence(
        f"連携フォルダー {root} を使えません({why.ja})。空き容量と権限を確かめてください。"
        "届いている要求は失われず、使えるようになると進みます。",
        f"The exchange folder {root} cannot be used ({why.en}). Look at its free space and its "
        "rights; no request is lost, and it goes on by itself.",
    )
