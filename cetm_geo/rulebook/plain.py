"""Entries of a rulebook as JSON holds them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from enum import Enum
from typing import Any


def plain(value: Any) -> Any:
    """An entry as JSON holds it: its fields by name, days as ISO, words of lists as they are."""
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list | set | frozenset):
        kept = [plain(item) for item in value]
        return sorted(kept) if isinstance(value, set | frozenset) else kept
    if isinstance(value, Enum):
        return value.value
    return value.isoformat() if isinstance(value, date) else value
