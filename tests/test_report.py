"""A report says what the store answers, in the reader's language, on pages that stand alone."""

from __future__ import annotations

import io
import json
import re
import time
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pypdf
import pytest
import shapely

from cetm_geo import cli, language, report, words
from cetm_geo.catalogues import extracted, messages_of, texts_of
from cetm_geo.country.layout import Layout
from cetm_geo.dashboard import create_app
from cetm_geo.errors import ExportError
from cetm_geo.report import glyphs
from cetm_geo.report.content import Card, Lines, Table, plain, texts
from cetm_geo.report.country import read as read_markdown
from cetm_geo.report.validity import rerun_after
from cetm_geo.web import Service
from cetm_geo.web.service import NAME_WITHHELD
from tests.test_downloads import a_store

pytestmark = pytest.mark.skipif(
    not glyphs.CARRIED.is_dir(), reason="the fonts of reports are not built (make vendor)"
)
HOSTILE = '#panic("typst") *bold* $x$ @ref <script>alert("html")</script> ]] \\u{41} {{ }}'
KHMER, AMHARIC, CHINESE, ARABIC = "ភ្នំពេញ", "አዲስ አበባ", "北京", "مصر"


@pytest.fixture(scope="module")
def service(sample_store: Path) -> Service:
    return Service(sample_store, public=True)


@pytest.fixture(scope="module")
def worst(service: Service) -> str:
    """The title with the highest score."""
    tiers = service.store().frame("all_tiers")
    return str(tiers.sort_values("score", ascending=False)["site_id"].iloc[0])


@pytest.fixture(scope="module")
def told(service: Service, worst: str) -> report.Report:
    return report.report_of_site(service, worst)


@pytest.fixture(scope="module")
def drawing(service: Service) -> dict[str, Any]:
    """A square in the middle of the titles."""
    west, south, east, north = service.area()
    lon, lat = (west + east) / 2, (south + north) / 2
    square: dict[str, Any] = shapely.geometry.mapping(shapely.box(lon, lat, lon + 0.1, lat + 0.1))
    return square


def pages_of(made: bytes) -> list[str]:
    """What is read on each page of a PDF, spaces and hyphens of line ends left out."""
    found = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages]
    return [squeezed(text) for text in found]


def squeezed(text: str) -> str:
    return re.sub(r"[\s\u00ad\u202f-]+", "", text)


def blocks_of(told: report.Report, kind: type) -> Iterator[Any]:
    return (b for section in told.sections for b in section.blocks if isinstance(b, kind))


class Tags(HTMLParser):
    """The names of a page's elements, and every address in it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: list[str] = []
        self.addresses: list[str] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        self.addresses += [str(v) for k, v in attrs if k in ("src", "href") or k.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_every_layer_has_its_line_and_nil_results_are_shown(
    service: Service, worst: str, told: report.Report
) -> None:
    lines = [line for block in blocks_of(told, Lines) for line in block.items]
    answer = service.answer(worst)
    layers = {x["label"] for x in answer["lines"] if x["scope_kind"] == "layer"}
    shown = {line.name for line in lines}
    assert "none" in {line.value for line in lines}
    assert {"Protected areas", "Cultural heritage", "Areas closed to mining"} <= layers & shown
    assert shown <= layers | {words.role_label(x["role"]) for x in answer["lines"]}


def test_a_report_holds_the_numbers_of_the_stores_answer(
    service: Service, worst: str, told: report.Report
) -> None:
    answer = service.answer(worst)
    everything = "\n".join(texts(plain(told)))
    assert words.area(answer["site"]["area_km2"]) in everything
    for row in answer["overlaps"]:
        if row["overlap_km2"] and row["role"] == "protected_area":
            assert words.area(row["overlap_km2"]) in everything
            assert row["name"] in everything
    for km2 in answer["rings"]["km2"]:
        assert words.area(km2) in everything
    for source in answer["sources"]:
        assert source["label"] in everything
    raised = [card for card in answer["flags"] if card["status"] == "raised"]
    cards = list(blocks_of(told, Card))
    assert [card.rule for card in cards] == [card["row"] for card in raised]
    assert [card.message for card in cards] == [card["message"]["en"] for card in raised]


def test_every_rule_that_is_not_raised_has_its_row(
    service: Service, worst: str, told: report.Report
) -> None:
    open_ = [c["label"]["en"] for c in service.answer(worst)["flags"] if c["status"] != "raised"]
    rows = {row[1].text for table in blocks_of(told, Table) for row in table.rows if len(row) > 1}
    assert set(open_) <= rows


@pytest.mark.parametrize("tongue", language.NAMES)
def test_the_disclaimer_stands_on_every_page_in_each_language(
    service: Service, worst: str, tongue: str
) -> None:
    with language.speaking(tongue):
        told = report.report_of_site(service, worst)
        disclaimer = squeezed(language._(words.DISCLAIMER))
    made = pages_of(report.pdf(told))
    assert len(made) > 3
    assert all(disclaimer in page for page in made)
    page = report.html(told)
    assert f'<html lang="{tongue}">' in page
    assert disclaimer in squeezed(Tags(page).text)


def test_languages_differ_in_words_and_agree_in_what_is_raised(
    service: Service, worst: str
) -> None:
    found = {}
    for tongue in language.NAMES:
        with language.speaking(tongue):
            found[tongue] = report.report_of_site(service, worst)
    assert len({told.kind for told in found.values()}) == len(found)
    rules = {tuple(c.rule for c in blocks_of(told, Card)) for told in found.values()}
    assert len(rules) == 1


def phrases() -> set[str]:
    """What this program says in English in three words or more, places left out."""
    marked = {text for one in messages_of(extracted()) for text in texts_of(one)}
    profile = {text for told in Layout(language.SOURCE).texts.values() for text in told.values()}
    whole = {text for text in marked | profile if "{" not in text}
    return {text for text in whole if len(text.split()) > 2}


def english_in(told: report.Report, data: str) -> set[str]:
    """Phrases of this program that a report of another language still says in English. data: texts
    of the store, which nobody translates."""
    said = "\n".join(texts(plain(told)))
    return {one for one in phrases() if one in said and one.lower() not in data.lower()}


@pytest.mark.parametrize("tongue", [name for name in language.NAMES if name != language.SOURCE])
def test_no_english_of_this_program_is_left_in_another_language(
    service: Service, worst: str, tongue: str
) -> None:
    data = json.dumps(service.answer(worst), default=str, ensure_ascii=False)
    profile = service.countries.ask("XKV", 120.0)
    assert isinstance(profile, dict)
    named = json.dumps([profile["sources"], profile["strategies"], profile["memberships"],
                        profile["pillars"]["production"]["minerals"]])  # fmt: skip
    with language.speaking(tongue):
        site = report.report_of_site(service, worst)
    assert not english_in(site, data)
    country = report.report_of_country(service, "XKV", tongue, measured=profile)
    assert not english_in(country, named)
    english = report.report_of_country(service, "XKV", measured=profile)
    assert english_in(english, named)  # the test would see them
    assert [len(part.blocks) for part in country.sections] == [
        len(part.blocks) for part in english.sections
    ]
    assert len(pages_of(report.pdf(country))) > 5


def test_no_name_is_read_as_markup(service: Service, drawing: dict[str, Any]) -> None:
    told = report.report_of_drawing(service, drawing, HOSTILE)
    assert told.title == HOSTILE
    assert squeezed(HOSTILE) in pages_of(report.pdf(told))[0]
    tags = Tags(report.html(told))
    assert HOSTILE in tags.text
    assert "script" not in tags.names


def test_an_html_report_asks_no_host_and_runs_nothing(told: report.Report) -> None:
    tags = Tags(report.html(told))
    assert not {"script", "iframe", "object", "link", "form"} & set(tags.names)
    fetched = [x for x in tags.addresses if not x.startswith(("data:image/svg+xml", "https://"))]
    assert not fetched
    assert "url(http" not in report.html(told)


def test_names_in_khmer_amharic_and_chinese_are_drawn(
    service: Service, drawing: dict[str, Any]
) -> None:
    told = report.report_of_drawing(service, drawing, f"{KHMER} {AMHARIC} {CHINESE}")
    assert report.unprintable(told) == []
    made = pypdf.PdfReader(io.BytesIO(report.pdf(told)))
    fonts = {str(f["/BaseFont"]) for f in (
        x.get_object() for x in made.pages[0]["/Resources"]["/Font"].values()
    )}  # fmt: skip
    for family in ("NotoSansKhmer", "NotoSansEthiopic", "NotoSansSC"):
        assert any(family in font for font in fonts), fonts


def test_a_letter_that_no_font_draws_is_spelled_out_and_reported(
    service: Service, drawing: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(glyphs.ENVIRONMENT, raising=False)
    told = report.report_of_drawing(service, drawing, ARABIC)
    assert report.unprintable(told) == sorted(ARABIC)
    first = pages_of(report.pdf(told))[0]
    for letter in ARABIC:
        assert f"[U+{ord(letter):04X}]" in first
    assert squeezed(told.words["glyphs"]) in first
    assert ARABIC in report.html(told)  # a browser has fonts of its own


def test_a_folder_of_fonts_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(glyphs.ENVIRONMENT, "nowhere/fonts")
    with pytest.raises(ExportError, match=r"CETM_FONTS=nowhere/fonts"):
        glyphs.folders()


def test_a_pdf_is_tagged_for_screen_readers(told: report.Report) -> None:
    made = pypdf.PdfReader(io.BytesIO(report.pdf(told)))
    assert made.metadata and made.metadata.title == told.title
    assert made.root_object["/MarkInfo"]["/Marked"]
    assert str(made.root_object["/Lang"]).startswith("en")


def test_a_long_latin_word_may_break_and_a_khmer_cluster_may_not() -> None:
    assert glyphs.spelled("W" * 40, set()) == f"{'W' * 16}\u200b{'W' * 16}\u200b{'W' * 8}"
    assert glyphs.spelled(KHMER * 9, set()) == KHMER * 9


def test_equal_answers_give_equal_bytes_and_ids(
    service: Service, worst: str, told: report.Report
) -> None:
    again = report.report_of_site(service, worst)
    assert again == told
    assert report.pdf(again) == report.pdf(told)
    assert report.html(again) == report.html(told)
    other = report.report_of_site(service, worst, bundle_sha256="0" * 64)
    assert other.id != told.id
    assert "0" * 64 in "".join(texts(plain(other)))


def test_a_report_says_how_long_it_holds() -> None:
    day = date(2026, 11, 22)
    rows = [
        {"as_of": "2025-12", "stale_after_years": 1.0},
        {"as_of": "2020", "stale_after_years": 2.0},  # stale already: no day to wait for
        {"as_of": None, "stale_after_years": 1.0},
    ]
    assert rerun_after(rows, day) == date(2026, 12, 31)
    assert rerun_after(rows[1:], day) == date(2027, 11, 22)


@pytest.mark.parametrize("publish", ["public", "derived_only", "local_only"])
def test_what_a_licence_keeps_is_not_in_a_report(tmp_path: Path, publish: str) -> None:
    held = Service(a_store(tmp_path, publish), public=True)
    told = report.report_of_site(held, "register:register-7")
    everything = "\n".join(texts(plain(told)))
    assert (told.picture is None) == (publish != "public")
    for name in ("register-name", "register-holder"):
        assert (name in everything) == (publish != "local_only")
    assert NAME_WITHHELD in everything  # of the park, whatever the register's licence
    assert "parks-name" not in everything
    assert "parks-7" not in everything


def test_a_site_is_set_in_three_seconds(service: Service, worst: str) -> None:
    report.pdf(report.report_of_site(service, worst))
    begun = time.monotonic()
    report.pdf(report.report_of_site(service, worst))
    assert time.monotonic() - begun < 3.0


def test_the_command_writes_titles_drawings_and_countries(
    sample_store: Path,
    worst: str,
    drawing: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    shape = tmp_path / "shape.geojson"
    feature = {"type": "Feature", "properties": {"name": ARABIC}, "geometry": drawing}
    shape.write_text(json.dumps(feature), encoding="utf-8")
    for what, name in ((worst, "title.pdf"), (str(shape), "shape.pdf"), ("XKV", "country.html")):
        file = tmp_path / name
        arguments = ["cetm-geo", "report", what, "-o", str(file), "--store", str(sample_store)]
        monkeypatch.setattr("sys.argv", arguments)
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code == 0
        assert file.read_bytes().startswith(b"%PDF" if name.endswith("pdf") else b"<!doctype html>")
    assert "U+0645" in capsys.readouterr().err


def test_the_api_gives_the_report_that_the_command_writes(
    sample_store: Path, worst: str, told: report.Report
) -> None:
    client = create_app(sample_store, public=True).server.test_client()
    with client.get(f"/api/v1/sites/{worst}/report.pdf") as answer:
        assert answer.data == report.pdf(told)
        assert told.id in answer.headers["Content-Disposition"]
    with client.get(f"/api/v1/sites/{worst}/report.html?lang=pt") as answer:
        assert '<html lang="pt">' in answer.text
    assert client.get("/api/v1/sites/none:such/report.pdf").status_code == 404
    with client.get("/api/v1/countries/xkv/report.html?lang=es") as answer:
        assert '<html lang="es">' in answer.text
        assert "los títulos mineros según los cuatro pilares" in answer.text
        assert answer.headers["Content-Disposition"].startswith('attachment; filename="XKV-')
    assert client.get("/api/v1/countries/PHL/report.pdf").status_code == 400


def test_a_page_of_markdown_becomes_headings_tables_and_lists() -> None:
    page = """# Land

a \\*b\\*
## Titles
**Parks**

| place | n |
| --- | --- |
| A \\| B | 1 |

- one
- two"""
    title, head, sections = read_markdown(page.splitlines())
    assert (title, [block.text for block in head]) == ("Land", ["a *b*"])
    (titles,) = sections
    heading, table, bullets = titles.blocks
    assert (heading.text, bullets.items) == ("Parks", ["one", "two"])
    assert [[cell.text for cell in row] for row in table.rows] == [["A | B", "1"]]
    assert table.numbers == [1]
