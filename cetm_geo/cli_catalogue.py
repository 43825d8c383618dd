"""The two commands an analyst meets first: what is in a file, and a catalogue proposed of files."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.prompt import Prompt

from cetm_geo import (
    catalog,
    drafting,
    inspection,
    loading,
    profiles,
    rasters,
    remote,
    statements,
    store,
    words,
)
from cetm_geo.cli_options import RulesOption, StoreOption, store_at
from cetm_geo.drafting import CatalogueDraft
from cetm_geo.errors import SourceError
from cetm_geo.facts import Field
from cetm_geo.inspection import Inspection
from cetm_geo.layerdraft import LayerDraft
from cetm_geo.model import Catalog, Layer, Role
from cetm_geo.pipeline import PACKS, titles_of
from cetm_geo.rulebook import RULES, read_rulebook, with_packs
from cetm_geo.rulebook.codes import is_country_code
from cetm_geo.rulebook.stub import stub_pack
from cetm_geo.terminal import err, out, progress, table

_ISO3 = re.compile(r"[A-Z]{3}")


# --- inspect -------------------------------------------------------------------------------------


def inspect(
    file: Annotated[Path, typer.Argument(help="A file of features, a table or a raster.")],
    layer: Annotated[
        str, typer.Option("--layer", help="Its layer, sheet or member. [default: the first]")
    ] = "",
    crs: Annotated[
        str, typer.Option("--crs", help="Its CRS, where it states none; as EPSG:32648.")
    ] = "",
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of its texts, where it is not told.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Machine-readable.")] = False,
) -> None:
    """Show what is in a file: its layers, place, geometries, columns, and what it looks like."""
    if crs and not catalog.is_crs(crs):
        raise SourceError(f"--crs: {crs!r} is not a known CRS.", "Write it as EPSG:32648.")
    parts = inspection.parts_of(file)
    part = inspection.chosen_part(parts, layer, str(file)) if layer else None
    seen = inspection.inspect(file, part, profiles.read_profiles(), crs, encoding)
    if as_json:
        print(json.dumps(inspection.as_dict(seen), ensure_ascii=False, indent=2))
    else:
        _print_inspection(seen)


def _print_inspection(seen: Inspection) -> None:
    _say(f"{seen.file}: {seen.format}", bold=True)
    if len(seen.parts) > 1:
        listed = table("Layers")
        listed.add_column("layer")
        listed.add_column("rows", justify="right")
        for part in seen.parts:
            rows = "?" if part.rows is None else words.number(part.rows)
            listed.add_row(part.label, rows)
        out.print(listed)
    if seen.part.label:
        _say(f"layer: {seen.part.label}")
    for label, text in (*_place(seen), *_geometry(seen)):
        _say(f"{label}: {text}")
    for remark in seen.remarks:
        _say(f"remark: {remark}")
    if seen.fields:
        _print_fields(seen.fields)
    if seen.personal_columns:
        _say(f"Columns that look personal (personal_columns): {', '.join(seen.personal_columns)}")
    _say(_looks_like(seen))


def _say(text: str, bold: bool = False) -> None:
    out.print(text, markup=False, highlight=False, style="bold" if bold else None, soft_wrap=True)


def _place(seen: Inspection) -> Iterator[tuple[str, str]]:
    if seen.grid is None:
        yield "rows", words.number(seen.rows)
    if seen.crs_stated:
        yield "CRS", seen.crs
    elif seen.shapes is not None or seen.grid is not None:
        said = f"; read as {seen.crs}" if seen.crs else ""
        yield "CRS", f"states none that is known; its coordinates look like {seen.looks}{said}"
    if seen.encoding:
        yield "encoding", seen.encoding
    if seen.box:
        yield "box", ", ".join(f"{value:.6g}" for value in seen.box)
    if seen.placed_by:
        yield "placed by", seen.placed_by


def _geometry(seen: Inspection) -> Iterator[tuple[str, str]]:
    shapes, grid = seen.shapes, seen.grid
    if shapes is not None:
        kinds = ", ".join(f"{words.number(n)} {kind}" for kind, n in shapes.kinds.items())
        yield "geometries", kinds or "none"
        counts = {
            "null": shapes.null,
            "unreadable": shapes.unreadable,
            "empty": shapes.empty,
            f"invalid ({shapes.invalid_reason})": shapes.invalid,
            "with Z": shapes.with_z,
            "duplicates": shapes.duplicates,
        }
        defects = [f"{words.number(n)} {what}" for what, n in counts.items() if n]
        defective = ", ".join(defects) or "none null, empty, invalid or twice"
        note = f" (invalid and duplicates: of a sample of {words.number(shapes.sampled)})"
        yield "of these", defective + (note if shapes.sampled else "")
    if grid is not None:
        yield "cells", f"{words.number(grid.width)} x {words.number(grid.height)}, {grid.dtype}"
        yield "cell size", f"{grid.cell[0]:.6g} x {grid.cell[1]:.6g}, in units of the CRS"
        yield "no data", "not stated" if grid.nodata is None else f"{grid.nodata:g}"
        held = grid.low is not None and grid.high is not None
        yield "values", f"{grid.low:g} to {grid.high:g} (sample)" if held else "none in the sample"


def _print_fields(fields: tuple[Field, ...]) -> None:
    shown = table("Columns")
    for name, justify in (("column", "left"), ("type", "left"), ("filled", "right")):
        shown.add_column(name, justify=justify)  # type: ignore[arg-type]
    shown.add_column("distinct", justify="right")
    shown.add_column("examples")
    for f in fields:
        examples = "(personal: not shown)" if f.personal else "; ".join(f.examples)
        cells = (f.name, f.type, words.share(f.filled_share), words.number(f.distinct), examples)
        shown.add_row(*map(_plain, cells))
    out.print(shown)


def _plain(text: str) -> str:
    """A text of a file as it is: no markup, nothing that steers a terminal."""
    return "".join(c if c.isprintable() else " " for c in text).replace("[", r"\[")


def _looks_like(seen: Inspection) -> str:
    found = seen.recognised
    if found is None:
        return "Looks like: no source of the profiles."
    verified = "verified" if found.verified else "its fields are not verified"
    source = f"{found.profile.facts.label} (profile {found.name}, {verified})"
    return f"Looks like: {source}: {found.reason}."


# --- init ----------------------------------------------------------------------------------------


def init(
    folder: Annotated[Path, typer.Argument(help="The new folder of the catalogue.")],
    country: Annotated[
        str, typer.Option("--country", help="ISO 3166 alpha-3 code.", show_default=False)
    ] = "",
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of the files. [default: where --file lies]"),
    ] = None,
    file: Annotated[
        list[Path] | None,
        typer.Option("--file", help="A file to describe; may be given again. [default: all]"),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Ask nothing.")] = False,
) -> None:
    """Propose a catalogue of files: a TOML file a layer, every guess with its reason."""
    asks = sys.stdin.isatty() and not yes
    iso3 = _country(country, asks)
    below, files = _files(data, file or [], asks)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SourceError(f"{folder}: is there and not empty.", "Name a new folder.")
    with progress() as report:
        draft = drafting.draft_catalogue(below, files, iso3, profiles.read_profiles(), report)
    if not draft.layers:
        reasons = "; ".join(f"{x.file}: {x.reason}" for x in draft.left_out) or "no file is there"
        raise SourceError(f"{below}: no file became a layer ({reasons}).", "Name others.")
    drafting.write_catalogue(draft, folder)
    pack = _write_pack(folder, iso3)
    checked = catalog.read_catalog(folder)
    _print_draft(draft)
    if pack:
        _say(f"\n{pack}: a country pack to fill in: what is required, laws, thresholds.")
    _say(f"\n{folder}: {len(checked.layers)} layers, no problem in the definitions.")
    _say("Next: look at what is to be checked, then")
    _say(f"  cetm-geo check --layers {folder} --data {below}")
    _say(f"  cetm-geo build --layers {folder} --data {below}")


def _write_pack(folder: Path, iso3: str) -> Path | None:
    """A pack to fill in for a country that has none; None where the rules hold one, or the code is
    no country's."""
    if iso3 in read_rulebook().packs or not is_country_code(iso3):
        return None
    path = folder / PACKS / f"{iso3.lower()}.toml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(stub_pack(iso3), encoding="utf-8")
    return path


def _country(given: str, asks: bool) -> str:
    code = given or (Prompt.ask("Country (ISO 3166 alpha-3 code)", console=err) if asks else "")
    if not _ISO3.fullmatch(code.upper()):
        raise SourceError(
            f"--country: {code!r} is not a code of three letters." if code else "No country.",
            "Give --country, as PHL.",
        )
    return code.upper()


def _files(data: Path | None, given: list[Path], asks: bool) -> tuple[Path, list[Path]]:
    """The data folder and the files to describe below it."""
    if data is None and given:
        data = Path(os.path.commonpath([path.resolve().parent for path in given]))
    if data is None and asks:
        data = Path(Prompt.ask("Folder of the data", console=err))
    if data is None:
        raise SourceError("No files.", "Give --data or --file.")
    if not data.is_dir():
        raise SourceError(f"{data}: no such folder.", "Give --data a folder.")
    return data, given or drafting.files_below(data)


def _print_draft(draft: CatalogueDraft) -> None:
    shown = table(f"Proposed catalogue of {draft.iso3}")
    for name in ("file", "layer", "role", "profile", "guessed", "to check"):
        shown.add_column(name, overflow="fold")
    for layer in draft.layers:
        shown.add_row(*map(_plain, _row(layer)))
    out.print(shown)
    if draft.left_out:
        _say("Left out, and why:", bold=True)
        for one in draft.left_out:
            _say(f"  {one.file}: {one.reason}")
    for remark in draft.remarks:
        _say(remark, bold=True)


def _row(layer: LayerDraft) -> tuple[str, ...]:
    verified = "" if layer.verified else " (not verified)"
    profile = f"{layer.profile}{verified}" if layer.profile else "-"
    return (
        layer.file,
        layer.id,
        layer.role.value,
        profile,
        _grouped(layer.guessed) or "-",
        "; ".join(layer.check) or "-",
    )


def _grouped(keys: Iterable[str]) -> str:
    """Keys with those of one table together: role, columns (name, holder)."""
    tables: dict[str, list[str]] = {}
    for key in keys:
        head, _, tail = key.rpartition(".")
        tables.setdefault(head, []).append(tail)
    plain = tables.pop("", [])
    return ", ".join([*plain, *(f"{head} ({', '.join(tails)})" for head, tails in tables.items())])


# --- check ---------------------------------------------------------------------------------------


def check(
    layers: Annotated[Path | None, typer.Option("--layers", help="Check this catalogue.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Read its files from here, too.")
    ] = None,
    store_folder: StoreOption = None,
    rules: RulesOption = None,
) -> None:
    """Check rules and a catalogue (all problems at once), its files, or a store."""
    if layers or rules:
        _check_rules(rules or RULES, (layers or Path("-")) / PACKS)
    if layers:
        checked = catalog.read_catalog(layers)
        out.print(f"{checked.label}: {len(checked.layers)} layers, no problem in the definitions.")
        if not checked.of_role(Role.CONCESSION):
            out.print("No layer of role concession: nothing to screen, so a build will refuse it.")
        if data:
            with progress() as report:
                today, fetch = date.today(), remote.fetch
                known = rasters.problems_of(rasters.read_rasters(checked, data, today, fetch))
                brought = statements.read_tables(checked, data)
                known += statements.problems_of(brought)
                read = loading.read_layers(
                    checked, data, today, progress=report, fetch=fetch, known=known
                )
            accepted = sum(layer.source["rows_accepted"] for layer in read.values())
            count = words.plural(len(checked.layers), "layer")
            out.print(f"{count} read, {words.number(accepted)} features accepted.")
            for problem in _problems_of_rows(checked, read, brought):
                err.print(f"note: {problem}", markup=False)
    if store_folder or not (layers or rules):
        folder = store_at(store_folder)
        manifest = store.verify_store(folder)
        out.print(
            f"{folder}: generation {manifest['generation']} is whole "
            f"({words.number(sum(manifest['rows'].values()))} rows, sha256 as written)."
        )


def _check_rules(folder: Path, packs: Path) -> None:
    """Read a folder of rules with a catalogue's own packs; raises with all problems."""
    with with_packs(folder, packs) as whole:
        book = read_rulebook(whole)
    said = (
        words.plural(len(book.rules), "rule"),
        words.plural(len(book.norms), "norm"),
        words.plural(len(book.packs), "country pack"),
    )
    out.print(f"Rules {book.version}: {', '.join(said)}, no problem.")


def _problems_of_rows(
    checked: Catalog, layers: Mapping[str, Layer], brought: Sequence[statements.StatedTable]
) -> Iterator[str]:
    """What is to be said of rows of the user's own tables."""
    if not brought or not checked.of_role(Role.CONCESSION):
        return
    issues = statements.stated(brought, layers, titles_of(checked, layers)).issues
    columns = (issues[name] for name in ("layer_id", "feature_id", "problem"))
    for table_name, row, problem in zip(*columns, strict=True):
        where = f"{table_name}, {row}" if isinstance(row, str) else table_name
        yield f"{where}: {problem}"
