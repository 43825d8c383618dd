"""The store: generations of one DuckDB file; the only importer of duckdb, SQL comes from sql/.

Write: lock, a new generation under a temporary name, close, verify read-only, manifest last,
rename, swap CURRENT. Read: CURRENT names the generation; it is opened read-only, sealed against
the file system and the network, and its size and row counts are held against the manifest.
"""

from cetm_geo.store.connection import software_versions
from cetm_geo.store.layers import read_layers
from cetm_geo.store.pieces import PieceFolder, pieces_beside
from cetm_geo.store.reading import (
    Store,
    StoreReader,
    default_folder,
    kept_before,
    open_earlier,
    open_state,
    open_store,
    site_answer,
    verify_store,
)
from cetm_geo.store.writing import Content, write_store

__all__ = [
    "Content",
    "PieceFolder",
    "Store",
    "StoreReader",
    "default_folder",
    "kept_before",
    "open_earlier",
    "open_state",
    "open_store",
    "pieces_beside",
    "read_layers",
    "site_answer",
    "software_versions",
    "verify_store",
    "write_store",
]
