"""The house keeps its shape: floors, one home for SQL, CRS numbers and DuckDB, honest texts."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

import cetm_geo

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "cetm_geo"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "vendor" not in p.parts)


def room_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def floors() -> dict[str, int]:
    """Room -> floor, as the package's docstring states it."""
    found = re.findall(r"^F(\d)\s+(.+)$", cetm_geo.__doc__ or "", re.MULTILINE)
    return {room: int(level) for level, rooms in found for room in rooms.split(", ")}


def imported_rooms(path: Path) -> set[str]:
    rooms: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("cetm_geo"):
            tail = (node.module or "").split(".")[1:]
            rooms |= {tail[0]} if tail else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {a.name.split(".")[1] for a in node.names if a.name.startswith("cetm_geo.")}
    return rooms


def text_constants(path: Path) -> list[str]:
    """Every text in the code that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs
    ]


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_imports_only_from_its_own_floor_or_those_below(path: Path) -> None:
    level = floors()
    room = room_of(path)
    if room in ("__init__", "__main__"):
        return
    assert room in level, f"{room} has no floor in the package's docstring"
    climbing = {r for r in imported_rooms(path) if level.get(r, -1) > level[room]}
    assert not climbing


def test_statements_stand_in_sql_files_alone_each_with_a_question() -> None:
    for path in MODULES:
        for text in text_constants(path):
            assert not re.search(r"\b(SELECT|INSERT|DELETE FROM|UPDATE)\b", text), (path, text)
    for file in sorted((PACKAGE / "sql").glob("*.sql")):
        text = file.read_text(encoding="utf-8")
        assert text.startswith("-- "), file
        assert "-- params:" in text, file
        body = re.sub(r"--.*", "", text).strip()
        assert ";" not in body.removesuffix(";"), f"{file}: one statement a file"


def test_every_statement_is_asked_by_some_module() -> None:
    code = "\n".join(p.read_text(encoding="utf-8") for p in MODULES)
    for file in (PACKAGE / "sql").glob("*.sql"):
        name = file.stem
        asked = f'"{name}"' in code or name.startswith("create_")
        assert asked, f"{file.name} is never used"


def test_only_the_store_imports_duckdb_and_only_measure_knows_crs_numbers() -> None:
    for path in MODULES:
        code = path.read_text(encoding="utf-8")
        if room_of(path) != "store":
            assert not re.search(r"^\s*(import|from) duckdb", code, re.MULTILINE), path
        if room_of(path) != "measure":
            assert not any(re.fullmatch(r"(EPSG|ESRI):\d+", t) for t in text_constants(path)), path


def test_only_the_two_faces_may_catch_everything() -> None:
    for path in MODULES:
        if room_of(path) in ("web", "dashboard", "cli"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, f"{path}:{node.lineno}"
                names = {n.id for n in ast.walk(node.type) if isinstance(n, ast.Name)}
                assert "Exception" not in names, f"{path}:{node.lineno}"


def test_nothing_that_is_tracked_names_a_registry_or_a_path_of_some_machine() -> None:
    try:
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True
        ).stdout.decode()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout")
    barred = re.compile(
        r"/(work|home|root)/\w|[p]ythonhosted\.org|[p]ypi\.org|registry\.[n]pmjs|deb\.[d]ebian"
    )
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if path == Path(__file__) or not path.is_file():
            continue
        text = path.read_bytes().decode("utf-8", "ignore")
        assert not barred.search(text), name


def test_the_architecture_page_names_every_room() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for room in floors():
        assert f"`{room}" in page, room
