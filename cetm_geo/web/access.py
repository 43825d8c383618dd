"""Who may ask a server: everyone, who knows its token, or whom the proxy before it names."""

from __future__ import annotations

import hmac
import ipaddress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask, Response, g, has_request_context, request

from cetm_geo.errors import CetmError, printable
from cetm_geo.web.problems import json_problem

# What a watcher of the server asks, who knows no token; it says nothing of the data.
OPEN_PATHS = frozenset({"/healthz", "/readyz"})
LEAST_TOKEN = 16  # characters: 24 random ones of base64 cannot be guessed by asking
MOST_READER = 254  # characters of a name; that of an address of e-mail
_LOOPBACK = ("127.0.0.0/8", "::1/128")
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True)
class Access:
    """Who may ask; all who reach the server where nothing is set.

    token: asked of every request, as a Bearer token or as the password of HTTP Basic.
    reader_header: in which a proxy names who has signed in; then requests without a name, or not
    from one of `proxies`, are refused.
    """

    token: str = ""
    reader_header: str = ""
    proxies: tuple[_Network, ...] = ()


def access_of(token_file: Path | None, reader_header: str = "", proxies: str = "") -> Access:
    """What an operator asked for.

    proxies: addresses or networks, parted by commas; "" is this machine alone. Raises CetmError for
    a token that cannot be read or is short, a header or a network that is none.
    """
    if reader_header and not reader_header.replace("-", "").isalnum():
        raise CetmError(
            f"{printable(reader_header)!r} is no name of a header.",
            "Name the one in which the proxy tells who has signed in, as X-Forwarded-User.",
        )
    if proxies and not reader_header:
        raise CetmError("Proxies are named, but no header.", "Give --reader-header too.")
    try:
        named = proxies.split(",") if proxies else _LOOPBACK
        networks = tuple(ipaddress.ip_network(one.strip()) for one in named)
    except ValueError as error:
        raise CetmError(f"{error}.", "Name proxies as 10.0.0.4 or 10.0.0.0/24.") from error
    return Access(_token(token_file) if token_file else "", reader_header, networks)


def _token(file: Path) -> str:
    try:
        token = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "no text"
        raise CetmError(f"{file}: the token cannot be read ({why}).", "Name its file.") from error
    if len(token) < LEAST_TOKEN or not token.isascii() or any(c.isspace() for c in token):
        raise CetmError(
            f"{file}: a token has at least {LEAST_TOKEN} ASCII characters and no spaces.",
            "Make one: python3 -c 'import secrets; print(secrets.token_urlsafe())'",
        )
    return token


def guard(server: Flask, access: Access) -> None:
    """Refuse requests that may not ask, and remember the reader's name for `reader`."""

    @server.before_request
    def refuse_strangers() -> Response | None:
        if request.path in OPEN_PATHS:
            return None
        if access.token and not _knows(access.token):
            refused = json_problem(401, "This server asks for its token.", "Ask who runs it.")
            refused.headers["WWW-Authenticate"] = 'Basic realm="CETM-Geo", charset="UTF-8"'
            return refused
        if access.reader_header:
            return _named_by_proxy(access)
        return None

    @server.after_request
    def keep_from_shared_caches(response: Response) -> Response:
        """A cache on the way may give what is `public` to who has not signed in."""
        if (access.token or access.reader_header) and response.cache_control.public:
            response.cache_control.public = False
            response.cache_control.private = True
        return response


def _knows(token: str) -> bool:
    given = request.authorization
    if given is None:
        return False
    word = {"basic": given.password, "bearer": given.token}.get(given.type)
    return hmac.compare_digest((word or "").encode(), token.encode())


def _named_by_proxy(access: Access) -> Response | None:
    try:
        peer = ipaddress.ip_address(request.remote_addr or "")
    except ValueError:
        return json_problem(403, "This server answers through its proxy alone.", "")
    if not any(peer in network for network in access.proxies):
        return json_problem(403, "This server answers through its proxy alone.", "")
    name = request.headers.get(access.reader_header, "").strip()
    # Headers that came twice are joined by a comma: one may be the proxy's, one the reader's own.
    if not name or "," in name or len(name) > MOST_READER:
        return json_problem(401, "The proxy names no reader.", "Sign in.")
    g.reader = name
    return None


def reader() -> str:
    """The name of who asks, as the proxy gave it; "" where readers are not told apart."""
    name: Any = getattr(g, "reader", "") if has_request_context() else ""
    return str(name)
