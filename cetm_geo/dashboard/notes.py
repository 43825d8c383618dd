"""Notes that a build writes in English, said again in the reader's language."""

from __future__ import annotations

from cetm_geo.notes import reason, said

__all__ = ["reason", "said"]
