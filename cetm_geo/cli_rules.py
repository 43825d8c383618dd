"""The commands on rules: how firm the order of the sites is, and what a country's sites come to."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import pandas as pd
import typer

from cetm_geo import country, export, resampling, store, words
from cetm_geo.cli_options import StoreOption, store_at
from cetm_geo.errors import ExportError
from cetm_geo.flags.sensitivity import DRAWS, MOST_DRAWS
from cetm_geo.terminal import out, progress, table

_SHOWN = 15


# --- sensitivity ---------------------------------------------------------------------------------


def sensitivity(
    store_folder: StoreOption = None,
    draws: Annotated[
        int, typer.Option("--draws", min=1, max=MOST_DRAWS, help="How often all is ranked anew.")
    ] = DRAWS,
    seed: Annotated[
        int, typer.Option("--seed", min=0, help="The same seed gives the same ranks.")
    ] = 1,
    boundaries: Annotated[
        bool,
        typer.Option(
            help="Move outlines within their errors, too; this lays them over the layers."
        ),
    ] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="CSV to write, a row a site.")
    ] = None,
) -> None:
    """Rank the sites again under other weights, powers, cut points and outlines."""
    opened = store.open_store(store_at(store_folder))
    with progress() as report:
        found = resampling.sensitivity_of_store(opened, draws, seed, boundaries, report)
    tiers = opened.frame("all_tiers")[["site_id", "tier", "fully_screened"]]
    frame = found.merge(tiers, on="site_id", how="left")
    _print_moved(frame, draws, boundaries)
    if output:
        how = {"draws": draws, "seed": seed, "boundaries": boundaries}
        members = {**export.store_provenance(opened), "sensitivity": how}
        export.write(frame, export.Format.CSV.value, output, members)
        out.print(f"{words.number(len(frame))} sites written: {output}")


def _print_moved(frame: pd.DataFrame, draws: int, boundaries: bool) -> None:
    """The sites whose rank hangs most on choices."""
    ranked = frame[frame["rank"].notna()]
    width = ranked["rank_high"] - ranked["rank_low"]
    moved = ranked.assign(width=width).sort_values(
        ["width", "rank", "site_id"], ascending=[False, True, True]
    )
    shown = table(f"The most moved of {words.number(len(ranked))} sites")
    shown.add_column("site", no_wrap=True)
    shown.add_column("tier")
    for name in ("score", "rank", "5 to 95 % of draws", "in the worst quarter"):
        shown.add_column(name, justify="right")
    shown.add_column("moved most by")
    for row in moved.head(_SHOWN).to_dict("records"):
        shown.add_row(*_cells(row))
    out.print(shown)
    without = len(frame) - len(ranked)
    if without:
        out.print(f"{words.plural(without, 'site')} without a score: no theme of theirs is known.")
    outlines = "with" if boundaries else "without"
    out.print(
        f"{words.plural(draws, 'draw')}, {outlines} outlines moved within their errors. A rank "
        "orders within a tier only; no draw changes a tier.",
        style="dim",
    )


def _cells(row: dict[Any, Any]) -> tuple[str, ...]:
    moving = row["moving_theme"]
    return (
        str(row["site_id"]),
        "-" if pd.isna(row["tier"]) else str(row["tier"]),
        f"{row['score']:.2f}",
        f"{row['rank']:g}",
        f"{row['rank_low']:g} to {row['rank_high']:g}",
        words.share(row["worst_quarter_share"]),
        "-" if pd.isna(moving) else str(moving).replace("_", " "),
    )


# --- profile -------------------------------------------------------------------------------------


class ProfileForm(StrEnum):
    """How a profile is written."""

    JSON = "json"
    MARKDOWN = "markdown"


def profile(
    iso3: Annotated[str, typer.Argument(help="The country's three letters in ISO 3166.")],
    store_folder: StoreOption = None,
    form: Annotated[
        ProfileForm | None,
        typer.Option(
            "--as", help="[default: by the file's ending, else markdown]", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. [default: stdout]")
    ] = None,
    language: Annotated[
        str, typer.Option("--language", help="Of the Markdown; the JSON has none.")
    ] = "en",
) -> None:
    """What all titles of a country come to, by the four pillars."""
    opened = store.open_store(store_at(store_folder))
    with progress() as report:
        found = country.read_country(opened, iso3.upper(), report)
        said = country.profile_of(found, opened.rulebook, iso3.upper())
    ending = output is not None and output.suffix.lower() == ".json"
    if (form or (ProfileForm.JSON if ending else ProfileForm.MARKDOWN)) == ProfileForm.JSON:
        text = json.dumps(said, ensure_ascii=False, allow_nan=False, indent=2) + "\n"
    else:
        text = country.markdown(said, opened.rulebook, language)
    if output is None:
        print(text, end="")
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ExportError(
            f"{output}: cannot be written ({error.strerror}).", "Check the folder."
        ) from error
    out.print(f"{said['country']}: {output}")
