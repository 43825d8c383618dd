"""Who may ask a server, and what each reader's proposals are to another."""

from __future__ import annotations

import base64
import os
import tempfile
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from cetm_geo import cli
from cetm_geo.dashboard import create_app
from cetm_geo.errors import CetmError, ProposalMissing
from cetm_geo.web import shared
from cetm_geo.web.access import Access, access_of
from cetm_geo.web.proposals import Proposals, folder_of
from tests.test_proposals import CONTENT

TOKEN = "a-token-of-24-characters"
HEADER = "X-Forwarded-User"


def basic(name: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@pytest.fixture(scope="module")
def with_token(sample_store: Path, tmp_path_factory: pytest.TempPathFactory) -> FlaskClient:
    file = tmp_path_factory.mktemp("access") / "token"
    file.write_text(f"{TOKEN}\n")
    return create_app(sample_store, access=access_of(file)).server.test_client()


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (None, 401),
        (f"Bearer {TOKEN}", 200),
        (f"bearer {TOKEN}", 200),
        (basic("any name", TOKEN), 200),
        (basic(TOKEN, ""), 401),
        (f"Bearer {TOKEN}x", 401),
        (f"Bearer {TOKEN[:-1]}", 401),
        ("Bearer", 401),
        ("Bearer ", 401),
        (basic("", "") + "=", 401),
        ("Basic %%%", 401),
        (f"Token {TOKEN}", 401),
        ("Bearer tökén-of-24-characters", 401),
    ],
)
def test_only_who_knows_the_token_is_answered(
    with_token: FlaskClient, authorization: str | None, status: int
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    for path in ("/", "/api/v1/health", "/api/collections", "/vendor/maplibre-gl.css", "/feed"):
        with with_token.get(path, headers=headers) as answer:
            assert answer.status_code == status, path
        assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_a_watcher_needs_no_token_and_learns_nothing_of_the_data(with_token: FlaskClient) -> None:
    assert with_token.get("/healthz").get_data() == b"ok\n"
    assert with_token.get("/readyz").get_data() == b"ready\n"
    assert with_token.get("/healthz/").status_code == 401
    assert with_token.get("//healthz").status_code in (308, 401)


def test_no_cache_on_the_way_may_keep_what_is_answered_to_who_knows_the_token(
    with_token: FlaskClient,
) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    generation = with_token.get("/api/v1/health", headers=headers).json["generation"]
    tile = f"/tiles/{generation}/mining_cadastre/0/0/0.mvt"
    for path in (tile, "/vendor/maplibre-gl.css", "/api/collections"):
        with with_token.get(path, headers=headers) as answer:
            assert answer.status_code == 200, path
            assert "public" not in answer.headers["Cache-Control"]


def test_every_route_is_behind_the_token_but_those_of_a_watcher(with_token: FlaskClient) -> None:
    open_ = set()
    for rule in with_token.application.url_map.iter_rules():
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "1")
        method = next(iter(sorted(rule.methods or {"GET"})))
        if with_token.open(path, method=method).status_code != 401:
            open_.add(rule.rule)
    assert open_ == {"/healthz", "/readyz"}


@pytest.mark.parametrize("content", ["", "short", "with a space in the midst of", "é" * 20])
def test_a_token_that_protects_nothing_is_refused_before_anything_is_served(
    tmp_path: Path, content: str
) -> None:
    file = tmp_path / "token"
    file.write_text(content)
    with pytest.raises(CetmError, match="at least 16"):
        access_of(file)
    with pytest.raises(CetmError, match="cannot be read"):
        access_of(tmp_path / "none")


@pytest.mark.parametrize(
    ("header", "proxies"), [("X User", ""), ("", "10.0.0.1"), (HEADER, "10.0.0"), ("a\nb", "")]
)
def test_a_proxy_that_is_badly_named_is_refused(header: str, proxies: str) -> None:
    with pytest.raises(CetmError):
        access_of(None, header, proxies)


@pytest.fixture(scope="module")
def behind_proxy(sample_store: Path) -> FlaskClient:
    access = access_of(None, HEADER, "10.1.0.0/16, 10.2.0.1")
    return create_app(sample_store, access=access).server.test_client()


@pytest.mark.parametrize(
    ("peer", "names", "status"),
    [
        ("10.1.2.3", ["ana"], 200),
        ("10.1.2.3", [], 401),
        ("10.1.2.3", [" "], 401),
        ("10.1.2.3", ["ana", "ben"], 401),  # who adds a header does not become another
        ("10.1.2.3", ["a" * 300], 401),
        ("10.9.2.3", ["ana"], 403),
        ("127.0.0.1", ["ana"], 403),
    ],
)
def test_a_reader_is_who_the_named_proxy_says(
    behind_proxy: FlaskClient, peer: str, names: list[str], status: int
) -> None:
    asked: Any = {"REMOTE_ADDR": peer}
    headers = [(HEADER, name) for name in names]
    answer = behind_proxy.get("/api/v1/health", headers=headers, environ_base=asked)
    assert answer.status_code == status


def test_a_reader_finds_no_proposal_of_another(sample_store: Path, tmp_path: Path) -> None:
    access = access_of(None, HEADER)
    app = create_app(sample_store, proposals=tmp_path, access=access)
    client = app.server.test_client()
    ana, ben = ({HEADER: name} for name in ("ana", "ben"))
    ring = [[27.0, -12.0], [27.1, -12.0], [27.1, -11.9], [27.0, -11.9], [27.0, -12.0]]
    kept = client.post(
        "/api/v1/proposals",
        json={"name": "Ridge", "geometry": {"type": "Polygon", "coordinates": [ring]}},
        headers=ana,
    )
    assert kept.status_code == 201, kept.get_data()
    name = kept.json["proposal_id"]
    address = f"/api/v1/proposals/{name}"
    assert client.get(address, headers=ana).status_code == 200
    assert len(client.get("/api/v1/proposals", headers=ana).json["proposals"]) == 1
    assert client.get("/api/v1/proposals", headers=ben).json["proposals"] == []
    for rule in app.server.url_map.iter_rules():
        if "/proposals/<" in rule.rule:
            path = rule.rule.replace("<proposal_id>", name).replace("<form>", "geojson")
            for method in sorted((rule.methods or set()) - {"OPTIONS", "HEAD"}):
                body = {"revision": 1, "rule_id": "x", "reason": "y", "name": "z"}
                answer = client.open(path, method=method, json=body, headers=ben)
                assert answer.status_code in (400, 404), (path, method)
    assert client.get(address, headers=ana).json["revision"] == 1
    assert "ana" not in str([path.relative_to(tmp_path) for path in tmp_path.rglob("*")])


def test_what_is_forgotten_is_gone_whoever_kept_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = Proposals(tmp_path).add(CONTENT)["proposal_id"]
    own = Proposals(tmp_path / folder_of("ana")).add(CONTENT)["proposal_id"]
    for name in (own, shared):
        cli.app(["forget", name, "--proposals", str(tmp_path)], standalone_mode=False)
        assert name in capsys.readouterr().out
        with pytest.raises(ProposalMissing):
            cli.app(["forget", name, "--proposals", str(tmp_path)], standalone_mode=False)
    assert not list(tmp_path.rglob("*.json"))
    with pytest.raises(ProposalMissing):
        cli.app(["forget", "../x", "--proposals", str(tmp_path)], standalone_mode=False)


def test_all_may_ask_where_nothing_is_set(sample_store: Path) -> None:
    client = create_app(sample_store, access=Access()).server.test_client()
    assert client.get("/api/v1/health").status_code == 200


@pytest.mark.parametrize("kind", ["link", "open to all", "file"])
def test_what_another_user_has_put_into_the_folder_of_temporary_files_is_not_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    own = tmp_path / f"cetm-geo-{os.getuid()}"
    own.mkdir(mode=0o755)
    assert shared.folder_of("screenings") == own / "screenings"
    assert own.stat().st_mode & 0o077 == 0
    own.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    if kind == "link":
        own.symlink_to(tmp_path / "elsewhere")
    elif kind == "file":
        own.write_text("")
    else:
        own.mkdir()
        own.chmod(0o777)
    found = shared.folder_of("screenings")
    assert found.parent != own
    assert not found.parent.exists()
