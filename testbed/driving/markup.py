"""A page as a tree: as much of it as it takes to read what stands there, and what is pressed."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_VOID = {"br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
_BLOCKS = {"caption", "dd", "dt", "h1", "h2", "h3", "label", "li", "p", "summary", "td", "th"}
_UNREAD = {"button", "kbd", "noscript", "option", "script", "select", "style", "svg"}
"""What is no text of its own: buttons are told apart, and the rest is nothing to read."""


@dataclass
class Node:
    """An element of a page."""

    tag: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)
    parent: Node | None = field(default=None, repr=False)

    def __getitem__(self, name: str) -> str:
        """Return an attribute; empty where it is not there, or has no value."""
        return self.attributes.get(name, "")

    def __contains__(self, name: str) -> bool:
        """Tell whether an attribute is there."""
        return name in self.attributes

    @property
    def hidden(self) -> bool:
        """Whether nobody sees it."""
        return "hidden" in self or self["aria-hidden"] == "true"

    def below(self) -> Iterator[Node]:
        """Return all elements in it that somebody sees, in their order."""
        for child in self.children:
            if isinstance(child, Node) and not child.hidden:
                yield child
                yield from child.below()

    def find(self, **attributes: str) -> Node | None:
        """Return the first element in it that has these attributes (`data_step` is data-step)."""
        wanted = {name.replace("_", "-"): value for name, value in attributes.items()}
        for node in self.below():
            if all(node.attributes.get(name) == value for name, value in wanted.items()):
                return node
        return None

    def within(self, tag: str) -> Node | None:
        """Return the nearest element of a kind in which it stands."""
        node = self.parent
        while node is not None and node.tag != tag:
            node = node.parent
        return node

    @property
    def text(self) -> str:
        """What stands in it, in one line."""
        return " ".join(" ".join(_pieces(self)).split())

    def texts(self) -> list[str]:
        """Return the lines that stand in it, buttons aside."""
        found = []
        for child in self.children:
            if not isinstance(child, Node) or child.hidden or child.tag in _UNREAD:
                continue
            if child.tag in _BLOCKS and not any(one.tag in _BLOCKS for one in child.below()):
                found += [child.text] if child.text else []
            else:
                found += child.texts()
        return found


def _pieces(node: Node) -> Iterator[str]:
    for child in node.children:
        if isinstance(child, str):
            yield child
        elif not child.hidden and child.tag not in _UNREAD and "button" not in child["class"]:
            yield from _pieces(child)


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = self._open = Node("")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs}, parent=self._open)
        self._open.children.append(node)
        if tag not in _VOID:
            self._open = node

    def handle_endtag(self, tag: str) -> None:
        node: Node | None = self._open
        while node is not None and node.tag != tag:
            node = node.parent
        if node is not None and node.parent is not None:
            self._open = node.parent

    def handle_data(self, data: str) -> None:
        self._open.children.append(data)


def page_of(text: str) -> Node:
    """Read a page."""
    builder = _Builder()
    builder.feed(text)
    builder.close()
    return builder.root
