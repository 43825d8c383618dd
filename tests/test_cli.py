"""The commands: exit codes, messages, files, and that each is documented."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main

from cetm_geo import cli, export, resources, store
from tests import made

DOCS = Path(__file__).resolve().parents[1] / "docs" / "usage.md"
SAMPLE = ["--layers", str(resources.folder("layers") / "sample"),
          "--data", str(resources.folder("sample_data"))]  # fmt: skip


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], *args: object
) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of a command."""
    monkeypatch.setattr(sys, "argv", ["cetm-geo", *map(str, args)])
    code: object = 0
    try:
        cli.main()
    except SystemExit as end:
        code = end.code or 0
    said = capsys.readouterr()
    assert isinstance(code, int)
    return code, said.out, said.err


def commands() -> Iterator[tuple[str, Any]]:
    """Every option and argument of every command, and of the program itself."""
    group: Any = typer.main.get_command(cli.app)
    yield from (("cetm-geo", parameter) for parameter in group.params)
    for name, command in group.commands.items():
        yield from ((f"cetm-geo {name}", parameter) for parameter in command.params)


def test_the_sample_is_built_summarised_screened_and_exported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CETM_STORE", str(tmp_path / "mine"))
    monkeypatch.chdir(tmp_path)
    code, out, err = run(monkeypatch, capsys, "build", *SAMPLE, "--as-of", "2026-11-22")
    assert (code, err) == (0, "")
    assert "Karvela (an invented country), screened as of 2026-11-22" in out
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine"]  # CETM_STORE, not ./store

    code, out, _ = run(monkeypatch, capsys, "summary", "--json")
    said = json.loads(out)
    assert code == 0
    assert said == export.store_provenance(store.open_store(tmp_path / "mine"))
    assert run(monkeypatch, capsys, "check")[0] == 0

    drawn = made.geojson(tmp_path / "drawn.geojson", [
        made.feature(shape, name=f"P{i}")
        for i, shape in enumerate(store.open_store(tmp_path / "mine").shapes("all_sites")
                                  .geometry.iloc[:2])
    ])  # fmt: skip
    code, out, err = run(monkeypatch, capsys, "screen", drawn, "-o", "screened.geojson")
    assert (code, err) == (0, "")
    assert out.startswith("2 screened against")
    screened = json.loads((tmp_path / "screened.geojson").read_text())
    assert [item["properties"]["name"] for item in screened["features"]] == ["P0", "P1"]
    assert screened["as_of"] == "2026-11-22"

    sites = said["totals"]["concession"]["sites"]
    code, out, _ = run(monkeypatch, capsys, "export", "sites", "--output", "sites.csv")
    assert code == 0
    assert len((tmp_path / "sites.csv").read_text().splitlines()) == sites + 1
    code, _, _ = run(monkeypatch, capsys, "export", "issues", "-o", "issues", "--format", "csv")
    assert code == 0
    assert (tmp_path / "issues.sources.json").is_file()


@pytest.mark.parametrize(
    ("args", "text"),
    [
        (("summary",), "there is no store here. Run cetm-geo build first"),
        (("check",), "there is no store here"),
        (("serve",), "there is no store here"),
        (("export", "sites", "-o", "a.csv"), "there is no store here"),
        (("export", "parks", "-o", "a.csv"), "'parks' is not one of"),
        (("export", "sites"), "Missing option '--output'"),
        (("build", "--layers", "absent", "--data", "."), "no such folder of layer definitions"),
        (("build", "--layers", "."), "Missing option '--data'"),
        (("build", *SAMPLE, "--as-of", "22/11/2026"), "22/11/2026"),
        (("build", *SAMPLE[:3], "."), "wdpa_XKV.zip: no such file"),
        (("serve", "--port", "70000"), "less than or equal to 65535"),
        (("dance",), "dance"),
    ],
)
def test_what_the_user_can_mend_ends_in_exit_code_2_and_a_message_without_a_traceback(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    args: tuple[str, ...],
    text: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CETM_STORE", raising=False)
    code, out, err = run(monkeypatch, capsys, *args)
    assert code == 2
    assert out == ""
    assert text in " ".join(re.sub("[│╭╮╰╯─]", " ", err).split())
    assert "Traceback" not in err
    assert list(tmp_path.iterdir()) == []


def test_a_bad_file_or_ending_is_told_in_one_line(
    tmp_path: Path,
    sample_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    page = tmp_path / "page.geojson"
    page.write_text("<html>")
    nothing = made.geojson(tmp_path / "nothing.geojson", [made.feature(None)])
    good = made.geojson(tmp_path / "good.geojson", [made.feature(made.square(0, 0))])
    for file, output, text in (
        (page, "a.csv", "is a web page, not data"),
        (nothing, "a.csv", "no polygon that can be screened. Reasons: no geometry (1)."),
        (tmp_path / "absent.shp", "a.csv", "no such file"),
        (tmp_path / "a.pbf", "a.csv", "a format this program does not read"),
        (good, "a.kml", "'kml' is no format of export"),
        (good, "absent/a.csv", "cannot be written"),
    ):
        code, out, err = run(
            monkeypatch, capsys, "screen", file, "-o", tmp_path / output, "--store", sample_store
        )
        assert (code, out) == (2, "")
        assert err.startswith("cetm-geo: ")
        assert len(err.strip().splitlines()) == 1
        assert text in err


def test_corners_of_a_text_are_screened_once_their_reading_is_sure(
    tmp_path: Path,
    sample_store: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shape = store.open_store(sample_store).shapes("all_sites").geometry.iloc[0]
    west, south, east, north = shape.bounds
    text = tmp_path / "block.txt"
    text.write_text(f"{south} {west}\n{north} {west}\n{north} {east}\n")
    args = ("screen", "--corners", text, "-o", tmp_path / "a.geojson", "--store", sample_store)
    code, _, err = run(monkeypatch, capsys, *args)
    assert code == 2
    assert "can be read in two ways" in err
    assert 'give axes, "lat_lon" or "lon_lat"' in err
    code, out, err = run(monkeypatch, capsys, *args, "--axes", "lat_lon")
    assert (code, out[:10]) == (0, "1 screened")
    assert "Read as latitude, longitude" in err
    (screened,) = json.loads((tmp_path / "a.geojson").read_text())["features"]
    assert screened["properties"]["name"] == "block"
    assert screened["geometry"]["coordinates"][0][0] == pytest.approx([west, south])
    for wrong in ((*args, "--crs", "EPSG:1"), (*args, text), (*args[:1], *args[3:]),
                  ("screen", text, "--axes", "lat_lon", *args[3:])):  # fmt: skip
        assert run(monkeypatch, capsys, *wrong)[0] == 2


def test_a_build_goes_on_past_an_unreadable_layer_only_when_asked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, role, rows in (
        ("titles", "concession", [made.feature(made.square(0, 0))]),
        ("parks", "protected_area", [made.feature(None), made.feature(None)]),
    ):
        made.geojson(tmp_path / f"{name}.geojson", rows)
        (tmp_path / f"{name}.toml").write_text(f"""
            role = "{role}"
            label = "{name}"
            source = {{path = "{name}.geojson"}}
            licence = {{text = "CC0", publish = "public"}}
        """)
    args = ("build", "--layers", tmp_path, "--data", tmp_path, "--store", tmp_path / "store")
    code, _, err = run(monkeypatch, capsys, *args)
    assert code == 2
    assert "1 of 2 layers cannot be read" in err
    assert "none of its 2 rows can be used. Reasons: no geometry (2)." in err
    assert not (tmp_path / "store").exists()
    code, out, _ = run(monkeypatch, capsys, *args, "--keep-going")
    assert code == 0
    assert "FAILED" in out
    opened = store.open_store(tmp_path / "store")
    lines = opened.rows("lines_of_site", site_id=opened.frame("all_sites")["site_id"][0])
    parks = [line["state"] for line in lines if line["role"] == "protected_area"]
    assert set(parks) == {"failed"}  # never "none"


def test_a_bug_ends_in_exit_code_1_and_its_traceback() -> None:
    code = "from cetm_geo import cli, store\nstore.open_store = lambda _: 1 / 0\ncli.main()"
    done = subprocess.run(
        [sys.executable, "-c", code, "summary"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.strip().endswith("ZeroDivisionError: division by zero")


def test_the_module_is_the_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cetm_geo", "check", "--store", tmp_path / "absent"],
        capture_output=True, text=True, check=False, cwd=DOCS.parents[1],
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith(f"cetm-geo: {tmp_path}/absent: there is no store here.")


def test_every_command_and_option_is_documented_and_nothing_else_is() -> None:
    chapters = re.split(r"^## (cetm-geo \w+|\w).*$", DOCS.read_text(encoding="utf-8"), flags=re.M)
    texts = {"cetm-geo": chapters[0], **dict(zip(chapters[1::2], chapters[2::2], strict=True))}
    said = {(name, option) for name, text in texts.items() if name.startswith("cetm-geo ")
            for option in re.findall(r"^\| (`.*?`(?:, `.*?`)*) \|", text, flags=re.M)}  # fmt: skip
    wanted, headings = set(), {}
    for name, parameter in commands():
        if parameter.param_type_name == "argument":
            headings[name] = f"{headings.get(name, name)} {parameter.name.upper()}"
        elif name == "cetm-geo":
            assert parameter.opts[0] in texts[name]
        else:
            options = [*parameter.opts, *parameter.secondary_opts]
            wanted.add((name, ", ".join(f"`{option}`" for option in options)))
    assert said == wanted
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    assert [f"## {heading}" for heading in headings.values() if f"## {heading}" not in lines] == []
