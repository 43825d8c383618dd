"""The proxy of docs/operations.md as it stands there, run before a server of its own."""

from __future__ import annotations

import base64
import gzip
import http.client
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import toy
from tests.trusting import FEW, build, free_port, served, wait_for

ROOT = Path(__file__).resolve().parents[1]
NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin")
HEADER = "X-Forwarded-User"
NAME = "map.example.org"
READERS = ("ana", "ben")
MB = 1 << 20
RING = [[*map(list, toy.block(1, 0, 9, 3).exterior.coords)]]
PROPOSAL = {"name": "Ridge", "geometry": {"type": "Polygon", "coordinates": RING}}


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Door:
    """An address to ask: a server block of nginx, or (without a certificate) the server itself."""

    port: int
    certificate: Path | None = None

    def ask(
        self, method: str, path: str, body: Any = None, *, user: str = "", source: str = "",
        headers: tuple[tuple[str, str], ...] = (), length: int | None = None,
    ) -> Answer:  # fmt: skip
        """length: told in place of a body, which is then not sent."""
        place: Any = {"timeout": 60, "source_address": (source, 0) if source else None}
        link: http.client.HTTPConnection
        if self.certificate is None:
            link = http.client.HTTPConnection("127.0.0.1", self.port, **place)
        else:
            trusting = ssl.create_default_context(cafile=self.certificate)
            link = http.client.HTTPSConnection("127.0.0.1", self.port, context=trusting, **place)
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        told = [("Host", NAME), *headers]
        if user:
            word = base64.b64encode(f"{user}:word of {user}".encode()).decode()
            told.append(("Authorization", f"Basic {word}"))
        if content is not None or length is not None:
            told.append(("Content-Length", str(len(content or b"") if length is None else length)))
            if not any(name == "Content-Type" for name, _ in headers):
                told.append(("Content-Type", "application/json"))
        link.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in told:
            link.putheader(name, value)
        link.endheaders(content)
        try:
            answer = link.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read())
        finally:
            link.close()


@dataclass(frozen=True)
class Site:
    """The documented server blocks, one for all and one by readers, and what they stand before."""

    for_all: Door
    by_reader: Door
    itself: Door
    generation: str


def documented() -> list[str]:
    """The server blocks of nginx in the documentation."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    return re.findall(r"```nginx\n(.*?)```", text, re.DOTALL)


def put_at(folder: Path, block: str, port: int, server: int) -> str:
    """A block with the ports and paths of a test, and nothing else changed."""
    changes = {
        r"listen 443 ssl;": f"listen 127.0.0.1:{port} ssl;",
        r"127\.0\.0\.1:8050;": f"127.0.0.1:{server};",
        r"/etc/(ssl|nginx)/": f"{folder}/",
    }
    for old, new in changes.items():
        block, found = re.subn(old, new, block)
        assert found, old
    return block


def make_certificate(folder: Path) -> Path:
    if shutil.which("openssl") is None:
        pytest.skip("no openssl to make a certificate with")
    file, key = folder / f"{NAME}.pem", folder / f"{NAME}.key"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", key, "-out", file],
        check=True, capture_output=True,
    )  # fmt: skip
    return file


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if NGINX is None:
        pytest.skip("no nginx on this machine")
    folder = tmp_path_factory.mktemp("proxy")
    certificate = make_certificate(folder)
    lines = [f"{name}:{{PLAIN}}word of {name}\n" for name in READERS]
    (folder / "cetm-geo.htpasswd").write_text("".join(lines))
    generation = build(folder / "store", FEW)
    words = ["--public", "--reader-header", HEADER, "--proxies", "127.0.0.1"]
    words += ["--proposals", str(folder / "proposals")]
    with served(folder / "store", words=words) as (url, _):
        server = int(url.rstrip("/").rpartition(":")[2])
        ports = [free_port() for _ in documented()]
        blocks = [put_at(folder, block, port, server)
                  for block, port in zip(documented(), ports, strict=True)]  # fmt: skip
        temporary = [f"{kind}_temp_path {folder}/{kind};"
                     for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]  # fmt: skip
        http_part = "\n".join(["access_log off;", *temporary, *blocks])
        # Its workers would be another user, to whom a test's folder is closed.
        user = "user root root;" if os.geteuid() == 0 else ""
        (folder / "nginx.conf").write_text(
            f"{user} daemon off; pid {folder}/pid; events {{}}\nhttp {{\n{http_part}\n}}\n"
        )
        log = str(folder / "error.log")
        command = [NGINX, "-p", str(folder), "-e", log, "-c", str(folder / "nginx.conf")]
        proxy = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            for port in ports:
                wait_for(
                    "nginx listens", lambda port=port: proxy.poll() is not None or listens(port)
                )
            assert proxy.poll() is None, (folder / "error.log").read_text()
            for_all, by_reader = (Door(port, certificate) for port in ports)
            yield Site(for_all, by_reader, Door(server), generation)
        finally:
            proxy.terminate()
            proxy.wait(20)


def test_pages_and_tiles_go_through_the_proxy_packed_and_are_not_sent_twice(site: Site) -> None:
    page = site.by_reader.ask("GET", "/", user="ana")
    assert (page.status, b"CETM" in page.body) == (200, True)
    assert "Content-Security-Policy" in page.headers

    tile = f"/tiles/{site.generation}/parks/7/64/63.mvt"
    through, direct = (
        site.by_reader.ask("GET", tile, user="ana"),
        site.itself.ask("GET", tile, headers=((HEADER, "ana"),)),
    )
    assert through.headers["Content-Encoding"] == "gzip"
    assert {"private", "immutable"} < set(through.headers["Cache-Control"].split(", "))
    assert b"parks" in gzip.decompress(through.body)
    assert through.body == direct.body

    path, packed = "/api/collections", ("Accept-Encoding", "gzip")
    plain = site.by_reader.ask("GET", path, user="ana")
    found = site.by_reader.ask("GET", path, user="ana", headers=(packed,))
    assert "Content-Encoding" not in plain.headers
    assert found.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(found.body) == plain.body
    known = ("If-None-Match", found.headers["ETag"])
    again = site.by_reader.ask("GET", path, user="ana", headers=(packed, known))
    assert (again.status, again.body) == (304, b"")


def test_links_in_answers_are_of_the_proxy_s_name_and_scheme(site: Site) -> None:
    links = site.by_reader.ask("GET", "/api", user="ana").json()["links"]
    assert {link["href"].partition("/api")[0] for link in links} == {f"https://{NAME}"}


def test_who_names_himself_to_the_proxy_stays_who_signed_in_or_nobody(site: Site) -> None:
    kept = site.by_reader.ask("POST", "/api/v1/proposals", PROPOSAL, user="ben")
    path = f"/api/v1/proposals/{kept.json()['proposal_id']}"
    assert (kept.status, site.by_reader.ask("GET", path, user="ben").status) == (201, 200)
    # The last is the same to a program that is told its headers as variables.
    for given in (HEADER, HEADER.lower(), HEADER.replace("-", "_")):
        as_ben = ((given, "ben"),)
        assert site.by_reader.ask("GET", path, user="ana", headers=as_ben).status == 404, given
        assert site.by_reader.ask("GET", path, headers=as_ben).status == 401, given
        assert site.for_all.ask("GET", path, headers=as_ben).status == 401, given
        twice = (*as_ben, (given, "ben"))
        assert site.by_reader.ask("GET", path, user="ana", headers=twice).status == 404, given


def test_the_server_itself_answers_no_one_but_the_proxy_s_address(site: Site) -> None:
    as_ana = ((HEADER, "ana"),)
    assert site.itself.ask("GET", "/", source="127.0.0.2", headers=as_ana).status == 403
    assert site.itself.ask("GET", "/healthz", source="127.0.0.2").status == 200
    assert site.itself.ask("GET", "/").status == 401  # the address of the proxy, and no name
    underscored = ((HEADER.replace("-", "_"), "ana"),)
    assert site.itself.ask("GET", "/", headers=underscored).status == 401
    far = (("X-Forwarded-For", "127.0.0.1"), *as_ana)
    assert site.itself.ask("GET", "/", source="127.0.0.2", headers=far).status == 403


def test_two_readers_find_their_own_proposals_alone(site: Site) -> None:
    kept = {
        name: site.by_reader.ask("POST", "/api/v1/proposals", PROPOSAL, user=name).json()
        for name in READERS
    }
    own = {name: f"/api/v1/proposals/{told['proposal_id']}" for name, told in kept.items()}
    for name, other in (READERS, READERS[::-1]):
        listed = site.by_reader.ask("GET", "/api/v1/proposals", user=name).body.decode()
        assert kept[name]["proposal_id"] in listed
        assert kept[other]["proposal_id"] not in listed
        for method in ("GET", "DELETE"):
            assert site.by_reader.ask(method, own[other], user=name).status == 404
        assert site.by_reader.ask("GET", own[name], user=name).status == 200


def test_a_body_that_is_too_large_is_a_413_from_whoever_refuses_it(site: Site) -> None:
    screening = site.by_reader.ask("POST", "/api/v1/screen", b" " * (2 * MB + 1), user="ana")
    assert (screening.status, "error" in screening.json()) == (413, True)

    def given(size: int) -> Answer:
        head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.geojson"\r\n\r\n'
        form = ("Content-Type", "multipart/form-data; boundary=x")
        body = head + b" " * size + b"\r\n--x--\r\n"
        return site.by_reader.ask("POST", "/api/v1/shape", body, user="ana", headers=(form,))

    too_large = given(10 * MB + 1)
    assert (too_large.status, "10" in too_large.json()["error"]["what"]) == (413, True)
    assert given(10 * MB).status == 422  # reaches the program, which finds no shape in it
    by_nginx = site.by_reader.ask("POST", "/api/v1/shape", user="ana", length=12 * MB + 1)
    assert (by_nginx.status, b"nginx" in by_nginx.body) == (413, True)
