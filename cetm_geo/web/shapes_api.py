"""A shape to propose, under /api/v1.

POST /shape   multipart: file, and choice (may come twice); -> the polygons in it, nothing is kept
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request

from cetm_geo.errors import CetmError, SiteError
from cetm_geo.language import _
from cetm_geo.web import uploads
from cetm_geo.web.problems import answers_in_json, json_problem, of_error
from cetm_geo.web.service import Service
from cetm_geo.web.shapecheck import check_shape

_FORM_BYTES = 64 << 10  # of what a form holds beside the file
_MOST_CHOICES, _MOST_CHOICE = 8, 100


def blueprint(service: Service) -> Blueprint:
    """Routes of shapes."""
    routes = Blueprint("shapes", __name__, url_prefix="/api/v1")

    @routes.post("/shape")
    @answers_in_json
    def shape() -> Response:
        most = uploads.MAX_FILE_BYTES + _FORM_BYTES
        request.max_content_length = most
        if (request.content_length or 0) > most:  # refused before anything of it is read
            return _refused(413, uploads.too_large(_("The file")))
        given = request.files.get("file")
        if given is None:
            what = _("No file was given.")
            return json_problem(400, what, _("Send it as multipart/form-data, in the field file."))
        choices = [text[:_MOST_CHOICE] for text in request.form.getlist("choice")[:_MOST_CHOICES]]
        content = given.stream.read(uploads.MAX_FILE_BYTES + 1)
        name = given.filename or ""
        if len(content) > uploads.MAX_FILE_BYTES:
            return _refused(413, uploads.too_large(uploads.name_shown(name)))
        area = service.area()
        try:
            found = uploads.read_upload(content, name, choices, area, strict=service.public)
        except SiteError as error:  # busy, or ended
            return _refused(422, error)
        except CetmError as error:
            status = of_error(error).status_code
            return _refused(422 if status == 400 else status, error)
        return jsonify(answer_of(found, area))

    return routes


def answer_of(found: uploads.Upload, area: tuple[float, float, float, float]) -> dict[str, Any]:
    """An upload as JSON, each shape with what `check_shape` finds of it."""
    features = [
        {**one, "findings": [asdict(x) for x in check_shape(one["geometry"], area)]}
        for one in found.features
    ]
    return {
        "features": features,
        "said": list(found.said),
        "question": found.question,
        "choices": [{"value": value, "label": label} for value, label in found.choices],
        "limits": uploads.limits_said(),
    }


def _refused(status: int, error: CetmError) -> Response:
    return json_problem(status, error.what, error.hint)
