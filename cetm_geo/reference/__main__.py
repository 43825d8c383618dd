"""`python -m cetm_geo.reference` writes the generated pages of docs/ again."""

from __future__ import annotations

from cetm_geo import resources
from cetm_geo.reference import indicators, norms, rules
from cetm_geo.rulebook import read_rulebook


def main() -> None:
    """Writes docs/indicators.md, docs/norms.md and docs/rules.md of this checkout."""
    docs, rulebook = resources.folder("docs"), read_rulebook()
    held = {
        name: (docs / name).read_text(encoding="utf-8")
        for name in (indicators.PAGE, rules.PAGE)
        if (docs / name).exists()
    }
    pages = {
        indicators.PAGE: indicators.page(rulebook, held[indicators.PAGE]),
        norms.PAGE: norms.page(rulebook),
        rules.PAGE: rules.page(rulebook, rules.table_of(held.get(rules.PAGE, ""))),
    }
    for name, text in pages.items():
        (docs / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
