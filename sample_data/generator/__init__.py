"""Makes Karvela, an invented country, layer by layer.

Nothing here is real: terrain, borders, titles, parks, peoples, places and companies come
from one seed. Each layer has a room of its own, so that one can be replaced (for instance
the terrain by an elevation model) without touching the others.
"""
