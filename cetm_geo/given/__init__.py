"""A file that somebody gives -> the polygons in it, in longitude and latitude, and how it was read.

Nothing is guessed silently: where numbers can be read in two ways, who gave the file is asked.
`child` is the process that does it, confined; it is begun by `cetm_geo.web.uploads`.
"""

from __future__ import annotations

from cetm_geo.given.asking import ALL, Asked
from cetm_geo.given.limits import Limits
from cetm_geo.given.reading import Given, Shape, read_given

__all__ = ["ALL", "Asked", "Given", "Limits", "Shape", "read_given"]
