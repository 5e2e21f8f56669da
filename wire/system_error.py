"""What the operating system says against a file or an address, in both languages."""

import errno

from eligibility.sentence import Sentence

_JAPANESE = {
    errno.EACCES: "権限がありません",
    errno.EADDRINUSE: "アドレスは使用中です",
    errno.EADDRNOTAVAIL: "このコンピューターのアドレスではありません",
    errno.EBUSY: "使用中です",
    errno.EDQUOT: "割り当てられた容量を使い切っています",
    errno.EEXIST: "すでにあります",
    errno.EFBIG: "ファイルが大きすぎます",
    errno.EIO: "入出力エラーが起きました",
    errno.EISDIR: "ファイルではなくフォルダーです",
    errno.ELOOP: "リンクが巡っています",
    errno.EMFILE: "開いているファイルが多すぎます",
    errno.ENAMETOOLONG: "名前が長すぎます",
    errno.ENOENT: "ファイルまたはフォルダーがありません",
    errno.ENOEXEC: "実行できる形式ではありません",
    errno.ENOSPC: "ディスクに空きがありません",
    errno.ENOTDIR: "フォルダーではありません",
    errno.ENOTEMPTY: "フォルダーが空ではありません",
    errno.EPERM: "許可されていません",
    errno.EROFS: "読み取り専用です",
}


def reason_of(error: OSError) -> Sentence:
    """Say in a few words why the system refuses; what is rare has its number in Japanese."""
    en = error.strerror or str(error)
    return Sentence(_JAPANESE.get(error.errno or 0, f"エラー番号 {error.errno}"), en)
