"""How much of a file that somebody gives is read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Sizes beyond which a file is refused.

    unpacked_bytes: of all that an archive holds. vertices: of all shapes together.
    """

    unpacked_bytes: int = 64 << 20
    members: int = 20
    entries: int = 1000
    layers: int = 50
    shapes: int = 500
    vertices: int = 200_000


DEFAULT = Limits()
