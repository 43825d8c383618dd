"""The licences of all that comes with the program: `python -m tools.licences` or `make licences`.

Writes docs/licences.md from what is installed and locked; stops on a licence that is not allowed.
"""

from __future__ import annotations

import platform
import re
import sys
from collections.abc import Iterable, Iterator

from tools import parts
from tools.parts import EXTRAS, ROOT, Part

# What wheels carry differs from system to system; the page tells of one.
HERE = (sys.platform, platform.machine()) == ("linux", "x86_64")
ELSEWHERE = "docs/licences.md tells of the wheels for Linux on x86-64: write it there"
PAGE = ROOT / "docs" / "licences.md"
PERMISSIVE = "asks for its notice to be kept, and nothing of the code beside it"
# SPDX -> why it may stand beside Apache-2.0. A licence is added by someone who has read it.
ALLOWED = {
    "0BSD": "asks for nothing",
    "Apache-2.0": "the project's own",
    "Apache-2.0 WITH LLVM-exception": "the project's own, with less asked of compiled code",
    "BSD-2-Clause": PERMISSIVE,
    "BSD-3-Clause": PERMISSIVE,
    "BSL-1.0": PERMISSIVE + ", and not even that of compiled code",
    "CC0-1.0": "asks for nothing",
    "ISC": PERMISSIVE,
    "MIT": PERMISSIVE,
    "MPL-2.0": "copyleft by the file: it asks for the source of its own files where these are "
    "changed or passed on, and nothing of a larger work (section 3.3); here they are used "
    "unchanged, from packages whose sources are public",
    "OFL-1.1": "for fonts: they may be bundled with any software, stay under the OFL, are not sold "
    "by themselves and keep their names only unchanged; no document set in them is touched",
    "PSF-2.0": PERMISSIVE + "; changes are to be summarised",
    "Unicode-3.0": PERMISSIVE,
    "Unicode-DFS-2016": PERMISSIVE,
    "Zlib": PERMISSIVE,
}
# Shared libraries beside the code of Linux wheels: as files are called -> what it is, licence.
LIBRARIES = {
    "libLerc": ("Lerc", "Apache-2.0"),
    "libaec": ("libaec", "BSD-2-Clause"),
    "libblosc": ("Blosc", "BSD-3-Clause"),
    "libcrypto": ("OpenSSL", "Apache-2.0"),
    "libcurl": ("curl", "curl"),
    "libdeflate": ("libdeflate", "MIT"),
    "libgdal": ("GDAL", "MIT"),
    "libgeos": ("GEOS", "LGPL-2.1-only"),
    "libgeos_c": ("GEOS", "LGPL-2.1-only"),
    "libgfortran": ("GCC's Fortran run time", "GPL-3.0-or-later WITH GCC-exception-3.1"),
    "libgif": ("giflib", "MIT"),
    "libhdf5": ("HDF5", "BSD-3-Clause"),
    "libhdf5_hl": ("HDF5", "BSD-3-Clause"),
    "libjpeg": ("libjpeg or libjpeg-turbo", "IJG AND BSD-3-Clause"),
    "libjson": ("json-c", "MIT"),
    "liblzma": ("XZ Utils' liblzma", "0BSD"),
    "libnetcdf": ("netCDF", "BSD-3-Clause"),
    "libnghttp2": ("nghttp2", "MIT"),
    "libopenjp2": ("OpenJPEG", "BSD-2-Clause"),
    "libpcre2": ("PCRE2", "BSD-3-Clause"),
    "libpng16": ("libpng", "libpng-2.0"),
    "libproj": ("PROJ", "MIT"),
    "libquadmath": ("GCC's libquadmath", "LGPL-2.1-or-later"),
    "libscipy_openblas64": ("OpenBLAS with LAPACK", "BSD-3-Clause AND BSD-3-Clause-Open-MPI"),
    "libsharpyuv": ("libwebp", "BSD-3-Clause"),
    "libsqlite3": ("SQLite", "blessing"),
    "libssl": ("OpenSSL", "Apache-2.0"),
    "libsz": ("libaec", "BSD-2-Clause"),
    "libtiff": ("libtiff", "libtiff"),
    "libwebp": ("libwebp", "BSD-3-Clause"),
    "libzstd": ("Zstandard", "BSD-3-Clause"),
}

TOP = """# Licences of what comes with the program

*Written by `make licences` from what is installed and from the lock of the browser modules; not
edited by hand. `tests/test_supply_chain.py` holds it against the installed environment.*

The project's own code is under [Apache-2.0](../LICENSE). Its wheel holds that code, the sample
country (CC0-1.0) and, in `cetm_geo/web/vendor/`, the browser modules and fonts below, with their
notices in `NOTICES.txt`. Python packages are not in it: pip fetches them from their authors. What
only tests or builds is not listed. This is an engineer's reading, not legal advice.
"""
NATIVE = """
## Libraries inside wheels

Wheels carry compiled libraries under licences of their own, which the metadata of the package need
not name. Seen beside the code of the Linux wheels for x86-64 (other systems' wheels differ):

| library | licence | in the wheel of |
|---|---|---|
{libraries}

- **GEOS is under the LGPL 2.1**: a copyleft, and the one that matters here. shapely and rasterio
  load it as a shared library of its own; in pyogrio it is linked into `libgdal`, in
  duckdb-extension-spatial into the extension. This program neither contains, links nor changes
  it: it calls Python packages that do, whose files are fetched from their authors, and each of
  which can be replaced by one built with another GEOS. Apache-2.0 code may do so (section 6 of
  the LGPL: a work that uses the library).
- **Who passes these wheels on, in an image of the Dockerfile for instance, passes on GEOS** and
  has to do what the LGPL asks of that: keep its notice and licence text, offer its source, and
  not forbid replacing it. Not every wheel brings the text: that of duckdb-extension-spatial has
  no licence file.
- **GCC's run time** comes with NumPy's OpenBLAS: libgfortran under the GPL 3 with an exception
  that frees what is compiled with it, libquadmath under the LGPL 2.1 as a shared library.
- pyarrow, duckdb, pyogrio's `libgdal` and duckdb-extension-spatial have many more libraries
  linked in (curl, OpenSSL, SQLite, libxml2, libtiff, PROJ, compression); those of pyarrow stand
  in its LICENSE.txt, the others publish no list of theirs in the wheel. Nothing stronger than the
  LGPL was found, which is not proof that there is nothing.
- **Rust crates** are compiled into {rusty}, whose wheels list them with licences in
  `*.dist-info/sboms/`; each may be used under a licence of the table below, which the tool
  checks.
- **Scripts of Dash's packages** (React, Plotly.js, Mantine, AG Grid Community) come in the wheels
  of dash, plotly, dash-mantine-components and dash-ag-grid, all MIT by their projects; notices
  stand beside the scripts of dash. AG Grid's Enterprise parts, which are not free, are not
  loaded.
"""


def allowed(expression: str) -> bool:
    """True if the SPDX expression can be met by licences of ALLOWED alone."""
    words = re.findall(r"[()]|[\w.+-]+(?: WITH [\w.+-]+)?", expression)

    def one() -> bool:
        word = words.pop(0) if words else ""
        if word != "(":
            return word in ALLOWED
        inner = either()
        return (words.pop(0) if words else "") == ")" and inner

    def both() -> bool:
        met = one()
        while words and words[0] == "AND":
            words.pop(0)
            met = one() and met
        return met

    def either() -> bool:
        met = both()
        while words and words[0] == "OR":
            words.pop(0)
            met = both() or met
        return met

    return either() and not words


def refused(listed: Iterable[Part]) -> Iterator[str]:
    """What no allowed licence covers, in words: packages, crates in them, libraries unlisted."""
    for part in listed:
        if not allowed(part.licence):
            yield f"{part.name} {part.version}: {part.licence or 'no licence that can be told'}"
        if part.kind == "pypi":
            for crate, licence in parts.crates_of(part.name).items():
                if not allowed(licence):
                    yield f"{crate} in {part.name}: {licence or 'no licence'}"
            for library in sorted(parts.libraries_of(part.name) - LIBRARIES.keys()):
                yield f"{library} in {part.name}: not among LIBRARIES"


def page(program: list[Part], extra: list[Part], browser: list[Part]) -> str:
    """docs/licences.md."""
    every = [*program, *extra, *browser]
    fonts = [part for part in browser if "OFL-1.1" in part.licence]
    modules = [part for part in browser if part not in fonts]
    rusty = [part.name for part in program if parts.crates_of(part.name)]
    named = {word for part in every for word in re.findall(r"[\w.-]+", part.licence)}
    inside = {
        word
        for part in program
        for licence in parts.crates_of(part.name).values()
        for word in re.findall(r"[\w.-]+(?: WITH [\w.-]+)?", licence)
    }
    return "\n".join(
        [
            TOP,
            "## Python packages\n",
            *_table(program),
            "\nWith the extras `cluster` and `remote` besides:\n",
            *_table(extra),
            "\n## Browser modules\n",
            "npm packages that the page's scripts are made of; world-atlas is the outline of the"
            " world (Natural Earth, public domain).\n",
            *_table(modules),
            "\n## Fonts\n",
            "npm packages whose files come with the page and the reports; where MIT stands beside"
            " the OFL it is that of the package round the font.\n",
            *_table(fonts),
            NATIVE.format(libraries="\n".join(_libraries(program)), rusty=_and(rusty)),
            "## Which licences are allowed, and why\n",
            "A package under any other stops `make licences` and fails a test. Of alternatives"
            " (`OR`) one has to be allowed, of what holds together (`AND`) all.\n",
            "| licence | why it may stand beside Apache-2.0 |",
            "|---|---|",
            *(f"| {name} | {why} |" for name, why in ALLOWED.items() if name in named | inside),
            "",
        ]
    )


def _table(listed: list[Part]) -> Iterator[str]:
    yield "| package | version | licence |"
    yield "|---|---|---|"
    for part in listed:
        yield f"| {part.name} | {part.version} | {part.licence} |"


def _libraries(program: list[Part]) -> Iterator[str]:
    carried: dict[tuple[str, str], set[str]] = {}
    for part in program:
        for library in parts.libraries_of(part.name):
            carried.setdefault(LIBRARIES[library], set()).add(part.name)
    for (name, licence), wheels in sorted(carried.items(), key=lambda item: item[0][0].lower()):
        yield f"| {name} | {licence} | {', '.join(sorted(wheels))} |"


def _and(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def gathered() -> tuple[list[Part], list[Part], list[Part]]:
    """Packages of the program, those of its extras besides, browser modules."""
    program = parts.python_parts()
    names = {part.name for part in program}
    extra = [part for part in parts.python_parts(EXTRAS) if part.name not in names]
    return program, extra, parts.browser_parts()


def main() -> int:
    """Write the page, or say what may not come with the program."""
    if not HERE:
        print(ELSEWHERE, file=sys.stderr)
        return 1
    program, extra, browser = gathered()
    if problems := list(refused([*program, *extra, *browser])):
        print("Not allowed by tools/licences.py:", *problems, sep="\n  ", file=sys.stderr)
        return 1
    PAGE.write_text(page(program, extra, browser), encoding="utf-8")
    print(f"{PAGE.relative_to(ROOT)}: {len(program)} packages, {len(extra)} of extras, "
          f"{len(browser)} browser modules and fonts")  # fmt: skip
    return 0


if __name__ == "__main__":
    sys.exit(main())
