"""What the Dockerfile promises of the image, and its own steps carried out without an engine."""

from __future__ import annotations

import fnmatch
import inspect
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest

from cetm_geo import cli
from tests.test_package import copied, free_port, run

ROOT = Path(__file__).resolve().parents[1]
# Of the image alone: what they do is neither possible nor wanted on the machine of a test.
OF_THE_IMAGE = ("apt-get ", "rm -rf /var/lib/apt/", "useradd ", "install --directory ")
FOLDERS = ("src", "wheels", "data", "tmp")
PATIENCE_SECONDS = 300


@dataclass(frozen=True)
class Step:
    """One instruction, its lines joined."""

    word: str
    rest: str

    def commands(self) -> list[str]:
        """Of a RUN: what it runs one after the other."""
        return [command.strip() for command in self.rest.split("&&")]

    def words(self) -> list[str]:
        """Of a CMD in exec form: its words; raises ValueError for another form."""
        words = json.loads(self.rest.partition("CMD ")[2] or self.rest)
        assert isinstance(words, list)
        return words


def stages() -> list[list[Step]]:
    """The steps of each stage, the first of which is its FROM."""
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    whole = "\n".join(line for line in lines if not line.lstrip().startswith("#"))
    found: list[list[Step]] = []
    for line in filter(None, re.sub(r"\\\n\s*", "", whole).splitlines()):
        word, rest = line.split(maxsplit=1)
        if word == "FROM":
            found.append([])
        found[-1].append(Step(word, rest.strip()))
    return found


def of_word(word: str, steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.word == word]


def the(word: str) -> Step:
    """The one step of a word in the last stage, which is the image."""
    (step,) = of_word(word, stages()[-1])
    return step


def every_step() -> list[Step]:
    return [step for stage in stages() for step in stage]


def every_command() -> list[str]:
    return [command for step in of_word("RUN", every_step()) for command in step.commands()]


def set_in_the_image() -> dict[str, str]:
    return dict(step.rest.split("=", 1) for step in of_word("ENV", stages()[-1]))


def kept_out(name: str) -> bool:
    """Whether .dockerignore keeps a file out of what a build is given."""
    patterns = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    path = PurePosixPath(name)
    for pattern in patterns:
        if not pattern or pattern.startswith("#"):
            continue
        assert pattern[0] != "!", "not read here: patterns that take back what another kept out"
        deep = pattern.removeprefix("**/")
        for part in (path, *path.parents):
            told = [str(part), part.name] if deep != pattern else [str(part)]
            if any(fnmatch.fnmatch(one, deep) for one in told):
                return True
    return False


def test_every_base_image_is_slim_and_of_one_minor_version() -> None:
    for stage in stages():
        image = stage[0].rest.split()[0]
        assert re.fullmatch(r"[\w./-]+:\d+\.\d+(\.\d+)?-slim(-[a-z]+)?", image), image


def test_the_image_runs_as_a_user_who_is_not_root_and_owns_the_folder_of_its_data() -> None:
    steps = stages()[-1]
    user = the("USER").rest
    assert user.isdecimal()
    assert int(user) > 0
    assert steps.index(the("USER")) < steps.index(the("CMD"))
    before = [command for step in of_word("RUN", steps) for command in step.commands()]
    data = the("WORKDIR").rest
    assert f"install --directory --owner={user} --group={user} {data}" in before
    assert any(command.startswith("useradd") and f"--uid {user} " in command for command in before)


def test_nothing_is_fetched_but_by_apt_without_extras_and_by_pip_with_hashes() -> None:
    assert not of_word("ADD", every_step())
    assert not re.search(r"\b(curl|wget|git|npx?)\b", " ".join(every_command()))
    assert not [command for command in every_command() if re.search(r"\|\s*(ba)?sh\b", command)]
    for step in of_word("RUN", every_step()):
        if any(command.startswith("apt-get install") for command in step.commands()):
            assert "rm -rf /var/lib/apt/lists/*" in step.commands()  # in the same layer
            assert "--no-install-recommends" in step.rest
    installs = [command for command in every_command() if command.startswith("pip install")]
    for command in installs:
        hashed = {"--require-hashes", "--only-binary :all:"}
        built_here = command.endswith(" --no-deps /wheels/*.whl")
        assert built_here or all(option in command for option in hashed), command
        assert "--no-cache-dir" in command
    assert installs[-1] == "pip install --no-cache-dir --no-deps /wheels/*.whl"


def test_the_image_is_asked_for_its_health_and_gets_its_signals_itself() -> None:
    port = the("EXPOSE").rest
    for command in (cli.serve, cli.demo):
        assert str(inspect.signature(command).parameters["port"].default) == port
    assert f":{port}/healthz" in the("HEALTHCHECK").words()[-1]
    assert the("CMD").words()[0] == "cetm-geo"  # no shell between, which would keep a SIGTERM


def test_the_store_lies_in_a_volume() -> None:
    volume = PurePosixPath(the("VOLUME").rest)
    assert volume in PurePosixPath(set_in_the_image()["CETM_STORE"]).parents


def test_a_build_is_given_what_git_keeps_and_nothing_it_does_not() -> None:
    ignored = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    for pattern in (".git/", *ignored):
        name = pattern.strip("/").replace("*", "a") + "/file" * pattern.endswith("/")
        assert kept_out(name), name
        anywhere = "/" not in pattern.rstrip("/") and pattern != ".git/"
        assert not anywhere or kept_out(f"cetm_geo/{name}"), name
    wanted = ("pyproject.toml", "README.md", "LICENSE", "requirements/run.txt", "layers/a.toml",
              "cetm_geo/store/reading.py", "cetm_geo/web/hatch_build.py", "sample_data/a.csv",
              "cetm_geo/web/package-lock.json", "assets/app.css")  # fmt: skip
    for name in wanted:
        assert not kept_out(name), name


def test_hadolint_finds_nothing() -> None:
    hadolint = shutil.which("hadolint")
    if hadolint is None:
        pytest.skip("no hadolint on the PATH")
    run(hadolint, "--no-color", ROOT / "Dockerfile", cwd=ROOT)


# --- the steps carried out -----------------------------------------------------------------------


def put_at(folder: Path, text: str) -> str:
    """A text with the image's paths below a folder; none may be left that is the machine's."""
    moved = re.sub(rf"(?<![\w.*/-])/({'|'.join(FOLDERS)})\b", rf"{folder}/\1", text)
    others = re.findall(r"(?<![\w.*/:-])/[\w/]*", moved.replace(str(folder), ""))
    assert all(other.startswith(tuple(f"/{name}" for name in FOLDERS)) for other in others), moved
    return moved


def environment(venv: Path, **more: str) -> dict[str, str]:
    """Of a process that knows a virtual environment, what pip and npm fetch from, and no more."""
    kept = {name: value for name, value in os.environ.items()
            if name.lower().startswith(("pip_", "npm_config_", "ssl_cert", "node_extra_ca"))
            or name.lower() in ("http_proxy", "https_proxy", "no_proxy", "home")}  # fmt: skip
    return kept | {"PATH": f"{venv / 'bin'}:/usr/bin:/bin", "LANG": "C.UTF-8"} | more


def carry_out(steps: Sequence[Step], folder: Path, venv: Path) -> None:
    """COPY and RUN of a stage, below a folder."""
    cwd = folder
    variables = [f"{name}={value}" for name, value in environment(venv).items()]
    for step in steps:
        if step.word == "WORKDIR":
            cwd = Path(put_at(folder, step.rest))
            cwd.mkdir(exist_ok=True)
        elif step.word == "COPY" and step.rest == ". .":
            given = copied(folder / "given")
            for file in sorted(given.rglob("*")):
                name = file.relative_to(given)
                if file.is_file() and not kept_out(name.as_posix()):
                    (cwd / name).parent.mkdir(parents=True, exist_ok=True)
                    file.rename(cwd / name)
        elif step.word == "COPY" and not step.rest.startswith("--from"):
            source, target = step.rest.split()
            shutil.copyfile(ROOT / source, put_at(folder, target))
        elif step.word == "RUN":
            for command in step.commands():
                if not command.startswith(OF_THE_IMAGE):
                    shell = ("/bin/sh", "-ec", put_at(folder, command))
                    run("/usr/bin/env", "-i", *variables, *shell, cwd=cwd)


def state_of(*folders: Path) -> dict[str, tuple[int, int]]:
    """Sizes and times of all below folders; a file that came and went changes its folder's time."""
    return {
        str(path): (path.lstat().st_size, path.lstat().st_mtime_ns)
        for folder in folders
        for path in (folder, *folder.rglob("*"))
    }


def healthy(words: Sequence[str], variables: Mapping[str, str], cwd: Path) -> bool:
    asked = subprocess.run(words, env=variables, cwd=cwd, capture_output=True, check=False)
    return asked.returncode == 0


def elsewhere(words: Sequence[str], port: int) -> Iterator[str]:
    """The words of a command that listens, or asks, where a test may."""
    for word in words:
        yield word.replace("0.0.0.0", "127.0.0.1").replace(f":{the('EXPOSE').rest}/", f":{port}/")


@pytest.mark.long
def test_its_steps_make_an_image_that_writes_to_its_data_alone_and_stops_when_told(
    tmp_path: Path,
) -> None:
    for name in ("tmp", "home"):
        (tmp_path / name).mkdir()
    for stage, name in zip(stages(), ("build", "final"), strict=True):
        run(sys.executable, "-m", "venv", tmp_path / name, cwd=tmp_path)
        carry_out(stage, tmp_path, tmp_path / name)
    assert not (tmp_path / "wheels").exists()

    venv, data, port = tmp_path / "final", tmp_path / "data", free_port()
    own = {name: put_at(tmp_path, value) for name, value in set_in_the_image().items()}
    own |= {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path / "tmp")}
    variables = {"PATH": environment(venv)["PATH"], "LANG": "C.UTF-8"} | own
    command = [*elsewhere(the("CMD").words(), port), "--port", str(port)]
    ask = [*elsewhere(the("HEALTHCHECK").words(), port)]
    # Before the process itself: what is looked up by name is looked up in this one's PATH.
    command[0], ask[0] = (str(venv / "bin" / words[0]) for words in (command, ask))
    before = state_of(venv, tmp_path / "home", tmp_path / "src")
    assert not healthy(ask, variables, data)
    with (tmp_path / "said").open("wb") as said:
        server = subprocess.Popen(command, env=variables, cwd=data, stdout=said, stderr=said)
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while not healthy(ask, variables, data):
                assert server.poll() is None, (tmp_path / "said").read_text()
                assert time.monotonic() < until, "never healthy"
                time.sleep(1)
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                assert b"CETM" in page.read()
            server.send_signal(signal.SIGTERM)
            assert server.wait(30) == 0
        finally:
            server.kill()
            server.wait()
    assert (data / "store" / "CURRENT").is_file()
    assert [path.name for path in data.iterdir()] == ["store"]
    assert state_of(venv, tmp_path / "home", tmp_path / "src") == before
