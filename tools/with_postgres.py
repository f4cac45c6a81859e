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
from pathlib import Path

USER = "postgres"


def main(argv: list[str]) -> int:
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: int(p.parent.name))
    if not binaries:
        print("PostgreSQL is not here: apt-get install postgresql", file=sys.stderr)
        return 3
    folder = Path(tempfile.mkdtemp(prefix="loa-pg-"))
    as_user = _drop_to(folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    bare = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    initdb = [
        str(binaries[-1] / "initdb"),
        "-D",
        str(data),
        "-U",
        "loa",
        "-A",
        "trust",
        "-E",
        "UTF8",
    ]
    subprocess.run(initdb, check=True, env=bare, stdout=subprocess.DEVNULL, cwd=folder, **as_user)
    # Thrown away afterwards: nothing here needs to outlive a power cut.
    careless = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    where = f"-c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    options = f"-p {port} {where} {careless}"
    control = [str(binaries[-1] / "pg_ctl"), "-D", str(data), "-w", "-l", str(folder / "log")]
    subprocess.run(
        [*control, "-o", options, "start"],
        check=True,
        env=bare,
        stdout=subprocess.DEVNULL,
        cwd=folder,
        **as_user,
    )
    try:
        url = f"postgres://loa@127.0.0.1:{port}/postgres"
        environment = {**os.environ, "LOA_DATABASE_URL": url}
        return subprocess.run(argv, env=environment, check=False).returncode
    finally:
        subprocess.run(
            [*control, "-m", "immediate", "stop"],
            check=False,
            env=bare,
            stdout=subprocess.DEVNULL,
            cwd=folder,
            **as_user,
        )
        shutil.rmtree(folder, ignore_errors=True)


def _drop_to(folder: Path) -> dict[str, object]:
    """PostgreSQL refuses to run as root: then it runs as its own user."""
    if os.geteuid() != 0:
        return {}
    account = pwd.getpwnam(USER)
    os.chown(folder, account.pw_uid, account.pw_gid)
    return {"user": account.pw_uid, "group": account.pw_gid}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
