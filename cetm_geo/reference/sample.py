"""Which rule each title of the sample country raises, as its generator's own truth has it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from cetm_geo.model import FlagStatus, Rulebook, Severity

_SEVERITIES = tuple(s.value for s in Severity)
_COLUMNS = (
    "rule", "critical", "high", "moderate", "other", "clear", "not assessed", "raised by",
    "clear for",
)  # fmt: skip
_HEAD = f"| {' | '.join(_COLUMNS)} |\n{'|---' * len(_COLUMNS)}|"


def table(truth: Path, rulebook: Rulebook) -> str:
    """Markdown: a row a rule, with how many titles raise it, and one that does and one that does
    not.

    Args:
        truth: sample_data/truth/rules.csv: a row a title, a column a rule; a severity, clear,
            not_assessed, or nothing where the truth is not told.
    """
    with truth.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return "\n".join([_HEAD, *(_row(rule_id, rows) for rule_id in rulebook.rules)])


def _row(rule_id: str, rows: Iterable[Mapping[str, str]]) -> str:
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row.get(rule_id, ""), []).append(row["Code"])
    count = {answer: len(codes) for answer, codes in found.items()}
    graver = _SEVERITIES[:3]
    raised = [codes[0] for s in _SEVERITIES if (codes := found.get(s))]
    clear = found.get(FlagStatus.CLEAR.value, [])
    cells = [
        f"`{rule_id}`",
        *(str(count.get(s, 0)) for s in graver),
        str(sum(count.get(s, 0) for s in _SEVERITIES[3:])),
        str(len(clear)),
        str(count.get(FlagStatus.NOT_ASSESSED.value, 0)),
        raised[0] if raised else "–",
        clear[0] if clear else "–",
    ]
    return f"| {' | '.join(cells)} |"
