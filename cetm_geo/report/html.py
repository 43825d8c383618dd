"""A report -> one HTML file that asks for nothing else: styles, signs and pictures stand in it."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from cetm_geo.dashboard.answer.charts import palette
from cetm_geo.dashboard.figures import is_web_address
from cetm_geo.report.content import (
    Block,
    Bullets,
    Card,
    Cell,
    Heading,
    Key,
    Line,
    Lines,
    Paragraph,
    Picture,
    Report,
    Section,
    Table,
    Term,
    Terms,
    Verdict,
)
from cetm_geo.report.signs import signs

_STYLE = Path(__file__).with_name("page.css")
# The file runs nothing and asks no host, whatever stands in it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def html(report: Report) -> str:
    """The report as a page of HTML5 that stands alone."""
    return "".join(_page(report))


def _page(report: Report) -> Iterator[str]:
    tokens = "".join(f"--{name}:{value};" for name, value in palette().items())
    yield f'<!doctype html>\n<html lang="{_text(report.language)}">\n<head>\n'
    yield '<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{_text(_POLICY)}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
    yield f"<title>{_text(report.title)}: {_text(report.kind)}</title>\n"
    yield f"<style>:root{{{tokens}}}\n{_STYLE.read_text(encoding='utf-8')}</style>\n"
    yield "</head>\n<body>\n"
    yield f'<header><p class="kind">CETM-Geo · {_text(report.kind)}</p>'
    yield f"<h1>{_text(report.title)}</h1>"
    yield _list("facts", report.facts)
    yield _list("cautions", report.cautions)
    yield "</header>\n<main>\n"
    if report.verdict:
        yield from _verdict(report.verdict, report.words["because"])
    yield '<div class="lead">'
    if report.picture:
        yield _picture(report.picture)
    yield f'<div class="stamp">{_terms(report.stamp)}</div></div>\n'
    for section in report.sections:
        yield from _section(section)
    yield f"</main>\n<footer><p>{_text(report.disclaimer)}</p><p>{_text(report.id)}</p></footer>\n"
    yield "</body>\n</html>\n"


def _section(section: Section) -> Iterator[str]:
    aside = f" <small>{_text(section.aside)}</small>" if section.aside else ""
    yield f"<section><h2>{_text(section.title)}{aside}</h2>"
    for block in section.blocks:
        yield _block(block)
    yield "</section>\n"


def _block(block: Block) -> str:  # noqa: PLR0911  # a return a kind of block
    match block:
        case Paragraph():
            return f'<p class="{block.kind}">{_text(block.text)}</p>'
        case Heading():
            return f"<h{block.level}>{_text(block.text)}</h{block.level}>"
        case Bullets():
            return _list("bullets", block.items)
        case Lines():
            return f'<ul class="lines">{"".join(map(_line, block.items))}</ul>'
        case Table():
            return _table(block)
        case Terms():
            return f'<div class="long">{_terms(block.items)}</div>'
        case Card():
            return _card(block)
        case Picture():
            return _picture(block)


def _verdict(verdict: Verdict, because: str) -> Iterator[str]:
    yield f'<section class="verdict of-{_text(verdict.tier)}"><h2>{_sign(verdict.sign)}'
    yield f"{_text(verdict.label)}</h2>"
    if verdict.because:
        yield f"<p><b>{_text(because)}</b> {_text(verdict.because)}</p>"
    yield "".join(f"<p>{_text(text)}</p>" for text in verdict.texts) + "</section>\n"


def _line(line: Line) -> str:
    kind = f"state-{_text(line.state)}" + (" under" if line.under else "")
    detail = f" <small>{_text(line.detail)}</small>" if line.detail else ""
    return (
        f'<li class="{kind}">{_sign(line.sign)}<p><b>{_text(line.name)}</b>{detail}</p>'
        f'<span class="n">{_text(line.value)}</span>'
        f'<small class="n">{_text(line.more)}</small></li>'
    )


def _table(table: Table) -> str:
    whole = sum(table.widths)
    columns = "".join(f'<col style="width:{100 * width / whole:.1f}%">' for width in table.widths)
    heads = "".join(
        f'<th scope="col"{_numeric(place, table)}>{_text(head)}</th>'
        for place, head in enumerate(table.head)
    )
    rows = "".join(
        f"<tr>{''.join(_cell(cell, place, table) for place, cell in enumerate(row))}</tr>"
        for row in table.rows
    )
    return (
        f'<div class="scroll"><table style="width:{100 * whole:.0f}%">'
        f"<colgroup>{columns}</colgroup><thead><tr>{heads}</tr></thead>"
        f"<tbody>{rows}</tbody></table></div>"
    )


def _cell(cell: Cell, place: int, table: Table) -> str:
    more = f"<small>{_text(cell.more)}</small>" if cell.more else ""
    bar = ""
    if cell.share:
        width = min(max(100 * cell.share, 1.5), 100.0)
        bar = f'<span class="bar" style="width:{width:.1f}%"></span>'
    inner = f"{_text(cell.text)}{more}{bar}"
    if place == 0:
        return f'<th scope="row">{inner}</th>'
    return f"<td{_numeric(place, table)}>{inner}</td>"


def _numeric(place: int, table: Table) -> str:
    return ' class="n"' if place in table.numbers else ""


def _card(card: Card) -> str:
    marks = "".join(f" · {_text(mark)}" for mark in card.marks)
    return (
        f'<article class="card of-{_text(card.severity)}"><header>{_sign(card.sign)}'
        f"<h3>{_text(card.title)}</h3><small>{_text(card.rule)}</small></header>"
        f'<p class="severity"><b>{_text(card.label)}</b>{marks}</p>'
        f"<p>{_text(card.message)}</p>{_terms(card.terms)}</article>"
    )


def _terms(terms: Sequence[Term]) -> str:
    rows = "".join(
        f"<dt>{_text(term.term)}</dt><dd>{'<br>'.join(map(_linked, filter(None, term.texts)))}</dd>"
        for term in terms
    )
    return f"<dl>{rows}</dl>"


def _linked(text: str) -> str:
    if not is_web_address(text) or " " in text:
        return _text(text)
    return f'<a href="{_text(text)}" rel="noreferrer noopener">{_text(text)}</a>'


def _picture(picture: Picture) -> str:
    keys = "".join(map(_key, picture.keys))
    legend = f'<ul class="keys">{keys}</ul>' if keys else ""
    return f"<figure>{_image(picture.svg, picture.said, 'map')}{legend}</figure>"


def _key(key: Key) -> str:
    mark = _image(key.swatch, "", "swatch") if key.swatch else f"<b>{_text(key.number)}</b>"
    return f"<li>{mark}<span>{_text(key.text)}</span></li>"


def _sign(name: str) -> str:
    return _image(signs()[name], "", "sign")


def _image(svg: str, said: str, kind: str) -> str:
    """A picture as an address, so that neither its styles nor its ids reach the page."""
    coded = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return f'<img class="{kind}" alt="{_text(said)}" src="data:image/svg+xml;base64,{coded}">'


def _list(kind: str, items: Sequence[str]) -> str:
    rows = "".join(f"<li>{_text(item)}</li>" for item in items)
    return f'<ul class="{kind}">{rows}</ul>' if rows else ""


def _text(text: str) -> str:
    return escape(text, quote=True)
