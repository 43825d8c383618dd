"""What GDAL does not say of MapInfo's files: parts that lack, and rows that it lost."""

from __future__ import annotations

from pathlib import Path

from cetm_geo.errors import SourceError

_PARTS = {".tab": (".dat", ".map", ".id"), ".mif": (".mid",)}


def check_mapinfo_parts(path: Path, shown: str) -> None:
    """Raises SourceError where a part of a table is not beside it."""
    held = {p.suffix.lower() for p in path.parent.iterdir() if p.stem == path.stem}
    wanted = _PARTS.get(path.suffix.lower(), ())
    absent = [ending for ending in wanted if ending not in held]
    if absent:
        raise SourceError(
            f"{shown}: has no {', '.join(absent)} beside it.",
            f"Ask for the table with all its parts: {path.suffix.lower()}, {', '.join(wanted)}.",
        )


def check_mapinfo_rows(name: str, shown: str, rows: int) -> None:
    """Raises SourceError for an exchange file that is damaged: GDAL ends there and says nothing.

    rows: the shapes that were read.
    """
    path = Path(name)
    if path.suffix.lower() != ".mif":
        return
    parts = (p for p in path.parent.iterdir() if p.stem == path.stem)
    stated = next(p for p in parts if p.suffix.lower() == ".mid").read_bytes()
    lines = sum(1 for line in stated.splitlines() if line.strip())
    if rows < lines:
        raise SourceError(
            f"{shown}: has {lines} rows in its .mid, and {rows} shapes that can be read.",
            "It is damaged: ask for both files again.",
        )
