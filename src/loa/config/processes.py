"""The processes of a node: `loa web`, `device`, `gateway`, `lane`, `worker`.

Each is one operating-system process with its own database connections, stopped by SIGTERM.
"""

import argparse
import os
import signal
import threading
from collections.abc import Sequence
from types import FrameType

import django

NOT_STARTED = 3


def main(name: str, argv: Sequence[str]) -> int:
    """Run one process until SIGTERM or SIGINT. Returns its exit code."""
    _parser(name).parse_args(argv)
    if name in {"web", "device"}:
        os.environ["LOA_FACE"] = name
    django.setup()
    from loa.config import log

    log.setup(name)
    use_clock()
    return {"web": _web, "device": _device, "gateway": _gateway, "lane": _lane, "worker": _worker}[
        name
    ]()


def _parser(name: str) -> argparse.ArgumentParser:
    """No options: what `--help` says, and a refusal of anything else."""
    from loa.config.cli import COMMANDS

    return argparse.ArgumentParser(
        prog=f"loa {name}",
        description=f"Run one process of this node until it is told to stop: {COMMANDS[name][1]}.",
        epilog="It takes no options. LOA_... variables set it (docs/howto/province-server.md);"
        " SIGTERM stops it; `loa run` runs all of a node together.",
    )


def use_clock() -> None:
    """The process's clock; `LOA_CLOCK_OFFSET` counts only under a demo root."""
    from loa.lib import clock
    from loa.people.authority import NoAuthority, node_identity
    from loa_protocol.clock import system_clock

    try:
        demo = node_identity().demo
    except NoAuthority:
        demo = False
    clock.use(system_clock(demo_root=demo))


def stop_event() -> threading.Event:
    """Set by SIGTERM or SIGINT: loops look at it between two pieces of work."""
    stop = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    return stop


def _serve(host: str, port: int) -> int:
    import uvicorn

    from loa.config.server import Server

    config = uvicorn.Config(
        "loa.config.asgi:application",
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        lifespan="off",
        timeout_graceful_shutdown=5,
        limit_concurrency=20_000,
    )
    server = Server(config)
    server.run()
    return 0 if server.started else NOT_STARTED


def _web() -> int:
    import warnings

    from django.conf import settings

    # whitenoise gives static files as plain iterators; they are small, and Django reads them whole.
    warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous")
    return _serve(settings.ENV.web_host, settings.ENV.web_port)


def _device() -> int:
    from django.conf import settings

    return _serve(settings.ENV.device_host, settings.ENV.device_port)


def _gateway() -> int:
    from loa.gateway.service import run

    return run(stop_event())


def _lane() -> int:
    from loa.gateway.lane import run

    return run(stop_event())


def _worker() -> int:
    from loa.config.worker import run

    return run(stop_event())
