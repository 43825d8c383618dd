"""Small files of known registers, in the fields, types, format and CRS they are published in.

Every title is a square of 0.01 degrees with a corner in the middle of its lower and upper edge,
so that the western half of one is half of it in any CRS, to the last bits of a coordinate.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

SIZE, APART = 0.01, 0.02
Row = dict[str, Any]


@dataclass(frozen=True)
class Title:
    """What a row must come to: days as ISO text, area in km2; None where the register is silent."""

    id: str
    status: str = "unknown"
    stage: str = "unknown"
    minerals: tuple[str, ...] = ()
    holder: str | None = None
    applied_on: str | None = None
    granted_on: str | None = None
    expires_on: str | None = None
    declared_area_km2: float | None = None


@dataclass(frozen=True)
class Register:
    """A register's file: what is in it, how it is written, and what its titles must come to.

    path: as the layer's source names it. west, south: degrees, corner of the first title, whose
    western half is protected. told: what the issues must say of the register's traps.
    """

    profile: str
    path: str
    west: float
    south: float
    rows: Sequence[Row]
    titles: Sequence[Title]
    write: Callable[[gpd.GeoDataFrame, Path], None]
    told: Sequence[str] = ()
    variant: str = ""

    def __str__(self) -> str:
        return f"{self.profile} {self.variant}".strip()

    def frame(self) -> gpd.GeoDataFrame:
        squares = [_square(self.west + APART * i, self.south) for i in range(len(self.rows))]
        return gpd.GeoDataFrame(list(self.rows), geometry=squares, crs=4326)

    def half(self) -> shapely.Polygon:
        """The western half of the first title."""
        west, south = self.west, self.south
        return shapely.box(west, south, west + SIZE / 2, south + SIZE)


def _square(west: float, south: float) -> shapely.Polygon:
    middle, east, north = west + SIZE / 2, west + SIZE, south + SIZE
    return shapely.Polygon(
        [
            (west, south),
            (middle, south),
            (east, south),
            (east, north),
            (middle, north),
            (west, north),
        ]
    )


def ms(day: str) -> int:
    """Epoch milliseconds of a day, as ArcGIS writes dates."""
    return round(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp() * 1000)


def _to(crs: int, **options: Any) -> Callable[[gpd.GeoDataFrame, Path], None]:
    """Writes one file in a CRS, by its EPSG code."""

    def write(frame: gpd.GeoDataFrame, path: Path) -> None:
        pyogrio.write_dataframe(frame.to_crs(crs), path, use_arrow=True, **options)

    return write


def _latin_1(crs: int) -> Callable[[gpd.GeoDataFrame, Path], None]:
    """Writes a shapefile in Latin-1 that does not say so: without its .cpg, as registers do."""

    def write(frame: gpd.GeoDataFrame, path: Path) -> None:
        _to(crs, layer_options={"ENCODING": "ISO-8859-1"})(frame, path)
        path.with_suffix(".cpg").unlink(missing_ok=True)

    return write


def _file_per_zone(frame: gpd.GeoDataFrame, path: Path) -> None:
    """One shapefile per UTM zone of Peru, by the rows' ZONA."""
    for zone, part in frame.groupby("ZONA"):
        _latin_1(32700 + int(zone))(part, path.with_name(path.name.replace("*", f"{zone}S")))


SIGMINE = Register(
    "sigmine",
    "BRASIL.shp",
    -50.0,
    -6.0,
    [
        {
            "PROCESSO": f"85000{i}/2010",
            "NUMERO": 850000 + i,
            "ANO": 2010,
            "AREA_HA": 123.45,
            "ID": f"{{{i}}}",
            "FASE": phase,
            "ULT_EVENTO": "483 - CONC LAV/RELATÓRIO ANUAL APRESENTADO EM 12/03/2019",
            "NOME": "Mineração Açaí Ltda",
            "SUBS": substance,
            "USO": "Industrial",
            "UF": "PA",
            "DSProcesso": f"85000{i}/2010",
        }
        for i, (phase, substance) in enumerate(
            [
                ("CONCESSÃO DE LAVRA", "MINÉRIO DE COBRE"),
                ("REQUERIMENTO DE LAVRA", "NÍQUEL, COBALTO"),
                ("AUTORIZAÇÃO DE PESQUISA", "DADO NÃO CADASTRADO"),
                ("APTO PARA DISPONIBILIDADE", "GRAFITA"),
                ("FASE NOVA", ""),
            ]
        )
    ],
    [
        Title(
            f"85000{i}/2010",
            status,
            stage,
            minerals,
            "Mineração Açaí Ltda",
            None,
            None,
            None,
            1.2345,
        )
        for i, (status, stage, minerals) in enumerate(
            [
                ("active", "mining", ("copper",)),
                ("application", "mining", ("nickel", "cobalt")),
                ("active", "exploration", ()),
                ("expired", "closed", ("graphite",)),
                ("unknown", "unknown", ()),
            ]
        )
    ],
    _latin_1(4674),
    told=["the status 'FASE NOVA' of 1 titles", "the stage 'FASE NOVA' of 1 titles"],
)

INGEMMET = Register(
    "ingemmet",
    "catastro_*.shp",
    -78.005,  # the second title lies in zone 18, the first in zone 17
    -7.0,
    [
        {
            "CODIGOU": f"01000{i}",
            "FEC_DENU": date(2016, 1, 4),
            "CONCESION": f"Ñandú {i}",
            "TIT_CONCES": "Minera Ñandú S.A.C.",
            "D_ESTADO": state,
            "ESTADO": code,
            "CARTA": "15-F",
            "ZONA": zone,
            "LEYENDA": legend,
            "SUSTANCIA": substance,
            "DEPA": "CAJAMARCA",
            "PROVI": "CAJAMARCA",
            "DISTRI": "LA ENCAÑADA",
            "HASDATUM": 300.0,
            "HECTAGIS": 299.9835,
            "FECHA_ACTU": date(2026, 9, 20),  # FECHA_ACTUALIZACION, cut to ten characters
        }
        for i, (state, code, zone, legend, substance) in enumerate(
            [
                ("D.M. Titulado D.L. 708", "T", 17, "TITULADO", "M"),
                ("D.M. en Trámite D.L. 708", "P", 18, "TRAMITE", "N"),
                ("D.M. Extinguido", "F", 18, "EXTINGUIDO", "M"),
                ("Acumulación D.M. Titulada", "Q", 19, "TITULADO", ""),
                ("Planta de Beneficio", "B", 19, "OTROS", "M"),
            ]
        )
    ],
    [
        Title(f"01000{i}", status, stage, (), "Minera Ñandú S.A.C.", "2016-01-04", None, None, 3.0)
        for i, (status, stage) in enumerate(
            [
                ("active", "mining"),
                ("application", "mining"),
                ("expired", "closed"),
                ("active", "mining"),
                ("unknown", "processing"),
            ]
        )
    ],
    _file_per_zone,
    told=["in different CRS", "the status 'Planta de Beneficio' of 1 titles"],
)

BC = Register(
    "bc_mto",
    "MTA_ACQUIRED_TENURE_SVW.gpkg",
    -121.0,
    56.0,
    [
        {
            "TENURE_NUMBER_ID": 1000 + i,
            "CLAIM_NAME": name,
            "TENURE_TYPE_CODE": kind,
            "OWNER_NAME": "Cedar Exploration Inc.",
            "GOOD_TO_DATE": date(2027, 3, 1),
            "AREA_IN_HECTARES": 62.5,
            "FEATURE_AREA_SQM": 691_000.0,
            "TAG_NUMBER": tag,
        }
        for i, (name, kind, tag) in enumerate(
            [("CEDAR 1", "M", None), ("", "P", "123456"), ("CEDAR 3", "C", None)]
        )
    ],
    [
        Title(f"100{i}", holder="Cedar Exploration Inc.", expires_on="2027-03-01",
              declared_area_km2=0.625)
        for i in range(3)
    ],
    _to(3005),
)  # fmt: skip

WA = Register(
    "australia_wa",
    "Current_Tenements.geojson",
    121.4,
    -30.8,
    [
        {
            "fmt_tenid": f"{code} 26/{i}",
            "type": kind,
            "tenstatus": status,
            "holder1": "GOLDEN MULGA PTY LTD",
            "startdate": ms("2001-05-04"),
            "enddate": end,
            "grantdate": granted,
            "legal_area": area,
            "unit_of_me": unit,
        }
        for i, (code, kind, status, granted, end, area, unit) in enumerate(
            [
                ("M", "MINING LEASE", "LIVE", ms("2001-05-04"), ms("2043-05-03"), 85.0, "HA."),
                ("E", "EXPLORATION LICENCE", "PENDING", None, None, 12.0, "BL."),
                ("L", "MISCELLANEOUS LICENCE", "LIVE", ms("1998-01-02"), ms("2040-01-01"), 0, "HA"),
            ]
        )
    ],
    [
        Title("M 26/0", "active", "mining", (), "GOLDEN MULGA PTY LTD", None, "2001-05-04",
              "2043-05-03", 0.85),
        Title("E 26/1", "application", "exploration", (), "GOLDEN MULGA PTY LTD"),
        Title("L 26/2", "active", "unknown", (), "GOLDEN MULGA PTY LTD", None, "1998-01-02",
              "2040-01-01", 0.0),
    ],
    _to(4326),
    told=[
        "the area that 1 features state is not used: the unit 'BL.'",
        "the stage 'MISCELLANEOUS LICENCE' of 1 titles",
    ],
)  # fmt: skip

WA_SERVICE = Register(
    "australia_wa",
    "wa.geojson",
    121.4,
    -30.8,
    [
        {
            "fmt_tenid": "M 26/0",
            "type": "MINING LEASE",
            "tenstatus": "LIVE",
            "holder1": "GOLDEN MULGA PTY LTD",
            "startdate": ms("2001-05-04"),
            "enddate": ms("2043-05-03"),
        }
    ],
    [
        Title("M 26/0", "active", "mining", (), "GOLDEN MULGA PTY LTD", expires_on="2043-05-03"),
    ],
    _to(4326),
    variant="with the six fields of its map service",
)

QLD = Register(
    "australia_qld",
    "MineralTenement.geojson",
    146.2,
    -20.1,
    [
        {
            "tenname": name,
            "tentype": kind,
            "tenstatus": status,
            "tenowner": "BRIGALOW METALS PTY LTD",
            "grantdate": granted,
            "expiredate": expires,
        }
        for name, kind, status, granted, expires in [
            ("ML 1", "ML", "Granted", ms("2010-07-01"), ms("2031-06-30")),
            ("EPM 2", "EPM", "Application", None, None),
            ("MDL 3", "MDL", "Refused", 0, -1),
        ]
    ],
    [
        Title("ML 1", "active", "mining", (), "BRIGALOW METALS PTY LTD", None, "2010-07-01",
              "2031-06-30"),
        Title("EPM 2", "application", "exploration", (), "BRIGALOW METALS PTY LTD"),
        Title("MDL 3", "refused", "exploration", (), "BRIGALOW METALS PTY LTD"),
    ],
    _to(4326),
)  # fmt: skip

_TENEMENTS = [
    ("EL 1", "exploration licence", "Granted", "Wattle Copper Pty Ltd", "Copper, Gold",
     "2018-02-01Z", "2019-05-06Z", "2029-05-06Z"),
    ("ML 2", "Mining Lease", "Application", "Wattle Copper Pty Ltd", "", "2025-11-30Z", None, None),
    ("EML 3", "extractive mineral lease", "Ceased", "", None, None, "1999-01-02Z", "2009-01-02Z"),
]  # fmt: skip
_OF_TENEMENTS = [
    Title("EL 1", "active", "exploration", ("copper", "gold"), "Wattle Copper Pty Ltd",
          "2018-02-01", "2019-05-06", "2029-05-06"),
    Title("ML 2", "application", "mining", (), "Wattle Copper Pty Ltd", "2025-11-30"),
    Title("EML 3", "expired", "quarry", (), None, None, "1999-01-02", "2009-01-02"),
]  # fmt: skip
_MT = ("name", "tenementType", "status", "owner", "commodity",
       "applicationDate", "grantDate", "expireDate")  # fmt: skip


def _mt(variant: str, path: str, prefix: str, crs: int, **options: Any) -> Register:
    rows = [{prefix + k: v for k, v in zip(_MT, row, strict=True)} for row in _TENEMENTS]
    return Register("australia_mineral_tenement", path, 149.2, -33.5, rows, _OF_TENEMENTS,
                    _to(crs, **options), variant=variant)  # fmt: skip


NSW = _mt("as GML", "nsw.gml", "", 4283, layer="MineralTenement", PREFIX="mt")
PREFIXED = _mt("with prefixed names", "vic.geojson", "mt:", 4326)

NT = Register(
    "australia_mineral_tenement",
    "nt.geojson",
    133.8,
    -19.7,
    [
        {
            "name": "EL 9",
            "tenementType": "exploration licence",
            "status": "Revised Application",
            "owner": "Spinifex Lithium Pty Ltd",
            "applicationDate": "2024-03-04Z",
        },
        {
            "name": "EL 10",
            "tenementType": "exploration licence",
            "status": "Renew Retained",
            "owner": "Spinifex Lithium Pty Ltd",
            "applicationDate": "2004-03-04Z",
        },
    ],
    [
        Title("EL 9", "application", "exploration", (), "Spinifex Lithium Pty Ltd", "2024-03-04"),
        Title("EL 10", "unknown", "exploration", (), "Spinifex Lithium Pty Ltd", "2004-03-04"),
    ],
    _to(4326),
    told=["the status 'Renew Retained' of 1 titles"],
    variant="without dates of grant",
)

TAS = Register(
    "australia_mineral_tenement",
    "tas.geojson",
    145.2,
    -41.9,
    [
        {
            "NAME": name,
            "TENEMENTTYPE": kind,
            "STATUS": status,
            "OWNER": "Huon Tin Pty Ltd",
            "GRANTDATE": ms("2012-08-09"),
            "EXPIREDATE": ms("2032-08-08"),
        }
        for name, kind, status in [
            ("3M/2012", "Mining Lease", "Granted"),
            ("EL7/2012", "Exploration Licence", "Pending Renewal"),
            ("ERA 5", "Exploration Release Area", "Exploration Release Area"),
        ]
    ],
    [
        Title(name, status, stage, (), "Huon Tin Pty Ltd", None, "2012-08-09", "2032-08-08")
        for name, status, stage in [
            ("3M/2012", "active", "mining"),
            ("EL7/2012", "active", "exploration"),
            ("ERA 5", "unknown", "unknown"),
        ]
    ],
    _to(4326),
    told=[
        "the status 'Exploration Release Area' of 1 titles",
        "the stage 'Exploration Release Area' of 1 titles",
    ],
    variant="in Tasmania's capitals",
)

SA = Register(
    "australia_sa",
    "tenements.geojson",
    137.4,
    -33.0,
    [
        {
            "TENEMENT_LABEL": label,
            "TENEMENT_TYPE": label.split()[0],
            "TENEMENT_STATUS": status,
            "LICENCEES": "Mallee Iron Pty Ltd (60%); Saltbush Ltd (40%)",
            "TENEMENT_START_DATE": "2015-04-16",
            "TENEMENT_EXPIRY_DATE": "2036-04-15",
        }
        for label, status in [
            ("ML 5001", "Active"),
            ("EL 6002", "Application"),
            ("MPL 7", "Active"),
        ]
    ],
    [
        Title(label, status, stage, (), "Mallee Iron Pty Ltd (60%); Saltbush Ltd (40%)", None,
              "2015-04-16", "2036-04-15")
        for label, status, stage in [
            ("ML 5001", "active", "mining"),
            ("EL 6002", "application", "exploration"),
            ("MPL 7", "active", "unknown"),
        ]
    ],
    _to(7844, layer_options={"RFC7946": "NO"}),
    told=["the stage 'MPL' of 1 titles"],
)  # fmt: skip

COLOMBIA = Register(
    "colombia_anm",
    "Titulos_Mineros.shp",
    -74.1,
    4.5,
    [
        {"CODIGO_EXP": code, "MODALIDAD": kind, "TITULO_EST": status}
        for code, kind, status in [
            ("ABC-081", "LICENCIA DE EXPLOTACION", "TITULO VIGENTE-EN EJECUCION"),
            ("AUT-12", "AUTORIZACION TEMPORAL", "TERMINADO"),
            ("L685-3", "CONTRATO DE CONCESION (L 685)", "TITULO VIGENTE"),
        ]
    ],
    [
        Title("ABC-081", "active", "mining"),
        Title("AUT-12", "expired", "quarry"),
        Title("L685-3", "active", "unknown"),
    ],
    _to(4686),
    told=["the stage 'CONTRATO DE CONCESION (L 685)' of 1 titles"],
)

DRC = Register(
    "drc_cami",
    "Democratic_Republic_of_the_Congo_mining_permits.shp",
    26.0,
    -10.5,
    [
        {"objectid": i, "code": f"PR {i}", "resource": resource}
        for i, resource in enumerate(
            ["Cu, Cobalt", " , Calcaire, Latérite, Sable, SiO2", " "]
        )
    ],
    [
        Title("PR 0", minerals=("copper", "cobalt")),
        Title("PR 1", minerals=("limestone", "laterite", "sand", "silica")),
        Title("PR 2"),
    ],
    _to(3857),
)  # fmt: skip


def _landfolio(i: int, **own: Any) -> Row:
    return {
        "Code": f"1000{i}-HQ-LEL",
        "Name": f"Mopane {i}",
        "Parties": "Mopane Minerals Ltd (75%), Baobab Plc (25%)",
        "Status": "Active",
        "StatusGrp": "Active",
        "TypeGroup": "Exploration",
        "Type": "Large-Scale Exploration Licence",
        "Jurisdic": "Zambia",
        "Region": "North-Western",
        "DteApplied": ms("2015-02-03"),
        "DteGranted": ms("2016-02-03"),
        "DteExpires": ms("2030-02-02"),
        "AreaValue": 123.45,
        "AreaUnit": "Hectares",
        "Commodities": "Copper, Co",
        **own,
    }


_PARTIES = "Mopane Minerals Ltd (75%), Baobab Plc (25%)"
LANDFOLIO = Register(
    "landfolio",
    "landfolio.geojson",
    26.0,
    -12.5,
    [
        _landfolio(0),
        _landfolio(1, Status="Application", DteGranted=0, DteExpires=-2208988800000, AreaValue=7.5,
                   AreaUnit="km2"),
        _landfolio(2, Status="Refused", Commodities=" ", AreaUnit="Cadastre Units", AreaValue=40),
        _landfolio(3, Status="Em Vigor", Type="Licença de Prospecção e Pesquisa", Parties=None),
        _landfolio(4, Status="Expired", Type="Small-Scale Mining Licence", AreaValue=None),
    ],
    [
        Title("10000-HQ-LEL", "active", "exploration", ("copper", "cobalt"), _PARTIES, "2015-02-03",
              "2016-02-03", "2030-02-02", 1.2345),
        Title("10001-HQ-LEL", "application", "exploration", ("copper", "cobalt"), _PARTIES,
              "2015-02-03", None, None, 7.5),
        Title("10002-HQ-LEL", "refused", "exploration", (), _PARTIES, "2015-02-03", "2016-02-03",
              "2030-02-02"),
        Title("10003-HQ-LEL", "active", "exploration", ("copper", "cobalt"), None, "2015-02-03",
              "2016-02-03", "2030-02-02", 1.2345),
        Title("10004-HQ-LEL", "expired", "small_scale", ("copper", "cobalt"), _PARTIES,
              "2015-02-03", "2016-02-03", "2030-02-02"),
    ],
    _to(4326),
    told=["the area that 1 features state is not used: the unit 'Cadastre Units'"],
)  # fmt: skip


def _renamed(row: Row) -> Row:
    """As a portal of 2015 spelled it: capitals, Resources; and its finer status left out."""
    named = {k.upper(): v for k, v in row.items() if k not in ("Status", "Commodities")}
    return {**named, "RESOURCES": row["Commodities"]}


OLD_LANDFOLIO = Register(
    "landfolio",
    "old.geojson",
    33.0,
    -15.0,
    [_renamed(_landfolio(0, StatusGrp="Em Vigor"))],
    [LANDFOLIO.titles[0]],
    _to(4326),
    variant="of an older portal",
)

REGISTERS = (
    SIGMINE, INGEMMET, BC, WA, WA_SERVICE, QLD, NSW, PREFIXED, NT, TAS, SA, COLOMBIA, DRC,
    LANDFOLIO, OLD_LANDFOLIO,
)  # fmt: skip
