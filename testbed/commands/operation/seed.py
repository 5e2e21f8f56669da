"""``oqs reset``: OQS as it was when the seed was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from eligibility.sentence import Sentence
from testbed.commands.operation.operator_console import PATH, at, operator_console
from testbed.terminal_output.speech import tell_answer

if TYPE_CHECKING:
    from testbed.terminal_output.speech import Speech


@click.command(name="reset")
@click.option("--take", is_flag=True, help="Have later resets go back to what there is now.")
@at
def command(
    url: str | None, system: str | None, speech: Speech, *, take: bool, in_json: bool
) -> None:
    """Put OQS back to its seed: what was registered, asked and set since is gone.

    The clock shows again what it showed. The intermediate server and the clinic go on as they are;
    start the system anew (`oqs up`) to have them empty too.
    """
    with operator_console(url, system) as console:
        done = console.ask("POST", f"{PATH}/seed" if take else f"{PATH}/reset")
    if in_json:
        tell_answer(done)
    elif take:
        speech.tell(
            Sentence(
                "いまの状態を出発点にしました。`oqs reset` で、ここに戻ります。",
                "This is the seed now. `oqs reset` goes back to it.",
            )
        )
    else:
        milliseconds = done["Milliseconds"]
        speech.tell(
            Sentence(
                f"出発点に戻しました（{milliseconds} ミリ秒）。中間サーバーと受付はそのままです。",
                f"Put back in {milliseconds} ms. The intermediate server and the clinic are as "
                "they were.",
            )
        )
