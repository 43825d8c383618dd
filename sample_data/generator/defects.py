"""The list of deliberate defects."""

from .cadastre import UNKNOWN_STATUS
from .seed import Row

CADASTRE = "concessions/mining_cadastre.geojson"
WDPA = "protected/wdpa_XKV.zip"


def defect_rows(cadastre: list[Row], wdpa_polygons: list[Row]) -> list[tuple[str, str, str]]:
    """File, id and what is wrong."""
    rows = [(row["_note"], row["Code"]) for row in cadastre if row["_note"]]
    rows += [
        ("status text that no vocabulary knows", row["Code"])
        for row in cadastre
        if row["Status"] == UNKNOWN_STATUS
    ]
    pid = {row["_key"]: row["SITE_PID"] for row in wdpa_polygons}
    return [
        *((CADASTRE, code, note) for note, code in sorted(rows)),
        (WDPA, pid["fr1"], "boundary crosses itself slightly, invalid"),
        (WDPA, pid["za"], "two zones of one SITE_ID"),
        (WDPA, pid["zb"], "two zones of one SITE_ID"),
        (WDPA, pid["wb"], "lies in two countries, ISO3 XKV;XKN"),
        (WDPA, "900063", "point, REP_AREA 0"),
        (WDPA, "900064", "point, REP_AREA -1"),
    ]
