"""Norms and who can help: what is cited says what it is, whom it binds and who has read it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from cetm_geo.errors import DefinitionError
from cetm_geo.model.rules import NormKind
from cetm_geo.reference.norms import PAGE, page
from cetm_geo.rulebook import read_rulebook
from cetm_geo.rulebook.norms import UNVERIFIED, in_force, read_helpers, read_norms

DOCS = Path(__file__).resolve().parents[1] / "docs"

BAD_NORMS = """
as_of = "2026-11-30"

[[instrument]]
instrument = "Toy Convention"
short = "Toy"
kind = "treaty"
url = "https://example.org/toy"

[[instrument.norm]]
id = "toy_1"
provision = "Article 1"
subject = "water"
paraphrase = "Parties keep the river clean."
verified = true
evidence = "read"
in_force_from = "2010"
in_force_to = "2009-05-01"

[[instrument.norm]]
id = "toy_1"
provision = "Article 2"
subject = "water"
paraphrase = "Parties tell each other."
verified = false
principles = [8]
url = "http://example.org/toy"

[[instrument.norm]]
id = "toy_3"
provision = "Article 3"
subject = "water"
paraphase = "A slip of the pen."
verified = false

[[norm]]
id = "toy_4"
instrument = "Toy Act"
short = "Toy Act"
provision = "section 4"
kind = "statute"
subject = "water"
paraphrase = "Nothing."
url = "https://example.org/act"
verified = false
pillars = ["justice"]

[[norm]]
id = "toy_5"
instrument = "Toy Regulation"
short = "Toy Regulation"
provision = "Article 5"
kind = "regulation"
subject = "water"
paraphrase = "Nothing."
url = "https://example.org/regulation"
verified = true
adopted = "31/12/2020"
binding_on = ["KHM", "ABC", "XKV"]
"""


def test_everything_that_the_framework_and_the_panel_name_is_an_entry() -> None:
    norms = read_norms()
    for number in range(1, 8):
        norm = norms[f"sgpanel_{number}"]
        assert (norm.kind, norm.principles) == (NormKind.PRINCIPLE, (number,))
    for pillar in ("production", "trade", "stewardship", "governance"):
        norm = norms[f"pillar_{pillar}"]
        assert (norm.kind, norm.pillars) == (NormKind.PILLAR, (pillar,))
    named = {
        "Africa Mining Vision",
        "AMCAP-III",
        "EU Critical Raw Materials Act",
        "Escazú Agreement",
        "UNEA-4/19",
    }
    assert named <= {norm.short for norm in norms.values()}


def test_the_asean_plan_is_historical_from_the_first_day_of_2026() -> None:
    plan = read_norms()["amcap_iii"]
    assert in_force(plan, date(2025, 12, 31))
    assert not in_force(plan, date(2026, 1, 1))
    assert "**historical: ended 31 Dec 2025**" in page(read_rulebook(), date(2026, 11, 30))
    assert "**historical" not in page(read_rulebook(), date(2025, 6, 1))


@pytest.mark.parametrize(
    ("rule", "cited", "barred"),
    [
        # Inside a site of the State that licenses, Article 4 holds; 6(3) speaks of other States.
        ("world_heritage_overlap", {"whc_art4", "whc_art5"}, {"whc_art6_3"}),
        ("world_heritage_near", {"whcom_buffer_44com72"}, set()),
        ("strict_protected_area_overlap", {"cbd_8", "ifc_ps6_20"}, {"gbf_t3"}),
        ("protected_area_near", {"cbd_8"}, set()),
        ("indigenous_land_without_consent", {"undrip_29", "ilo169_16", "ifc_ps7_11"}, set()),
        # Target 7 is of pollution: it is no norm of how much water is drawn.
        ("water_stress", {"sgpanel_2"}, {"gbf_t7"}),
        ("tailings_siting", {"ifc_ps4_6"}, {"basel_scope", "gistm_annex2"}),
    ],
)
def test_a_rule_cites_the_provision_that_fits_and_not_its_neighbour(
    rule: str, cited: set[str], barred: set[str]
) -> None:
    norms = set(read_rulebook().rules[rule].norms)
    assert cited <= norms
    assert not norms & barred


@pytest.mark.parametrize("rule", ["customary_land_overlap", "use_agreement_land_overlap"])
def test_land_that_is_not_indigenous_is_never_judged_by_indigenous_peoples_rights(
    rule: str,
) -> None:
    norms = read_rulebook().rules[rule].norms
    assert {"vggt_3_1", "undrop_17"} <= set(norms)
    assert not [name for name in norms if name.startswith(("undrip_", "ilo169_", "ifc_ps7_"))]


def test_each_norm_and_helper_that_nobody_opened_says_so_on_the_page_and_no_other() -> None:
    book = read_rulebook()
    lines = page(book).splitlines()
    for entry in (*book.norms.values(), *book.helpers.values()):
        [line] = [text for text in lines if text.startswith(f"- `{entry.id}` ")]
        assert (UNVERIFIED in line.casefold()) == (not entry.verified), entry.id
        assert entry.paraphrase in line


def test_the_page_is_written_from_the_rules() -> None:
    assert (DOCS / PAGE).read_text(encoding="utf-8") == page(read_rulebook())


def test_all_mistakes_of_a_file_of_norms_are_told_at_once_with_entry_and_key(
    tmp_path: Path,
) -> None:
    (tmp_path / "norms.toml").write_text(BAD_NORMS, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_norms(tmp_path)
    told = {(problem.key, problem.text) for problem in caught.value.problems}
    keys = sorted(key for key, _ in told)
    assert keys == [
        "norm.toy_1",
        "norm.toy_1.in_force_to",
        "norm.toy_1.principles",
        "norm.toy_1.url",
        "norm.toy_3.paraphase",
        "norm.toy_3.paraphrase",
        "norm.toy_4.kind",
        "norm.toy_4.pillars.0",
        "norm.toy_5.adopted",
        "norm.toy_5.binding_on",
        "norm.toy_5.binding_on",
        "norm.toy_5.evidence",
    ]
    assert ("norm.toy_3.paraphase", "unknown key; did you mean paraphrase?") in told
    assert all(problem.path.endswith("norms.toml") for problem in caught.value.problems)


def test_a_helper_without_a_secure_address_or_with_anothers_id_is_told_of(tmp_path: Path) -> None:
    entry = '[[helper]]\nid = "a"\nname = "A"\nsubject = "water"\nhelps = "all"\nurl = "{}"\n'
    entry += 'paraphrase = "Helps."\nverified = false\n'
    text = entry.format("https://example.org") + entry.format("ftp://example.org")
    (tmp_path / "helpers.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_helpers(tmp_path)
    assert {problem.key for problem in caught.value.problems} == {"helper.a", "helper.a.url"}
