"""A process that reads what a stranger gave: it ends in time, stays small and reaches no network.

The process confines itself; nothing here can be undone by it. Sockets and other programs are barred
by a filter of system calls (Linux on x86-64 and ARM64); elsewhere `confine` says that they are not.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import platform
import resource
import signal
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

from cetm_geo.walled import forgo_privileges, wall

_PR_SET_PDEATHSIG = 1
_SET_MODE_FILTER, _FILTER_OF_ALL_THREADS = 1, 1
_LOAD, _JUMP_IF_EQUAL, _JUMP_IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000 | 13, 0x80000000  # 13: EACCES
_X32 = 0x40000000  # from here on, the same calls of x86-64 under other numbers
# Per machine: its number, that of seccomp, and of socket, execve, execveat, ptrace, io_uring_setup.
_MACHINES = {
    "x86_64": (0xC000003E, 317, (41, 59, 322, 101, 425)),
    "aarch64": (0xC00000B7, 277, (198, 221, 281, 117, 425)),
}


@dataclass(frozen=True)
class Allowance:
    """What a process may use from now on.

    memory_bytes: of address space, more than it has. processor_s, wall_s: seconds, from now.
    file_bytes: of any file it writes.
    """

    memory_bytes: int
    processor_s: float
    wall_s: float
    file_bytes: int


def confine(allowed: Allowance, folder: Path | None = None) -> bool:
    """Confine this process for good; True if it can open no socket and start no program.

    folder: where the system lets it be said (`walled.wall`), it reads no other file but those of
    its program, and writes no other. Beyond its time it is ended by SIGXCPU or SIGALRM, whatever
    library it is in.
    """
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, allowed.wall_s)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_FSIZE, allowed.file_bytes)
    processor_s = max(1, math.ceil(_processor_s() + allowed.processor_s))
    _limit(resource.RLIMIT_CPU, processor_s, grace=2)
    held = _address_space()
    if held is not None:
        _limit(resource.RLIMIT_AS, held + allowed.memory_bytes)
    if folder is not None:
        wall(folder)
    return _filtered() if sys.platform == "linux" else False


def _limit(which: int, value: int, grace: int = 0) -> None:
    """Beyond `value` a signal is sent that says why, beyond the grace one that no one ignores."""
    with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
        resource.setrlimit(which, (value, value + grace))


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _address_space() -> int | None:
    """Bytes of address space in use; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")


def die_with_parent() -> None:
    """End this process when the one that started it ends (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGKILL), 0, 0, 0)


def _filtered() -> bool:
    """Put the filter on all threads; False where the system has none."""
    known = _MACHINES.get(platform.machine())
    if known is None:
        return False
    machine, seccomp, barred = known
    code = ctypes.create_string_buffer(_program(machine, barred))
    head = struct.pack("HxxxxxxP", (len(code) - 1) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    if not forgo_privileges(libc):
        return False
    done = libc.syscall(seccomp, _SET_MODE_FILTER, _FILTER_OF_ALL_THREADS, head)
    return bool(done == 0)


def _program(machine: int, barred: tuple[int, ...]) -> bytes:
    """The filter, for the kernel's own interpreter: 8 bytes a step (code, two jumps, a number)."""
    refuse_at = 4 + len(barred) + 1
    steps = [
        (_LOAD, 0, 0, 4),  # the machine
        (_JUMP_IF_EQUAL, 0, refuse_at + 1 - 2, machine),
        (_LOAD, 0, 0, 0),  # the call
        (_JUMP_IF_AT_LEAST, refuse_at - 4, 0, _X32),
        *((_JUMP_IF_EQUAL, refuse_at - 5 - i, 0, call) for i, call in enumerate(barred)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
        (_RETURN, 0, 0, _KILL),
    ]
    return b"".join(struct.pack("HBBI", *step) for step in steps)
