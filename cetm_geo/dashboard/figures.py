"""Pure figures: rows -> components. No store, no callbacks; data only ever become text children."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.client import attrs
from cetm_geo.language import SOURCE, _, chosen
from cetm_geo.model import SiteStatus
from cetm_geo.notes import said
from cetm_geo.rulebook.mineral_matching import match
from cetm_geo.rulebook.minerals import label_of

Component = Any
# From which share on the area that a register states is told beside the one that was measured.
_MISMATCH_SHARE = 0.01
_OVER = (SiteStatus.EXPIRED, SiteStatus.REFUSED, SiteStatus.WITHDRAWN)


def sign(name: str, label: str = "") -> Component:
    """A drawn sign of assets/signs; with a label it is read out, without one it is skipped."""
    spoken = {"role": "img", "aria-label": label} if label else {"aria-hidden": "true"}
    return html.Span(className=f"sign sign-{name}", **attrs(spoken))


def swatch(draw: str) -> Component:
    """The legend's sample of how a layer is drawn."""
    return html.Span(className=f"swatch swatch-{draw}", **attrs({"aria-hidden": "true"}))


def problem(what: str, hint: str = "") -> Component:
    """An error in its panel: what happened and what to do."""
    return html.Div(
        [
            sign("failed", _("Problem")),
            html.Div([html.Strong(said(what)), html.P(said(hint)) if hint else None]),
        ],
        className="problem",
        role="alert",
    )


def block(title: str, aside: str, *children: Any, part: str = "") -> Component:
    """A section of the column under its heading. part: the name by which the page leads to it."""
    head = html.H2([title, html.Small(aside) if aside else None])
    named = {"data-part": part} if part else {}
    return html.Section([head, *children], className="block", **attrs(named))


# ---------------------------------------------------------------- a site, stored or drawn
def facts_view(site: Row) -> Component:
    """Name, holder, minerals, area, status and dates of a title."""
    minerals, area, *others = facts_of(site)
    named = html.B(minerals) if is_mineral_named(site) else minerals
    facts = [named, html.B(area), *others]
    return html.Div(
        [
            html.H1(site.get("name") or _("Unnamed title"), className="site-name", id="site-name"),
            html.Ul([html.Li(fact) for fact in facts], className="facts"),
            _cautions(site),
        ]
    )


def facts_of(site: Row) -> list[str]:
    """Minerals and area of a title, and what is known of its status, dates, stage and holder."""
    more = [_status(site), *_dates(site), str(site.get("stage_text") or ""), _holder(site)]
    return [_minerals(site), words.area(site.get("area_km2")), *filter(None, more)]


def _holder(site: Row) -> str:
    """The holder, where the title is not called by its name."""
    holder = site.get("holder")
    if not holder or holder == site.get("name"):
        return ""
    return _("Holder: {name}").format(name=holder)


def _status(site: Row) -> str:
    status = site.get("status") or SiteStatus.UNKNOWN
    return words.sentence_case(words.STATUSES[status])


def is_over(site: Row) -> bool:
    """True for a title that has expired, was refused or withdrawn."""
    return site.get("status") in _OVER


def _dates(site: Row) -> list[str]:
    expires = _("Expired {day}") if site.get("status") == SiteStatus.EXPIRED else _("Expires {day}")
    told = (
        (_("Applied {day}"), "applied_on"),
        (_("Granted {day}"), "granted_on"),
        (expires, "expires_on"),
    )
    return [text.format(day=words.day(site[key])) for text, key in told if site.get(key)]


def mineral(mineral_id: str) -> str:
    """What a mineral is called."""
    return words.sentence_case(label_of(mineral_id, chosen()))


def is_mineral_named(site: Row) -> bool:
    """True where the register says which minerals a title is for."""
    return bool(_mineral_names(site))


def _mineral_names(site: Row) -> list[str]:
    """The minerals of a title, and in quotes what of the register's text no name fits."""
    named = [mineral(str(one)) for one in site.get("minerals") or []]
    text = match(site.get("commodity_text"))
    return [*named, *(_("“{text}”").format(text=token) for token in text.unmatched)]


def _minerals(site: Row) -> str:
    named = _mineral_names(site)
    if named:
        return words.listed(named, 5)
    told = site.get("commodity_text")
    if told:
        return _("Mineral not stated: the register says “{text}”").format(text=told)
    return _("Mineral not stated")


def _cautions(site: Row) -> Component | None:
    notes: list[Any] = list(cautions_of(site))
    if site.get("duplicate_of"):
        notes.append([_("Another title has the very same outline:"), " ", _twin(site)])
    return html.Ul([html.Li(note) for note in notes], className="cautions") if notes else None


def cautions_of(site: Row) -> list[str]:
    """What is doubtful about a title's outline."""
    notes = []
    if site.get("placeholder"):
        notes.append(_("Known only as a circle round a point: its outline is a placeholder."))
    if site.get("repaired"):
        notes.append(_("Its outline was repaired before measuring."))
    declared, measured = site.get("declared_area_km2"), site.get("area_km2")
    if declared and measured and abs(declared - measured) > _MISMATCH_SHARE * measured:
        text = _("The register states {declared}; the outline measures {measured}.")
        told = {"declared": words.area(declared), "measured": words.area(measured)}
        notes.append(text.format(**told))
    return notes


def _twin(site: Row) -> Component:
    return title_link(str(site["duplicate_of"]), str(site["duplicate_of"]))


def is_web_address(text: Any) -> bool:
    """True for what may become a link."""
    return isinstance(text, str) and text.startswith(("https://", "http://"))


def web_link(text: Any, url: Any) -> Any:
    """A link that leaves the page, or the text alone where `url` is no web address."""
    if not is_web_address(url):
        return text
    return html.A(text, href=url, rel="noreferrer noopener", target="_blank")


def english() -> dict[str, Any]:
    """Properties of a text that the rules hold in English alone."""
    return {} if chosen() == SOURCE else {"lang": SOURCE}


def problem_of(source: Row) -> str:
    """Why a layer was not read."""
    return said(str(source["problem"])).rstrip(".")


# ---------------------------------------------------------------- addresses
def site_address(site_id: str) -> str:
    """The page's address with this site open."""
    return "?site=" + quote(site_id, safe="")


def title_link(site_id: str, text: Any, **more: Any) -> Component:
    """A link that opens a title in place of what is open."""
    go = f"site={quote(site_id, safe='')}&place=&view="
    return html.A(text, href=site_address(site_id), **attrs({"data-go": go}), **more)


def place_link(layer_id: str, feature_id: str, text: Any, **more: Any) -> Component:
    """A link that opens a place and the titles on it."""
    place = quote(f"{layer_id}/{feature_id}", safe="")
    go = f"place={place}&site=&view="
    return html.A(text, href=f"?place={place}", **attrs({"data-go": go}), **more)


# ---------------------------------------------------------------- a drawn shape
def shape_view(site: Row, corners: int) -> Component:
    """Area and corners of what was drawn."""
    return html.Ul(
        [
            html.Li(html.B(words.area(site.get("area_km2")))),
            html.Li(words.counted("{n} corner", "{n} corners", corners)),
            html.Li(_("closed, does not cross itself")),
        ],
        className="facts",
    )
