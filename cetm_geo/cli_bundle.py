"""`cetm-geo bundle` and `cetm-geo verify`: evidence that can be checked by whoever is given it."""

from __future__ import annotations

import tempfile
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from cetm_geo import bundle as bundles
from cetm_geo import language, pipeline, store
from cetm_geo.bundle import State, Verdict
from cetm_geo.cli_options import (
    MethodOption,
    MineralOption,
    OutputOption,
    StageOption,
    StoreOption,
    store_at,
)
from cetm_geo.described import described
from cetm_geo.errors import SiteError, SourceError
from cetm_geo.export import json_text
from cetm_geo.terminal import err, out, progress

NO_LONGER = 3  # exit code: what the bundle says is not what is found
_SHOWN = 20  # differences on the screen; --json has all


def bundle(
    what: Annotated[
        list[str],
        typer.Argument(metavar="SITE...", help="Ids of titles, or one file with polygons."),
    ],
    output: OutputOption,
    store_folder: StoreOption = None,
    report_file: Annotated[
        Path | None,
        typer.Option(
            "--report", help="Of one title, its report too, with the bundle's SHA-256 in it."
        ),
    ] = None,
    tongue: Annotated[
        str, typer.Option("--language", help=f"Of the report: {', '.join(language.NAMES)}.")
    ] = language.SOURCE,
    mineral: MineralOption = None,
    method: MethodOption = None,
    stage: StageOption = None,
) -> None:
    """Write evidence on some sites as one zip: results, rules, sources; `verify` checks it."""
    folder = store_at(store_folder)
    opened = store.open_store(folder)
    of_titles = not (len(what) == 1 and Path(what[0]).is_file())
    if report_file is not None:
        # The page's words come with Dash, for which no other bundle has to wait.
        from cetm_geo import report  # noqa: PLC0415
        from cetm_geo.report.files import form_of  # noqa: PLC0415
        from cetm_geo.web import Service  # noqa: PLC0415

        form_of(report_file)
        if not of_titles or len(what) != 1:
            raise SiteError("--report goes with one title.", "Leave it out, or name one title.")
    if of_titles:
        contents = bundles.of_titles(opened, what)
    else:
        of_it = described({"minerals": mineral, "method": method, "stage": stage}, opened.rulebook)
        sites, issues = pipeline.read_proposals(Path(what[0]), date.today(), of_it)
        for problem in issues["problem"]:
            err.print(f"note: {problem}", markup=False)
        with progress() as tell:
            contents = bundles.of_proposals(opened, sites, of_it, tell)
    digest = bundles.write_bundle(contents, output)
    out.print(f"{len(contents.facts['site_ids'])} in {output}", markup=False, highlight=False)
    out.print(f"SHA-256 {digest}", markup=False, highlight=False)
    if report_file is not None:
        with language.speaking(tongue):
            service = Service(folder, public=True)
            report.write(report.report_of_site(service, what[0], digest), report_file)
        out.print(f"Report: {report_file}", markup=False, highlight=False)


def verify(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A bundle.")],
    store_folder: Annotated[
        Path | None, typer.Option("--store", help="Hold it against what this store says.")
    ] = None,
    layers: Annotated[
        Path | None,
        typer.Option("--layers", help="Read and screen this catalogue's layers anew, and compare."),
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder with the files of --layers.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Is a bundle whole, and does it still hold? Exit code 3 where it does not."""
    if (layers is None) != (data is None) or (layers and store_folder):
        raise SourceError("--layers goes with --data, and without --store.", "Give both, or none.")
    held = bundles.read_bundle(file)
    with ExitStack() as open_:
        against = None
        tell = open_.enter_context(progress())
        if store_folder is not None:
            against = store.open_store(store_folder)
        elif layers is not None and data is not None:
            folder = Path(open_.enter_context(tempfile.TemporaryDirectory(prefix="cetm-geo-")))
            against = bundles.rebuilt(held, layers, data, folder, tell)
        verdict = bundles.verify(held, against, tell)
    if as_json:
        found = {"sha256": held.sha256, "files": held.file_count, **asdict(verdict)}
        print(json_text(found))
    else:
        _print(held, verdict, screened=layers is not None)
    if verdict.state is State.DIFFERS:
        raise typer.Exit(NO_LONGER)


def _print(held: bundles.Opened, verdict: Verdict, screened: bool) -> None:
    def say(text: str) -> None:
        out.print(text, markup=False, highlight=False, soft_wrap=True)

    sites = ", ".join(held.facts["site_ids"][:3])
    say(f"{len(held.facts['site_ids'])} {held.facts['kind']} ({sites}), {held.facts['label']}, "
        f"screened as of {held.facts['as_of']}")  # fmt: skip
    say(f"Whole: {held.file_count} files as they were written, SHA-256 {held.sha256}")
    say(f"Areas: {verdict.areas_checked} overlaps have a shape, {len(verdict.areas)} of them "
        "with another area than stated")  # fmt: skip
    for name, before, now in verdict.inputs:
        say(f"  other now: {name}: {before} -> {now}")
    if verdict.state is not State.NOT_SCREENED and not verdict.inputs:
        say("Layers, rules, program and day are the same")
    rows = [*verdict.areas, *verdict.differences]
    for one in rows[:_SHOWN]:
        say(f"  {one.table} {' / '.join(one.key)}: {one.column}: {one.before} -> {one.now}")
    if len(rows) > _SHOWN:
        counts = Counter(f"{one.table}.{one.column}" for one in rows[_SHOWN:])
        more = ", ".join(f"{name} ({n})" for name, n in counts.most_common(5))
        say(f"  and {len(rows) - _SHOWN} more: {more} ...; --json has all of them")
    how = "screened anew" if screened else "held against the store"
    say({
        State.HOLDS: f"IT HOLDS: {how}, every answer is the same.",
        State.DIFFERS: f"IT DIFFERS: {len(rows)} values.",
        State.NOT_SCREENED: "Not held against layers: give --store, or --layers and --data.",
    }[verdict.state])  # fmt: skip
