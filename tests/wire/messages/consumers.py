"""Readers of result files, as programs in use behave (oqs-interface §5); they know nothing of us.

They are strict where those are strict, and as easily misled.
"""

from __future__ import annotations

import io
import re
import zipfile
from datetime import date
from typing import Any
from xml.dom import minidom
from xml.etree import ElementTree as ET


class Refused(Exception):
    """A reader does not take a file."""


def _encoding_declared(document: bytes) -> str:
    found = re.match(rb'<\?xml version="1\.0" encoding="([^"]+)"', document.lstrip(b"\xef\xbb\xbf"))
    if not found:
        raise Refused("no declaration")
    return found[1].decode()


def _text(document: bytes, setting: str) -> str:
    return document.decode("utf-8-sig" if setting == "UTF-8" else "cp932")


def careful(document: bytes, setting: str, *, known: set[str]) -> dict[str, str]:
    """Read a file of ``face`` as the most careful reader does; ``setting`` is the clinic's."""
    if len(document) > 4 * 1024 * 1024:
        raise Refused("too long")
    if _encoding_declared(document).lower() != setting.lower():
        raise Refused("declared otherwise than set")
    text = _text(document, setting)
    if "<!DOCTYPE" in text:
        raise Refused("a DTD")
    dom = minidom.parseString(re.sub(r"^<\?xml[^>]*\?>", "", text).encode())
    root = dom.documentElement
    if root.tagName != "XmlMsg" or root.hasAttributes():
        raise Refused("the root")

    header, body = (_texts(_one(dom, name), known) for name in ("MessageHeader", "MessageBody"))
    _one(dom, "ResultList")
    result = _texts(_one(dom, "ResultOfQualificationConfirmation"), known)
    _see_that_it_is_normal(header, body, setting)
    born = result["Birthdate"]
    date(int(born[:4]), int(born[4:6]), int(born[6:]))
    if not 0 < len(result["NameKana"]) <= 200:
        raise Refused("NameKana")
    return result


def _one(dom: Any, name: str) -> Any:
    found = dom.getElementsByTagName(name)
    if len(found) != 1:
        raise Refused(f"{len(found)} of {name}")
    return found[0]


def _texts(element: Any, known: set[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for child in element.childNodes:
        if child.nodeType != child.ELEMENT_NODE:
            raise Refused("text between elements")
        if child.tagName in found:
            raise Refused(f"{child.tagName} twice")
        if child.tagName not in known:
            raise Refused(f"{child.tagName} unknown")
        found[child.tagName] = "".join(one.data for one in child.childNodes if one.nodeType == 3)
    return found


def _see_that_it_is_normal(header: dict[str, str], body: dict[str, str], setting: str) -> None:
    if header["SegmentOfResult"] != "1" or body["ProcessingResultStatus"] != "1":
        raise Refused("not normal")
    if not re.fullmatch(r"[0-9]{10}", header["MedicalInstitutionCode"]):
        raise Refused("the institution")
    if header["CharacterCodeIdentifier"] != {"UTF-8": "0", "Shift_JIS": "1"}[setting]:
        raise Refused("文字コード識別 says otherwise")
    for name in (
        "ProcessExecutionTime",
        "QualificationConfirmationDate",
        "ReferenceClassification",
    ):
        if not header.get(name):
            raise Refused(name)


def guesses_shift_jis(document: bytes) -> str:
    """Read a name as one does that takes UTF-8 without a mark for Shift_JIS."""
    marked = document.startswith(b"\xef\xbb\xbf")
    text = document.decode("utf-8-sig") if marked else document.decode("cp932", "replace")
    found = re.search(r"<Name>(.*?)</Name>", text)
    if found is None:
        raise Refused("no name")
    return found[1]


def binds_directly(document: bytes) -> list[str | None]:
    """Read the names of a result in bulk as one does that binds the result to its unit."""
    root = ET.fromstring(document)
    return [
        unit.findtext("ResultOfQualificationConfirmation/Name")
        for unit in root.findall("MessageBody/BulkConfirmUnit")
    ]


def searches_anywhere(name: str, content: bytes) -> list[str | None]:
    """Read the names of a result in bulk, .xml or .zip, wherever the results stand."""
    if name.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            content = archive.read(archive.namelist()[0])
    root = ET.fromstring(content)
    if root.findtext("MessageHeader/SegmentOfResult") in {"2", "9"}:
        return []
    return [one.findtext("Name") for one in root.iter("ResultOfQualificationConfirmation")]


def registered(document: bytes, asked: dict[str, str]) -> None:
    """See that one 照会番号 was registered just as it was asked."""
    root = ET.fromstring(document)
    told = {one.tag: one.text for one in root.iter() if not len(one)}
    if "ErrorCode" in told or told["SegmentOfResult"] != "1":
        raise Refused("an error")
    for name, value in asked.items():
        if told.get(name) != value:
            raise Refused(name)


def registered_in_bulk(document: bytes, asked: list[dict[str, str]]) -> None:
    """See that there is exactly one unit for each request, with the fields of insurance equal."""
    root = ET.fromstring(document)
    units = [
        {one.tag: one.text for one in unit.find("ReferenceNumberRegistrationInfo") or ()}
        for unit in root.findall("MessageBody/BulkRegistrationUnit")
    ]
    if units != asked:
        raise Refused("not as asked")


def columns_of_elderly(document: bytes) -> dict[str, str | None]:
    """Take the columns that a tool for statistics takes from a row of 後期高齢者医療 (§6.5)."""
    found = next(ET.fromstring(document).iter("ResultOfQualificationConfirmation"))
    names = (
        "InsuredCardClassification InsurerNumber InsuredIdentificationNumber Name Sex1 Birthdate"
    )
    return {name: found.findtext(name) for name in names.split()}
