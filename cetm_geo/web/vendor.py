"""Serves the browser modules that the build hook put into cetm_geo/web/vendor/."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, send_from_directory

FOLDER = Path(__file__).resolve().parent / "vendor"
# Said here because the machine's mime.types often lacks them, and a module of the wrong type
# is refused under nosniff.
MIME_TYPES = {".mjs": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}


def is_built() -> bool:
    """False in a checkout whose build hook never ran."""
    return (FOLDER / "maplibre-gl.mjs").is_file()


def blueprint() -> Blueprint:
    """GET /vendor/<path>: revalidated by ETag, so an upgrade is seen at once."""
    routes = Blueprint("vendor", __name__)

    @routes.get("/vendor/<path:name>")
    def vendor_file(name: str) -> Response:
        answer = send_from_directory(FOLDER, name, mimetype=MIME_TYPES.get(Path(name).suffix))
        answer.headers["Cache-Control"] = "public, no-cache"
        return answer

    return routes
