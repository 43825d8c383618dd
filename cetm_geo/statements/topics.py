"""What is stated of titles (what is published, what is exported) and of a country, by topic."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cetm_geo import tables, vocabulary
from cetm_geo.arrays import Flags, Floats
from cetm_geo.books import Books
from cetm_geo.model import IssueAction
from cetm_geo.statements.naming import not_one_of, or_none, reasons, unknown_titles

COLUMNS = ("title", "topic", "value", "unit", "year", "source")
# Of a title: whether something is published.
DISCLOSURES = (
    "contract",
    "esia",
    "beneficial_owner",
    "payments",
    "closure_bond",
    "tailings_disclosure",
)
# Of a title: as what its mineral leaves the country.
EXPORT_STAGE = "export_stage"
EXPORT_STAGES = ("ore", "concentrate", "refined", "product")
# Of the country, and what the number is.
COUNTRY_TOPICS: Mapping[str, str] = {
    "local_value_addition_share": "share",
    "benefit_sharing_agreements_count": "count",
    "closure_bonds_count": "count",
    "jobs_count": "count",
    "recycled_share": "share",
    "tailings_reprocessed_share": "share",
}
TOPICS = (*DISCLOSURES, EXPORT_STAGE, *COUNTRY_TOPICS)
_PERCENT = ("%", "percent", "per cent")
_YEARS = (1900, 2200)


def statements_of(texts: pd.DataFrame, titles: pd.DataFrame, books: Books) -> pd.DataFrame:
    """The rows of a table by `tables.STATEMENTS`; site_id is null where the country is meant.

    value: of a disclosure 1 for yes and 0 for no; of the country its number, shares as 0 to 1 (per
    cent too), 0 for no, and null for yes, which tells no number; null of an export stage.

    Args:
        texts: the columns COLUMNS, "" where blank. titles: how sites are named (`names_of`).
        books: of the table; rows that are not used are told there.
    """
    topics = texts["topic"].str.casefold()
    of_country = topics.isin(list(COUNTRY_TOPICS)).to_numpy(bool)
    named = (texts["title"] != "").to_numpy(bool)
    books.drop(not_one_of(topics, TOPICS, "topic"), IssueAction.REJECTED)
    books.reject(of_country & named, "this topic is of the country: leave the title out")
    books.reject(~of_country & ~named, "this topic is of a title, and the row names none")
    books.drop(unknown_titles(texts["title"].where(named), titles), IssueAction.REJECTED)
    value, unit = _numbers(texts, of_country)
    words = texts["value"].str.casefold()
    _reject_values(texts["value"], topics, words, value, books)
    value = np.where(words == "no", 0.0, np.where(words == "yes", np.nan, value))
    value[(topics.isin(DISCLOSURES) & (words == "yes")).to_numpy(bool)] = 1.0
    rows = texts.assign(
        row=range(len(texts)),
        topic=topics,
        value_text=words,
        value=value,
        unit=or_none(unit),
        year=_years(texts["year"], books),
        source=or_none(texts["source"]),
    )[books.kept]
    site_ids = titles.rename(columns={"code": "title", "key": "site_id"})
    found = rows.merge(site_ids, on="title", how="left")
    found = found.sort_values(["row", "site_id"], ignore_index=True)
    _note_contradictions(found, books)
    return pd.DataFrame(tables.build(tables.STATEMENTS, found))


def _numbers(texts: pd.DataFrame, of_country: Flags) -> tuple[Floats, pd.Series[str]]:
    """The country's numbers, per cent as shares, nan elsewhere; and the units."""
    value = vocabulary.numbers(texts["value"].to_numpy(object))
    value[~of_country] = np.nan
    percent = (texts["unit"].str.casefold().isin(_PERCENT)).to_numpy(bool) & ~np.isnan(value)
    value[percent] /= 100
    return value, texts["unit"].mask(percent, "share")


def _reject_values(
    texts: pd.Series[str],
    topics: pd.Series[str],
    words: pd.Series[str],
    value: Floats,
    books: Books,
) -> None:
    kinds = topics.map(dict(COUNTRY_TOPICS))
    said = words.isin(["yes", "no"])
    number = said | (value >= 0)
    for wrong, wanted in (
        (topics.isin(DISCLOSURES) & ~said, "yes or no"),
        (
            (topics == EXPORT_STAGE) & ~words.isin(EXPORT_STAGES),
            "one of " + ", ".join(EXPORT_STAGES),
        ),
        ((kinds == "share") & ~(number & ~(value > 1)), "a share of 0 to 1, yes or no"),
        ((kinds == "count") & ~number, "a number from 0 up, yes or no"),
    ):
        told = reasons(texts, wrong.to_numpy(bool), f"the value {{!r}} is not {wanted}")
        books.drop(told, IssueAction.REJECTED)


def _years(texts: pd.Series[str], books: Books) -> Floats:
    """Years; what is none is told, and nan."""
    years = vocabulary.numbers(texts.to_numpy(object))
    years[(years != np.floor(years)) | (years < _YEARS[0]) | (years > _YEARS[1])] = np.nan
    rows = np.flatnonzero(np.isnan(years) & (texts != "").to_numpy(bool) & books.kept)
    told = [f"the year {text!r} is not used" for text in texts.iloc[rows]]
    books.note_rows(rows, np.array(told, object), IssueAction.NOTED)
    return years


def _note_contradictions(found: pd.DataFrame, books: Books) -> None:
    """Rows that say another thing of the same title, topic and year than a row before them."""
    key = ["site_id", "topic", "year"]
    told = found.fillna({"site_id": "", "year": 0}).drop_duplicates([*key, "value_text"])
    rows = np.unique(told["row"][told.duplicated(key)].to_numpy(np.intp))
    text = "a row before it states another value of the same title, topic and year"
    books.note_rows(rows, text, IssueAction.NOTED)
