"""Flags, tiers and scores of many sites, from indicators to finished tables.

    python benchmarks/flags.py [--sites 200000] [--seed 1]

Every indicator that a rule, a score or a country asks for is drawn at random for each site, one in
ten of another status than ok. Prints seconds, the largest memory above what the facts take, and how
many flags of each kind there are.
"""

from __future__ import annotations

import argparse
import resource
import threading
import time
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from cetm_geo.flags import Fact, Facts
from cetm_geo.flags.facts import STATUSES
from cetm_geo.flags.flagging import judgement, wanted
from cetm_geo.flags.tabled import flags_table, theme_scores_table, tiers_table
from cetm_geo.model import Role
from cetm_geo.rulebook import read_rulebook

_PAGE = resource.getpagesize()


def resident_mb() -> float:
    """Memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * _PAGE / 1e6


class Peak:
    """The largest memory while it is open, asked every few milliseconds."""

    def __enter__(self) -> Peak:
        self.before = self.most = resident_mb()
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look)
        self._watch.start()
        return self

    def _look(self) -> None:
        while not self._ended.wait(0.005):
            self.most = max(self.most, resident_mb())

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._watch.join()


def main() -> None:
    """Print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sites", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    random, count = np.random.default_rng(given.seed), given.sites
    rulebook = read_rulebook()
    ids = np.array([f"title-{i}" for i in range(count)], object)
    sites = pd.DataFrame(
        {
            "site_id": ids,
            "stage": random.choice(["mining", "exploration", "unknown"], count),
            "method": random.choice(["open_pit", "brine", "unknown"], count),
            "placeholder": random.random(count) < 0.1,
        }
    )
    facts = Facts(ids, {name: _fact(name, count, random) for name in wanted(rulebook)})
    gaps = {role.value: random.random(count) < 0.1 for role in Role}
    kinds = [("XKV",), ("KHM",), (), ("XKN", "XKV")]
    countries = [kinds[i] for i in random.integers(0, len(kinds), count)]
    print(f"{count:,} sites, {len(rulebook.rules)} rules, {len(facts.of)} indicators")
    with Peak() as peak:
        start, clock = time.process_time(), time.perf_counter()
        found = judgement(sites, facts, gaps, countries, rulebook, date(2026, 11, 30))
        judged = time.perf_counter() - clock
        flags = flags_table(found.flagged, ids)
        tiers = tiers_table(found.rated, found.weighed, ids, found.countries)
        themes = theme_scores_table(found.weighed, ids)
        seconds, all_of_it = time.process_time() - start, time.perf_counter() - clock
    print(f"judged in {judged:.1f} s; with tables {all_of_it:.1f} s, {seconds:.1f} s processor")
    print(f"{peak.most - peak.before:.0f} MB above the facts, {peak.most:.0f} MB in all")
    print(f"{len(flags):,} flags, {len(tiers):,} tiers, {len(themes):,} points of themes")
    print(flags["status"].value_counts().to_dict(), tiers["tier"].value_counts().to_dict())


def _fact(name: str, count: int, random: np.random.Generator) -> Fact:
    value = random.uniform(0, 1 if name.endswith("_share") else 12, count)
    if name.endswith(("_contact", "_class", "_count")):
        value = np.floor(value / 3)
    status = np.where(random.random(count) < 0.9, 0, random.integers(0, len(STATUSES), count))
    return Fact(value, status.astype(np.int8))


if __name__ == "__main__":
    main()
