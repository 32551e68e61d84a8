"""`python -m tests.nursery <file descriptor>`: one connection there is one program. Ends with its standard input."""

from __future__ import annotations

import ctypes
import gc
import json
import os
import select
import signal
import socket
import sys
import traceback
from typing import Any, NoReturn

from rallypoint.cli import main

from .modules import warm
from .rehearsal import rehearse
from .statements import share_compiled

_DIE_WITH_PARENT = 1


def serve(listener: socket.socket) -> None:
    alive: dict[int, socket.socket] = {}
    asleep, awake = os.pipe()
    os.set_blocking(awake, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(awake)
    while True:
        readable, _, _ = select.select([0, listener.fileno(), asleep], [], [])
        if 0 in readable:
            return
        if asleep in readable:
            os.read(asleep, 4096)
            _bury(alive)
        if listener.fileno() in readable:
            line, _ = listener.accept()
            said, fds, _, _ = socket.recv_fds(line, 1 << 20, 2)
            pid = os.fork()
            if pid == 0:
                _live(json.loads(said), *fds)
            for each in fds:
                os.close(each)
            alive[pid] = line
            line.send(str(pid).encode())


def _bury(alive: dict[int, socket.socket]) -> None:
    while alive:
        pid, status = os.waitpid(-1, os.WNOHANG)
        if pid == 0:
            return
        line = alive.pop(pid)
        line.send(str(os.waitstatus_to_exitcode(status)).encode())
        line.close()


def _live(wanted: dict[str, Any], out: int, err: int) -> NoReturn:
    """The child: from here on it is `rallypoint` as anybody starts it."""
    code = 70
    try:
        ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.closerange(3, 256)
        os.chdir(wanted["cwd"])
        os.environ.clear()
        os.environ.update(wanted["env"])
        sys.argv = ["rallypoint", *wanted["args"]]
        code = _run()
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _run() -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


if __name__ == "__main__":
    warm()
    share_compiled()
    rehearse()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(sys.argv[1])) as listening:
        serve(listening)
