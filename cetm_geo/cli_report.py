"""`cetm-geo report`: a title, a drawn shape or a country as a file that leaves the house."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import shapely
import typer

from cetm_geo import language, pipeline
from cetm_geo.cli_options import (
    MethodOption,
    MineralOption,
    OutputOption,
    StageOption,
    StoreOption,
    store_at,
)
from cetm_geo.described import described
from cetm_geo.errors import CetmError, ExportError
from cetm_geo.terminal import err, out

if TYPE_CHECKING:
    from cetm_geo.report import Report
    from cetm_geo.web import Service

_COUNTRY = re.compile(r"[A-Za-z]{3}")
_SHA256 = re.compile(r"[0-9a-fA-F]{64}")


def report_(
    what: Annotated[
        str,
        typer.Argument(
            metavar="WHAT",
            help="A title's id, a file with one polygon, or a country's three letters.",
        ),
    ],
    output: OutputOption,
    store_folder: StoreOption = None,
    tongue: Annotated[
        str, typer.Option("--language", help=f"One of {', '.join(language.NAMES)}.")
    ] = language.SOURCE,
    bundle: Annotated[
        str,
        typer.Option(
            "--bundle-sha256",
            help="Of the evidence bundle that goes with it. [default: none]",
            show_default=False,
        ),
    ] = "",
    mineral: MineralOption = None,
    method: MethodOption = None,
    stage: StageOption = None,
) -> None:
    """Write a title, a drawn shape or a country as a report: PDF or one HTML file."""
    # The page's words come with Dash, for which no other command has to wait.
    from cetm_geo import report  # noqa: PLC0415
    from cetm_geo.report.files import form_of  # noqa: PLC0415
    from cetm_geo.web import Service  # noqa: PLC0415

    if tongue not in language.NAMES:
        raise ExportError(
            f"There are no reports in {tongue!r}.", f"One of {', '.join(language.NAMES)}."
        )
    if bundle and not _SHA256.fullmatch(bundle):
        raise ExportError("--bundle-sha256 is no SHA-256.", "Give its 64 hexadecimal digits.")
    form_of(output)  # a name that ends in nothing known is told before anything is measured
    # A report is an export: what licences keep on this machine is not in it, whoever asks.
    service = Service(store_at(store_folder), public=True)
    asked = {"minerals": mineral, "method": method, "stage": stage}
    with language.speaking(tongue):
        made = _report(service, what, tongue, bundle.lower(), asked)
        report.write(made, output)
    lacking = report.unprintable(made) if form_of(output) == "pdf" else []
    if lacking:
        codes = ", ".join(f"U+{ord(letter):04X}" for letter in lacking)
        err.print(
            f"note: no font at hand draws {codes}; the report spells them out. "
            "Put fonts for them into the folder that CETM_FONTS names.",
            markup=False,
        )
    out.print(f"{made.title}, report {made.id}: {output}", markup=False, highlight=False)


def _report(
    service: Service, what: str, tongue: str, bundle: str, asked: Mapping[str, object]
) -> Report:
    from cetm_geo import report  # noqa: PLC0415

    if _COUNTRY.fullmatch(what):
        return report.report_of_country(service, what.upper(), tongue, bundle)
    file = Path(what)
    if not file.is_file():
        return report.report_of_site(service, what, bundle)
    of_it = described(asked, service.store().rulebook)
    sites, issues = pipeline.read_proposals(file, date.today(), of_it)
    for problem in issues["problem"]:
        err.print(f"note: {problem}", markup=False)
    if len(sites) != 1:
        raise CetmError(
            f"{file}: {len(sites)} polygons; a report is of one.", "Give a file with one polygon."
        )
    shape = sites.geometry.iloc[0]
    name = str(sites["name"].iloc[0] or file.stem)
    return report.report_of_drawing(service, shapely.geometry.mapping(shape), name, of_it, bundle)
