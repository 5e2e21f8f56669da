"""The application 住基 (住民基本台帳), as far as a client can read it (spec section 1)."""

from reader import apdu
from reader.applications.application_client import ApplicationClient
from reader.description.layout import Application, ResidentRegisterFile
from reader.description.status import StatusWord
from reader.errors import CardFault


class ResidentRegisterClient(ApplicationClient):
    """Speaks with 住基 over a connection. `select` comes first, then its PIN.

    Beside this, its PIN can be counted (`tries`) and changed (`change`).
    """

    application = Application.RESIDENT_REGISTER

    def record(self, number: int = 1) -> bytes:
        """Read a record of EF 0002 as it stands: what its bytes mean is not public.

        That it is a file of records, as its neighbour in 共通 is, is an assumption.
        """
        command = apdu.read_record_of(ResidentRegisterFile.RECORD.sfi, number)
        content, status = self._connection.send(command)
        if status != StatusWord.SUCCESS:
            raise CardFault("READ RECORD of the resident register", status_word=status)
        if not content:
            raise CardFault("READ RECORD of the resident register: the card gives nothing")
        return content
