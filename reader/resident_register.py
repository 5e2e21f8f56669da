"""The application 住基 (住民基本台帳), as far as a client can read it (spec section 1)."""

from reader.application import CardApplication
from reader.layout import Application, ResidentRegisterFile

_LARGEST = 256
"""Bytes read at most; the real size is unknown."""


class ResidentRegisterApplication(CardApplication):
    """The application 住基 over a connection. `select` comes first, then its PIN.

    Beside this, its PIN can be counted (`tries`) and changed (`change`).
    """

    application = Application.RESIDENT_REGISTER

    def record(self) -> bytes:
        """Read EF 0002 as it stands: what its bytes mean is not public."""
        return self.read(ResidentRegisterFile.RECORD, _LARGEST)
