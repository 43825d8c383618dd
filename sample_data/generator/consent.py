"""What is recorded of communities' consent, by title and territory; of some pairs nothing is."""

from datetime import timedelta
from typing import Any

import shapely

from .community import ISOLATED
from .contact import shared_km2
from .seed import TODAY, Row, rng_for

ASKED = ("indigenous_territories", "claimed_lands", "customary_lands")
# The best first, as a reader ranks them: state, and how often.
STATES = {
    "obtained": 0.34,
    "not_applicable": 0.05,
    "in_progress": 0.2,
    "unknown": 0.08,
    "not_sought": 0.2,
    "sought_refused": 0.13,
}
RECORDED = 0.8  # of the pairs
LEAST_KM2 = 0.01


def consent_rows(cadastre: list[Row], communities: dict[str, list[Row]]) -> list[Row]:
    """A row for most pairs of a title and a territory that share land, in the register's order.

    Nobody may ask people in isolation, so that nothing is recorded of them.
    """
    rng, rows = rng_for("consent"), list[Row]()
    codes = [row["Code"] for row in cadastre]
    for layer in ASKED:
        lands = communities[layer]
        tree = shapely.STRtree([land["geometry"] for land in lands])
        for title in cadastre:
            shape = shapely.make_valid(title["geometry"])
            for k in sorted(tree.query(shape, predicate="intersects").tolist()):
                row = consent_row(rng, title, layer, lands[k])
                shared = shared_km2(shape, lands[k]["geometry"])
                recorded = rng.random() < RECORDED and codes.count(title["Code"]) == 1
                recorded &= lands[k]["category"] != ISOLATED
                if recorded and shared >= LEAST_KM2:
                    rows.append(row)
    order = {code: k for k, code in enumerate(codes)}
    return sorted(rows, key=lambda r: (order[r["title"]], r["layer_id"], r["territory"]))


def consent_row(rng: Any, title: Row, layer: str, land: Row) -> Row:
    """One record; what has not been asked has no date and no document."""
    state = list(STATES)[int(rng.choice(len(STATES), p=list(STATES.values())))]
    day = TODAY - timedelta(days=int(rng.integers(40, 2600)))
    dated = state in ("obtained", "in_progress", "sought_refused")
    number = int(rng.integers(100, 1000))
    paper = f"Assembly record {day.year}/{number}" if dated else ""
    row: Row = {"title": title["Code"], "layer_id": layer, "territory": land["code"]}
    return row | {"state": state, "date": day.isoformat() if dated else "", "document": paper}
