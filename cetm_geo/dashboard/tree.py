"""Views -> the same, with everything that is only read drawn by one component.

Dash keeps every element of a page in a store and asks all of them at each change: a column of some
thousands takes it seconds. What no callback names needs none of that, so it is sent as data, and
assets/tree.js makes the elements.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from dash.development.base_component import Component

_HTML = "dash_html_components"
_DASH_OWN = {
    "_prop_names",
    "_valid_wildcard_attributes",
    "available_properties",
    "available_wildcard_properties",
}


class Tree(Component):
    """Elements and texts, drawn in the browser. nodes: texts, and [tag, properties, *nodes].

    A callback that gives a Tree with an id new `nodes` leaves its elements where they are, with
    the focus and what is folded; new children are made anew.
    """

    _namespace = "cetm_geo"
    _type = "Tree"
    nodes: list[Any]

    def __init__(self, nodes: list[Any], id: str = "") -> None:
        self._prop_names = ["id", "nodes"]
        self._valid_wildcard_attributes: list[str] = []
        self.available_properties = ["id", "nodes"]
        self.available_wildcard_properties: list[str] = []
        named = {"id": id} if id else {}
        super().__init__(nodes=nodes, **named)  # type: ignore[no-untyped-call]  # so Dash ships it


def lean(view: Any) -> list[Any]:
    """Components with each run of what is only read as one Tree; what has an id stays as it is."""
    out: list[Any] = []
    for is_read, run in groupby(_flat(view), _is_read):
        parts = list(run)
        out += [Tree([_node(part) for part in parts])] if is_read else map(_leaner, parts)
    return out


def drawn(view: Any) -> Tree:
    """Components as one Tree, ids too: what only labels and the page's own scripts name."""
    return Tree([_node(part) for part in _flat(view)])


def _flat(view: Any) -> Iterable[Any]:
    parts = view if isinstance(view, list | tuple) else [view]
    return [part for part in parts if part is not None]


def _is_read(part: Any) -> bool:
    """True for texts, and for elements that no callback can name, nor anything in them."""
    if not isinstance(part, Component):
        return True
    own = part._namespace == _HTML and getattr(part, "id", None) is None
    return own and all(map(_is_read, _flat(getattr(part, "children", None))))


def _leaner(part: Component) -> Component:
    """A component with its children made lean, where they are shown as they stand."""
    children = getattr(part, "children", None)
    if part._namespace == _HTML and isinstance(children, list | tuple | Component):
        part.children = lean(children)
    return part


def _node(part: Any) -> Any:
    if not isinstance(part, Component):
        return str(part)
    # What `to_plotly_json` would give: it asks for each name that an element might have.
    given = {k: v for k, v in vars(part).items() if k not in _DASH_OWN and v is not None}
    children = given.pop("children", None)
    return [part._type.lower(), given, *map(_node, _flat(children))]
