"""The drill's machines: false CAP messages and false fills at the node's own doors, then true ones.

A template whose words two persons signed lets a machine warn by itself. So the red team comes as
that machine, too: over HTTP, with the source's token in its hands, lacking only the weather
office's key. What shows that its failure means something is the true message, which does sound.
"""

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from loa.alerts.cap import signing, sources
from loa.alerts.models import Template
from loa.alerts.order_templates import filling, wordings
from loa.alerts.orders.drafting import Draft, Speaker, TemplateWish, template_draft
from loa.alerts.orders.rights import place_for
from loa.alerts.selectors import in_force
from loa.config import env
from loa.config.commands.feed import DRAFT, FILL
from loa.lib import clock
from loa_lab.drill.evidence import RedTeam, TourFailed
from loa_lab.drill.ground import Hand
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.paths import commune_code
from loa_protocol.payloads import Blank, CapRule

SENDER = "khituong@example.vn"
TITLE = "Bản tin thử của máy"
TEXT = "Đây là bản tin thử của máy. Lũ đang lên ở {noi}."
ANSWER_MAX_BYTES = 64 * 1024
TIMEOUT_S = 60.0
Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Office:
    """A weather office: what it signs with."""

    key: Key
    certificate: x509.Certificate

    def signed(self, document: bytes) -> bytes:
        return signing.sign(document, self.key, self.certificate)


def open_office(name: str) -> Office:
    """A fresh key, and the certificate that it signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), clock.now()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(subject)
    made = made.public_key(key.public_key()).serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
    return Office(key, made.sign(key, hashes.SHA256()))


class Machines:
    """What two persons allowed in advance, and everybody who would like to speak under it."""

    def __init__(self, author: Hand, approver: Hand, targets: tuple[str, ...]) -> None:
        self._author, self._approver, self._targets = author, approver, targets
        self._office, self._stranger = open_office("Đài khí tượng"), open_office("Đài khí tượng")
        self._gauge = SigningKey.generate()
        self._province = targets[0].rpartition("/")[0]

    def allow(self) -> None:
        """Both persons sign the words for CAP and for a gauge, and name the weather office."""
        rule = CapRule(senders=(SENDER,), hazards=("flood",), least=4, blanks={"noi": "area"})
        self._template(wordings.own_feed(), rule)
        self._by_gauge = self._template(self._gauge.public, None)
        self._source, self._token = sources.source_add(
            actor=self._approver.actor,
            path=self._province,
            name="Đài khí tượng",
            way="post",
            senders=[SENDER],
            certificates=self._office.certificate.public_bytes(Encoding.PEM).decode(),
        )

    def attack(self, into: RedTeam) -> None:
        """Every forgery through the doors that machines have. Each must be refused by its name."""
        before = {order.pk for order in in_force()}
        for name, expected, send in self._forgeries():
            status, answer = send()
            into.tried += 1
            error = str(answer.get("error", ""))
            if status < 400 or error not in expected:
                raise TourFailed(f"{name}: {status} {answer}")
            into.refusals[error] = into.refusals.get(error, 0) + 1
        into.sounded += len({order.pk for order in in_force()} - before)

    def warn(self) -> str:
        """The weather office's true message; the order that the node made of it."""
        before = {order.pk for order in in_force()}
        status, answer = self._cap(self._office.signed(self._message("true")))
        found = {order.pk for order in in_force()} - before
        if status != 200 or answer.get("became") != "order" or len(found) != 1:
            raise TourFailed(f"{status} {answer}")
        return found.pop()

    def _template(self, feed: PublicKey, rule: CapRule | None) -> Template:
        wish = TemplateWish(
            targets=(self._province,),
            hazard="flood",
            title=TITLE,
            text=TEXT,
            level=4,
            blanks={"noi": Blank(type="place")},
            feed=feed,
            cancel_s=0,
            cap=rule,
        )
        person = self._author.person
        speaker = Speaker(person, place_for(person, Kind.TEMPLATE, (self._province,)) or "vn")
        draft: Draft = template_draft(wish, speaker, clock.now())
        row = wordings.template_propose(
            actor=self._author.actor,
            payload=draft.payload,
            kid=self._author.key.kid,
            sig=self._author.sign(draft),
        )
        return wordings.template_approve(
            actor=self._approver.actor,
            template_id=row.pk,
            digest=row.pk,
            kid=self._approver.key.kid,
            sig=self._approver.sign(draft),
        )

    # What is sent

    def _forgeries(
        self,
    ) -> Iterator[tuple[str, set[str], Callable[[], tuple[int, dict[str, str]]]]]:
        plain, office = self._message("false"), self._office
        good = office.signed(plain)
        inner = good.partition(b"?>")[2]
        outer = plain.replace(b"</alert>", inner + b"</alert>").replace(b">false<", b">outer<")
        late = self._message("late", hours=-30)
        bodies: dict[str, tuple[set[str], bytes]] = {
            "not signed": ({"unsigned"}, plain),
            "signed by another office of this name": (
                {"signer_unknown"},
                self._stranger.signed(plain),
            ),
            "changed after it was signed": (
                {"signature_bad"},
                good.replace(b"Severe", b"Extreme"),
            ),
            "a signed message inside a false one": ({"signature_place"}, outer),
            "a signature of another message": (
                {"signature_bad"},
                good.replace(b">false<", b">moved<"),
            ),
            "of a sender who is not this office": (
                {"sender_unknown"},
                office.signed(plain.replace(SENDER.encode(), b"ai@example.vn")),
            ),
            "long over": ({"expired"}, office.signed(late)),
            "no area": ({"missing_area"}, office.signed(_without(plain, b"area"))),
            "no expiry": ({"missing_expires"}, office.signed(_without(plain, b"expires"))),
            "entities": ({"dtd"}, b'<!DOCTYPE a [<!ENTITY b "c">]>' + inner),
            "deep": ({"too_deep"}, b"<a>" * 1000),
            "no XML": ({"malformed"}, b"khan cap"),
        }
        for name, (expected, body) in bodies.items():
            yield name, expected, partial(self._cap, body)
        yield "without the token", {"unknown_token"}, lambda: self._cap(good, token="")
        for name, expected, data in self._false_fills():
            yield name, expected, partial(_post, FILL, data)
        yield "a draft without a key", {"unknown_key"}, lambda: _post(DRAFT, b"{}")

    def _false_fills(self) -> Iterator[tuple[str, set[str], bytes]]:
        now = clock.now()
        place = {"noi": "Nhà văn hóa"}
        draft = filling.fill_draft(self._by_gauge, place, now=now, voice=False)
        good = sign(Kind.FILL, draft.payload, [self._gauge])
        yield "by a stranger", {"unknown_key"}, self._fill(draft.payload, SigningKey.generate())
        yield "by one officer", {"unknown_key"}, self._fill(draft.payload, self._author.key)
        yield "a place that is none", {"bad_blank"}, good.to_bytes()
        other = draft.payload.replace(b"Nh\xc3\xa0 v\xc4\x83n", b"Ch\xe1\xba\xa1y ng", 1)
        yield "changed words", {"bad_signature"}, replace(good, payload=other).to_bytes()
        yield "words of its own", {"bad_field"}, self._fill(other, self._gauge)
        yield "an order in its place", {"unknown_kind"}, self._as_alert(good)

    def _fill(self, payload: bytes, key: SigningKey) -> bytes:
        return sign(Kind.FILL, payload, [key]).to_bytes()

    def _as_alert(self, fill: Envelope) -> bytes:
        return replace(fill, kind=Kind.ALERT).to_bytes()

    def _message(self, name: str, *, hours: int = 0) -> bytes:
        now = clock.local(clock.now()).replace(microsecond=0) + timedelta(hours=hours)
        codes = "".join(
            f"<geocode><valueName>vn.commune</valueName><value>{commune_code(path)}</value>"
            "</geocode>"
            for path in self._targets
        )
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>{name}</identifier>
<sender>{SENDER}</sender><sent>{now.isoformat()}</sent><status>Actual</status>
<msgType>Alert</msgType><scope>Public</scope><info><language>vi-VN</language>
<category>Met</category><event>Cảnh báo lũ</event><urgency>Immediate</urgency>
<severity>Severe</severity><certainty>Likely</certainty>
<expires>{(now + timedelta(hours=6)).isoformat()}</expires><headline>Lũ lên nhanh</headline>
<area><areaDesc>Hai xã</areaDesc>{codes}</area></info></alert>""".encode()

    def _cap(self, body: bytes, token: str | None = None) -> tuple[int, dict[str, str]]:
        bearer = self._token if token is None else token
        return _post(f"/cap/nhan/{self._source.pk}", body, {"Authorization": f"Bearer {bearer}"})


def _without(document: bytes, element: bytes) -> bytes:
    """The document without its first element of that name."""
    before, _, rest = document.partition(b"<" + element + b">")
    return before + rest.partition(b"</" + element + b">")[2]


def _post(
    path: str, body: bytes, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str]]:
    """Status and answer of the node's own console process."""
    request = urllib.request.Request(  # noqa: S310 - this machine's own node
        env.read().web_url + path, data=body, headers=headers or {}
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310  as above
            return answer.status, json.loads(answer.read(ANSWER_MAX_BYTES))
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read(ANSWER_MAX_BYTES))
