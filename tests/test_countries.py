"""Countries: who is in which group and party to what, on which day, and what a pack may say."""

from __future__ import annotations

import re
import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from cetm_geo.errors import CetmError, DefinitionError
from cetm_geo.rulebook import read_rulebook
from cetm_geo.rulebook.codes import country_names
from cetm_geo.rulebook.countries import (
    Bound,
    binds,
    is_country_code,
    is_member,
    is_party,
    membership_text,
    memberships_of,
    read_memberships,
    read_packs,
)
from cetm_geo.rulebook.entries import RULES
from cetm_geo.rulebook.stub import stub_pack

TODAY = date(2026, 11, 30)
REAL = read_memberships()
PACKS = read_packs()
NORMS = read_rulebook().norms


def bound(norm: str, iso3: str, as_of: date = TODAY) -> tuple[Bound, str]:
    binding = binds(NORMS[norm], iso3, REAL, PACKS, as_of)
    return binding.word, binding.reason


def lists(folder: Path, **files: str) -> Path:
    """A copy of the lists of countries with other rows below their headers."""
    header = "iso3,group,status,valid_from,valid_to,source,verified\n"
    for name in ("country_groups", "parties"):
        (folder / f"{name}.csv").write_text(header + files.get(name, ""), encoding="utf-8")
    return folder


def pack(folder: Path, name: str, text: str) -> Path:
    (folder / "countries").mkdir(exist_ok=True)
    (folder / "countries" / name).write_text(text, encoding="utf-8")
    return folder


# --- memberships ---------------------------------------------------------------------------------


def test_a_country_without_a_row_is_not_said_to_be_no_party() -> None:
    assert is_party(REAL, PACKS, "KHM", "UN Watercourses Convention", TODAY) is None
    assert bound("unwc_5", "KHM") == (
        Bound.NOT_KNOWN,
        "no record whether Cambodia is a party",
    )
    assert bound("whc_art4", "KHM") == (Bound.BINDS, "Cambodia is a party since 28 Feb 1992")


def test_a_signature_is_no_party_and_one_that_nobody_followed_up_is_not_known() -> None:
    escazu = "Escazú Agreement"
    assert is_party(REAL, PACKS, "BRA", escazu, TODAY) is False
    assert bound("escazu_7", "BRA")[1] == "Brazil signed on 27 Sep 2018 and is no party"
    assert is_party(REAL, PACKS, "KHM", "Minamata Convention", TODAY) is None
    assert bound("minamata_7", "KHM")[0] is Bound.NOT_KNOWN


def test_a_treaty_binds_a_country_from_the_day_it_came_into_force_for_it() -> None:
    first = date(2024, 12, 24)
    assert is_party(REAL, PACKS, "COL", "Escazú Agreement", first) is True
    assert is_party(REAL, PACKS, "COL", "Escazú Agreement", first - timedelta(1)) is False
    assert bound("escazu_7", "CHL")[1].endswith("whether it leaves is open")


@pytest.mark.parametrize("iso3", ["BGD", "LAO", "NPL"])
def test_the_three_due_to_leave_the_list_on_24_november_2026_are_open(iso3: str) -> None:
    [row] = [m for m in memberships_of(REAL, PACKS, iso3, TODAY) if m.group == "LDC"]
    assert (row.status, row.valid_to) == ("open", "2026-11-24")
    assert is_member(REAL, PACKS, iso3, "LDC", TODAY)
    assert membership_text(row) == "LDC; leaving on 24 Nov 2026 is open"


@pytest.mark.parametrize(
    ("iso3", "leaves"), [("KHM", date(2029, 12, 19)), ("BTN", date(2023, 12, 13))]
)
def test_a_country_is_on_the_list_until_the_day_it_leaves(iso3: str, leaves: date) -> None:
    assert is_member(REAL, PACKS, iso3, "LDC", leaves - timedelta(1))
    assert not is_member(REAL, PACKS, iso3, "LDC", leaves)


def test_the_lists_have_as_many_countries_as_their_keepers_count() -> None:
    counts = {
        group: sum(is_member(REAL, PACKS, code, group, TODAY) for code in country_names())
        for group in ("LDC", "LLDC", "SIDS")
    }
    assert counts == {"LDC": 44, "LLDC": 32, "SIDS": 39}


def test_what_is_of_another_region_or_another_day_does_not_bind_here() -> None:
    assert bound("amv_2009", "KHM") == (
        Bound.DOES_NOT_BIND,
        "policy of a region that Cambodia is not part of",
    )
    assert bound("amv_2009", "ZMB")[0] is Bound.VOLUNTARY
    assert bound("ohchr_isolated_2012", "COD")[0] is Bound.DOES_NOT_BIND
    assert bound("amcap_iii", "KHM") == (Bound.DOES_NOT_BIND, "ended 31 Dec 2025")
    assert bound("eu_battery_47_52", "DEU") == (Bound.DOES_NOT_BIND, "from 18 Aug 2027")
    assert bound("eu_battery_47_52", "DEU", date(2027, 8, 18))[0] is Bound.BINDS
    assert bound("ecowas_dir_2009", "MLI")[0] is Bound.DOES_NOT_BIND


def test_law_binds_in_its_own_country_and_a_standard_binds_nobody_in_itself() -> None:
    assert bound("khm_land_26", "KHM") == (Bound.BINDS, "law of Cambodia")
    assert bound("khm_land_28", "KHM") == (Bound.BINDS, "law of Cambodia (not verified)")
    assert bound("khm_land_26", "LAO") == (Bound.DOES_NOT_BIND, "law of Cambodia")
    assert bound("undrip_32_2", "KHM")[0] is Bound.VOLUNTARY
    word, reason = bound("eiti_2_3", "ZMB")
    assert word is Bound.VOLUNTARY
    assert reason.endswith("Zambia implements it")


# --- invented countries --------------------------------------------------------------------------


def test_an_invented_country_has_the_memberships_of_its_pack_and_is_in_no_real_list() -> None:
    assert not [m for m in REAL if m.iso3 in PACKS and m.iso3.startswith("X")]
    assert is_party(REAL, PACKS, "XKV", "Escazú Agreement", TODAY) is True
    assert is_member(REAL, PACKS, "XKV", "LLDC", TODAY)
    assert not is_member(REAL, PACKS, "XKO", "LDC", TODAY)
    assert bound("escazu_7", "XKN")[1] == "Norvath signed on 27 Sep 2018 and is no party"


def test_codes_are_those_of_iso_3166_and_those_it_leaves_to_users() -> None:
    assert len(country_names()) == 249
    assert all(is_country_code(c) for c in ("KHM", "XAA", "XZZ", "AAA", "QMA", "QZZ", "ZZZ"))
    assert not any(is_country_code(c) for c in ("khm", "ABC", "QLA", "KH", "XKVX", ""))


# --- mistakes ------------------------------------------------------------------------------------


def test_all_mistakes_in_both_lists_are_told_at_once_by_line(tmp_path: Path) -> None:
    lists(
        tmp_path,
        country_groups=(
            "KHM,LDC,in_force,1991,2029-12-19,UN,true\n"
            "KHM,LDC,in_force,2020,,UN,true\n"
            "XKV,LDC,in_force,,,invented,true\n"
            "ABC,LDC,in_force,,,UN,true\n"
            "LAO,G77,in_force,,,UN,true\n"
        ),
        parties="KHM,CBD,ratifed,10/05/1995,,UN,true\nLAO,CBD,party,1996,1990,UN,true\nLAO,CBD\n",
    )
    with pytest.raises(DefinitionError) as caught:
        read_memberships(tmp_path)
    told = {(Path(p.path).name, p.key) for p in caught.value.problems}
    assert told == {
        ("country_groups.csv", "line 3"),
        ("country_groups.csv", "line 4.iso3"),
        ("country_groups.csv", "line 5.iso3"),
        ("country_groups.csv", "line 6.group"),
        ("parties.csv", "line 2.status"),
        ("parties.csv", "line 2.valid_from"),
        ("parties.csv", "line 3.valid_to"),
        ("parties.csv", "line 4"),
    }


def test_all_mistakes_of_all_packs_are_told_at_once(tmp_path: Path) -> None:
    pack(
        tmp_path,
        "lao.toml",
        'iso3 = "KHM"\nlabel = "Cambodia"\nas_of = "yesterday"\n'
        'memberships = [{ group = "LDC", status = "in_force", source = "?" }]\n'
        '[[overrides]]\nrule = "headwater"\nreason = " "\noff = true\n'
        '[status]\nrunning = ["Active"]\n',
    )
    pack(tmp_path, "abc.toml", 'iso3 = "ABC"\nlabel = "Nowhere"\nas_of = "2026"\n')
    overlapping = "".join(
        f'{{ group = "LDC", status = "in_force", valid_from = "{year}", source = "invented" }},'
        for year in (2000, 2010)
    )
    pack(
        tmp_path,
        "xqq.toml",
        f'iso3 = "XQQ"\nlabel = "Q"\nas_of = "2026"\nmemberships = [{overlapping}]\n',
    )
    with pytest.raises(DefinitionError) as caught:
        read_packs(tmp_path)
    assert {(Path(p.path).name, p.key) for p in caught.value.problems} == {
        ("abc.toml", "iso3"),
        ("lao.toml", "iso3"),
        ("lao.toml", "as_of"),
        ("lao.toml", "overrides.0.reason"),
        ("lao.toml", "status.running"),
        ("lao.toml", "memberships"),
        ("xqq.toml", "memberships.1"),
    }


def test_a_treaty_that_no_norm_is_of_is_told_of(tmp_path: Path) -> None:
    folder = tmp_path / "rules"
    shutil.copytree(RULES, folder)
    with (folder / "parties.csv").open("a", encoding="utf-8") as file:
        file.write("KHM,World Heritage,party,1992,,UN,true\n")
    with pytest.raises(DefinitionError, match="'World Heritage' is neither a group nor"):
        read_rulebook(folder)


# --- packs ---------------------------------------------------------------------------------------


def test_no_severity_and_no_number_is_changed_by_a_law_that_nobody_has_opened() -> None:
    for country in PACKS.values():
        for override in country.overrides:
            if override.severity or override.threshold or override.off:
                assert override.law, override
                assert all(NORMS[name].verified for name in override.law), override


def test_a_stub_says_what_is_on_record_and_reads_as_a_pack_that_changes_nothing(
    tmp_path: Path,
) -> None:
    text = stub_pack("LAO", TODAY)
    assert "#   LDC; leaving on 24 Nov 2026 is open" in text
    assert "No record, which does not mean that it is no party:" in text
    found = read_packs(pack(tmp_path, "lao.toml", text))["LAO"]
    assert not (found.overrides or found.norms or found.requires or found.status)


@pytest.mark.parametrize("iso3", ["LAO", "XQQ"])
def test_the_examples_of_a_stub_read_once_they_are_no_longer_comments(
    iso3: str, tmp_path: Path
) -> None:
    head, body = re.split(r"(?<=\n)\n(?=iso3)", stub_pack(iso3, TODAY))
    uncommented = re.sub(r"^#   ", "", body, flags=re.MULTILINE).replace("requires = []\n", "")
    found = read_packs(pack(tmp_path, f"{iso3.lower()}.toml", uncommented))[iso3]
    assert [o.rule for o in found.overrides] == [
        "strict_protected_area_overlap",
        "protected_area_near",
    ]
    assert [n.binding_on for n in found.norms] == [(iso3,)]
    assert bool(found.memberships) == (iso3 == "XQQ")
    assert head.startswith("# ")


def test_a_stub_is_written_for_no_code_that_is_none() -> None:
    with pytest.raises(CetmError, match="'CAM' is no country code"):
        stub_pack("CAM")
