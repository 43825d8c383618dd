"""Catalogues made by hand to be refused, beside those of `test_catalog`."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tests.grids import geotiff
from tests.test_catalog import GOOD
from tests.test_hostile_files import GOOD as FEATURE
from tests.test_hostile_files import Place, features, zipped
from tests.test_rasters import POPULATION

Put = Callable[[Place, Path], object]


def files(**texts: str) -> Put:
    """Definitions by their names; {canary} and {address} in them are put in."""

    def put(at: Place, layers: Path) -> None:
        for name, text in texts.items():
            said = text.replace("{canary}", str(at.canary)).replace("{address}", at.address)
            (layers / f"{name}.toml").write_text(said)

    return put


def changed(*changes: tuple[str, str], text: str = GOOD) -> Put:
    """The park's definition, in which texts were replaced by others."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return files(parks=text)


def with_keys(keys: str) -> Put:
    """The park's definition with these lines before its label."""
    return changed(("label =", f"{keys}\nlabel ="))


def with_tables(tables: str) -> Put:
    return files(parks=GOOD + tables)


def head(text: str) -> Put:
    return files(parks=GOOD, catalogue=text)


def content(data: bytes, name: str = "parks.toml") -> Put:
    return lambda at, layers: (layers / name).write_bytes(data)


def profile(text: str, name: str = "mine") -> Put:
    """A layer that follows a profile of the catalogue's own."""

    def put(at: Place, layers: Path) -> None:
        folder = layers.parent / "profiles"
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.toml").write_text(text)
        with_keys(f'profile = "{name}"')(at, layers)

    return put


def with_data(*changes: tuple[str, str]) -> Put:
    """The changed definition, and the file that it names."""

    def put(at: Place, layers: Path) -> None:
        changed(*changes)(at, layers)
        (at.folder / "parks.geojson").write_text(features(FEATURE))

    return put


def raster(*changes: tuple[str, str]) -> Put:
    text = POPULATION
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)

    def put(at: Place, layers: Path) -> None:
        geotiff(at.folder / "people.tif", [[1]], nodata=-1)
        files(people=text)(at, layers)

    return put


def pipe(at: Place, layers: Path) -> None:
    os.mkfifo(layers / "parks.toml")


def sparse(at: Place, layers: Path) -> None:
    """Three gigabytes of nulls that take no room."""
    with (layers / "parks.toml").open("wb") as out:
        out.truncate(3 << 30)


def two_of_one_id(at: Place, layers: Path) -> None:
    files(parks=GOOD)(at, layers)
    (layers / "PARKS.toml").write_text(GOOD)


SCALE = '[[scales]]\nid = "stress"\nlabel = "S"\ncolumn = "c"\n'

# name -> how it is made, what is said
CATALOGUES: dict[str, tuple[Put, str]] = {
    # files
    "binary": (content(bytes(range(256))), "can't decode byte 0x80"),
    "in UTF-16": (content(GOOD.encode("utf-16")), "can't decode byte 0xff in position 0"),
    "nulls, three gigabytes of them": (sparse, "larger than 8 MB"),
    "brackets without a bottom": (
        content(b"a = " + b"[" * 100_000),
        "brackets are nested too deep",
    ),
    "tables within tables": (
        content(b"[" + b".".join([b"a"] * 50_000) + b"]\nb = 1\n"),
        "parks.toml: a: unknown key",
    ),
    "a key of a megabyte": (
        content(b"k" * (1 << 20) + b" = 1\n" + GOOD.encode()),
        r"k{200}\.\.\.: unknown key",
    ),
    "a number of 6,000 digits": (
        content(b"as_of = " + b"9" * 6_000 + b"\n" + GOOD.encode()),
        "value has 6000 digits",
    ),
    "the same key twice": (with_keys('label = "B"'), "Cannot overwrite a value .at line 4"),
    "the same table twice": (
        with_tables('[source]\npath = "b.geojson"\n'),
        "Cannot declare .'source',. twice",
    ),
    "a folder by a definition's name": (
        lambda at, layers: (layers / "parks.toml").mkdir(),
        "parks.toml: cannot be read: Is a directory",
    ),
    "a pipe by a definition's name": (pipe, "a pipe or a device"),
    "a link to nothing": (
        lambda at, layers: (layers / "parks.toml").symlink_to("gone.toml"),
        "parks.toml: cannot be read: No such file",
    ),
    "nothing": (lambda at, layers: None, "no layer definition"),
    "two definitions of one name but for its case": (two_of_one_id, "lower case"),
    "a name that is a role": (files(river=GOOD), "may not be the name of a role"),
    "a name that is a group": (files(ramsar_wetland=GOOD), "name of a group"),
    "a name with a new line": (
        lambda at, layers: (layers / "a\nb.toml").write_text(GOOD),
        "lower case letters",
    ),
    # types
    "a list for a layer": (content(b"[[layer]]\nrole = 1\n"), "layer: unknown key"),
    "a role that is a number": (changed(('"protected_area"', "7")), "role: "),
    "a label that is a list": (changed(('"Parks"', '["Parks"]')), "label: "),
    "a path that is a table": (changed(('"parks.geojson"', '{file = "a"}')), r"source\.path: "),
    "a licence that is a word": (
        files(
            parks='role = "protected_area"\nlabel = "P"\nlicence = "CC0"\n'
            'source = {path = "a.geojson"}\n'
        ),
        "licence: ",
    ),
    "a licence of another word": (
        changed(('publish = "public"', 'publish = "open"')),
        r"licence\.publish: .*'open'",
    ),
    "a style of lists": (with_tables("[style]\nfill = [1, 2]\n"), r"style\.fill"),
    "columns of numbers": (with_tables("[columns]\nname = 7\n"), r"columns\.name"),
    "an error without number": (with_keys("positional_error_m = nan"), "positional_error_m"),
    "an error without end": (with_keys("positional_error_m = inf"), "positional_error_m"),
    "stale after less than none": (with_keys("stale_after_years = -3"), "stale_after_years"),
    "stale after no number": (with_keys("stale_after_years = nan"), "stale_after_years"),
    # places
    "a path that climbs": (
        changed(("parks.geojson", "a/../../elsewhere/canary.geojson")),
        "without ..",
    ),
    "a path from the root": (
        changed(("parks.geojson", "{canary}/canary.geojson")),
        "relative to the data folder",
    ),
    "a path of the file system of GDAL": (
        changed(("parks.geojson", "/vsizip/{canary}/canary.geojson")),
        "relative to the data",
    ),
    "an address that is a file": (
        changed(("parks.geojson", "file://{canary}/canary.geojson")),
        "file://.*: a remote file",
    ),
    "an address of a server": (changed(("parks.geojson", "{address}/a.geojson")), "remote file"),
    "an address chained to another": (
        changed(("parks.geojson", "zip://a::{address}/a.geojson")),
        "zip://a::http.*: a remote file",
    ),
    "a raster at an address": (raster(("people.tif", "{address}/people.tif")), "remote file"),
    "a pattern that climbs": (changed(("parks.geojson", "../*/canary.geojson")), "without .."),
    "a file that is not there": (files(parks=GOOD), "no such file"),
    "a member that climbs": (
        lambda at, layers: (
            changed(('"parks.geojson"', '"parks.zip"\nmembers = ["../*"]'))(at, layers),
            zipped(("a.geojson", features(FEATURE)), name="parks.zip")(at),
        ),
        r"holds a\.geojson; not \.\./\*",
    ),
    "attributes from elsewhere": (
        changed(
            (
                '"parks.geojson"',
                '"parks.geojson"\nattributes = {path = "../elsewhere/'
                'canary.csv", key = "a", to = "b"}',
            )
        ),
        r"source\.attributes\.path",
    ),
    "a network whose table is elsewhere": (
        files(
            rivers=GOOD.replace("protected_area", "water_basin") + "[network]\n"
            'table = "{canary}/canary.csv"\nfrom_column = "a"\nto_column = "b"\n'
        ),
        r"network\.table",
    ),
    "a layer that is a table elsewhere": (
        changed((".geojson", '.gpkg"\nlayer = "../../elsewhere/canary')),
        "no such file",
    ),
    # CRS
    "a CRS that is a file": (
        changed(('.geojson"', '.geojson"\ncrs = "{canary}/canary.txt"')),
        r"source\.crs",
    ),
    "a CRS at an address": (
        changed(('.geojson"', '.geojson"\ncrs = "{address}/crs"')),
        r"source\.crs",
    ),
    "a CRS that shifts by a file": (
        with_data(
            ('.geojson"', '.geojson"\ncrs_override = "+proj=longlat +nadgrids={canary}/canary.txt"')
        ),
        r"source\.crs_override: not a known.*nadgrids",
    ),
    "a CRS of heights alone": (
        with_data(('.geojson"', '.geojson"\ncrs_override = "EPSG:5773"')),
        "read in EPSG:5773 by the catalogue's word",
    ),
    "a CRS stated and overridden": (
        changed(('.geojson"', '.geojson"\ncrs = "EPSG:4326"\ncrs_override = "EPSG:4326"')),
        "not both",
    ),
    "complete within a layer that is not there": (
        with_keys('complete_within = "layer:moon"'),
        "no layer named 'moon'",
    ),
    # profiles
    "a profile that is not there": (with_keys('profile = "nobody"'), "no profile named 'nobody'"),
    "a profile by a path": (with_keys('profile = "../../elsewhere/canary"'), "no profile named"),
    "a profile that is a list": (with_keys('profile = ["wdpa"]'), "profile: "),
    "a profile that is no TOML": (profile("= ="), r"mine\.toml: not valid TOML"),
    "a profile without a bottom": (profile("a = " + "[" * 100_000), r"mine\.toml"),
    "a profile whose facts are a list": (profile("profile = [1]"), r"mine\.toml: profile"),
    "a profile whose columns are a list": (profile("columns = [1, 2]"), "columns"),
    "a profile whose scales are a number": (profile("scales = 3"), "scales"),
    "a profile whose classes are words": (profile('classes = ["a"]'), "classes"),
    "a profile whose rules have no column": (
        profile('exclude = [{values = ["a"], reason = "b"}]'),
        "exclude",
    ),
    "a profile that follows itself": (profile('profile = "mine"'), r"mine\.toml: profile"),
    # scales, classes, rules of rows
    "a scale of no levels": (with_tables(SCALE + "levels = {}\n"), "scales"),
    "a scale whose codes are words": (with_tables(SCALE + 'levels = {low = "L"}\n'), "scales"),
    "one class with two meanings": (
        with_tables(
            '[[classes]]\nid = "a"\nlabel = "A"\ncolumn = "c"\nvalues = ["x"]\n'
            '[[classes]]\nid = "a"\nlabel = "B"\ncolumn = "c"\nvalues = ["y"]\n'
        ),
        "'a' has two meanings",
    ),
    "a text that stands for two values": (
        with_tables('[values.status]\nactive = ["In"]\nexpired = ["in"]\n'),
        "the text 'in' stands for two values",
    ),
    "dates in an order that is none": (with_keys('date_order = "dym"'), "date_order"),
    "a country of four letters": (with_keys('iso3 = "CAMB"'), "iso3"),
    # catalogue.toml
    "a head of unknown keys": (head('lable = "A"'), "lable: unknown key; did you mean label"),
    "a head whose label is a number": (head("label = 7"), "label: must be text"),
    "a head of no country": (head('country = "ZZ"'), "country: must be an alpha-3"),
    "a head with a table elsewhere": (
        head('[tables]\nconsent = "../elsewhere/canary.csv"'),
        r"tables\.consent",
    ),
    "a head with a table at an address": (
        head('[tables]\nconsent = "{address}/consent.csv"'),
        r"tables\.consent",
    ),
    "a head with a table that is not there": (
        head('[tables]\nconsent = "consent.csv"'),
        "table consent: .*consent.csv: no such file",
    ),
    "a head whose tables are a text": (head('tables = "consent.csv"'), "tables: a table of paths"),
    "a head that is binary": (
        lambda at, layers: (
            files(parks=GOOD)(at, layers),
            content(b"\xff\xfe\0", "catalogue.toml")(at, layers),
        ),
        r"catalogue\.toml: not valid TOML",
    ),
    # rasters
    "a raster where features are wanted": (
        changed(("parks.geojson", "parks.tif")),
        "a raster's role is one of",
    ),
    "features where a raster is wanted": (raster(("people.tif", "p.geojson")), "takes a raster"),
    "a raster of a band beyond": (raster(('"people.tif"', '"people.tif"\nband = 9')), "no band 9"),
    "a raster of a band before the first": (
        raster(('"people.tif"', '"people.tif"\nband = -1')),
        "counted from 1",
    ),
    "a raster that means nothing": (raster(('"count"', '"shovels"')), r"raster\.measure"),
    "a raster scaled by nothing": (raster(('"count"', '"count"\nscale = 0')), "must not be 0"),
    "a raster scaled by no number": (raster(('"count"', '"count"\nscale = nan')), r"raster\.scale"),
    "a raster whose no data is endless": (
        raster(('"count"', '"count"\nvalid_max = inf\nvalid_min = inf')),
        r"raster\.valid_min",
    ),
    "a raster of classes by words": (
        raster(('"count"', '"class"\nclasses = {water = "W"}')),
        r"raster\.classes",
    ),
}
