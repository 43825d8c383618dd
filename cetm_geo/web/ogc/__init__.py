"""OGC API - Features and Tiles under /api: what GIS programs open by its address.

Features, parts 1 (core, GeoJSON, HTML, OpenAPI 3.1) and 3 (queryables, filters in CQL2 text), and
Tiles, part 1, over the store in force; beside them a polygon's screening and the store's records.
"""

from cetm_geo.web.ogc.routes import blueprint

__all__ = ["blueprint"]
