"""Figures are pure: rows in, components out; words and signs never mislead."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dash import html
from dash.development.base_component import Component

from cetm_geo import resources, words
from cetm_geo.dashboard import create_app, figures
from cetm_geo.dashboard.answer import cardfacts, reading
from cetm_geo.dashboard.answer.column import answer_view
from cetm_geo.dashboard.answer.flagcards import flags_view
from cetm_geo.dashboard.answer.lacking import Lack, lacking
from cetm_geo.dashboard.answer.pillars import pillars_view, score
from cetm_geo.dashboard.answer.sourcing import sources_view
from cetm_geo.dashboard.answer.tiers import verdict, verdict_view
from cetm_geo.dashboard.answer.touching import is_told, touching_view
from cetm_geo.dashboard.corners import corner_count, read_typed
from cetm_geo.dashboard.mapconfig import legend_groups, map_config
from cetm_geo.dashboard.panels import site
from cetm_geo.dashboard.tree import Tree, lean
from cetm_geo.errors import CetmError
from cetm_geo.language import speaking
from cetm_geo.model import LANGUAGES, SCREENED_ROLES, LayerState, Tier
from cetm_geo.web import Service
from cetm_geo.web.asking import titles_address
from cetm_geo.web.filters import Filters

_UNVERIFIED = re.compile(r"(?:(\d+) )?norm texts? not yet verified")
HOSTILE = "<img src=x onerror=alert(1)>[x](javascript:alert(1))"


def a_line(state: LayerState, **more: Any) -> dict[str, Any]:
    line = {
        "scope_id": "parks", "scope_kind": "layer", "role": "protected_area", "label": "Parks",
        "state": state.value, "covered_km2": 0.0, "covered_share": 0.0, "feature_count": 0.0,
        "nearest_km": 12.0, "nearest_name": "Old Forest", "inside_share": 1.0, "note": None,
        "as_of": "2026", "licence": "CC0", "publish": "public",
    }  # fmt: skip
    return {**line, **more}


def an_answer(*lines: dict[str, Any], **more: Any) -> dict[str, Any]:
    site = {"site_id": "t:1", "name": "A title", "kind": "concession", "area_km2": 4.0}
    nothing: dict[str, Any] = {key: [] for key in ("overlaps", "sources", "flags", "indicators")}
    judged = {"tier": a_tier(Tier.CLEAR), "themes": [], "norms": {}, "helpers": {}}
    return {"site": site, "lines": list(lines), **nothing, **judged, **more}


def a_tier(tier: Tier, fully: bool = True) -> dict[str, Any]:
    score = {"score": 3.2, "score_low": 2.5, "score_high": 4.1, "score_coverage_share": 0.75}
    return {"tier": tier.value, "fully_screened": fully, "countries": "XKV", **score}


def a_card(severity: str = "critical", **more: Any) -> dict[str, Any]:
    """A raised flag of a made rule, with one norm that was verified and one that was not."""
    languages = ("en", "fr", "es", "pt")
    condition = {
        "indicator_id": "protected_area_overlap_share", "op": ">=", "threshold": 0.1,
        "unit": "share", "label": dict.fromkeys(languages, "share in parks"),
        "shown": dict.fromkeys(languages, "10%"),
    }  # fmt: skip
    card = {
        "rule_id": "parks", "row": "F99", "status": "raised", "severity": severity, "value": 0.25,
        "threshold": 0.1, "unit": "share", "indicator_id": "protected_area_overlap_share",
        "lack": None, "iso3": "XKV", "verify": False, "at_least": False, "stale": False,
        "expired": False, "placeholder": False, "pillars": ["stewardship"], "note": "",
        "label": {x: f"Park, in {x}" for x in languages}, "features": [], "data": [],
        "message": {x: f"It touches a park, said in {x}." for x in languages},
        "reviewed": {x: x == "en" for x in languages}, "changes": [],
        "when": [{"severity": severity, "all": [condition], "any": []}],
        "norm_ids": ["sure", "unsure"], "helper_ids": ["help"],
    }  # fmt: skip
    return {**card, **more}


def flagged(*cards: dict[str, Any], tier: Tier = Tier.CRITICAL, **more: Any) -> dict[str, Any]:
    """An answer with these cards, and the norms and helpers they name."""
    norm = {
        "short": "A convention", "provision": "Article 3", "instrument": "The convention",
        "paraphrase": "Parks are kept.", "url": "https://example.org", "verified": True,
        "in_force_from": "1990", "in_force_to": "", "binding": {"XKV": "binds"},
        "binding_text": {"XKV": "binds: Karvela is a party"},
    }  # fmt: skip
    norms = {"sure": norm, "unsure": {**norm, "short": "A standard", "verified": False}}
    helper = {"name": "Friends", "helps": "people", "url": "", "paraphrase": "Help."}
    judged = {"norms": norms, "helpers": {"help": helper}, "tier": a_tier(tier)}
    return an_answer(a_line(LayerState.OVERLAPS), flags=list(cards), **judged, **more)


def shown_by(answer: dict[str, Any]) -> list[Any]:
    """The whole column of an answer."""
    verdict, flags, pillars = verdict_view(answer), flags_view(answer), pillars_view(answer)
    return answer_view(answer, verdict, flags, pillars)


def an_overlap(**more: Any) -> dict[str, Any]:
    row = {
        "layer_id": "parks", "layer_label": "Parks", "role": "protected_area", "feature_id": "p:1",
        "name": "Old Forest", "designation": "Park", "overlap_km2": 1.0, "overlap_share": 0.25,
        "feature_share": 0.5, "distance_km": 0.0, "sliver": False,
    }  # fmt: skip
    return {**row, **more}


def inside(component: Any) -> Iterator[Any]:
    """The component and everything below it, texts included."""
    if isinstance(component, (list, tuple)):
        for part in component:
            yield from inside(part)
        return
    yield component
    if isinstance(component, Component):
        yield from inside(getattr(component, "label", None))
        yield from inside(getattr(component, "children", None))


def text_of(component: Any) -> str:
    return " ".join(str(part) for part in inside(component) if isinstance(part, str))


def test_every_state_of_a_layer_has_a_sign_and_a_word_of_its_own() -> None:
    signs = {words.STATES[state].sign for state in LayerState}
    labels = {words.STATES[state].label for state in LayerState}
    assert len(signs) == len(labels) == len(LayerState)


def test_every_sign_that_is_named_is_drawn_and_no_two_drawings_are_alike() -> None:
    folder = resources.folder("assets") / "signs"
    named = [said.sign for said in words.STATES.values()]
    drawn = [(folder / f"{name}.svg").read_text() for name in named]
    assert len(set(drawn)) == len(named)
    tiers = [(folder / f"{said.sign}.svg").read_text() for said in words.TIERS.values()]
    assert len(set(tiers)) == len(Tier)


@pytest.mark.parametrize("state", LayerState)
def test_a_line_shows_its_state_by_a_sign_and_by_words(state: LayerState) -> None:
    shown = touching_view(an_answer(a_line(state, covered_km2=1.0, covered_share=0.25)))
    classes = [getattr(part, "className", "") for part in inside(shown)]
    assert f"sign sign-{words.STATES[state].sign}" in classes
    spoken = {getattr(part, "aria-label", None) for part in inside(shown)}
    assert words.STATES[state].meaning in spoken
    assert len(text_of(shown)) > len("What it touches every layer, nil results included Parks")


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (LayerState.CHECKED_NONE, "none"),
        (LayerState.WITHIN_RING, "12.0\u00a0km"),
        (LayerState.WITHIN_MAPPING_ERROR, "verify"),
        (LayerState.COVERAGE_UNKNOWN, "none recorded"),
        (LayerState.NOT_COVERED, "not covered"),
        (LayerState.FAILED, "failed"),
    ],
)
def test_a_line_without_an_overlap_says_which_kind_of_none(state: LayerState, said: str) -> None:
    assert reading.line_value(a_line(state))[0] == said


def test_a_role_is_a_heading_only_above_several_layers() -> None:
    own = a_line(LayerState.OVERLAPS, scope_kind="role", scope_id="protected_area")
    one, two = a_line(LayerState.OVERLAPS), a_line(LayerState.CHECKED_NONE, scope_id="zones")
    assert reading.shown_lines([one, own]) == [one]
    assert reading.shown_lines([one, two, own]) == [own, one, two]
    assert [reading.is_heading(x, [own, one, two]) for x in (own, one)] == [True, False]


def test_the_line_of_a_role_stands_only_where_it_says_more_than_its_layers() -> None:
    def lines(own: LayerState, *layers: LayerState) -> list[dict[str, Any]]:
        role = a_line(own, scope_kind="role", scope_id="protected_area")
        return [role, *(a_line(x, scope_id=f"l{i}") for i, x in enumerate(layers))]

    def told(*states: LayerState) -> bool:
        found = lines(*states)
        return is_told(found[0], found)

    overlaps, none, open_ = LayerState.OVERLAPS, LayerState.CHECKED_NONE, LayerState.NOT_COVERED
    assert told(overlaps, overlaps, overlaps)
    assert not told(overlaps, overlaps, none)
    assert not told(none, none, none)
    assert told(none, open_, open_)  # together they cover the site


def test_a_role_without_a_layer_stays_listed_as_not_covered() -> None:
    missing = a_line(LayerState.NOT_COVERED, scope_kind="role", scope_id="oecm", role="oecm")
    assert reading.shown_lines([missing]) == [missing]
    assert "not covered" in text_of(touching_view(an_answer(missing)))


def test_distances_stand_in_one_sentence_and_take_no_line() -> None:
    far = [
        a_line(
            LayerState.WITHIN_RING, scope_kind="role", role="road", nearest_km=0.4, label="Roads"
        ),
        a_line(LayerState.CHECKED_NONE, scope_kind="role", role="port", nearest_km=None),
    ]
    view = touching_view(an_answer(a_line(LayerState.OVERLAPS), *far))
    said = " ".join(text_of(view).split())
    assert "Nearest, in a straight line Road 400 m Port none within 500 km" in said
    assert sum(str(_class_of(part)).startswith("line ") for part in inside(view)) == 1


def test_no_component_holds_a_list_within_its_list_of_children() -> None:
    """The browser refuses such a component, and with it the whole panel."""
    far = a_line(LayerState.WITHIN_RING, scope_kind="role", role="road")
    answer = flagged(a_card(), a_card("info"), overlaps=[an_overlap()])
    answer["lines"].append(far)
    for part in inside(shown_by(answer)):
        children = getattr(part, "children", None)
        assert not isinstance(children, list) or not any(isinstance(c, list) for c in children)


# --- tiers and flags -----------------------------------------------------------------------------


def test_a_verdict_gives_the_worst_flags_sentence_and_how_many_follow() -> None:
    said = verdict(flagged(a_card(), a_card("high"), a_card("moderate"), a_card("moderate")))
    assert said.tier is Tier.CRITICAL
    assert said.because == "It touches a park, said in en."
    assert said.follows == "3 more flags are raised: 1 high and 2 moderate."


@pytest.mark.parametrize("tier", Tier)
@pytest.mark.parametrize("fully", [True, False])
def test_no_tier_is_shown_without_whether_all_was_screened(tier: Tier, fully: bool) -> None:
    answer = flagged(a_card(), tier=tier)
    answer["tier"] = a_tier(tier, fully)
    shown = verdict_view(answer, [] if fully else [Lack("Heritage", "no layer answers")])
    text = text_of(shown)
    assert words.TIERS[tier].label in text
    assert ("Fully screened: every" in text) is fully
    assert ("no full answer on: Heritage." in text) is not fully
    assert "A screen of public data, not a legal finding." in text


def test_a_tier_that_rests_on_no_flag_of_weight_names_none_as_its_reason() -> None:
    answer = flagged(a_card("info"), tier=Tier.NOT_FULLY_SCREENED)
    said = verdict(answer)
    assert said.because == ""
    assert said.follows == "1 flag is raised: 1 for information."


@pytest.mark.parametrize(
    ("mark", "said"),
    [
        ("verify", "verify on the ground"),
        ("at_least", "at least: a worse level could not be assessed"),
        ("expired", "expired title"),
        ("stale", "rests on old data"),
    ],
)
def test_a_card_says_in_words_what_weakens_it(mark: str, said: str) -> None:
    assert said in text_of(flags_view(flagged(a_card() | {mark: True})))
    assert said not in text_of(flags_view(flagged(a_card())))


def test_a_card_speaks_the_language_of_the_page_and_marks_what_was_not_reviewed() -> None:
    for language in LANGUAGES:
        with speaking(language):
            card = flags_view(flagged(a_card()))
        (message,) = (part for part in inside(card) if _class_of(part) == "message")
        assert f"said in {language}." in text_of(message)
        marks = {_class_of(part) for part in inside(message)}
        assert ("unverified" in marks) is (language != "en")


def _class_of(part: Any) -> Any:
    return getattr(part, "className", "")


def test_a_card_shows_number_threshold_norms_and_who_can_help() -> None:
    text = text_of(flags_view(flagged(a_card())))
    assert "Share in parks: at least 10%" in text
    assert "25%" in text
    assert "Binds here: Karvela is a party" in text
    assert text.count("text verified") == 1
    assert text.count("norm text not yet verified") == 1
    assert "Friends" in text


def test_what_was_raised_one_lower_is_held_against_the_level_that_held() -> None:
    levels: list[Any] = [
        {"severity": x, "all": [], "any": []} for x in ("critical", "high", "moderate")
    ]
    for severity, verify, place in (("high", True, 0), ("high", False, 1), ("moderate", True, 1)):
        card = a_card(severity, verify=verify, when=levels)
        assert cardfacts.raised_level(card) is levels[place]


def test_a_card_without_places_names_the_layers_its_number_is_measured_from() -> None:
    sources = [
        {"layer_id": x, "role": role, "label": x, "as_of": "2026", "licence": "CC0", "scales": None}
        for x, role in (("parks", "protected_area"), ("roads", "road"))
    ]
    answer = flagged(a_card(), sources=sources)
    assert [row["layer_id"] for row in cardfacts.data_of(answer["flags"][0], answer)] == ["parks"]


def test_a_card_says_what_the_title_adds_to_land_under_titles_in_force() -> None:
    place = {"layer_id": "parks", "feature_id": "p:1", "name": "Old Forest"}
    overlap = an_overlap(added_km2=0.1, already_km2=0.4)
    answer = flagged(a_card(features=[place]), overlaps=[overlap])
    told = cardfacts.cumulative(answer["flags"][0], answer)
    assert told == ["Old Forest: would add 5.0\u00a0% to the 20.0\u00a0% under titles in force"]


def test_flags_that_wait_for_rasters_are_being_measured_and_others_are_not() -> None:
    open_ = a_card(status="not_assessed", message={})
    ours = {**open_, "indicator_id": "population_count", "lack": "layer_missing"}
    other = {**open_, "indicator_id": "heritage_nearest_km", "lack": "no_data"}
    waiting = text_of(flags_view(flagged(ours, other), waiting=True))
    assert waiting.count("being measured") == 1
    assert "the data do not say" in waiting
    assert "being measured" not in text_of(flags_view(flagged(ours, other)))


def test_pillars_have_a_block_a_rule_and_say_the_same_in_words() -> None:
    cards = [a_card(), a_card("moderate"), a_card(status="clear"), a_card(status="not_assessed")]
    shown = pillars_view(flagged(*cards))
    blocks = [str(_class_of(part)) for part in inside(shown)]
    for kind in ("critical", "moderate", "not_assessed", "clear"):
        assert blocks.count(f"block-{kind}") == 1
    text = text_of(shown)
    assert "1 critical, 1 moderate, 1 not assessed, 1 clear" in text
    assert text.count("no rule asks about it here") == 3


def test_a_score_stands_with_its_interval_and_what_it_rests_on() -> None:
    said = score(a_tier(Tier.HIGH), {"kind": "concession"})
    assert "Score 3.2 of 5, from 2.5 to 4.1" in said
    assert "75.0\u00a0% of the themes" in said
    assert "within a tier only" in said


def test_the_page_never_speaks_as_a_judge() -> None:
    folder = Path(str(resources.folder("assets"))).parent
    written = [*folder.glob("cetm_geo/dashboard/**/*.py"), *folder.glob("assets/**/*.*js")]
    for file in written:
        said = file.read_text().lower()
        assert not any(word in said for word in ("breach", "violat", "no conflict")), file


def test_hostile_names_stay_text() -> None:
    overlap = an_overlap(name=HOSTILE, designation=HOSTILE, layer_label=HOSTILE)
    answer = flagged(a_card(message=dict.fromkeys(LANGUAGES, HOSTILE)), overlaps=[overlap])
    answer["lines"] = [a_line(LayerState.OVERLAPS, label=HOSTILE, nearest_name=HOSTILE)]
    answer["site"] |= {"name": HOSTILE, "holder": f"{HOSTILE} Ltd", "minerals": [HOSTILE]}
    parts = list(inside([*shown_by(answer), figures.facts_view(answer["site"])]))
    assert sum(HOSTILE in part for part in parts if isinstance(part, str)) >= 9
    kinds = {part._type for part in parts if isinstance(part, Component)}
    assert not kinds & {"Markdown", "Iframe", "Script", "DangerouslySetInnerHTML"}


def test_a_licence_link_that_is_no_web_address_is_not_a_link() -> None:
    source = {"label": "x", "role": "protected_area", "licence": "L", "licence_url": "javascript:1"}
    shown = sources_view(an_answer(a_line(LayerState.OVERLAPS), sources=[source]))
    assert not [part for part in inside(shown) if getattr(part, "href", None)]


def test_a_title_with_any_id_has_an_address_that_brings_it_back() -> None:
    assert figures.site_address("a:b&site=c #1") == "?site=a%3Ab%26site%3Dc%20%231"


def test_typed_corners_become_a_closed_polygon_and_say_how_they_were_read() -> None:
    typed = read_typed("2 N 20 E\n2 N; 21 E\n3 N, 21.5 W\n")
    assert typed.geometry is not None
    assert typed.geometry["coordinates"][0] == [[20, 2], [21, 2], [-21.5, 3], [20, 2]]
    assert corner_count(typed.geometry) == 3
    assert typed.said == (
        "Read as latitude, longitude in decimal degrees; first corner 2.0000 N, 20.0000 E."
    )
    assert typed.choices == ()


def test_corners_of_two_readings_are_no_polygon_before_one_is_confirmed() -> None:
    text = "20 2\n21 2\n21 3"
    typed = read_typed(text, near=(19, 1, 22, 4))
    assert typed.geometry is None
    (lon_first, label), (lat_first, _) = typed.choices
    assert label == "longitude, latitude in decimal degrees: first corner 2.0000 N, 20.0000 E"
    for choice, first in ((lon_first, [20, 2]), (lat_first, [2, 20])):
        taken = read_typed(text, choice, near=(19, 1, 22, 4)).geometry
        assert taken is not None
        assert taken["coordinates"][0][0] == first
    # What was confirmed for one text holds for no other.
    assert read_typed(text + "\n20 3", lon_first).geometry is None


def test_pasted_geojson_is_taken_as_it_is() -> None:
    shape = {"type": "Polygon", "coordinates": [[[20, 2], [21, 2], [21, 3], [20, 2]]]}
    assert read_typed(json.dumps(shape)).geometry == shape


@pytest.mark.parametrize("text", ["", "1 2\n3 4", "1 2\n3 4 5\n6 7", "{", '{"type": "Point"}'])
def test_typed_corners_that_are_no_polygon_are_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(CetmError) as refused:
        read_typed(text)
    assert refused.value.hint


def test_tiers_stand_out_of_their_grounds_in_both_themes() -> None:
    """WCAG 2: 4.5 to 1 for text, 3 to 1 for lines and signs."""
    light, dark = themes_of((resources.folder("assets") / "tokens.css").read_text())
    for theme in (light, {**light, **dark}):
        for tier in ("critical", "high", "moderate", "info"):
            text, wash = theme[f"tier-{tier}-text"], theme[f"tier-{tier}-wash"]
            for ground in (wash, theme["panel"]):
                assert contrast(text, ground) >= 4.5, (tier, ground)
                assert contrast(theme[f"tier-{tier}-line"], ground) >= 3, (tier, ground)
            for ink in ("ink", "ink-2", "accent"):
                assert contrast(theme[ink], wash) >= 4.5, (tier, ink)
        for hollow in ("not_fully_screened", "clear"):
            assert contrast(theme[f"tier-{hollow}-line"], theme["panel"]) >= 3
        for ink in ("ink-2", "ink-3"):
            assert contrast(theme[ink], theme["panel"]) >= 4.5
        assert contrast(theme["line-2"], theme["panel"]) >= 3


def themes_of(css: str) -> list[dict[str, str]]:
    """The colours of the light theme, and those that differ in the dark one."""
    blocks = css.split(":root")[1:3]
    return [dict(re.findall(r"--([\w-]+):(#[0-9a-f]{6})", block)) for block in blocks]


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, bright = sorted((luminance(one), luminance(other)))
    return (bright + 0.05) / (dark + 0.05)


def test_what_is_only_read_is_one_component_and_what_has_an_id_stays() -> None:
    read, named = html.P(["a ", html.B("b")], lang="fr"), html.Div(html.P("c"), id="named")
    first, second, third = lean([read, "d", named, None, html.Span(4)])
    assert first.nodes == [["p", {"lang": "fr"}, "a ", ["b", {}, "b"]], "d"]
    assert (second.id, second.children[0].nodes) == ("named", [["p", {}, "c"]])
    assert third.nodes == [["span", {}, "4"]]


def test_every_tag_of_a_panel_is_one_that_the_browser_draws(
    answers: Any, sample_store: Path
) -> None:
    script = (resources.folder("assets") / "tree.js").read_text()
    known = set(re.findall(r"'(\w+)'", script.split("TAGS = new Set([")[1].split("]")[0]))
    rulebook = Service(sample_store).store().rulebook
    for _, answer in answers[:10]:
        parts = list(inside(site.view(answer, rulebook)))
        trees = [part.nodes for part in parts if isinstance(part, Tree)]
        used = {tag for nodes in trees for tag in tags_of(nodes)}
        assert used <= known
        # Dash asks each of its components at every change: a panel must not hold thousands.
        assert sum(isinstance(part, Component) for part in parts) < 60


def tags_of(nodes: Any) -> Iterator[str]:
    for node in nodes:
        if not isinstance(node, str):
            yield node[0]
            yield from tags_of(node[2:])


def test_the_map_draws_a_layer_by_its_style_word_and_never_by_its_id() -> None:
    rows = [
        {"layer_id": "x", "role": "community_land", "label": "X", "style": '{"draw": "claimed"}'},
        {"layer_id": "y", "role": "river", "label": "Y", "style": "not json"},
        {"layer_id": "z", "role": "concession", "label": "Z", "style": '{"draw": "kba"}'},
    ]
    bounds = {"west": "0", "south": "0", "east": "1", "north": "1"}
    config = map_config(rows, bounds, "g", lambda name: "withheld" if name == "x" else "")
    drawn = {layer["id"]: layer["draw"] for layer in config["layers"]}
    assert drawn == {"x": "claimed", "y": "river", "z": "site"}
    listed = [layer["id"] for _, group in legend_groups(config["layers"]) for layer in group]
    assert listed == ["z", "x", "y"]
    assert not next(layer for layer in config["layers"] if layer["id"] == "x")["visible"]


def test_filters_go_into_the_download_address() -> None:
    wanted = Filters(text="gold", tiers=("critical",), statuses=("application",))
    where = titles_address("geojson", wanted)
    assert where == "api/v1/sites.geojson?q=gold&tier=critical&status=application"


# --- the sample ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers(sample_store: Path) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Every fourth title of the sample: its row of the list, and its answer."""
    service = Service(sample_store)
    rows = service.finder().rows(Filters()).rows
    return [(row, service.answer(row["site_id"])) for row in rows[::4]]


def test_the_list_and_the_panel_of_a_title_say_the_same(answers: Any) -> None:
    assert len({row["tier"] for row, _ in answers}) > 1
    for row, answer in answers:
        said = verdict(answer)
        assert (said.tier, said.screened) == (row["tier"], row["fully_screened"])
        worst = answer["flags"][0]
        if said.because:
            assert row["reason"].startswith(worst["label"]["en"])
            assert row["reason"].endswith("(verify)") is worst["verify"]


def test_what_keeps_a_title_from_being_fully_screened_is_named(
    answers: Any, sample_store: Path
) -> None:
    rulebook = Service(sample_store).store().rulebook
    told = [(row["fully_screened"], lacking(answer, rulebook)) for row, answer in answers]
    assert {fully for fully, _ in told} == {True, False}
    assert all(bool(reasons) is not fully for fully, reasons in told)


def test_every_raised_flag_leads_to_its_norms_and_says_which_were_not_verified(
    answers: Any,
) -> None:
    for _, answer in answers:
        cards = [part for part in inside(flags_view(answer)) if isinstance(part, html.Article)]
        raised = [card for card in answer["flags"] if card["status"] == "raised"]
        assert len(cards) == len(raised)
        for card in raised:
            assert card["norm_ids"], card["rule_id"]
        for shown in cards:
            norms = [part for part in inside(shown) if _class_of(part) == "norm"]
            for norm in norms:
                marks = {_class_of(part) for part in inside(norm)} & {"verified", "unverified"}
                assert len(marks) == 1
            assert norms
        texts = [text_of(part) for part in cards]
        unverified = sum(
            not answer["norms"][name]["verified"] for card in raised for name in card["norm_ids"]
        )
        said = [n or "1" for text in texts for n in _UNVERIFIED.findall(text)]
        assert sum(map(int, said)) == unverified


def test_no_card_of_the_sample_has_a_place_left_unfilled(answers: Any) -> None:
    for _, answer in answers:
        for part in (flags_view(answer), verdict_view(answer), pillars_view(answer)):
            text = text_of(part)
            assert "{" not in text
            assert "None" not in text.split()
            assert "nan" not in text.split()


def test_every_screened_role_has_a_line_for_every_title(sample_store: Path) -> None:
    service = Service(sample_store)
    row = service.titles(Filters(), 1).rows[0]
    shown = reading.shown_lines(service.answer(row["site_id"])["lines"])
    assert {line["role"] for line in shown} >= set(SCREENED_ROLES)


def test_without_a_store_the_page_says_so(tmp_path: Path) -> None:
    app = create_app(tmp_path / "nothing")
    layout = app.server.test_client().get("/_dash-layout")
    assert layout.status_code == 200
    assert "There are no data to show yet" in json.dumps(layout.json)
