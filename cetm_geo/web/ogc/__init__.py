"""OGC API - Features under /api: what GIS programs open by its address.

Parts 1 (core, GeoJSON, HTML, OpenAPI 3.1) and 3 (queryables, filters in CQL2 text) of OGC's
standard over the titles of the store in force.
"""

from cetm_geo.web.ogc.routes import blueprint

__all__ = ["blueprint"]
