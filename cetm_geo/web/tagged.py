"""Answers in gzip with an ETag, so that nothing is sent twice."""

from __future__ import annotations

import gzip
import hashlib

from flask import Response, request

from cetm_geo.version import VERSION

_LEAST_PACKED = 1_000  # bytes: what is smaller weighs as much in gzip
_LEVEL = 5


def packed(body: bytes) -> bytes:
    """A body in gzip, the same bytes whenever it is packed."""
    return gzip.compress(body, compresslevel=_LEVEL, mtime=0)


def tagged(mark: str, body: bytes, kind: str, is_packed: bool = False) -> Response:
    """A body with an ETag of what was asked and of `mark`, on which alone it depends beside.

    is_packed: the body is in gzip already; it is unpacked for those who do not read that.
    """
    in_gzip = request.accept_encodings.quality("gzip") > 0
    if in_gzip and not is_packed:
        in_gzip = len(body) >= _LEAST_PACKED
        body = packed(body) if in_gzip else body
    elif is_packed and not in_gzip:
        body = gzip.decompress(body)
    answer = Response(body, content_type=kind)
    if in_gzip:
        answer.headers["Content-Encoding"] = "gzip"
    key = f"{VERSION} {mark} {request.url} {kind} {in_gzip}"
    answer.set_etag(hashlib.sha256(key.encode()).hexdigest()[:32])
    answer.headers["Cache-Control"] = "no-cache"
    answer.headers["Vary"] = "Accept, Accept-Encoding"
    answer.make_conditional(request)
    return answer
