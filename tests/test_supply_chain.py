"""What comes with the program is pinned by hashes, told, and under licences that go together."""

from __future__ import annotations

import json
import platform
import re
import sys
import tomllib
from dataclasses import replace
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tools import licences, parts

ROOT = Path(__file__).resolve().parents[1]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
LAYERS = ("run", "extras", "test", "dev")  # installed upon each other, in this order


def pinned(*files: str) -> dict[str, str]:
    texts = ((ROOT / "requirements" / f"{file}.txt").read_text("utf-8") for file in files)
    return {name: version for text in texts for name, version, _ in parts.pins(text)}


def test_every_pin_is_one_version_with_hashes_and_no_address_of_where_it_comes_from() -> None:
    versions: dict[str, str] = {}
    for lock in LOCKS:
        text = lock.read_text(encoding="utf-8")
        found = list(parts.pins(text))
        asked = [line for line in text.splitlines() if re.match(r"[^\s#]", line)]
        assert len(found) == len(asked) > 0, f"{lock.name} has a line that pins nothing"
        assert "://" not in text
        for name, version, hashes in found:
            assert hashes, f"{name} in {lock.name} has no hash"
            assert versions.setdefault(name, version) == version, f"{name} in two versions"
    for file in (*LOCKS, ROOT / "pyproject.toml", ROOT / "Makefile", ROOT / "Dockerfile"):
        assert not re.search(r"--(extra-)?index-url|--find-links|--registry", file.read_text())
    layers = [name for layer in LAYERS for name in pinned(layer)]
    assert len(layers) == len(set(layers)), "a package stands in two layers"


def test_the_locks_hold_what_pyproject_asks_for() -> None:
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = told["project"]["optional-dependencies"]
    groups = told["dependency-groups"]
    wanted = {
        ("run",): told["project"]["dependencies"],
        ("run", "extras"): [*extras["cluster"], *extras["remote"]],
        ("run", "extras", "test"): extras["test"],
        LAYERS: [*extras["bench"], *extras["dev"]],
        ("build",): [*groups["build"], *told["build-system"]["requires"]],
        ("node",): groups["node"],
        ("tools",): groups["tools"],
    }
    for files, lines in wanted.items():
        pins = pinned(*files)
        for wish in map(Requirement, lines):
            name = canonicalize_name(wish.name)
            if name != parts.PROGRAM:
                assert wish.specifier.contains(pins[name]), f"make lock: {wish} in {files}"
    hook = (ROOT / "cetm_geo" / "web" / "hatch_build.py").read_text(encoding="utf-8")
    assert f'NODE_WHEEL = "{groups["node"][0]}"' in hook


@pytest.mark.parametrize("file", ["Makefile", "Dockerfile", "README.md"])
def test_pip_checks_hashes_or_installs_the_project_alone(file: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8").replace("\\\n", " ")
    text = text.replace("$(LOCKED)", re.findall(r"LOCKED := (.+)", text + "LOCKED := ?")[0])
    calls = re.findall(r"\bpip (?:install|wheel)\b[^&;\n]*", text)
    assert len(calls) >= 3
    for call in calls:
        project = "--no-deps" in call and re.search(r"-e \.|/wheels", call)
        assert "--require-hashes" in call or project, call


def test_what_runs_here_is_what_is_pinned() -> None:
    pins = pinned("run", "extras")
    for part in parts.python_parts(parts.EXTRAS):
        assert pins.get(part.name) == part.version, f"{part.name}: make installs what is locked"


def test_licences_of_all_parts_are_allowed_and_the_page_lists_them() -> None:
    program, extra, browser = licences.gathered()
    assert {"shapely", "certifi", "numpy"} <= {part.name for part in program}
    assert {"maplibre-gl", "@fontsource-variable/noto-sans-khmer"} <= {p.name for p in browser}
    if not licences.HERE:
        pytest.skip(f"{licences.ELSEWHERE}; here is {sys.platform} {platform.machine()}")
    assert not list(licences.refused([*program, *extra, *browser]))
    told = licences.PAGE.read_text(encoding="utf-8")
    assert told == licences.page(program, extra, browser), "make licences"


def test_a_licence_that_is_not_on_the_list_is_refused() -> None:
    good = next(part for part in parts.browser_parts() if part.name == "pmtiles")
    assert not list(licences.refused([good]))
    for bad in ("GPL-3.0-only", "MIT AND AGPL-3.0-only", "", "(GPL-2.0-only OR SSPL-1.0)", "MIT)"):
        assert list(licences.refused([replace(good, licence=bad)])), bad
    assert licences.allowed("MIT OR GPL-3.0-only")
    assert licences.allowed("MPL-2.0 AND (GPL-2.0-only OR MIT)")
    assert not licences.allowed("Apache-2.0 WITH Some-exception")


def test_a_library_that_a_wheel_newly_carries_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    if not parts.libraries_of("shapely"):
        pytest.skip("shapely brings no library beside its own code here")
    monkeypatch.delitem(licences.LIBRARIES, "libgeos")
    shapely = next(part for part in parts.python_parts() if part.name == "shapely")
    assert list(licences.refused([shapely])) == ["libgeos in shapely: not among LIBRARIES"]


def test_the_sbom_is_valid_and_complete_and_the_same_twice() -> None:
    pytest.importorskip("cyclonedx", reason="cyclonedx-python-lib comes with the extra dev")
    validation = pytest.importorskip("cyclonedx.validation.json")
    pytest.importorskip("jsonschema", reason="jsonschema comes with the extra dev")
    from tools import sbom  # noqa: PLC0415 - its library may be absent

    listed = [*parts.python_parts(), *parts.browser_parts()]
    text = sbom.text_of(listed)
    assert text == sbom.text_of(list(reversed(listed)))
    check = validation.JsonStrictValidator(sbom.SCHEMA)
    assert check.validate_str(text) is None
    assert check.validate_str(text.replace('"type": "library"', '"type": "lib"')) is not None

    document = json.loads(text)
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    told = {one["purl"]: one for one in document["components"]}
    assert all(one["licenses"] and one["hashes"] for one in told.values())
    lock = json.loads(parts.NPM_LOCK.read_text(encoding="utf-8"))["packages"]
    names = {path: path.removeprefix("node_modules/").replace("@", "%40") for path in lock if path}
    modules = {f"pkg:npm/{name}@{lock[path]['version']}" for path, name in names.items()}
    assert {purl for purl in told if purl.startswith("pkg:npm/")} == modules
    packages = {purl for purl in told if purl.startswith("pkg:pypi/")}
    assert f"pkg:pypi/dash@{distribution('dash').version}" in packages
    assert not {one for one in packages if re.match(r"pkg:pypi/(pytest|hatchling|ruff)@", one)}
    program = next(one for one in document["dependencies"] if one["ref"] == parts.PROGRAM)
    assert f"pkg:pypi/numpy@{distribution('numpy').version}" in program["dependsOn"]
