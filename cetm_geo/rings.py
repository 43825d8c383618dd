"""The land within a geodesic distance of sites, many sites at once.

Each site is drawn flat round its own centre, where lengths are geodesic to 1e-4 over 250 km, is
buffered there and goes back to longitude/latitude. Sites that are larger are halved until they are
not, and what the parts reach is united.

Every step is element by element or site by site: a site's outline has the same bits alone as among
others.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import shapely

from cetm_geo import measure, meridian
from cetm_geo.arrays import Flags, Floats, Geometries, Indices

# On the plane a length that passes the centre at a distance d is off by d^2 / 6R^2 of itself.
_LARGEST_KM = 250.0
_WIDEST_DEGREES = 90.0  # near a pole: a part drawn wholly round it would lie upon its own edge
# What bending an edge may move an outline, of the radius: 3e-4 of the land of a ring from half the
# radius to the radius, should both its outlines be off by that much all along.
_OFF_SHARE = 1e-4
# Chords to a quarter of a circle. GEOS rounds their number at each corner, so one may span half as
# much again: round a small site of 108 even corners arcs leave 6e-4 of a ring, else about 2e-4.
_QUARTER = 40
_VERTICES = 1 << 11  # of pieces worked on at once; their outlines have five times as many or more
_TURN_EXACT = 2.0**40  # multiples of its inverse, in degrees, can be moved by whole turns exactly


def reaches(shapes: Geometries, radii_km: Sequence[float]) -> Geometries:
    """The points within a geodesic distance of each site, the site among them.

    Args:
        shapes: valid polygons and multipolygons in lon/lat, shape (n,); edges are straight in
            lon/lat. radii_km: up to 1,000 km; shape (k,).

    Returns:
        Valid polygons and multipolygons, shape (k, n), longitudes from -180 to 180, cut there; a
        reach that holds a pole is led over it. None where a shape has no polygon. The reach of a
        radius lies within that of every radius larger by 1 % and more; the land of the ring
        (a, b] is that of b's reach less that of a's.

    Raises:
        ValueError: a radius is not a number from above 0 to 1,000.

    Land lies on the wrong side of an outline for at most 1e-3 of the ring (a, b] where b is 2 a or
    more (tests). Arcs are chords that lie as much outside as inside.
    """
    radii = np.asarray(radii_km, dtype=np.float64).reshape(-1, 1)
    if not ((radii > 0) & (radii <= 1000)).all():
        raise ValueError(f"radii are above 0 and at most 1,000 km, not {list(radii_km)}")
    out = np.full((len(radii), len(shapes)), None, dtype=object)
    pieces, owner = _small_pieces(shapes)
    if len(pieces) == 0 or len(radii) == 0:
        return out
    parts = measure.slices(pieces, _VERTICES)
    reached = np.concatenate([_reaches_of_pieces(pieces[part], radii) for part in parts], axis=1)
    first = np.flatnonzero(np.r_[True, owner[1:] != owner[:-1]])
    out[:, owner[first]] = reached[:, first]
    for start, end in zip(first, np.r_[first[1:], len(owner)], strict=True):
        if end - start > 1:
            out[:, owner[start]] = shapely.union_all(reached[:, start:end], axis=1)
    return out


def discs(centres: Floats, radius_km: float) -> Geometries:
    """The points within a geodesic distance of points, drawn as `reaches` draws them.

    Args:
        centres: longitude, latitude in degrees; shape (n, 2). radius_km: up to 1,000.

    Returns polygons and multipolygons (n,), longitudes from -180 to 180, cut there.
    """
    turn = np.linspace(0, -2 * np.pi, 4 * _QUARTER, endpoint=False)
    ring = (radius_km + _widening(np.array(radius_km), np.zeros(1))) * np.array(
        [np.cos(turn), np.sin(turn)]
    )
    rings = np.broadcast_to(ring.T, (len(centres), *ring.T.shape))
    outlines = np.asarray(shapely.polygons(rings), dtype=object)
    return np.asarray(_brought_back(outlines[None], centres)[0], dtype=object)


def _small_pieces(shapes: Geometries) -> tuple[Geometries, Indices]:
    """The shapes, the large ones halved until none is, and the row of the shape each belongs to."""
    pieces, owner = measure.polygon_part(shapes), np.arange(len(shapes))
    while True:
        owner, pieces = owner[~shapely.is_missing(pieces)], pieces[~shapely.is_missing(pieces)]
        large = _is_large(pieces)
        if not large.any():
            order = np.argsort(owner, kind="stable")
            return pieces[order], owner[order]
        halves = shapely.intersection(pieces[large, None], _half_boxes(pieces[large]))
        pieces = np.r_[pieces[~large], measure.polygon_part(halves.ravel())]
        owner = np.r_[owner[~large], np.repeat(owner[large], 2)]


def _sizes(pieces: Geometries) -> tuple[Floats, Floats, Floats]:
    """Degrees of longitude each spans, and its km east and north at its lowest latitude."""
    west, south, east, north = shapely.bounds(pieces).T
    lowest = np.where(south * north <= 0, 0.0, np.minimum(np.abs(south), np.abs(north)))
    east_km, north_km = measure.scale_km(lowest)
    return east - west, (east - west) * east_km, (north - south) * north_km


def _is_large(pieces: Geometries) -> Flags:
    degrees, wide, tall = _sizes(pieces)
    return np.asarray((np.maximum(wide, tall) > _LARGEST_KM) | (degrees > _WIDEST_DEGREES))


def _half_boxes(pieces: Geometries) -> Geometries:
    """Boxes of the two halves of each, cut across its longer side; shape (n, 2)."""
    degrees, wide, tall = _sizes(pieces)
    across = (wide > tall) | (degrees > _WIDEST_DEGREES)
    west, south, east, north = shapely.bounds(pieces).T
    lon, lat = (west + east) / 2, (south + north) / 2
    one = shapely.box(west, south, np.where(across, lon, east), np.where(across, north, lat))
    other = shapely.box(np.where(across, lon, west), np.where(across, south, lat), east, north)
    return np.column_stack([one, other])


def _reaches_of_pieces(pieces: Geometries, radii: Floats) -> Geometries:
    """Of pieces that are not large, shape (n,), and radii (k, 1): shape (k, n).

    Outlines go back as they are: their edges are as long as those of the flat pieces, which are
    divided, or chords of up to 1/17 of the radius, which lon/lat bends by 2e-5 of it at 80 degrees
    and 50 km.
    """
    bounds = shapely.bounds(pieces)
    centres = (bounds[:, :2] + bounds[:, 2:]) / 2
    flat = _drawn_flat(pieces, centres, float(radii.min()) * _OFF_SHARE)
    flat_bounds = shapely.bounds(flat)
    around = 2 * (flat_bounds[:, 2:] - flat_bounds[:, :2]).sum(axis=1)
    outlines = shapely.buffer(flat, radii + _widening(radii, around), quad_segs=_QUARTER)
    return _brought_back(outlines, centres)


def _drawn_flat(pieces: Geometries, centres: Floats, off_km: float) -> Geometries:
    """Pieces in km round their centres, edges divided so that none is bent by more than off_km.

    They are divided in an affine picture of lon/lat, where no edge is shorter than on the ground.
    """
    _, wide, tall = _sizes(pieces)
    bounds = shapely.bounds(pieces)
    degrees = np.maximum(bounds[:, 2:] - bounds[:, :2], 1e-300)
    scale = np.column_stack([wide, tall]) / degrees
    coords, which = shapely.get_coordinates(pieces, return_index=True)
    picture = shapely.set_coordinates(pieces.copy(), (coords - centres[which]) * scale[which])
    highest = np.abs(bounds[:, [1, 3]]).max(axis=1)
    step = measure.longest_edge_km(highest, off_km, np.hypot(wide, tall) / 2)
    picture = shapely.segmentize(picture, step)
    coords, which = shapely.get_coordinates(picture, return_index=True)
    lonlat = coords / scale[which] + centres[which]
    flat = measure.to_azimuthal_km(lonlat, centres, which)
    return np.asarray(shapely.set_coordinates(picture, flat), dtype=object)


def _widening(radii: Floats, around: Floats) -> Floats:
    """Km to add to a radius, so that the chords of its arcs cut off no land on balance.

    The arcs of an outline make one whole turn. Their chords of an angle t leave out a share t^2 / 6
    of the disc, which is spread over the outline, straight edges and all: `around` km of these.
    """
    left_out = np.pi * radii**2 * (np.pi / 2 / _QUARTER) ** 2 / 6
    return np.asarray(left_out / (2 * np.pi * radii + around), dtype=np.float64)


def _brought_back(outlines: Geometries, centres: Floats) -> Geometries:
    """Outlines in km round their centres, shape (k, n), in lon/lat from -180 to 180."""
    out = outlines.ravel()
    coords, which = shapely.get_coordinates(out, return_index=True)
    lonlat = measure.from_azimuthal_km(coords, centres, which % len(centres))
    lonlat = np.round(lonlat * _TURN_EXACT) / _TURN_EXACT
    out = np.asarray(shapely.set_coordinates(out, lonlat), dtype=object)
    bounds = shapely.bounds(out)
    beyond = (bounds[:, 0] < -180) | (bounds[:, 2] > 180) | (bounds[:, 2] - bounds[:, 0] > 180)
    for i in np.flatnonzero(beyond):
        out[i] = meridian.cut(out[i])
    invalid = ~shapely.is_valid(out)
    out[invalid] = shapely.make_valid(out[invalid], method="structure", keep_collapsed=False)
    return out.reshape(outlines.shape)
