"""A node that takes CAP, and a weather office that sends it: by post, or on a server of its own."""

import hashlib
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any, ClassVar

from cryptography.hazmat.primitives.serialization import Encoding

from loa.alerts.cap import desk, signing, sources
from loa.alerts.models import CapMessage, CapSource
from loa.alerts.order_templates import wordings
from loa.alerts.orders import drafting
from loa.alerts.orders.drafting import TemplateWish
from loa.lib import clock
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Blank, CapRule
from tests.alerts import office as offices
from tests.alerts.cap.office import certificate

KEY, CERTIFICATE = certificate()
PEM = CERTIFICATE.public_bytes(Encoding.PEM).decode()
SENDER = "khituong@example.vn"


def cap(
    identifier: str = "KT-1",
    *,
    status: str = "Actual",
    kind: str = "Alert",
    about: str = "",
    sign: bool = True,
    sender: str = SENDER,
    severity: str = "Severe",
    area: str = "<geocode><valueName>vn.commune</valueName><value>08911</value></geocode>",
) -> bytes:
    now = clock.local(clock.now()).replace(microsecond=0)

    def at(**later: int) -> str:
        return (now + timedelta(**later)).isoformat()

    references = f"<references>{sender},{about},{at()}</references>" if about else ""
    info = f"""<info><language>vi-VN</language><category>Met</category><event>Cảnh báo lũ</event>
<urgency>Immediate</urgency><severity>{severity}</severity><certainty>Likely</certainty>
<onset>{at(hours=1)}</onset><expires>{at(hours=6)}</expires><headline>Lũ lên nhanh</headline>
<description>Nước lên.</description><area><areaDesc>Tam Đảo</areaDesc>{area}</area></info>"""
    if kind in {"Ack", "Error"}:
        info = ""
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{identifier}</identifier>
<sender>{sender}</sender><sent>{at()}</sent><status>{status}</status><msgType>{kind}</msgType>
<scope>Public</scope>{references}{info}</alert>""".encode()
    return signing.sign(text, KEY, CERTIFICATE) if sign else text


def source(office: offices.Office, **more: Any) -> tuple[CapSource, str]:
    fields: dict[str, Any] = {
        "path": "vn/25",
        "name": "Đài khí tượng",
        "way": "post",
        "senders": [SENDER],
        "certificates": PEM,
    }
    return sources.source_add(actor=office.approver.actor, **(fields | more))


def take(data: bytes, origin: CapSource | None = None, **more: Any) -> CapMessage:
    return desk.message_take(data, by="node", path="vn/25", source=origin, **more).message


def template(office: offices.Office, **more: Any) -> None:
    """A template for the weather office's floods, signed by two."""
    fields: dict[str, Any] = {
        "targets": ("vn/25/08911",),
        "hazard": "flood",
        "title": "Lũ lên nhanh ở {noi}",
        "text": "Lũ lên nhanh ở {noi} từ {gio}, mức {muc}.",
        "level": 4,
        "blanks": {
            "noi": Blank(type="place"),
            "gio": Blank(type="time"),
            "muc": Blank(type="level", values=("3", "4", "5")),
        },
        "feed": wordings.own_feed(),
        "cap": CapRule(
            senders=(SENDER,),
            hazards=("flood",),
            least=4,
            blanks={"noi": "area", "gio": "onset", "muc": "level"},
        ),
    }
    speaker = office.speaker(office.author, Kind.TEMPLATE, ("vn/25/08911",))
    draft = drafting.template_draft(TemplateWish(**(fields | more)), speaker, clock.now())
    signed = {"payload": draft.payload, "kid": office.author.key.kid}
    row = wordings.template_propose(
        actor=office.author.actor, sig=office.author.sign(draft), **signed
    )
    wordings.template_approve(
        actor=office.approver.actor,
        template_id=row.pk,
        digest=row.pk,
        kid=office.approver.key.kid,
        sig=office.approver.sign(draft),
    )


class Office(BaseHTTPRequestHandler):
    """A weather office's server on this machine."""

    files: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        etag = self.headers.get("If-None-Match", "")
        self.asked.append((self.path, etag))
        data = self.files.get(self.path)
        if data is None:
            moved = self.path == "/moved"
            self.send_response(302 if moved else 404)
            self.send_header("Location", "/one.xml")
            self.end_headers()
            return
        tag = f'"{hashlib.sha256(data).hexdigest()[:8]}"'
        self.send_response(304 if etag == tag else 200)
        self.send_header("ETag", tag)
        self.end_headers()
        if etag != tag:
            self.wfile.write(data)

    def log_message(self, *_args: object) -> None:
        """Quiet."""
