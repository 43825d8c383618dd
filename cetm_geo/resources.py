"""Finds layers/, sample_data/ and assets/, beside the package or inside it in a wheel;
the colours of the page."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
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


@cache
def colours() -> Mapping[str, Mapping[str, str]]:
    """Per theme the page's own colours by name, as assets/tokens.css has them."""
    text = (folder("assets") / "tokens.css").read_text(encoding="utf-8")
    light, _brace, rest = text.partition(':root[data-mantine-color-scheme="dark"]{')
    own = {"light": light, "dark": rest.partition("}")[0]}
    read = {k: dict(re.findall(r"--([\w-]+):(#[0-9a-fA-F]{6})", v)) for k, v in own.items()}
    return {"light": read["light"], "dark": {**read["light"], **read["dark"]}}
