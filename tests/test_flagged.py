"""Flags from end to end: of the sample, of Cambodia, of a square that comes nearer, of drawings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely

from cetm_geo import export, screening, store
from cetm_geo.assessment import Under
from cetm_geo.flags.judged import RANK
from cetm_geo.model import LANGUAGES, Role, Severity, Tier
from cetm_geo.rulebook import RULES, read_rulebook, with_packs
from cetm_geo.web import Service
from tests import toy

_TIERS = [tier.value for tier in Tier]


@pytest.fixture(scope="module")
def cambodian(cambodian_store: Path) -> store.Store:
    return store.open_store(cambodian_store)


def every_sentence(opened: store.Store) -> Iterator[tuple[str, list[str]]]:
    flags = export.stored(opened, "flags")
    raised = flags[flags["status"] == "raised"]
    columns = [raised[f"message_{language}"] for language in LANGUAGES]
    for rule_id, *texts in zip(raised["rule_id"], *columns, strict=True):
        yield rule_id, texts


def assert_read_well(opened: store.Store) -> None:
    """Every raised flag is told in four languages, each its own, without a gap."""
    count = 0
    for rule_id, texts in every_sentence(opened):
        count += 1
        assert len(set(texts)) == len(LANGUAGES), rule_id
        for text in texts:
            assert text and "{" not in text and "}" not in text, (rule_id, text)
            assert " nan" not in text and "None" not in text, (rule_id, text)
    assert count > 0


def test_every_raised_flag_of_the_sample_reads_well_in_four_languages(sample_store: Path) -> None:
    assert_read_well(store.open_store(sample_store))


def test_every_title_of_cambodia_has_a_tier_a_coverage_and_flags_in_four_languages(
    cambodian: store.Store,
) -> None:
    tiers = cambodian.frame("all_tiers")
    assert len(tiers) == 164
    assert set(tiers["tier"]) <= set(_TIERS)
    assert tiers["score_coverage_share"].between(0, 1).all()
    assert (tiers["countries"] == "KHM").all()
    # No public layer tells Indigenous land or Ramsar sites, and the pack requires both.
    assert not tiers["fully_screened"].any()
    assert "clear" not in set(tiers["tier"])
    assert_read_well(cambodian)


def test_a_community_fishery_is_not_indigenous_land(cambodian: store.Store) -> None:
    flags = cambodian.frame("all_flags")
    own = flags[flags["rule_id"].str.startswith(("indigenous_", "claimed_", "consent_"))]
    assert set(own["status"]) == {"not_assessed"}
    use = flags[flags["rule_id"] == "use_agreement_land_overlap"]
    assert (use["status"] == "raised").any()
    norms = cambodian.rulebook.rules["use_agreement_land_overlap"].norms
    assert not [name for name in norms if name.startswith(("undrip", "ilo169", "ifc_ps7"))]


def test_the_tier_is_the_worst_raised_severity_and_clear_only_where_fully_screened(
    sample_store: Path,
) -> None:
    opened = store.open_store(sample_store)
    flags, tiers = opened.frame("all_flags"), opened.frame("all_tiers").set_index("site_id")
    raised = flags[flags["status"] == "raised"].assign(
        rank=lambda f: [RANK[Severity(s)] for s in f["severity"]]
    )
    worst = raised.groupby("site_id")["rank"].max().reindex(tiers.index).fillna(-1)
    for site_id, row in tiers.iterrows():
        rank = int(worst[site_id])
        if rank >= RANK[Severity.MODERATE]:
            assert RANK[Severity(row["tier"])] == rank
        elif not row["fully_screened"]:
            assert row["tier"] == "not_fully_screened"


def test_every_raised_flag_leads_to_its_norms_and_tells_which_are_not_verified(
    sample_store: Path,
) -> None:
    service = Service(sample_store)
    opened = service.store()
    for site_id in opened.frame("all_tiers")["site_id"][::57]:
        answer = service.answer(site_id)
        for card in answer["flags"]:
            assert card["norm_ids"], card["rule_id"]
            for name in card["norm_ids"]:
                norm = answer["norms"][name]
                assert norm["url"].startswith("https://")
                assert isinstance(norm["verified"], bool)
                assert all(norm["binding_text"].values())


def test_a_drawn_title_has_the_flags_that_its_outline_has_in_the_register(
    sample_store: Path,
) -> None:
    """Drawn, then with its rasters: what rests on outlines alone is the same to the last bit."""
    service = Service(sample_store)
    opened = service.store()
    titles = opened.shapes("all_sites")
    stored = opened.frame("all_flags")
    rulebook = opened.rulebook
    of_outline = [
        name
        for name, rule in rulebook.rules.items()
        if not (rule.applies.stages or rule.applies.methods)
        and rule.theme in ("protected_nature", "water", "forest_habitat", "people")
    ]
    plain = titles[~titles["repaired"] & ~titles["placeholder"]]
    for _, title in plain.iloc[::111].iterrows():
        geometry = shapely.geometry.mapping(title.geometry)
        service.screener.propose(geometry)
        drawn = {
            card["rule_id"]: card for card in service.screener.propose_rasters(geometry)["flags"]
        }
        own = stored[stored["site_id"] == title["site_id"]].set_index("rule_id")
        for name in of_outline:
            assert drawn[name]["status"] == own.loc[name, "status"], name
            severity = own.loc[name, "severity"]
            assert drawn[name]["severity"] == (severity if isinstance(severity, str) else None)


def test_no_flag_weakens_while_a_square_moves_from_sixty_kilometres_to_full_overlap() -> None:
    """All layers hold one area; a square of 1 km comes to it from the west, row by row."""
    place = toy.block(100, 100, 6, 6)
    roles = (Role.PROTECTED_AREA, Role.KEY_BIODIVERSITY_AREA, Role.COMMUNITY_LAND)
    layers = {
        role.value + "s": toy.layer(role.value + "s", role, [place], classes=["world_heritage"])
        if role is Role.PROTECTED_AREA
        else toy.layer(role.value + "s", role, [place])
        for role in roles
    }
    columns = [40, 60, 80, 89, 91, 95, 98, 99, 100, 103]
    shapes = [toy.block(column, 102) for column in columns]
    # And half on, half off its edge.
    west, east = toy.block(99, 102).bounds[0], toy.block(100, 102).bounds[2]
    south, north = toy.block(99, 102).bounds[1], toy.block(99, 102).bounds[3]
    middle = (west + east) / 2
    half = shapely.box(middle - (east - west) / 4, south, middle + (east - west) / 4, north)
    shapes.insert(8, half)
    sites = toy.sites(shapes)
    found = screening.screen(sites, layers, date(2026, 11, 30), under=Under(read_rulebook()))
    flags = found.flags.assign(
        rank=lambda f: [
            10 + RANK[Severity(s)] if isinstance(s, str) else int(status == "not_assessed")
            for s, status in zip(f["severity"], f["status"], strict=True)
        ]
    )
    ids = list(sites["site_id"])
    for rule_id, rows in flags.groupby("rule_id", observed=True):
        ranks = rows.set_index("site_id")["rank"].reindex(ids)
        assert ranks.is_monotonic_increasing, (rule_id, ranks.tolist())
    tiers = found.tiers.set_index("site_id").loc[ids, "tier"]
    order = [_TIERS.index(tier) for tier in tiers]
    assert order == sorted(order, reverse=True)
    assert tiers.iloc[-1] == "critical"
    score = found.tiers.set_index("site_id").loc[ids, "score"]
    assert (score.diff().dropna() >= -1e-12).all()


def test_a_park_entered_twice_changes_no_flag_tier_or_score() -> None:
    place = toy.block(100, 100, 6, 6)
    site = toy.sites([toy.block(103, 103, 6, 2)])
    once = toy.layer("parks", Role.PROTECTED_AREA, [place])
    twice = toy.layer("parks", Role.PROTECTED_AREA, [place, place])
    day = date(2026, 11, 30)
    first, second = (screening.screen(site, {"parks": x}, day) for x in (once, twice))
    kept = ["rule_id", "status", "severity", "value"]
    pd.testing.assert_frame_equal(
        first.flags[kept].astype(object), second.flags[kept].astype(object)
    )
    pd.testing.assert_frame_equal(first.tiers, second.tiers)


def test_rules_kept_with_a_store_are_those_of_its_build(sample_store: Path) -> None:
    opened = store.open_store(sample_store)
    assert opened.rulebook.version == read_rulebook().version
    assert opened.manifest["rules_version"] == opened.rulebook.version


def flag_of(found: Any, rule_id: str) -> Any:
    rows = found.flags[found.flags["rule_id"] == rule_id]
    return rows.iloc[0]


def test_a_catalogues_own_pack_changes_a_severity_and_is_named_with_its_reason(
    tmp_path: Path,
) -> None:
    packs = tmp_path / "countries"
    packs.mkdir()
    (packs / "phl.toml").write_text(
        'iso3 = "PHL"\nlabel = "Philippines"\nas_of = "2026-11-30"\n\n'
        '[[overrides]]\nrule = "protected_area_near"\nreason = "a test"\n'
        "threshold = { near_km = 40 }\n"
        'severity = { moderate = "high" }\n',
        encoding="utf-8",
    )
    with with_packs(RULES, packs) as folder:
        book = read_rulebook(folder)
    park = toy.layer("parks", Role.PROTECTED_AREA, [toy.block(100, 100, 6, 6)])
    site = toy.sites([toy.block(80, 100)])
    day = date(2026, 11, 30)
    plain = screening.screen(site, {"parks": park}, day, under=Under(book))
    there = screening.screen(site, {"parks": park}, day, under=Under(book, "PHL"))
    assert flag_of(plain, "protected_area_near")["status"] != "raised"
    flag = flag_of(there, "protected_area_near")
    assert (flag["status"], flag["severity"], flag["threshold"]) == ("raised", "high", 40.0)
