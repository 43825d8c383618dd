"""How each title is mined, in the register's words; blank where it does not say."""

from .seed import Row, rng_for
from .titles import ML, QL, SL

BRINE, LEACHING = "Brine", "In-Situ Leaching"
PIT, UNDERGROUND = "Open Pit", "Underground"
SALTS = {"Lithium", "Li"}
LEACHED = {"Copper", "Cu", "Nickel", "Ni", "Rare Earths", "Vanadium"}


def state_methods(rows: list[Row]) -> None:
    """Write the method into each row of the register."""
    rng = rng_for("methods")
    for row in rows:
        luck, pick = rng.random(2).tolist()
        row["Method"] = method_of(row, luck, pick)


def method_of(row: Row, luck: float, pick: float) -> str:
    """Only titles to mine state one; one in eight of these does not either."""
    goods = set(row["Commodities"].split(", "))
    if row["Type"] == QL:
        return PIT if luck > 0.05 else ""
    if row["Type"] not in (ML, SL) or luck < 0.12:
        return ""
    if goods & SALTS and pick < 0.4:
        return BRINE
    if goods & LEACHED and pick < 0.3:
        return LEACHING
    return UNDERGROUND if pick > 0.68 else PIT
