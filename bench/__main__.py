"""``make bench``: measure everything in one run, and print the table."""

from __future__ import annotations

import sys

from bench import cards, checks, filing, startup
from bench.table import Row, written

PARTS = {
    "startup": startup.measure,
    "cards": cards.measure,
    "checks": checks.measure,
    "filing": filing.measure,
}


def main() -> None:
    """Measure the named parts, or all."""
    wanted = sys.argv[1:] or list(PARTS)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"bench: there is no part {unknown[0]!r}. Parts are: {', '.join(PARTS)}.")
    rows: list[Row] = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += PARTS[name]()
    print(written(rows))


if __name__ == "__main__":
    main()
