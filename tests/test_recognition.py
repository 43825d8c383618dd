"""What a file looks like by its words: truth tables over names, columns and texts."""

from __future__ import annotations

import pandas as pd
import pytest

from cetm_geo import placing, profiles, recognition
from cetm_geo.model import Profile, ProfileFacts, Role, TableGeometry


def profile(name: str, verified: bool = True, **facts: tuple[str, ...]) -> Profile:
    return Profile(name, ProfileFacts(name, "made", verified, **facts), {})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("SitRecID", ("sit", "rec", "id")),
        ("ph_MPSA_2023", ("ph", "mpsa", "2023")),
        ("titles2023", ("title", "2023")),
        ("Áreas Protégées", ("area", "protegee")),
        ("concessões", ("concessao",)),
        ("fisheries", ("fishery",)),
        ("LSize_Skm", ("l", "size", "skm")),
        ("gas", ("gas",)),
        ("", ()),
    ],
)
def test_a_name_is_compared_by_its_words_without_accents_and_plural(
    text: str, words: tuple[str, ...]
) -> None:
    assert recognition.tokens(text) == words


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("mining_concessions", Role.CONCESSION),
        ("Titres miniers 2024", Role.CONCESSION),
        ("catastro_minero", Role.CONCESSION),
        ("processos_minerarios", Role.CONCESSION),
        ("MPSA_2023", Role.CONCESSION),
        ("protectedareas", Role.PROTECTED_AREA),
        ("forets_classees", Role.PROTECTED_AREA),
        ("parques nacionales", Role.PROTECTED_AREA),
        ("unidades_de_conservacao", Role.PROTECTED_AREA),
        ("IBA_sites", Role.KEY_BIODIVERSITY_AREA),
        ("ancestral_domains", Role.COMMUNITY_LAND),
        ("community forests", Role.COMMUNITY_LAND),
        ("resguardos_indigenas", Role.COMMUNITY_LAND),
        ("terras indígenas", Role.COMMUNITY_LAND),
        ("bassins versants", Role.WATER_BASIN),
        ("cuencas", Role.WATER_BASIN),
        ("rivières", Role.RIVER),
        ("lake_centerlines", Role.RIVER),
        ("ports", Role.PORT),
        ("airports", Role.FACILITY),
        ("oil_gas_blocks", Role.CONTEXT),
        ("forest concessions", Role.CONTEXT),
        ("admin_0_countries", Role.COUNTRY),
        ("adm1", Role.CONTEXT),
        ("layer_7", None),
        ("support", None),
    ],
)
def test_a_name_in_four_languages_tells_a_role(name: str, role: Role | None) -> None:
    assert recognition.guess_role(name, "", [], {}).role == role


def test_contents_and_columns_tell_a_role_that_the_name_does_not() -> None:
    columns = ["LICENSE_NO", "HOLDER", "COMMODITY", "REGION"]
    assert recognition.guess_role("data", "", columns, {}).role == Role.CONCESSION
    assert recognition.guess_role("data", "", columns[:2], {}).role is None
    parks = {"National Park": 0.6, "Wildlife Sanctuary": 0.4}
    guess = recognition.guess_role("data", "protected areas", [], parks)
    assert guess.role == Role.PROTECTED_AREA
    assert "National Park" in guess.reason


def test_a_name_that_tells_two_roles_is_left_to_a_person() -> None:
    guess = recognition.guess_role("rivers and roads", "", [], {})
    assert guess.role is None
    assert "river" in guess.reason
    assert "road" in guess.reason


def test_the_longest_signature_wins_whatever_the_case_and_names_break_ties() -> None:
    wide = profile("wide", columns=("A", "B", "C"))
    short = profile("short", columns=("A", "B"))
    named = profile("named", columns=("A", "B"), names=("tit*",))
    either = profile("either", columns=("A",), any_of=("X", "Y"))
    known = (short, named, wide, either)

    def found(*columns: str, name: str = "file.shp") -> str | None:
        one = recognition.recognise(columns, name, known)
        return one.name if one else None

    assert found("a", "b", "c", "d") == "wide"
    assert found("a", "b", name="Titles.zip/inner.shp") == "named"
    assert found("A", "y") == "either"
    assert found("A") is None
    assert found() is None


def test_a_source_without_fields_is_told_by_its_name_and_never_for_a_file_with_columns() -> None:
    raster = profile("raster", names=("ppp_*",))
    assert recognition.recognise((), "ppp_KHM_2020.tif", [raster]) is not None
    assert recognition.recognise((), "other.tif", [raster]) is None
    assert recognition.recognise(("A",), "ppp_KHM_2020.tif", [raster]) is None


def test_a_reason_names_the_fields_the_pattern_and_what_else_fits() -> None:
    twins = [profile("one", columns=("A",)), profile("two", columns=("A",))]
    found = recognition.recognise(("A",), "x", twins)
    assert found is not None
    assert found.reason == "it has the fields A; the same fits two"


def test_every_profile_the_project_carries_recognises_its_own_published_fields() -> None:
    carried = profiles.read_profiles()
    for one in carried:
        if one.facts.columns:
            fields = [*one.facts.columns, *one.facts.any_of, "more"]
            name = one.facts.names[0].replace("*", "x") if one.facts.names else "x"
            found = recognition.recognise(fields, name, carried)
            assert found is not None, one.name


@pytest.mark.parametrize(
    ("text", "tenure"),
    [
        ("CADT ancestral domains", "indigenous"),
        ("Resguardo", "indigenous"),
        ("territoires autochtones", "indigenous"),
        ("comunidades campesinas", "customary"),
        ("forêts communautaires", "use_agreement"),
        ("claimed ancestral domains", "claimed"),
        ("community lands", None),
    ],
)
def test_the_tenure_is_told_by_words_or_not_at_all(text: str, tenure: str | None) -> None:
    assert recognition.guess_tenure([text])[0] == tenure


@pytest.mark.parametrize("column", ["Phone_No", "correo", "adresse", "CPF", "DNI", "passport",
                                    "endereço", "dir_name", "last_edited_user"])  # fmt: skip
def test_a_column_that_tells_of_a_person_is_personal(column: str) -> None:
    assert recognition.is_personal(column)


def test_a_column_of_email_addresses_is_personal_and_one_of_codes_is_not() -> None:
    assert recognition.is_personal("info", ["a@example.org", "b@example.org"])
    assert not recognition.is_personal("licence_no", ["EPL-1", "EPL-2"])


def test_texts_of_a_register_get_the_status_their_words_mean() -> None:
    texts = ["Granted", "En vigueur", "Vigente", "No vigente", "Caducado", "Solicitud en trámite",
             "Demande rejetée", "Pending Renewal", "Requerimento de Lavra", "APSA", "Zone 7",
             "Granted, under appeal; pending"]  # fmt: skip
    known, unknown = recognition.translations(texts, "status")
    assert known == {
        "active": ["Granted", "En vigueur", "Vigente", "Pending Renewal"],
        "expired": ["No vigente", "Caducado"],
        "application": ["Solicitud en trámite", "Requerimento de Lavra", "APSA"],
        "refused": ["Demande rejetée"],
    }
    assert unknown == ["Zone 7", "Granted, under appeal; pending"]  # says nothing, says two things


@pytest.mark.parametrize(
    ("columns", "geometry"),
    [
        ({"id": ["1"], "shape": ["POLYGON((0 0,1 0,1 1,0 0))"]}, TableGeometry(wkt="shape")),
        ({"g": ["0101000000" + "00" * 16]}, TableGeometry(wkt="g")),
        ({"Lat": ["1.5"], "Long": ["2.5"]}, TableGeometry(x="Long", y="Lat")),
        ({"ESTE": ["450000"], "NORTE": ["8500000"]}, TableGeometry(x="ESTE", y="NORTE")),
        ({"long": ["a long text"], "lat": ["late"]}, None),
        ({"place": ["-12.5, 28.25"]}, TableGeometry(corner="place")),
        ({"name": ["a"], "area": ["12.5"]}, None),
        (
            {"code": ["A"] * 4, "vertex": list("1234"), "lon": list("0110"), "lat": list("0011")},
            TableGeometry(x="lon", y="lat", group=("code",), order="vertex"),
        ),
        (
            {"code": list("ABCD"), "vertex": list("1234"), "lon": list("0110"),
             "lat": list("0011")},
            TableGeometry(x="lon", y="lat"),
        ),
    ],
)  # fmt: skip
def test_the_columns_that_place_the_rows_of_a_table_are_found(
    columns: dict[str, list[str]], geometry: TableGeometry | None
) -> None:
    assert placing.guess_geometry(pd.DataFrame(columns))[0] == geometry


@pytest.mark.parametrize(
    ("column", "meaning", "fits"),
    [
        ("date_octro", "granted_on", True),
        ("date_expir", "expires_on", True),
        ("CATEGORI3", "designation", True),
        ("octro", "granted_on", False),  # too short to have been cut
        ("commodity_of", "granted_on", False),
    ],
)
def test_a_name_that_a_shapefile_cut_off_is_what_it_began_to_say(
    column: str, meaning: str, fits: bool
) -> None:
    assert (recognition.rank(column, "columns", meaning) is not None) is fits


def test_a_source_is_recognised_behind_a_prefix_of_xml_and_only_by_name_after_renaming() -> None:
    ours = profiles.read_profiles()
    tenements = ["mt:name", "mt:tenementType", "mt:status", "mt:owner", "mt:grantDate"]
    found = recognition.recognise(tenements, "download.gml", ours)
    assert found is not None
    assert found.name == "australia_mineral_tenement"
    geofabrik = ["osm_id", "code", "fclass", "name"]
    assert recognition.recognise(geofabrik, "gis_osm_pofw_free_1.shp", ours) is None
    quarries = recognition.recognise(geofabrik, "gis_osm_landuse_a_free_1.shp", ours)
    assert quarries is not None
    assert quarries.name == "osm_quarries"


def test_corners_are_grouped_by_their_code_and_never_by_who_holds_them() -> None:
    table = pd.DataFrame({"company name": ["A"] * 8, "concession code": ["X"] * 4 + ["Y"] * 4,
                          "point no": list("12341234"), "easting": ["500000"] * 8,
                          "northing": ["1700000"] * 8})  # fmt: skip
    found, _ = placing.guess_geometry(table)
    assert found is not None
    assert found.group == ("concession code",)
