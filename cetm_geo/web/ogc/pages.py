"""Documents of the API as plain pages: links to follow and tables of rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Any
from urllib.parse import quote

from cetm_geo.web.ogc.collection import Head

Document = Mapping[str, Any]
_LONG = ("holder", "message_en", "designation")  # columns that break into lines
_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:84rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c2226;background:#faf9f5}table{border-collapse:collapse;width:100%}"
    "th,td{text-align:start;padding:.3rem .6rem;border-bottom:1px solid #dedcd4;"
    "vertical-align:top}.items{overflow-x:auto}.items :is(th,td){white-space:nowrap}"
    ".items td.free{white-space:normal;min-width:24rem}"
    "pre{overflow:auto;background:#fff;padding:1rem}a{color:#1f4fbf}.few{color:#47525a}"
)


def linked(told: Document) -> str:
    """What a document says in a line or two, and where it leads."""
    return _page(told["title"], [_paragraph(told["description"]), _links(told["links"])])


def collections(told: Document) -> str:
    """The collections, each with its description."""
    parts = []
    for one in told["collections"]:
        address = _address(one["links"], "self")
        head = f'<h2><a href="{escape(address)}?f=html">{escape(one["title"])}</a></h2>'
        parts += [head, _paragraph(one["description"])]
    return _page("Collections", parts)


def tilesets(told: Document) -> str:
    """The tilesets, each a link."""
    ways = [{**one["links"][1], "title": one["title"]} for one in told["tilesets"]]
    return _page("Vector tiles", [_links(ways)])


def properties(told: Document) -> str:
    """A schema as a table: each property with its type, unit and meaning."""
    rows = "".join(
        f"<tr><th>{escape(name)}</th><td>{_text(one.get('type') or one.get('format'))}</td>"
        f"<td>{_text(one.get('x-ogc-unit'))}</td><td>{_text(one.get('description'))}</td></tr>"
        for name, one in told["properties"].items()
    )
    return _page(told["title"], [f"<table>{rows}</table>"])


def record(title: str) -> Callable[[Document], str]:
    """A page of what the store holds beside collections."""

    def page(told: Document) -> str:
        own = {name: value for name, value in told.items() if name != "links"}
        text = json.dumps(own, ensure_ascii=False, indent=2)
        return _page(title, [f"<pre>{escape(text)}</pre>"])

    return page


def items(told: Document, head: Head) -> str:
    """A table of a collection's rows, with ways to those before and after."""
    heads = "".join(f"<th>{escape(name)}</th>" for name in ("id", *head.shown))
    rows = "".join(_row(one, head) for one in told["features"])
    count = f"{told['numberReturned']} of {told['numberMatched']} {head.noun}"
    near = [x for x in told["links"] if x["rel"] in ("next", "prev")]
    ways = [{**x, "title": x["rel"], "href": f"{x['href']}&f=html"} for x in near]
    table = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"
    table = f'<div class="items">{table}</div>'
    return _page(head.title, [f'<p class="few">{escape(count)}</p>', table, _links(ways)])


def _row(feature: Document, head: Head) -> str:
    own = feature["properties"]
    name = str(feature["id"])
    cells = "".join(_cell(column, own.get(column)) for column in head.shown)
    way = f"items/{quote(name, safe='')}?f=html"
    return f'<tr><td><a href="{way}">{escape(name)}</a></td>{cells}</tr>'


def _cell(column: str, value: Any) -> str:
    if isinstance(value, float):
        value = f"{value:.2f}"
    kind = ' class="free"' if column in _LONG else ""
    return f"<td{kind}>{_text(value)}</td>"


def item(told: Document) -> str:
    """All that is known of a row."""
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
        for method, way in ways.items():
            rows = "".join(
                f"<tr><th>{escape(one['name'])}</th><td>{escape(one.get('description', ''))}</td>"
                f"<td>{_text(one['schema'].get('type'))}</td></tr>"
                for one in way.get("parameters", ())
            )
            said = "".join(
                f"<li>{escape(status)}: {escape(one['description'])}</li>"
                for status, one in way["responses"].items()
            )
            parts += [f"<h2>{method.upper()} {escape(path)}</h2>", _paragraph(way["summary"])]
            parts.append(f"<table>{rows}</table><ul>{said}</ul>")
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
