"""Flags as rows for people and programs: what each says, on which number, by which norms."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from cetm_geo.cards import CardMaker, Flags
from cetm_geo.flags.flagging import wanted
from cetm_geo.model import LANGUAGES, FlagStatus, Publish
from cetm_geo.sitetable import may_name

_RAISED = FlagStatus.RAISED.value
Row = Mapping[str, Any]


def flags_frame(
    flags: pd.DataFrame,
    features: pd.DataFrame,
    indicators: pd.DataFrame,
    sites: pd.DataFrame,
    sources: pd.DataFrame,
    maker: CardMaker,
) -> pd.DataFrame:
    """Every answer of every rule, the raised ones in words of four languages.

    Args:
        flags: by `tables.FLAGS`. features: by `tables.FLAG_FEATURES`, with `name`. indicators: by
            `tables.INDICATORS`. sites, sources: by `tables`; what layers marked local_only name is
            left out.

    Columns: those of flags, label, theme, unit, norm_ids, unverified_norm_ids, feature_ids, and
    message_<language> of raised flags.
    """
    local = set(sources["layer_id"][sources["publish"] == Publish.LOCAL_ONLY.value])
    shown = features.assign(
        name=features["name"].where(~features["layer_id"].isin(local), None),
        feature_id=features["feature_id"].where(~features["layer_id"].isin(local), None),
    )
    raised = flags[flags["status"] == _RAISED]
    told = _told(indicators, raised, set(sources["layer_id"]), local, maker)
    said = _said(raised, shown, told, sites, maker)
    out = pd.DataFrame(flags).assign(**_of_rules(flags, maker))
    for column in ("feature_ids", *(f"message_{language}" for language in LANGUAGES)):
        out[column] = pd.Series([None] * len(out), out.index, dtype=object)
        out.loc[raised.index, column] = pd.Series(said[column], raised.index, dtype=object)
    return out


def _of_rules(flags: pd.DataFrame, maker: CardMaker) -> dict[str, Any]:
    """What is the same for every site of a country, looked up once."""
    keys = flags[["rule_id", "iso3"]].astype(object)
    kinds = keys.drop_duplicates()
    book = maker.rulebook
    rows = {}
    for rule_id, iso3 in kinds.itertuples(index=False, name=None):
        code = iso3 if isinstance(iso3, str) else ""
        norms = maker.rules(code).norms(rule_id)
        rule = book.rules[rule_id]
        unsure = [name for name in norms if not book.norms[name].verified]
        rows[rule_id, code] = (rule.label["en"], rule.theme.value, list(norms), unsure)
    codes = [c if isinstance(c, str) else "" for c in keys["iso3"]]
    found = [rows[key] for key in zip(keys["rule_id"], codes, strict=True)]
    names = ("label", "theme", "norm_ids", "unverified_norm_ids")
    return {name: [row[i] for row in found] for i, name in enumerate(names)}


def _told(
    indicators: pd.DataFrame,
    raised: pd.DataFrame,
    layers: set[str],
    local: set[str],
    maker: CardMaker,
) -> dict[str, list[Row]]:
    """Per site with a raised flag, the indicators that rules ask for."""
    rows = indicators[indicators["indicator_id"].isin(wanted(maker.rulebook))]
    rows = rows[rows["site_id"].isin(raised["site_id"].unique())]
    hidden = {name for name in rows["indicator_id"].unique() if may_name(name, local, layers)}
    text = rows["value_text"].where(~rows["indicator_id"].isin(hidden), None)
    out: dict[str, list[Row]] = defaultdict(list)
    columns = (rows["site_id"], rows["indicator_id"], rows["value"], text, rows["unit"])
    for site_id, name, value, words, unit in zip(*columns, strict=True):
        out[site_id].append(
            {
                "indicator_id": name,
                "value": None if pd.isna(value) else float(value),
                "value_text": words if isinstance(words, str) else None,
                "unit": unit,
            }
        )
    return out


def _said(
    raised: pd.DataFrame,
    features: pd.DataFrame,
    told: Mapping[str, list[Row]],
    sites: pd.DataFrame,
    maker: CardMaker,
) -> dict[str, list[Any]]:
    minerals = dict(zip(sites["site_id"], sites["minerals"], strict=True))
    met = _by_flag(features)
    out: dict[str, list[Any]] = defaultdict(list)
    for row in _records(raised):
        site_id = row["site_id"]
        own = met.get((site_id, row["rule_id"]), ())
        flags = Flags({"minerals": minerals[site_id]}, [row], own, told.get(site_id, ()), ())
        for language, text in maker.messages(row, flags).items():
            out[f"message_{language}"].append(text)
        out["feature_ids"].append([f["feature_id"] for f in own if f["feature_id"]])
    for column in ("feature_ids", *(f"message_{language}" for language in LANGUAGES)):
        out.setdefault(column, [])
    return out


def _by_flag(features: pd.DataFrame) -> dict[tuple[str, str], Sequence[Row]]:
    found: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in _records(features):
        found[row["site_id"], row["rule_id"]].append(row)
    return dict(found)


def _records(frame: pd.DataFrame) -> Iterator[Row]:
    """Rows as dicts, null as None."""
    columns = {
        name: frame[name].astype(object).where(frame[name].notna(), None).to_list()
        for name in frame.columns
    }
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
