"""The desk: the page that the receptionist sees, and what its buttons send, without a browser.

All is read off the page: a button of the desk says itself what it sends (`desk.js`). What only a
browser can do, printing and opening papers, is not offered.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from testbed.driving.screen import Button, Screen
from wire.catalogue import Catalogue, Problem, entry_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from testbed.driving.clinic import Clinic
    from testbed.driving.markup import Node

_PARTS = ("banners", "ways", "main", "today", "catch-up", "catch-up-news")
"""The parts of the page that are read, by their ids, in this order."""
_OF_BROWSER = {"print"}
_NAMING = ("id", "data-offer", "data-unchecked", "data-act")
"""The attributes by which a button is called, the first that it has."""


class DeskScreen:
    """Acts as the receptionist at the desk."""

    def __init__(self, clinic: Clinic) -> None:
        self._clinic = clinic
        self._path = "/"

    def forget(self) -> None:
        """Begin at the desk's first page."""
        self._path = "/"

    async def read(self, lang: str) -> Screen:
        """Return what stands there now."""
        page = await self._clinic.page(self._path, lang)
        main = page.find(id="main")
        buttons = tuple(
            Button(name, node.text, tuple(_fields(node))) for name, node in _pressable(page).items()
        )
        parts = [part for name in ("banners", "main") if (part := page.find(id=name)) is not None]
        title = (
            "" if main is None else next((one.text for one in main.below() if one.tag == "h1"), "")
        )
        texts = tuple(line for part in parts for line in part.texts())
        return Screen(self._state(page), title, texts, buttons)

    def _state(self, page: Node) -> str:
        """Return what it shows: a step of the card, a word, or the name of another page."""
        if self._path != "/":
            return urlsplit(self._path).path.strip("/").partition("/")[0]
        waiting, answer = page.find(id="waiting"), page.find(id="answer")
        if answer is not None:
            return answer["data-word"]
        return "" if waiting is None else waiting["data-step"]

    async def press(self, button: str, lang: str, fields: Mapping[str, str]) -> None:
        """Press a button, with what is typed into the fields beside it.

        Raises:
            Problem: DRIVER_NO_BUTTON; or what the clinic refuses, as the page would tell it.
        """
        (await self.read(lang)).require(button)
        node = _pressable(await self._clinic.page(self._path, lang))[button]
        if node.tag == "a":
            self._path = node["href"]
            return
        method, path, body = _order(node, fields)
        told = await self._clinic.send(path, body, method)
        if not told.ok:
            said = told.content
            raise Problem(
                entry_of(said.get("code", "")), said.get("detail"), japanese=said.get("japanese")
            )
        if path == "/api/next" or "data-unchecked" in node or _is_form(node, "data-post"):
            self._path = "/"


def _pressable(page: Node) -> dict[str, Node]:
    """Return what can be pressed by its id, the first of those that would be called alike."""
    found: dict[str, Node] = {}
    for name in _PARTS:
        part = page.find(id=name)
        for node in () if part is None else part.below():
            if (called := _called(node)) is not None:
                found.setdefault(called, node)
    return found


def _called(node: Node) -> str | None:
    """Name a button by its id, else by what it does; None for what is none, or for a browser."""
    if node.tag == "a":
        href = node["href"]
        elsewhere = not href or "#" in href or href.endswith(".pdf") or urlsplit(href).netloc
        return None if elsewhere else node["id"] or f"open {href}"
    if node.tag != "button" or "disabled" in node or node["data-act"] in _OF_BROWSER:
        return None
    by_itself = next((node[name] for name in _NAMING if node[name]), None)
    return by_itself or _called_by_order(node)


def _called_by_order(node: Node) -> str | None:
    if node["data-send"]:
        return "-".join(filter(None, (node["data-send"].rpartition("/")[2], node["data-method"])))
    if node["data-put"]:
        return "seen " + node["data-put"].split("/")[-2]
    if node["data-record"]:
        return "correct"
    form = node.within("form")
    if form is not None and form["data-document"]:
        return f"accept {form['data-document']}"
    return "submit" if form is not None and form["data-post"] else None


def _is_form(node: Node, attribute: str) -> bool:
    form = node.within("form")
    return form is not None and bool(form[attribute])


def _fields(node: Node) -> Iterator[str]:
    """Return the names of the fields that go with a button."""
    form = node.within("form")
    if node.tag == "button" and form is not None and not node["data-record"]:
        for one in form.below():
            if one.tag in {"input", "select"} and one["name"] and one["type"] != "hidden":
                yield one["name"]


def _typed(node: Node, fields: Mapping[str, str]) -> dict[str, str]:
    """Return a form's fields as they stand there, and as they were typed over."""
    form = node.within("form")
    there = {
        one["name"]: one["value"]
        for one in (() if form is None else form.below())
        if one.tag == "input" and one["name"] and one["type"] != "checkbox"
    }
    return {**there, **fields}


def _order(node: Node, fields: Mapping[str, str]) -> tuple[str, str, object]:
    """Return what a button sends: method, path, body."""
    if node["data-unchecked"]:
        born = _typed(node, fields).get("Birthdate") or None
        cause = {"Cause": node["data-unchecked"], "Birthdate": born}
        body = {**cause, **_card_at_hand(node), **_insertion(node)}
        return "POST", "/api/visits/unchecked", body
    if node["data-send"]:
        method = {"Method": node["data-method"]} if node["data-method"] else {}
        return "POST", node["data-send"], {**_insertion(node), **method}
    if node["data-act"] == "clear":
        return "POST", "/api/next", {"Insertion": node["data-clears"]}
    if node["data-put"]:
        return "PUT", node["data-put"], {}
    if node["data-record"]:
        return "PUT", f"/api/visits/{_visit(node)}/shown", json.loads(node["data-record"])
    return _form_order(node, _typed(node, fields))


def _insertion(node: Node) -> dict[str, str]:
    """Return the card that a button means, where it means one."""
    return {"Insertion": node["data-insertion"]} if node["data-insertion"] else {}


def _card_at_hand(node: Node) -> dict[str, bool]:
    """Return that there is no card, where a button or a form says so."""
    return {"CardAtHand": False} if "data-without-card" in node else {}


def _form_order(node: Node, typed: Mapping[str, str]) -> tuple[str, str, object]:
    form = node.within("form")
    assert form is not None
    if form["data-post"]:
        return "POST", form["data-post"], typed
    if form["data-birthdate"]:
        return "PUT", form["data-birthdate"], typed
    told = _of_paper(typed)
    if form["data-share"]:
        body = json.loads(form["data-share"])
        body["Presented"][0] |= told
    else:
        born = {"Birthdate": told.pop("Birthdate")} if "Birthdate" in told else {}
        shown = {"Document": form["data-document"], **told}
        body = {"Presented": [shown], **born, **_card_at_hand(form)}
    return "PUT", f"/api/visits/{_visit(node)}/shown", body


_COUNTED = {"Ratio", "SelfPayAmount"}
_TICKED = {"Undated", "SpecialExpenses"}


def _of_paper(typed: Mapping[str, str]) -> dict[str, Any]:
    """Return what was read off a document; what is left empty is not printed on it."""
    told: dict[str, Any] = {name: text for name, text in typed.items() if text}
    told |= dict.fromkeys(_TICKED & told.keys(), True)
    told |= {name: int(told[name]) for name in _COUNTED & told.keys() if told[name].isdecimal()}
    if "Current" in told:
        told["Current"] = told["Current"] == "true"
    if told.get("Ratio") == 0:  # 書かれていない
        del told["Ratio"]
    return told


def _visit(node: Node) -> str:
    above = node.within("article")
    if above is None:
        raise Problem(Catalogue.DRIVER_NO_BUTTON, "The button belongs to no visit.")
    return above["data-visit"]
