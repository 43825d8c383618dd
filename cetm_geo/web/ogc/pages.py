"""Documents of the API as plain pages: links to follow and a table of titles."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

Document = Mapping[str, Any]
_SHOWN = ("name", "holder", "tier", "status", "stage", "area_km2", "granted_on")
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2226;background:#faf9f5}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;padding:.3rem .6rem;border-bottom:1px solid #dedcd4;"
    "vertical-align:top}.titles{overflow-x:auto}.titles :is(th,td){white-space:nowrap}"
    ".titles td.free{white-space:normal;min-width:14rem}"
    "pre{overflow:auto;background:#fff;padding:1rem}a{color:#1f4fbf}.few{color:#47525a}"
)


def landing(told: Document) -> str:
    """Where to go."""
    return _page(told["title"], [_paragraph(told["description"]), _links(told["links"])])


def collections(told: Document) -> str:
    """The collections, each with its description."""
    parts = []
    for one in told["collections"]:
        address = _address(one["links"], "self")
        head = f'<h2><a href="{escape(address)}?f=html">{escape(one["title"])}</a></h2>'
        parts += [head, _paragraph(one["description"])]
    return _page("Collections", parts)


def collection(told: Document) -> str:
    """One collection."""
    return _page(told["title"], [_paragraph(told["description"]), _links(told["links"])])


def items(told: Document) -> str:
    """A table of titles, with ways to those before and after."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("id", *_SHOWN))
    rows = "".join(_row(one) for one in told["features"])
    count = f"{told['numberReturned']} of {told['numberMatched']} titles"
    near = [x for x in told["links"] if x["rel"] in ("next", "prev")]
    ways = [{**x, "title": x["rel"], "href": f"{x['href']}&f=html"} for x in near]
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    table = f'<div class="titles">{table}</div>'
    return _page("Mining titles", [f'<p class="few">{count}</p>', table, _links(ways)])


def _row(feature: Document) -> str:
    own = feature["properties"]
    name = str(feature["id"])
    cells = "".join(_cell(column, own.get(column)) for column in _SHOWN)
    return f'<tr><td><a href="items/{quote(name)}?f=html">{escape(name)}</a></td>{cells}</tr>'


def _cell(column: str, value: Any) -> str:
    if isinstance(value, float):
        value = f"{value:.2f}"
    kind = ' class="free"' if column == "holder" else ""
    return f"<td{kind}>{_text(value)}</td>"


def item(told: Document) -> str:
    """All that is known of a title."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_text(value)}</td></tr>"
        for name, value in told["properties"].items()
        if value not in (None, "", [], {})
    )
    return _page(str(told["id"]), [f"<table>{rows}</table>", _links(told["links"])])


def openapi(told: Document) -> str:
    """What can be asked, a heading a route."""
    parts = [_paragraph(told["info"]["description"])]
    for path, ways in told["paths"].items():
        get = ways["get"]
        rows = "".join(
            f"<tr><th>{escape(one['name'])}</th><td>{escape(one.get('description', ''))}</td>"
            f"<td>{_text(one['schema'].get('type'))}</td></tr>"
            for one in get["parameters"]
        )
        parts += [f"<h2>GET {escape(path)}</h2>", _paragraph(get["summary"])]
        parts.append(f"<table>{rows}</table>")
    return _page(told["info"]["title"], parts)


def plain(told: Document) -> str:
    """A document as it is."""
    text = json.dumps(told, ensure_ascii=False, indent=2)
    return _page("CETM-Geo", [f"<pre>{escape(text)}</pre>"])


def _page(title: str, parts: Iterable[str]) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>{''.join(parts)}"
        "</body></html>"
    )


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _links(links: Iterable[Document]) -> str:
    rows = [
        f'<li><a href="{escape(one["href"])}">{escape(one.get("title") or one["rel"])}</a></li>'
        for one in links
        if one.get("title") or not one["rel"].startswith("http")  # said already by its short name
    ]
    return f"<ul>{''.join(rows)}</ul>"


def _address(links: Iterable[Document], rel: str) -> str:
    return str(next(one["href"] for one in links if one["rel"] == rel))


def _text(value: Any) -> str:
    if value is None:
        return ""
    return escape(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
