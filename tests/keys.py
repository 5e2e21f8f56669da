"""RSA keys for the tests: made once, kept beside pytest's cache, and used again in later runs.

To make a key takes twenty times as long as everything that a test does with it. No key is given
twice in a run, so that keys that have to differ do.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

make_key = rsa.generate_private_key


class KeptKeys:
    """Stands for ``rsa.generate_private_key``: the n-th key of a run is that of the run before."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._numbers = itertools.count()

    def __call__(self, public_exponent: int, key_size: int) -> rsa.RSAPrivateKey:
        kept = self._directory / f"{key_size}-{public_exponent}-{next(self._numbers)}.der"
        if kept.exists():
            # It came from our own hands; the library's check of it takes as long as a signature.
            key = load_der_private_key(kept.read_bytes(), None, unsafe_skip_rsa_key_validation=True)
            assert isinstance(key, rsa.RSAPrivateKey)
            return key
        key = make_key(public_exponent, key_size)
        aside = kept.with_suffix(f".{os.getpid()}")  # for workers that make it at the same time
        aside.write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        aside.replace(kept)
        return key


def pytest_configure(config: pytest.Config) -> None:
    if cache := getattr(config, "cache", None):  # not with `-p no:cacheprovider`
        rsa.generate_private_key = KeptKeys(cache.mkdir("keys"))  # type: ignore[assignment]
