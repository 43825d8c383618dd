"""What a proposal is said to be: minerals, method, stage. They pick the rules that are asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cetm_geo.errors import SiteError
from cetm_geo.language import _
from cetm_geo.model import Rulebook, Stage
from cetm_geo.model.rules import Method

MOST_MINERALS = 30
_SHOWN = 60  # characters of a word that is refused


@dataclass(frozen=True)
class Described:
    """minerals: ids of the rulebook. method, stage: words of `Method` and `Stage`."""

    minerals: tuple[str, ...] = ()
    method: str = Method.UNKNOWN.value
    stage: str = Stage.UNKNOWN.value

    def plain(self) -> dict[str, Any]:
        """As JSON holds it."""
        return {**asdict(self), "minerals": list(self.minerals)}


NOT_SAID = Described()


def described(given: Mapping[str, Any], rulebook: Rulebook) -> Described:
    """What `minerals`, `method` and `stage` of a mapping say; what is not given is not known.

    Args:
        given: minerals a list of ids, or one id; null or "" is not given.

    Raises SiteError for a word that the rulebook does not have.
    """
    listed = given.get("minerals") or []
    minerals = [listed] if isinstance(listed, str) else listed
    if not isinstance(minerals, list | tuple) or not all(isinstance(x, str) for x in minerals):
        raise SiteError(_("The minerals are not a list of ids."), _("Send minerals as a list."))
    if len(minerals) > MOST_MINERALS:
        raise SiteError(
            _("{n} minerals are too many.").format(n=len(minerals)),
            _("Name at most {n}.").format(n=MOST_MINERALS),
        )
    for name in minerals:
        if name not in rulebook.minerals:
            raise SiteError(
                _("There is no mineral {word}.").format(word=repr(name[:_SHOWN])),
                _("Send ids of the rulebook's minerals, as cobalt."),
            )
    return Described(
        tuple(dict.fromkeys(minerals)),
        _word(given, "method", [x.value for x in Method]),
        _word(given, "stage", [x.value for x in Stage]),
    )


def _word(given: Mapping[str, Any], key: str, words: list[str]) -> str:
    word = given.get(key) or "unknown"
    if word not in words:
        raise SiteError(
            _("{word} is no {key}.").format(word=repr(word)[:_SHOWN], key=key),
            _("Send one of {words}.").format(words=", ".join(words)),
        )
    return str(word)
