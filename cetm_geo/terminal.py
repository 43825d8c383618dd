"""How the commands speak: two consoles, a bar of progress, a table."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator

from rich import box
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from cetm_geo.model import Progress as Report

out = Console(width=None if sys.stdout.isatty() else 140)  # a pipe has no width of its own
err = Console(stderr=True)


@contextlib.contextmanager
def progress() -> Iterator[Report]:
    """A bar on stderr for as long as the `with` lasts; nothing where stderr is no terminal."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as bar:
        task = bar.add_task("starting", total=None)

        def report(label: str, done: int, of: int) -> None:
            bar.update(task, description=label, completed=done, total=of)

        yield report


def table(title: str) -> Table:
    """An empty table under a title."""
    return Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, pad_edge=False)
