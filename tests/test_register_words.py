"""A country's words for the status of a title reach its registers, and do not overrule them."""

from __future__ import annotations

from cetm_geo import resources
from cetm_geo.catalog import read_catalog
from cetm_geo.model import Role
from cetm_geo.rulebook.registers import with_status_words


def test_a_pack_adds_words_to_registers_alone_and_what_a_layer_says_of_a_text_stands() -> None:
    catalog = read_catalog(resources.folder("layers") / "sample")
    register = catalog.of_role(Role.CONCESSION)[0]
    own = register.values["status"]
    taken = own["active"][0]
    told = with_status_words(
        catalog, {"expired": (taken.upper(), "Long Gone"), "refused": ("Sent Back",)}
    )
    status = told.layers[register.id].values["status"]
    assert status["expired"] == (*own.get("expired", ()), "Long Gone")
    assert status["refused"][-1] == "Sent Back"
    assert status["active"] == own["active"]
    others = [x for x in catalog.layers.values() if x.role != Role.CONCESSION]
    assert all(told.layers[x.id] is x for x in others)
    assert with_status_words(catalog, {}) is catalog
