"""Finds layers/, sample_data/ and assets/: beside the package, or inside it in a wheel."""

from __future__ import annotations

from pathlib import Path

from cetm_geo.errors import CetmError

_PACKAGE = Path(__file__).resolve().parent


def folder(name: str) -> Path:
    """Path of a data folder that the project carries.

    Raises CetmError if neither layout holds it.
    """
    for parent in (_PACKAGE / "_data", _PACKAGE.parent):
        candidate = parent / name
        if candidate.is_dir():
            return candidate
    raise CetmError(
        f"the folder {name}/ is neither beside nor inside the installed package {_PACKAGE}.",
        "Reinstall cetm-geo.",
    )
