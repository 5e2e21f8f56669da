"""What a person reads of a session."""

from __future__ import annotations

import pytest

from reader.description.narration import (
    _INSTRUCTION_NAMES,
    _OUTCOMES,
    APPLICATION_NAMES,
    FILE_NAMES,
    Narrator,
    carries_secret,
    masked,
)

SELECT_JPKI = "00A4040C0AD392F000260100000001"
SELECT_TEXT = "00A4040C0AD3921000310001010408"


@pytest.mark.parametrize(
    ("before", "command", "answered", "status", "told"),
    [
        ([], SELECT_JPKI, 0, 0x9000, "SELECT JPKI → OK"),
        ([], "00A4040C05A000000003", 0, 0x6A82, "SELECT AID A000000003 → 該当なし (6A82)"),
        ([SELECT_JPKI], "00A4020C020018", 0, 0x9000, "SELECT 利用者証明用の暗証番号 → OK"),
        ([SELECT_JPKI], "00A4020C020077", 0, 0x6A82, "SELECT EF 0077 → 該当なし (6A82)"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x63C2, "VERIFY 利用者証明用 → 残り2回"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x63C0, "VERIFY 利用者証明用 → 残り0回 (ロック)"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x6984, "VERIFY 利用者証明用 → ロック中 (6984)"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x9000, "VERIFY 利用者証明用 → 照合成功"),
        ([SELECT_JPKI], "0020009B", 0, 0x63C5, "VERIFY 署名用 (問合せ) → 残り5回"),
        (
            [SELECT_JPKI, "00A4020C02000A"],
            "00B0000000",
            256,
            0x9000,
            "READ BINARY 利用者証明用証明書 0..255 → 256 B",
        ),
        (
            [SELECT_JPKI, "00A4020C02000A"],
            "00B0010000 0800",
            1400,
            0x9000,
            "READ BINARY 利用者証明用証明書 256..2303 → 1400 B",
        ),
        ([SELECT_JPKI], "00B0860020", 32, 0x9000, "READ BINARY トークン情報 0..31 → 32 B"),
        ([SELECT_JPKI], "00B0810000", 0, 0x6982,
         "READ BINARY 署名用証明書 0..255 → 照合が必要 (6982)"),
        ([SELECT_JPKI], "802A0097 02 0102 00", 256, 0x9000, "署名 利用者証明用 → 256 B"),
        ([SELECT_JPKI], "802A029A 01 01 00", 0, 0x6A80,
         "署名 署名用 (DIGEST) → データの誤り (6A80)"),
        ([SELECT_TEXT], "00B0810011", 17, 0x9000, "READ BINARY 個人番号 0..16 → 17 B"),
        ([SELECT_TEXT], "0020009402 3132", 0, 0x63C9, "VERIFY 照合番号A → 残り9回"),
        (["00A4040C0AD3921000310001010100"], "00B2010400", 0, 0x6986,
         "READ RECORD 1 → ファイル未選択 (6986)"),
        (["00A4040C0AD3921000310001010100"], "00B2010C00", 30, 0x9000,
         "READ RECORD カード識別記録 1 → 30 B"),
        ([], "00CADF3005", 0, 0x6A88, "GET DATA DF30 → 参照データなし (6A88)"),
        ([], "00FF0000", 0, 0x6D00, "命令 FF → 未知の命令 (6D00)"),
        ([], "0084000008", 8, 0x9000, "GET CHALLENGE → 8 B"),
        ([], "00", 0, 0x6700, "不完全な命令 (1 B) → 長さの誤り (6700)"),
    ],
)  # fmt: skip
def test_a_command_is_told_with_what_came_of_it(
    before: list[str], command: str, answered: int, status: int, told: str
) -> None:
    narrator = Narrator()
    for earlier in before:
        narrator.tell(bytes.fromhex(earlier), 0, 0x9000)
    assert narrator.tell(bytes.fromhex(command), answered, status).ja == told


@pytest.mark.parametrize(
    ("before", "command", "answered", "status", "told"),
    [
        ([], SELECT_TEXT, 0, 0x9000, "SELECT card input support → OK"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x63C2, "VERIFY authentication → 2 tries left"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x63C1, "VERIFY authentication → 1 try left"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x63C0,
         "VERIFY authentication → 0 tries left (locked)"),
        ([SELECT_JPKI], "0020009804 31323334", 0, 0x9000, "VERIFY authentication → PIN right"),
        ([SELECT_JPKI], "0020009B", 0, 0x63C5, "VERIFY signature (tries asked) → 5 tries left"),
        ([SELECT_JPKI], "00B0810000", 0, 0x6982,
         "READ BINARY signature certificate 0..255 → PIN needed (6982)"),
        ([SELECT_JPKI], "802A0097 02 0102 00", 256, 0x9000, "SIGN authentication → 256 B"),
        ([], "00FF0000", 0, 0x6D00, "instruction FF → unknown instruction (6D00)"),
    ],
)  # fmt: skip
def test_a_command_is_told_in_english_too(
    before: list[str], command: str, answered: int, status: int, told: str
) -> None:
    narrator = Narrator()
    for earlier in before:
        narrator.tell(bytes.fromhex(earlier), 0, 0x9000)
    assert narrator.tell(bytes.fromhex(command), answered, status).en == told


def test_nothing_is_told_in_japanese_to_who_reads_english() -> None:
    tables = [_INSTRUCTION_NAMES, _OUTCOMES, APPLICATION_NAMES, *FILE_NAMES.values()]
    for table in tables:
        for told in table.values():
            assert told.en.isascii(), told
            assert told.ja


def test_a_selection_that_fails_changes_nothing() -> None:
    narrator = Narrator()
    narrator.tell(bytes.fromhex(SELECT_JPKI), 0, 0x9000)
    narrator.tell(bytes.fromhex("00A4040C05A000000003"), 0, 0x6A82)
    assert narrator.tell(bytes.fromhex("00200098"), 0, 0x63C3).ja.startswith("VERIFY 利用者証明用")


def test_a_loss_of_power_forgets_the_selection() -> None:
    narrator = Narrator()
    narrator.tell(bytes.fromhex(SELECT_JPKI), 0, 0x9000)
    narrator.lose_power()
    assert narrator.tell(bytes.fromhex("00200098"), 0, 0x6A82).ja.startswith("VERIFY EF 0018")


@pytest.mark.parametrize(
    "command",
    ["00200080 04 31323334", "0020008031", "0C200080 02 3132", "10240180 04 31323334",
     "80320080 04 31323334", "00200080 000004 31323334", "002C0080 04 31323334",
     "00260080 04 31323334", "00280080 04 31323334", "00250080 04 31323334",
     "00C20000 09 00200080 04 31323334", "10C20000 05 0020008004", "00C20000 04 31323334",
     "00C30000 09 00200080 04 31323334", "10200080 02 3132"],
)  # fmt: skip
def test_whatever_follows_the_header_of_a_secret_command_is_masked(command: str) -> None:
    apdu = bytes.fromhex(command)
    assert carries_secret(apdu)
    assert masked(apdu) == f"{apdu[:4].hex(' ').upper()} ***"
    told = Narrator().tell(apdu, 0, 0x9000)
    assert "31" not in told.ja + told.en


@pytest.mark.parametrize("command", ["00200080", "0020008000", "00B0000004", "00"])
def test_what_holds_no_secret_is_not_masked(command: str) -> None:
    assert not carries_secret(bytes.fromhex(command))
