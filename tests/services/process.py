"""Processes and containers that end with the tests, also when the tests are killed."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "services"


class Unavailable(Exception):
    """A service cannot be had on this machine; the text says why and what would help."""


def required() -> bool:
    """Whether a missing service is a failure (in CI) or a reason to skip (on a laptop)."""
    return any(
        os.environ.get(name, "").lower() in {"1", "true", "yes"}
        for name in ("CI", "ALERTDSL_REQUIRE_SERVICES")
    )


def free_port() -> int:
    """A loopback port that nothing listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def find_program(*names: str, folders: Sequence[str | Path] = ()) -> str | None:
    """The first of these programs that is on PATH or in one of the folders."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, folders)])
    return next((found for name in names if (found := shutil.which(name, path=path))), None)


def cache_folder() -> Path:
    """Where built servers are kept, outside any checkout."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "alertdsl"


class Process(Protocol):
    """What a fault test does to a server."""

    @property
    def pid(self) -> int | None:
        """The server's process, None where it is in a container or not running."""

    def start(self, ready: Callable[[], bool], timeout: float = 60) -> None:
        """Start it and wait until `ready`."""

    def stop(self) -> None:
        """Let it shut down in order."""

    def kill(self) -> None:
        """End it as a crash would."""

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""

    def resume(self) -> None:
        """Go on after `pause`."""

    def discard(self) -> None:
        """Stop it for good."""


# The kernel ends a child with the *thread* that started it, so one thread that lives as long as we do starts all.
_spawner = ThreadPoolExecutor(1, thread_name_prefix="spawner")
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None
_PR_SET_PDEATHSIG = 1


def _die_with_parent() -> None:
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class LocalProcess:
    """A server of ours on this machine, its output in `build/services/`."""

    def __init__(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        discard_signal: signal.Signals = signal.SIGKILL,
    ) -> None:
        self.name = name
        self.argv = list(argv)
        self.env = {**os.environ, **(env or {})}
        self.user = user
        self.stop_signal = stop_signal
        self.discard_signal = discard_signal
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        self.log = LOGS / f"{worker}-{name}.log"
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The running process, if any."""
        return self._child.pid if self._child and self._child.poll() is None else None

    def start(self, ready: Callable[[], bool], timeout: float = 60) -> None:
        """Start it and wait until `ready`; the end of its log is in the error otherwise."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self._child = _spawner.submit(self._spawn).result()
        try:
            wait_until(ready, timeout, lambda: self.pid is not None)
        except TimeoutError as error:
            self.kill()
            tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-15:])
            raise RuntimeError(f"{self.name} did not come up ({error}); {self.log}:\n{tail}") from None

    def _spawn(self) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                self.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self.env,
                user=self.user,
                start_new_session=True,  # Ctrl-C is for pytest, which then stops us in order
                preexec_fn=_die_with_parent,  # noqa: PLW1509 - one system call, no lock
            )

    def stop(self) -> None:
        """Let it shut down in order, or by force after ten seconds."""
        self._end(self.stop_signal)

    def _end(self, number: signal.Signals) -> None:
        if self._child is None:
            return
        self._signal(signal.SIGCONT)
        self._signal(number)
        try:
            self._child.wait(10)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it as a crash would."""
        self._signal(signal.SIGKILL)
        if self._child is not None:
            self._child.wait(10)

    def pause(self) -> None:
        """Freeze it: connections stay open, nothing answers."""
        self._signal(signal.SIGSTOP)
        if (pid := self.pid) is not None and hasattr(os, "waitid"):
            # The signal returns before the last thread has stopped, and that one may still answer.
            os.waitid(os.P_PID, pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def resume(self) -> None:
        """Go on after `pause`."""
        self._signal(signal.SIGCONT)

    def discard(self) -> None:
        """Stop it for good, at once: nobody needs its data any more."""
        self._end(self.discard_signal)

    def _signal(self, number: signal.Signals) -> None:
        if (pid := self.pid) is not None:
            os.killpg(pid, number)


class Container:
    """The same server from its image, where a Docker daemon answers."""

    pid: int | None = None

    def __init__(
        self,
        name: str,
        image: str,
        *,
        port: int,
        inner_port: int,
        env: Mapping[str, str],
        args: Sequence[str] = (),
    ) -> None:
        self.name = f"alertdsl-{name}-{os.getpid()}-{port}"
        options = [text for key, value in env.items() for text in ("--env", f"{key}={value}")]
        publish = f"127.0.0.1:{port}:{inner_port}"
        self._run = ["run", "--detach", "--name", self.name, "--publish", publish, *options, image, *args]
        self._made = False

    def start(self, ready: Callable[[], bool], timeout: float = 180) -> None:
        """Start it, from where it stopped if it ran before."""
        docker(*(["start", self.name] if self._made else self._run))
        self._made = True
        wait_until(ready, timeout, lambda: True)

    def stop(self) -> None:
        """Let it shut down in order, its data kept."""
        docker("stop", self.name)

    def kill(self) -> None:
        """End it as a crash would."""
        docker("kill", self.name)

    def pause(self) -> None:
        """Freeze it."""
        docker("pause", self.name)

    def resume(self) -> None:
        """Go on after `pause`."""
        docker("unpause", self.name)

    def discard(self) -> None:
        """Stop it and forget its data."""
        docker("rm", "--force", "--volumes", self.name)


def docker(*args: str) -> str:
    """Run one docker command; `Unavailable` with its words where it fails."""
    try:
        done = subprocess.run(["docker", *args], capture_output=True, text=True, timeout=300, check=True)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(f"docker: {error}") from error
    except subprocess.CalledProcessError as error:
        raise Unavailable(f"docker: {error.stderr.strip()}") from error
    return done.stdout


def has_docker() -> bool:
    """Whether a Docker daemon answers."""
    try:
        docker("version", "--format", "{{.Server.Version}}")
    except Unavailable:
        return False
    return True


def wait_until(ready: Callable[[], bool], timeout: float, alive: Callable[[], bool]) -> None:
    """Poll until `ready`, at most `timeout` seconds and only while `alive`."""
    deadline = time.monotonic() + timeout
    while not ready():
        if not alive():
            raise TimeoutError("it ended by itself")
        if time.monotonic() > deadline:
            raise TimeoutError(f"no answer within {timeout:g} s")
        time.sleep(0.02)
