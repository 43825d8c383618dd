"""Tables with a geometry in their columns: CSV and spreadsheets."""

from __future__ import annotations

from pathlib import Path

from cetm_geo.errors import SourceError
from cetm_geo.model import Source
from cetm_geo.readers.frames import RawFrame


def read_table(
    path: Path, shown: str, source: Source, format_name: str, never_read: tuple[str, ...]
) -> RawFrame:
    """All rows of a table, or one row an outline where rows are corners."""
    raise SourceError(f"{shown}: tables are not read yet.")
