"""The page over the store of CETM_STORE, or the sample's; CETM_PUBLIC=1 withholds by licence,
CETM_BASEMAP names a base map, CETM_PROPOSALS the folder in which readers keep proposals."""

import os
from pathlib import Path

from cetm_geo import dashboard, errors, pipeline, store
from cetm_geo.web.basemap import basemap_of

folder = store.default_folder()
try:
    store.open_store(folder)
except errors.StoreMissing:
    pipeline.ensure_sample_store(folder)
public = os.environ.get("CETM_PUBLIC", "").lower() not in ("", "0", "false", "no", "off")
basemap = basemap_of(os.environ.get("CETM_BASEMAP", ""))
kept = os.environ.get("CETM_PROPOSALS", "")
server = dashboard.create_app(folder, public, basemap, Path(kept) if kept else None).server
if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8050, threaded=True)
