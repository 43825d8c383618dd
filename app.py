"""The page over the store of CETM_STORE, or the sample's, for a WSGI server of your own.

CETM_PUBLIC=1 withholds by licence, CETM_BASEMAP names a base map, CETM_PROPOSALS the folder in
which readers keep proposals; CETM_TOKEN_FILE, CETM_READER_HEADER and CETM_PROXIES say who may ask.
"""

import os
from pathlib import Path

from cetm_geo import dashboard, errors, pipeline, store
from cetm_geo.web.access import access_of
from cetm_geo.web.basemap import basemap_of


def _path(name: str) -> Path | None:
    given = os.environ.get(name, "")
    return Path(given) if given else None


folder = store.default_folder()
try:
    store.open_store(folder)
except errors.StoreMissing:
    pipeline.ensure_sample_store(folder)
public = os.environ.get("CETM_PUBLIC", "").lower() not in ("", "0", "false", "no", "off")
basemap = basemap_of(os.environ.get("CETM_BASEMAP", ""))
access = access_of(
    _path("CETM_TOKEN_FILE"),
    os.environ.get("CETM_READER_HEADER", ""),
    os.environ.get("CETM_PROXIES", ""),
)
server = dashboard.create_app(folder, public, basemap, _path("CETM_PROPOSALS"), access).server
if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8050, threaded=True)
