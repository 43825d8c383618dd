"""What is stated to be public of titles, and what Karvela states of itself."""

from .seed import Row, rng_for
from .titles import ML, QL, SL

TOPICS = (
    "contract", "esia", "beneficial_owner", "payments", "closure_bond", "tailings_disclosure",
)  # fmt: skip
# How often a title of this type is spoken of, and how often it answers yes.
OPENNESS = {
    ML: (0.75, 0.6),
    SL: (0.3, 0.35),
    QL: (0.3, 0.45),
    "Mineral Processing Licence": (1, 0.7),
}
IN_FORCE = ("Active", "Pending Renewal")
STAGES = ("ore", "concentrate", "concentrate", "refined", "product")
SOURCE = "Register of disclosures"
OF_COUNTRY = [
    ("local_value_addition_share", "0.21", "share", 2025),
    ("benefit_sharing_agreements_count", "17", "agreements", 2025),
    ("closure_bonds_count", "29", "bonds", 2026),
    ("jobs_count", "23800", "jobs", 2025),
    ("recycled_share", "0.04", "share", 2024),
    ("tailings_reprocessed_share", "0.015", "share", 2024),
]


def statement_rows(cadastre: list[Row]) -> list[Row]:
    """The country's own rows, then six for each title that is spoken of; its export follows."""
    rng = rng_for("statements")
    rows = [
        statement("", topic, value, unit, year, "Yearbook of mining")
        for topic, value, unit, year in OF_COUNTRY
    ]
    codes = [row["Code"] for row in cadastre]
    for title in cadastre:
        told, open_ = OPENNESS.get(title["Type"], (0.0, 0.0))
        luck, stage = float(rng.random()), STAGES[int(rng.integers(len(STAGES)))]
        answers = (rng.random(len(TOPICS)) < open_).tolist()
        code = title["Code"]
        if luck > told or title["Status"] not in IN_FORCE or codes.count(code) > 1:
            continue
        for topic, yes in zip(TOPICS, answers, strict=True):
            rows.append(statement(code, topic, "yes" if yes else "no", "", 2025, SOURCE))
        if title["Type"] != QL:
            rows.append(statement(code, "export_stage", stage, "", 2025, "Customs"))
    return rows


def statement(title: str, topic: str, value: str, unit: str, year: int, source: str) -> Row:
    """One row of the table."""
    row: Row = {"title": title, "topic": topic, "value": value, "unit": unit}
    return row | {"year": year, "source": source}
