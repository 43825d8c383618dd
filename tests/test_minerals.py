"""Texts of registers come to minerals: the clashes, the lists, and what is not known is told."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cetm_geo import resources
from cetm_geo.dashboard import figures
from cetm_geo.errors import DefinitionError
from cetm_geo.model import Layer, Role
from cetm_geo.model.rules import LANGUAGES
from cetm_geo.normalize import normalize_layer
from cetm_geo.rulebook.mineral_matching import Matcher, match, matcher
from cetm_geo.rulebook.mineral_words import (
    key_of,
    read_words,
    silent_phrases,
    with_plurals,
)
from cetm_geo.rulebook.minerals import (
    SHIPPED,
    by_products_of,
    label_of,
    lists_of,
    members,
    read_minerals,
    symbols_of,
)
from tests import made

MINERALS, LISTS = read_minerals()
# Items of a list that one row of minerals.csv stands for.
ITEMS = {"eu_critical": {"ree": 2, "phosphate": 2}, "us": {"ree": 15, "pgm": 5}}


def ids(text: str | None) -> list[str]:
    return list(match(text).ids)


# --- the table ------------------------------------------------------------------------------------


def test_each_list_has_as_many_items_as_its_publisher_counts() -> None:
    counted = {
        name: sum(ITEMS.get(name, {}).get(mineral, 1) for mineral in on)
        for name, on in members().items()
    }
    assert counted == {"un": 13, "iea": 6, "eu_strategic": 17, "eu_critical": 34, "us": 60}
    assert set(counted) == set(LISTS)


def test_the_lists_nest_as_their_publishers_say() -> None:
    on = members()
    assert on["eu_strategic"] <= on["eu_critical"]
    assert on["iea"] <= on["un"] & on["us"]
    assert not {"gold", "diamond", "iron", "coal", "silica", "sand", "brine"} & set().union(
        *on.values()
    )


def test_minerals_are_told_list_by_list_and_with_what_comes_along() -> None:
    assert lists_of(["zinc", "gold", "copper"]) == {
        "un": ("zinc", "copper"),
        "iea": ("copper",),
        "eu_strategic": ("copper",),
        "eu_critical": ("copper",),
        "us": ("zinc", "copper"),
    }
    assert by_products_of(["zinc"]) == ("cadmium", "germanium", "indium")
    assert by_products_of(["copper", "cobalt"]) == (
        "tellurium", "selenium", "rhenium", "molybdenum",
    )  # fmt: skip
    assert by_products_of(["gold"]) == ()


def test_every_name_means_its_mineral_in_every_language_and_case() -> None:
    doubtful = {"indio", "Nd"}
    for mineral in MINERALS.values():
        for names in mineral.names.values():
            for name in {*names} - doubtful - {"índio", *symbols_of(mineral)}:
                for text in (name, name.upper(), name.lower(), name.title()):
                    found = match(text)
                    assert mineral.id in found.ids, text
                    assert not found.unmatched, text
        assert match(mineral.id).ids == (mineral.id,)


def test_a_mineral_is_called_by_its_first_name_in_four_languages() -> None:
    assert [label_of("copper", language) for language in LANGUAGES] == [
        "copper", "cuivre", "cobre", "cobre",
    ]  # fmt: skip
    assert label_of("kryptonite") == "kryptonite"


# --- clashes --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "minerals", "left"),
    [
        # A symbol is a symbol by its letters; capitals of a word need another symbol beside them.
        ("Co", ["cobalt"], []),
        ("CO", [], ["CO"]),
        ("co", [], ["co"]),
        ("CO, CU", ["cobalt", "copper"], []),
        ("COBRE, CO", ["copper"], ["CO"]),
        ("COBALTO (CO)", ["cobalt"], []),
        ("Gold Mining Co", ["gold"], ["Co"]),
        ("CU", ["copper"], []),
        ("PB - ZN", ["lead", "zinc"], []),
        ("Ni", ["nickel"], []),
        ("NI", [], ["NI"]),
        ("ni cobre", ["copper"], ["ni"]),
        ("In", ["indium"], []),
        ("IN", [], ["IN"]),
        ("Gold in quartz", ["gold", "silica"], []),
        ("As", ["arsenic"], []),
        ("as areias", ["sand"], []),
        ("Si", ["silicon"], []),
        ("La, Ce, Y", ["ree"], []),
        ("La Plata", ["silver"], []),
        ("Nd, Pr", ["ree"], []),
        ("ND, PR", ["ree"], ["ND"]),
        ("Ni Cu PGE", ["nickel", "copper", "pgm"], []),
        ("Minério de Co", ["cobalt"], []),
        # One letter needs a symbol of two beside it.
        ("U", [], ["U"]),
        ("W, Sn", ["tungsten", "tin"], []),
        ("Fe-Ti-V", ["iron", "titanium", "vanadium"], []),
        ("plata u oro", ["silver", "gold"], []),
        # The French gold and the English word.
        ("Or", ["gold"], []),
        ("OR, ARGENT", ["gold", "silver"], []),
        ("cuivre et or", ["copper", "gold"], []),
        ("minerai d'or", ["gold"], []),
        ("Or alluvionnaire", ["gold"], []),
        ("Zinc or tin", ["zinc", "tin"], []),
        ("copper, or zinc", ["copper", "zinc"], []),
        ("copper ore or other minerals", ["copper"], []),
        ("Copper, Or", ["copper"], ["Or"]),
        ("Copper and/or zinc", ["copper", "zinc"], []),
        ("oro o plata", ["gold", "silver"], []),
        ("fer ou cuivre", ["iron", "copper"], []),
        ("argent", ["silver"], []),
        # A person, unless ore or another mineral is spoken of.
        ("Índio", [], ["Índio"]),
        ("território de índio", [], ["índio", "território"]),
        ("MINÉRIO DE ÍNDIO", ["indium"], []),
        ("índio (elemento)", ["indium"], []),
        ("zinc, indio", ["zinc", "indium"], []),
        # The longest name first.
        ("coal", ["coal"], []),
        ("Coking coal; coal", ["coking_coal", "coal"], []),
        ("carbón metalúrgico", ["coking_coal"], []),
        ("carvão mineral", ["coal"], []),
        ("laterite", ["laterite"], []),
        ("Nickel (laterite)", ["nickel"], []),
        ("brine", ["brine"], []),
        ("salmuera de litio", ["lithium"], []),
        ("quartz, SiO2", ["silica"], []),
        ("silicon metal", ["silicon"], []),
        ("OURO PIGMENTO", ["arsenic"], []),
        ("rock phosphate", ["phosphate"], []),
        ("coal bed methane", ["natural_gas"], []),
        ("heavy mineral sands", ["titanium", "zirconium"], []),
        ("coltan", ["tantalum", "niobium"], []),
        ("terres rares", ["ree"], []),
        ("natural graphite", ["graphite"], []),
        ("sulfures de cuivre", ["copper"], []),
        # Words between, before and behind.
        ("Minerai de fer et de manganèse", ["iron", "manganese"], []),
        ("MINERALES DE COBRE Y SUS CONCENTRADOS", ["copper"], []),
        ("Iron (ore)", ["iron"], []),
        ("ferro-nickel", ["nickel"], []),
        ("ARGILA P/CER. VERMELH", ["clay"], []),
        ("Limestone Shale", ["limestone", "shale"], []),
        ("SiO₂, TiO₂ + Li2O", ["silica", "titanium", "lithium"], []),
        ("Mn with traces of Cu,Co,", ["manganese", "copper", "cobalt"], []),
        ("Metal, Coal", ["coal"], []),
        ("Copper, N/A", ["copper"], []),
        # What no name fits, in its words.
        ("iron and steel", ["iron"], ["steel"]),
        ("White dust; Gold", ["gold"], ["White dust"]),
        ("Goldfish, cobaltocene", [], ["Goldfish", "cobaltocene"]),
    ],
)
def test_a_text_comes_to_its_minerals_and_leaves_what_no_name_fits(
    text: str, minerals: list[str], left: list[str]
) -> None:
    found = match(text)
    assert list(found.ids) == minerals
    assert sorted(found.unmatched) == sorted(left)
    assert found.stated


@pytest.mark.parametrize(
    "text",
    [None, "", " , ", "N/A", "n.a.", "N/D", "ND", "Nd", "nd", "S/N", "M", "N", "No", "-", "?",
     "DADO NÃO CADASTRADO", "Not found", "not stated", "Sin información", "non renseigné",
     "Metal", "metallic", "Metálico", "No metálica", "Non-metallic", "métaux de base",
     "All minerals", "Todos os minerais", "Base Metals, Precious Metals", "Other minerals, etc.",
     "Tous minéraux sauf hydrocarbures", "All minerals except coal", "CRITICAL"],
)  # fmt: skip
def test_a_text_that_does_not_tell_which_mineral_is_not_stated(text: str | None) -> None:
    assert match(text) == ((), (), False, ())


def test_the_sample_register_leaves_nothing_unknown() -> None:
    path = resources.folder("sample_data") / "concessions" / "mining_cadastre.geojson"
    rows = json.loads(path.read_text(encoding="utf-8"))["features"]
    texts = [row["properties"]["Commodities"] for row in rows]
    column = matcher().match_column(texts)
    assert not column.unmatched
    assert {t for t, ok in zip(texts, column.stated, strict=True) if not ok} == {"", "N/A"}


# --- properties -----------------------------------------------------------------------------------

TOKENS = st.sampled_from(
    ["Co", "CO", "In", "Ni", "or", "Or", "ou", "y", "Nd", "ND", "U", "V", "cu", "Índio", "La",
     "copper", "cuivre et or", "Minério de ferro", "rare earths", "coking coal", "N/A", "metallic",
     "white dust", "Gold or Copper", "iron and steel", "Au alluvial", "as", "SiO2", "PGE", "fer"]
)  # fmt: skip
TEXTS = st.lists(TOKENS, min_size=1, max_size=5)


@given(TEXTS, st.randoms(use_true_random=False))
def test_the_order_of_tokens_never_matters(tokens: list[str], random: Any) -> None:
    shuffled = list(tokens)
    random.shuffle(shuffled)
    first, second = match(", ".join(tokens)), match("; ".join(shuffled))
    assert set(first.ids) == set(second.ids)
    assert set(first.unmatched) == set(second.unmatched)
    assert first.stated is second.stated


@given(TEXTS, st.sampled_from([str.upper, str.lower, str.title]))
def test_casing_never_turns_a_stated_mineral_into_one_not_stated(
    tokens: list[str], to: Any
) -> None:
    text = ", ".join(tokens)
    assert match(to(text)).stated is match(text).stated


@given(TEXTS, st.sampled_from(LANGUAGES))
def test_what_a_text_comes_to_comes_to_the_same_again(tokens: list[str], language: str) -> None:
    found = match(", ".join(tokens))
    labels = [label_of(mineral, language) for mineral in found.ids]
    assert match(", ".join(labels)).ids == found.ids


def test_a_symbol_that_is_a_word_of_some_list_is_declared_to_be_one() -> None:
    words = read_words(SHIPPED)
    silent = with_plurals(silent_phrases(words))
    symbols = {s.casefold() for m in MINERALS.values() for s in symbols_of(m) if len(s) == 2}
    assert symbols & set(silent) <= {*words.words_too, *words.no_data}
    assert set(words.words_too) <= symbols


# --- columns, layers and the page -----------------------------------------------------------------


def test_a_column_is_read_once_for_each_text_and_counts_its_rows() -> None:
    asked: list[str | None] = []

    class Counting(Matcher):
        def match(self, text: str | None) -> Any:
            asked.append(text)
            return super().match(text)

    texts = ["Foo, Cu", "Foo", None, "N/A", "CO"] * 1000
    column = Counting(MINERALS, read_words(SHIPPED)).match_column(np.array(texts, object))
    assert asked == ["Foo, Cu", "Foo", "N/A", "CO"]
    assert column.ids.tolist() == [["copper"], [], [], [], []] * 1000
    assert column.stated.tolist() == [True, True, False, False, True] * 1000
    assert column.unmatched == {"Foo": 2000, "CO": 1000}
    assert column.ambiguous == {"CO"}
    assert matcher().match_column([]).ids.shape == (0,)


def titles(*texts: str | None) -> Layer:
    rows = [{"substance": text} for text in texts]
    shapes = [made.square(100 + i, 0) for i in range(len(texts))]
    spec = made.spec(role=Role.CONCESSION, columns={"minerals": "substance"})
    return normalize_layer(made.raw_frame(rows, shapes), spec, made.FACTS, made.ON)


def test_titles_hold_ids_of_minerals_and_keep_the_text_of_the_register() -> None:
    layer = titles("MINÉRIO DE COBRE", "White dust", "Gold, White dust, CO", None)
    assert [list(found) for found in layer.features["minerals"]] == [["copper"], [], ["gold"], []]
    assert layer.features["commodity_text"].tolist()[:3] == [
        "MINÉRIO DE COBRE", "White dust", "Gold, White dust, CO",
    ]  # fmt: skip
    said = layer.issues["problem"].tolist()
    assert "the mineral 'White dust' of 2 titles is not known: none is counted" in said
    assert "the mineral 'CO' of 1 titles may be a symbol or a word: none is counted" in said


def test_of_many_unknown_texts_the_fifty_most_frequent_are_told() -> None:
    layer = titles("often", "often", *(f"stuff{i}" for i in range(60)))
    said = layer.issues["problem"][layer.issues["problem"].str.contains("mineral")].tolist()
    assert len(said) == 51
    assert "'often' of 2 titles" in said[0]
    assert said[-1] == "11 more texts of minerals are not known: none is counted"


def test_the_page_tells_a_text_it_does_not_know_from_one_that_states_nothing() -> None:
    def shown(text: str | None) -> str:
        facts = {"minerals": ids(text), "commodity_text": text}
        return str(figures.facts_view(facts))

    assert "Copper, “White dust”" in shown("Cu; White dust")
    assert "Mineral not stated: the register says “Metal”" in shown("Metal")
    assert "Mineral not stated'" in shown(None)


# --- mistakes in the files ------------------------------------------------------------------------


def changed(folder: Path, **rows: str) -> list[str]:
    """The problems of the project's files with some rows of minerals.csv written otherwise."""
    shutil.copytree(SHIPPED, folder, dirs_exist_ok=True)
    path = folder / "minerals.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    kept = [rows.pop(line.partition(",")[0], line) for line in lines]
    path.write_text("\n".join([*kept, *rows.values()]), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_minerals(folder)
    return [f"{p.key}: {p.text}" for p in caught.value.problems]


def row(*cells: str) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="").writerow(cells)
    return out.getvalue()


def test_every_mistake_in_the_table_is_told_at_once(tmp_path: Path) -> None:
    told = changed(
        tmp_path,
        gold=row("gold", "Cu", "gold", "or", "oro", "", "unheard", "gold|unobtainium", ""),
        tin=row("tin", "Sn", "tin|zinc", "étain", "estaño", "estanho|zync*", "us", "", ""),
        short=row("short", "Q"),
    )
    assert told == [
        f"row {len(MINERALS) + 2}: 2 cells, not 9",
        "gold.pt: no name in this language",
        "gold.lists: no list is called 'unheard'",
        "gold.by_product_of: 'gold' is no other mineral of this file",
        "gold.by_product_of: 'unobtainium' is no other mineral of this file",
        "zinc, tin: 'zinc' names all of these: mark it * in each, or leave it in one",
        "tin: 'zync' is marked as shared, and no other mineral has it",
        "copper, gold: the symbol 'cu' is given twice",
    ]


def test_a_list_without_a_day_and_words_of_no_mineral_are_told(tmp_path: Path) -> None:
    shutil.copytree(SHIPPED, tmp_path, dirs_exist_ok=True)
    for name, old, new in (
        ("lists.toml", 'as_of = "2024-09-11"', 'as_of = "September"'),
        ("mineral_words.toml", 'people = ["indio"]', 'people = ["person"]'),
    ):
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DefinitionError) as caught:
        read_minerals(tmp_path)
    assert [p.key for p in caught.value.problems] == ["list.un.as_of", "people"]
    assert key_of("  Ação-ORE_2 ") == "acao ore 2"
