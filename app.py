"""The page over the store that CETM_STORE names, else over the sample country."""

from cetm_geo.dashboard import create_app
from cetm_geo.pipeline import ensure_sample_store

server = create_app(ensure_sample_store()).server

if __name__ == "__main__":
    server.run(host="127.0.0.1", port=8050, threaded=True)
