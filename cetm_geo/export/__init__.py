"""Tables -> GeoJSON, CSV, GeoParquet, GeoPackage, FlatGeobuf, XLSX; the command line, the page and
the API use the same code."""

from cetm_geo.export.dictionary import columns_of
from cetm_geo.export.files import FORMATS, Format, content, whole, write
from cetm_geo.export.frames import (
    OF_SITES,
    WHAT,
    What,
    all_site_ids,
    in_parts,
    stored,
)
from cetm_geo.export.geojson import feature_texts, features
from cetm_geo.export.provenance import screening_provenance, store_provenance
from cetm_geo.export.values import csv_cell, json_text, records

__all__ = [
    "FORMATS",
    "OF_SITES",
    "WHAT",
    "Format",
    "What",
    "all_site_ids",
    "columns_of",
    "content",
    "csv_cell",
    "feature_texts",
    "features",
    "in_parts",
    "json_text",
    "records",
    "screening_provenance",
    "store_provenance",
    "stored",
    "whole",
    "write",
]
