"""Reports of titles and of countries under /api/v1, in the reader's language."""

from __future__ import annotations

import threading

from flask import Blueprint, Response

from cetm_geo.language import chosen
from cetm_geo.report.country import report_of_country
from cetm_geo.report.files import content
from cetm_geo.report.site import report_of_site
from cetm_geo.web import Service
from cetm_geo.web.countries import Measuring
from cetm_geo.web.countries_api import PATIENCE_S, not_yet
from cetm_geo.web.files import named
from cetm_geo.web.problems import answers_in_json, json_problem

AT_ONCE = 2  # setting a page is bound by the processor
TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


def blueprint(service: Service) -> Blueprint:
    """Routes of reports. A report is an export: licences hold whoever asks."""
    routes = Blueprint("reports", __name__, url_prefix="/api/v1")
    withholding = service if service.public else Service(service.store_path, public=True)
    setting = threading.BoundedSemaphore(AT_ONCE)

    @routes.get("/sites/<path:site_id>/report.<any(pdf, html):form>")
    @answers_in_json
    def report(site_id: str, form: str) -> Response:
        if not withholding.has_site(site_id):
            return json_problem(
                404, f"There is no site {site_id}.", "See /api/v1/sites.json for ids."
            )
        with setting:
            made = report_of_site(withholding, site_id)
            told = Response(content(made, form), content_type=TYPES[form])
        return named(told, site_id, f"{made.id}.{form}")

    @routes.get("/countries/<iso3>/report.<any(pdf, html):form>")
    @answers_in_json
    def report_of(iso3: str, form: str) -> Response:
        code = iso3.upper()
        profile = withholding.countries.ask(code, PATIENCE_S)
        if isinstance(profile, Measuring):
            return not_yet(profile)
        with setting:
            made = report_of_country(withholding, code, chosen(), measured=profile)
            told = Response(content(made, form), content_type=TYPES[form])
        return named(told, code, f"{made.id}.{form}")

    return routes
