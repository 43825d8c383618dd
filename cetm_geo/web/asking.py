"""How a file is asked for without the page: its address in the API, and the command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from flask import has_request_context, request

from cetm_geo.described import Described
from cetm_geo.web.filters import Filters, query_of

API = "api/v1/"
SHAPE = "proposal-shape.geojson"  # what the commands for a proposal read
_HERE = "http://localhost:8050/"


def titles_address(form: str, filters: Filters) -> str:
    """Where a file of these titles is, beside the page."""
    query = urlencode(query_of(filters))
    return f"{API}sites.{form}" + (f"?{query}" if query else "")


def titles_commands(form: str, filters: Filters) -> tuple[str, str]:
    """A command on the machine of the store, and one that asks this server, for these titles."""
    query = urlencode(query_of(filters))
    where = f' --where "{query}"' if query else ""
    return (
        f"cetm-geo export sites -o titles.{form}{where}",
        f'curl -o titles.{form} "{_root()}{titles_address(form, filters)}"',
    )


def proposal_commands(form: str, said: Described) -> tuple[str, str]:
    """The same for a proposal whose shape lies in SHAPE, with what it is said to be."""
    words = [f"--mineral {name}" for name in said.minerals]
    words += [
        f"--{key} {word}"
        for key, word in (("method", said.method), ("stage", said.stage))
        if word != "unknown"
    ]
    return (
        " ".join([f"cetm-geo screen {SHAPE} -o proposal.{form}", *words]),
        f'curl -o proposal.{form} -H "Content-Type: application/json" -d @{SHAPE} '
        f'"{_root()}{API}screen.{form}"',
    )


def shape_file(geometry: Mapping[str, Any], said: Described) -> str:
    """A proposal's shape with all its digits, and what it is to be, as `POST screen` takes it."""
    properties = {"name": "Proposal", **said.plain()}
    return json.dumps({"type": "Feature", "properties": properties, "geometry": geometry})


def _root() -> str:
    """Where this server is reached, as the reader's own request says; ends with a slash."""
    return request.url_root if has_request_context() else _HERE
