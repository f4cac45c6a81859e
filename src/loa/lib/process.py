"""The one way a program is run: bounded in time, memory, processor and output, never left behind.

Guarantees of `run_limited`, for the caller and for the machine:

* no shell: `argv` is a list, its first item a program (path or name on PATH);
* the child leads a process group of its own; however the call ends, by return, error or signal in
  the caller, every process of the group has been killed and the child has been reaped;
* `timeout_s` is wall time of the whole call, `cpu_s` processor time of one process,
  `memory_bytes` its address space, `file_bytes` the largest file it may write; the kernel enforces
  the last three (`prlimit`), so a stuck caller does not lift them;
* of standard output and of standard error together at most `output_bytes` are kept; a child that
  writes more is killed, it is never read to the end.

Limits are set from outside right after the start, not by a hook between fork and exec: such hooks
can deadlock in a process with threads. Linux only, as the node is.
"""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import selectors
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

CHUNK_BYTES = 65_536
TAIL_CHARACTERS = 2_000
OnLine = Callable[[str], None]


class ProcessError(Exception):
    """A program could not be run to a good end. `.program` names it, `.tail` is its last words."""

    def __init__(self, program: str, reason: str, tail: str = "") -> None:
        super().__init__(f"{program}: {reason}" + (f": {tail}" if tail else ""))
        self.program = program
        self.reason = reason
        self.tail = tail


class ProcessTimeout(ProcessError):
    """It used up its wall time or its processor time and was killed."""


class ProcessTooLarge(ProcessError):
    """It wrote more than allowed, to its output or to a file, and was killed."""


class ProcessFailed(ProcessError):
    """It ended with another code than 0, by a signal, or could not be started (`code` None)."""

    def __init__(self, program: str, reason: str, tail: str = "", code: int | None = None) -> None:
        super().__init__(program, reason, tail)
        self.code = code


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended with code 0: its output as bytes, and how long it took."""

    stdout: bytes
    stderr: bytes
    seconds: float


@dataclass(slots=True)
class _Stream:
    """What one pipe gave so far; whole lines are handed on as they come."""

    on_line: OnLine | None
    kept: bytearray = field(default_factory=bytearray)
    told: int = 0

    def take(self, chunk: bytes) -> None:
        self.kept += chunk
        if self.on_line is None:
            return
        while (end := self.kept.find(b"\n", self.told)) >= 0:
            line = self.kept[self.told : end].decode("utf-8", "replace").rstrip("\r")
            self.told = end + 1
            self.on_line(line)


def run_limited(
    argv: Sequence[str | os.PathLike[str]],
    *,
    timeout_s: float,
    memory_bytes: int,
    output_bytes: int,
    cpu_s: int,
    file_bytes: int | None = None,
    stdin: bytes | None = None,
    on_line: OnLine | None = None,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
) -> Completed:
    """Run `argv` to its end within the limits and give its output.

    `on_line` gets every whole line of standard output as text while the program runs; an exception
    it raises ends the program and passes through (that is how a caller cancels). `stdin` is given
    whole; without it the child reads nothing. `env` replaces the environment when given.

    Raises `ProcessTimeout`, `ProcessTooLarge` or `ProcessFailed` as their docstrings say.
    """
    program = os.path.basename(os.fspath(argv[0]))
    began = time.monotonic()
    with _group(argv, stdin is not None, env, cwd) as child:
        _limit(child.pid, memory_bytes=memory_bytes, cpu_s=cpu_s, file_bytes=file_bytes)
        out, err = _Stream(on_line), _Stream(None)
        _pump(
            child,
            program=program,
            feed=stdin or b"",
            out=out,
            err=err,
            deadline=began + timeout_s,
            output_bytes=output_bytes,
        )
        code = _reap(child)
    seconds = time.monotonic() - began
    _raise_for(code, program, bytes(err.kept))
    return Completed(bytes(out.kept), bytes(err.kept), seconds)


@contextlib.contextmanager
def _group(
    argv: Sequence[str | os.PathLike[str]],
    wants_stdin: bool,
    env: Mapping[str, str] | None,
    cwd: str | os.PathLike[str] | None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A child in a session of its own, gone with all its offspring when the block is left."""
    program = os.path.basename(os.fspath(argv[0]))
    try:
        child = subprocess.Popen(
            [os.fspath(part) for part in argv],
            stdin=subprocess.PIPE if wants_stdin else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
            env=None if env is None else dict(env),
            cwd=cwd,
            bufsize=0,
        )
    except (OSError, ValueError) as error:
        raise ProcessFailed(program, "cannot be started", str(error)) from error
    try:
        yield child
    finally:
        _reap(child)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()


def _reap(child: subprocess.Popen[bytes]) -> int:
    """Kill what is left of the group, then collect the child (only then can its id be reused)."""
    if child.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
    return child.wait()


def _limit(pid: int, *, memory_bytes: int, cpu_s: int, file_bytes: int | None) -> None:
    limits = [
        (resource.RLIMIT_CORE, 0, 0),
        (resource.RLIMIT_AS, memory_bytes, memory_bytes),
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
    ]
    if file_bytes is not None:
        limits.append((resource.RLIMIT_FSIZE, file_bytes, file_bytes))
    for kind, soft, hard in limits:
        _, ceiling = resource.prlimit(pid, kind)
        if ceiling == resource.RLIM_INFINITY:
            ceiling = hard
        resource.prlimit(pid, kind, (min(soft, ceiling), min(hard, ceiling)))  # never raise ours


def _pump(
    child: subprocess.Popen[bytes],
    *,
    program: str,
    feed: bytes,
    out: _Stream,
    err: _Stream,
    deadline: float,
    output_bytes: int,
) -> None:
    """Move bytes until the child ended and its pipes are empty; mind deadline and amount."""
    with contextlib.ExitStack() as stack:
        ended = os.pidfd_open(child.pid)
        stack.callback(os.close, ended)
        watch = stack.enter_context(selectors.DefaultSelector())
        _watch_pipes(watch, child, out, err)
        watch.register(ended, selectors.EVENT_READ, None)
        rest = memoryview(feed)
        alive = True
        while alive:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                raise ProcessTimeout(program, "ran too long", _tail(err.kept))
            for key, events in watch.select(left_s):
                if key.fileobj == ended:
                    alive = False
                elif events & selectors.EVENT_WRITE:
                    rest = _feed(watch, child, rest)
                else:
                    _drain(watch, key)
            if not alive:
                _drain_rest(watch, output_bytes)
            if len(out.kept) + len(err.kept) > output_bytes:
                raise ProcessTooLarge(program, "wrote too much", _tail(err.kept))


def _watch_pipes(
    watch: selectors.BaseSelector, child: subprocess.Popen[bytes], out: _Stream, err: _Stream
) -> None:
    for pipe, stream in ((child.stdout, out), (child.stderr, err)):
        if pipe is not None:
            os.set_blocking(pipe.fileno(), False)
            watch.register(pipe, selectors.EVENT_READ, stream)
    if child.stdin is not None:
        os.set_blocking(child.stdin.fileno(), False)
        watch.register(child.stdin, selectors.EVENT_WRITE, None)


def _feed(
    watch: selectors.BaseSelector, child: subprocess.Popen[bytes], rest: memoryview
) -> memoryview:
    pipe = child.stdin
    if pipe is None:
        return rest
    if rest:
        try:
            rest = rest[os.write(pipe.fileno(), rest[:CHUNK_BYTES]) :]
        except BrokenPipeError:  # it has read all it wanted; its code tells whether that was good
            rest = rest[:0]
    if not rest:
        watch.unregister(pipe)
        pipe.close()
    return rest


def _drain(watch: selectors.BaseSelector, key: selectors.SelectorKey) -> bool:
    """Take what the pipe has now, at its end stop watching it; True if there may be more."""
    stream: _Stream = key.data
    try:
        chunk = os.read(key.fd, CHUNK_BYTES)
    except BlockingIOError:
        return False
    if not chunk:
        watch.unregister(key.fileobj)
        return False
    stream.take(chunk)
    return True


def _drain_rest(watch: selectors.BaseSelector, output_bytes: int) -> None:
    """What an ended child left in its pipes; a grandchild that still writes is read no further."""
    for key in list(watch.get_map().values()):
        stream = key.data
        if isinstance(stream, _Stream):
            while _drain(watch, key) and len(stream.kept) <= output_bytes:
                continue


def _raise_for(code: int, program: str, stderr: bytes) -> None:
    if code == 0:
        return
    tail = _tail(stderr)
    if code == -signal.SIGXCPU:
        raise ProcessTimeout(program, "used too much processor time", tail)
    if code == -signal.SIGXFSZ or os.strerror(errno.EFBIG) in tail:
        raise ProcessTooLarge(program, "wrote too large a file", tail)
    reason = f"ended with code {code}" if code > 0 else f"was ended by {signal.Signals(-code).name}"
    raise ProcessFailed(program, reason, tail, code)


def _tail(stderr: bytes | bytearray) -> str:
    return bytes(stderr[-TAIL_CHARACTERS:]).decode("utf-8", "replace").strip()
