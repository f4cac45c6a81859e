"""Catching up with what facts do: bulletins told by a centre, acted on by a province."""

from __future__ import annotations

import os
import time
from pathlib import Path

from loa_lab.nation import bare
from loa_lab.nation.nodes import Member
from tools.bench.line import Line, line
from tools.bench.links import bare_copy_s, linked, outgoing_rows

FACTS = 150
RATIO_AT_LEAST = 0.25
EXPORT_LIMIT_S = 120.0
PAGE_BYTES = 8 * 1024
"""So small that the bare copy, which is timed from its first page on, has some."""


def link_effects(folder: Path) -> list[Line]:
    """Bulletins that a province lacks, a second: asked for over HTTP, checked, kept, received, and
    offered to the libraries of its communes; against a bare copy of the same bytes."""
    centre, province = linked(folder, "device", "worker")
    try:
        like = centre.act(
            "bulletin",
            title="Tin",
            body="Bà con chú ý.",
            class_name="normal",
            targets=["vn/25/08911"],
        )["bulletin"]
        os.environ.update(province.env)
        import django

        django.setup()
        _told(centre, 1)
        before = _catch_up(centre.url)
        centre.act("flood", number=FACTS, like=like, targets=["vn/25/08911"])
        rows = _told(centre, FACTS + 1)[1:]
        began_s = time.perf_counter()
        number = _catch_up(centre.url) - before
        took_s = time.perf_counter() - began_s
    finally:
        centre.stop()
    if number < FACTS:
        raise RuntimeError(f"only {number} of {FACTS} bulletins were received")
    return [
        line(
            "link_effects",
            FACTS / took_s,
            "facts/s",
            baseline=FACTS / bare_copy_s(folder, rows, PAGE_BYTES),
            budget=RATIO_AT_LEAST,
            judged="ratio at least",
            note=f"{FACTS} approved bulletins, one after the other on one core: pages checked and"
            " kept, bulletins received with version, decision and fact, offered to the library of"
            " one commune; bare: the same bytes and pages by plain HTTP, bulk insert",
        )
    ]


def _told(centre: Member, number: int) -> list[bare.Row]:
    """The list for the province, once so many bulletins stand on it."""
    until_s = time.monotonic() + EXPORT_LIMIT_S
    while time.monotonic() < until_s:
        rows = [row for row in outgoing_rows(centre) if row[1] == "bulletin.sent"]
        if len(rows) >= number:
            return rows
        time.sleep(0.2)
    raise RuntimeError(f"the centre told of {len(rows)} bulletins only")


def _catch_up(url: str) -> int:
    """Take and act on everything; how many bulletins are here then."""
    from loa.federation import applying, fetching, selectors
    from loa.federation.line import Line as Wire
    from loa.federation.line import pull_once
    from loa.newsroom.models import Bulletin
    from loa.people.authority import node_identity
    from loa.schedule import handlers

    (link,) = selectors.parents()
    wire = Wire(url, link.peer, node_identity())
    while pull_once(wire, link, wait_s=0):
        link.refresh_from_db()
    while applying.apply_next():
        pass
    if wanted := fetching.wanted(link):
        for one in wanted:
            fetching.fetch(one, wire.pieces)
        applying.retry_waiting()
        while applying.apply_next():
            pass
    while handlers.follow():
        pass
    wire.close()
    return Bulletin.objects.filter(state="approved").count()
