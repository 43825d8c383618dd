"""What a rulebook says: indicators, norms, helpers, minerals, countries and rules, as frozen data.

Read from `cetm_geo/rules` by `rulebook`; a key of a file that no field has is a mistake.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum

from cetm_geo.model.definitions import NoUnknownKeys
from cetm_geo.model.terms import Stage

LANGUAGES = ("en", "fr", "es", "pt")


class Severity(StrEnum):
    """How much a raised flag asks for, the most first."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    INFO = "info"
    DATA_GAP = "data_gap"


class FlagStatus(StrEnum):
    """What a rule answers for a site; what cannot be said is never clear."""

    RAISED = "raised"
    CLEAR = "clear"
    NOT_ASSESSED = "not_assessed"


class Tier(StrEnum):
    """The worst raised severity of a site; the worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MODERATE = "moderate"
    NOT_FULLY_SCREENED = "not_fully_screened"
    INFO = "info"
    CLEAR = "clear"


class Pillar(StrEnum):
    """The four pillars of the UN Framework on Just Transitions for these minerals."""

    PRODUCTION = "production"
    TRADE = "trade"
    STEWARDSHIP = "stewardship"
    GOVERNANCE = "governance"


class Theme(StrEnum):
    """What a rule or an indicator is about; a score has one part for each."""

    PROTECTED_NATURE = "protected_nature"
    FOREST_HABITAT = "forest_habitat"
    WATER = "water"
    PEOPLE = "people"
    COMMUNITY_LAND = "community_land"
    HAZARD_TAILINGS = "hazard_tailings"
    GOVERNANCE = "governance"
    PRODUCTION = "production"
    TRADE = "trade"


class Direction(StrEnum):
    """Which way an indicator is worse."""

    HIGHER_IS_WORSE = "higher_is_worse"
    LOWER_IS_WORSE = "lower_is_worse"
    CONTEXT = "context"


class NormKind(StrEnum):
    """What an instrument is, which decides whom it binds."""

    TREATY = "treaty"
    DECLARATION = "declaration"
    DECISION = "decision"
    RESOLUTION = "resolution"
    GUIDANCE = "guidance"
    REGIONAL_POLICY = "regional_policy"
    REGULATION = "regulation"
    VOLUNTARY_STANDARD = "voluntary_standard"
    NATIONAL_LAW = "national_law"
    PRINCIPLE = "principle"
    PILLAR = "pillar"


class Method(StrEnum):
    """How a mineral is got out of the ground."""

    OPEN_PIT = "open_pit"
    UNDERGROUND = "underground"
    IN_SITU_LEACHING = "in_situ_leaching"
    BRINE = "brine"
    TAILINGS = "tailings"
    UNKNOWN = "unknown"


class Consent(StrEnum):
    """What is recorded of a community's free, prior and informed consent; the worst last."""

    OBTAINED = "obtained"
    NOT_APPLICABLE = "not_applicable"
    IN_PROGRESS = "in_progress"
    UNKNOWN = "unknown"
    NOT_SOUGHT = "not_sought"
    SOUGHT_REFUSED = "sought_refused"


class Operator(StrEnum):
    """The closed set of comparisons. OVERLAPS asks a `_contact` indicator (`Contact`)."""

    ABOVE = ">"
    AT_LEAST = ">="
    BELOW = "<"
    AT_MOST = "<="
    IS = "=="
    IS_NOT = "!="
    OVERLAPS = "overlaps"


class Contact(IntEnum):
    """Values of `R_contact`: what a site meets of a role or group, the more the worse."""

    NONE = 0
    SLIVER = 1
    CIRCLE = 2
    OVERLAP = 3


@dataclass(frozen=True)
class IndicatorSpec(NoUnknownKeys):
    """One indicator: what it is, which way it is worse, and where its formula is from.

    id: spelled out, with places to fill: `{scope}` stands for one of `scopes`, ids of roles,
    groups or scales, or the words "layer" and "scale" for any of these; other places, such as
    `{ring}`, are `rulebook.indicators.PLACES`. theme_of: scope -> theme, where it is not the same
    for all. section: the table of docs/indicators.md that lists it. row: of the method catalogue
    (E01, G02 ...), or several with commas.
    """

    id: str
    unit: str
    direction: Direction
    pillar: Pillar
    formula: str
    source: str
    section: str
    theme: Theme | None = None
    row: str = ""
    scopes: tuple[str, ...] = ()
    theme_of: Mapping[str, Theme] = field(default_factory=dict)


@dataclass(frozen=True)
class FeatureGroup(NoUnknownKeys):
    """Features of a role that norms tell apart from the others, by class or by tenure.

    classes: class ids a layer declares. tenures: of the layer or the feature. rest: counted
    features in none of these groups. min_order: least Strahler order. counted: only features that
    count; else all of the classes. Only layers that can tell them apart answer for a group.
    """

    id: str
    role: str
    label: Mapping[str, str]
    classes: tuple[str, ...] = ()
    tenures: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    min_order: int = 0
    counted: bool = True
    suffixes: tuple[str, ...] = ("overlap_km2", "overlap_share", "nearest_km", "count", "contact")


@dataclass(frozen=True)
class Norm(NoUnknownKeys):
    """One provision of an instrument; shown as unverified unless its text was opened.

    binding_on: ISO3 of those it binds where that is known and it is no treaty with a list of
    parties; applies_to: states, companies ... in_force_from, in_force_to: ISO days, "" = not known
    or not ended.
    """

    id: str
    instrument: str
    short: str
    provision: str
    kind: NormKind
    subject: str
    paraphrase: str
    url: str
    verified: bool
    applies_to: tuple[str, ...] = ()
    binding_on: tuple[str, ...] = ()
    adopted: str = ""
    in_force_from: str = ""
    in_force_to: str = ""
    pillars: tuple[Pillar, ...] = ()
    principles: tuple[int, ...] = ()
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Helper(NoUnknownKeys):
    """A partnership, initiative or community of practice: who can help with a flag."""

    id: str
    name: str
    subject: str
    helps: str
    url: str
    paraphrase: str
    verified: bool
    evidence: str = ""
    note: str = ""


@dataclass(frozen=True)
class Condition(NoUnknownKeys):
    """One comparison of a level: of an indicator with a threshold, or whether a rule is raised."""

    indicator: str = ""
    op: Operator = Operator.OVERLAPS
    threshold: str = ""
    rule: str = ""


@dataclass(frozen=True)
class Level(NoUnknownKeys):
    """Raised at a severity where `all` hold and, if there are any, one of `any` holds."""

    severity: Severity
    all: tuple[Condition, ...] = ()
    any: tuple[Condition, ...] = ()


@dataclass(frozen=True)
class Threshold(NoUnknownKeys):
    """A number that a rule compares with, from a day on (ISO; "" = always), with its reason."""

    name: str
    value: float
    unit: str
    reason: str
    valid_from: str = ""
    valid_to: str = ""
    source: str = ""


@dataclass(frozen=True)
class Sentence(NoUnknownKeys):
    """What a raised flag says in one language; reviewed by a reader of it and of the law."""

    text: str
    reviewed: bool = False


@dataclass(frozen=True)
class Applies(NoUnknownKeys):
    """Where a rule is asked at all; empty = everywhere. A stage or method not known is asked.

    party_to: short name of a treaty that the site's country is party to. group: LDC, LLDC ...
    """

    stages: tuple[Stage, ...] = ()
    methods: tuple[Method, ...] = ()
    party_to: str = ""
    group: str = ""


@dataclass(frozen=True)
class Rule(NoUnknownKeys):
    """When a flag is raised, how much it asks for, which norms it touches, and what it says.

    scope: role or group whose features are the evidence; "" = none. levels: the worst first.
    """

    id: str
    label: Mapping[str, str]
    theme: Theme
    pillars: tuple[Pillar, ...]
    principles: tuple[int, ...]
    levels: tuple[Level, ...]
    norms: tuple[str, ...]
    sentence: Mapping[str, Sentence]
    row: str = ""
    scope: str = ""
    helpers: tuple[str, ...] = ()
    thresholds: tuple[Threshold, ...] = ()
    applies: Applies = field(default_factory=Applies)
    note: str = ""


@dataclass(frozen=True)
class Cut(NoUnknownKeys):
    """How an indicator becomes a part of a theme's score: from each of `at` on, the point beside
    it. Below the first: 0. special: values that stand apart, with their points.
    """

    indicator: str
    theme: Theme
    unit: str
    at: tuple[float, ...]
    points: tuple[float, ...]
    reason: str
    falling: bool = False
    special: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Mineral(NoUnknownKeys):
    """A mineral with its names in four languages, the lists it is on, and what it comes with."""

    id: str
    symbol: str
    names: Mapping[str, tuple[str, ...]]
    lists: tuple[str, ...]
    by_product_of: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class MineralList(NoUnknownKeys):
    """A published list of minerals, of a day and a source."""

    id: str
    label: str
    as_of: str
    source: str
    verified: bool


@dataclass(frozen=True)
class Membership(NoUnknownKeys):
    """A country in a group (LDC, LLDC, SIDS) or a treaty, from a day on.

    status: in_force, scheduled_exit, open, ended for groups; party, signed, withdrawn, suspended,
    implementing ... for instruments.
    """

    iso3: str
    group: str
    status: str
    valid_from: str = ""
    valid_to: str = ""
    source: str = ""
    verified: bool = False


@dataclass(frozen=True)
class Override(NoUnknownKeys):
    """What a country changes of a rule, and the national law it does so by (ids of norms).

    severity: of level -> of level. threshold: name -> value. add_norms: named beside the rule's.
    off: the rule is not asked there; the reason says why.
    """

    rule: str
    reason: str
    law: tuple[str, ...] = ()
    severity: Mapping[Severity, Severity] = field(default_factory=dict)
    threshold: Mapping[str, float] = field(default_factory=dict)
    add_norms: tuple[str, ...] = ()
    off: bool = False


@dataclass(frozen=True)
class CountryPack(NoUnknownKeys):
    """What holds in one country: its required roles, laws, overrides and words for status.

    requires: roles, groups or ids of indicators without which a site is not fully screened there.
    groups, parties: memberships of an invented country, which are never in the real lists.
    """

    iso3: str
    label: str
    as_of: str
    requires: tuple[str, ...] = ()
    norms: tuple[Norm, ...] = ()
    overrides: tuple[Override, ...] = ()
    status: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    memberships: tuple[Membership, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class Rulebook:
    """All that is said by `cetm_geo/rules`, checked.

    requires: roles without which a site is not fully screened, where its pack says nothing else.
    labels: what indicators are called beside their numbers, by language.
    """

    version: str
    rules: Mapping[str, Rule]
    norms: Mapping[str, Norm]
    helpers: Mapping[str, Helper]
    indicators: tuple[IndicatorSpec, ...]
    groups: Mapping[str, FeatureGroup]
    cuts: tuple[Cut, ...]
    minerals: Mapping[str, Mineral]
    lists: Mapping[str, MineralList]
    memberships: tuple[Membership, ...]
    packs: Mapping[str, CountryPack]
    requires: tuple[str, ...] = ()
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
