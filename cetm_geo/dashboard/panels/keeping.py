"""Proposals that their authors keep: save, open, run again, delete, contest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dash_mantine_components as dmc
from dash import Dash, Input, Output, State, ctx, dcc, html, no_update

from cetm_geo import words
from cetm_geo.dashboard import figures
from cetm_geo.dashboard.client import attrs, in_browser
from cetm_geo.dashboard.corners import geometry_of_drawn
from cetm_geo.dashboard.panels.drafted import DRAWN, KEPT, NOW, SAID, to_show
from cetm_geo.dashboard.propose.changes import changes_view
from cetm_geo.dashboard.propose.drafts import is_of
from cetm_geo.dashboard.propose.keeping import ASKED, button, kept_of, list_view
from cetm_geo.dashboard.tree import lean
from cetm_geo.described import described
from cetm_geo.errors import CetmError, ProposalError
from cetm_geo.language import _
from cetm_geo.model import Tier
from cetm_geo.web import Service
from cetm_geo.web.proposals import MOST_NAME, MOST_NOTE, check_texts
from cetm_geo.web.proposing import content_of, opened, rerun

NAME, NOTE, SAVE_NEW, SAVE_OVER = "keep-name", "keep-note", "keep-new", "keep-over"
LIST, MESSAGE = "kept-list", "kept-message"


def layout(is_on: bool) -> Any:
    """A name, a note, the list; or that nothing is kept here."""
    title = _("Kept proposals")
    if not is_on:
        text = _(
            "Nothing is kept on this server. Download gives the shape and its answers as a file."
        )
        return figures.block(title, "", html.P(text, className="muted"), part="kept")
    everyone = _("All who reach this page can read, change and delete what is kept.")
    save = html.Div(
        [
            html.Button(_("Save as new"), id=SAVE_NEW, className="button"),
            html.Button(_("Save changes"), id=SAVE_OVER, className="button", hidden=True),
        ],
        className="actions",
    )
    return figures.block(
        title,
        "",
        dcc.Store(id=ASKED),
        html.P(everyone, className="muted"),
        dmc.TextInput(id=NAME, label=_("Name"), value="", attributes=_at_most(MOST_NAME)),
        dmc.Textarea(
            id=NOTE,
            label=_("Note"),
            autosize=True,
            minRows=2,
            value="",
            attributes=_at_most(MOST_NOTE),
        ),
        save,
        html.Div(id=MESSAGE, className="kept-said", **attrs({"aria-live": "polite"})),
        html.Div(id=LIST),
        part="kept",
    )


@dataclass
class _Done:
    """What an action changes of the page; what is not given stays."""

    message: Any = no_update
    kept: Any = no_update
    drawn: Any = no_update
    said: Any = no_update
    texts: tuple[Any, Any] = field(default=(no_update, no_update))


class _Actions:
    """What the buttons of the list ask for."""

    def __init__(self, service: Service) -> None:
        self.service, self.proposals = service, service.proposals

    def open(self, asked: Mapping[str, Any], _shown: Any, _kept: Any) -> _Done:
        kept = opened(self.service, self.proposals.open(str(asked["proposal_id"])))
        text = _("Opened. It was saved on {day}; what is shown is screened on the data of now.")
        return _Done(
            html.P(text.format(day=words.day(str(kept["changed"])[:10]))),
            kept_of(kept),
            to_show(kept["geometry"]),
            kept["described"],
            (kept["name"], kept["note"]),
        )

    def delete(self, asked: Mapping[str, Any], _shown: Any, kept: Any) -> _Done:
        proposal_id = str(asked["proposal_id"])
        self.proposals.delete(proposal_id, asked.get("revision"))
        was_open = bool(kept) and kept["proposal_id"] == proposal_id
        return _Done(html.P(_("Deleted.")), None if was_open else no_update)

    def rerun(self, asked: Mapping[str, Any], _shown: Any, _kept: Any) -> _Done:
        kept = self.proposals.open(str(asked["proposal_id"]))
        found = rerun(self.service, kept)
        title = _("{name}, screened again").format(name=kept["name"] or _("Proposal"))
        parts: list[Any] = [html.H3(title)]
        if found["differences"] is None:
            text = _("What it was before may not be shown here, so nothing is held against it.")
            parts.append(html.P(text, className="muted"))
        else:
            parts += changes_view(found["differences"])
        tier = words.TIERS[Tier(found["content"]["answer"]["tier"]["tier"])].label
        parts.append(html.P(_("Now: {tier}.").format(tier=tier)))
        keep = {**asked, "do": "keep", "revision": kept["revision"]}
        parts.append(html.Div(button(_("Keep the new answer"), keep), className="actions"))
        return _Done(html.Div(parts, className="changes"))

    def keep(self, asked: Mapping[str, Any], _shown: Any, open_: Any) -> _Done:
        proposal_id = str(asked["proposal_id"])
        content = rerun(self.service, self.proposals.open(proposal_id))["content"]
        answers = {key: content[key] for key in ("answer", "screened")}
        kept = self.proposals.change(proposal_id, asked["revision"], answers)
        is_open = bool(open_) and open_["proposal_id"] == proposal_id
        shown = kept_of(kept) if is_open else no_update
        return _Done(html.P(_("The new answer is kept; what it was before is remembered.")), shown)

    def contest(self, asked: Mapping[str, Any], shown: Any, open_: Any) -> _Done:
        if not open_:
            raise ProposalError(
                _("A finding is contested in a proposal that is kept."),
                _("Save the proposal first, then record your reason."),
            )
        proposal_id = str(open_["proposal_id"])
        before = self.proposals.open(proposal_id)
        if not is_of(shown, before["geometry"], before["described"]):
            raise ProposalError(
                _("The shape is not the one that is kept."), _("Save the changes first.")
            )
        rule, reason = str(asked["rule_id"]), str(asked.get("reason") or "")
        kept = self.proposals.contest(proposal_id, open_["revision"], rule, reason)
        text = _("Recorded. The finding stays raised, with what you say beside it.")
        return _Done(html.P(text), kept_of(kept))

    def save(self, drawn: Any, said: Any, texts: tuple[str, str], open_: Any) -> _Done:
        """Keep what is drawn; in the place of what is open, if there is."""
        if not drawn:
            raise ProposalError(_("There is no shape to keep."), _("Draw or give one first."))
        name, note = (text.strip() for text in texts)
        check_texts({"name": name, "note": note})
        geometry = geometry_of_drawn(drawn)
        words_of_it = described(said or {}, self.service.store().rulebook)
        content = content_of(self.service, geometry, name or _("Proposal"), note, words_of_it)
        if open_:
            kept = self.proposals.change(open_["proposal_id"], open_["revision"], content)
        else:
            kept = self.proposals.add(content)
        return _Done(html.P(_("Saved as “{name}”.").format(name=kept["name"])), kept_of(kept))


def _at_most(characters: int) -> dict[str, Any]:
    return {"input": {"maxLength": characters}}


def register(app: Dash, service: Service) -> None:
    """Nothing where nothing is kept."""
    in_browser(app, "contests", Input(KEPT, "data"))
    if not service.proposals.is_on:
        return
    actions = _Actions(service)
    does = {
        "open": actions.open,
        "delete": actions.delete,
        "rerun": actions.rerun,
        "keep": actions.keep,
        "contest": actions.contest,
    }

    @app.callback(
        Output(MESSAGE, "children"),
        Output(KEPT, "data"),
        Output(DRAWN, "data", allow_duplicate=True),
        Output(SAID, "data", allow_duplicate=True),
        Output(NAME, "value"),
        Output(NOTE, "value"),
        Input(ASKED, "data"),
        Input(SAVE_NEW, "n_clicks"),
        Input(SAVE_OVER, "n_clicks"),
        State(DRAWN, "data"),
        State(SAID, "data"),
        State(NOW, "data"),
        State(KEPT, "data"),
        State(NAME, "value"),
        State(NOTE, "value"),
        prevent_initial_call=True,
    )
    def act(
        asked: Mapping[str, Any] | None,
        _new: int | None,
        _over: int | None,
        drawn: Any,
        said: Any,
        now: Any,
        kept: Any,
        name: str | None,
        note: str | None,
    ) -> tuple[Any, ...]:
        try:
            if ctx.triggered_id in (SAVE_NEW, SAVE_OVER):
                over = kept if ctx.triggered_id == SAVE_OVER else None
                done = actions.save(drawn, said, (name or "", note or ""), over)
            else:
                action = does.get(str((asked or {}).get("do")))
                done = action(asked or {}, now, kept) if action else _Done()
        except CetmError as error:
            done = _Done(figures.problem(error.what, error.hint))
        message = done.message if done.message is no_update else lean(done.message)
        return message, done.kept, done.drawn, done.said, *done.texts

    @app.callback(
        Output(LIST, "children"),
        Output(SAVE_OVER, "hidden"),
        Input(MESSAGE, "children"),
        Input(KEPT, "data"),
        Input("route", "data"),
    )
    def listed(_message: Any, kept: Any, route: Mapping[str, Any] | None) -> tuple[Any, Any]:
        if (route or {}).get("view") != "propose":
            return no_update, no_update
        heads = service.proposals.heads()
        open_ = str(kept["proposal_id"]) if kept else ""
        return lean(list_view(heads, open_)), not kept
