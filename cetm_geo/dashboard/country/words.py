"""What the page of a country calls the parts of a profile."""

from __future__ import annotations

from cetm_geo.language import N_, Spoken
from cetm_geo.model import Consent, Pillar, Role, Severity
from cetm_geo.model.rules import Theme

# Inside a sentence: "... of that ground lies in protected areas or community land".
IN_SENTENCE = Spoken(
    {
        Role.PROTECTED_AREA: N_("protected areas"),
        Role.KEY_BIODIVERSITY_AREA: N_("key biodiversity areas"),
        Role.COMMUNITY_LAND: N_("community land"),
        Role.OECM: N_("other conserved areas"),
        Role.HERITAGE: N_("heritage"),
        Role.MORATORIUM: N_("areas closed to mining"),
    }
)
PLACES_MOST = Spoken(
    {
        Role.PROTECTED_AREA: N_("Protected areas most under title"),
        Role.KEY_BIODIVERSITY_AREA: N_("Key biodiversity areas most under title"),
        Role.COMMUNITY_LAND: N_("Community lands most under title"),
        Role.WATER_BASIN: N_("Basins most under title"),
    }
)
# What is known of a figure, where it is not simply known.
KNOWN = Spoken(
    {
        "stale": N_("from data older than they may be"),
        "no_data": N_("no data"),
        "not_stated": N_("not stated"),
        "not_measured": N_("not measured"),
        "not_applicable": N_("does not apply"),
        "layer_missing": N_("no layer: not screened"),
        "withheld": N_("withheld: licence"),
    }
)
PILLARS = Spoken(
    {
        Pillar.PRODUCTION: N_("Production capacities"),
        Pillar.TRADE: N_("Trade competitiveness"),
        Pillar.STEWARDSHIP: N_("Environmental and social stewardship"),
        Pillar.GOVERNANCE: N_("Governance and regulation"),
    }
)
THEMES = Spoken(
    {
        Theme.PROTECTED_NATURE: N_("Protected nature"),
        Theme.FOREST_HABITAT: N_("Forest and habitat"),
        Theme.WATER: N_("Water"),
        Theme.PEOPLE: N_("People and heritage"),
        Theme.COMMUNITY_LAND: N_("Indigenous and community land"),
        Theme.HAZARD_TAILINGS: N_("Hazards and tailings"),
        Theme.GOVERNANCE: N_("Governance"),
        Theme.PRODUCTION: N_("Production"),
        Theme.TRADE: N_("Trade"),
    }
)
# The worst raised flag of a pillar, in a word beside a count.
WORST = Spoken(
    {
        Severity.CRITICAL: N_("critical"),
        Severity.HIGH: N_("high"),
        Severity.MODERATE: N_("moderate"),
        Severity.INFO: N_("for information"),
        Severity.DATA_GAP: N_("gap in the data"),
        "none_raised": N_("no flag raised"),
    }
)
LICENCE_STATES = Spoken(
    {
        "in_force": N_("In force on the day"),
        "application": N_("Application"),
        "unknown": N_("State not known"),
        "expired": N_("Expired, by status or by day"),
        "refused_or_withdrawn": N_("Refused or withdrawn"),
    }
)
CONSENTS = Spoken(
    {
        Consent.OBTAINED: N_("Consent obtained, as recorded"),
        Consent.NOT_APPLICABLE: N_("Consent not asked for, as recorded"),
        Consent.IN_PROGRESS: N_("Consent in progress"),
        Consent.UNKNOWN: N_("Nothing recorded on consent"),
        Consent.NOT_SOUGHT: N_("Consent not sought"),
        Consent.SOUGHT_REFUSED: N_("Consent sought and refused"),
        "no_territory_met": N_("Meets no such territory"),
    }
)
PUBLISHED = Spoken(
    {
        "contract": N_("Contract published"),
        "esia": N_("Impact assessment published"),
        "beneficial_owner": N_("Beneficial owner published"),
        "payments": N_("Payments published"),
        "closure_bond": N_("Closure bond published"),
        "tailings_disclosure": N_("Tailings disclosed"),
    }
)
STATED_OF_COUNTRY = Spoken(
    {
        "local_value_addition_share": N_("Local value addition"),
        "benefit_sharing_agreements_count": N_("Benefit-sharing agreements"),
        "closure_bonds_count": N_("Closure bonds"),
        "jobs_count": N_("Jobs"),
        "recycled_share": N_("Recycling"),
        "tailings_reprocessed_share": N_("Re-use of tailings"),
    }
)
EXPORT_STAGES = Spoken(
    {
        "ore": N_("Exported as ore"),
        "concentrate": N_("Exported as concentrate"),
        "refined": N_("Exported as refined metal or salt"),
        "product": N_("Exported as a product"),
        "not_stated": N_("Export not stated"),
    }
)
DISTANCES = Spoken(
    {
        "processing_nearest_km": N_("To processing of one of its minerals"),
        "port_nearest_km": N_("To a port"),
        "railway_nearest_km": N_("To a railway"),
        "road_nearest_km": N_("To a road"),
        "power_nearest_km": N_("To a power line or station"),
    }
)
# What a register may state of a title.
FIELDS = Spoken(
    {
        "mineral": N_("Mineral stated"),
        "holder": N_("Holder stated"),
        "status": N_("Status of the licence"),
        "stage": N_("Stage stated"),
        "boundary": N_("Boundary, not a circle"),
        "declared_area": N_("Area declared"),
        "declared_area_agrees": N_("… within 5 % of the boundary"),
        "day_of_grant": N_("Date granted"),
        "day_of_expiry": N_("Date of expiry"),
    }
)
# How a country stands to a treaty or a standard, and what follows.
STANDINGS = Spoken(
    {
        "party": N_("party: it binds"),
        "open": N_("party; whether it leaves is open"),
        "ended": N_("party until its last day"),
        "signed": N_("signed only: a signature alone does not bind"),
        "implementing": N_("implements it: a voluntary standard"),
        "suspended": N_("suspended"),
        "in_force": N_("member"),
        "scheduled_exit": N_("member, to leave"),
    }
)
GROUP_NAMES = Spoken(
    {
        "LDC": N_("Least developed country"),
        "LLDC": N_("Landlocked developing country"),
        "SIDS": N_("Small island developing State"),
    }
)
