"""Files of TOML read, and lines of it with remarks, as a drafted catalogue needs them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cetm_geo.errors import Problem

_MOST_BYTES = 8 << 20  # the largest of the project's own has a hundredth of it


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


def read_toml(path: Path, problems: list[Problem]) -> dict[str, Any]:
    """The tables of a file; none, and a problem, where it cannot be read."""
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            # To open a pipe is to wait for somebody to write.
            problems.append(Problem(str(path), "", "a pipe or a device, not a file"))
            return {}
        with path.open("rb") as stream:
            held = stream.read(_MOST_BYTES + 1)
        if len(held) > _MOST_BYTES:
            told = f"larger than {_MOST_BYTES >> 20} MB: no definition is"
            problems.append(Problem(str(path), "", told))
            return {}
        return tomllib.loads(held.decode("utf-8"))
    except RecursionError:
        problems.append(Problem(str(path), "", "not valid TOML: its brackets are nested too deep"))
    except ValueError as error:  # of the syntax, the encoding, or of a number too long for any use
        told = str(error).partition("; use sys.")[0]
        problems.append(Problem(str(path), "", f"not valid TOML: {told}"))
    except OSError as error:
        problems.append(Problem(str(path), "", f"cannot be read: {error.strerror}"))
    return {}
