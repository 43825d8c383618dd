"""Registers of mining titles, from a file as it is published to the indicator."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from cetm_geo import pipeline, profiles, screening
from cetm_geo.catalog import read_catalog
from cetm_geo.model import Layer, Profile, Role
from cetm_geo.recognition import recognise
from tests import made
from tests.profile_cadastres import PREFIXED, REGISTERS, SA, SIGMINE, Register, Title

PROFILES = {p.name: p for p in profiles.read_profiles()}
OF_TITLES = {name for name, p in PROFILES.items() if p.layer.get("role") == Role.CONCESSION}

LAYER = """
profile = "{profile}"
label = "Titles"
source.path = "{path}"
licence = {{ text = "as published", publish = "derived_only" }}
"""
PARKS = """
role = "protected_area"
label = "Parks"
complete_within = "world"
source.path = "parks.geojson"
licence = { text = "CC0", publish = "public" }
"""


def layers_of(register: Register, folder: Path) -> dict[str, Layer]:
    """The register's file and a park over half of its first title, written and read."""
    (folder / "layers").mkdir()
    text = LAYER.format(profile=register.profile, path=register.path)
    (folder / "layers" / "titles.toml").write_text(text)
    (folder / "layers" / "parks.toml").write_text(PARKS)
    register.write(register.frame(), folder / register.path)
    made.geojson(folder / "parks.geojson", [made.feature(register.half(), name="Half")])
    return pipeline.read_layers(read_catalog(folder / "layers"), folder, made.ON)


def title_of(row: Any) -> Title:
    """A row of the sites as the truth tables write it."""
    text = {k: None if pd.isna(row[k]) else row[k] for k in row.index if k not in _LISTS}
    dates = {k: text[k] for k in ("applied_on", "granted_on", "expires_on")}
    area = text["declared_area_km2"]
    return Title(
        text["feature_id"], text["status"], text["stage"], tuple(row["minerals"]), text["holder"],
        **dates, declared_area_km2=None if area is None else round(area, 9),
    )  # fmt: skip


_LISTS = ("minerals", "geometry")


@pytest.mark.parametrize("register", REGISTERS, ids=str)
def test_a_register_as_published_comes_to_its_titles_and_their_overlap(
    register: Register, tmp_path: Path
) -> None:
    layers = layers_of(register, tmp_path)
    titles = layers["titles"]
    assert made.balanced(titles)
    sites = titles.features.sort_values("feature_id", kind="stable")
    found = [title_of(row) for _, row in sites.iterrows()]
    assert found == sorted(register.titles, key=lambda title: title.id)
    result = screening.screen(titles.features, layers, made.ON)
    shares = result.indicators.query("indicator_id == 'protected_area_overlap_share'")
    by_id = dict(zip(shares["site_id"], shares["value"], strict=True))
    expected = {f"titles:{title.id}": 0.0 for title in register.titles}
    expected[f"titles:{register.titles[0].id}"] = 0.5
    assert by_id == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("register", [r for r in REGISTERS if r.told], ids=str)
def test_what_a_register_says_that_nobody_explained_is_told(
    register: Register, tmp_path: Path
) -> None:
    issues = layers_of(register, tmp_path)["titles"].issues["problem"]
    for text in register.told:
        assert issues.str.contains(text, regex=False).sum() == 1, text
    words = issues[issues.str.contains("is not in the catalogue")]
    assert len(words) <= len(register.told)


def signature_fits(profile: Profile, columns: list[str]) -> bool:
    held = {column.casefold() for column in columns}
    any_of = {column.casefold() for column in profile.facts.any_of}
    needed = {column.casefold() for column in profile.facts.columns}
    return bool(needed) and needed <= held and (not any_of or bool(any_of & held))


# A file whose names keep the prefix mt: is read but not recognised: its layer names the profile.
@pytest.mark.parametrize("register", [r for r in REGISTERS if r is not PREFIXED], ids=str)
def test_a_register_is_known_by_its_fields_and_by_those_of_no_other_source(
    register: Register,
) -> None:
    columns = list(register.rows[0])
    fits = [name for name, profile in PROFILES.items() if signature_fits(profile, columns)]
    assert fits == [register.profile]
    known = recognise(columns, "upload.geojson", PROFILES.values())
    assert known is not None
    assert known.name == register.profile


def test_every_profile_of_titles_has_a_file_that_proves_it_and_says_where_its_fields_are_from() -> (
    None
):
    assert {register.profile for register in REGISTERS} == OF_TITLES
    for name in OF_TITLES:
        facts = PROFILES[name].facts
        assert facts.source, name
        assert facts.columns, name
        assert facts.verified is (name != "colombia_anm"), name


def test_parts_of_one_title_stay_parts_of_one_title(tmp_path: Path) -> None:
    twice = Register(
        SIGMINE.profile, SIGMINE.path, SIGMINE.west, SIGMINE.south,
        [SIGMINE.rows[0], SIGMINE.rows[0]], [], SIGMINE.write,
    )  # fmt: skip
    features = layers_of(twice, tmp_path)["titles"].features
    assert features["group_id"].tolist() == ["850000/2010"] * 2
    assert features["feature_id"].is_unique


def test_a_rename_never_replaces_a_column_the_file_already_has(tmp_path: Path) -> None:
    both = Register(
        SA.profile, SA.path, SA.west, SA.south,
        [{**SA.rows[0], "TENEMENT_HOLDERS": "others", "EXPIRY_DATE": "1999-01-01"}],
        [], SA.write,
    )  # fmt: skip
    found = title_of(layers_of(both, tmp_path)["titles"].features.iloc[0])
    assert found == SA.titles[0]


def test_a_stated_area_needs_a_unit_of_its_row_or_of_the_layer(tmp_path: Path) -> None:
    rows = [{"a": "12", "u": unit} for unit in ("Ha", "", "furlong", "km2")]
    shapes = [made.square(i, 0) for i in range(4)]
    words = {"declared_area_unit": {"ha": ("ha",), "km2": ("km2",)}}
    columns = {"declared_area": "a", "declared_area_unit": "u"}
    for fixed, blank in (("", None), ("m2", 12e-6)):
        layer = made.spec(
            role=Role.CONCESSION, columns=columns, values=words, declared_area_unit=fixed
        )
        out = made.normalize_layer(made.raw_frame(rows, shapes), layer, made.FACTS, made.ON)
        areas = out.features["declared_area_km2"]
        assert [None if pd.isna(a) else a for a in areas] == pytest.approx([0.12, blank, None, 12])
        unused = out.issues["problem"].str.contains("state is not used").sum()
        assert unused == (2 if blank is None else 1)
