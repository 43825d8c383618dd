"""Fuzz what reads strangers' texts, guided by coverage.

    pip install atheris
    python -m tools.fuzz cql2 --seconds 600 --corpus DIR

One of `tests.parsers.PARSERS` is given bytes; it may read or refuse them (CetmError). Anything
else ends the run and leaves the input in a file crash-... of the current folder; DIR keeps what
found new ways through the code.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["cetm_geo"]):
    from tests import parsers

_SEEDS = {
    "geojson": b'{"type":"Feature","properties":{"name":"a"},"geometry":{"type":"Polygon",'
    b'"coordinates":[[[104,12],[104.1,12],[104.1,12.1],[104,12]]]}}',
    "wkt": b"SRID=4326;POLYGON ((104 12, 104.1 12, 104.1 12.1, 104 12))",
    "corners": b"12\xc2\xb030'15\"N 104\xc2\xb010'E\n12.4 104.2\n48P 400000 1300000",
    "cql2": b"a > 1 AND NOT (b LIKE 'x%' OR c IS NULL) OR BBOX(geometry, 1, 2, 3, 4)",
}


def main() -> None:
    """Fuzz until a bug is found or the time is over."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parser", choices=parsers.PARSERS)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--corpus", type=Path, default=Path("corpus"))
    given = parser.parse_args()
    own = given.corpus / given.parser
    own.mkdir(parents=True, exist_ok=True)
    (own / "seed").write_bytes(_SEEDS[given.parser])
    read = parsers.PARSERS[given.parser]
    limits = [f"-max_total_time={given.seconds}", "-timeout=10", "-rss_limit_mb=1500"]
    words = [sys.argv[0], str(own), *limits, "-max_len=4096"]
    atheris.Setup(words, lambda content: parsers.read_or_refused(read, content) and None)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
