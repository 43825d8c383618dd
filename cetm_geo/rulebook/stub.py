"""The text of a country pack to begin with, for a country that has none yet."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cetm_geo.errors import CetmError
from cetm_geo.model.rules import Membership
from cetm_geo.rulebook.binding import GROUPS, membership_text, memberships_of
from cetm_geo.rulebook.codes import country_names, is_country_code, is_user_assigned
from cetm_geo.rulebook.countries import read_memberships
from cetm_geo.tomltext import Line

_LINE = 96
_EXAMPLES = """
# ---- Roles, groups of features or indicators without which a site is not fully screened here -----
# Left out or empty: those of screening.toml. For example:
#   requires = ["protected_area", "community_land", "indigenous_land", "water_basin"]

requires = []

# ---- Laws of this country, in your own words -----------------------------------------------------
# A norm takes what it does not state from its instrument. Leave verified = false until you have the
# text before you; evidence says what you opened. Without it the norm is shown as not verified.
#
#   [[instrument]]
#   instrument = "Mining Act 2010 (Act No. 5)"
#   short = "Mining Act"
#   url = "https://..."
#   applies_to = ["states", "companies"]
#   adopted = "2010-05-01"
#   in_force_from = "2010-07-01"
#
#   [[instrument.norm]]
#   id = "{low}_mining_act_12"
#   provision = "section 12"
#   subject = "protected_areas"
#   paraphrase = "No licence is given in a national park."
#   verified = false
#   evidence = "recalled"

# ---- What this country changes of a rule, why, and by which law ----------------------------------
# law, and add_norms for what is no law: shown beside the rule's own norms. severity: of a level, to
# another. threshold: a number's name and its value here. off = true: the rule is not asked here.
# docs/rules.md lists the rules.
#
#   [[overrides]]
#   rule = "strict_protected_area_overlap"
#   reason = "The Mining Act closes national parks."
#   law = ["{low}_mining_act_12"]
#
#   [[overrides]]
#   rule = "protected_area_near"
#   reason = "The Nature Act looks five kilometres far."
#   law = ["{low}_nature_act_3"]
#   threshold = {{ near_km = 5 }}

# ---- The register's words for the status of a title ----------------------------------------------
# A word that stands nowhere is shown as unknown and listed after a build; write those you are sure
# of.
#
#   [status]
#   active = ["Granted"]
#   application = ["Pending"]
#   expired = ["Expired", "Revoked"]
"""
_INVENTED = """
# ---- Groups and treaties of this invented country ------------------------------------------------
#
#   memberships = [
#       {{ group = "LDC", status = "in_force", source = "invented", verified = true }},
#       {{ group = "CBD", status = "party", source = "invented", verified = true }},
#   ]
"""


def stub_pack(iso3: str, as_of: date | None = None) -> str:
    """A commented pack that reads as it stands and changes nothing.

    Args:
        iso3: ISO 3166-1 alpha-3, or a code left to users (XAA to XZZ).
        as_of: the day its memberships are told of; None = today.

    Raises CetmError if there is no such code.
    """
    if not is_country_code(iso3):
        raise CetmError(
            f"{iso3!r} is no country code.",
            "Give three capital letters of ISO 3166-1, as KHM, or XAA to XZZ for an invented one.",
        )
    as_of = as_of or date.today()
    label = country_names().get(iso3, iso3)
    head = [
        f"# {label}: what holds in one country.",
        "# Fill in what you know, then run `cetm-geo check`.",
        *_on_record(iso3, as_of),
        "",
        *(line.text for line in _identity(iso3, label, as_of)),
    ]
    body = (_INVENTED if is_user_assigned(iso3) else "") + _EXAMPLES
    return "\n".join(head) + "\n" + body.format(low=iso3.lower())


def _identity(iso3: str, label: str, as_of: date) -> Iterator[Line]:
    yield Line("iso3", iso3)
    yield Line("label", label)
    yield Line("as_of", as_of.isoformat(), "the day on which you last went through this file")


def _on_record(iso3: str, as_of: date) -> Iterator[str]:
    if is_user_assigned(iso3):
        yield "# The code is left to users by ISO 3166: an invented country."
        return
    memberships = read_memberships()
    known = memberships_of(memberships, {}, iso3, as_of)
    yield "#"
    yield f"# On record on {as_of.isoformat()} (country_groups.csv, parties.csv):"
    yield from (f"#   {membership_text(m)}" for m in known)
    if not known:
        yield "#   nothing"
    unknown = _without_record(memberships, iso3)
    if unknown:
        yield "# No record, which does not mean that it is no party:"
        yield from _wrapped(unknown)


def _without_record(memberships: tuple[Membership, ...], iso3: str) -> list[str]:
    treaties = dict.fromkeys(m.group for m in memberships if m.group not in GROUPS)
    known = {m.group for m in memberships if m.iso3 == iso3}
    return [name for name in treaties if name not in known]


def _wrapped(names: list[str]) -> Iterator[str]:
    line = "#  "
    for i, name in enumerate(names):
        piece = f" {name}" + ("," if i < len(names) - 1 else "")
        if len(line + piece) > _LINE:
            yield line
            line = "#  "
        line += piece
    yield line
