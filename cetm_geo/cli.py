"""The commands of cetm-geo. Exit codes: 0; 2 for what the user can mend; 1 for a bug."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cetm_geo import catalog, export, pipeline, serving, store, words
from cetm_geo.errors import CetmError
from cetm_geo.screening import Progress as Report
from cetm_geo.screening import screen as run_screening
from cetm_geo.version import VERSION

app = typer.Typer(
    help="Overlays mining concessions with protected areas, water basins and community lands. "
    "A screen of public data, not a finding of breach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
out = Console(width=None if sys.stdout.isatty() else 140)  # a pipe has no width of its own
err = Console(stderr=True)

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        help="Folder of the store. [default: $CETM_STORE, else ./store]",
        show_default=False,
    ),
]
LayersOption = Annotated[Path, typer.Option("--layers", help="Folder with one TOML file a layer.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder the sources' paths start from.")]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="The day to screen for. [default: today]",
        show_default=False,
    ),
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
HostOption = Annotated[
    str,
    typer.Option(
        help="Address to serve on. Any but a loopback address withholds what the "
        "layers' licences do not let leave this machine."
    ),
]
PublicOption = Annotated[
    bool | None,
    typer.Option(
        "--public/--local",
        envvar="CETM_PUBLIC",
        help="Withhold what licences keep on this machine, as behind a proxy, or show all. "
        "[default: --public unless --host is a loopback address]",
        show_default=False,
    ),
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")]


class What(StrEnum):
    """What can be exported."""

    SITES = "sites"
    OVERLAPS = "overlaps"
    ISSUES = "issues"


class Format(StrEnum):
    """Formats of export."""

    GEOJSON = "geojson"
    CSV = "csv"
    PARQUET = "parquet"


def _folder(given: Path | None) -> Path:
    return given or store.default_folder()


def _day(given: datetime | None) -> date:
    return given.date() if given else date.today()


@contextlib.contextmanager
def _progress() -> Iterator[Report]:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("starting", total=None)

        def report(label: str, done: int, of: int) -> None:
            bar.update(task, description=label, completed=done, total=of)

        yield report


@app.command()
def check(
    layers: Annotated[Path | None, typer.Option("--layers", help="Check this catalogue.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Read its files from here, too.")
    ] = None,
    store_folder: StoreOption = None,
) -> None:
    """Check a catalogue (all problems at once), its files, or a store against its manifest."""
    if layers:
        checked = catalog.read_catalog(layers)
        out.print(f"{checked.label}: {len(checked.layers)} layers, no problem in the definitions.")
        if data:
            with _progress() as report:
                read = pipeline.read_layers(checked, data, date.today(), progress=report)
            accepted = sum(layer.source["rows_accepted"] for layer in read.values())
            out.print(f"{len(read)} files read, {words.number(accepted)} features accepted.")
    if store_folder or not layers:
        folder = _folder(store_folder)
        manifest = store.verify_store(folder)
        out.print(
            f"{folder}: generation {manifest['generation']} is whole "
            f"({words.number(sum(manifest['rows'].values()))} rows, sha256 as written)."
        )


@app.command()
def build(
    layers: LayersOption,
    data: DataOption,
    store_folder: StoreOption = None,
    as_of: AsOfOption = None,
    keep_going: Annotated[
        bool,
        typer.Option(help="Store a layer that cannot be read as failed, and say so everywhere."),
    ] = False,
) -> None:
    """Read all layers of a catalogue, screen its titles and put a new store in force."""
    folder = _folder(store_folder)
    with _progress() as report:
        pipeline.build(layers, data, folder, _day(as_of), keep_going, report)
    _print_summary(store.open_store(folder))
    out.print(f"\nStore: {folder}")


@app.command()
def summary(
    store_folder: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """The books of every layer, and what the titles come to."""
    opened = store.open_store(_folder(store_folder))
    if as_json:
        print(json.dumps(export.store_provenance(opened), ensure_ascii=False, indent=2))
    else:
        _print_summary(opened)


@app.command()
def screen(
    file: Annotated[
        Path, typer.Argument(help="Polygons: GeoJSON, GeoPackage, zipped shapefile ...")
    ],
    output: OutputOption,
    store_folder: StoreOption = None,
) -> None:
    """Screen a file's polygons against the layers of a store; write GeoJSON, CSV or Parquet."""
    opened = store.open_store(_folder(store_folder))
    sites, issues = pipeline.read_proposals(file, date.today())
    layers = store.read_layers(opened)
    with _progress() as report:
        as_of = date.fromisoformat(opened.meta["as_of"])
        result = run_screening(sites, layers, as_of, report)
    frame = export.sites_frame(result.sites, result.indicators)
    members = export.screening_provenance(result, pipeline.software())
    count = export.write(frame, _format_of(output), output, members)
    for problem in issues["problem"]:
        err.print(f"note: {problem}", markup=False)
    out.print(f"{count} screened against {len(layers)} layers as of {as_of}: {output}")


@app.command("export")
def export_(
    what: Annotated[What, typer.Argument(help="What to export.")],
    output: OutputOption,
    format_: Annotated[
        Format | None,
        typer.Option("--format", help="[default: by the file's ending]", show_default=False),
    ] = None,
    store_folder: StoreOption = None,
) -> None:
    """Write sites with their indicators, overlaps pair by pair, or the issues of the data."""
    opened = store.open_store(_folder(store_folder))
    name = format_.value if format_ else _format_of(output)
    frame = export.stored(opened, what.value)
    count = export.write(frame, name, output, export.store_provenance(opened))
    out.print(f"{words.number(count)} {what.value} written: {output}")


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8050,
    store_folder: StoreOption = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="Threads a process.")] = 4,
    public: PublicOption = None,
) -> None:
    """Serve the map and the API."""
    folder = _folder(store_folder)
    store.open_store(folder)  # a missing or damaged store is said here, not by every worker
    serving.serve(folder, host, port, workers, threads, public)


@app.command()
def demo(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8050,
    store_folder: StoreOption = None,
    public: PublicOption = None,
) -> None:
    """Build the invented sample country if needed, then serve it."""
    with _progress() as report:
        folder = pipeline.ensure_sample_store(_folder(store_folder), report)
    serving.serve(folder, host, port, workers=2, threads=4, public=public)


def _format_of(file: Path) -> str:
    suffix = file.suffix.lower().lstrip(".")
    return {"json": "geojson", "geoparquet": "parquet"}.get(suffix, suffix)


# --- the printed summary -------------------------------------------------------------------------

_BOOKS = ("in", "accepted", "repaired", "excluded", "rejected")


def _print_summary(opened: store.Store) -> None:
    meta = opened.meta
    out.print(f"[bold]{meta['label']}[/bold], screened as of {meta['as_of']}")
    _print_books(opened.rows("layers_of_screening"))
    _print_totals(opened)
    out.print(words.DISCLAIMER, style="dim")


def _print_books(sources: list[dict[str, Any]]) -> None:
    table = _table("Layers")
    table.add_column("layer", no_wrap=True)
    table.add_column("role")
    for name in _BOOKS:
        table.add_column(name, justify="right")
    table.add_column("as of")
    for row in sources:
        age = f"{row['as_of'] or 'not stated'}{' (stale)' if row['stale'] else ''}"
        last = f"FAILED: {row['problem']}" if row["problem"] else age
        table.add_row(row["layer_id"], row["role"], *(str(row[f"rows_{k}"]) for k in _BOOKS), last)
    out.print(table)


def _print_totals(opened: store.Store) -> None:
    table = _table("Land of the titles, km2 (union: each piece of land once)")
    table.add_column("scope", no_wrap=True)
    table.add_column("titles", no_wrap=True)
    for name in ("sites", "sum over sites", "union over sites"):
        table.add_column(name, justify="right")
    groups = {"all": "all", **words.STATUS_GROUP_LABELS}
    for row in opened.rows("all_totals"):
        whole = row["status_group"] == "all"
        label = "(the titles themselves)" if row["scope_id"] == "concession" else row["scope_id"]
        if row["sites"] is None:
            if whole:
                table.add_row(label, "no layer loaded: not screened", "-", "-", "-")
            continue
        table.add_row(
            label if whole else "",
            groups[row["status_group"]],
            str(int(row["sites"])),
            _km2(row["sum_km2"]),
            _km2(row["union_km2"]),
            style="" if whole else "dim",
        )
    out.print(table)


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)


def _km2(value: float | None) -> str:
    return "-" if value is None else f"{value:,.2f}"


def _version(wanted: bool) -> None:
    if wanted:
        print(f"cetm-geo {VERSION}")
        raise typer.Exit


@app.callback()
def _options(
    _: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Entry point: errors a user can mend on one line with exit code 2, bugs with 1."""
    try:
        app()
    except CetmError as error:
        err.print(f"cetm-geo: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
