"""`python -m cetm_geo.reference` writes the generated pages of docs/ again."""

from __future__ import annotations

from cetm_geo import resources
from cetm_geo.reference import indicators, norms, rules, sample
from cetm_geo.rulebook import read_rulebook


def main() -> None:
    """Writes docs/indicators.md, docs/norms.md and docs/rules.md of this checkout."""
    docs, rulebook = resources.folder("docs"), read_rulebook()
    text = (docs / indicators.PAGE).read_text(encoding="utf-8")
    truth = resources.folder("sample_data") / "truth" / "rules.csv"
    pages = {
        indicators.PAGE: indicators.page(rulebook, text),
        norms.PAGE: norms.page(rulebook),
        rules.PAGE: rules.page(rulebook, sample.table(truth, rulebook)),
    }
    for name, page in pages.items():
        (docs / name).write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
