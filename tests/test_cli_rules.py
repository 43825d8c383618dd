"""The commands on rules: what they write, and what they say of what cannot be done."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest

from cetm_geo.store import open_store
from tests.test_cli import run


def test_sensitivity_writes_a_row_a_site_and_the_same_for_the_same_seed(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    first, again = tmp_path / "first.csv", tmp_path / "again.csv"
    for file in (first, again):
        code, out, err = run(monkeypatch, capsys, "sensitivity", "--store", sample_store,
                             "--draws", 40, "--seed", 5, "-o", file)  # fmt: skip
        assert (code, err) == (0, "")
        assert "The most moved of" in out
    assert first.read_bytes() == again.read_bytes()
    rows = list(csv.DictReader(first.read_text(encoding="utf-8").splitlines()))
    opened = open_store(sample_store)
    assert [row["site_id"] for row in rows] == opened.frame("all_sites")["site_id"].tolist()
    ranked = [row for row in rows if row["rank"]]
    assert all(float(row["rank_low"]) <= float(row["rank_high"]) for row in ranked)
    said = json.loads((tmp_path / "first.csv.sources.json").read_text(encoding="utf-8"))
    assert said["sensitivity"] == {"draws": 40, "seed": 5, "boundaries": True}


def test_outlines_that_move_make_ranks_no_firmer(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    widths = []
    for option in ("--boundaries", "--no-boundaries"):
        file = tmp_path / f"{option}.csv"
        run(monkeypatch, capsys, "sensitivity", "--store", sample_store, option, "-o", file)
        rows = csv.DictReader(file.read_text(encoding="utf-8").splitlines())
        widths.append(sum(float(r["rank_high"]) - float(r["rank_low"]) for r in rows if r["rank"]))
    assert widths[0] > widths[1] > 0


def test_a_profile_is_json_or_a_page_by_the_files_ending(
    sample_store: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    file = tmp_path / "karvela.json"
    code, _, err = run(monkeypatch, capsys, "profile", "xkv", "--store", sample_store, "-o", file)
    assert (code, err) == (0, "")
    assert json.loads(file.read_text(encoding="utf-8"))["iso3"] == "XKV"
    code, page, _ = run(monkeypatch, capsys, "profile", "XKV", "--store", sample_store)
    assert code == 0
    assert page.startswith("# Karvela")
    code, text, _ = run(monkeypatch, capsys, "profile", "XKV", "--store", sample_store,
                        "--as", "json")  # fmt: skip
    assert json.loads(text)["iso3"] == "XKV"


def test_a_country_without_titles_ends_with_two(
    sample_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    code, _, err = run(monkeypatch, capsys, "profile", "PHL", "--store", sample_store)
    assert code == 2
    assert "no title of this store lies there" in err
