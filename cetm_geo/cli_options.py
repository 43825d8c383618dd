"""Options that several commands take, with their help."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from cetm_geo import store
from cetm_geo.model import Stage
from cetm_geo.model.rules import Method

StoreOption = Annotated[
    Path | None,
    typer.Option(
        "--store",
        help="Folder of the store. [default: $CETM_STORE, else ./store]",
        show_default=False,
    ),
]
LayersOption = Annotated[Path, typer.Option("--layers", help="Folder with one TOML file a layer.")]
DataOption = Annotated[Path, typer.Option("--data", help="Folder the sources' paths start from.")]
RulesOption = Annotated[
    Path | None,
    typer.Option(
        "--rules",
        help="Folder of the rules. [default: those the program carries]",
        show_default=False,
    ),
]
AsOfOption = Annotated[
    datetime | None,
    typer.Option(
        "--as-of",
        formats=["%Y-%m-%d"],
        help="The day to screen for. [default: today]",
        show_default=False,
    ),
]
OutputOption = Annotated[Path, typer.Option("--output", "-o", help="File to write.")]
HostOption = Annotated[
    str,
    typer.Option(
        help="Address to serve on. Any but a loopback address withholds what the "
        "layers' licences do not let leave this machine."
    ),
]
PublicOption = Annotated[
    bool | None,
    typer.Option(
        "--public/--local",
        envvar="CETM_PUBLIC",
        help="Withhold what licences keep on this machine, as behind a proxy, or show all. "
        "[default: --public unless --host is a loopback address]",
        show_default=False,
    ),
]
BasemapOption = Annotated[
    str,
    typer.Option(
        "--basemap",
        envvar="CETM_BASEMAP",
        help="What lies under the map: a PMTiles file, or the https:// address of a style, which "
        "browsers then ask of that host. [default: the world's outline alone]",
        show_default=False,
    ),
]
ProposalsOption = Annotated[
    Path | None,
    typer.Option(
        "--proposals",
        envvar="CETM_PROPOSALS",
        help="Folder in which readers of the page keep proposals, for all who reach the page to "
        "open, change and delete. [default: nothing is kept]",
        show_default=False,
    ),
]
TokenOption = Annotated[
    Path | None,
    typer.Option(
        "--token-file",
        envvar="CETM_TOKEN_FILE",
        help="File with a token that every request must know: the password of HTTP Basic, or a "
        "Bearer token. [default: none is asked for]",
        show_default=False,
    ),
]
ReaderHeaderOption = Annotated[
    str,
    typer.Option(
        "--reader-header",
        envvar="CETM_READER_HEADER",
        help="Header in which a proxy names who has signed in, as X-Forwarded-User; then each "
        "reader's proposals are apart, and who has no name is refused. [default: none]",
        show_default=False,
    ),
]
ProxiesOption = Annotated[
    str,
    typer.Option(
        "--proxies",
        envvar="CETM_PROXIES",
        help="Addresses or networks of that proxy, parted by commas. [default: this machine]",
        show_default=False,
    ),
]
MetricsOption = Annotated[
    int | None,
    typer.Option(
        "--metrics-port",
        envvar="CETM_METRICS_PORT",
        min=1,
        max=65535,
        help="Port on 127.0.0.1 for the numbers that Prometheus reads. [default: none]",
        show_default=False,
    ),
]
LogJsonOption = Annotated[
    bool,
    typer.Option(
        "--log-json",
        envvar="CETM_LOG_JSON",
        help="Log every request and error as a line of JSON on standard error.",
    ),
]
MineralOption = Annotated[
    list[str] | None,
    typer.Option(
        "--mineral",
        help="What the polygons are for, by the rulebook's id, as cobalt; may be given again. "
        "[default: not said]",
        show_default=False,
    ),
]
MethodOption = Annotated[
    Method | None,
    typer.Option(
        "--method", help="How it would be got out. [default: not said]", show_default=False
    ),
]
StageOption = Annotated[
    Stage | None,
    typer.Option(
        "--stage", help="What the title would be for. [default: not said]", show_default=False
    ),
]
WhereOption = Annotated[
    str,
    typer.Option(
        "--where",
        help="Only the titles that these words of the page's address find, as "
        "'tier=critical,high&list=un'. [default: all]",
        show_default=False,
    ),
]
PortOption = Annotated[int, typer.Option(min=1, max=65535, help="Port to serve on.")]


def store_at(given: Path | None) -> Path:
    """The folder of the store a command was given, or the one it uses without."""
    return given or store.default_folder()
