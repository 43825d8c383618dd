"""Catalogues agree with the code, translations with their texts, and no text is left unmarked."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask import Flask

from cetm_geo import catalogues, language, resources, words
from cetm_geo.web.speaking import speak_to_readers

PACKAGE = Path(language.__file__).parent
PAGE = sorted((PACKAGE / "dashboard").rglob("*.py"))
MARKS = {"_", "N_", "ngettext", "counted"}
# Arguments that hold no text for a reader.
QUIET = {"className", "id", "style", "href", "rel", "type", "variant", "role", "mimetype"}
QUIET_CALLS = {
    "Output", "Input", "State", "error", "warning", "exception", "getLogger", "compile",
}  # fmt: skip
# What reads like a text and is none, or is the same in every language.
NOT_SAID = {
    "English", "Français", "Español", "Português",  # each by its own name
    "Feature", "Polygon", "Natural Earth", "SHA-256", "Tree", "Input", "Div", "Markdown",
    "Source Sans 3, sans-serif", "ink hatched", "proposal-body measuring",
    "0 or 1",  # a unit of indicators
    "the data cover", "where the data", "no layer", "the raster reaches",  # how notes begin
}  # fmt: skip
WORD = re.compile(r"[A-Za-zÀ-ÿ]{2,}")
SYMBOL = re.compile(r"[\w\-.:/#?=&%*+\[\]()@^$|,{}<>!\"]+")


@pytest.fixture(scope="module")
def template() -> Catalog:
    return catalogues.extracted()


def reads_like_a_text(text: str) -> bool:
    """True for what has words, and is no identifier, path, selector, class, markup or pattern."""
    text = re.sub(r"%\{[^}]*\}|<[^>]*>|sans-serif|px\b", "", text).strip()
    if not WORD.search(text) or set(text.split()) <= classes():
        return False
    return not SYMBOL.fullmatch(text) or bool(re.fullmatch(r"[A-Z][a-zà-ÿ]+", text))


@cache
def classes() -> set[str]:
    """Every class that a style sheet of the page names."""
    sheets = resources.folder("assets").rglob("*.css")
    return {name for s in sheets for name in re.findall(r"\.([a-z][\w-]*)", s.read_text())}


def name_of(call: ast.Call) -> str:
    said = call.func
    return said.id if isinstance(said, ast.Name) else getattr(said, "attr", "")


def unmarked(node: ast.AST) -> Iterator[ast.Constant]:
    """Constants that read like texts and are in no call that marks or silences them."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return  # a docstring
    if isinstance(node, ast.Constant) and str(node.value).startswith("<!DOCTYPE"):
        return
    if isinstance(node, ast.JoinedStr) and "<html" in ast.unparse(node):
        return
    if isinstance(node, ast.Call) and name_of(node) in MARKS | QUIET_CALLS:
        return
    if isinstance(node, ast.Raise) or (isinstance(node, ast.keyword) and node.arg in QUIET):
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        if reads_like_a_text(node.value) and node.value.strip() not in NOT_SAID:
            yield node
        return
    for child in ast.iter_child_nodes(node):
        yield from unmarked(child)


@pytest.mark.parametrize("path", PAGE, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_text_of_the_page_is_left_in_english(path: Path) -> None:
    found = unmarked(ast.parse(path.read_text(encoding="utf-8")))
    assert [f"line {text.lineno}: {text.value}" for text in found] == []


def literal_in(call: ast.Call) -> bool:
    return any(isinstance(arg, ast.Constant) for arg in call.args)


def test_a_marked_text_is_a_literal_that_extraction_can_read() -> None:
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and name_of(node) in MARKS:
                filled = [arg.lineno for arg in node.args if isinstance(arg, ast.JoinedStr)]
                assert not filled, f"{path}: an f-string is filled in before it is looked up"
            if isinstance(node, ast.JoinedStr):
                # Before Python 3.12 extraction does not see into it.
                calls = [x for x in ast.walk(node) if isinstance(x, ast.Call)]
                marked = [x.lineno for x in calls if name_of(x) in MARKS and literal_in(x)]
                assert not marked, f"{path}: {marked}: a text within an f-string is not extracted"


def test_no_script_of_the_page_holds_a_text_of_its_own() -> None:
    literal = re.compile(r"""(['"`])((?:(?!\1)[^\\\n]|\\.)*)\1""")
    drawn = re.compile(r"(?:textContent|innerText|ariaLabel|title|placeholder)\s*=\s*$")
    labelled = re.compile(r"'(?:aria-label|title|alt|placeholder)',\s*$")
    for path in resources.folder("assets").rglob("*.*js"):
        code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
        for found in literal.finditer(code):
            before = code[max(0, found.start() - 40) : found.start()]
            if drawn.search(before) or labelled.search(before):
                text = re.sub(r"\$\{[^}]*\}", "", found[2])
                assert not WORD.search(text), f"{path.name}: {found[2]}"


def test_the_template_is_what_the_code_marks(template: Catalog) -> None:
    kept = catalogues.TEMPLATE.read_text(encoding="utf-8")
    assert kept == catalogues.written(template), "run python -m cetm_geo.catalogues"


@pytest.mark.parametrize("spoken", catalogues.LANGUAGES)
def test_every_text_is_translated_with_the_same_placeholders(
    spoken: str, template: Catalog
) -> None:
    assert catalogues.problems_of(spoken, template) == []


def test_a_count_takes_the_form_and_the_marks_of_its_language(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "fr" / "LC_MESSAGES" / "cetm_geo.po"
    file.parent.mkdir(parents=True)
    file.write_text(
        'msgid ""\nmsgstr "Language: fr\\nPlural-Forms: nplurals=2; plural=(n > 1);\\n'
        'Content-Type: text/plain; charset=utf-8\\n"\n\n'
        'msgid "{n} title"\nmsgid_plural "{n} titles"\n'
        'msgstr[0] "{n} titre"\nmsgstr[1] "{n} titres"\n\n'
        '#, fuzzy\nmsgid "Explore"\nmsgstr "Exploiter"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(language, "FOLDER", tmp_path)
    language._catalogue.cache_clear()
    try:
        with language.speaking("fr"):
            assert words.counted("{n} title", "{n} titles", 0) == "0 titre"
            assert words.counted("{n} title", "{n} titles", 1234) == "1\u202f234 titres"
            assert words.area(81.26) == "81,26\u00a0km²"
            assert language._("Explore") == "Explore"  # nobody has read that translation
        assert words.counted("{n} title", "{n} titles", 2) == "2 titles"
    finally:
        language._catalogue.cache_clear()


@pytest.mark.parametrize(
    ("address", "cookie", "accepted", "spoken"),
    [
        ("/", None, None, "en"),
        ("/", None, "fr-CA,en;q=0.5", "fr"),
        ("/", None, "de,pt-BR;q=0.8", "pt"),
        ("/", "es", "fr", "es"),
        ("/?lang=pt", "es", "fr", "pt"),
        ("/?lang=xx", None, None, "en"),
    ],
)
def test_the_address_comes_before_the_cookie_and_that_before_what_a_browser_accepts(
    address: str, cookie: str | None, accepted: str | None, spoken: str
) -> None:
    server = Flask("speaking")
    speak_to_readers(server)
    server.add_url_rule("/", view_func=language.chosen)
    client = server.test_client()
    if cookie:
        client.set_cookie("cetm_language", cookie)
    headers = {"Accept-Language": accepted} if accepted else {}
    assert client.get(address, headers=headers).text == spoken
    assert language.chosen() == "en"
