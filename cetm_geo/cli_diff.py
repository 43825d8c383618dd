"""The command that compares two stores, for people and for cron."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from cetm_geo import changes, store
from cetm_geo.export import whole
from cetm_geo.model import Tier

NEWS = 3  # exit code: something new at or above the tier


class DiffForm(StrEnum):
    """How what differs is written."""

    JSON = "json"
    CSV = "csv"
    MARKDOWN = "markdown"
    ATOM = "atom"


_ENDINGS = {".json": DiffForm.JSON, ".csv": DiffForm.CSV, ".atom": DiffForm.ATOM}


def diff(
    before: Annotated[
        Path, typer.Argument(help="Folder of the earlier store, or of one generation in it.")
    ],
    after: Annotated[Path, typer.Argument(help="Folder of the later one.")],
    form: Annotated[
        DiffForm | None,
        typer.Option(
            "--format", help="[default: by the file's ending, else markdown]", show_default=False
        ),
    ] = None,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write. [default: stdout]")
    ] = None,
    tier: Annotated[
        Tier, typer.Option("--tier", help="End with 3 if something new is at or above it.")
    ] = Tier.HIGH,
) -> None:
    """What is new, gone or changed between two stores, and why; exit code 3 where it weighs."""
    found = changes.changes_between(store.open_state(before), store.open_state(after))
    ending = output.suffix.lower() if output else ""
    content = _WRITERS[form or _ENDINGS.get(ending, DiffForm.MARKDOWN)](found, tier.value)
    if output is None:
        sys.stdout.buffer.write(content)
        sys.stdout.flush()
    else:
        with whole(output) as part:
            part.write_bytes(content)
    if changes.news(found, tier.value):
        raise typer.Exit(NEWS)


_WRITERS: Mapping[DiffForm, Callable[[Mapping[str, Any], str], bytes]] = {
    DiffForm.JSON: lambda found, _tier: changes.as_json(found).encode(),
    DiffForm.CSV: lambda found, _tier: changes.as_csv(found).encode(),
    DiffForm.MARKDOWN: lambda found, tier: changes.as_markdown(found, tier).encode(),
    DiffForm.ATOM: lambda found, _tier: changes.as_atom(found),
}
