"""What differs -> JSON, CSV and Markdown; the same two states give the same text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TextIO

from cetm_geo import words
from cetm_geo.changes.between import news
from cetm_geo.changes.wording import Teller, heading
from cetm_geo.country.layout import cell
from cetm_geo.export import csv_cell
from cetm_geo.language import _
from cetm_geo.model import Tier

MOST_TITLES = 20  # told one by one in Markdown
MOST_LINES = 8  # about one title, there
COLUMNS = (
    "site_id", "name", "tier", "subject", "kind", "way", "rule_id", "layer_id", "feature_id",
    "feature_name", "field", "unit", "before", "after", "why",
)  # fmt: skip
Row = Mapping[str, Any]


def as_json(found: Row) -> str:
    """As `between.changes_between` gives it, a title a line."""
    return "".join(json_parts(found))


def json_parts(found: Row) -> Iterator[str]:
    """`as_json`, part by part: of a large country it is longer than memory should hold."""
    begin = "{"
    for name, value in found.items():
        yield f"{begin}\n {json.dumps(name)}: "
        yield from _listed(value) if name == "titles" and value else [_json(value)]
        begin = ","
    yield "\n}\n"


def _listed(rows: Sequence[Any]) -> Iterator[str]:
    begin = "["
    for row in rows:
        yield f"{begin}\n  {_json(row)}"
        begin = ","
    yield "\n ]"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


# --- CSV -----------------------------------------------------------------------------------------


def as_csv(found: Row) -> str:
    """A row a change; no cell can be read as a formula."""
    buffer = io.StringIO()
    write_csv(found, buffer)
    return buffer.getvalue()


def write_csv(found: Row, file: TextIO) -> None:
    """`as_csv`, into a file that keeps line ends as they are given."""
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for title in found["titles"]:
        side = title["tier"]["after"] or title["tier"]["before"] or {}
        own = {"site_id": title["site_id"], "name": title["name"], "tier": side.get("tier")}
        for change in _changes(title):
            row = {**own, **change, "why": [_cause(one) for one in change.get("why", ())]}
            writer.writerow([csv_cell(row.get(column)) for column in COLUMNS])


def _changes(title: Row) -> Iterator[dict[str, Any]]:
    """Rows about one title."""
    if title["became"] in ("new", "gone"):
        same = "; ".join(title["same_outline_as"])
        field = "same_outline_as" if same else None
        yield {"subject": "title", "kind": title["became"], "field": field, "after": same}
    tier = title["tier"]
    for field in ("tier", "fully_screened"):
        sides = {x: (tier[x] or {}).get(field) for x in ("before", "after")}
        if sides["before"] != sides["after"]:
            of_tier = {"subject": "tier", "way": tier["way"], "why": tier["why"]}
            yield {**of_tier, "field": field, **sides}
    for fact in title["facts"]:
        kind = "withheld" if fact["withheld"] else "changed"
        sides = {x: fact[x] for x in ("before", "after")}
        yield {"subject": "fact", "kind": kind, "field": fact["fact"], **sides}
    if title["shape"]:
        shape = title["shape"]
        yield {"subject": "shape", "field": "area_km2", "unit": "km2", **shape["area_km2"]}
        for field in ("gained_km2", "lost_km2"):
            yield {"subject": "shape", "field": field, "unit": "km2", "after": shape[field]}
    for pair in title["overlaps"]:
        keys = ("kind", "layer_id", "feature_id", "feature_name", "why")
        own = {key: pair[key] for key in keys}
        yield {"subject": "overlap", **own, "field": "overlap_km2", "unit": "km2",
               **pair["overlap_km2"]}  # fmt: skip
    for flag in title["flags"]:
        own = {key: flag[key] for key in ("kind", "way", "rule_id", "why")}
        sides = {x: flag[x]["severity"] or flag[x]["status"] for x in ("before", "after")}
        yield {"subject": "flag", **own, "field": "severity or status", **sides}


def _cause(cause: Row) -> str:
    """A cause in a few words for programs: layer:parks, title:shape+status, rule:near."""
    which = cause.get("layer_id") or cause.get("rule_id") or "+".join(cause["what"])
    return f"{cause['cause']}:{which}" if which else str(cause["cause"])


# --- Markdown ------------------------------------------------------------------------------------


def as_markdown(found: Row, tier: str) -> str:
    """A short page: counts, then titles with something new at or above a tier, then the others."""
    return "\n".join(_page(found, tier)) + "\n"


def _page(found: Row, tier: str) -> Iterator[str]:
    old, new = found["before"], found["after"]
    title = _("What is new: {place}").format(place=new["label"])
    yield f"# {cell(title)}"
    yield ""
    yield _("From the state as of {before} to that as of {after}.").format(
        before=words.day(old["as_of"]), after=words.day(new["as_of"])
    )
    yield ""
    yield from (f"- {line}" for line in summary(found))
    fresh = news(found, tier)
    ids = {row["site_id"] for row in fresh}
    others = [row for row in found["titles"] if row["site_id"] not in ids]
    label = words.TIERS[Tier(tier)].label
    teller = Teller(found)
    yield from _section(teller, _("New at or above {tier}").format(tier=label), fresh, MOST_TITLES)
    left = max(0, MOST_TITLES - len(fresh))
    yield from _section(teller, _("Other changes"), others, left)
    if found["layers"]:
        title = _("Layers that differ")
        yield from ("", f"## {title}", "")
        yield from (f"- {cell(layer_line(row))}" for row in found["layers"])
    yield from ("", _(words.DISCLAIMER))


def summary(found: Row) -> list[str]:
    """Counts in words."""
    titles, pairs, flags, tiers = (
        found["summary"][key] for key in ("titles", "overlaps", "flags", "tiers")
    )
    n = words.number
    return [
        _("Titles: {new} new, {gone} gone, {changed} changed").format(
            new=n(titles["new"]), gone=n(titles["gone"]), changed=n(titles["changed"])
        ),
        _("Flags: {came} came, {went} went, {worse} worse, {eased} eased").format(
            came=n(flags["came"]),
            went=n(flags["went"]),
            worse=n(flags["worsened"]),
            eased=n(flags["eased"]),
        ),
        _("Assessed now and not before: {known}; no longer assessed: {unknown}").format(
            known=n(flags["known"]), unknown=n(flags["unknown"])
        ),
        _("Tiers of titles that stayed: {worse} worse, {better} better, {unsure} unsure").format(
            worse=n(tiers["worse"]), better=n(tiers["better"]), unsure=n(tiers["unsure"])
        ),
        _("Overlaps: {came} came, {went} went, {changed} of another size").format(
            came=n(pairs["came"]), went=n(pairs["went"]), changed=n(pairs["changed"])
        ),
    ]


def _section(teller: Teller, title: str, rows: Sequence[Row], most: int) -> Iterator[str]:
    if not rows:
        return
    yield from ("", f"## {title}: {words.number(len(rows))}")
    for row in rows[:most]:
        yield from ("", f"### {cell(heading(row))}", "", cell(row["site_id"]), "")
        yield from (f"- {cell(line)}" for line in teller.lines(row, MOST_LINES))
    left = len(rows) - most
    if left > 0:
        yield ""
        yield words.counted("{n} more title, not told here", "{n} more titles, not told here", left)


def layer_line(row: Row) -> str:
    """A layer that differs: its days, and how many features came, went and changed."""
    days = [words.day((row[side] or {}).get("as_of")) for side in ("before", "after")]
    counts = {kind: words.number(count) for kind, count in row["features"].items()}
    return _(
        "{layer}: {before} → {after}; features: {came} came, {went} went, {changed} changed"
    ).format(layer=row["label"], before=days[0], after=days[1], **counts)
