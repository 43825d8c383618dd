"""What differs -> an Atom feed (RFC 4287): an entry a title, with ids that stay the same."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from cetm_geo import words
from cetm_geo.changes.wording import Teller, heading
from cetm_geo.changes.written import summary
from cetm_geo.language import _, chosen

MEDIA_TYPE = "application/atom+xml"
MOST_ENTRIES = 200
_MOST_LINES = 30
_ATOM, _XHTML = "http://www.w3.org/2005/Atom", "http://www.w3.org/1999/xhtml"
_AUTHOR = "CETM-Geo"
# What XML 1.0 cannot hold, even escaped.
_BARRED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "cetm-geo/feed")
Row = Mapping[str, Any]


def as_atom(found: Row, linked: bool = False) -> bytes:
    """A feed of what differs: what it comes to, then a title an entry, the worst first.

    linked: entries lead to the page of the server that gives the feed, at addresses beside it.
    """
    new = found["after"]
    pair = f"{found['before']['content_digest']}/{new['content_digest']}"
    feed = _feed(new, linked)
    teller = Teller(found)
    lines = summary(found)
    left = len(found["titles"]) - MOST_ENTRIES
    if left > 0:
        lines.append(
            words.counted("{n} more title, not told here", "{n} more titles, not told here", left)
        )
    about = _("Since {day}").format(day=words.day(found["before"]["as_of"]))
    _entry(feed, new, f"{pair}/", about, lines, "./" if linked else "")
    for row in found["titles"][:MOST_ENTRIES]:
        to = f"./?site={quote(row['site_id'], safe='')}"
        gone = row["tier"]["after"] is None
        link = to if linked and not gone else ""
        said = teller.lines(row, _MOST_LINES)
        _entry(feed, new, f"{pair}/{row['site_id']}", heading(row), said, link)
    return _written(feed)


def nothing_earlier(head: Row, linked: bool = False) -> bytes:
    """The feed of a store of which no earlier state is kept. head: as `Side.head`."""
    feed = _feed(head, linked)
    said = [_("There is no earlier state to compare with. The next build will be told here.")]
    link = "./" if linked else ""
    _entry(feed, head, f"{head['content_digest']}/", _("No earlier state"), said, link)
    return _written(feed)


def _feed(head: Row, linked: bool) -> Element:
    register_namespace("", _ATOM)
    feed = Element(f"{{{_ATOM}}}feed", {"xml:lang": chosen()})
    _name(feed, head["catalogue"])
    _say(feed, "title", _("What is new: {place}").format(place=head["label"]))
    _say(feed, "subtitle", _(words.DISCLAIMER))
    _say(feed, "updated", _instant(head))
    _say(SubElement(feed, f"{{{_ATOM}}}author"), "name", _AUTHOR)
    if linked:
        SubElement(feed, f"{{{_ATOM}}}link", {"rel": "alternate", "href": "./"})
        SubElement(feed, f"{{{_ATOM}}}link", {"rel": "self", "href": "./feed"})
    return feed


def _entry(feed: Element, head: Row, key: str, title: str, lines: Sequence[str], link: str) -> None:
    entry = SubElement(feed, f"{{{_ATOM}}}entry")
    _name(entry, f"{head['catalogue']}/{key}")
    _say(entry, "title", title)
    _say(entry, "updated", _instant(head))
    if link:
        SubElement(entry, f"{{{_ATOM}}}link", {"rel": "alternate", "href": link})
    content = SubElement(entry, f"{{{_ATOM}}}content", {"type": "xhtml"})
    items = SubElement(SubElement(content, f"{{{_XHTML}}}div"), f"{{{_XHTML}}}ul")
    for line in lines:
        SubElement(items, f"{{{_XHTML}}}li").text = _allowed(line)


def _instant(head: Row) -> str:
    """When a state was built; of one that does not say, the beginning of its day."""
    return str(head["built"] or f"{head['as_of'][:10]}T00:00:00+00:00")


def _name(parent: Element, key: str) -> None:
    """An id that is the same whenever the feed of the same states is made."""
    _say(parent, "id", uuid.uuid5(_SPACE, key).urn)


def _say(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = _allowed(text)


def _allowed(text: str) -> str:
    return _BARRED.sub("\ufffd", text)


def _written(feed: Element) -> bytes:
    indent(feed, " ")
    return bytes(tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"
