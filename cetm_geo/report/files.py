"""A report as a file: PDF or HTML, whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from cetm_geo.errors import ExportError
from cetm_geo.export import whole
from cetm_geo.report.content import Report
from cetm_geo.report.html import html
from cetm_geo.report.pdf import pdf

_MADE: Mapping[str, Callable[[Report], bytes]] = {
    "pdf": pdf,
    "html": lambda report: html(report).encode("utf-8"),
}
FORMS = tuple(_MADE)


def content(report: Report, form: str) -> bytes:
    """The bytes of a report in one of FORMS. Raises ExportError."""
    if form not in _MADE:
        raise ExportError(f"{form!r} is no format of reports.", f"One of {', '.join(FORMS)}.")
    return _MADE[form](report)


def form_of(file: Path) -> str:
    """The form that a file's ending names. Raises ExportError."""
    form = file.suffix.lower().lstrip(".")
    form = "html" if form == "htm" else form
    if form not in FORMS:
        raise ExportError(
            f"{file}: a report is one of {', '.join(FORMS)}.", "End the file's name in one of them."
        )
    return form


def write(report: Report, file: Path) -> None:
    """Write a report in the form that its file's ending names. Raises ExportError."""
    made = content(report, form_of(file))
    with whole(file) as part:
        part.write_bytes(made)
