"""Nhập, xuất bảng tính: what would change is shown first, then stored: all, or the good rows.

Between the two steps the rows wait in a file of the node, under a name that only its owner's form
knows; taking it away is the claim, so that a form sent twice imports once.
"""

import json
import secrets
import time
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from openpyxl.utils import get_column_letter
from tablib import Dataset

from loa.console.spreadsheets.child import ROWS_MAX
from loa.console.spreadsheets.people import Accounts, Hamlets
from loa.console.spreadsheets.reading import Grid, SheetRefused, read
from loa.console.spreadsheets.receivers import ReceiverLists
from loa.console.spreadsheets.resource import Sheet
from loa.console.spreadsheets.stations import Hours, Outlets, Stations
from loa.console.spreadsheets.writing import MIME, parts, write, zipped
from loa.lib import clock
from loa.lib.files import write_private
from loa.lib.text import fold
from loa.people.rules import Actor
from loa.web.requests import desk_of, done, refused, sentence, signed_in

log = structlog.get_logger()

KINDS: dict[str, type[Sheet]] = {
    one.kind: one for one in (Stations, Outlets, Hamlets, Hours, Accounts, ReceiverLists)
}
WAIT_S = 24 * 3600
SHOWN = 60
ERRORS_SHOWN = 200


def _kinds(who: Actor) -> list[dict[str, Any]]:
    """The kinds the asker manages anywhere, as the page shows them."""
    return [
        {"kind": one.kind, "title": one.title, "heads": one.heads, "needed": one.needed}
        for one in KINDS.values()
        if one.offered(who)
    ]


def _sheet(who: Actor, path: str, name: str) -> Sheet:
    kind = KINDS.get(name)
    if kind is None or not kind.offered(who):
        raise Http404
    return kind(who, path)


def _page(kinds: list[dict[str, Any]]) -> dict[str, Any]:
    return {"kinds": kinds, "formats": list(MIME), "most": ROWS_MAX}


@signed_in
def index(request: HttpRequest) -> HttpResponse:
    """The kinds of sheets the asker may bring in or take out."""
    who, _path = desk_of(request)
    kinds = _kinds(who)
    if not kinds:
        raise Http404
    return render(request, "spreadsheets/sheets.html", _page(kinds))


@signed_in
def export(request: HttpRequest, kind: str, form: str) -> HttpResponse:
    """Everything of a kind that the asker manages: the same file can be brought in again. More
    rows than one file may bring in come as several files in a ZIP."""
    who, path = desk_of(request)
    sheet = _sheet(who, path, kind)
    if form not in MIME:
        raise Http404
    name = f"loa-{kind}-{clock.local(clock.now()).date().isoformat()}"
    written = [write(form, str(sheet.title), part) for part in parts(sheet.export_data(), ROWS_MAX)]
    if len(written) == 1:
        return _attached(written[0], MIME[form], f"{name}.{form}")
    files = {f"{name}-{at:02}.{form}": one for at, one in enumerate(written, start=1)}
    return _attached(zipped(files), "application/zip", f"{name}.zip")


def _attached(content: bytes, mime: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=mime)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@signed_in
@require_POST
def preview(request: HttpRequest, kind: str) -> HttpResponse:
    """Read a file and show what it would do; nothing is stored."""
    who, path = desk_of(request)
    sheet = _sheet(who, path, kind)
    file = request.FILES.get("file")
    try:
        if file is None:
            raise SheetRefused("Chưa chọn tệp nào.")
        grid = read(file)
        data = _dataset(sheet, grid)
    except SheetRefused as refusal:
        context = {**_page(_kinds(who)), "wrong": kind, "refusal": sentence(refusal)}
        return render(request, "spreadsheets/sheets.html", context, status=422)
    token = _keep(who, kind, grid, str(file.name or "")[-120:])
    return _shown(request, sheet, data, token)


def _dataset(sheet: Sheet, grid: Grid) -> Dataset:
    """The grid under our heads, whatever their case, order and diacritics. Raises SheetRefused."""
    ours = {fold(head): head for head in sheet.heads}
    places = {ours[fold(head)]: at for at, head in enumerate(grid.head) if fold(head) in ours}
    missing = [head for head in sheet.needed if head not in places]
    if missing:
        raise SheetRefused("Tệp thiếu cột: %(heads)s.", heads=", ".join(missing))
    sheet.columns = places
    data = Dataset(headers=list(sheet.heads))
    for row in grid.rows:
        data.append([row[places[head]] if head in places else "" for head in sheet.heads])
    return data


def _folder() -> Path:
    folder: Path = settings.ENV.data / "scratch" / "sheets"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for old in folder.iterdir():
        if old.stat().st_mtime < time.time() - WAIT_S:
            old.unlink(missing_ok=True)
    return folder


def _keep(who: Actor, kind: str, grid: Grid, name: str) -> str:
    token = secrets.token_urlsafe(24)
    kept = {"who": str(who), "kind": kind, "name": name, "head": grid.head, "rows": grid.rows}
    write_private(_folder() / token, json.dumps(kept, ensure_ascii=False).encode(), replace=True)
    return token


def _kept(who: Actor, kind: str, token: str, *, take: bool) -> Grid | None:
    """The rows that wait under the token, if they are the asker's; taken away with `take`."""
    if not token.replace("-", "").replace("_", "").isalnum() or len(token) > 64:
        return None
    path = _folder() / token
    if take:
        claimed = path.with_name(f"{token}.taken")
        try:
            path.rename(claimed)
        except FileNotFoundError:
            return None
        path = claimed
    try:
        kept = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    finally:
        if take:
            path.unlink(missing_ok=True)
    if (kept["who"], kept["kind"]) != (str(who), kind):
        return None
    return Grid(tuple(kept["head"]), tuple(tuple(row) for row in kept["rows"]))


def _shown(
    request: HttpRequest, sheet: Sheet, data: Dataset, token: str, status: int = 200
) -> HttpResponse:
    result = sheet.import_data(data, dry_run=True)
    context = _outcome(sheet, data, result)
    context |= {"sheet": sheet, "token": token}
    return render(request, "spreadsheets/sheet_preview.html", context, status=status)


def _outcome(sheet: Sheet, data: Dataset, result: Any) -> dict[str, Any]:
    """What became of the rows, in words, each fault with its cell."""
    faults: list[dict[str, str]] = []
    for error in result.base_errors:
        log.error("sheet", error=repr(error.error))
        faults.append(_fault("", "", _("Lỗi của máy chủ. Thử lại sau ít phút."), ""))
    good: list[dict[str, Any]] = []
    totals = {"new": 0, "update": 0, "skip": 0, "bad": 0}
    for number, row in enumerate(result.rows, start=2):
        values = dict(zip(sheet.heads, data[number - 2], strict=True))
        if row.validation_error is not None or row.errors:
            totals["bad"] += 1
            if row.errors:
                log.error("sheet", row=number, error=repr(row.errors[0].error))
            faults += _faults(sheet, row, number, values)
            continue
        totals[row.import_type] += 1
        if row.import_type != "skip" and len(good) < SHOWN:
            good.append({"number": number, "values": list(values.values()), "is": row.import_type})
    return {"faults": faults[:ERRORS_SHOWN], "good": good, "totals": totals, "rows": len(data)}


def _faults(sheet: Sheet, row: Any, number: int, values: dict[str, str]) -> list[dict[str, str]]:
    if row.errors:
        return [_fault("", str(number), _("Lỗi của máy chủ. Thử lại sau ít phút."), "")]
    error = row.validation_error
    if not hasattr(error, "error_dict"):
        return [_fault("", str(number), " ".join(error.messages), "")]
    found = []
    for head, messages in error.message_dict.items():
        at = sheet.columns.get(head)
        cell = "" if at is None else f"{get_column_letter(at + 1)}{number}"
        found.append(_fault(cell, str(number), " ".join(messages), values.get(head, ""), head))
    return found


def _fault(cell: str, row: str, words: str, typed: str, head: str = "") -> dict[str, str]:
    return {"cell": cell, "row": row, "words": words, "typed": typed[:200], "head": head}


@signed_in
@require_POST
def confirm(request: HttpRequest, kind: str) -> HttpResponse:
    """Store the rows that were shown: all of them or none, or by choice the good ones."""
    who, path = desk_of(request)
    sheet = _sheet(who, path, kind)
    token, partly = request.POST.get("token", ""), request.POST.get("partly") == "1"
    here = reverse("console:sheets")
    grid = _kept(who, kind, token, take=True)
    if grid is None:
        return refused(
            request,
            SheetRefused("Tệp này đã nhập rồi hoặc đã để quá một ngày. Xin chọn lại tệp."),
            here,
        )
    data = _dataset(sheet, grid)
    result = sheet.import_data(data, rollback_on_validation_errors=not partly)
    outcome = _outcome(sheet, data, result)
    totals = outcome["totals"]
    if result.has_errors() or (totals["bad"] and not partly):
        # Something changed since it was shown: nothing was stored, and the page says what.
        again = _keep(who, kind, grid, "")
        return _shown(request, sheet, data, again, status=409)
    stored = totals["new"] + totals["update"]
    words = ngettext("Đã nhập %d dòng.", "Đã nhập %d dòng.", stored) % stored
    if totals["skip"]:
        words += " " + _("%(count)d dòng giữ nguyên.") % {"count": totals["skip"]}
    if totals["bad"]:
        words += " " + _("%(count)d dòng sai không nhập.") % {"count": totals["bad"]}
    return done(request, words, here)
