"""A face-authentication reader of an institution, as the J-LIS simulator certifies it (SIM)."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from reader.terminal import Terminal

if TYPE_CHECKING:
    from testbed.remote import RemoteService


def authorised_terminal(oqs: RemoteService, institution_code: str) -> Terminal:
    """Have the J-LIS simulator give an institution's terminal its credential, and return it.

    Raises:
        RemoteRefusal: the console of OQS refuses it, or does not answer.
    """
    asked = {"MedicalInstitutionCode": institution_code}
    credential = oqs.ask("POST", "/sim/jlis/terminals", asked)
    key = load_pem_private_key(credential["PrivateKey"].encode(), None)
    assert isinstance(key, RSAPrivateKey), "the authority makes RSA keys"
    return Terminal(
        base64.b64decode(credential["Certificate"]),
        lambda challenge: key.sign(challenge, PKCS1v15(), hashes.SHA256()),
    )
