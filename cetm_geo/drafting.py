"""files -> the text of a catalogue: a proposal in which every guess says why it was made.

Nothing is guessed that would make an answer look firmer than it is: completeness is never
proposed, a licence that is not stated keeps the shapes here, a CRS that nothing bears out is left
to be filled in. A file that becomes no layer is told of with its reason.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import shapely

from cetm_geo import inspection, measure, recognition
from cetm_geo.catalog import CATALOGUE_FILE
from cetm_geo.errors import CetmError, SourceError
from cetm_geo.facts import LOOKS_LONLAT, Box, looks_like
from cetm_geo.formats import FORMATS, format_by_ending
from cetm_geo.inspection import Inspection, Part
from cetm_geo.layerdraft import LayerDraft, LayerWriter, kinds_of
from cetm_geo.model import Profile, Progress, Role
from cetm_geo.tomltext import Line, commented, listed_value
from cetm_geo.words import sentence_case

_WHOLE_POLYGONS = (Role.CONCESSION, Role.WATER_BASIN, Role.MORATORIUM, Role.COUNTRY)
_NEAR_DEGREES = 2.0
_RESERVED = {CATALOGUE_FILE.removesuffix(".toml"), *Role}


@dataclass(frozen=True)
class LeftOut:
    """A file, or a part of one, that became no layer."""

    file: str
    reason: str


@dataclass
class CatalogueDraft:
    """A proposed catalogue: its layers, what was left out, and what to know of it as a whole."""

    iso3: str
    layers: list[LayerDraft] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """What a build would stumble over."""
        if any(layer.role == Role.CONCESSION for layer in self.layers):
            return []
        return [
            "No layer of role concession was found; a build needs one. Name the register of titles "
            "with --file, or write its layer by hand."
        ]

    def files(self) -> dict[str, str]:
        """File name -> text of everything the catalogue folder holds."""
        out = {f"{layer.id}.toml": layer.text for layer in self.layers}
        lines = [Line("label", self.iso3, "what people read as the catalogue's name").text]
        if self.left_out:
            lines += ["", "# Left out, and why:"]
            lines += [commented(f"- {one.file}: {one.reason}").text for one in self.left_out]
        out[CATALOGUE_FILE] = "\n".join(lines) + "\n"
        return out


def files_below(data: Path) -> list[Path]:
    """Files of a folder whose ending tells a format that is read; a .gdb folder is one of them."""
    found = []
    for path in sorted(data.rglob("*")):
        name = format_by_ending(path.name)
        in_folder_format = any(parent.suffix.lower() == ".gdb" for parent in path.parents)
        if not name or in_folder_format or path.name.startswith("."):
            continue
        if path.is_dir() == FORMATS[name].folder and path.suffix.lower() != ".txt":
            found.append(path)
    return found


def draft_catalogue(
    data: Path,
    files: Sequence[Path],
    iso3: str,
    profiles: Sequence[Profile],
    progress: Progress | None = None,
) -> CatalogueDraft:
    """A catalogue of the files, all of them below the folder `data`; nothing is written.

    Raises SourceError for a file that is not below `data`.
    """
    out = CatalogueDraft(iso3)
    seen: list[tuple[str, tuple[object, ...]]] = []
    for i, path in enumerate(files):
        shown = _relative(path, data)
        if progress:
            progress(shown, i, len(files))
        try:
            parts = inspection.parts_of(path)
        except CetmError as error:
            out.left_out.append(LeftOut(shown, _reason(error, path)))
            continue
        before = len(out.layers)
        for part in parts:
            _add(out, seen, path, shown, part, len(parts), profiles)
        out.layers[before:] = _joined(out.layers[before:], out, shown)
    _place_unknown_crs(out)
    _note_far_ones(out)
    return out


def write_catalogue(draft: CatalogueDraft, folder: Path) -> None:
    """Write a draft into a folder that is new or empty; nothing is ever overwritten.

    Raises SourceError where the folder holds something or cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise SourceError(f"{folder}: is there and not empty.", "Name a new folder.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in draft.files().items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise SourceError(
            f"{folder}: cannot be written: {error.strerror}.", "Name another."
        ) from error


def _relative(path: Path, data: Path) -> str:
    try:
        return path.resolve().relative_to(data.resolve()).as_posix()
    except ValueError as error:
        raise SourceError(
            f"{path}: is not below {data}.", "Give --data a folder that holds all files."
        ) from error


def _reason(error: CetmError, path: Path) -> str:
    return error.what.removeprefix(f"{path}: ").removeprefix(str(path)).lstrip("/: ")


# --- one part of a file --------------------------------------------------------------------------


def _add(
    out: CatalogueDraft,
    seen: list[tuple[str, tuple[object, ...]]],
    path: Path,
    shown: str,
    part: Part,
    of_parts: int,
    profiles: Sequence[Profile],
) -> None:
    """Put a part among the layers, or among what is left out."""
    name = f"{shown} ({part.label})" if part.label and of_parts > 1 else shown
    try:
        found = inspection.inspect(path, part, profiles)
    except CetmError as error:
        out.left_out.append(LeftOut(name, _reason(error, path)))
        return
    print_of_it = _fingerprint(found)
    twin = next((other for other, known in seen if known == print_of_it), "")
    problem = f"the same shapes as {twin}" if twin else _unusable(found)
    if problem:
        out.left_out.append(LeftOut(name, problem))
        return
    seen.append((name, print_of_it))
    drafted = _layers_of(found, shown, name, of_parts, out)
    if isinstance(drafted, str):
        out.left_out.append(LeftOut(name, drafted))
    else:
        out.layers += drafted


def _fingerprint(found: Inspection) -> tuple[object, ...]:
    """What two copies of the same shapes share, in whatever format: counts and the box."""
    if found.raw is None or found.box is None:
        return (found.file, found.part.label)
    vertices = int(shapely.get_num_coordinates(found.raw.geometry).sum())
    box = found.lonlat_box or found.box
    return (found.rows, vertices, *(round(value, 3) for value in box))


def _unusable(found: Inspection) -> str:
    """Why a part cannot be a layer at all, or empty."""
    if found.grid is not None:
        known = found.recognised is not None and "role" in found.recognised.profile.layer
        return (
            "" if known else "a raster, and no profile tells what its cells hold: write it by hand"
        )
    if found.rows == 0:
        return "holds no rows"
    if found.shapes is None:
        return f"no geometry: {'; '.join(found.remarks)}" if found.remarks else "no geometry"
    if found.shapes.usable == 0:
        what = "null" if found.shapes.null == found.rows else "null, empty or unreadable"
        return f"nothing can be used: all {found.rows} geometries are {what}"
    return ""


def _layers_of(
    found: Inspection, shown: str, name: str, of_parts: int, out: CatalogueDraft
) -> list[LayerDraft] | str:
    """The layers of a part (two where one source serves two roles), or why there is none."""
    profile = _usable_profile(found)
    roles = _roles(found, shown, profile)
    if isinstance(roles, str):
        return roles
    kinds = set(found.shapes.kinds) if found.shapes else set()
    fitting = {}
    for role, reason in roles.items():
        if role in _WHOLE_POLYGONS and not kinds & {
            "Polygon",
            "MultiPolygon",
            "GeometryCollection",
        }:
            return f"{role.value} by {reason}; but it holds no polygons, only {', '.join(kinds)}"
        fitting[role] = reason
    drafted: list[LayerDraft] = []
    for role, reason in fitting.items():
        taken = {layer.id for layer in (*out.layers, *drafted)}
        extra = f"_{role.value}" if len(fitting) > 1 else ""
        layer_id = _layer_id(shown, found.part, of_parts, extra, taken, out.iso3)
        drafted.append(
            LayerWriter(found, shown, name, role, reason, profile, out.iso3).draft(layer_id)
        )
    return drafted


def _usable_profile(found: Inspection) -> recognition.Recognised | None:
    """The recognised profile, unless its own rules need columns that the file does not have."""
    if found.recognised is None:
        return None
    keys = found.recognised.profile.layer
    held = {column.casefold() for column in found.columns}
    for rename in keys.get("rename", []):
        if {c.casefold() for c in rename["when"]} <= held:
            held |= {new.casefold() for new in rename["columns"].values()}
    rules = [rule["column"] for kind in ("exclude", "classes") for rule in keys.get(kind, [])]
    needed = [*rules, *filter(None, [keys.get("point_area_km2")])]
    return found.recognised if {c.casefold() for c in needed} <= held else None


def _roles(
    found: Inspection, shown: str, profile: recognition.Recognised | None
) -> dict[Role, str] | str:
    """Role -> reason: of the profile, else by words; or why none was found."""
    if profile is not None:
        reason = f"profile {profile.name}"
        own = profile.profile.layer.get("role")
        split = {r["role"]: r for r in profile.profile.layer.get("exclude", []) if "role" in r}
        kept = [Role(role) for role, rule in split.items() if _keeps_any(found, rule, profile)]
        if kept:
            return dict.fromkeys(kept, reason)
        if own:
            return {Role(own): reason}
    folder, _, file = shown.rpartition("/")
    telling = " ".join([file.rpartition(".")[0], found.part.member, found.part.layer])
    guess = recognition.guess_role(telling, folder, found.columns, kinds_of(found))
    return {guess.role: guess.reason} if guess.role else guess.reason


def _keeps_any(found: Inspection, rule: dict[str, object], profile: recognition.Recognised) -> bool:
    """True if some row stays in by a rule of the profile that holds for one role alone."""
    column, values = str(rule["column"]), rule.get("keep")
    fields = {f.name.casefold(): f for f in found.fields}
    words: dict[str, str] = {}
    for rename in profile.profile.layer.get("rename", []):
        for old, new in rename["columns"].items():
            if new == column and old.casefold() in fields:
                column, words = old, rename.get("values", {}).get(new, {})
    held = fields.get(column.casefold())
    wanted = {str(v).casefold() for v in values} if isinstance(values, list) else set()
    return held is not None and any(words.get(t, t).casefold() in wanted for t in held.kinds)


def _layer_id(
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


def _joined(drafts: list[LayerDraft], out: CatalogueDraft, shown: str) -> list[LayerDraft]:
    """Members of an archive that are one source in one role are one layer: so it is split."""
    groups: dict[tuple[str, ...], list[LayerDraft]] = {}
    for one in drafts:
        alone = one.id if not (one.profile and one.member) else ""
        key = (alone, one.profile, one.role.value, one.layer, *one.personal)
        groups.setdefault(key, []).append(one)
    rest = {layer.id for layer in out.layers} - {one.id for one in drafts}
    joined: list[LayerDraft] = []
    for group in groups.values():
        if len(group) > 1:
            same = [g for g in groups.values() if g[0].profile == group[0].profile]
            extra = f"_{group[0].role.value}" if len(same) > 1 else ""
            taken = rest | {one.id for one in joined}
            name = _layer_id(shown, Part(), 1, extra, taken, out.iso3)
            joined.append(_of_all_members(group, name, shown))
        else:
            joined += group
    return joined


def _of_all_members(group: list[LayerDraft], layer_id: str, shown: str) -> LayerDraft:
    first = group[0]
    members = Line("members", listed_value(one.member for one in group))
    label = Line("label", sentence_case(Path(shown).stem.replace("_", " ")))
    sections = {
        **first.sections,
        "": [label if line.key == "label" else line for line in first.sections[""]],
        "source": [members if x.key == "members" else x for x in first.sections["source"]],
    }
    rows = sum(one.rows for one in group)
    return replace(first, id=layer_id, file=shown, sections=sections, rows=rows)


# --- where layers lie ------------------------------------------------------------------------


def _place_unknown_crs(out: CatalogueDraft) -> None:
    """Say of each layer whose file states no CRS which it may be, by where the others lie."""
    countries = [x.country_box for x in out.layers if x.country_box]
    titles = [x.lonlat_box for x in out.layers if x.lonlat_box and x.role == Role.CONCESSION]
    others = [x.lonlat_box for x in out.layers if x.lonlat_box]
    known = next(filter(None, (countries, titles, others)), [])
    where = "the country" if countries else "the other layers"
    out.layers = [_with_crs(x, known, where) if x.box else x for x in out.layers]


def _with_crs(layer: LayerDraft, known: Sequence[Box], where: str) -> LayerDraft:
    looks = looks_like(layer.box)
    near = (
        layer.box is not None
        and looks == LOOKS_LONLAT
        and any(_is_near(layer.box, box) for box in known)
    )
    if near:
        line = Line("crs", measure.LONLAT, f"it states none; its {looks} lie where {where} does")
        guessed = (*layer.guessed, "source.crs")
        layer = replace(layer, guessed=guessed)
    else:
        line = commented('crs = "EPSG:..."', f"it states none; it holds {looks}: fill it in")
    layer.sections["source"].append(line)
    return replace(layer, check=(*layer.check, f"the CRS: the file states none, it holds {looks}"))


def _note_far_ones(out: CatalogueDraft) -> None:
    """Say of each layer that has nothing near the country, where that is known."""
    country = next((x.country_box for x in out.layers if x.country_box), None)
    if country is None:
        return
    around = shapely.box(*country).buffer(_NEAR_DEGREES)
    far = [x.lonlat_box and not shapely.box(*x.lonlat_box).intersects(around) for x in out.layers]
    out.layers = [
        replace(x, check=(*x.check, f"where it lies: away from {out.iso3}")) if away else x
        for x, away in zip(out.layers, far, strict=True)
    ]


def _is_near(a: Box, b: Box) -> bool:
    """True if the middle of a box lies in another, or within 2 degrees of it."""
    x, y = (a[0] + a[2]) / 2, (a[1] + a[3]) / 2
    return (
        b[0] - _NEAR_DEGREES <= x <= b[2] + _NEAR_DEGREES
        and b[1] - _NEAR_DEGREES <= y <= b[3] + _NEAR_DEGREES
    )
