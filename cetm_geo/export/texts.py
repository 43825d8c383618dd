"""Columns as texts of Arrow: millions of cells without the interpreter."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

_Nulls = Literal["emit_null", "skip"]
TEXT = pa.large_string()  # a table in one part may have more than 2 GB


def of_numbers(column: pd.Series[Any]) -> Any:
    """Numbers in the fewest digits that give them back; None for what is no finite number."""
    numbers = pa.array(column, from_pandas=True)
    if pa.types.is_floating(numbers.type):
        numbers = pc.if_else(pc.is_finite(numbers), numbers, None)
    return numbers.cast(TEXT)


def one_after_other(*texts: Any, between: str = "", nulls: _Nulls = "emit_null") -> Any:
    """Arrays and constant texts joined row by row. nulls: as `binary_join_element_wise` has it."""
    parts = [pa.scalar(one, TEXT) if isinstance(one, str) else one for one in (*texts, between)]
    return pc.binary_join_element_wise(*parts, null_handling=nulls)


def where(pattern: str, texts: Any, other: Callable[[], Any]) -> Any:
    """Texts, but those of `other` where a regular expression is found."""
    found = pc.match_substring_regex(texts, pattern)
    return pc.if_else(found, other(), texts) if pc.any(found).as_py() else texts


def content(texts: Any) -> memoryview:
    """The bytes of all of them, one after the other, not copied."""
    if isinstance(texts, pa.ChunkedArray):
        texts = texts.combine_chunks()
    return memoryview(texts.buffers()[2] or b"")
