"""``make bench``: measure in one run, and print the table.

Without arguments it measures what is done in a few minutes. ``checks-growth``, ``checks-processes``
and ``checks-stub`` (which needs ``npm``), ``filing-million``, ``sync-million``,
``sync-growth`` and ``runs-year`` take longer, and are measured when they are named; ``sync-growth``
also draws the picture of the docs.
"""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from bench import cards, crowd, filing, papers, startup, sync
from bench.checks import folder
from bench.checks import measuring as checks
from bench.desk import arrival
from bench.table import Row, written
from bench.year_of_runs import measuring as year

QUICK = {
    "startup": startup.measure,
    "cards": cards.measure,
    "checks": checks.measure,
    "arrival": arrival.measure,
    "crowd": crowd.measure,
    "exchange": folder.measure,
    "filing": filing.measure,
    "papers": papers.measure,
    "sync": sync.measure,
    "runs": year.measure,
}
PARTS = {
    **QUICK,
    "checks-growth": checks.measure_growth,
    "checks-processes": checks.measure_processes,
    "checks-stub": checks.measure_stub,
    "filing-million": filing.measure_million,
    "sync-million": sync.measure_million,
    "sync-growth": sync.measure_growth,
    "runs-year": year.measure_many,
}


def main() -> None:
    """Measure the named parts, or the quick ones."""
    wanted = sys.argv[1:] or list(QUICK)
    unknown = [name for name in wanted if name not in PARTS]
    if unknown:
        sys.exit(f"bench: there is no part {unknown[0]!r}. Parts are: {', '.join(PARTS)}.")
    rows: list[Row] = []
    for name in wanted:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        # Services are forked: what an earlier part left in memory would count as theirs.
        with ProcessPoolExecutor(1, get_context("spawn")) as alone:
            rows += alone.submit(PARTS[name]).result()
    print(written(rows))


if __name__ == "__main__":
    main()
