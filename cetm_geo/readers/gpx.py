"""What GDAL takes for 0 in a GPX without a word: places that are no numbers."""

from __future__ import annotations

import re
from pathlib import Path

from cetm_geo.errors import SourceError

_PLACE = re.compile(rb"""\s(lat|lon)\s*=\s*["']([^"']{0,80})""")
_NUMBER = re.compile(rb"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")


def check_places(path: Path, shown: str) -> None:
    """Raises SourceError for the first latitude or longitude that is no number."""
    for name, text in _PLACE.findall(path.read_bytes()):
        if not _NUMBER.fullmatch(text):
            said = f"{name.decode()}={text.decode('utf-8', 'replace')!r}"
            raise SourceError(
                f"{shown}: {said} is no number of degrees.", "Mend or fetch it again."
            )
