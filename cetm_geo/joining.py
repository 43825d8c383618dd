"""Layer drafts -> fewer: parts of one source become one layer, a second copy of it none.

Parts are members of an archive, numbered or tiled files, numbered folders. Two vintages of a
source are no parts of it: they hold the same shapes, or lie in the same place.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile
from pathlib import Path

from cetm_geo.arrays import Box
from cetm_geo.catalog import CATALOGUE_FILE
from cetm_geo.inspection import Part
from cetm_geo.layerdraft import LayerDraft
from cetm_geo.model import RASTER_ROLES, Role
from cetm_geo.tomltext import Line, listed_value
from cetm_geo.words import plural, sentence_case

_RESERVED = {CATALOGUE_FILE.removesuffix(".toml"), *Role}
_SAME_SHARE = 0.1  # of the smaller sample: more shapes in common are no parts of one thing
_COPY_SHARE = 0.9  # of the smaller sample of codes
_COPY_DEGREES = 0.002  # by which the boxes of two copies may differ: coordinates are rounded
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\d+")
_KINDS = re.compile(r"points?|poly(?:gon)?s?", re.IGNORECASE)
_COMPASS = re.compile(r"(?<![^\W_])[NSEW](?=\d)|(?<=\d)[NSEW](?![^\W\d_]{2})", re.IGNORECASE)
_GLOB = re.compile(r"[*?\[\]]")


def layer_id(
    shown: str, part: Part, of_parts: int, extra: str, taken: Iterable[str], iso3: str
) -> str:
    """An id from the names: lower case letters, digits and _, no role's name, not yet taken."""
    stem = Path(shown).stem
    if of_parts > 1:
        stem = "_".join(filter(None, (stem, Path(part.member).stem, part.layer)))
    plain = unicodedata.normalize("NFKD", stem + extra).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "_", plain).strip("_")
    if not name or not name[0].isalpha() or name in _RESERVED:
        name = f"{iso3.lower()}_{name}".rstrip("_")
    held, number, out = set(taken), 1, name
    while out in held:
        number += 1
        out = f"{name}_{number}"
    return out


# --- members of one archive ----------------------------------------------------------------------


def members_joined(
    drafts: Sequence[LayerDraft], taken: Sequence[str], shown: str, iso3: str
) -> list[LayerDraft]:
    """Members of an archive that are one known source in one role are one layer.

    Args:
        taken: ids of other files' layers. shown: the archive, below the data folder.
    """
    groups: dict[tuple[str, ...], list[LayerDraft]] = {}
    for one in drafts:
        alone = one.id if not (one.profile and one.member) else ""
        key = (alone, one.profile, one.role.value, one.layer, *one.personal)
        groups.setdefault(key, []).append(one)
    joined: list[LayerDraft] = []
    for group in groups.values():
        if len(group) == 1:
            joined += group
            continue
        same = [g for g in groups.values() if g[0].profile == group[0].profile]
        extra = f"_{group[0].role.value}" if len(same) > 1 else ""
        held = [*taken, *(one.id for one in joined)]
        members = Line("members", listed_value(one.member for one in group))
        name = layer_id(shown, Part(), 1, extra, held, iso3)
        joined.append(_as_one(group, name, shown, shown, {"members": members}))
    return joined


def _as_one(
    group: Sequence[LayerDraft], new_id: str, shown: str, label: str, source: dict[str, Line]
) -> LayerDraft:
    """The first of a group with what it comes to together. source: lines that replace its own."""
    first = group[0]
    told = Line("label", sentence_case(Path(label).stem.replace("_", " ").strip(" -")))
    told = replace(told, remark="as the file is called; write what people read")
    sections = {
        **first.sections,
        "": [told if line.key == "label" else line for line in first.sections[""]],
        "source": [source.get(line.key, line) for line in first.sections["source"]],
    }
    return replace(
        first,
        id=new_id,
        file=shown,
        sections=sections,
        check=tuple(dict.fromkeys(text for one in group for text in one.check)),
        rows=sum(one.rows for one in group),
        vertices=sum(one.vertices for one in group),
        box=_around([one.box for one in group]),
        lonlat_box=_around([one.lonlat_box for one in group]),
        codes=frozenset().union(*(one.codes for one in group)),
        sketch=frozenset().union(*(one.sketch for one in group)),
    )


def _around(boxes: Sequence[Box | None]) -> Box | None:
    known = [box for box in boxes if box]
    if not known:
        return None
    west, south, east, north = zip(*known, strict=True)
    return min(west), min(south), max(east), max(north)


# --- files that are parts of one source ----------------------------------------------------------


def tiles_joined(drafts: Sequence[LayerDraft], data: Path, iso3: str) -> list[LayerDraft]:
    """Files whose names differ by numbers alone, and which hold the same columns, as one layer.

    Years are no such numbers. Files that share shapes, or tiles in one place, stay apart, and so
    do those that no pattern tells from their neighbours.
    """
    groups: dict[object, list[LayerDraft]] = {}
    for one in drafts:
        groups.setdefault(_kin(one), []).append(one)
    whole = {id(one): one for one in drafts}
    taken = {one.id for one in drafts}
    for group in groups.values():
        pattern = _pattern([_path(one) for one in group]) if len(group) > 1 else ""
        if not pattern or not _are_parts(group) or not _fits_only(pattern, group, data):
            continue
        taken -= {one.id for one in group}
        shown = f"{pattern} ({plural(len(group), 'file')})"
        label = re.sub(r"[\s_-]*[^\W_]*\*[^\W_]*", "", Path(pattern).name)
        extra = "" if group[0].role in (None, *_alone(groups, group)) else f"_{group[0].role.value}"
        new = layer_id(label, Part(), 1, extra, taken, iso3)
        taken.add(new)
        told = Line("path", pattern, "one layer of files whose names differ by numbers alone")
        joined = _as_one(group, new, shown, label, {"path": told})
        kept = [line for line in joined.sections["source"] if line.key != "encoding"]
        joined.sections["source"] = kept  # told of each file by its bytes
        whole[id(group[0])] = replace(
            joined, guessed=tuple(k for k in joined.guessed if k != "encoding")
        )
        for other in group[1:]:
            del whole[id(other)]
    return list(whole.values())


def _alone(groups: dict[object, list[LayerDraft]], group: list[LayerDraft]) -> list[Role]:
    """The role of a group, if its files are in no other role as well."""
    paths = {_path(one) for one in group}
    roles = {one.role for others in groups.values() for one in others if _path(one) in paths}
    return [group[0].role] if len(roles) == 1 else []


def _kin(one: LayerDraft) -> object:
    """What the parts of one source share."""
    lines = [line for line in one.sections["source"] if line.key not in ("path", "encoding")]
    table = one.sections.get("source.geometry", [])
    told = tuple((line.key, str(line.value)) for line in (*lines, *table))
    return (
        _skeleton(_path(one), bool(one.profile)),
        one.role,
        one.profile,
        one.columns,
        one.personal,
        one.box is None,
        told,
    )


def _path(one: LayerDraft) -> str:
    return next(str(line.value) for line in one.sections["source"] if line.key == "path")


def _skeleton(path: str, known: bool) -> str:
    """A path with # for its numbers, but years; of a known source points and polygons are one."""
    plain = _COMPASS.sub("@", path)
    plain = _KINDS.sub("&", plain) if known else plain
    return _NUMBER.sub(lambda m: m[0] if _YEAR.fullmatch(m[0]) else "#", plain)


def _pattern(paths: Sequence[str]) -> str:
    """One pattern for all paths, or empty: their folders and names with * where they differ."""
    if len(set(paths)) < len(paths) or any(_GLOB.search(path) for path in paths):
        return ""
    levels = zip(*(path.split("/") for path in paths), strict=True)
    return "/".join(map(_common, levels))


def _common(names: Sequence[str]) -> str:
    if len(set(names)) == 1:
        return names[0]
    head = _beginning(names)
    tail = _beginning([name[len(head) :][::-1] for name in names])[::-1]
    return f"{head}*{tail}"


def _beginning(names: Iterable[str]) -> str:
    """The letters in which all names begin."""
    return "".join(
        held[0] for held in takewhile(lambda held: len(set(held)) == 1, zip(*names, strict=False))
    )


def _fits_only(pattern: str, group: Sequence[LayerDraft], data: Path) -> bool:
    found = {path.relative_to(data).as_posix() for path in data.glob(pattern)}
    return found == {_path(one) for one in group}


def _are_parts(group: Sequence[LayerDraft]) -> bool:
    if group[0].role in RASTER_ROLES:
        boxes = [one.lonlat_box for one in group]
        return None not in boxes and len(set(boxes)) == len(boxes)
    seen: set[int] = set()
    for one in group:
        shared = len(seen & one.sketch)
        if shared > _SAME_SHARE * len(one.sketch):
            return False
        seen |= one.sketch
    return True


# --- copies --------------------------------------------------------------------------------------


def without_copies(
    drafts: Sequence[LayerDraft],
) -> tuple[list[LayerDraft], list[tuple[str, str]]]:
    """The layers without second copies of the same shapes in the same role, and why those went.

    Of two copies the one of a known source stays, then the one with more columns that are used,
    then with more columns. Registers that share their codes, but not their shapes, both stay, and
    say so.
    """
    kept: list[LayerDraft] = []
    copies = []
    for one in sorted(drafts, key=_worth, reverse=True):
        twin = next((other for other in kept if _is_copy(one, other)), None)
        if twin is not None:
            copies.append((one.file, f"the same shapes as {twin.file}"))
        else:
            kept.append(one)
    ordered = [one for one in drafts if any(one is other for other in kept)]
    return [_with_doubt(one, ordered) for one in ordered], copies


def _worth(one: LayerDraft) -> tuple[bool, int, int]:
    used = len(one.sections.get("columns", ())) + len(one.sections.get("values.status", ()))
    return bool(one.profile), used, len(one.columns)


def _is_copy(one: LayerDraft, other: LayerDraft) -> bool:
    boxes = (one.lonlat_box or one.box, other.lonlat_box or other.box)
    if one.role != other.role or one.role in RASTER_ROLES or None in boxes:
        return False
    near = all(abs(a - b) <= _COPY_DEGREES for a, b in zip(*boxes, strict=True))  # type: ignore[arg-type]
    return near and (one.rows, one.vertices) == (other.rows, other.vertices)


def _with_doubt(one: LayerDraft, drafts: Sequence[LayerDraft]) -> LayerDraft:
    for other in drafts:
        size = min(len(one.codes), len(other.codes))
        if other is not one and size and len(one.codes & other.codes) >= _COPY_SHARE * size:
            said = f"its codes are those of {other.file}: if it is a copy, remove one of the two"
            return replace(one, check=(*one.check, said))
    return one
