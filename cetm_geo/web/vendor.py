"""Serves the browser modules that the build hook put into cetm_geo/web/vendor/."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, request, send_from_directory

FOLDER = Path(__file__).resolve().parent / "vendor"
# Said here because the machine's mime.types often lacks them, and a module of the wrong type
# is refused under nosniff.
MIME_TYPES = {
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".woff2": "font/woff2",
    ".json": "application/json",
}
# The hook lays the larger files in gzip beside them.
PACKED = ".gz"


def is_built() -> bool:
    """False in a checkout whose build hook never ran."""
    return (FOLDER / "maplibre-gl.mjs").is_file()


def blueprint() -> Blueprint:
    """GET /vendor/<path>: revalidated by ETag, so an upgrade is seen at once."""
    routes = Blueprint("vendor", __name__)

    @routes.get("/vendor/<path:name>")
    def vendor_file(name: str) -> Response:
        kind = MIME_TYPES.get(Path(name).suffix)
        packed = kind is not None and (FOLDER / f"{name}{PACKED}").is_file()
        in_gzip = packed and request.accept_encodings.quality("gzip") > 0
        sent = f"{name}{PACKED}" if in_gzip else name
        answer = send_from_directory(FOLDER, sent, mimetype=kind)
        answer.headers["Cache-Control"] = "public, no-cache"
        if packed:
            answer.headers["Vary"] = "Accept-Encoding"
        if in_gzip:
            answer.headers["Content-Encoding"] = "gzip"
        return answer

    return routes
