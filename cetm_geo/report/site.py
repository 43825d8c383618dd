"""An answer of the service -> a report of one title or proposal, in the language in force."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import shapely

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.answer import reading, tiers
from cetm_geo.dashboard.answer.lacking import Lack, lacking
from cetm_geo.described import NOT_SAID, Described
from cetm_geo.language import SOURCE, _, chosen
from cetm_geo.model import Rulebook
from cetm_geo.pipeline import software
from cetm_geo.report import flagged, measured
from cetm_geo.report.content import Bullets, Paragraph, Report, Section, Term, Verdict, with_id
from cetm_geo.report.layoutwords import layout_words
from cetm_geo.report.locator import locator
from cetm_geo.report.validity import rerun_after
from cetm_geo.store import Store
from cetm_geo.web import Service

Row = Mapping[str, Any]


def report_of_site(service: Service, site_id: str, bundle_sha256: str = "") -> Report:
    """The report of a stored title. Raises SiteError for an unknown one.

    A report is an export: what a licence keeps on this machine is left out where `service` is
    public, as it should be.

    Args:
        bundle_sha256: of the evidence bundle that goes with the report, "" for none.
    """
    store = service.store()
    answer = service.answer(site_id)
    outline = None
    if answer["site"].get("west") is not None:
        outline = store.shapes("site_with_outline", site_id=site_id).geometry.iloc[0]
    pieces = service.pieces(site_id)["features"]
    return _report(store, answer, outline, pieces, bundle_sha256)


def report_of_drawing(
    service: Service,
    geometry: Mapping[str, Any],
    name: str,
    said: Described = NOT_SAID,
    bundle_sha256: str = "",
) -> Report:
    """The report of a drawn polygon, rasters included; nothing is kept. Raises SiteError."""
    store = service.store()
    done = service.screener.propose_with_rasters(geometry, name, said)
    answer = {**done.answer, "site": {**done.answer["site"], "name": name}}
    outline = shapely.from_geojson(json.dumps(geometry))
    return _report(store, answer, outline, done.pieces["features"], bundle_sha256)


def _report(
    store: Store, answer: Row, outline: Any, pieces: Sequence[Row], bundle_sha256: str
) -> Report:
    book, meta, site = store.rulebook, store.meta, answer["site"]
    as_of = date.fromisoformat(meta["as_of"][:10])
    missing = lacking(answer, book)
    sections = [
        measured.layers_section(answer),
        flagged.flags_section(answer),
        measured.overlaps_section(answer),
        measured.around_section(answer),
        measured.downstream_section(answer, book.packs),
        measured.land_section(answer),
        measured.others_section(answer, store.rows("land_under_title")),
        measured.pillars_section(answer),
        flagged.norms_section(answer),
        flagged.helpers_section(answer),
        measured.sources_section(answer),
        _caveats(answer, missing),
    ]
    drawn = reading.is_proposal(site)
    rerun = rerun_after(answer["sources"], as_of)
    report = Report(
        language=chosen(),
        kind=_("Screening of a proposal") if drawn else _("Screening of a mining title"),
        title=str(site.get("name") or _("Unnamed title")),
        facts=[*([] if drawn else [_code(site)]), *_facts(site, drawn)],
        cautions=figures.cautions_of(site),
        verdict=_verdict(answer, missing, book),
        picture=locator(store, str(site["site_id"]), outline, pieces),
        stamp=stamp(meta, as_of, rerun, book.version, bundle_sha256),
        sections=[section for section in sections if section is not None],
        disclaimer=_(words.DISCLAIMER),
        as_of=as_of.isoformat(),
        words=layout_words(),
    )
    return with_id(report, store.generation, _("Report"))


def stamp(
    meta: Mapping[str, str], as_of: date, rerun: date | None, rules: str, bundle_sha256: str
) -> list[Term]:
    """What a reader needs to tell reports apart: days, catalogue, rules, program, bundle."""
    terms = [Term(_("Data as of"), [words.day(as_of.isoformat())])]
    if rerun is not None:
        terms.append(Term(_("Run again after"), [words.day(rerun.isoformat())]))
    terms += [
        Term(_("Catalogue"), [meta["label"]]),
        Term(_("Rules"), [rules]),
        Term(_("Program"), [f"CETM-Geo {software()['cetm-geo']}"]),
    ]
    if bundle_sha256:
        terms.append(Term(_("Evidence bundle, SHA-256"), [bundle_sha256]))
    return terms


def _code(site: Row) -> str:
    return _("Code: {code}").format(code=str(site["site_id"]).partition(":")[2])


def _facts(site: Row, drawn: bool) -> list[str]:
    """Of a drawing nothing but its area is on record."""
    return [words.area(site.get("area_km2"))] if drawn else figures.facts_of(site)


def _verdict(answer: Row, missing: Sequence[Lack], book: Rulebook) -> Verdict:
    found = tiers.verdict(answer, missing)
    tier = words.TIERS[found.tier]
    because = found.because
    if because and not found.reviewed:
        because = f"{because} ({_(tiers.UNREVIEWED)})"
    texts = [
        found.follows,
        tiers.under_rules(answer, book.packs),
        tiers.over_text(answer["site"]),
        tiers.screened_text(found),
        reading.answered(answer),
    ]
    if not because:
        texts.insert(0, f"{words.sentence_case(tier.meaning)}.")
    return Verdict(
        found.tier.value, tier.sign, tier.label, because, [text for text in texts if text]
    )


def _caveats(answer: Row, missing: Sequence[Lack]) -> Section:
    """What limits the answer, all of it."""
    told = [
        _(tiers.NOT_A_FINDING),
        _("A layer that holds nothing here is no proof that nothing is there."),
        _(
            "Areas are exact on the ellipsoid for the outlines as they were given; how far these "
            "may be off stands with each source."
        ),
    ]
    told += [_("{what}: {why}.").format(what=x.what, why=x.why) for x in missing]
    if answer["missing"]:
        text = _("Not measured in the time given: {what}.")
        told.append(text.format(what=", ".join(answer["missing"])))
    if chosen() != SOURCE:
        told.append(_("Translations of rules and of this report are not yet reviewed by lawyers."))
        told.append(_("Names of layers, norms and notes stand as their authors wrote them."))
    if answer["site"].get("kind") != "proposal" and answer["site"].get("west") is None:
        told.append(_("The outline is withheld by the register's licence: there is no map."))
    return Section(_("Caveats"), "", [Bullets(told), Paragraph(_(words.DISCLAIMER), "caution")])
