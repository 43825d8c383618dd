"""The profile of a country as a page for people: Markdown, in a language there are texts for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from cetm_geo import words
from cetm_geo.country.layout import NONE, Layout, Row, cell, languages, paragraph, unit_of
from cetm_geo.country.standing import group_said, treaty_said
from cetm_geo.country.tabled import ALL, GROUPS
from cetm_geo.errors import ExportError
from cetm_geo.language import _, speaking
from cetm_geo.model import Role, Rulebook
from cetm_geo.model.rules import Pillar
from cetm_geo.notes import said
from cetm_geo.rulebook.minerals import label_of

_RULES_SHOWN = 5  # of a theme
_MINERALS_SHOWN = 15
_LAND = (("titles_count", ""), ("union_km2", "km2"), ("sum_km2", "km2"))
_PUBLISHED = ("published_count", "not_published_count", "not_stated_count")
_DISTANCES = ("median_km", "max_km", "beyond_500_km_count", "not_known_count")
_MINED = ("mined_km2", "under_titles_km2", "outside_titles_km2")


def markdown(profile: Row, rulebook: Rulebook, language: str = "en") -> str:
    """A profile by `profile_of` as a page of Markdown.

    Raises ExportError for a language without texts.
    """
    if language not in languages():
        raise ExportError(
            f"There are no texts of a profile in {language!r}.", f"One of {', '.join(languages())}."
        )
    with speaking(language):
        return "\n".join(_Page(profile, rulebook, language).lines()) + "\n"


class _Page(Layout):
    """One profile in one language."""

    def __init__(self, profile: Row, rulebook: Rulebook, language: str) -> None:
        super().__init__(language)
        self.profile, self.rulebook = profile, rulebook

    def lines(self) -> Iterator[str]:
        """The whole page."""
        yield from self._head()
        yield from self._country()
        yield from self._titles()
        yield from self._ground()
        yield from self._places()
        of_pillar: dict[Pillar, Callable[[Row], Iterator[str]]] = {
            Pillar.STEWARDSHIP: self._stewardship,
            Pillar.GOVERNANCE: self._governance,
            Pillar.PRODUCTION: self._production,
            Pillar.TRADE: self._trade,
        }
        for pillar, rest in of_pillar.items():
            own = self.profile["pillars"][pillar.value]
            yield from self.heading(2, pillar.value)
            yield from self.heading(3, "worst_severity")
            yield from self.kinds(own["worst_severity"], "severity", "severity")
            yield from self.heading(3, "flags")
            yield from self._flags(own["flags"])
            yield from rest(own)
        yield from self._strategies()
        yield from self._sources()

    # --- the country and its titles --------------------------------------------------------------

    def _head(self) -> Iterator[str]:
        p = self.profile
        yield f"# {self.text('page', 'title', country=cell(p['country']), iso3=p['iso3'])}"
        count = p["titles"]["titles_count"][ALL]
        word = self.text("word", "title" if count == 1 else "titles")
        yield from paragraph(
            self.text(
                "page",
                "head",
                as_of=words.day(p["as_of"]),
                titles=f"{self.number(count, '')} {word}",
                catalogue=cell(p["catalogue"]),
                rulebook_version=p["rulebook_version"],
            )
        )
        yield from paragraph(self.text("page", "screen"))
        yield from paragraph(_(words.DISCLAIMER))

    def _country(self) -> Iterator[str]:
        yield from self.heading(2, "country")
        rows = [
            (
                f"{self.named('country_group', m['group'])} ({m['group']})",
                self.text("word", "yes" if m["is_member"] else "no"),
                cell(group_said(self, m)),
                cell(m["source"] or NONE),
            )
            for m in self.profile["memberships"]
        ]
        yield from self.table(("country_group", "member", "said", "source"), rows)
        yield from self.heading(3, "treaties")
        yield from paragraph(self.text("told", "treaties"))
        yield ""
        yield from (f"- {cell(treaty_said(self, row))}" for row in self.profile["treaties"])

    def _titles(self) -> Iterator[str]:
        titles = self.profile["titles"]
        yield from self.heading(2, "titles")
        yield from self.figures(titles)
        kinds = {"by_tier": "tier", "by_status": "licence_status", "by_stage": "stage"}
        for name, kind in kinds.items():
            yield from self.heading(3, kind)
            yield from self.kinds(titles[name], kind, kind)

    def _ground(self) -> Iterator[str]:
        ground = self.profile["ground"]
        yield from self.heading(2, "ground")
        outline = ground["outline"]
        if outline is None:
            yield from paragraph(self.text("told", "no_outline"))
        else:
            label = f"{cell(outline['label'])}, {words.day(outline['as_of'])}"
            km2 = self.number(ground["country_km2"], "km2")
            yield from paragraph(self.text("told", "outline", label=label, km2=km2))
        named = [words.role_label(role) for role in ground["named_roles"]]
        missing = [words.role_label(role) for role in ground["roles_missing"]]
        yield from paragraph(self.text("told", "named", roles=", ".join(named) or NONE))
        if missing:
            yield from paragraph(self.text("told", "not_named", roles=", ".join(missing)))
        yield from self.figures(ground)

    def _places(self) -> Iterator[str]:
        yield from self.heading(2, "places")
        yield from paragraph(self.text("told", "places"))
        for listed in self.profile["places"]:
            label = listed["label"] if listed["layer_id"] else words.role_label(listed["role"])
            yield from paragraph(f"**{cell(label)}**")
            yield from self.figures({"places_count": listed["places_count"]})
            rows = [
                (
                    cell(row["name"] or self.text("status", row["status"]) or row["feature_id"]),
                    self.number(row["titles_count"][ALL], ""),
                    *self.groups(row["covered_share"], "share"),
                    self.number(row["covered_km2"][ALL], "km2"),
                )
                for row in listed["most"]
            ]
            yield from self.table(("place", "titles", *GROUPS, "km2_under"), rows, "")

    def _flags(self, themes: Sequence[Row]) -> Iterator[str]:
        """The flags raised most often; those that no title could be asked are named below."""
        rows, silent = [], []
        for theme in themes:
            raised = [rule for rule in theme["rules"] if rule["raised_count"][ALL]]
            rows += [self._flag(theme["theme"], rule) for rule in raised[:_RULES_SHOWN]]
            silent += [
                cell(rule["label"][self.language])
                for rule in theme["rules"]
                if rule["not_assessed_count"] == rule["asked_count"]
            ]
        columns = ("theme", "flag", "raised", "critical_high", "verify", "not_assessed")
        yield from self.table(columns, rows)
        if silent:
            yield from paragraph(self.text("told", "never_assessed", flags="; ".join(silent)))

    def _flag(self, theme: str, rule: Row) -> tuple[str, ...]:
        severe = rule["raised_by_severity_count"]
        return (
            self.text("theme", theme),
            cell(rule["label"][self.language]),
            f"{rule['raised_count'][ALL]} / {rule['asked_count']}",
            f"{severe['critical']}, {severe['high']}",
            str(rule["verify_count"]),
            str(rule["not_assessed_count"]),
        )

    # --- pillars ---------------------------------------------------------------------------------

    def _stewardship(self, own: Row) -> Iterator[str]:
        yield from self.heading(3, "land")
        rows = [
            (
                self.text("told", row["scope_kind"], label=cell(self._scope(row))),
                *(self.value(row[name], ALL, unit) for name, unit in _LAND),
                *(self.value(row["union_km2"], group, "km2") for group in GROUPS[1:]),
                self.known(row["titles_count"]),
            )
            for row in own["land"]
        ]
        yield from self.table(("scope", "titles", "union", "sum", *GROUPS[1:], "known"), rows)
        yield from self.heading(3, "consent")
        yield from self.kinds(own["consent"], "consent", "consent")
        yield from self.heading(3, "basins")
        yield from self._basins(own["basins"])
        yield from self.heading(3, "people")
        yield from self.figures(own["people"])

    def _scope(self, row: Row) -> str:
        """What a role, a layer or a group of features is called."""
        if row["scope_kind"] == "role":
            return words.role_label(row["scope_id"])
        if row["scope_kind"] == "group" and row["scope_id"] in self.rulebook.groups:
            return str(self.rulebook.groups[row["scope_id"]].label[self.language])
        return str(row["label"])

    def _basins(self, layers: Sequence[Row]) -> Iterator[str]:
        if not layers:
            yield from paragraph(self.text("told", "no_basin_layer"))
        for layer in layers:
            yield from paragraph(f"**{cell(layer['label'])}**")
            yield from self.figures(layer)
            rows = [
                (
                    cell(row["name"] or self.text("status", row["status"])),
                    *(self.number(row[n], unit_of(n)) for n in ("covered_share", "covered_km2")),
                )
                for row in layer["largest"]
            ]
            yield from self.table(("basin", "share_under", "km2_under"), rows, "")

    def _governance(self, own: Row) -> Iterator[str]:
        register = own["register"]
        yield from self.heading(3, "register")
        yield from self.figures(register)
        yield from self.heading(3, "stated")
        yield from self.kinds(register["stated"], "field", "field")
        yield from self.heading(3, "licence_state")
        yield from self.kinds(register["by_licence_state"], "licence_state", "licence_state")
        yield from self.heading(3, "disclosure")
        rows = [
            (self.text("topic", row["topic"]), *(self.value(row[n], ALL, "") for n in _PUBLISHED))
            for row in register["disclosure"]
        ]
        yield from self.table(("topic", "published", "not_published", "not_stated"), rows)
        yield from self.heading(3, "holders")
        yield from self.figures(own["holders"])
        yield from paragraph(self.text("told", "holders"))
        yield from self.heading(3, "mined_land")
        labels = {row["layer_id"]: row["label"] for row in self.profile["sources"]}
        mined = [
            (
                cell(labels.get(row["layer_id"], row["layer_id"])),
                self.number(row["features_count"], ""),
                *(self.number(row[name], "km2") for name in _MINED),
            )
            for row in own["mined_land"]
        ]
        columns = ("layer", "features", "mined", "under_titles", "outside_titles")
        yield from self.table(columns, mined, self.text("told", "no_mined_layer"))

    def _production(self, own: Row) -> Iterator[str]:
        minerals = own["minerals"]
        yield from self.heading(3, "minerals")
        rows = [
            (
                cell(label_of(row["mineral"], self.language, self.rulebook.minerals)),
                *self.groups(row["titles_count"], ""),
                ", ".join(self.named("list", name) for name in row["lists"]) or NONE,
            )
            for row in minerals["by_mineral"][:_MINERALS_SHOWN]
        ]
        yield from self.table(("mineral", *GROUPS, "lists"), rows)
        yield from self.figures(minerals)
        yield from self.heading(3, "list")
        listed = [
            (self._label(row), words.day(row["as_of"]), *self.groups(row["titles_count"], ""))
            for row in minerals["by_list"]
        ]
        yield from self.table(("list", "as_of", *GROUPS), listed)
        yield from self.heading(3, "distances")
        yield from self._distances([own["processing"]])

    def _label(self, row: Row) -> str:
        """The label of a list of minerals; one that nobody has checked says so."""
        label = cell(row["label"])
        return label if row["verified"] else self.text("told", "not_verified", label=label)

    def _trade(self, own: Row) -> Iterator[str]:
        yield from self.heading(3, "distances")
        yield from self._distances(own["distances"])
        yield from self.heading(3, "corridor")
        corridor = own["corridor"]
        if corridor["borders_max"]["status"] == "not_applicable":
            yield from paragraph(self.text("told", "landlocked_only"))
        else:
            yield from self.figures(corridor)
            ways = [
                (cell(way["countries"]), self.number(way["titles_count"], ""))
                for way in corridor["ways"]
            ]
            yield from self.table(("way", "titles"), ways, self.text("told", "no_borders"))
        yield from self.heading(3, "export_stage")
        yield from self.kinds(own["export_stage"], "stage", "export_stage")

    def _distances(self, rows: Sequence[Row]) -> Iterator[str]:
        """A line a distance and figure."""
        lines = [
            (
                f"{self.text('distance', row['indicator_id'])}: {self.text('row', name)}",
                *self.groups(row[name], unit_of(name)),
                self.known(row[name]),
            )
            for row in rows
            for name in _DISTANCES
        ]
        yield from self.table(("distance", *GROUPS, "known"), lines)

    # --- what is stated, and the data ------------------------------------------------------------

    def _strategies(self) -> Iterator[str]:
        yield from self.heading(2, "strategies")
        rows = [
            (self.text("topic", row["topic"]), *self._stated(row))
            for row in self.profile["strategies"]
        ]
        yield from self.table(("strategy", "value", "unit", "year", "source"), rows)

    def _stated(self, row: Row) -> tuple[str, ...]:
        if row["status"] != "ok":
            return (self.text("status", row["status"]), NONE, NONE, NONE)
        unit = unit_of(row["topic"])
        value = row["value_text"] if row["value"] is None else self.number(row["value"], unit)
        shown = NONE if unit else row["unit"] or NONE
        return cell(value), cell(shown), str(row["year"] or NONE), cell(row["source"] or NONE)

    def _sources(self) -> Iterator[str]:
        yield from self.heading(2, "sources")
        rows = []
        for row in self.profile["sources"]:
            told = [self.text("status", "stale")] if row["stale"] else []
            told += [cell(said(row["problem"]))] if row["problem"] else []
            rows.append(
                (
                    cell(row["label"]),
                    _role(row["role"]),
                    "; ".join([words.day(row["as_of"]), *told]),
                    cell(row["attribution"] or row["licence"]),
                )
            )
        yield from self.table(("layer", "role", "as_of", "licence"), rows)


def _role(role: str) -> str:
    """Beside the titles that are screened a register holds no other ones."""
    return _("Titles") if role == Role.CONCESSION else words.role_label(role)
