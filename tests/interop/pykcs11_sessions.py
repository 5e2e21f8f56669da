"""A program that uses the card through PyKCS11, in one process for as long as its input lasts.

``python pykcs11_sessions.py MODULE``: for each line that comes it looks for the token anew, opens a
session, logs in with the PIN 1234, has `challenge` signed, and answers with a line: the signature
as hexadecimal digits, ``no token``, or the name of what PKCS#11 said.
"""

import sys

from PyKCS11 import (
    CKA_CLASS,
    CKM_SHA256_RSA_PKCS,
    CKO_PRIVATE_KEY,
    Mechanism,
    PyKCS11Error,
    PyKCS11Lib,
)


def signature(library: PyKCS11Lib) -> str:
    """Have the first token of the card sign."""
    slots = library.getSlotList(tokenPresent=True)
    if not slots:
        return "no token"
    session = library.openSession(slots[0])
    try:
        session.login("1234")
        key = session.findObjects([(CKA_CLASS, CKO_PRIVATE_KEY)])[0]
        return bytes(session.sign(key, b"challenge", Mechanism(CKM_SHA256_RSA_PKCS))).hex()
    finally:
        session.closeSession()


def main(module: str) -> None:
    """Answer each line of standard input."""
    library = PyKCS11Lib()
    library.load(module)
    for _ in sys.stdin:
        try:
            said = signature(library)
        except PyKCS11Error as error:
            said = str(error)
        sys.stdout.write(said + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1])
