"""Run a command with a PostgreSQL of its own: a throw-away cluster on a free port.

    python tools/with_postgres.py pytest tests/journal

Uses the newest server of the system's packages, as an unprivileged user where run by root. It
does not wait for its disk (fsync off): no measure of writing speed.
Exits with the command's code, or 3 with a sentence where no server is installed.
"""

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

USER = "postgres"


def main(argv: list[str]) -> int:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not binaries:
        print("PostgreSQL is not here: apt-get install postgresql", file=sys.stderr)
        return 3
    with _cluster(binaries[-1]) as url:
        environment = {**os.environ, "LOA_DATABASE_URL": url}
        return subprocess.run(argv, env=environment, check=False).returncode


@contextmanager
def _cluster(binaries: Path) -> Iterator[str]:
    """The address of a running cluster that is thrown away afterwards: nothing of it need last."""
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    as_user = _drop_to(folder)

    def run(program: str, *arguments: str, check: bool = True) -> None:
        subprocess.run(
            [str(binaries / program), *arguments],
            check=check,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **as_user,
        )

    data, port = str(folder / "data"), _free_port()
    run("initdb", "-D", data, "-U", "loa", "-A", "trust", "-E", "UTF8")
    careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    where = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    control = ("-D", data, "-w", "-l", str(folder / "log"))
    run("pg_ctl", *control, "-o", f"-p {port} {where} {careless}", "start")
    try:
        yield f"postgres://loa@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", *control, "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def _drop_to(folder: Path) -> dict[str, Any]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(USER)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
