"""Groups of features -> views of layers: which layers tell a group's features apart, and which.

A view is a layer of the same features of which only a group's count, over the pieces of these
alone, so that whatever is asked of a layer can be asked of it. Where a layer tells a group by a
column, features of which the column says nothing may be of the group or not: they are `untold`.
"""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Floats, Texts
from cetm_geo.model import Layer, LayerSpec, Tenure
from cetm_geo.model.rules import FeatureGroup
from cetm_geo.pieces import OWN
from cetm_geo.rulebook.groups import NEAREST_KM

Groups = Mapping[str, FeatureGroup]
Members = Mapping[str, Flags]  # per layer id, of its features
_CLASS, _TENURE, _ORDER = "class:", "tenure:", "order"


# --- what a layer tells apart --------------------------------------------------------------------


def told_apart(spec: LayerSpec, columns: Container[str], found: Container[str]) -> str:
    """What a layer tells of its features, as words: class:<id>, tenure:<word>, order.

    Args:
        columns: of the file, by which classes are told. found: canonical columns that it has.
    """
    out = [f"{_CLASS}{c.id}" for c in spec.classes if c.column in columns]
    words: Sequence[str] = list(spec.values.get("tenure", {})) if "tenure" in found else []
    out += [f"{_TENURE}{word}" for word in Tenure if word in words or word == spec.tenure]
    if "stream_order" in found:
        out.append(_ORDER)
    return " ".join(dict.fromkeys(out))


def as_declared(spec: LayerSpec) -> str:
    """What a layer would tell if its file had every column that its definition names."""
    return told_apart(spec, {c.column for c in spec.classes}, spec.columns)


def _words(layer: Layer) -> set[str]:
    stated = layer.source.get("tells")
    return set((stated if isinstance(stated, str) else as_declared(layer.spec)).split())


def _wanted(group: FeatureGroup) -> set[str]:
    words = {f"{_CLASS}{name}" for name in group.classes}
    words |= {f"{_TENURE}{name}" for name in group.tenures}
    return words | ({_ORDER} if group.min_order else set())


def tells(layer: Layer, group: FeatureGroup) -> bool:
    """True if a layer can tell a group's features apart from its others."""
    of_role = layer.spec.role == group.role
    return of_role and (bool(group.rest) or not _wanted(group).isdisjoint(_words(layer)))


# --- which features ------------------------------------------------------------------------------


def members(layer: Layer, group: FeatureGroup, groups: Groups) -> Flags:
    """The features of a layer that are a group's."""
    asked = layer.is_counted if group.counted else np.ones(len(layer.is_counted), bool)
    if group.rest:
        others = [members(layer, groups[name], groups) for name in group.rest]
        return np.asarray(asked & ~np.logical_or.reduce(others))
    if group.classes:
        return np.asarray(asked & np.isin(_column(layer, "class_id"), group.classes))
    if group.tenures:
        return np.asarray(asked & np.isin(_column(layer, "tenure"), group.tenures))
    with np.errstate(invalid="ignore"):
        return np.asarray(asked & (_orders(layer) >= group.min_order))


def untold(layer: Layer, group: FeatureGroup) -> Flags:
    """Counted features that may be a group's: the layer tells it, and of these says nothing."""
    if group.tenures:
        return np.asarray(layer.is_counted & pd.isna(_column(layer, "tenure")))
    if group.min_order:
        return np.asarray(layer.is_counted & np.isnan(_orders(layer)))
    return np.zeros(len(layer.is_counted), bool)


def _column(layer: Layer, name: str) -> Texts:
    return layer.texts(name)


def _orders(layer: Layer) -> Floats:
    """Strahler's order of the reach that each feature is of; nan where none is stated."""
    if layer.links is None:
        return np.full(len(layer.is_counted), np.nan)
    stated = layer.links.drop_duplicates("basin_id").set_index("basin_id")["stream_order"]
    return stated.reindex(_column(layer, "group_id")).to_numpy(np.float64)


# --- views ---------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class View:
    """Some features of a layer: the id they are measured under, and a layer of which only they
    count."""

    id: str
    layer: Layer

    @staticmethod
    def of(layer: Layer, name: str, chosen: Flags) -> View:
        """The features that a mask chooses, over their own pieces."""
        own = np.flatnonzero(layer.pieces.is_a(OWN))
        held = layer.pieces.take(own[chosen[layer.pieces.feature_row[own]]])
        features = layer.features.assign(counted=chosen)
        return View(name, replace(layer, features=features, held=held, links=None, ratings=None))

    @property
    def chosen(self) -> Flags:
        """The mask, over the layer's features."""
        return self.layer.is_counted


def view_id(layer_id: str, group: FeatureGroup) -> str:
    """The id under which a group's features of a layer are measured."""
    return f"{layer_id}:{group.id}"


def untold_id(layer_id: str, group: FeatureGroup) -> str:
    """The id under which the features are measured that may be a group's; groups share it."""
    return f"{layer_id}:{'tenure' if group.tenures else _ORDER}_not_stated"


@dataclass(frozen=True, eq=False)
class Grouped:
    """The groups, and what layers hold of them.

    members: per group id and id of a layer that tells it apart, its features. untold: the same of
    features that may be the group's. views: per layer id, those whose nearest is measured; none of
    no features.
    """

    groups: Groups = field(default_factory=dict)
    members: Mapping[str, Members] = field(default_factory=dict)
    untold: Mapping[str, Members] = field(default_factory=dict)
    views: Mapping[str, tuple[View, ...]] = field(default_factory=dict)

    @staticmethod
    def of(layers: Sequence[Layer], groups: Groups) -> Grouped:
        """Of layers that are cut, or could not be read."""
        told, open_ = {}, {}
        for group in groups.values():
            telling = [x for x in layers if tells(x, group)]
            told[group.id] = {x.spec.id: members(x, group, groups) for x in telling}
            open_[group.id] = {x.spec.id: untold(x, group) for x in telling}
        views: dict[str, tuple[View, ...]] = {}
        for layer in layers:
            near = _near(layer, groups, told, open_)
            if near:
                views[layer.spec.id] = tuple(View.of(layer, *one) for one in near.items())
        return Grouped(groups, told, open_, views)


def _near(
    layer: Layer, groups: Groups, told: Mapping[str, Members], open_: Mapping[str, Members]
) -> dict[str, Flags]:
    """Per id of a view of a layer, the features of which the nearest is measured."""
    out: dict[str, Flags] = {}
    name = layer.spec.id
    if layer.failed or NEAREST_KM not in layer.spec.measured:
        return out
    for group in groups.values():
        if NEAREST_KM in group.suffixes and name in told[group.id]:
            out[view_id(name, group)] = told[group.id][name]
            out[untold_id(name, group)] = open_[group.id][name]
    return {view: chosen for view, chosen in out.items() if chosen.any()}
