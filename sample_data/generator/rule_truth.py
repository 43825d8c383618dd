"""Which rules each title raises, reckoned by this generator alone: no engine has part in it.

A table of titles by rules. A title or an answer that rounding, a planted defect or a matter of
taste would decide is left blank.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from .answers import NO, UNKNOWN, UNSURE, YES, Answer, all_of, any_of, at_least, told
from .contact import DOUBTFUL, FULL, NONE, PARTLY
from .methods import BRINE, LEACHING
from .rule_facts import Facts, Site
from .title_ground import enough_points
from .title_papers import LISTED, STRATEGIC

CRITICAL, HIGH, MODERATE, INFO, GAP = "critical", "high", "moderate", "info", "data_gap"
LOWER = {CRITICAL: HIGH, HIGH: MODERATE, MODERATE: INFO, INFO: INFO}
CLEAR, NOT_ASSESSED, VERIFY = "clear", "not_assessed", "verify"

# What the pack of Karvela (XKV) changes of the rules, told again here: the generator reads none of
# the program's files. All of a Biosphere Reserve is protected; areas may differ by a twentieth; and
# no valley has fewer people than 1,000, so that this would be told of every title.
SEVERITIES = {("biosphere_reserve_overlap", MODERATE): HIGH}
AREA_SHARE = 0.05
REQUIRED = {
    "protected_area": ["protected_area"],
    "oecm": ["oecm"],
    "key_biodiversity_area": ["key_biodiversity_area"],
    "community_land": [
        "indigenous_land", "claimed_land", "customary_land", "use_agreement_land",
    ],
    "heritage": ["heritage"],
    "moratorium": ["moratorium"],
}  # fmt: skip
PEOPLE_DOWNSTREAM = 30_000

MOSTLY = 0.6  # of a title
NEAR_KM, FAR_KM, RIVER_KM, SEARCHED_KM = 10.0, 100.0, 1.0, 50.0
PROCESSED = ("mining", "processing", "quarry", "small_scale")


class Contact(NamedTuple):
    """A condition that a contact with features meets in full, or only by a sliver or a circle."""

    kind: str


Condition = Contact | Answer
Level = tuple[str, Sequence[Condition]]
Rule = Callable[[Facts, Site], Sequence[Level]]


class Verdict(NamedTuple):
    """What a rule says of a title; severity and the mark `verify` where it is raised."""

    status: Answer
    severity: str = ""
    verify: bool = False

    def __str__(self) -> str:
        """As it stands in the table; blank where nothing is told."""
        words = {NO: CLEAR, UNKNOWN: NOT_ASSESSED, UNSURE: ""}
        if self.status is not YES:
            return words[self.status]
        return f"{self.severity} {VERIFY}" if self.verify else self.severity


def judge(rule: str, levels: Sequence[Level]) -> Verdict:
    """The first level that holds, the worst first; one that cannot be told hides those below it
    only where it lies too near a threshold."""
    open_ = NO
    for stated, conditions in levels:
        answer, partly = held(conditions)
        severity = SEVERITIES.get((rule, stated), stated)
        if answer is YES:
            return Verdict(YES, LOWER[severity] if partly else severity, partly)
        if answer is UNSURE:
            return Verdict(UNSURE)
        open_ = UNKNOWN if answer is UNKNOWN else open_
    return Verdict(open_)


def held(conditions: Sequence[Condition]) -> tuple[Answer, bool]:
    """Whether all conditions hold, and whether a contact holds in part alone."""
    kinds = [c.kind for c in conditions if isinstance(c, Contact)]
    answers = [c for c in conditions if isinstance(c, Answer)]
    answers += [UNSURE if kind == DOUBTFUL else told(kind in (FULL, PARTLY)) for kind in kinds]
    return all_of(answers), PARTLY in kinds


# --- one function a rule: its levels, the worst first ------------------------------------------


def meets(severity: str, name: str) -> Rule:
    """Raised where a title meets features of a group."""
    return lambda facts, site: [(severity, [Contact(facts.contact(name, site))])]


def settled_within(facts: Facts, site: Site, km: float) -> Answer:
    """Whether a settlement lies within a distance."""
    return facts.features["settlement"].near(site.shape, km, site.edge_km, counted=True)


def lies_near(severity: str, *names: str, km: float = NEAR_KM) -> Rule:
    """Raised where features of one of some groups lie within a distance."""

    def levels(facts: Facts, site: Site) -> Sequence[Level]:
        found = [facts.features[n].near(site.shape, km, site.edge_km) for n in names]
        return [(severity, [any_of(found)])]

    return levels


def ramsar(facts: Facts, site: Site) -> Sequence[Level]:
    """A tenth of the title in a wetland is critical."""
    contact = Contact(facts.contact("ramsar_wetland", site))
    share = at_least(facts.share("ramsar_wetland", site), 0.1)
    return [(CRITICAL, [contact, share]), (HIGH, [contact])]


def intact_forest(facts: Facts, site: Site) -> Sequence[Level]:
    """A hundredth of the title."""
    share = at_least(facts.share("intact_forest", site), 0.01)
    return [(HIGH, [Contact(facts.contact("intact_forest", site)), share])]


def critical_habitat(facts: Facts, site: Site) -> Sequence[Level]:
    """Likely where key areas, strict parks, world heritage or wetlands are met; it is never ruled
    out, and only where it is possible is it known not to be likely. Whether parks of category IV
    make it likely, authors differ."""
    found = [
        facts.contact(name, site)
        for name in (
            "key_biodiversity_area", "world_heritage", "ramsar_wetland", "strict_protected_area",
        )
    ]  # fmt: skip
    if FULL in found:
        return [(HIGH, [YES])]
    found.append(facts.contact("managed_park", site))
    if set(found) != {NONE}:
        return [(HIGH, [UNSURE])]
    forest = facts.contact("intact_forest", site)
    imperiled = at_least(facts.share("imperiled_ecoregion", site), 0.5)
    possible = any_of([UNSURE if forest == DOUBTFUL else told(forest == FULL), imperiled])
    return [(HIGH, [{YES: NO, NO: UNKNOWN}.get(possible, UNSURE)])]


def consent_missing(facts: Facts, site: Site) -> Sequence[Level]:
    """Indigenous land: not asked or refused is critical, anything but consent is high."""
    land = Contact(facts.contact("indigenous_land", site))
    ask = facts.papers.consent_at_least
    return [
        (CRITICAL, [land, ask(site.row, "not_sought")]),
        (HIGH, [land, ask(site.row, "not_applicable")]),
    ]


def people_inside(facts: Facts, site: Site) -> Sequence[Level]:
    """People by the cells, or a settlement."""
    settled = told(bool(facts.features["settlement"].met(site.shape)))
    return [
        (CRITICAL, [at_least(site.people, 1000)]),
        (HIGH, [any_of([at_least(site.people, 100), settled])]),
    ]


def heritage(facts: Facts, site: Site) -> Sequence[Level]:
    """World heritage is critical."""
    return [
        (CRITICAL, [Contact(facts.contact("world_cultural_heritage", site))]),
        (HIGH, [Contact(facts.contact("heritage", site))]),
    ]


def stress(facts: Facts, site: Site, least: int) -> Answer:
    """Whether water stress is so bad."""
    return facts.risk.reaches(site.shape, "bws", least)


def transboundary(facts: Facts, site: Site) -> Sequence[Level]:
    """Worse under water stress."""
    shared = facts.waters.transboundary(site.shape)
    return [(HIGH, [shared, stress(facts, site, 3)]), (MODERATE, [shared])]


def by_method(method: str, answer: Callable[[Facts, Site], Answer]) -> Rule:
    """Asked of titles that state the method; of those that state none only a no is told here."""

    def levels(facts: Facts, site: Site) -> Sequence[Level]:
        stated = site.row["Method"]
        found = answer(facts, site) if stated in ("", method) else UNSURE
        return [(HIGH, [found if stated == method or found is NO else UNSURE])]

    return levels


def tailings(facts: Facts, site: Site) -> Sequence[Level]:
    """Asked of titles to mine, quarry or process, but for leaching in place."""
    if site.stage not in PROCESSED or site.row["Method"] == LEACHING:
        return [(HIGH, [UNSURE])]
    floods = facts.risk.reaches(site.shape, "rfr", 3)
    people = facts.waters.people_below(site.shape)
    found = facts.ground.tailings_points(site.shape, site.boxes, floods, people)
    return [(CRITICAL, [enough_points(found, 6)]), (HIGH, [enough_points(found, 4)])]


def expired_with_mine(facts: Facts, site: Site) -> Sequence[Level]:
    """A mine is seen where the title has ended."""
    mine = Contact(facts.contact("mine_footprint", site))
    return [(HIGH, [mine, facts.papers.has_expired(site.row)])]


def lacks_an_answer(facts: Facts, site: Site) -> Answer:
    """Across the border the layers end: one without anything near says nothing of it. Of a title
    that lies mostly abroad the neighbour says what is required."""
    if site.is_inside:
        return NO
    if facts.share_at_home(site) < MOSTLY:
        return UNSURE
    gaps = [
        min(facts.features[name].gap_km(site.shape) for name in groups)
        for groups in REQUIRED.values()
    ]
    return any_of(at_least(gap, SEARCHED_KM) for gap in gaps)


def basin_share(facts: Facts, site: Site) -> float:
    """The largest share under titles of the basins that a title meets."""
    return max(facts.under_titles[k] for k in facts.waters.met(site.shape))


def one(severity: str, answer: Callable[[Facts, Site], Answer]) -> Rule:
    """A rule of one level and one condition."""
    return lambda facts, site: [(severity, [answer(facts, site)])]


def two(answer: Callable[[Facts, Site, float], Answer], high: float, moderate: float) -> Rule:
    """A rule of two thresholds of one number."""
    return lambda facts, site: [
        (HIGH, [answer(facts, site, high)]),
        (MODERATE, [answer(facts, site, moderate)]),
    ]


RULES: dict[str, Rule] = {
    "world_heritage_overlap": meets(CRITICAL, "world_heritage"),
    "world_heritage_near": lies_near(HIGH, "world_heritage"),
    "strict_protected_area_overlap": meets(CRITICAL, "strict_protected_area"),
    "other_protected_area_overlap": meets(HIGH, "other_protected_area"),
    "conserved_area_overlap": meets(HIGH, "oecm"),
    "ramsar_wetland_overlap": ramsar,
    "biosphere_reserve_overlap": meets(MODERATE, "biosphere_reserve"),
    "protected_area_near": lies_near(MODERATE, "protected_area"),
    "key_biodiversity_area_overlap": meets(HIGH, "key_biodiversity_area"),
    "downstream_protected_area": one(
        MODERATE, lambda f, s: f.waters.land_below(s.shape, f.parks_in_basins)
    ),
    "critical_habitat_likely": critical_habitat,
    "intact_forest_overlap": intact_forest,
    "tree_loss_hot_spot": one(
        MODERATE,
        lambda f, s: f.ground.is_hot_spot(s.shape, s.boxes, s.cover_ha, s.loss_ha, (2.0, 10.0)),
    ),
    "indigenous_land_without_consent": consent_missing,
    "consent_recorded": lambda f, s: [
        (INFO, [Contact(f.contact("indigenous_land", s)), f.papers.has_consent(s.row)])
    ],
    "indigenous_land_near": lies_near(MODERATE, "indigenous_land", "claimed_land"),
    "isolated_peoples_near": lies_near(CRITICAL, "isolated_peoples"),
    "claimed_land_overlap": meets(HIGH, "claimed_land"),
    "customary_land_overlap": meets(HIGH, "customary_land"),
    "use_agreement_land_overlap": meets(HIGH, "use_agreement_land"),
    "community_land_near": lies_near(MODERATE, "customary_land", "use_agreement_land"),
    "downstream_community_land": one(
        MODERATE, lambda f, s: f.waters.land_below(s.shape, f.communities_in_basins)
    ),
    "people_inside": people_inside,
    "settlement_near": one(MODERATE, lambda f, s: settled_within(f, s, 1.0)),
    "people_downstream": one(
        MODERATE, lambda f, s: at_least(f.waters.people_below(s.shape), PEOPLE_DOWNSTREAM)
    ),
    "heritage_overlap": heritage,
    "in_situ_leaching_near_people": by_method(LEACHING, lambda f, s: settled_within(f, s, 5.0)),
    "water_stress": two(lambda f, s, level: stress(f, s, int(level)), 4, 3),
    "arid_low_water_use": one(MODERATE, lambda f, s: f.risk.is_mainly(s.shape, "bws", -1)),
    "sub_basin_under_titles": two(lambda f, s, least: at_least(basin_share(f, s), least), 0.5, 0.2),
    "headwater": one(MODERATE, lambda f, s: f.waters.headwater(s.shape)),
    "transboundary_water": transboundary,
    "large_river_near": lies_near(MODERATE, "large_river", km=RIVER_KM),
    "groundwater_decline": one(MODERATE, lambda f, s: f.risk.reaches(s.shape, "gtd", 3)),
    "brine_in_dry_land": by_method(
        BRINE, lambda f, s: any_of([stress(f, s, 3), f.risk.is_mainly(s.shape, "bws", -1)])
    ),
    "tailings_siting": tailings,
    "flood_prone": one(MODERATE, lambda f, s: f.risk.reaches(s.shape, "rfr", 3)),
    "moratorium_overlap": meets(CRITICAL, "moratorium"),
    "activity_under_expired_title": expired_with_mine,
    "register_gaps": one(MODERATE, lambda f, s: f.papers.has_gaps(s.row, 0.6)),
    "area_mismatch": one(MODERATE, lambda f, s: f.papers.area_differs(s.row, AREA_SHARE)),
    "titles_on_one_ground": one(MODERATE, lambda f, s: f.papers.shares_ground(s.place)),
    "disclosure_gaps": one(MODERATE, lambda f, s: f.papers.discloses_less(s.row, 0.5)),
    "required_layer_missing": one(GAP, lacks_an_answer),
    "listed_mineral": one(INFO, lambda f, s: f.papers.names_any(s.row, LISTED)),
    "by_product_potential": one(INFO, lambda f, s: f.papers.has_companions(s.row)),
    "processing_far": one(INFO, lambda f, s: f.papers.plant_is_far(s.row, FAR_KM)),
    "landlocked_corridor": one(INFO, lambda f, s: f.way_crosses_a_border(s)),
}
ACROSS = ("required_layer_missing", "landlocked_corridor")  # told of a title across the border
# Rules that are raised where one of others is.
STRATEGIC_SITES = (
    "world_heritage_overlap", "world_heritage_near", "strict_protected_area_overlap",
    "other_protected_area_overlap", "conserved_area_overlap", "ramsar_wetland_overlap",
    "biosphere_reserve_overlap", "protected_area_near", "key_biodiversity_area_overlap",
    "critical_habitat_likely", "indigenous_land_without_consent", "customary_land_overlap",
    "use_agreement_land_overlap",
)  # fmt: skip
PARTICIPATION = (
    *STRATEGIC_SITES, "intact_forest_overlap", "tree_loss_hot_spot", "indigenous_land_near",
    "isolated_peoples_near", "claimed_land_overlap", "community_land_near", "people_inside",
    "settlement_near", "heritage_overlap", "water_stress", "arid_low_water_use",
    "sub_basin_under_titles", "large_river_near", "groundwater_decline", "flood_prone",
    "in_situ_leaching_near_people", "brine_in_dry_land", "tailings_siting",
)  # fmt: skip


def rule_table(facts: Facts) -> Iterator[list[Any]]:
    """A row for each title: its place in the register from 1, its code, and each rule's verdict."""
    names = [*RULES, "eu_strategic_mineral", "participation_duty"]
    yield ["row", "Code", *names]
    for site in facts.sites:
        found = verdicts(facts, site)
        yield [site.place + 1, site.row["Code"], *(str(found.get(n, "")) for n in names)]


def verdicts(facts: Facts, site: Site) -> dict[str, Verdict]:
    """Each rule's verdict on a title."""
    asked = RULES if site.is_inside else ACROSS
    found = {name: judge(name, RULES[name](facts, site)) for name in asked}
    if site.is_inside:
        named = facts.papers.names_any(site.row, STRATEGIC)
        sites = any_of(found[n].status for n in STRATEGIC_SITES)
        found["eu_strategic_mineral"] = judge("", [(INFO, [named, sites])])
        touched = any_of(asked_of(site, n, found[n].status) for n in PARTICIPATION)
        found["participation_duty"] = judge("", [(INFO, [touched])])
    return found


def asked_of(site: Site, rule: str, status: Answer) -> Answer:
    """The status of a rule, no where a stated stage or method keeps it from being asked."""
    method = site.row["Method"]
    if rule == "in_situ_leaching_near_people" and method not in ("", LEACHING):
        return NO
    if rule == "brine_in_dry_land" and method not in ("", BRINE):
        return NO
    if rule == "tailings_siting" and (site.stage not in PROCESSED or method == LEACHING):
        return NO
    return status
