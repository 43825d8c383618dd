"""What is new since the build before: /feed as Atom, /api/v1/changes as JSON, CSV and Markdown."""

from __future__ import annotations

from flask import Blueprint, Response, request, send_file

from cetm_geo.changes import MEDIA_TYPE
from cetm_geo.language import chosen
from cetm_geo.web.news import Comparing, News
from cetm_geo.web.problems import answers_in_json, json_problem
from cetm_geo.web.service import Service

PATIENCE_S = 5.0
_AGAIN_S = "30"
_TYPES = {"json": "application/json", "csv": "text/csv", "md": "text/markdown"}


def blueprint(service: Service) -> Blueprint:
    """The routes of the feed and of the files."""
    routes = Blueprint("news", __name__)

    @routes.get("/feed")
    @answers_in_json
    def feed() -> Response:
        news = service.news.ask(PATIENCE_S)
        if isinstance(news, Comparing):
            return _not_yet()
        return _in_language(_sent(news, f"{chosen()}.atom", MEDIA_TYPE))

    @routes.get("/api/v1/changes.<any(json, csv, md):form>")
    @answers_in_json
    def changes(form: str) -> Response:
        news = service.news.ask(PATIENCE_S)
        if isinstance(news, Comparing):
            return _not_yet()
        if news.page["before"] is None:
            return json_problem(
                404,
                "There is no earlier generation to compare with.",
                "The next build will be told here.",
            )
        if form != "md":
            return _named(_sent(news, f"changes.{form}", _TYPES[form], is_long=True), news, form)
        return _in_language(_named(_sent(news, f"{chosen()}.md", _TYPES[form]), news, form))

    return routes


def _not_yet() -> Response:
    answer = json_problem(503, "The two states are being compared.", "Ask again soon.")
    answer.headers["Retry-After"] = _AGAIN_S
    return answer


def _sent(news: News, name: str, media_type: str, is_long: bool = False) -> Response:
    """A file of the news, of which the reader may hold the same one already. is_long: it is sent
    piece by piece."""
    file = news.file(name)
    answer = send_file(file, etag=False) if is_long else Response(file.read_bytes())
    answer.headers["Content-Type"] = f"{media_type}; charset=utf-8"
    answer.headers["Cache-Control"] = "no-cache"
    answer.set_etag(f"{news.folder.name}-{name}")
    answer.make_conditional(request)
    return answer


def _named(answer: Response, news: News, form: str) -> Response:
    sides = (str(news.page[side]["as_of"])[:10] for side in ("before", "after"))
    name = f"changes-{'-to-'.join(sides)}.{form}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _in_language(answer: Response) -> Response:
    answer.headers["Content-Language"] = chosen()
    answer.headers["Vary"] = "Accept-Language, Cookie"
    return answer
