"""Where an insurer is asked (お問い合わせ先), as it stands on its papers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contact:
    """The office that answers for a paper: seeds 002 and 003 name it on the notice itself.

    `office` is the section (国保年金課, say), `hours` when it answers, empty where that is not
    printed.
    """

    office: str
    post_number: str
    address: str
    phone: str
    hours: str = ""

    @property
    def place(self) -> str:
        """The postal address in one line."""
        return f"〒{self.post_number}　{self.address}"

    @property
    def line(self) -> str:
        """All of it in one line, for a small paper."""
        return f"{self.office}　電話 {self.phone}"
