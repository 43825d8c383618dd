"""Numbers and lists as a sentence shows them, in four languages."""

from __future__ import annotations

import math
from types import MappingProxyType

import pytest

from cetm_geo.flags.truth import holds
from cetm_geo.flags.wording import GLUE, Shown, amount, in_language, listed, sentence
from cetm_geo.model import LANGUAGES, Operator, Rule
from cetm_geo.rulebook import read_rulebook
from cetm_geo.rulebook.minerals import label_of


@pytest.mark.parametrize(
    ("value", "unit", "language", "shown"),
    [
        (None, "km2", "en", "not stated"),
        (math.nan, "features", "fr", "non indiqué"),
        (0, "km2", "en", "0 km²"),
        (0.0004, "km2", "en", "< 0.1 ha"),
        (0.0005, "km2", "en", "0.1 ha"),
        (0.058, "km2", "fr", "5,8 ha"),
        (0.9996, "km2", "en", "1 km²"),
        (3.204, "km2", "es", "3,2 km²"),
        (99.96, "km2", "en", "99.96 km²"),
        (1304.2, "km2", "fr", "1\u202f304 km²"),
        (0, "km", "en", "0 km"),
        (0.0004, "km", "en", "1 m"),
        (0.25, "km", "pt", "250 m"),
        (0.9995, "km", "en", "1 km"),
        (12.34, "km", "es", "12,3 km"),
        (100.4, "km", "en", "100 km"),
        (0, "share", "en", "0%"),
        (0.0004, "share", "fr", "< 0,1 %"),
        (0.4813, "share", "en", "48.1%"),
        (0.02, "share_per_year", "es", "2 %"),
        (1, "features", "en", "1 place"),
        (0, "features", "en", "0 places"),
        (0, "features", "fr", "0 lieu"),  # which French counts as one
        (12.4, "features", "fr", "12 lieux"),
        (1234, "people", "fr", "1\u202f234 personnes"),
        (12.34, "ha", "en", "12.3 ha"),
        (99.94, "ha", "en", "99.9 ha"),
        (100.4, "ha", "en", "100 ha"),
        (2.5, "times", "en", "2.5 times"),
        (3.4, "class", "en", "3"),
        (0.7, "0 or 1", "en", "1"),
        (2.2, "contact", "en", "2"),
        (4.4, "order", "en", "4"),
        (12.345, "deg", "fr", "12,3 °"),
        (0.53, "km/km2", "pt", "0,5 km/km²"),
        (5.26, "a unit without words", "en", "5.3"),
        (-120.4, "a unit without words", "en", "-120"),
    ],
)
def test_a_number_is_shown_with_its_unit_as_the_language_writes_it(
    value: float | None, unit: str, language: str, shown: str
) -> None:
    assert amount(value, unit, language) == shown.replace(" ", GLUE).replace(
        f"not{GLUE}stated", "not stated"
    ).replace(f"non{GLUE}indiqué", "non indiqué")


@pytest.mark.parametrize(
    ("names", "language", "shown"),
    [
        ([], "en", "unnamed"),
        ([None, ""], "fr", "sans nom"),
        (["a", None, "a", "b"], "en", "a, b"),
        (list("abc"), "en", "a, b, c"),
        (list("abcd"), "en", "a, b, c and 1 more"),
        (list("abcde"), "fr", "a, b, c et 2 autres"),
        ([str(n) for n in range(1303)], "en", "0, 1, 2 and 1,300 more"),
    ],
)
def test_three_names_are_told_and_how_many_more_there_are(
    names: list[str | None], language: str, shown: str
) -> None:
    assert listed(names, language) == shown


def rule_saying(text: str) -> Rule:
    """A rule whose sentence is `text` in every language."""
    held = next(iter(read_rulebook().rules.values()))
    said = {x: type(held.sentence[x])(text) for x in LANGUAGES}
    return type(held)(**{**vars(held), "sentence": MappingProxyType(said)})


@pytest.mark.parametrize(
    ("part", "english", "french"),
    [
        ("value", "3.2 km²", "3,2 km²"),
        ("threshold", "5 km", "5 km"),
        ("features", "Park", "Park"),
        ("evidence", "Slope: 12.5 °; Trees: 2%", "Slope : 12,5 ° ; Trees : 2 %"),
        ("text", "as said", "as said"),
        ("countries", "Kaveria, Norland", "Kaveria, Norland"),
        ("minerals", "tin", "tin"),
    ],
)
def test_each_part_of_a_sentence_is_what_it_is_called(part: str, english: str, french: str) -> None:
    shown = Shown(
        value=3.2, unit="km2", threshold=5, threshold_unit="km", text="as said",
        evidence=[("Slope", 12.5, "deg"), ("Trees", 0.02, "share")], features=["Park"],
        countries=["Kaveria", "Norland"], minerals=["tin"],
    )  # fmt: skip
    rule = rule_saying(f"[{{{part}}}]")
    said = [sentence(rule, shown, language).replace(GLUE, " ") for language in ("en", "fr")]
    assert said == [f"[{english}]", f"[{french}]"]
    if part in ("text", "countries", "minerals"):
        assert sentence(rule, Shown(), "en") == "[not stated]"


def test_minerals_and_roles_are_named_in_the_readers_language_and_other_texts_stay() -> None:
    minerals = read_rulebook().minerals
    english = ", ".join(label_of(name, "en", minerals) for name in ("copper", "lithium"))
    assert in_language(english, "minerals", "fr", minerals) == "cuivre, lithium"
    assert in_language("Protected areas, moon rock", "layers", "es", minerals) == (
        "áreas protegidas, moon rock"
    )
    assert in_language(english, "class", "fr", minerals) == english


@pytest.mark.parametrize(
    ("op", "value", "number", "expected"),
    [
        (Operator.OVERLAPS, 0, 0, False),
        (Operator.OVERLAPS, 1, 0, True),
        (Operator.OVERLAPS, 3, 0, True),
        (Operator.AT_MOST, 5, 5, True),
        (Operator.BELOW, 5, 5, False),
        (Operator.AT_LEAST, 5, 5, True),
        (Operator.ABOVE, 5, 5, False),
    ],
)
def test_one_value_against_a_number(
    op: Operator, value: float, number: float, expected: bool
) -> None:
    assert holds(op, value, number) is expected
