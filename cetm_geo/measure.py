"""Areas, distances and shapes on the ellipsoid; the only file that knows CRS numbers and units.

Convention: geometries are in longitude/latitude on WGS 84 (EPSG:4326, longitude first) and an edge
is a straight line in longitude/latitude, as RFC 7946 section 3.1.1 defines it. Areas are exact for
those edges. Distances are geodesic.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyproj
import shapely

from cetm_geo.arrays import Floats, Geometries, Indices, sums
from cetm_geo.errors import CRSMissing

LONLAT = "EPSG:4326"
WEB_MERCATOR = "EPSG:3857"

_LONGEST_EDGE_M = 5000.0
_LONGEST_EDGE_DEGREES = 0.04
_GEOD = pyproj.Geod(ellps="WGS84")
_A_KM = _GEOD.a / 1000.0
_E2 = _GEOD.es
_E = float(np.sqrt(_E2))

M_PER_KM = 1000.0
HA_PER_KM2 = 100.0
KM2_PER_UNIT = {"km2": 1.0, "ha": 0.01, "m2": 1e-6, "acre": 0.0040468564224}


def _authalic_integral(sin_latitude: Floats) -> Floats:
    """Area in km2 per radian of longitude from the equator to a latitude (Snyder 1987, 3-12)."""
    x = _E * sin_latitude
    return _A_KM**2 * (1 - _E2) / 2 * (sin_latitude / (1 - x * x) + np.arctanh(x) / _E)


def _odd_sine_series(terms: int = 5) -> Floats:
    """Coefficients c_k with authalic_integral(lat) = sum c_k sin((2k+1) lat).

    The series of this odd, smooth function falls by about 600 a term on the earth's ellipsoid, so
    five terms leave 1e-14. Found by an exact discrete sine transform at equispaced angles.
    """
    count = 64
    angle = (np.arange(count) + 0.5) * np.pi / count
    values = _authalic_integral(np.sin(angle))
    orders = 2 * np.arange(terms) + 1
    return np.asarray(2 / count * (np.sin(np.outer(orders, angle)) @ values), dtype=np.float64)


_SERIES = _odd_sine_series()


_BLOCK = 8192  # vertices worked on at once: their arrays stay in the processor's cache


def _edge_integrals(coords: Floats) -> Floats:
    """Signed area in km2 between the equator and each edge of a vertex chain in degrees.

    Args:
        coords: longitude, latitude; shape (n, 2). Returns shape (n - 1,).

    Along an edge straight in lon/lat, the mean of sin(m lat) is sin(m mid) sin(m h) / (m h) with
    mid the middle latitude and h half the latitude difference: closed, for edges of any length.
    """
    out = np.empty(max(len(coords) - 1, 0))
    for start in range(0, len(out), _BLOCK):
        part = np.radians(coords[start : start + _BLOCK + 1])
        out[start : start + _BLOCK] = _block_integrals(part[:, 0], part[:, 1])
    return out


def _block_integrals(lon: Floats, lat: Floats) -> Floats:
    mid = (lat[1:] + lat[:-1]) / 2
    half = (lat[1:] - lat[:-1]) / 2
    half[half == 0] = 1e-300  # sin(m h) / (m h) is 1 there too, and nothing divides by zero
    s, d = np.sin(mid), np.sin(half)
    twice_cos_mid, twice_cos_half = 2 - 4 * s * s, 2 - 4 * d * d
    s_before, d_before = -s, -d
    total = _SERIES[0] * s * d
    # sin((m+2)x) = 2 cos(2x) sin(mx) - sin((m-2)x), started from sin(-x) = -sin(x)
    for order, coefficient in enumerate(_SERIES[1:], start=1):
        s, s_before = twice_cos_mid * s - s_before, s
        d, d_before = twice_cos_half * d - d_before, d
        total += coefficient / (2 * order + 1) * s * d
    return np.asarray((lon[1:] - lon[:-1]) * total / half, dtype=np.float64)


def slices(geometries: Any, vertices: int = 1 << 20) -> Iterator[slice]:
    """Slices of an array of shapes, of about so many vertices each: large layers pass in parts.

    A shape with more has a slice of its own.
    """
    shapes = np.atleast_1d(np.asarray(geometries, dtype=object))
    through = np.cumsum(shapely.get_num_coordinates(shapes))
    start = 0
    while start < len(shapes):
        before = through[start - 1] if start else 0
        end = max(start + 1, int(np.searchsorted(through, before + vertices, side="right")))
        yield slice(start, end)
        start = end


def area_km2(geometries: Any) -> Floats:
    """Exact ellipsoidal area of lon/lat geometries with edges straight in lon/lat.

    Args:
        geometries: array-like of shapely geometries, shape (n,); anything but polygons counts 0.

    Returns:
        float64 array (n,), km2; 0 for None and empty. Exact to about 1e-11 of the area for shapes
        above 1 ha (bounded by float64 coordinates). Holes are subtracted, ring order is free.
    """
    shapes = np.atleast_1d(np.asarray(geometries, dtype=object))
    out = np.zeros(len(shapes))
    for part in slices(shapes):
        out[part] = _areas(shapes[part])
    return out


def _areas(shapes: Geometries) -> Floats:
    parts, owner = shapely.get_parts(shapes, return_index=True)
    while (shapely.get_type_id(parts) > 3).any():  # collections inside collections
        parts, inner = shapely.get_parts(parts, return_index=True)
        owner = owner[inner]
    polygons = shapely.get_type_id(parts) == 3
    parts, owner = parts[polygons], owner[polygons]
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    out = np.zeros(len(shapes))
    if len(rings) == 0:
        return out
    first_of_part = np.r_[True, part_of_ring[1:] != part_of_ring[:-1]]
    sizes = np.abs(_ring_areas(rings))
    np.add.at(out, owner[part_of_ring], np.where(first_of_part, sizes, -sizes))
    return out


def _ring_areas(rings: Geometries) -> Floats:
    coords, ring_of = shapely.get_coordinates(rings, return_index=True)
    edges = _edge_integrals(coords)
    within = ring_of[1:] == ring_of[:-1]
    return sums(edges[within], ring_of[1:][within], len(rings))


def scale_km(latitude: float | Floats) -> tuple[Any, Any]:
    """Kilometres per degree of longitude and of latitude at a latitude in degrees."""
    phi = np.radians(latitude)
    w = 1 - _E2 * np.sin(phi) ** 2
    east = _A_KM / np.sqrt(w) * np.cos(phi)
    north = _A_KM * (1 - _E2) / w**1.5
    return east * np.pi / 180, north * np.pi / 180


def geodesic_km(lon1: Any, lat1: Any, lon2: Any, lat2: Any) -> Floats:
    """Geodesic distance in km between points in degrees, element by element."""
    x1, y1, x2, y2 = np.broadcast_arrays(*map(np.atleast_1d, (lon1, lat1, lon2, lat2)))
    return np.asarray(_GEOD.inv(x1, y1, x2, y2)[2], dtype=np.float64) / M_PER_KM


def along_geodesics(starts: Floats, ends: Floats, count: int) -> Floats:
    """Points evenly spread along the geodesics between points, both ends among them.

    Args:
        starts, ends: longitude, latitude in degrees; shape (n, 2). Returns (n, count, 2).
    """
    azimuth, _, length_m = _GEOD.inv(*starts.T, *ends.T)
    share = np.broadcast_to(np.linspace(0, 1, count), (len(starts), count))
    lon, lat, towards = (np.repeat(column, count) for column in (*starts.T, azimuth))
    lon, lat, _ = _GEOD.fwd(lon, lat, towards, (share * length_m[:, None]).ravel())
    return np.stack([lon, lat], axis=-1).reshape(len(starts), count, 2)


def length_km(lines: Any) -> Floats:
    """Geodesic length of lon/lat lines, corner to corner; shape (n,), 0 for anything else."""
    shapes = np.atleast_1d(np.asarray(lines, dtype=object))
    parts, owner = shapely.get_parts(shapes, return_index=True)
    coords, part = shapely.get_coordinates(parts, return_index=True)
    on = (part[1:] == part[:-1]) & (shapely.get_dimensions(parts)[part[1:]] == 1)
    km = geodesic_km(*coords[:-1][on].T, *coords[1:][on].T) if on.any() else np.empty(0)
    return sums(km, owner[part[1:][on]], len(shapes))


# Radii of curvature in km: the least, north at the equator; east there; the most, at the poles.
CURVATURES_KM = _A_KM * (1 - _E2), _A_KM, _A_KM / float(np.sqrt(1 - _E2))


def earth_km(lonlat: Floats) -> Floats:
    """Points in degrees, (n, 2), as km along three axes from the middle of the earth, (n, 3)."""
    lon, lat = np.radians(lonlat[:, 0]), np.radians(lonlat[:, 1])
    sin = np.sin(lat)
    normal = _A_KM / np.sqrt(1 - _E2 * sin**2)
    flat = normal * np.cos(lat)
    return np.column_stack([flat * np.cos(lon), flat * np.sin(lon), normal * (1 - _E2) * sin])


def to_local_km(geometries: Any, lon: float, lat: float) -> Any:
    """Geometries in km east and north of a point, by the ellipsoid's scale at that point.

    An affine map: edges stay straight. True to about (extent / 6371 km)^2, so 1e-5 within 20 km.
    """
    east, north = scale_km(lat)

    def affine(coords: Floats) -> Floats:
        return np.asarray((coords - (lon, lat)) * (east, north))

    return shapely.transform(geometries, affine)


def from_local_km(geometries: Any, lon: float, lat: float) -> Any:
    """The inverse of `to_local_km`."""
    east, north = scale_km(lat)
    return shapely.transform(geometries, lambda c: np.asarray(c / (east, north) + (lon, lat)))


def to_azimuthal_km(coords: Floats, centres: Floats, which: Indices) -> Floats:
    """Points in km east and north of centres: geodesic length and azimuth, as from each centre.

    Args:
        coords: longitude, latitude; shape (n, 2). centres: the same, shape (k, 2).
        which: the row of `centres` that each point is seen from; shape (n,).

    The azimuth is the normal section's and the length an arc's on the sphere of that section's
    curvature (Euler): off by e2 d^3 / 12 R^2 at most, 0.2 m at 230 km. Rational in the points'
    place on the earth, so it holds over the poles and across 180 degrees.
    """
    lon0, sin0, cos0, up_x, up_z, north_bend, east_bend = _frames(centres)[:, which]
    lon, lat = np.radians(coords[:, 0]) - lon0, np.radians(coords[:, 1])
    sin_lat = np.sin(lat)
    normal = _A_KM / np.sqrt(1 - _E2 * sin_lat * sin_lat)
    flat = normal * np.cos(lat)
    east, x = flat * np.sin(lon), flat * np.cos(lon) - up_x
    z = normal * (1 - _E2) * sin_lat - up_z
    north, up = cos0 * z - sin0 * x, cos0 * x + sin0 * z
    level2 = np.maximum(east * east + north * north, 1e-300)  # at the centre no zero divides
    bend = east_bend + (north_bend - east_bend) * (north * north / level2)
    length = 2 / bend * np.arcsin(np.sqrt(level2 + up * up) * bend / 2)
    stretch = length / np.sqrt(level2)
    return np.column_stack([east * stretch, north * stretch])


def from_azimuthal_km(coords: Floats, centres: Floats, which: Indices) -> Floats:
    """The inverse of `to_azimuthal_km`, to the same accuracy.

    Longitudes lie within 180 degrees of the centre's own, beyond 180 where that leads there.
    """
    lon0, sin0, cos0, up_x, up_z, north_bend, east_bend = _frames(centres)[:, which]
    east, north = coords[:, 0], coords[:, 1]
    length2 = np.maximum(east * east + north * north, 1e-300)
    bend = east_bend + (north_bend - east_bend) * (north * north / length2)
    half = np.sqrt(length2) * bend / 2
    sin_half = np.sin(half)
    stretch = sin_half * np.cos(half) / half
    east, north, up = east * stretch, north * stretch, -2 * sin_half * sin_half / bend
    x = up_x - sin0 * north + cos0 * up
    z = up_z + cos0 * north + sin0 * up
    across = np.sqrt(x * x + east * east)
    # Bowring 1976: exact to a nanometre this near the ellipsoid.
    flattened = _GEOD.b / _GEOD.a
    size = np.sqrt(z * z + (across * flattened) ** 2)
    sin_u, cos_u = z / size, across * flattened / size
    lat = np.arctan2(
        z + _E2 / flattened * _A_KM * sin_u * sin_u * sin_u,
        across - _E2 * _A_KM * cos_u * cos_u * cos_u,
    )
    return np.column_stack([np.degrees(np.arctan2(east, x) + lon0), np.degrees(lat)])


def _frames(centres: Floats) -> Floats:
    """What the azimuthal plane needs of each centre; shape (7, k), radians and km.

    Longitude, sine and cosine of latitude, place in the meridian's plane (from the axis, north),
    curvature northward and eastward.
    """
    lon, lat = np.radians(centres[:, 0]), np.radians(centres[:, 1])
    sin, cos = np.sin(lat), np.cos(lat)
    w = 1 - _E2 * sin * sin
    normal = _A_KM / np.sqrt(w)
    meridional = normal * (1 - _E2) / w
    place = normal * cos, normal * (1 - _E2) * sin
    return np.stack([lon, sin, cos, *place, 1 / meridional, 1 / normal])


def longest_edge_km(latitude: Floats, off_km: float, reach_km: Floats) -> Floats:
    """Longest edge straight in lon/lat and on `to_azimuthal_km`'s plane alike, to within off_km.

    Args:
        latitude: the edge's largest, degrees. reach_km: its distance from the centre, at most.

    A line straight in lon/lat is bent by tan(latitude) / R at most, and the plane bends a geodesic
    by up to 2/3 reach / R^2 (its connection there); the sagitta is L^2 bend / 8. Within a tenth of
    the reach from a pole the bend counts as it is there, for so little land lies within it.
    """
    level = _A_KM / np.maximum(np.tan(np.radians(np.abs(latitude))), 1e-9)
    bend = 1 / np.maximum(level, reach_km / 10) + reach_km * (2 / 3) / _A_KM**2
    return np.asarray(np.sqrt(8 * off_km / bend), dtype=np.float64)


def search_box(bounds: Floats, distance_km: float) -> tuple[float, float, float, float]:
    """A lon/lat box that holds every point within a distance of the box `bounds`.

    Args:
        bounds: west, south, east, north in degrees. distance_km: geodesic distance.
    """
    west, south, east, north = (float(v) for v in bounds)
    lat_pad = distance_km / 110.5  # a degree of latitude is 110.57 km at its shortest
    south, north = max(south - lat_pad, -90.0), min(north + lat_pad, 90.0)
    # A geodesic circle is widest in longitude poleward of its centre, never beyond this latitude;
    # round a pole, and 11 km short of it, it has all longitudes.
    poleward = max(abs(south), abs(north))
    east_km = float(scale_km(poleward)[0]) if poleward <= 89.9 else 0.0
    lon_pad = min(distance_km / east_km * 1.01, 360.0) if east_km else 360.0
    return west - lon_pad, south, east + lon_pad, north


def distance_km(a: Any, b: Any) -> float:
    """Geodesic distance of two lon/lat geometries; 0 where they intersect, inf if one is empty.

    The nearest points are found in a local scale taken at the middle of the line that joins them
    and found again until the distance settles; the line's length is then geodesic. Against dense
    sampling the result is within 0.1 % up to 500 km below 70 degrees of latitude (a test).
    """
    if a is None or b is None or a.is_empty or b.is_empty:
        return float("inf")
    if shapely.intersects(a, b):
        return 0.0
    (lon1, lat1), (lon2, lat2) = shapely.get_coordinates(shapely.shortest_line(a, b))
    best = float(geodesic_km(lon1, lat1, lon2, lat2)[0])
    for _ in range(4):
        lon, lat = (lon1 + lon2) / 2, (lat1 + lat2) / 2
        line = shapely.shortest_line(to_local_km(a, lon, lat), to_local_km(b, lon, lat))
        (lon1, lat1), (lon2, lat2) = shapely.get_coordinates(from_local_km(line, lon, lat))
        found = float(geodesic_km(lon1, lat1, lon2, lat2)[0])
        if found >= best * (1 - 1e-9):
            break
        best = found
    return min(best, found)


def circle(lon: float, lat: float, radius_km: float, vertices: int = 128) -> shapely.Polygon:
    """A geodesic circle whose polygon has the area of the true disc (radius widened to match)."""
    azimuth = np.linspace(0, -360, vertices, endpoint=False)
    step = 2 * np.pi / vertices
    radius_m = radius_km * M_PER_KM * np.sqrt(step / np.sin(step))
    lons, lats, _ = _GEOD.fwd(
        np.full(vertices, lon), np.full(vertices, lat), azimuth, np.full(vertices, radius_m)
    )
    return shapely.Polygon(np.column_stack([lons, lats]))


def utm_crs(zone: int, south: bool) -> str:
    """The CRS of a UTM zone (1 to 60) on WGS 84."""
    return f"EPSG:{32700 + zone if south else 32600 + zone}"


def known_crs(text: str) -> pyproj.CRS:
    """The horizontal part of a CRS by its code or any other form; raises CRSMissing."""
    try:
        crs = pyproj.CRS.from_user_input(text).to_2d()
    except pyproj.exceptions.CRSError as error:
        raise CRSMissing(
            f"{text!r} is no coordinate reference system that is known.",
            "Give an EPSG code, such as EPSG:4326.",
        ) from error
    if not (crs.is_geographic or crs.is_projected):
        raise CRSMissing(
            f"{text!r} places nothing on the earth.", "Give a geographic or projected CRS."
        )
    return crs


def crs_label(text: str) -> str:
    """A CRS as people know it: WGS 84 / UTM zone 35S, EPSG:32735."""
    name = known_crs(text).name
    return name if name == text else f"{name}, {text}"


def transformer_to_lonlat(crs: pyproj.CRS) -> pyproj.Transformer:
    """Transformer from a CRS to longitude, latitude on WGS 84."""
    return pyproj.Transformer.from_crs(crs, LONLAT, always_xy=True)


def to_lonlat(geometries: Any, crs: pyproj.CRS) -> Any:
    """Geometries of any horizontal CRS in lon/lat.

    Edges of a projected CRS are first divided to 5 km: each stays within 2 m of the straight line
    it was, below 75 degrees of latitude (its sagitta is L^2 tan(lat) / 8R).
    """
    if crs.equals(pyproj.CRS(LONLAT), ignore_axis_order=True):
        return geometries
    if crs.is_projected:
        unit_m = crs.axis_info[0].unit_conversion_factor or 1.0
        geometries = shapely.segmentize(geometries, _LONGEST_EDGE_M / unit_m)
    transformer = transformer_to_lonlat(crs)

    def move(coords: Floats) -> Floats:
        return np.column_stack(transformer.transform(coords[:, 0], coords[:, 1]))

    return shapely.transform(geometries, move)


def from_lonlat(geometries: Any, crs: pyproj.CRS) -> Any:
    """Lon/lat geometries in any horizontal CRS; coordinates it has no place for become infinite.

    Edges are first divided to 0.04 degrees, under 5 km, so that each stays straight in lon/lat to
    within 2 m below 75 degrees of latitude.
    """
    if crs.equals(pyproj.CRS(LONLAT), ignore_axis_order=True):
        return geometries
    if crs.is_projected:
        geometries = shapely.segmentize(geometries, _LONGEST_EDGE_DEGREES)
    transformer = pyproj.Transformer.from_crs(LONLAT, crs, always_xy=True)

    def move(coords: Floats) -> Floats:
        return np.column_stack(transformer.transform(coords[:, 0], coords[:, 1]))

    return shapely.transform(geometries, move)


def grid_areas_km2(xs: Floats, ys: Floats, crs: pyproj.CRS) -> Floats:
    """Area of each cell of a grid whose lines are x = xs and y = ys in a CRS.

    Returns float64 (len(ys) - 1, len(xs) - 1), km2; of lon/lat grids with equal columns the one
    column (len(ys) - 1, 1), for their area hangs on the latitude alone. Cells beyond the edge of a
    projection are not a number.
    """
    if is_lonlat(crs):
        ys = np.clip(ys, -90, 90)
        xs = np.array([0.0, xs[1] - xs[0]])
    west, north = np.meshgrid(xs[:-1], ys[:-1])
    east, south = np.meshgrid(xs[1:], ys[1:])
    boxes = shapely.box(west, south, east, north)
    if not is_lonlat(crs):
        boxes = to_lonlat(boxes, crs)
        # Cells on 180 degrees come with corners on both sides of it.
        wide = shapely.bounds(boxes)
        with np.errstate(invalid="ignore"):
            split = wide[..., 2] - wide[..., 0] > 180
        boxes[split] = shapely.transform(boxes[split], _east_of_0)
    with np.errstate(invalid="ignore"):
        return area_km2(boxes.ravel()).reshape(boxes.shape)


def _east_of_0(coords: Floats) -> Floats:
    return np.column_stack([coords[:, 0] % 360, coords[:, 1]])


def is_lonlat(crs: pyproj.CRS) -> bool:
    """True if a CRS is longitude and latitude in degrees, on whatever datum."""
    return bool(crs.is_geographic and crs.axis_info[0].unit_name == "degree")


MERCATOR_M = float(np.pi * _GEOD.a)  # half the width of web mercator's square
_MERCATOR_LIMIT = 85.05112877980659  # latitude at which the web map's square ends


def mercator(lonlat: Floats) -> Floats:
    """EPSG:3857 metres of places in degrees, (n, 2), for the eye alone; latitudes end at 85.05."""
    lat = np.clip(lonlat[:, 1], -_MERCATOR_LIMIT, _MERCATOR_LIMIT)
    north = np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))
    return np.asarray(_GEOD.a * np.column_stack([np.radians(lonlat[:, 0]), north]))


def to_web_mercator(geometries: Any) -> Any:
    """Lon/lat geometries in EPSG:3857 metres, as `mercator`."""
    return shapely.transform(geometries, mercator)


def polygon_part(geometries: Any) -> Geometries:
    """Only the polygons of each geometry; None where it has none. Lines and points are dropped."""
    shapes = np.atleast_1d(np.asarray(geometries, dtype=object))
    kinds = shapely.get_type_id(shapes)
    out = shapes.copy()
    out[~np.isin(kinds, (3, 6)) | shapely.is_empty(shapes)] = None
    for i in np.flatnonzero(kinds == 7):
        flat = shapely.get_parts(shapes[i : i + 1])
        while (shapely.get_type_id(flat) > 3).any():
            flat = shapely.get_parts(flat)
        polygons = flat[(shapely.get_type_id(flat) == 3) & ~shapely.is_empty(flat)]
        if len(polygons):
            out[i] = polygons[0] if len(polygons) == 1 else shapely.multipolygons(polygons)
    return np.asarray(out, dtype=object)


def software_versions() -> dict[str, str]:
    """Versions of the geometry libraries that a result rests on."""
    return {
        "shapely": shapely.__version__,
        "geos": shapely.geos_version_string,
        "proj": pyproj.proj_version_str,
    }
