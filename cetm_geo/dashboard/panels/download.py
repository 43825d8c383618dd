"""Downloads: of the titles that are listed, of one title, of a proposal."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from dash import Dash, Input, Output, State, dcc

from cetm_geo import words
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.panels import drafted, draw
from cetm_geo.described import described
from cetm_geo.web import Service
from cetm_geo.web.filters import Filters, query_of
from cetm_geo.web.service import JUDGED, Proposal

FILE = "proposal-file"
_KEPT = ("lines", "overlaps", "indicators", "sources", "missing")


def layout() -> dcc.Download:
    """What hands a proposal's file to the reader."""
    return dcc.Download(id=FILE)


def address(filters: Filters | None = None, ids: Sequence[str] = ()) -> str:
    """Where the GeoJSON of these titles is downloaded."""
    query = urlencode(query_of(filters or Filters(ids=tuple(ids))))
    return "api/v1/sites.geojson" + (f"?{query}" if query else "")


def proposal_file(
    done: Proposal, rasters: Mapping[str, Any], geometry: Mapping[str, Any]
) -> dict[str, Any]:
    """A proposal, its overlap pieces and its answers as one FeatureCollection.

    rasters: as `Service.propose_rasters` gives it, with the flags of all that is known.
    """
    site = {key: value for key, value in done.answer["site"].items() if value is not None}
    own = {"type": "Feature", "geometry": geometry, "properties": {**site, "part": "proposal"}}
    cut = [
        {**piece, "properties": {**piece["properties"], "part": "overlap"}}
        for piece in done.pieces["features"]
    ]
    return {
        "type": "FeatureCollection",
        "features": [own, *cut],
        "answer": {key: done.answer[key] for key in _KEPT} | {key: rasters[key] for key in JUDGED},
        "rasters": {key: value for key, value in rasters.items() if key not in JUDGED},
        "disclaimer": words.DISCLAIMER,
    }


def register(app: Dash, service: Service) -> None:
    """Write the proposal's file."""

    @app.callback(
        Output(FILE, "data"),
        Input(draw.SAVE, "n_clicks"),
        State(drafted.DRAWN, "data"),
        State(drafted.SAID, "data"),
        prevent_initial_call=True,
    )
    def save_proposal(
        clicks: int, drawn: Mapping[str, Any] | None, words_of_it: Mapping[str, Any] | None
    ) -> Any:
        if not clicks or not drawn:
            return None
        geometry = geometry_of_drawn(drawn)
        said = described(words_of_it or {}, service.store().rulebook)
        rasters = service.propose_rasters(geometry, said=said)
        content = proposal_file(service.propose(geometry, said=said), rasters, geometry)
        content["described"] = said.plain()
        text = json.dumps(content, default=str)
        return {"content": text, "filename": "proposal.geojson", "type": "application/geo+json"}
