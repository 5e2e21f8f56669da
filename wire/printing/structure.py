"""The logical structure of a PDF (tagged PDF, ISO 32000-1, 14.7 and 14.8).

What a screen reader reads, and in which order: a tree of elements whose leaves name pieces of the
pages. reportlab's open version writes no such tree, but leaves room for one: operators between the
others on a page, and objects beside its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFObject, PDFPage

if TYPE_CHECKING:
    from reportlab.pdfbase.pdfdoc import PDFDocument

_OF_A_PAGE = ["StructParents", "Tabs"]


class Element(PDFObject):  # type: ignore[misc] # the library has no types
    """An element of the structure: a group of others, or a piece of a page."""

    __RefOnly__ = 1

    def __init__(
        self, document: PDFDocument, tag: str, parent: Element | None, attributes: str = ""
    ) -> None:
        """Add an element beneath another; ``attributes`` are further entries, as PDF has them."""
        document.Reference(self)
        self.number: int = document.objectcounter
        self.kids: list[str] = []
        self._page = ""
        self._entries = f"/S /{tag} {attributes}"
        if parent is not None:
            self._entries += f" /P {parent.number} 0 R"
            parent.kids.append(f"{self.number} 0 R")

    def take(self, piece: int, page: str) -> None:
        """Take a piece of a page, by its number on it."""
        self.kids.append(str(piece))
        self._page = page

    def format(self, document: PDFDocument) -> bytes:
        """Write it, when the numbers of the pages are known."""
        page = ""
        if self._page:
            page = f" /Pg {document.idToObjectNumberAndVersion[self._page][0]} 0 R"
        kids = self.kids[0] if len(self.kids) == 1 else f"[{' '.join(self.kids)}]"
        return f"<< /Type /StructElem {self._entries}{page} /K {kids} >>".encode("latin-1")


class _Written(PDFObject):  # type: ignore[misc] # the library has no types
    """An object that is written as it stands."""

    __RefOnly__ = 1

    def __init__(self, written: str) -> None:
        self._written = written.encode("latin-1")

    def format(self, _document: PDFDocument) -> bytes:
        return self._written


class Structure:
    """The tree of a document, while it is drawn."""

    def __init__(self, document: PDFDocument) -> None:
        self._document = document
        self._root = Element(document, "Document", None)
        self._open = [self._root]
        self._pieces: list[int] = []
        """The elements of the pieces of this page, by the number of the piece."""
        self._pages: list[str] = []

    def begin(self, tag: str, attributes: str = "") -> None:
        """Open an element; what follows lies in it."""
        self._open.append(Element(self._document, tag, self._open[-1], attributes))

    def end(self) -> None:
        """Close the element that was opened last."""
        self._open.pop()

    def piece(self) -> int:
        """Return the number on this page for a piece of the open element."""
        piece = len(self._pieces)
        element = self._open[-1]
        element.take(piece, self._document.thisPageName())
        self._pieces.append(element.number)
        return piece

    def finish_page(self) -> None:
        """Tell the page that was shown last where its pieces lie in the tree."""
        page = self._document.Pages.pages[-1]
        page.__NoDefault__ = [*PDFPage.__NoDefault__, *_OF_A_PAGE]
        page.StructParents = len(self._pages)
        page.Tabs = PDFName("S")
        self._pages.append(" ".join(f"{number} 0 R" for number in self._pieces))
        self._pieces = []

    def finish(self) -> None:
        """Write the tree into the document."""
        of_pages = " ".join(f"{number} [{pieces}]" for number, pieces in enumerate(self._pages))
        parents = _Written(f"<< /Nums [{of_pages}] >>")
        self._document.Reference(parents)
        root = _Written(
            f"<< /Type /StructTreeRoot /K {self._root.number} 0 R"
            f" /ParentTree {self._document.objectcounter} 0 R"
            f" /ParentTreeNextKey {len(self._pages)} >>"
        )
        self._document.Reference(root)
        self._root._entries += f" /P {self._document.objectcounter} 0 R"  # noqa: SLF001
        catalog = self._document.Catalog
        catalog.StructTreeRoot = root
        catalog.MarkInfo = PDFDictionary({"Marked": "true"})
        catalog.ViewerPreferences = PDFDictionary({"DisplayDocTitle": "true"})


def text_string(text: str) -> str:
    """Write a text as PDF has it outside of pages: UTF-16 in hexadecimal digits."""
    return f"<FEFF{text.encode('utf-16-be').hex().upper()}>"
