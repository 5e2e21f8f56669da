"""Write the reference pages that the code itself can tell.

``python docs/generate.py`` writes them, with ``--check`` it only says which of them are stale.
A test does the latter, so that a route, an option, a setting or a problem cannot be added
without its line in the reference.
"""

from __future__ import annotations

import sys
from pathlib import Path

# As a script, this folder is on the path, but not the one that it lies in.
sys.path.insert(0, str(Path(__file__).parents[1]))

from docs.generator.access_page import access_page
from docs.generator.cli_page import cli_page
from docs.generator.csv_page import csv_page
from docs.generator.house_page import house_page
from docs.generator.http_page import http_page
from docs.generator.problems_page import problems_page
from docs.generator.rules_page import rules_page
from docs.generator.services import services
from docs.generator.settings_page import settings_page
from docs.generator.vocabulary_page import vocabulary_page

REFERENCE = Path(__file__).parent / "reference"


def pages() -> dict[Path, str]:
    """Return all generated pages with their texts."""
    every = services()
    texts = {
        "http.md": http_page(every),
        "access.md": access_page(every),
        "problems.md": problems_page(),
        "cli.md": cli_page(),
        "settings.md": settings_page(),
        "vocabulary.md": vocabulary_page(),
        "csv.md": csv_page(),
        "rules.md": rules_page(),
        "house.md": house_page(),
    }
    return {REFERENCE / name: text.rstrip() + "\n" for name, text in texts.items()}


def stale() -> list[Path]:
    """Return the pages that do not say what the code says now."""
    return [
        page
        for page, text in pages().items()
        if not page.exists() or page.read_text(encoding="utf-8") != text
    ]


def main() -> None:
    """Write the pages, or with ``--check`` compare them."""
    if sys.argv[1:] == ["--check"]:
        if behind := stale():
            names = ", ".join(page.name for page in behind)
            sys.exit(f"Stale: {names}. Write them anew: .venv/bin/python docs/generate.py")
        return
    if sys.argv[1:]:
        sys.exit(__doc__)
    for page, text in pages().items():
        page.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
