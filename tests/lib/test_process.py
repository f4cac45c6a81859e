"""A program run by the node is bounded and never left behind."""

import os
import sys
import time
from pathlib import Path

import pytest

from loa.lib.process import (
    Completed,
    ProcessFailed,
    ProcessTimeout,
    ProcessTooLarge,
    run_limited,
)

MIB = 1024 * 1024


def python(code: str, **limits: object) -> Completed:
    settings: dict[str, object] = {
        "timeout_s": 20.0,
        "memory_bytes": 512 * MIB,
        "output_bytes": MIB,
        "cpu_s": 20,
    }
    return run_limited([sys.executable, "-c", code], **(settings | limits))  # type: ignore[arg-type]


def alive(pid: int) -> bool:
    """True while the process runs; a zombie that init has not collected is not running."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def gone(pid: int) -> bool:
    limit = time.monotonic() + 5
    while alive(pid):
        if time.monotonic() > limit:
            return False
        os.sched_yield()
    return True


def test_gives_both_outputs_and_the_time_it_took() -> None:
    done = python("import sys; print('ra'); print('lỗi', file=sys.stderr)")
    assert done.stdout == b"ra\n"
    assert done.stderr.decode() == "lỗi\n"
    assert done.seconds > 0


def test_feeds_standard_input_of_any_size() -> None:
    done = python("import sys; print(len(sys.stdin.buffer.read()))", stdin=b"x" * (3 * MIB))
    assert done.stdout == b"3145728\n"


def test_without_input_the_child_reads_nothing() -> None:
    assert python("import sys; print(repr(sys.stdin.read()))").stdout == b"''\n"


def test_a_child_that_does_not_read_its_input_is_no_error() -> None:
    assert python("print('xong')", stdin=b"x" * (3 * MIB)).stdout == b"xong\n"


def test_hands_on_lines_while_it_runs() -> None:
    seen: list[str] = []
    done = python("print('một\\r'); print('hai'); print('ba', end='')", on_line=seen.append)
    assert seen == ["một", "hai"]
    assert done.stdout.decode() == "một\r\nhai\nba"


def test_nothing_of_the_arguments_reaches_a_shell() -> None:
    done = run_limited(
        [sys.executable, "-c", "import sys; print(sys.argv[1])", "$(id); `id` | cat"],
        timeout_s=20,
        memory_bytes=512 * MIB,
        output_bytes=MIB,
        cpu_s=20,
    )
    assert done.stdout == b"$(id); `id` | cat\n"


def test_a_bad_end_tells_code_and_last_words() -> None:
    with pytest.raises(ProcessFailed, match="hỏng rồi") as caught:
        python("import sys; sys.exit('hỏng rồi')")
    assert caught.value.code == 1


def test_a_missing_program_is_a_failure() -> None:
    with pytest.raises(ProcessFailed, match="cannot be started") as caught:
        run_limited(["/none/such"], timeout_s=5, memory_bytes=MIB, output_bytes=MIB, cpu_s=5)
    assert caught.value.code is None


def test_time_limit_kills_the_child_and_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    code = (
        "import os, subprocess, sys, time, pathlib\n"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"p = pathlib.Path({str(pids)!r})\n"
        "p.write_text(f'{os.getpid()} {c.pid}')\n"
        "time.sleep(60)\n"
    )
    with pytest.raises(ProcessTimeout):
        python(code, timeout_s=2.0)
    assert all(gone(int(pid)) for pid in pids.read_text(encoding="utf-8").split())


def test_a_grandchild_does_not_outlive_a_child_that_ends_well() -> None:
    code = (
        "import subprocess, sys\n"
        "c = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        "print(c.pid)\n"
    )
    done = python(code)
    assert done.seconds < 20
    assert gone(int(done.stdout))


def test_an_error_in_the_line_handler_ends_the_program() -> None:
    pids: list[int] = []

    def stop(line: str) -> None:
        pids.append(int(line))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        python("import os, time; print(os.getpid(), flush=True); time.sleep(60)", on_line=stop)
    assert gone(pids[0])


@pytest.mark.parametrize("stream", ["stdout", "stderr"])
def test_too_much_output_is_cut_off(stream: str) -> None:
    with pytest.raises(ProcessTooLarge):
        python(f"import sys\nwhile True: sys.{stream}.write('x' * 65536)", output_bytes=100_000)


def test_too_large_a_file_is_refused(tmp_path: Path) -> None:
    target = tmp_path / "f"
    with pytest.raises(ProcessTooLarge):
        python(f"open({str(target)!r}, 'wb').write(b'x' * 3_000_000)", file_bytes=1_000_000)
    assert target.stat().st_size <= 1_000_000


def test_memory_is_bounded() -> None:
    with pytest.raises(ProcessFailed, match="MemoryError"):
        python("b = bytearray(900 * 1024 * 1024)")


def test_processor_time_is_bounded() -> None:
    with pytest.raises(ProcessTimeout):
        python("while True: pass", cpu_s=1)
