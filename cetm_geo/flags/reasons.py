"""Flags of many sites -> one short reason a site: why it has its tier, for a list or a card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cetm_geo.arrays import Flags, Indices
from cetm_geo.flags.judged import RANK, SEVERITIES
from cetm_geo.model import FlagStatus, Layer, Publish, Rule
from cetm_geo.words import TIERS, sentence_case

_VERIFY = " (verify)"


def reasons_of_sites(
    tiers: pd.DataFrame,
    flags: pd.DataFrame,
    features: pd.DataFrame,
    layers: Iterable[Layer],
    rules: Mapping[str, Rule],
) -> pd.Series[Any]:
    """Per site_id the label of the worst raised flag, and what it meets: `On heritage: Old Fort`.

    Of flags as bad as each other the surest, then the first by the rulebook; of what it meets the
    place that shares most land, else the nearest. What a licence keeps on this machine is not
    named. A site whose tier rests on no flag says what the tier means.

    Args:
        tiers: by `tables.TIERS`. flags: by `tables.FLAGS`, of these sites. features: by
            `tables.FLAG_FEATURES`. layers: whose features may be named.
    """
    sites = pd.Index(tiers["site_id"].to_numpy(object))
    rule_ids = pd.Index(list(rules))
    rule = _worst_rule(flags, sites, rule_ids)
    labels = np.array([*(rules[name].label["en"] for name in rule_ids), ""], object)
    text = labels[np.where(rule.raised, rule.code, len(rule_ids))]
    name = _main_names(features, rule, sites, rule_ids, layers)
    text = np.where(name == "", text, text + ": " + name)
    text = np.where(rule.verify, text + _VERIFY, text)
    tier = tiers["tier"].to_numpy(object)
    of_flag = rule.raised & np.isin(tier, [severity.value for severity in SEVERITIES])
    meanings = {word.value: sentence_case(said.meaning) for word, said in TIERS.items()}
    return pd.Series(np.where(of_flag, text, pd.Series(tier).map(meanings)), sites)


@dataclass(frozen=True, eq=False)
class _Worst:
    """Per site whether a flag is raised, the code of the worst one's rule, and its mark."""

    raised: Flags
    code: Indices
    verify: Flags


def _worst_rule(flags: pd.DataFrame, sites: pd.Index, rule_ids: pd.Index) -> _Worst:
    raised = flags[(flags["status"] == FlagStatus.RAISED.value).to_numpy(bool)]
    site, rule = _codes(raised["site_id"], sites), _codes(raised["rule_id"], rule_ids)
    rank = np.array([RANK[s] for s in SEVERITIES])[
        _codes(raised["severity"], pd.Index([s.value for s in SEVERITIES]))
    ]
    verify = raised["verify"].to_numpy(bool)
    first = _first_of_each(site, np.lexsort((rule, verify, -rank, site)))
    count = len(sites)
    out = _Worst(np.zeros(count, bool), np.zeros(count, np.int64), np.zeros(count, bool))
    out.raised[site[first]] = True
    out.code[site[first]], out.verify[site[first]] = rule[first], verify[first]
    return out


def _main_names(
    features: pd.DataFrame,
    worst: _Worst,
    sites: pd.Index,
    rule_ids: pd.Index,
    layers: Iterable[Layer],
) -> Any:
    """Per site the name of the main place behind its worst flag; "" where it has none to show."""
    site, rule = _codes(features["site_id"], sites), _codes(features["rule_id"], rule_ids)
    own = np.flatnonzero(worst.raised[site] & (rule == worst.code[site]))
    kept = features.iloc[own]
    shared, far = (kept[c].to_numpy(np.float64) for c in ("overlap_km2", "distance_km"))
    first = _first_of_each(site[own], np.lexsort((far, -shared, site[own])))
    main = kept.iloc[first][["layer_id", "feature_id"]].astype(object)
    out = np.full(len(sites), "", object)
    named = main.merge(_names(layers), how="left", on=["layer_id", "feature_id"])["name"]
    out[site[own][first]] = named.fillna("").to_numpy(object)
    return out


def _names(layers: Iterable[Layer]) -> pd.DataFrame:
    """Names of features that may be shown, one row each."""
    frames = [
        pd.DataFrame(layer.features)[["feature_id", "name"]].assign(layer_id=layer.spec.id)
        for layer in layers
        if layer.spec.licence.publish != Publish.LOCAL_ONLY
    ]
    columns = ["layer_id", "feature_id", "name"]
    out = pd.concat(frames) if frames else pd.DataFrame(columns=columns)
    out = out[out["name"].notna()].drop_duplicates(["layer_id", "feature_id"])
    return out[columns].astype(object)


def _codes(words: pd.Series[Any], kinds: pd.Index) -> Indices:
    """Positions in `kinds`; by the categories of a column of words, which are few."""
    if isinstance(words.dtype, pd.CategoricalDtype):
        places = kinds.get_indexer(words.cat.categories.astype(object))
        return np.asarray(places[words.cat.codes.to_numpy()], np.int64)
    return np.asarray(kinds.get_indexer(pd.Index(words.to_numpy(object))), np.int64)


def _first_of_each(group: Indices, order: Indices) -> Indices:
    """Of rows ordered by group, the first of each."""
    ordered = group[order]
    return order[np.r_[True, ordered[1:] != ordered[:-1]]] if len(order) else order
