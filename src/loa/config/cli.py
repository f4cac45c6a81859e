"""`loa`: every process and every tool of a node, one command each.

Commands that need no database (`spoken`) start without Django, in a fraction of a second.
"""

import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.metadata import entry_points

COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("loa.config.supervisor", "run all processes of this node"),
    "web": ("loa.config.processes", "the console and public pages"),
    "device": ("loa.config.processes", "the devices' HTTP side"),
    "gateway": ("loa.config.processes", "MQTT in and out, broker authentication"),
    "lane": ("loa.config.processes", "urgent orders and `open`, nothing else"),
    "worker": ("loa.config.processes", "speech, media, plans"),
    "spoken": ("loa.speech.cli", "text on standard input becomes spoken text, line for line"),
    "voice": ("loa.config.commands.voice", "text or a recording becomes a programme's files"),
    "node": ("loa.config.commands.node", "make this node's key and authority"),
    "link": ("loa.config.commands.link", "links to the node above and to those below"),
    "keys": ("loa.config.commands.keys", "root, registrars and delegations"),
    "sign": (
        "loa.config.commands.sign",
        "read an order's exact bytes, sign them with a key file",
    ),
    "cap": ("loa.config.commands.cap", "what a CAP 1.2 message says, or why it is refused"),
    "feed": ("loa.config.commands.feed", "a machine that fills in templates: its key, its word"),
    "account": ("loa.config.commands.account", "the first administrator"),
    "exchange": (
        "loa.config.commands.exchange",
        "the official exchange of records",
    ),
    "inbound": ("loa.config.commands.inbound", "what an outside system sends, on standard input"),
    "secrets": ("loa.config.commands.secrets", "a new key for the channels' sealed passwords"),
    "places": ("loa.config.commands.places", "the gazetteer: load, find, compare a list"),
    "journal": ("loa.config.commands.journal", "verify the journal's chain"),
    "figures": ("loa.config.commands.figures", "published figures beside counted ones"),
    "manage": ("loa.config.commands.manage", "Django's own commands"),
}
"""Each command: its module, whose `main(argv) -> int` runs it, and what it is for."""
WITHOUT_DATABASE = frozenset({"spoken", "voice", "keys", "sign", "cap", "feed"})

BY_THE_NODE_S_CLOCK = frozenset(
    {"link", "account", "exchange", "places", "figures", "secrets", "inbound"}
)
"""An operator's commands that write with the time: under the same clock as the processes."""


def commands() -> dict[str, tuple[str, str]]:
    """Our commands and those of installed packages that name a table of theirs under the entry
    point `loa.commands`; ours win."""
    others: dict[str, tuple[str, str]] = {}
    for point in entry_points(group="loa.commands"):
        others |= point.load()
    return others | COMMANDS


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code. Unknown commands print the list and return 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    known = COMMANDS if words and words[0] in COMMANDS else commands()
    if not words or words[0] not in known:
        print(_help(known), file=sys.stderr)
        return 0 if words[:1] in (["help"], ["--help"], ["-h"]) else 2
    name, rest = words[0], words[1:]
    os.umask(0o077)  # database, logs and media are for the node's user alone
    if name not in WITHOUT_DATABASE:
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loa.config.settings")
        _close_data()
    command: Callable[..., int] = import_module(known[name][0]).main
    if known[name][0] == "loa.config.processes":
        return command(name, rest)
    if name in BY_THE_NODE_S_CLOCK and not {"-h", "--help"} & set(rest):
        _use_the_node_s_clock()
    return command(rest)


def _close_data() -> None:
    """The data folder, where an administrator made it before and left it open to everybody."""
    from loa.config import env
    from loa.lib.files import close_to_others

    try:
        folder = env.read().data
    except env.ConfigError:
        return  # the command says what is wrong
    try:
        close_to_others(folder)
    except OSError as error:
        print(
            f"Thư mục dữ liệu {folder} đang mở cho mọi người dùng của máy và không đóng lại được"
            f" ({error.strerror}). Chạy: sudo chmod o-rwx {folder}",
            file=sys.stderr,
        )


def _use_the_node_s_clock() -> None:
    import django

    from loa.config.processes import use_clock

    django.setup()
    from django.db import DatabaseError

    try:
        use_clock()
    except DatabaseError as error:
        raise SystemExit(
            f"Chưa dùng được cơ sở dữ liệu ({error}). Tạo hoặc nâng cấp bảng: loa manage migrate"
        ) from error


def _help(known: dict[str, tuple[str, str]]) -> str:
    width = max(len(name) for name in known)
    lines = [f"  {name:<{width}}  {text}" for name, (_, text) in known.items()]
    return "usage: loa COMMAND [...]\n\n" + "\n".join(lines)
