"""Errors of the HTTP face as JSON: {"error": {"what": ..., "hint": ...}}."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from flask import Response, jsonify
from werkzeug.exceptions import HTTPException

from cetm_geo.errors import (
    AxesUnconfirmed,
    CetmError,
    ProposalMissing,
    ProposalNotKept,
    ProposalsOff,
    ProposalStale,
    ProposalUnreadable,
    StoreError,
)

_STATUS: Mapping[type[CetmError], int] = {
    StoreError: 503,
    ProposalsOff: 403,
    ProposalMissing: 404,
    ProposalStale: 409,
    ProposalUnreadable: 500,
    ProposalNotKept: 507,
}


def json_problem(status: int, what: str, hint: str = "") -> Response:
    """An error as JSON with its HTTP status."""
    answer = jsonify({"error": {"what": what, "hint": hint}})
    answer.status_code = status
    return answer


def answers_in_json(view: Callable[..., Response]) -> Callable[..., Response]:
    """A view whose errors leave as JSON."""

    @wraps(view)
    def answer(*args: Any, **kwargs: Any) -> Response:
        try:
            return view(*args, **kwargs)
        except CetmError as error:
            return of_error(error)
        except HTTPException as error:
            return json_problem(error.code or 400, error.description or error.name)

    return answer


def of_error(error: CetmError) -> Response:
    """400 for what the caller can mend, 422 where the caller has to choose between two readings
    (both are given), 503 where the store is missing or damaged; of proposals see `_STATUS`."""
    if isinstance(error, AxesUnconfirmed):
        said = {"what": error.what, "hint": error.hint, "readings": list(error.readings)}
        answer = jsonify({"error": said})
        answer.status_code = 422
        return answer
    status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 400)
    return json_problem(status, error.what, error.hint)


def is_text(body: Any) -> bool:
    """False where JSON holds half a surrogate pair, which no store and no answer can hold."""
    try:
        json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return False
    return True
