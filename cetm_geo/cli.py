"""The commands of cetm-geo. Exit codes: 0; 2 for what the user can mend; 1 for a bug; 3 of `diff`
where something new is of weight, and of `verify` where a bundle no longer holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, cast

import typer

from cetm_geo import (
    cli_bundle,
    cli_catalogue,
    cli_diff,
    cli_report,
    cli_rules,
    export,
    pipeline,
    remote,
    serving,
    store,
    takeaway,
    words,
)
from cetm_geo.cli_options import (
    AsOfOption,
    BasemapOption,
    DataOption,
    HostOption,
    LayersOption,
    LogJsonOption,
    MethodOption,
    MetricsOption,
    MineralOption,
    OutputOption,
    PortOption,
    ProposalsOption,
    ProxiesOption,
    PublicOption,
    ReaderHeaderOption,
    RulesOption,
    StageOption,
    StoreOption,
    TokenOption,
    WhereOption,
    store_at,
)
from cetm_geo.coordinates import AXES, confirmed, polygon_of, read_corners, said
from cetm_geo.described import Described, described
from cetm_geo.errors import CetmError, ClusterError, SourceError
from cetm_geo.evidence import Runner
from cetm_geo.memory import give_back_early
from cetm_geo.rulebook import RULES
from cetm_geo.screening import proposal
from cetm_geo.terminal import err, out, progress, table
from cetm_geo.version import VERSION
from cetm_geo.web.access import access_of
from cetm_geo.web.basemap import basemap_of
from cetm_geo.web.proposals import forget as forget_proposal
from cetm_geo.web.wanted import titles_wanted
from cetm_geo.workspace import screened

app = typer.Typer(
    help="Overlays mining concessions with protected areas, water basins and community lands. "
    "A screen of public data, not a finding of breach.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(cli_catalogue.inspect)
app.command()(cli_catalogue.init)
app.command()(cli_catalogue.check)
app.command()(cli_rules.sensitivity)
app.command()(cli_rules.profile)
app.command()(cli_diff.diff)
app.command("report")(cli_report.report_)
app.command()(cli_bundle.bundle)
app.command()(cli_bundle.verify)


def _day(given: datetime | None) -> date:
    return given.date() if given else date.today()


@app.command()
def build(
    layers: LayersOption,
    data: DataOption,
    store_folder: StoreOption = None,
    as_of: AsOfOption = None,
    rules: RulesOption = None,
    keep_going: Annotated[
        bool,
        typer.Option(help="Store a layer that cannot be read as failed, and say so everywhere."),
    ] = False,
    cluster: Annotated[
        str,
        typer.Option(
            "--cluster",
            help="Measure on the workers of this dask scheduler, as tcp://host:8786; "
            "local starts one here.",
        ),
    ] = "",
    pieces: Annotated[
        str,
        typer.Option(
            "--pieces",
            help="Where workers find the layers' pieces, if not in the store's folder: "
            "a path of theirs, or an address (s3://...) to copy them to.",
        ),
    ] = "",
) -> None:
    """Read all layers of a catalogue, screen its titles and put a new store in force."""
    folder = store_at(store_folder)
    with progress() as report, _runner(cluster, folder, pieces) as run:
        day, book = _day(as_of), rules or RULES
        pipeline.build(layers, data, folder, day, keep_going, report, remote.fetch, run, book)
    _print_summary(store.open_store(folder))
    out.print(f"\nStore: {folder}")


@contextmanager
def _runner(address: str, folder: Path, pieces: str) -> Iterator[Runner | None]:
    """Where a build's sites are measured; None for this process."""
    if not address:
        if pieces:
            raise ClusterError("--pieces goes with --cluster.", "Leave it out.")
        yield None
        return
    from cetm_geo.cluster import Cluster  # noqa: PLC0415 - an extra, wanted only here

    with Cluster(address, store.pieces_beside(folder), pieces) as workers:
        yield workers.run


@app.command()
def summary(
    store_folder: StoreOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """The books of every layer, and what the titles come to."""
    opened = store.open_store(store_at(store_folder))
    if as_json:
        print(json.dumps(export.store_provenance(opened), ensure_ascii=False, indent=2))
    else:
        _print_summary(opened)


@app.command()
def screen(
    output: OutputOption,
    file: Annotated[
        Path | None, typer.Argument(help="Polygons: GeoJSON, GeoPackage, zipped shapefile ...")
    ] = None,
    store_folder: StoreOption = None,
    corners: Annotated[
        Path | None,
        typer.Option("--corners", help="Instead of FILE, a text with one corner a line."),
    ] = None,
    crs: Annotated[str, typer.Option("--crs", help="What the corners are in, as EPSG:32735.")] = "",
    axes: Annotated[
        str, typer.Option("--axes", help=f"Order of their numbers: {', '.join(AXES)}.")
    ] = "",
    mineral: MineralOption = None,
    method: MethodOption = None,
    stage: StageOption = None,
) -> None:
    """Screen a file's polygons against the layers of a store; write GeoJSON, CSV or Parquet."""
    opened = store.open_store(store_at(store_folder))
    book = opened.rulebook
    of_it = described({"minerals": mineral, "method": method, "stage": stage}, book)
    sites, issues = _proposals(opened, file, corners, crs, axes, of_it)
    with progress() as report:
        result, layers = screened(opened, sites, report)
    taken = takeaway.of_screening(result, layers, book, pipeline.software())
    count = export.write(taken.rows, _format_of(output), output, taken.members)
    for problem in issues:
        err.print(f"note: {problem}", markup=False)
    asked = len(result.sources)
    out.print(f"{count} screened against {asked} layers as of {result.as_of}: {output}")


def _proposals(
    opened: store.Store,
    file: Path | None,
    corners: Path | None,
    crs: str,
    axes: str,
    of_it: Described,
) -> tuple[Any, list[str]]:
    """The polygons to screen, said to be `of_it`, and what their reader has to say of them."""
    if (file is None) == (corners is None):
        raise SourceError("Give FILE, or --corners with a text of corners.", "One of the two.")
    if corners is None:
        if crs or axes:
            raise SourceError("--crs and --axes go with --corners.", "Leave them out.")
        sites, issues = pipeline.read_proposals(cast(Path, file), date.today(), of_it)
        return sites, list(issues["problem"])
    try:
        text = corners.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SourceError(f"{corners}: cannot be read.", "Give a text file in UTF-8.") from error
    west, south, east, north = (float(opened.meta[x]) for x in ("west", "south", "east", "north"))
    read = read_corners(text, crs=crs, axes=axes, near=(west, south, east, north))
    sites = proposal(polygon_of(confirmed(read)), corners.stem, of_it)
    return sites, [said(read)]


@app.command("export")
def export_(
    what: Annotated[export.What, typer.Argument(help="What to export.")],
    output: OutputOption,
    format_: Annotated[
        export.Format | None,
        typer.Option("--format", help="[default: by the file's ending]", show_default=False),
    ] = None,
    store_folder: StoreOption = None,
    where: WhereOption = "",
) -> None:
    """Write sites with tiers and indicators, flags in words, overlaps, features under titles ..."""
    give_back_early()
    opened = store.open_store(store_at(store_folder), sparing=what.value in export.OF_SITES)
    name = format_.value if format_ else _format_of(output)
    titles = titles_wanted(opened, where) if where else None
    taken = takeaway.of_store(opened, what.value, titles)
    count = export.write(opened.closed_after(taken.rows), name, output, taken.members)
    out.print(f"{words.number(count)} {what.value} written: {output}")


@app.command()
def serve(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8050,
    store_folder: StoreOption = None,
    workers: Annotated[int, typer.Option(min=1, help="Processes.")] = 2,
    threads: Annotated[int, typer.Option(min=1, help="Threads a process.")] = 4,
    public: PublicOption = None,
    basemap: BasemapOption = "",
    proposals: ProposalsOption = None,
    token_file: TokenOption = None,
    reader_header: ReaderHeaderOption = "",
    proxies: ProxiesOption = "",
    metrics_port: MetricsOption = None,
    log_json: LogJsonOption = False,
) -> None:
    """Serve the map and the API."""
    folder = store_at(store_folder)
    store.open_store(folder)  # a missing or damaged store is said here, not by every worker
    access = access_of(token_file, reader_header, proxies)
    served = serving.Served(
        folder, serving.is_public(host, public), basemap_of(basemap), proposals, access,
        metrics_port, log_json,
    )  # fmt: skip
    serving.serve(served, host, port, workers, threads)


@app.command()
def demo(
    host: HostOption = "127.0.0.1",
    port: PortOption = 8050,
    store_folder: StoreOption = None,
    public: PublicOption = None,
    basemap: BasemapOption = "",
    proposals: ProposalsOption = None,
    token_file: TokenOption = None,
    log_json: LogJsonOption = False,
) -> None:
    """Build the invented sample country if needed, then serve it."""
    access = access_of(token_file)
    with progress() as report:
        folder = pipeline.ensure_sample_store(store_at(store_folder), report)
    served = serving.Served(
        folder, serving.is_public(host, public), basemap_of(basemap), proposals, access,
        log_json=log_json,
    )  # fmt: skip
    serving.serve(served, host, port, workers=2, threads=4)


@app.command()
def forget(
    proposal_id: Annotated[str, typer.Argument(metavar="ID", help="Of a kept proposal.")],
    proposals: ProposalsOption = None,
) -> None:
    """Remove a kept proposal for good, whoever kept it."""
    if proposals is None or not proposals.is_dir():
        raise SourceError(
            f"{proposals or 'No folder'}: there are no proposals here.",
            "Name the folder that the server keeps them in, with --proposals.",
        )
    forget_proposal(proposals, proposal_id)
    out.print(f"Proposal {proposal_id} is removed.", markup=False, highlight=False)


def _format_of(file: Path) -> str:
    suffix = file.suffix.lower().lstrip(".")
    return {"json": "geojson", "geoparquet": "parquet"}.get(suffix, suffix)


# --- the printed summary -------------------------------------------------------------------------

_BOOKS = ("in", "accepted", "repaired", "excluded", "rejected")


def _print_summary(opened: store.Store) -> None:
    meta = opened.meta
    out.print(f"[bold]{meta['label']}[/bold], screened as of {meta['as_of']}")
    _print_books(opened.rows("layers_of_screening"))
    _print_notes(opened.rows("notes_on_layers"))
    _print_totals(opened)
    out.print(words.DISCLAIMER, style="dim")


def _print_books(sources: list[dict[str, Any]]) -> None:
    books = table("Layers")
    books.add_column("layer", no_wrap=True)
    books.add_column("role")
    for name in _BOOKS:
        books.add_column(name, justify="right")
    books.add_column("as of")
    for row in sources:
        age = f"{row['as_of'] or 'not stated'}{' (stale)' if row['stale'] else ''}"
        last = f"FAILED: {row['problem']}" if row["problem"] else age
        books.add_row(row["layer_id"], row["role"], *(str(row[f"rows_{k}"]) for k in _BOOKS), last)
    out.print(books)


def _print_notes(notes: list[dict[str, Any]]) -> None:
    """What was noticed of a layer as a whole: a guess, a suggestion, a file that changed."""
    if notes:
        out.print("[bold]To look at[/bold] (of single features: cetm-geo export issues)")
    for row in notes:
        out.print(f"  {row['layer_id']}: {row['problem']}", markup=False, highlight=False)
    out.print()


def _print_totals(opened: store.Store) -> None:
    totals = table("Land of the titles, km2 (union: each piece of land once)")
    totals.add_column("scope", no_wrap=True)
    totals.add_column("titles", no_wrap=True)
    for name in ("sites", "sum over sites", "union over sites"):
        totals.add_column(name, justify="right")
    groups = {"all": "all", **words.STATUS_GROUP_LABELS}
    for row in opened.rows("all_totals"):
        whole = row["status_group"] == "all"
        label = "(the titles themselves)" if row["scope_id"] == "concession" else row["scope_id"]
        if row["sites"] is None:
            if whole:
                totals.add_row(label, "no layer loaded: not screened", "-", "-", "-")
            continue
        totals.add_row(
            label if whole else "",
            groups[row["status_group"]],
            str(int(row["sites"])),
            _km2(row["sum_km2"]),
            _km2(row["union_km2"]),
            style="" if whole else "dim",
        )
    out.print(totals)


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
