"""What the pages name is there, and what an operator can set is on a page."""

import re
from collections.abc import Callable, Sequence
from importlib import import_module
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from loa.config.cli import commands
from loa_player.cli import main as player_main
from tests.docs.pages import ROOT, Page, pages, sources

COMMANDS = commands()
PAGES = pages()
_VARIABLE = re.compile(r"\bLOA_[A-Z]+(?:_[A-Z]+)*\b(?!_)")
_CALL = re.compile(
    r"(?:^|\| )(?:sudo -u loa )?(?:(?:/opt/loa/)?\.venv/bin/)?"
    r"(loa(?:-player)?) ([a-z-]+)(?: ([a-z-]+))?"
)
_MAKE = re.compile(r"(?:^|&& |sudo )make ([a-z-]+)")
_FILE = re.compile(r"^(?:[a-z_]+/)+[a-z_]+\.(?:py|sh|tsv|txt|md|toml|json|conf|service)$")
_NAMES = re.compile(r"[A-Za-z_]+(?:\.[A-Za-z_]+)+")
_SUFFIXES = {"py", "md", "key", "db", "pem", "env", "example", "loa", "json", "service"}
_WITH_PARTS = {"node", "keys", "places", "journal"}
NEVER = (
    "/" + "work/",
    "pypi" + ".org",
    "pythonhosted",
    "registry.npmjs",
    "deb.debian.org",
    "security.debian.org",
    "/root/",
    "localhost.localdomain",
)

each_page = pytest.mark.parametrize("page", PAGES, ids=str)


def used() -> set[str]:
    return {name for text in sources().values() for name in _VARIABLE.findall(text)}


def calls(page: Page, program: str) -> set[tuple[str, str]]:
    found = (match for line in page.lines for match in _CALL.finditer(line))
    return {(match[2], match[3] or "") for match in found if match[1] == program}


def test_every_variable_is_on_the_operators_page() -> None:
    page = (ROOT / "docs/howto/province-server.md").read_text(encoding="utf-8")
    assert used() - set(_VARIABLE.findall(page)) == set()


@each_page
def test_every_variable_named_exists(page: Page) -> None:
    assert set(_VARIABLE.findall(page.text)) - used() == set()


def test_every_command_is_on_the_operators_page() -> None:
    page = next(page for page in PAGES if page.path.name == "province-server.md")
    assert set(COMMANDS) - {name for name, _ in calls(page, "loa")} == set()


@each_page
def test_every_command_named_exists(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    for name, part in sorted(calls(page, "loa")):
        assert name in COMMANDS, f"loa {name}"
        if name in _WITH_PARTS and part:
            with pytest.raises(SystemExit) as ended:
                import_module(COMMANDS[name][0]).main([part, "--help"])
            assert ended.value.code == 0, f"loa {name} {part}: {capsys.readouterr().err}"


def options(page: Page, program: str) -> set[tuple[tuple[str, ...], str]]:
    """(bare words, option) of every line that calls `program`."""
    found = set()
    for line in page.lines:
        for match in _CALL.finditer(line):
            rest = re.split(r"[|;#<]|&&", line[match.end(1) :])[0].split()
            bare = tuple(takewhile(re.compile(r"[a-z][a-z-]*").fullmatch, rest))
            if match[1] == program:
                said = (re.fullmatch(r"(--[a-z][a-z-]*).*", word) for word in rest)
                found |= {(bare, option[1]) for option in said if option}
    return found


def told(main: Callable[[list[str]], object], words: Sequence[str], capsys: Any) -> str:
    """What `--help` says behind as many of the words as are commands."""
    for count in range(len(words), -1, -1):
        with pytest.raises(SystemExit) as ended:
            main([*words[:count], "--help"])
        said = str(capsys.readouterr().out)
        if ended.value.code == 0:
            return said
    return ""


@each_page
def test_every_option_named_exists(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    for bare, option in sorted(options(page, "loa")):
        command = import_module(COMMANDS[bare[0]][0]).main
        assert option in told(command, bare[1:], capsys), f"loa {' '.join(bare)} {option}"
    for bare, option in sorted(options(page, "loa-player")):
        assert option in told(player_main, bare, capsys), f"loa-player {' '.join(bare)} {option}"


@each_page
def test_every_command_of_the_player_exists(page: Page, capsys: pytest.CaptureFixture[str]) -> None:
    for name, _ in sorted(calls(page, "loa-player")):
        with pytest.raises(SystemExit) as ended:
            player_main([name, "--help"])
        assert ended.value.code == 0, f"loa-player {name}: {capsys.readouterr().err}"


@each_page
def test_every_make_target_named_exists(page: Page) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = {match[1] for line in page.lines for match in _MAKE.finditer(line)}
    assert named - targets == set()


@each_page
def test_every_link_leads_somewhere(page: Page) -> None:
    for link in page.links:
        name, _, anchor = link.partition("#")
        target = (page.path.parent / name).resolve() if name else page.path
        assert target.exists(), link
        if anchor:
            assert anchor in Page(target, target.read_text(encoding="utf-8")).anchors, link


@each_page
def test_every_file_named_exists(page: Page) -> None:
    roots = (ROOT, ROOT / "src", ROOT / "src/loa", ROOT / "docs", page.path.parent)
    named = {span for span in page.spans if _FILE.match(span) and not span.startswith("var/")}
    missing = {span for span in named if not any((root / span).exists() for root in roots)}
    assert missing == set()


@each_page
def test_every_name_of_the_code_exists(page: Page) -> None:
    """`newsroom.services.bulletin_write` and the like: the module is there and has the name."""
    for span in page.spans:
        first, *names = span.split(".")
        homes = [base / first for base in (ROOT / "src", ROOT / "src/loa")]
        home = next((folder for folder in homes if folder.is_dir()), None)
        if home and names and _NAMES.fullmatch(span) and names[-1] not in _SUFFIXES:
            assert _has(home, names), span


def _has(package: Path, names: list[str]) -> bool:
    """Whether the names lead through packages to a module, and are defined in it."""
    while names and (package / names[0]).is_dir():
        package, names = package / names[0], names[1:]
    if names and (package / f"{names[0]}.py").exists():
        files, names = [package / f"{names[0]}.py"], names[1:]
    else:
        files = [package / "__init__.py", package / "models.py"]
    text = "\n".join(file.read_text(encoding="utf-8") for file in files if file.exists())
    return all(
        re.search(rf"(?:\b(?:def|class) |^| import .*){name}\b", text, re.MULTILINE)
        for name in names
    )


@each_page
def test_nothing_about_one_machine(page: Page) -> None:
    assert [word for word in NEVER if word in page.text] == []


def test_the_guards_see_something() -> None:
    """The patterns above find what they are for: an empty search would pass everything."""
    assert len(PAGES) > 20
    assert {"LOA_DATA", "LOA_BROKER_URL"} <= used()
    assert any(calls(page, "loa-player") for page in PAGES)
    assert sum(len(options(page, "loa")) for page in PAGES) > 30
    assert sum(len(page.links) for page in PAGES) > 50


def test_the_tests_that_the_threat_table_names_are_there() -> None:
    table = (ROOT / "docs/security.md").read_text(encoding="utf-8")
    named = re.findall(r"`([a-z]+/test_[a-z_]+\.py)::([A-Za-z_]+)`", table)
    assert len(named) > 25
    rows = re.findall(r"^\| (\d+) \|.*$", table, re.MULTILINE)
    assert rows == [str(number) for number in range(1, 21)], "twenty cases, each once"
    for row in re.findall(r"^\| \d+ \|.*$", table, re.MULTILINE):
        assert re.search(r"`[a-z]+/test_[a-z_]+\.py::[A-Za-z_]+`", row), row
    for file, name in named:
        code = (ROOT / "tests" / file).read_text(encoding="utf-8")
        assert f"def {name}(" in code or f"\n{name} = " in code, f"{file}::{name}"


def test_what_nginx_says_itself_is_a_page_of_ours_without_anything_from_outside() -> None:
    from loa.config import settings

    howto = ROOT / "docs" / "howto"
    named = re.findall(r"error_page [\d ]+ /error-pages/(\S+);", (howto / "nginx.conf").read_text())
    files = {file.name: file.read_text() for file in (howto / "error-pages").iterdir()}
    assert set(named) == set(files)
    for name, text in files.items():
        assert '<html lang="vi">' in text, name
        assert not re.search(r"https?:|//|src=|href=|url\(|@import|<script", text), name
    most = settings.LOA_UPLOAD_LIMIT_BYTES >> 20
    assert f"Bản ghi nhiều nhất {most} MB" in files["too-large.html"]
