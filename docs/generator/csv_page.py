"""`csv.md`: the format of files of procedures."""

from __future__ import annotations

from docs.generator.markdown import table
from intermediate_server.filing.csv_file import NEEDED_COLUMNS as NEEDED
from intermediate_server.filing.fields import FIELDS
from intermediate_server.filing.lines import LONGEST_LINE
from intermediate_server.filing.report import COLUMNS as REPORT_COLUMNS
from intermediate_server.procedures.kinds import FILED_KINDS, KINDS

CSV_INTRO = """\
# Files of procedures (CSV)

What `POST /procedures/file`, `oqs insurer file` and the clerk's page take. The page
[届出をする](../how-to/clerk.md) shows it in use.

- The first line names the columns, by their Japanese name or by their element, in any order.
  Columns that no line needs may be left out; an unknown one refuses the whole file.
- UTF-8, with or without a byte order mark, or Shift_JIS (cp932). A line break ends a line wherever
  it stands, so a cell has none. Cells with a comma or a quotation mark stand in quotation marks.
- Each line is taken or refused by itself, in order; what has been taken stays, whatever follows.
- A line that was recorded before adds nothing. Two procedures that are equal in every column but
  meant twice are told apart by `ReferenceNumber`.
- A line has at most {longest:,} bytes. The size of a file does not matter: it is never held in
  memory.

The answer is a report in CSV (UTF-8 with a byte order mark), one line for each: {columns}. A cell
that a spreadsheet would take for a formula begins with an apostrophe there; one that it would
change, as 01 into 1, is written `="01"`, as Japanese office software does, and read so in every
file. No individual number is ever repeated. The HTTP status is 200 when all lines were taken (now
or before), 207 when some were refused or the file was not read to its end, 422 when none was taken;
`X-Lines-Accepted`, `X-Lines-Unchanged`, `X-Lines-Refused`, `X-Lines-To-Look-At` and
`X-Lines-Skipped` count. `?ProblemsOnly=true` reports only the lines that need a look.

The report is a file as well. Behind its own columns stand those of the file, with what a refused
line said; only the individual number is left out. Mend the line there, fill in the number and send
the report: its own columns (行、結果、版、見える日、項目、内容、コード、日付) are passed over,
and only lines whose 結果 is 不受理 or empty are taken.

Days and 枝番 may be written in any way without being another content, as a spreadsheet writes 1
for 01. What a spreadsheet has spoilt (`9.92E+11`, 番号 that became a day, a day as `45976`) is
refused with what happened.

## Columns
"""


NEVER_NAMED = {"Kind", "InsurerNumber"}
"""Columns that every kind needs, and so are not repeated for each."""


CSV_EXAMPLE = """\
届出種別,保険者番号,個人番号,届出日,記号,番号,枝番,資格取得日,資格喪失日,喪失事由,適用日,整理番号
加入,990010,990000000019,20261116,最上,1234567,01,20261101,,,,A-1
喪失,990010,990000000027,20261116,最上,7654321,01,,20261110,03,,A-2
死亡,990010,990000000035,20261116,最上,1122334,01,,,,20261112,A-3
"""


def csv_page() -> str:
    """Return the format of files of procedures."""
    columns = [
        (f"`{field.japanese}`", f"`{field.element}`", "yes" if field.element in NEEDED else "",
         field.how)
        for field in FIELDS
    ]  # fmt: skip
    kinds = []
    for kind in FILED_KINDS:
        needs = KINDS[kind].needs
        named = [field for field in FIELDS if field.element not in NEVER_NAMED]
        must = [field for field in named if field.attribute in needs.required]
        may = [
            field
            for field in named
            if field.attribute in needs.allowed - needs.required and field.element not in NEEDED
        ]
        kinds.append(
            (
                f"`{kind.japanese}`",
                f"`{kind.value}`",
                "、".join(field.japanese for field in must),
                "、".join(field.japanese for field in may),
            )
        )
    return "\n".join(
        [
            CSV_INTRO.format(longest=LONGEST_LINE, columns="、".join(REPORT_COLUMNS)),
            table(("column", "element", "needed in the header", "how it is written"), columns),
            "## Kinds\n",
            (
                "Every line needs 届出種別, 保険者番号, 個人番号 and 届出日. Only a child with no "
                "個人番号 goes without it, and is known by カナ氏名 and 生年月日 in all of its "
                "procedures (R-016).\n"
            ),
            table(("word", "code", "needs", "may have"), kinds),
            "## Example\n",
            f"```\n{CSV_EXAMPLE}```\n",
        ]
    )
