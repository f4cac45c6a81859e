"""The link between a centre and its provinces: catching up, one fact's way, the centre at rest."""

from __future__ import annotations

import gzip
import json
import os
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import urllib3

from loa_lab.nation import bare
from loa_lab.nation.nodes import Member, free_ports
from loa_protocol import Envelope, SigningKey, SystemClock, b64decode, peer_api
from loa_protocol.device_api import REQUEST_HEADER, dump_body
from loa_protocol.payloads import Issuer
from tools.bench.line import Line, line, percentile

FACTS = 100_000
RATIO_AT_LEAST = 0.5
PAGE_BYTES = 192 * 1024
SAMPLES, P99_AT_MOST_S = 100, 1.0
PROVINCES, CORE_AT_MOST_PCT, WINDOW_S = 34, 10.0, 30.0


def _nation(folder: Path) -> tuple[Member, Member]:
    """A centre and a province under one demo root, prepared and not running."""
    centre = Member("vn", folder / "vn")
    province = Member("vn/25", folder / "25")
    keys, players = str(folder / "keys"), str(folder / "players")
    for member, communes in ((centre, []), (province, ["08911"])):
        member.act(
            "prepare",
            path=member.path,
            keys=keys,
            communes=communes,
            players=players,
            outlets=1 if communes else 0,
        )
    return centre, province


def link_catch_up(folder: Path) -> list[Line]:
    """100,000 facts told by a running centre and kept by a province, against a bare copy."""
    centre, province = linked(folder, "device")
    try:
        centre.act("many", peer="n-25", number=FACTS)
        rows = outgoing_rows(centre)
        os.environ.update(province.env)
        import django

        django.setup()
        took_s = _pull_all(centre.url)
    finally:
        centre.stop()
    bare_s = bare_copy_s(folder, rows)
    return [
        line(
            "link_catch_up",
            FACTS / took_s,
            "facts/s",
            baseline=FACTS / bare_s,
            budget=RATIO_AT_LEAST,
            judged="ratio at least",
            note="signed pages checked and kept in the mailbox, one durable commit a page; bare:"
            " the same bytes and pages by plain HTTP, bulk insert, the same commits",
        )
    ]


def linked(folder: Path, *processes: str) -> tuple[Member, Member]:
    """A centre with these processes running, and a province that is linked to it and not running.
    The caller stops the centre."""
    centre, province = _nation(folder)
    centre.start(*processes)
    try:
        code = centre.loa("link", "admit", "--province", "25").strip()
        province.loa("link", "join", centre.url, code)
    except BaseException:
        centre.stop()
        raise
    return centre, province


def outgoing_rows(centre: Member) -> list[bare.Row]:
    """What the centre tells its one province, as it tells it."""
    base = sqlite3.connect(centre.data / "loa.sqlite3")
    found = base.execute("SELECT fact, kind, text FROM federation_outgoing ORDER BY seq").fetchall()
    base.close()
    return [(str(fact), str(kind), str(text)) for fact, kind, text in found]


def _pull_all(url: str) -> float:
    from loa.federation import selectors
    from loa.federation.line import Line as Wire
    from loa.federation.line import pull_once
    from loa.people.authority import node_identity

    (link,) = selectors.parents()
    wire = Wire(url, link.peer, node_identity())
    began_s = time.perf_counter()
    while pull_once(wire, link, wait_s=0):
        link.refresh_from_db()
    took_s = time.perf_counter() - began_s
    wire.close()
    if link.in_seq < FACTS:
        raise RuntimeError(f"only {link.in_seq} facts came")
    return took_s


def bare_copy_s(folder: Path, rows: Sequence[bare.Row], page_bytes: int = PAGE_BYTES) -> float:
    """The same pages as files of a plain HTTP server in a process of its own; the best of three."""
    pages = bare.pages_of(rows, page_bytes)
    files = folder / "pages"
    files.mkdir()
    for number, page in enumerate(pages):
        text = "\n".join("\t".join(row) for row in page)
        (files / str(number)).write_bytes(gzip.compress(text.encode(), 6))
    (port,) = free_ports(1)
    argv = [sys.executable, "-m", "http.server", "--protocol", "HTTP/1.1", "--bind", "127.0.0.1"]
    server = subprocess.Popen(
        [*argv, "--directory", str(files), str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(port)
        turns = [
            bare.copy_s(f"http://127.0.0.1:{port}", len(pages), folder / f"bare-{turn}.sqlite3")
            for turn in range(3)
        ]
    finally:
        server.kill()
        server.wait()
    return median(turns)


def _wait_for(port: int) -> None:
    until_s = time.monotonic() + 20
    while time.monotonic() < until_s:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("the plain server did not start")


def link_fact(folder: Path) -> list[Line]:
    """From a fact's commit at the centre until it stands in a linked province."""
    centre, province = _nation(folder)
    centre.start("device", "worker")
    province.start("device", "worker")
    try:
        code = centre.loa("link", "admit", "--province", "25").strip()
        province.loa("link", "join", centre.url, code)
        target = {"targets": ["vn/25/08911"]}
        like = centre.act(
            "bulletin", title="Tin", body="Bà con chú ý.", class_name="normal", **target
        )["bulletin"]
        centre.act("flood", number=SAMPLES, like=like, gap_s=0.13, **target)
        time.sleep(5)
        sent, taken = centre.act("committed")["at"], province.act("arrived")["at"]
    finally:
        province.stop()
        centre.stop()
    lags = [at - sent[fact] for fact, at in taken.items() if fact in sent][-SAMPLES:]
    if len(lags) < SAMPLES:
        raise RuntimeError(f"only {len(lags)} facts came")
    return [
        line(
            "link_fact_p99",
            percentile(lags, 0.99),
            "s",
            baseline=median(lags),
            budget=P99_AT_MOST_S,
            judged="value at most",
            note=f"{SAMPLES} facts one after the other on a line without delay; the baseline is"
            " their median",
        )
    ]


def centre_idle(folder: Path) -> list[Line]:
    """What a centre's processes use while 34 simulated provinces wait for news."""
    centre = Member("vn", folder / "vn")
    keys = str(folder / "keys")
    centre.act(
        "prepare",
        path="vn",
        keys=keys,
        communes=[],
        players=str(folder / "players"),
        outlets=0,
    )
    alone_pct = _cpu(centre, ())
    codes = centre.act("simulated", number=PROVINCES, keys=keys)["paths"]
    used_pct = _cpu(centre, _provinces(folder / "keys", codes))
    return [
        line(
            "centre_idle_34",
            used_pct,
            "% of a core",
            baseline=max(alone_pct, 0.1),
            budget=CORE_AT_MOST_PCT,
            judged="value at most",
            note="the devices' and the worker's processes together, 34 provinces by long poll of"
            " 25 s; the baseline is the same centre without any link",
        )
    ]


@dataclass(frozen=True)
class Simulated:
    """A province that is nothing but its key and its papers."""

    issuer: Issuer
    key: SigningKey
    chain: tuple[Envelope, ...]


def _provinces(keys: Path, codes: Sequence[str]) -> list[Simulated]:
    root = Envelope.parse((keys / "root.json").read_bytes())
    found = []
    for path in codes:
        name = f"n-{path.rpartition('/')[2]}"
        paper = Envelope.parse((keys / f"simulated-{name}.json").read_bytes())
        key = SigningKey.load(keys / f"simulated-{name}.pem")
        found.append(Simulated(Issuer(path=path, node=name), key, (root, paper)))
    return found


def _cpu(centre: Member, provinces: Sequence[Simulated]) -> float:
    """Per cent of one core over WINDOW_S, once everybody waits."""
    centre.start("device", "worker")
    stop = threading.Event()
    waiting = [
        threading.Thread(target=_wait_on, args=(centre.url, one, stop), daemon=True)
        for one in provinces
    ]
    try:
        for thread in waiting:
            thread.start()
        time.sleep(8)
        pids = centre.pids()
        before = sum(_ticks(pid) for pid in pids)
        began_s = time.monotonic()
        time.sleep(WINDOW_S)
        used = sum(_ticks(pid) for pid in pids) - before
        return 100 * used / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began_s)
    finally:
        stop.set()
        centre.stop()


def _ticks(pid: int) -> int:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) + int(fields[12])


def _wait_on(url: str, node: Simulated, stop: threading.Event) -> None:
    """A province that asks for news for ever; what it is told it forgets."""
    pool = urllib3.PoolManager(retries=False)
    cursor = peer_api.Cursor(epoch=1, seq=0, hash=peer_api.GENESIS)
    while not stop.is_set():
        body = dump_body(peer_api.Pull(cursor=cursor, wait_s=25, software="simulated"))
        header = peer_api.sign_request(
            node.key,
            issuer=node.issuer,
            chain=node.chain,
            node="n-vn",
            method="POST",
            path=peer_api.PULL,
            body=body,
            clock=SystemClock(),
        )
        try:
            answer = pool.request(
                "POST", url + peer_api.PULL, body=body, headers={REQUEST_HEADER: header}, timeout=60
            )
            cursor = _after(answer.data)
        except urllib3.exceptions.HTTPError:
            stop.wait(0.5)


def _after(data: bytes) -> peer_api.Cursor:
    """The cursor behind what was told."""
    told: dict[str, Any] = json.loads(data)
    head = json.loads(b64decode(told["head"]["payload"]))
    return peer_api.Cursor(epoch=head["epoch"], seq=head["size"], hash=head["root"])
