"""What comes with the program: Python packages as installed, browser modules as locked.

Asked by `tools.licences` and `tools.sbom`, so that both tell of the same parts.
"""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.licenses import InvalidLicenseExpression, canonicalize_license_expression
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROGRAM, EXTRAS = "cetm-geo", ("cluster", "remote")
NPM_LOCK = ROOT / "cetm_geo" / "web" / "package-lock.json"
# Read in the licence files of packages whose metadata do not say it as SPDX does.
READ = {
    "aiosignal": "Apache-2.0",
    "click-plugins": "BSD-3-Clause",
    "cligj": "BSD-3-Clause",
    "comm": "BSD-3-Clause",
    "itsdangerous": "BSD-3-Clause",
    "janus": "Apache-2.0",
    "jinja2": "BSD-3-Clause",
    "nest-asyncio": "BSD-2-Clause",
    "partd": "BSD-3-Clause",
    "rasterio": "BSD-3-Clause",
    "sortedcontainers": "Apache-2.0",
    "zict": "BSD-3-Clause",
}
CLASSIFIED = {
    "License :: OSI Approved :: MIT License": "MIT",
    "License :: OSI Approved :: ISC License (ISCL)": "ISC",
}


@dataclass(frozen=True)
class Part:
    """A package that comes with the program; licence is SPDX, empty where nobody says it."""

    kind: str  # "pypi" or "npm", as in a package URL
    name: str
    version: str
    licence: str
    hashes: tuple[tuple[str, str], ...]  # (algorithm, hex), of every file that may be installed
    needs: tuple[str, ...]  # names of the same kind


def python_parts(extras: Iterable[str] = ()) -> list[Part]:
    """The packages that the program needs, and all that these need, in this environment."""
    found: dict[str, Part] = {}
    asked: set[tuple[str, frozenset[str]]] = set()
    open_ = [(PROGRAM, frozenset(extras))]
    while open_:
        name, wanted = open_.pop()
        if (name, wanted) in asked:
            continue
        asked.add((name, wanted))
        about = distribution(name)
        needs = list(_needs(about, wanted))
        open_ += needs
        if name != PROGRAM:
            known = found[name].needs if name in found else ()
            found[name] = Part(
                "pypi",
                name,
                about.version,
                licence_of(name, about),
                locked_hashes().get((name, about.version), ()),
                tuple(sorted({*known, *(need for need, _ in needs)})),
            )
    return [found[name] for name in sorted(found)]


def browser_parts() -> list[Part]:
    """The modules of package-lock.json, fonts among them."""
    packages = json.loads(NPM_LOCK.read_text(encoding="utf-8"))["packages"]
    return [
        Part(
            "npm",
            path.removeprefix("node_modules/"),
            about["version"],
            about.get("license", ""),
            tuple(_integrity(about["integrity"])),
            tuple(sorted(about.get("dependencies", {}))),
        )
        for path, about in sorted(packages.items())
        if path
    ]


def named_by_program() -> list[tuple[str, str]]:
    """(kind, name) of what the program itself asks for, in the order of names."""
    packages = {name for name, _ in _needs(distribution(PROGRAM), frozenset())}
    modules = json.loads(NPM_LOCK.read_text(encoding="utf-8"))["packages"][""]["dependencies"]
    return [*(("npm", name) for name in sorted(modules)), *(("pypi", n) for n in sorted(packages))]


def licence_of(name: str, about: Distribution) -> str:
    """SPDX, from the metadata or from what was read; empty where neither says it."""
    fields = about.metadata.json
    for said in (fields.get("license_expression"), fields.get("license")):
        try:
            if said:
                return str(canonicalize_license_expression(str(said)))
        except InvalidLicenseExpression:
            continue
    classifiers = fields.get("classifier", [])
    told = {CLASSIFIED[text] for text in classifiers if text in CLASSIFIED}
    return READ.get(name) or (told.pop() if len(told) == 1 else "")


def crates_of(name: str) -> Mapping[str, str]:
    """Rust crates inside the wheel -> their licences, from the SBOM that the wheel brings."""
    found = {}
    for path in distribution(name).files or ():
        if "/sboms/" in str(path) and path.name.endswith(".json"):
            for part in json.loads(path.read_text())["components"]:
                said = [entry.get("expression") or entry["license"].get("id", "")
                        for entry in part.get("licenses", [])]  # fmt: skip
                found[f"{part['name']} {part['version']}"] = " AND ".join(said)
    return found


def libraries_of(name: str) -> set[str]:
    """Shared libraries that a Linux wheel carries beside its own code, without versions."""
    paths = [path for path in distribution(name).files or () if path.parts[0].endswith(".libs")]
    return {re.split(r"[-.]", path.name)[0].removesuffix("_") for path in paths}


@cache
def locked_hashes() -> Mapping[tuple[str, str], tuple[tuple[str, str], ...]]:
    """(name, version) -> hashes of its files, of all that requirements/ pins for running."""
    found: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
    for file in ("run", "extras"):
        text = (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8")
        for name, version, hashes in pins(text):
            found[name, version] = tuple(("sha256", digest) for digest in hashes)
    return found


def pins(text: str) -> Iterator[tuple[str, str, list[str]]]:
    """(name, version, SHA-256 of its files) of each pin in a requirements file."""
    for block in re.split(r"^(?=\S)", text, flags=re.MULTILINE):
        if head := re.match(r"([a-z0-9-]+)==([^\s;]+)", block):
            yield head[1], head[2], re.findall(r"--hash=sha256:([0-9a-f]{64})\b", block)


def _needs(about: Distribution, extras: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
    for line in about.requires or ():
        wish = Requirement(line)
        if wish.marker is None or any(wish.marker.evaluate({"extra": e}) for e in {"", *extras}):
            yield canonicalize_name(wish.name), frozenset(wish.extras)


def _integrity(text: str) -> Iterator[tuple[str, str]]:
    for one in text.split():
        algorithm, _, digest = one.partition("-")
        yield algorithm, b64decode(digest).hex()
