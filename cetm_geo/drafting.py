"""files -> the text of a catalogue: a proposal in which every guess says why it was made.

Nothing is guessed that would make an answer look firmer than it is: completeness is never
proposed, a licence that is not stated keeps the shapes here, a CRS that nothing bears out is left
to be filled in. A file that becomes no layer is told of with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import shapely

from cetm_geo import inspection, joining, measure, recognition
from cetm_geo.arrays import Box
from cetm_geo.catalog import CATALOGUE_FILE
from cetm_geo.errors import CetmError, SourceError
from cetm_geo.facts import LOOKS_LONLAT, LOOKS_METRES, box_of, looks_like
from cetm_geo.formats import FORMATS, format_by_ending
from cetm_geo.inspection import Inspection, Part
from cetm_geo.layerdraft import LayerDraft, LayerWriter, kinds_of
from cetm_geo.model import Profile, Progress, Role
from cetm_geo.profiles import names_held, required_columns
from cetm_geo.tomltext import Line, commented

_WHOLE_POLYGONS = (Role.CONCESSION, Role.WATER_BASIN, Role.MORATORIUM, Role.COUNTRY)
_NEAR_DEGREES = 2.0
_WIDEST_ZONE_DEGREES = 6.0  # from its middle: registers use a zone a little beyond its edges


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
            _add(out, path, shown, part, len(parts), profiles)
        taken = [x.id for x in out.layers[:before]]
        out.layers[before:] = joining.members_joined(out.layers[before:], taken, shown, iso3)
    out.layers = joining.tiles_joined(out.layers, data, iso3)
    out.layers, copies = joining.without_copies(out.layers)
    out.left_out += [LeftOut(file, reason) for file, reason in copies]
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
    problem = _unusable(found)
    if problem:
        out.left_out.append(LeftOut(name, problem))
        return
    drafted = _layers_of(found, shown, name, of_parts, out)
    if isinstance(drafted, str):
        out.left_out.append(LeftOut(name, drafted))
    else:
        out.layers += drafted


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
        told = [text for text in found.raw.unreadable if text] if found.raw else []
        reason = f" ({Counter(told).most_common(1)[0][0]})" if told else ""
        return f"nothing can be used: all {found.rows} geometries are {what}{reason}"
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
        layer_id = joining.layer_id(shown, found.part, of_parts, extra, taken, out.iso3)
        drafted.append(
            LayerWriter(found, shown, name, role, reason, profile, out.iso3).draft(layer_id)
        )
    return drafted


def _usable_profile(found: Inspection) -> recognition.Recognised | None:
    """The recognised profile, unless its own rules need columns that the file does not have."""
    if found.recognised is None:
        return None
    held = names_held(found.recognised.profile, found.columns)[1]
    needed = required_columns(found.recognised.profile)
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
    elif len(zones := _fitting_zones(layer, looks, known)) == 1:
        told = f"it states none; of the UTM zones on WGS 84 this alone puts it where {where} lies"
        line = Line("crs", zones[0], f"{told}; ask which datum was used")
    else:
        fitting = f" ({' or '.join(zones)}?)" if zones else ""
        line = commented(
            'crs = "EPSG:..."', f"it states none; it holds {looks}{fitting}: fill it in"
        )
    if line.key:
        layer = replace(layer, guessed=(*layer.guessed, "source.crs"))
    layer.sections["source"].append(line)
    return replace(layer, check=(*layer.check, f"the CRS: the file states none, it holds {looks}"))


def _fitting_zones(layer: LayerDraft, looks: str, known: Sequence[Box]) -> list[str]:
    """The UTM zones on WGS 84 in which the metres of a layer lie where the known boxes do."""
    if looks != LOOKS_METRES or layer.box is None or not known:
        return []
    out = []
    for zone in range(1, 61):
        for south in (False, True):
            crs = measure.utm_crs(zone, south)
            place = box_of(measure.to_lonlat([shapely.box(*layer.box)], measure.known_crs(crs)))
            middle = 6 * zone - 183
            if (
                place
                and abs((place[0] + place[2]) / 2 - middle) < _WIDEST_ZONE_DEGREES
                and any(_is_within(place, box) for box in known)
            ):
                out.append(crs)
    return out


def _is_within(a: Box, b: Box) -> bool:
    margin = _NEAR_DEGREES / 2
    return (
        a[0] >= b[0] - margin
        and a[1] >= b[1] - margin
        and a[2] <= b[2] + margin
        and a[3] <= b[3] + margin
    )


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
