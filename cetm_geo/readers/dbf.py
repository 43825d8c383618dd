"""In which encoding the texts of a shapefile's table are: stated by it, or told from its bytes."""

from __future__ import annotations

import codecs
from pathlib import Path

from cetm_geo.readers.encodings import Encoding, checked, detected

_LANGUAGE_BYTE = 29
_HEADER_SIZE_BYTES = slice(8, 10)
_SAMPLE_BYTES = 64 << 20


def encoding_of_table(shapefile: Path, shown: str, stated: str) -> Encoding | None:
    """The encoding to read the texts beside a .shp in; None where its own table states it.

    Args:
        stated: by the catalogue, which is believed; else the .cpg or the table's language byte is,
            unless it says UTF-8 and the texts are not; else the bytes tell.

    Raises SourceError where the stated one is not known.
    """
    if stated:
        return checked(stated, shown)
    table = beside(shapefile, ".dbf")
    if table is None:
        return None
    with table.open("rb") as stream:
        head = stream.read(32)
        stream.seek(int.from_bytes(head[_HEADER_SIZE_BYTES], "little"))
        told = detected(stream.read(_SAMPLE_BYTES))
    page = beside(shapefile, ".cpg")
    claimed = page.read_text("ascii", "replace").strip() if page else ""
    if _is_utf8(claimed):
        return None if told.is_utf8 or told.broken else _despite(told, claimed)
    if claimed or head[_LANGUAGE_BYTE : _LANGUAGE_BYTE + 1] != b"\x00":
        return None
    return told


def beside(shapefile: Path, ending: str) -> Path | None:
    """The part of a shapefile with this ending, in any case; None where there is none."""
    same = (p for p in shapefile.parent.iterdir() if p.stem == shapefile.stem)
    return next((p for p in same if p.suffix.lower() == ending), None)


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name == "utf-8"
    except (LookupError, ValueError):  # a .cpg of other bytes
        return False


def _despite(told: Encoding, claimed: str) -> Encoding:
    return Encoding(told.name, f"the .cpg says {claimed}, but {told.how}", guessed=True)
