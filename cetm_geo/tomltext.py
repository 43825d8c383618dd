"""Lines of TOML with remarks: the little of the format that a drafted catalogue needs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass


class Written(str):
    """A value that is TOML already."""


@dataclass(frozen=True)
class Line:
    """One key, its value, and a remark behind it; key "" = a remark alone."""

    key: str
    value: str
    remark: str = ""

    @property
    def text(self) -> str:
        """The line as it stands in the file."""
        if not self.key:
            return f"# {_one_line(self.remark)}"
        value = self.value if isinstance(self.value, Written) else value_text(self.value)
        return f"{self.key} = {value}" + (f"  # {_one_line(self.remark)}" if self.remark else "")


def value_text(text: str) -> str:
    """A text as a basic string of TOML, which JSON's strings are, but for the delete character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def listed_value(texts: Iterable[str]) -> Written:
    """An array of texts."""
    return Written(f"[{', '.join(value_text(text) for text in texts)}]")


def commented(line: str, reason: str = "") -> Line:
    """A line for a person to fill in, or a remark on its own."""
    return Line("", "", f"{line}  # {reason}" if reason else line)


def _one_line(text: str) -> str:
    """A remark without what would end it."""
    return "".join(c if c.isprintable() else " " for c in " ".join(text.split()))
