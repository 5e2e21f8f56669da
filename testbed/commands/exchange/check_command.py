"""``oqs exchange check``: whether a program answers through the folder as makers expect."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from testbed.exchange.broken import NoExchange
from testbed.exchange.maker_folder import MakerFolder
from testbed.exchange.protocol_checks import CheckAnswer, findings, usable
from testbed.launch.participants import INSTITUTION
from testbed.mistakes import as_mistake
from testbed.terminal_output.command_exit import FAILED, mistakes_told
from testbed.terminal_output.speech import Speech, spoken, tell_json

if TYPE_CHECKING:
    from testbed.exchange.protocol_checks import Finding

_SIGNS = {CheckAnswer.GOOD: "✔", CheckAnswer.BAD: "✖", CheckAnswer.OPEN: "–"}
_UNVERIFIED = Sentence("公開情報では未確認", "unverified in public sources")


@click.group(name="exchange")
def command() -> None:
    """Look at a folder exchange (連携アプリケーション) from the side of a maker's program."""


@command.command()
@click.option(
    "--root",
    type=click.Path(path_type=Path),
    required=True,
    help="The folder that has `req` and `res`.",
)
@click.option(
    "--institution",
    default=INSTITUTION,
    show_default=True,
    help="The 医療機関コード to ask for.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0.1, 600),
    default=10.0,
    show_default=True,
    help="Seconds to wait for each answer.",
)
@click.option(
    "--at-most",
    type=click.FloatRange(1, 3600),
    default=180.0,
    show_default=True,
    help="Seconds for all checks together.",
)
@click.option(
    "--zip-password",
    metavar="TEXT",
    default="",
    help="What opens answers that come in a zip; it is seen by who lists the processes.",
)
@spoken()
def check(
    speech: Speech,
    root: Path,
    institution: str,
    wait: float,
    at_most: float,
    zip_password: str,
    *,
    in_json: bool,
) -> None:
    """Play a maker's program at a folder, and say what of its protocol holds.

    Whoever answers there may be this simulator (`oqs up --exchange FOLDER`) or another program.
    The requests ask about nobody, have names of the day 99991231, and are taken away afterwards;
    nothing else in the folder is touched. Exit codes: 0 all holds, 1 something does not.
    """
    with mistakes_told():
        if not usable(root):
            raise NoExchange(root)
        told: list[Finding] = []
        with as_mistake(OSError), MakerFolder(root, wait, at_most) as folder:
            for finding in findings(folder, institution, zip_password):
                told.append(finding)
                if not in_json:
                    _tell(finding, speech)
    answers = Counter(finding.answer for finding in told)
    bad, unseen = answers[CheckAnswer.BAD], answers[CheckAnswer.OPEN]
    if in_json:
        tell_json(
            {
                "root": str(root),
                "good": not (bad or unseen),
                "findings": [_as_json(finding) for finding in told],
            }
        )
    elif bad or unseen:
        speech.tell(
            Sentence(
                f"→ {len(told)} 項目のうち {bad} 項目が期待どおりではなく、"
                f"{unseen} 項目は見ていません。",
                f"→ {bad} of {len(told)} expectations do not hold, {unseen} were not looked at.",
            )
        )
    else:
        speech.tell(Sentence(f"→ {len(told)} 項目とも期待どおりです。", f"→ All {len(told)} hold."))
    sys.exit(FAILED if bad or unseen else 0)


def _tell(finding: Finding, speech: Speech) -> None:
    check = finding.check
    mark = f" [{speech(_UNVERIFIED)}]" if check.unverified else ""
    click.echo(f"{_SIGNS[finding.answer]} {speech(check.expected)}{mark}")
    click.echo(f"    {speech(finding.found)}")


def _as_json(finding: Finding) -> dict[str, object]:
    check = finding.check
    return {
        "check": check.code,
        "answer": finding.answer.value,
        "expected": {"japanese": check.expected.ja, "english": check.expected.en},
        "found": {"japanese": finding.found.ja, "english": finding.found.en},
        "source": check.source,
        "unverified": check.unverified,
    }
