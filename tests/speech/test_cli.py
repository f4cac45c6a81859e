"""`loa spoken`: a line in, a line out."""

import io
import subprocess
import sys

from loa.speech.cli import EXIT_REFUSED, main

COMMAND = [sys.executable, "-c", "import sys; from loa.speech.cli import main; sys.exit(main([]))"]


def answer(given: bytes) -> tuple[int, str, str]:
    out, complaints = io.BytesIO(), io.StringIO()
    code = main([], io.BytesIO(given), out, complaints)
    return code, out.getvalue().decode(), complaints.getvalue()


def test_line_for_line() -> None:
    given = "Gọi 112.\n\nTừ 16h00\r\nhết".encode()
    assert answer(given) == (0, "Gọi một một hai.\n\nTừ mười sáu giờ\nhết\n", "")


def test_no_input_is_no_output() -> None:
    assert answer(b"") == (0, "", "")


def test_binary_is_refused_after_what_came_before_it() -> None:
    code, out, complaint = answer("một 1\n".encode() + b"\x00\xff\xfe\n")
    assert (code, out) == (EXIT_REFUSED, "một một\n")
    assert complaint.startswith("Dòng 2: Đây không phải văn bản")


def test_a_line_without_end_is_refused_and_not_collected() -> None:
    code, out, complaint = answer(b"a" * 1_000_000)
    assert (code, out) == (EXIT_REFUSED, "")
    assert "20.000 ký tự" in complaint


def test_answers_each_line_before_the_next_is_written() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        for written, said in ((b"1\n", "một\n"), (b"21\n", "hai mươi mốt\n")):
            child.stdin.write(written)
            child.stdin.flush()
            assert child.stdout.readline().decode() == said
        child.stdin.close()
        assert child.wait(10) == 0


def test_a_reader_that_leaves_is_no_error() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        child.stdout.close()
        _, complaints = child.communicate(b"1\n" * 10_000, timeout=30)
    assert child.returncode == 0
    assert complaints == b""


def test_starts_without_django() -> None:
    code = "import sys, loa.speech.cli; sys.exit('django' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
