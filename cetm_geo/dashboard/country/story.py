"""The headline of a country's page: one or two sentences, and what they count. Pure."""

from __future__ import annotations

from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.country.profiled import Profile, groups_of, main_group, title_count
from cetm_geo.dashboard.country.words import IN_SENTENCE
from cetm_geo.dashboard.figures import Component
from cetm_geo.dashboard.richtext import joined, rich
from cetm_geo.language import N_, _
from cetm_geo.model import SCREENED_ROLES
from cetm_geo.registers import IN_FORCE

# So few of the titles in force may be of unstated status without the headline naming them; the
# line below it names them always.
_FEW_SHARE = 0.05
_APPLICATION = "application"
_COVER = {
    "unstated": N_("Mining titles of unstated status cover {share} of {country}."),
    "mixed": N_("Mining titles in force, or of unstated status, cover {share} of {country}."),
    "in_force": N_("Mining titles in force cover {share} of {country}."),
    "all_unstated": N_("Mining titles cover {share} of {country}."),
}
_LIE_ON = {
    "unstated": N_("Mining titles of unstated status lie on {km2} of {country}."),
    "mixed": N_("Mining titles in force, or of unstated status, lie on {km2} of {country}."),
    "in_force": N_("Mining titles in force lie on {km2} of {country}."),
    "all_unstated": N_("Mining titles lie on {km2} of {country}."),
}


def story(profile: Profile) -> list[list[Any]]:
    """The sentences, their key numbers marked."""
    ground, group = profile["ground"], IN_FORCE
    if IN_FORCE not in groups_of(profile):
        return [_none_in_force(profile), *_applications(profile)]
    share = ground["titles_inside_share"][group]
    kind = _kind(profile)
    if share is None:
        km2 = _key(words.area(ground["titles_inside_km2"][group]))
        first = rich(_(_LIE_ON[kind]), km2=km2, country=profile["country"])
    else:
        first = rich(_(_COVER[kind]), share=_key(words.share(share)), country=profile["country"])
    second = _in_places(profile, group)
    return [first, second] if second else [first]


def _key(text: str) -> Component:
    return html.Span(text, className="stroke")


def _unstated(profile: Profile) -> int:
    """Titles whose status the register does not state."""
    rows = {r["licence_status"]: r["titles_count"] for r in profile["titles"]["by_status"]}
    return int(rows["unknown"]["all"]) if "unknown" in rows else 0


def _kind(profile: Profile) -> str:
    count, unstated = profile["titles"]["titles_count"], _unstated(profile)
    if unstated == count[IN_FORCE]:
        return "all_unstated" if unstated == count["all"] else "unstated"
    return "in_force" if unstated <= _FEW_SHARE * count[IN_FORCE] else "mixed"


def _none_in_force(profile: Profile) -> list[Any]:
    return [_("No mining title of {country} is in force.").format(country=profile["country"])]


def _applications(profile: Profile) -> list[list[Any]]:
    if _APPLICATION not in groups_of(profile):
        return []
    share = profile["ground"]["titles_inside_share"][_APPLICATION]
    km2 = profile["ground"]["titles_inside_km2"][_APPLICATION]
    amount = words.area(km2) if share is None else words.share(share)
    return [rich(_("Applications cover {amount} of it."), amount=_key(amount))]


def _in_places(profile: Profile, group: str) -> list[Any]:
    """How much of the titles' land lies in places of the roles that were asked."""
    ground = profile["ground"]
    share = ground["named_share"]
    if not ground["named_roles"] or share[group] is None:
        return []
    places = joined([IN_SENTENCE[role] for role in ground["named_roles"]], either=True)
    if not share[group]:
        text = (
            _("None of that ground is known to lie in {places}.")
            if share["not_known_count"]
            else _("None of that ground lies in {places}.")
        )
        return rich(text, places=places)
    text = (
        _("At least {share} of that ground lies in {places}.")
        if share["not_known_count"]
        else _("{share} of that ground lies in {places}.")
    )
    return rich(text, share=_key(words.share(share[group])), places=places)


# --- what the sentences count --------------------------------------------------------------------


def account(profile: Profile) -> list[str]:
    """Sentences below the headline: land and titles behind it, and what it leaves out."""
    told = [_land(profile), *_status(profile), *_open(profile), *_left_out(profile)]
    return [sentence for sentence in told if sentence]


def _land(profile: Profile) -> str:
    group = main_group(profile)
    titles = profile["titles"]["titles_count"][group]
    ground = profile["ground"]
    named = ground["named_km2"][group]
    if group != IN_FORCE or not named:
        text = _("{km2} under {titles}, each piece of land counted once.")
    else:
        text = _(
            "{km2} under {titles}; {named} of it in these places, each piece of land counted once."
        )
    return text.format(
        km2=words.area(ground["titles_inside_km2"][group]),
        titles=title_count(titles),
        named=words.area(named),
    )


def _status(profile: Profile) -> list[str]:
    unstated, count = _unstated(profile), profile["titles"]["titles_count"]
    if unstated == count["all"]:
        return [_("The register gives the status of none of them.")]
    if not unstated:
        return []
    return [
        words.counted(
            "{n} title whose status the register does not state counts as in force.",
            "{n} titles whose status the register does not state count as in force.",
            unstated,
        )
    ]


def _open(profile: Profile) -> list[str]:
    """Why the share may be more, and where the land ends."""
    ground = profile["ground"]
    unknown = ground["named_share"]["not_known_count"]
    told = [
        words.counted(
            "Of {n} title the layers do not say whether it lies in such places.",
            "Of {n} titles the layers do not say whether they lie in such places.",
            unknown,
        )
        if unknown and ground["named_roles"]
        else ""
    ]
    if ground["outline"] is None:
        told.append(_("No layer holds the country's outline, so that its share is not known."))
    if profile["titles"]["in_other_countries_too_count"]["all"]:
        told.append(_("Land of titles beyond the border is left out."))
    return told


def _left_out(profile: Profile) -> list[str]:
    ground = profile["ground"]
    named = set(ground["named_roles"])
    missing = [IN_SENTENCE[role] for role in ground["roles_missing"]]
    other = [
        IN_SENTENCE[r] for r in SCREENED_ROLES if r not in named | set(ground["roles_missing"])
    ]
    told = []
    if missing:
        told.append(
            _("No layer shows {places}: nothing follows from their absence.").format(
                places=joined(missing, either=True)
            )
        )
    if named:
        told.append(_("Not in this share: {places}, water.").format(places=", ".join(other)))
    return told
