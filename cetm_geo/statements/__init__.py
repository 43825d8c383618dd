"""consent.csv, statements.csv -> what a user states of titles, territories and the country.

Each row of a table is used, or told of in the issues with its number in the file; nothing is made
of what is not stated.
"""

from cetm_geo.statements.consent import STATES
from cetm_geo.statements.reading import (
    NOTHING,
    StatedTable,
    Statements,
    problems_of,
    read_tables,
    stated,
)
from cetm_geo.statements.topics import (
    COUNTRY_TOPICS,
    DISCLOSURES,
    EXPORT_STAGE,
    EXPORT_STAGES,
    TOPICS,
)

__all__ = [
    "COUNTRY_TOPICS",
    "DISCLOSURES",
    "EXPORT_STAGE",
    "EXPORT_STAGES",
    "NOTHING",
    "STATES",
    "TOPICS",
    "StatedTable",
    "Statements",
    "problems_of",
    "read_tables",
    "stated",
]
