"""A wall round a process's files, by Landlock (Linux 5.13): what it may read and write.

Constants are those of <linux/landlock.h>. The wall holds for the thread that builds it and for what
that begins, and nothing takes it down.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from cetm_geo import resources

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on x86-64 and ARM64
_ASK_VERSION, _PATH_BENEATH = 1, 1
_PR_SET_NO_NEW_PRIVS = 38
_EXECUTE, _READ_FILE, _READ_FOLDER = 1 << 0, 1 << 2, 1 << 3
_READ = _EXECUTE | _READ_FILE | _READ_FOLDER
_OF_FILES = _EXECUTE | 1 << 1 | _READ_FILE | 1 << 14 | 1 << 15  # what a rule of no folder may hold
# Bits of access to files that each version knows: those it does not know it refuses to hear of.
_KNOWN = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_TCP = 0b11  # to bind and to connect, from version 4 on; no rule allows either
# What an interpreter and its libraries look at while they run.
_OF_THE_SYSTEM = (
    "/usr", "/lib", "/lib64", "/etc/ld.so.cache", "/etc/localtime", "/etc/mime.types",
    "/proc", "/sys/devices/system/cpu", "/dev/null", "/dev/urandom",
)  # fmt: skip


def version() -> int:
    """The kernel's version of Landlock, 0 where it has none or it is off."""
    if sys.platform != "linux":
        return 0
    libc = ctypes.CDLL(None, use_errno=True)
    return max(int(libc.syscall(_CREATE_RULESET, None, 0, _ASK_VERSION)), 0)


def wall(folder: Path) -> bool:
    """From now on this process reads its program and `folder`, and writes into `folder` alone.

    False where the system has no such wall: nothing has changed then.
    """
    known = version()
    if not known:
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    every = (1 << _KNOWN[min(known, max(_KNOWN))]) - 1
    asked = struct.pack("QQ", every, _TCP) if known >= 4 else struct.pack("Q", every)
    rules = libc.syscall(_CREATE_RULESET, asked, len(asked), 0)
    if rules < 0:
        return False
    try:
        _allow(libc, rules, _program(), _READ)
        _allow(libc, rules, [folder], every)
        return forgo_privileges(libc) and bool(libc.syscall(_RESTRICT_SELF, rules, 0) == 0)
    finally:
        os.close(rules)


def forgo_privileges(libc: ctypes.CDLL) -> bool:
    """No program that this process starts has more rights than it; the kernel asks for this before
    it takes walls and filters from anybody."""
    return bool(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0)


def _program() -> list[Path]:
    """Where this interpreter, its libraries, their data and this package lie.

    Not all of `sys.path`: the folder that a server was started in may be on it, with its data.
    """
    own = [sys.prefix, sys.base_prefix, sys.exec_prefix, sys.base_exec_prefix]
    packages = [name for name in sys.path if name and (Path(name) / "numpy").is_dir()]
    data = [os.environ.get(name, "") for name in ("PROJ_DATA", "PROJ_LIB", "GDAL_DATA")]
    libraries = os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)
    here = [str(Path(__file__).parent), str(resources.folder("layers"))]
    named = dict.fromkeys([*own, *packages, *here, *data, *libraries, *_OF_THE_SYSTEM])
    return [Path(name) for name in named if name not in ("", "/")]


def _allow(libc: ctypes.CDLL, rules: int, paths: Iterable[Path], access: int) -> None:
    for path in paths:
        with contextlib.suppress(OSError):  # it is not there
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            try:
                allowed = access if path.is_dir() else access & _OF_FILES
                rule = struct.pack("=Qi", allowed, handle)
                libc.syscall(_ADD_RULE, rules, _PATH_BENEATH, rule, 0)
            finally:
                os.close(handle)
