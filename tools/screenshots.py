"""Pictures of every view of the page: `python -m tools.screenshots` or `make screenshots`.

Builds the sample country where no store is given, opens each view in Chromium at two sizes, in
both themes and four languages, and writes a PNG each, with index.html to look at them together.
"""

from __future__ import annotations

import argparse
import html
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

from cetm_geo import pipeline, resources
from cetm_geo.dashboard import create_app
from cetm_geo.language import NAMES
from tests.browsing import (
    CHROMIUM,
    DESK,
    FLAGS,
    PHONE,
    VIEWS,
    WITHOUT_MAP,
    Visit,
    arrive,
    served,
    title_in_a_park,
)

SIZES = {"desk": DESK, "phone": PHONE}
THEMES = ("light", "dark")
_STYLE = (
    "body{font:15px/1.4 sans-serif;margin:24px;background:#f3f1ea;color:#1c2226}"
    "h2{margin:28px 0 8px}div{display:flex;flex-wrap:wrap;gap:14px;align-items:flex-start}"
    "figure{margin:0}img{border:1px solid #8b908d;display:block}figcaption{font-size:13px}"
    ".desk img{width:420px}.phone img{width:160px}"
)


@dataclass(frozen=True)
class Picture:
    """One picture to make: a view at a size, in a theme and a language."""

    view: str
    size: str
    theme: str
    language: str

    @property
    def file(self) -> str:
        """Its name in the folder."""
        return f"{self.view}-{self.size}-{self.theme}-{self.language}.png"


def wanted(given: argparse.Namespace) -> Iterator[Picture]:
    """Every picture that is asked for, those of one browser context together."""
    for size, theme, language in product(given.sizes, given.themes, given.languages):
        yield from (Picture(view, size, theme, language) for view in given.views)


def take(store: Path, pictures: Sequence[Picture], folder: Path) -> list[str]:
    """Write the pictures; what could not be shown, a line each."""
    title, troubles = title_in_a_park(store), []
    with served(create_app(store).server) as home, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for picture in pictures:
            began = time.monotonic()
            context = browser.new_context(
                viewport=SIZES[picture.size], color_scheme=picture.theme, reduced_motion="reduce"
            )
            trip = Visit(context.new_page(), home)
            troubles += [f"{picture.file}: {said}" for said in _shot(trip, picture, title, folder)]
            context.close()
            sys.stdout.write(f"{picture.file} {time.monotonic() - began:.1f} s\n")
            sys.stdout.flush()
        browser.close()
    return troubles


def _shot(trip: Visit, picture: Picture, title: dict[str, Any], folder: Path) -> list[str]:
    try:
        page = arrive(trip, picture.view, title, f"lang={picture.language}")
        # What is under way, a raster or a tile, would be a picture of waiting.
        if picture.view not in WITHOUT_MAP:
            trip.settle()
        page.wait_for_function(
            "() => document.getElementById('progress')?.hidden !== false", timeout=60_000
        )
    except Exception as error:  # noqa: BLE001  # a view that fails is one picture less, and is told
        return [str(error).splitlines()[0]]
    finally:
        trip.page.screenshot(path=folder / picture.file)
    return trip.complaints


def contact_sheet(pictures: Sequence[Picture]) -> str:
    """All pictures on one page, a row a view and size."""
    rows = []
    for view, size in dict.fromkeys((one.view, one.size) for one in pictures):
        own = [one for one in pictures if (one.view, one.size) == (view, size)]
        cells = "".join(
            f'<figure><a href="{one.file}"><img src="{one.file}" alt="" loading="lazy"></a>'
            f"<figcaption>{one.theme}, {html.escape(NAMES[one.language])}</figcaption></figure>"
            for one in own
        )
        rows.append(f'<h2>{html.escape(view)}, {size}</h2><div class="{size}">{cells}</div>')
    head = '<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>CETM-Geo</title>'
    return f"{head}<style>{_STYLE}</style>{''.join(rows)}"


def arguments(given: Sequence[str] | None = None) -> argparse.Namespace:
    """What is asked for; all of everything by itself."""
    parser = argparse.ArgumentParser(description="Pictures of every view of the page.")
    parser.add_argument("--store", type=Path, help="a built store; else the sample is built")
    parser.add_argument("--out", type=Path, default=Path("screenshots"))
    for name, known in (
        ("views", VIEWS), ("sizes", SIZES), ("themes", THEMES), ("languages", NAMES),
    ):  # fmt: skip
        parser.add_argument(f"--{name}", nargs="+", choices=list(known), default=list(known))
    return parser.parse_args(given)


def main() -> int:
    """Make the pictures; 1 where a view could not be shown or the browser complained."""
    given = arguments()
    if not CHROMIUM:
        sys.stderr.write("There is no Chromium: install it, or name it as CETM_BROWSER.\n")
        return 1
    given.out.mkdir(parents=True, exist_ok=True)
    pictures = list(wanted(given))
    with tempfile.TemporaryDirectory() as scratch:
        store = given.store or Path(scratch) / "store"
        if not given.store:
            layers, data = resources.folder("layers") / "sample", resources.folder("sample_data")
            pipeline.build(layers, data, store, date(2026, 11, 22))
        troubles = take(store, pictures, given.out)
    (given.out / "index.html").write_text(contact_sheet(pictures), encoding="utf-8")
    sys.stderr.writelines(f"{line}\n" for line in troubles)
    return 1 if troubles else 0


if __name__ == "__main__":
    raise SystemExit(main())
