"""A store of the made world for the page, without a screening of it.

    python benchmarks/world_store.py --folder DIR --store STORE [--scale 0.05] [--seed 11]
                                     [--layers concessions,protected] [--cut]

Titles and places lie where the world has them and are drawn as a build draws them. Tiers, names and
reasons are drawn by lot: nothing was overlaid, and no stored answer but the map means
anything. --cut: layers are cut as a build does, so that a drawing can be laid over them;
without it its books do not balance, and it is refused. Prints the processor's seconds of both
steps, and what the store weighs.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import world
from kept_world import ROLES, file_of, peak_gb

from cetm_geo import drawn, pipeline, store, tables, vocabulary
from cetm_geo.model import Layer, Role, Tier
from cetm_geo.sitetable import positions_of_sites

TITLES = "concessions"
ON = date(2026, 11, 30)
SHARES = (0.04, 0.11, 0.22, 0.33, 0.12, 0.18)  # of the tiers, the worst first
REASONS = (
    "Inside a protected area of a strict category: {}",
    "Overlaps land of a community: {}",
    "Within 5 km upstream of a wetland: {}",
    "Touches a key biodiversity area (verify): {}",
)
FIRST = ("North", "Upper", "Great", "Red", "Long", "Old", "White", "Far")
SECOND = ("Ridge", "River", "Forest", "Plateau", "Lagoon", "Valley", "Springs", "Hills")


def named(random: np.random.Generator, count: int, last: str) -> Any:
    """Made names of the length that names have."""
    words = [random.choice(of, count) for of in (FIRST, SECOND)]
    number = np.arange(count).astype(str)
    return np.array([f"{a} {b} {last} {n}" for a, b, n in zip(*words, number, strict=True)], object)


def layer_of(made: world.World, layer_id: str, random: np.random.Generator) -> Layer:
    """A layer of the world with names, and with a source that the page can show."""
    layer = world.layer_of(file_of(made, layer_id), layer_id, ROLES[layer_id])
    last = "Licence" if layer_id == TITLES else "Reserve"
    features = layer.features.assign(name=named(random, len(layer.features), last))
    source = world.source_of(layer.spec) | {
        "label": layer_id.capitalize(),
        "rows_in": len(features),
        "rows_accepted": len(features),
        "as_of": "2026",
        "complete_within": "world",
    }
    return replace(layer, features=features, source=source)


def kept(layer: Layer, folder: store.PieceFolder, seed: int, is_cut: bool) -> str:
    """The name under which a layer's features are kept beside the store, in pieces or whole: a
    server reads them when it starts."""
    name = f"{layer.spec.id}-{'cut' if is_cut else 'whole'}-{seed}-{len(layer.features)}"
    if not folder.holds(name):
        near = None if is_cut else np.zeros(len(layer.features), bool)
        folder.keep(name, layer.cut(near))
    return name


def tiers_of(sites: Any, random: np.random.Generator) -> pd.DataFrame:
    """A tier a site by lot."""
    tier = random.choice([str(t) for t in Tier], len(sites), p=SHARES)
    score = random.uniform(0, 100, len(sites)).round(1)
    counts = dict.fromkeys(("critical_count", "high_count", "moderate_count", "info_count"), 0)
    unknown = tier == Tier.NOT_FULLY_SCREENED.value
    rows = {
        "site_id": sites["site_id"].to_numpy(object),
        "tier": tier,
        "fully_screened": ~unknown & (random.random(len(sites)) < 0.7),
        **counts,
        "score": score,
        "score_low": score,
        "score_high": score,
        "score_coverage_share": 1.0,
    }
    return tables.build(tables.TIERS, rows)


def said_of(sites: Any, tiers: pd.DataFrame, random: np.random.Generator) -> pd.DataFrame:
    """What the map says of titles, as `drawn.marks` asks."""
    said = tiers.set_index("site_id")[["tier", "fully_screened"]]
    said["position"] = positions_of_sites(tiers, sites)
    names = named(random, len(said), "Reserve")
    reasons = random.choice(REASONS, len(said))
    said["reason"] = [text.format(name) for text, name in zip(reasons, names, strict=True)]
    return said


def content_of(
    made: world.World, layer_ids: list[str], folder: Path, seed: int, is_cut: bool
) -> store.Content:
    """What the store holds."""
    random = np.random.default_rng(seed)
    layers = {name: layer_of(made, name, random) for name in layer_ids}
    sites = tables.validate(layers[TITLES].features[tables.columns(tables.SITES)], tables.SITES)
    tiers = tiers_of(sites, random)
    said = said_of(sites, tiers, random)
    beside = store.pieces_beside(folder)
    names = {name: kept(layer, beside, seed, is_cut) for name, layer in layers.items()}
    references = [x.features for x in layers.values() if x.spec.role != Role.CONCESSION]
    columns = tables.columns(tables.FEATURES)
    features = pd.concat([f[columns] for f in references], ignore_index=True)
    empty = {
        name: tables.build(getattr(tables, name.upper()))
        for name in (
            "overlaps", "coverage", "indicators", "totals", "pressure", "links", "basins",
            "series", "ratings", "levels", "flags", "flag_features", "theme_scores", "issues",
        )
    }  # fmt: skip
    west, south, east, north = sites.total_bounds
    return store.Content(
        **empty,
        sites=sites,
        features=tables.build(tables.FEATURES, features),
        tiers=tiers,
        sources=tables.build(tables.SOURCES, [dict(x.source) for x in layers.values()]),
        tiles=drawn.marks(layers.values(), said),
        drawn=lambda: drawn.drawn(layers.values(), said),
        meta={
            "catalogue": "world",
            "label": "Made world",
            "as_of": ON.isoformat(),
            "west": f"{west:.6f}",
            "south": f"{south:.6f}",
            "east": f"{east:.6f}",
            "north": f"{north:.6f}",
            "software": vocabulary.json_text(pipeline.software()),
            "accounts": "{}",
            "country": "",
            "tables": "{}",
        },
        pieces=names,
    )


def make_store(
    folder: Path, at: Path, scale: float, seed: int, layer_ids: list[str], is_cut: bool
) -> None:
    """The store at `at` of the world in `folder`, which is made if it is not there."""
    made = world.make_world(folder, scale, seed)
    start = time.process_time()
    content = content_of(made, layer_ids, at, seed, is_cut)
    read = time.process_time()
    name = store.write_store(at, content)
    wrote = time.process_time()
    size = (at / "generations" / name / "store.duckdb").stat().st_size
    print(
        f"{len(content.sites):,} titles, {len(content.features):,} places; seconds of the"
        f" processor: read and marked {read - start:.0f}, drawn and written"
        f" {wrote - read:.0f}; store"
        f" {size / 1e6:,.0f} MB without pieces; peak {peak_gb():.1f} GB",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--store", type=Path, required=True)
    parser.add_argument("--scale", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--layers", default=f"{TITLES},protected")
    parser.add_argument("--cut", action="store_true")
    given = parser.parse_args()
    layer_ids = given.layers.split(",")
    make_store(given.folder, given.store, given.scale, given.seed, layer_ids, given.cut)


if __name__ == "__main__":
    main()
