"""Reports of a title, a proposal or a country, as PDF and as one HTML file that stands alone.

`content` is what a report says, in plain blocks; `site` and `country` make it of what the store
answers, in the page's own words; `pdf` and `html` lay it out.
"""

from cetm_geo.report.content import Report
from cetm_geo.report.country import report_of_country
from cetm_geo.report.files import FORMS, content, write
from cetm_geo.report.html import html
from cetm_geo.report.pdf import pages, pdf, unprintable
from cetm_geo.report.site import report_of_drawing, report_of_site

__all__ = [
    "FORMS",
    "Report",
    "content",
    "html",
    "pages",
    "pdf",
    "report_of_country",
    "report_of_drawing",
    "report_of_site",
    "unprintable",
    "write",
]
