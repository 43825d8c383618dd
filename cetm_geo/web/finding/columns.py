"""What titles are found by, read once per generation: columns by n, and sets of titles."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from cetm_geo.arrays import Flags, Floats, Indices
from cetm_geo.model import LayerState, Role, SiteStatus, Stage, Tier
from cetm_geo.rulebook.minerals import members
from cetm_geo.sitetable import positions_of_sites
from cetm_geo.store import Store
from cetm_geo.web.filters import FULLY, NOT_STATED, PARTLY
from cetm_geo.web.finding.bits import Sets
from cetm_geo.web.finding.texts import Texts

BOUNDS = ("west", "south", "east", "north")
# Land of each title in a role, as a column.
LAND: Mapping[str, Role] = {
    "protected_km2": Role.PROTECTED_AREA,
    "kba_km2": Role.KEY_BIODIVERSITY_AREA,
    "community_km2": Role.COMMUNITY_LAND,
}
UNDATED = np.iinfo(np.int32).min  # a day of grant that is not stated


@dataclass(frozen=True, eq=False)
class Titles:
    """All titles of a generation by n, without what may not be shown here.

    facts: a row a title: the columns of titles_to_find.sql but `row`, LAND, and `<column>_gap`.
    sets: of each word of the address that has a closed list of values, the titles of each value.
    unanswered: of layers and rules, titles of which they do not say. verify: of layers, titles that
    touch them within the mapping error alone. holder: codes into `holders`, -1 for none. granted:
    days since 1970. n_of_row: n by number in table sites.
    """

    facts: pd.DataFrame
    sets: Mapping[str, Sets]
    unanswered: Mapping[str, Sets]
    verify: Sets
    holders: NDArray[np.object_]
    holder: NDArray[np.int32]
    granted: NDArray[np.int32]
    text: Texts
    n_of_row: Indices

    def __len__(self) -> int:
        return len(self.facts)

    def taken(self, column: str, n: Indices) -> list[Any]:
        """Values of a column for titles by n; None where there is none."""
        if column == "holder":
            return [None if h < 0 else str(self.holders[h]) for h in self.holder[n].tolist()]
        values = self.facts[column].array.take(n).astype(object)
        return [None if pd.isna(value) else value for value in values.tolist()]

    def numbers(self, column: str) -> Floats:
        """A column of numbers, (n,)."""
        return self.facts[column].to_numpy(np.float64)


def read_titles(store: Store, nameless: set[str], unplaced: set[str]) -> Titles:
    """Titles of a store, in their order.

    Args:
        nameless: registers whose names and holders are not read. unplaced: registers whose
            outlines may not be shown: their titles have no bounds.
    """
    frame = store.frame("titles_to_find")
    position = positions_of_sites(frame[["site_id", "tier", "score"]], frame)
    n = position.reindex(frame["site_id"]).to_numpy(np.intp)
    n_of_row = np.zeros(int(frame["row"].max()) + 1 if len(frame) else 0, np.intp)
    n_of_row[frame["row"].to_numpy(np.intp)] = n
    facts = frame.drop(columns="row").iloc[np.argsort(n)].reset_index(drop=True)
    layer = facts["layer_id"]
    facts.loc[layer.isin(nameless), ["name", "holder"]] = None
    facts.loc[layer.isin(unplaced), list(BOUNDS)] = np.nan
    for column, role in LAND.items():
        facts = facts.assign(**_land(store, column, role, n_of_row))
    holder, holders = pd.factorize(facts["holder"])
    layers = _answers(store.frame("titles_by_layer_answer"), n_of_row)
    rules = _answers(store.frame("titles_by_rule_answer"), n_of_row)
    count = len(facts)

    def sets(answers: _Answers, answer: str) -> Sets:
        return Sets.of(answers.values, answers.titles.get(answer, {}), count)

    return Titles(
        facts=_compact(facts),
        sets={
            "tier": _by_word(facts["tier"], tuple(Tier)),
            "screened": _screened(facts["fully_screened"].to_numpy(bool)),
            "status": _by_word(facts["status"], tuple(SiteStatus)),
            "stage": _by_word(facts["stage"], tuple(Stage)),
            **_minerals(facts["minerals"], members(store.rulebook.minerals), store),
            "layer": sets(layers, LayerState.OVERLAPS.value),
            "rule": sets(rules, "raised"),
        },
        unanswered={"layer": sets(layers, "unanswered"), "rule": sets(rules, "not_assessed")},
        verify=sets(layers, LayerState.WITHIN_MAPPING_ERROR.value),
        holders=np.asarray(holders, object),
        holder=holder.astype(np.int32),
        granted=_days(facts["granted_on"]),
        text=Texts(_records(facts)),
        n_of_row=n_of_row,
    )


def _land(store: Store, column: str, role: Role, n_of_row: Indices) -> dict[str, Any]:
    """A role's land of each title, nan where it is not known, and whether its answer has gaps."""
    rows = store.frame("land_of_titles_in_role", role=role.value)
    count = len(n_of_row)
    km2, gap = np.full(count, np.nan), np.ones(count, bool)
    n = n_of_row[rows["row"].to_numpy(np.intp)]
    km2[n] = rows["covered_km2"].to_numpy(np.float64)
    gap[n] = rows["gap"].to_numpy(bool)
    return {column: km2, f"{column}_gap": gap}


@dataclass(frozen=True, eq=False)
class _Answers:
    """The values that answer anything, and by answer and value the titles."""

    values: tuple[str, ...]
    titles: Mapping[str, Mapping[str, Indices]]


def _answers(frame: pd.DataFrame, n_of_row: Indices) -> _Answers:
    titles: dict[str, dict[str, Indices]] = {}
    columns = (frame["value"], frame["answer"], frame["titles"])
    for value, answer, rows in zip(*columns, strict=True):
        titles.setdefault(answer, {})[value] = n_of_row[np.asarray(rows, np.intp)]
    return _Answers(tuple(dict.fromkeys(frame["value"])), titles)


def _by_word(column: pd.Series[Any], words: Sequence[str]) -> Sets:
    given = column.to_numpy(object)
    values = tuple(map(str, words))
    return Sets.of(values, {word: given == word for word in values}, len(given))


def _screened(fully: Flags) -> Sets:
    return Sets.of((FULLY, PARTLY), {FULLY: fully, PARTLY: ~fully}, len(fully))


def _minerals(
    column: pd.Series[Any], listed: Mapping[str, frozenset[str]], store: Store
) -> dict[str, Sets]:
    """Titles by mineral, and by list of minerals: those that name one of it."""
    codes, kinds = pd.factorize(column.fillna(""))
    named = [frozenset(str(kind).split()) for kind in kinds]
    values = sorted({mineral for kind in named for mineral in kind})
    lists = tuple(dict.fromkeys((*store.rulebook.lists, *listed)))

    def having(wanted: frozenset[str]) -> Flags:
        kept = np.array([bool(kind & wanted) for kind in named], bool)
        return np.asarray(kept[codes], bool) if len(kept) else np.zeros(0, bool)

    by_mineral: dict[str, Any] = {value: having(frozenset([value])) for value in values}
    none = np.array([not kind for kind in named], bool)
    by_mineral[NOT_STATED] = none[codes] if len(none) else np.zeros(0, bool)
    by_list: dict[str, Any] = {name: having(listed.get(name, frozenset())) for name in lists}
    return {
        "mineral": Sets.of((*values, NOT_STATED), by_mineral, len(codes)),
        "list": Sets.of(lists, by_list, len(codes)),
    }


def _days(column: pd.Series[Any]) -> NDArray[np.int32]:
    """Days since 1970 of ISO days; UNDATED where there is none."""
    codes, kinds = pd.factorize(column)
    found = pd.to_datetime(pd.Series(kinds, dtype="str"), format="%Y-%m-%d", errors="coerce")
    days = found.to_numpy("datetime64[D]").astype(np.int64)
    days = np.where(found.isna(), UNDATED, days).astype(np.int32)
    return np.asarray(np.append(days, np.int32(UNDATED))[codes], np.int32)


def _records(facts: pd.DataFrame) -> list[str]:
    """What a text is looked for in, a title each: number, name, holder, commodity."""
    number, *more = (facts[c].fillna("") for c in ("number", "name", "holder", "commodity_text"))
    for column in more:
        number = number + " " + column
    return texts_of(number)


def texts_of(column: pd.Series[Any]) -> list[str]:
    """A column of texts as a list, "" for none."""
    return [str(text) for text in pa.array(column.fillna(""), pa.large_string()).to_pylist()]


def _compact(facts: pd.DataFrame) -> pd.DataFrame:
    """Texts of few kinds as codes; holders stand apart."""
    few = ("layer_id", "tier", "status", "stage", "countries", "minerals")
    return facts.drop(columns="holder").astype(dict.fromkeys(few, "category"))
