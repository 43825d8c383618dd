"""A site's tier: its sign, why it stands there, what follows, and whether all was screened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dash import html

from cetm_geo import words
from cetm_geo.dashboard.answer import reading
from cetm_geo.dashboard.answer.lacking import Lack
from cetm_geo.dashboard.answer.reading import Row
from cetm_geo.dashboard.figures import Component, is_over, sign
from cetm_geo.language import N_, _, chosen, ngettext
from cetm_geo.model import CountryPack, FlagStatus, Severity, SiteStatus, Tier
from cetm_geo.rulebook.binding import country_name

_SHOWN = 3  # of what is lacking; opened, all of it
UNREVIEWED = N_("translation not yet reviewed")
NOT_A_FINDING = N_("A screen of public data, not a legal finding.")
# What rasters add to a drawing's flags, before they have answered and after.
PENDING = N_("People, trees and ground follow: it may get worse.")
COUNTED_IN = N_("People, trees and ground are counted in.")
UNMEASURED = N_("People, trees and ground could not be measured: it may be worse.")


@dataclass(frozen=True)
class Verdict:
    """A tier in words. because: the worst flag's sentence, "" where none decides; reviewed: whether
    somebody who reads law in the language has gone through it."""

    tier: Tier
    because: str
    follows: str
    screened: bool
    lacking: Sequence[Lack] = ()
    reviewed: bool = True


def verdict(answer: Row, lacking: Sequence[Lack] = ()) -> Verdict:
    """What the page says first of a site."""
    tier = Tier(answer["tier"]["tier"])
    raised = [card for card in answer["flags"] if card["status"] == FlagStatus.RAISED.value]
    decided = tier not in (Tier.NOT_FULLY_SCREENED, Tier.CLEAR)
    because = reading.in_language(raised[0]["message"]) if decided else ""
    reviewed = not because or bool(raised[0]["reviewed"].get(chosen(), True))
    follows = _more(raised[1:]) if decided else _all(raised)
    screened = bool(answer["tier"]["fully_screened"])
    return Verdict(tier, because, follows, screened, lacking, reviewed)


def _more(cards: Sequence[Row]) -> str:
    """How many flags are raised beside the one that decides."""
    if not cards:
        return _("No more flag is raised.")
    text = ngettext(
        "{n} more flag is raised: {kinds}.", "{n} more flags are raised: {kinds}.", len(cards)
    )
    return text.format(n=words.number(len(cards)), kinds=_kinds(cards))


def _all(cards: Sequence[Row]) -> str:
    if not cards:
        return _("No flag is raised.")
    text = ngettext("{n} flag is raised: {kinds}.", "{n} flags are raised: {kinds}.", len(cards))
    return text.format(n=words.number(len(cards)), kinds=_kinds(cards))


def _kinds(cards: Sequence[Row]) -> str:
    """How many flags there are of each severity, the worst first."""
    count: dict[str, int] = {s: sum(card["severity"] == s for card in cards) for s in Severity}
    return reading.listing([say(n) for s, say in reading.ANSWERS.items() if (n := count.get(s))])


def verdict_view(
    answer: Row, lacking: Sequence[Lack] = (), rasters: str = "", under: str = ""
) -> Component:
    """The tier with its reason, what follows, and what was not screened.

    rasters: PENDING, COUNTED_IN or UNMEASURED of a drawing; a row of one height, so that
    nothing jumps.
    under: whose rules apply, of `under_rules`.
    """
    said = verdict(answer, lacking)
    tier = words.TIERS[said.tier]
    body = [
        html.H2(tier.label),
        _because(said) if said.because else html.P(f"{words.sentence_case(tier.meaning)}."),
        html.P(said.follows),
        html.P(under) if under else None,
        _over(answer["site"]),
        _screened(said),
        _rasters(rasters) if rasters else None,
        html.P([reading.answered(answer), " ", _(NOT_A_FINDING)], className="muted"),
    ]
    return html.Section(
        [sign(tier.sign), html.Div(body)], className=f"verdict verdict-{said.tier.value}"
    )


def under_rules(answer: Row, packs: Mapping[str, CountryPack]) -> str:
    """Whose rules apply to a site of several countries, or of one without a pack; else ""."""
    codes = reading.countries_of(answer)
    said = []
    if len(codes) > 1:
        names = reading.listing([country_name(code, packs) for code in codes])
        text = _("It lies in {countries}: the rules of each apply, and the worse answer stands.")
        said.append(text.format(countries=names))
    bare = [country_name(code, packs) for code in codes if code not in packs]
    if bare:
        text = _("{countries}: no pack of its own rules; only those for all countries apply there.")
        said.append(text.format(countries=reading.listing(bare)))
    return " ".join(said)


def _because(said: Verdict) -> Component:
    parts: list[Any] = [html.B(_("Because:")), " ", said.because]
    if not said.reviewed:
        parts += [" ", unreviewed()]
    return html.P(parts)


def unreviewed() -> Component:
    """The mark of a sentence that nobody who reads law in its language has gone through."""
    return html.Span(_(UNREVIEWED), className="unverified")


def _over(site: Row) -> Component | None:
    text = over_text(site)
    return html.P(text, className="over") if text else None


def over_text(site: Row) -> str:
    """That the title is no longer one; its flags keep their severity all the same."""
    if not is_over(site):
        return ""
    return {
        SiteStatus.EXPIRED: _("This title has expired; its flags keep their severity."),
        SiteStatus.REFUSED: _("This title was refused; its flags keep their severity."),
        SiteStatus.WITHDRAWN: _("This title was withdrawn; its flags keep their severity."),
    }[site["status"]]


def screened_sign(fully: bool) -> Component:
    """The sign that stands beside a tier: a ring with a tick, or a dashed one with a slash."""
    tier = Tier.CLEAR if fully else Tier.NOT_FULLY_SCREENED
    return sign(words.TIERS[tier].sign)


def _screened(said: Verdict) -> Component:
    """Whether all was screened; opened, what was not and why."""
    mark = screened_sign(said.screened)
    if not said.lacking:
        return html.P([mark, html.Span(screened_text(said))], className="screened")
    text = html.Span(
        [
            screened_text(said),
            " ",
            html.B(_("Show all"), className="more"),
            html.B(_("Show less"), className="less"),
        ]
    )
    rows = [html.Li([html.Span(lack.what), html.Small(lack.why)]) for lack in said.lacking]
    return html.Details(
        [html.Summary([mark, text], className="screened"), html.Ul(rows)], className="lacking"
    )


def screened_text(said: Verdict) -> str:
    """Whether all was screened, and the first of what was not."""
    if said.screened:
        return _("Fully screened: every required layer answered.")
    worse = said.tier is not Tier.NOT_FULLY_SCREENED
    if not said.lacking:
        told = _("Not fully screened. A worse flag may be missing.")
        return told if worse else _("Not fully screened.")
    told = (
        _("Not fully screened, no full answer on: {what}. A worse flag may be missing.")
        if worse
        else _("Not fully screened, no full answer on: {what}.")
    )
    return told.format(what=words.listed([lack.what for lack in said.lacking], _SHOWN))


def _rasters(text: str) -> Component:
    mark = sign({PENDING: "measuring", COUNTED_IN: "tier-clear"}.get(text, "failed"))
    return html.P([mark, html.Span(_(text))], className="screened")
