"""What was found in a part of a file -> the TOML of its layer, every guess with its reason."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import shapely

from cetm_geo import mapping, measure, recognition, vocabulary
from cetm_geo.arrays import Box
from cetm_geo.facts import LOOKS_LONLAT, Field, box_of
from cetm_geo.inspection import WRONG_CRS, Inspection
from cetm_geo.mapping import Guess
from cetm_geo.model import Role, Tenure
from cetm_geo.tomltext import Line, commented, listed_value
from cetm_geo.words import plural, sentence_case

_NOT_STATED = "not stated: ask who publishes it"
_CAREFUL = (
    "the careful choice: figures may leave this machine, shapes not; public if the licence lets it"
)
_COMPLETE = "never guessed: {}, world or layer:<id> if no feature is missing there"
_MOST_UNKNOWN = 12
_REPEATED = 3  # times that a text of a kind stands in its column on average
_SAMPLE_SIZE = 5000
_SKETCH_DIGITS = 5
_ROWS_WITH_AREA = 5000  # looked at to tell the unit of a stated area


@dataclass(frozen=True)
class LayerDraft:
    """The text of one layer's file, and what a person should know of it.

    file, member, layer: what it was drafted from. personal: its personal columns.
    profile: name of the profile it starts from, or empty; verified as the profile says of itself.
    guessed: the keys that were guessed. check: what to look at before it is believed.
    lonlat_box: where its features lie; box: in its own coordinates, where
    their CRS is not known. country_box: of the country it was drafted for, if it holds it.
    columns: of the file, in lower case. vertices: of all shapes. sketch, codes: of its shapes and
    of its feature ids a sample by value, by which two layers are told to hold the same.
    """

    id: str
    file: str
    role: Role
    profile: str
    verified: bool
    sections: dict[str, list[Line]]
    guessed: tuple[str, ...]
    check: tuple[str, ...]
    rows: int
    member: str = ""
    layer: str = ""
    personal: tuple[str, ...] = ()
    box: Box | None = None
    lonlat_box: Box | None = None
    country_box: Box | None = None
    columns: frozenset[str] = frozenset()
    encoding: str = ""
    vertices: int = 0
    sketch: frozenset[int] = frozenset()
    codes: frozenset[int] = frozenset()

    @property
    def text(self) -> str:
        """The TOML file."""
        first = f"Drafted from {self.file}. A line with a remark was guessed: check it."
        parts = [commented(first).text]
        for name, lines in self.sections.items():
            shown = [line.text for line in lines]
            parts.append("\n".join([f"[{name}]", *shown] if name else shown))
        return "\n\n".join(parts) + "\n"


def kinds_of(found: Inspection) -> dict[str, float]:
    """Texts of the columns that say what kind a row is, with their share of the rows.

    Where no column is named so, those of every column of few texts that repeat.
    """
    out: dict[str, float] = {}
    texts = [f for f in found.fields if f.type == "text"]
    named = [f for f in texts if recognition.rank(f.name, "columns", "designation") is not None]
    few = [f for f in texts if f.kinds and f.distinct * _REPEATED <= f.filled_share * found.rows]
    for f in named or few:
        if f.kinds:
            for text, count in f.kinds.items():
                out[text] = max(out.get(text, 0.0), count / found.rows)
    return out


class LayerWriter:
    """Writes one layer, and keeps account of what was guessed and what is to be checked."""

    def __init__(
        self,
        found: Inspection,
        shown: str,
        name: str,
        role: Role,
        reason: str,
        profile: recognition.Recognised | None,
        iso3: str,
    ) -> None:
        self.found, self.shown, self.name = found, shown, name
        self.role, self.reason, self.profile, self.iso3 = role, reason, profile, iso3
        self.keys = profile.profile.layer if profile else {}
        self.guessed: list[str] = []
        self.check: list[str] = []
        self.unit: Guess | None = None
        if WRONG_CRS in found.remarks:
            self.check.append(f"the CRS: {WRONG_CRS}")
        self.columns = self._columns()

    def draft(self, layer_id: str) -> LayerDraft:
        """The layer under an id."""
        sections = {
            "": self._head(),
            "source": self._source(),
            **self._table(),
            "columns": self._columns_section(),
            **self._values(),
            "licence": self._licence(),
        }
        found, profile = self.found, self.profile
        return LayerDraft(
            layer_id,
            self.name,
            self.role,
            profile.name if profile else "",
            bool(profile and profile.verified),
            {name: lines for name, lines in sections.items() if lines},
            tuple(self.guessed),
            tuple(self.check),
            found.rows,
            found.part.member,
            found.part.layer,
            found.personal_columns,
            None if found.crs_stated else found.box,
            found.lonlat_box if found.crs_stated else None,
            self._country_box(),
            frozenset(column.casefold() for column in found.columns),
            found.encoding,
            int(shapely.get_num_coordinates(found.raw.geometry).sum()) if found.raw else 0,
            self._sketch(),
            self._codes(),
        )

    def _sketch(self) -> frozenset[int]:
        raw = self.found.raw
        if raw is None:
            return frozenset()
        return _sample(pd.DataFrame(shapely.bounds(raw.geometry)).dropna().round(_SKETCH_DIGITS))

    def _codes(self) -> frozenset[int]:
        """Of a register of titles: its codes, by the column that the profile or a guess names."""
        raw = self.found.raw
        mapped = self.columns.get("feature_id")
        named = mapped.value if mapped else str(self.keys.get("columns", {}).get("feature_id", ""))
        if self.role != Role.CONCESSION or raw is None or named not in raw.attributes:
            return frozenset()
        texts = vocabulary.texts(raw.attributes[named].dropna().unique())
        return _sample(pd.DataFrame({"code": texts}))

    def _guess(self, key: str, guess: Guess, told: str = "") -> Line:
        self.guessed.append(told or key)
        return Line(key, guess.value, guess.reason)

    def _columns(self) -> dict[str, Guess]:
        """The columns that no profile maps; a stated area only where its unit is told."""
        raw = self.found.raw
        if raw is None or self.profile:
            return {}
        out = mapping.guess_columns(self.found.fields, self.role, raw.attributes, self.iso3)
        if self.role == Role.CONCESSION and "status" not in out:
            self.check.append("no column tells the status: each title counts as not stated")
        area = out.get("declared_area")
        if area is not None:
            texts = vocabulary.texts(raw.attributes[area.value].head(_ROWS_WITH_AREA))
            placed = self.found.crs_stated or self.found.looks == LOOKS_LONLAT
            self.unit = mapping.area_unit(area.value, texts, raw, placed)
            if self.unit is None:
                del out["declared_area"]
                self.check.append(f"the unit of {area.value}: it fits the measured areas in none")
        return out

    def _head(self) -> list[Line]:
        lines = (
            []
            if self.keys.get("role") == self.role
            else [Line("role", self.role.value, self.reason)]
        )
        if self.profile:
            said = "verified" if self.profile.verified else "its fields are not verified"
            lines.append(Line("profile", self.profile.name, f"{self.profile.reason}; {said}"))
            if not self.profile.verified:
                self.check.append(f"the profile {self.profile.name} is not verified")
        else:
            self.guessed.append("role")
        lines.append(Line("label", self._label(), "as the file is called; write what people read"))
        lines += [
            *self._tenure(),
            *self._dates(),
            *self._area(),
            *self._missing(),
            *self._personal(),
        ]
        if self.role == Role.COUNTRY and "iso3" not in {
            *self.columns,
            *self.keys.get("columns", {}),
        }:
            lines.append(self._country())
        if "complete_within" not in self.keys:
            lines.append(Line("complete_within", "", _COMPLETE.format(self.iso3)))
        return lines

    def _country(self) -> Line:
        if self.found.rows == 1:
            return self._guess("iso3", Guess(self.iso3, "the country that was named"))
        self.check.append("which of its rows is the country: no column holds its code")
        return commented('columns.iso3 = ""', "no column holds codes of three letters")

    def _label(self) -> str:
        part, stem = self.found.part, Path(self.shown).stem
        names = [stem, part.layer] if len(self.found.parts) > 1 else [stem]
        if len(self.found.parts) > 1 and part.member:
            names = [Path(part.member).stem, part.layer]
        return sentence_case(" ".join(" ".join(filter(None, names)).replace("_", " ").split()))

    def _country_box(self) -> Box | None:
        """Where the country lies, of a layer of countries that states its CRS."""
        found, raw = self.found, self.found.raw
        if self.role != Role.COUNTRY or raw is None or not found.crs_stated:
            return None
        if found.rows == 1:
            return found.lonlat_box
        columns = [guess.value for key, guess in self.columns.items() if key == "iso3"]
        columns += [c for key, c in self.keys.get("columns", {}).items() if key == "iso3"]
        if not columns or columns[0] not in raw.attributes:
            return None
        rows = raw.attributes[columns[0]].eq(self.iso3).to_numpy(bool)
        return box_of(measure.to_lonlat(raw.geometry[rows], raw.crs))

    def _tenure(self) -> list[Line]:
        if (
            self.role != Role.COMMUNITY_LAND
            or self.keys.get("tenure")
            or "tenure" in self.keys.get("columns", {})
        ):
            return []
        texts = [self.name, *self.found.columns, *kinds_of(self.found)]
        tenure, word = recognition.guess_tenure(texts)
        self.check.append("the tenure")
        if tenure is None:
            reason = f"nothing tells it: one of {', '.join(Tenure)}"
            return [self._guess("tenure", Guess(Tenure.CUSTOMARY.value, reason))]
        return [self._guess("tenure", Guess(tenure.value, f"'{word}' among its words"))]

    def _dates(self) -> list[Line]:
        lines = []
        years = re.findall(r"(?<!\d)(?:19[89]\d|20[0-4]\d)(?!\d)", Path(self.shown).stem)
        if len(set(years)) == 1 and "as_of" not in self.keys:
            lines.append(self._guess("as_of", Guess(years[0], "the year in the file's name")))
        raw = self.found.raw
        named = [self.columns[k].value for k in mapping.DATES if k in self.columns]
        order = mapping.date_order(raw.attributes[c] for c in named) if raw is not None else None
        if order is not None and order.value:
            lines.append(self._guess("date_order", order))
        elif order is not None:
            self.check.append(f"date_order: {order.reason}")
            lines.append(commented('date_order = "dmy"', f"{order.reason}; dmy or mdy"))
        return lines

    def _columns_section(self) -> list[Line]:
        """The columns, and those of dates that nobody could tell the meaning of."""
        lines = [self._guess(k, g, f"columns.{k}") for k, g in self.columns.items()]
        raw = self.found.raw
        if self.role != Role.CONCESSION or raw is None or self.profile:
            return lines
        used = {guess.value for guess in self.columns.values()}
        dates = [f for f in self.found.fields if not f.personal and f.name not in used]
        dates = [f for f in dates if f.distinct and mapping.holds_dates(f, raw.attributes)]
        if dates:
            names = ", ".join(f.name for f in dates)
            lines.append(commented(f"other columns of dates, whose meaning is not told: {names}"))
        return lines

    def _area(self) -> list[Line]:
        return [self._guess("declared_area_unit", self.unit)] if self.unit else []

    def _missing(self) -> list[Line]:
        """Texts that mean missing in the columns that are used; elsewhere NA may be Namibia."""
        used = {guess.value.casefold() for guess in self.columns.values()}
        used |= {str(column).casefold() for column in self.keys.get("columns", {}).values()}
        known = {str(text).casefold() for text in self.keys.get("missing_texts", [])}
        new = {
            text.casefold(): text
            for f in self.found.fields
            for text in f.missing
            if f.name.casefold() in used and text.casefold() not in known
        }
        return [Line("missing_texts", listed_value(new.values()), "found in it")] if new else []

    def _personal(self) -> list[Line]:
        if not self.found.personal_columns:
            return []
        self.guessed.append("personal_columns")
        names = listed_value(self.found.personal_columns)
        return [Line("personal_columns", names, "they look personal, and are never read")]

    def _source(self) -> list[Line]:
        found, part = self.found, self.found.part
        lines = [Line("path", self.shown)]
        if part.member:
            lines.append(Line("members", listed_value([part.member])))
        if part.layer:
            lines.append(Line("layer", part.layer))
        if found.encoding and not _is_plain(found.encoding):
            lines.append(self._guess("encoding", Guess(found.encoding, "guessed from its letters")))
        return lines

    def _table(self) -> dict[str, list[Line]]:
        given = self.found.geometry
        if given is None:
            return {}
        self.guessed.append("source.geometry")
        pairs = {k: getattr(given, k) for k in ("wkt", "x", "y", "corner", "order")}
        lines = [Line(key, value) for key, value in pairs.items() if value]
        lines[0] = replace(lines[0], remark=self.found.placed_by)
        if given.group:
            lines.append(Line("group", listed_value(given.group)))
        return {"source.geometry": lines}

    def _values(self) -> dict[str, list[Line]]:
        out: dict[str, list[Line]] = {}
        for topic in ("status", "stage"):
            if topic in self.columns:
                out[f"values.{topic}"] = self._vocabulary(topic)
        return out

    def _vocabulary(self, topic: str) -> list[Line]:
        """What the register's texts mean, and those nobody knows."""
        kinds = self._field(self.columns[topic].value).kinds
        known, unknown = recognition.translations(kinds, topic)
        lines = [
            self._guess(k, Guess(listed_value(v), "by its words"), f"values.{topic}.{k}")
            for k, v in known.items()
        ]
        if unknown:
            more = (
                f" and {len(unknown) - _MOST_UNKNOWN} more" if len(unknown) > _MOST_UNKNOWN else ""
            )
            told = f"not recognised, so unknown: {listed_value(unknown[:_MOST_UNKNOWN])}{more}"
            lines.append(commented(told))
            self.check.append(f"{topic}: what {plural(len(unknown), 'text')} mean")
        return lines

    def _field(self, name: str) -> Field:
        return next(f for f in self.found.fields if f.name == name)

    def _licence(self) -> list[Line]:
        held = self.keys.get("licence", {})
        lines = []
        if "text" not in held:
            self.check.append("the licence")
            lines.append(Line("text", _NOT_STATED))
        if "publish" not in held:
            lines.append(Line("publish", "derived_only", _CAREFUL))
        return lines


def _sample(rows: pd.DataFrame) -> frozenset[int]:
    """The rows whose hashes are least: the same rows give the same ones, in whatever order."""
    hashes = np.unique(pd.util.hash_pandas_object(rows, index=False).to_numpy(np.uint64))
    return frozenset(hashes[:_SAMPLE_SIZE].tolist())


def _is_plain(encoding: str) -> bool:
    return encoding.casefold().replace("_", "-") in ("ascii", "utf-8", "utf-8-sig", "utf8")
