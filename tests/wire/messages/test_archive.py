"""A message in an encrypted zip, opened by the library as a clinic's program does."""

from __future__ import annotations

import io

import pytest
import pyzipper

from tests.wire.messages.samples import BULK
from wire.messages.archive import pack
from wire.messages.xml_writer import write_xml


def test_a_packed_message_opens_with_its_password_only() -> None:
    written = write_xml(BULK)
    packed = pack("OQSmuquc02res_202611200001.xml", written, "模擬pass")
    assert written[100:200] not in packed
    with pyzipper.AESZipFile(io.BytesIO(packed)) as archive:
        assert archive.namelist() == ["OQSmuquc02res_202611200001.xml"]
        with pytest.raises(RuntimeError):
            archive.read(archive.namelist()[0])
        archive.setpassword("模擬pass".encode())
        assert archive.read(archive.namelist()[0]) == written
        assert archive.infolist()[0].wz_aes_strength == 3, "256 bits"
    with pytest.raises(ValueError, match="password"):
        pack("a.xml", written, "")
