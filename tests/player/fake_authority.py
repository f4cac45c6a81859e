"""A whole chain of trust for tests: a demo root 2-of-3, two registrars, a node, two officers."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from loa_protocol import Envelope, Kind, SigningKey, new_nonce, sign
from loa_protocol.kinds import NODE_KINDS, REGISTRAR_KINDS
from loa_protocol.payloads import (
    Alert,
    Assignment,
    Cancel,
    Command,
    CommandArgs,
    Delegation,
    Drill,
    Hours,
    Issuer,
    Media,
    Open,
    Plan,
    PlanItem,
    Policy,
    Revoked,
    Root,
    RootHolder,
    Span,
    Speech,
    Subject,
    TimeAnswer,
    Trust,
    Urls,
)
from loa_protocol.trust import unix_ms

COMMUNE = "vn/24/08911"
NODE = "node-24"
PARENT = "node-vn"
STATION = "station-08911"
LIFE = timedelta(days=365)


@dataclass
class Keys:
    root: list[SigningKey] = field(
        default_factory=lambda: [SigningKey.generate() for _ in range(3)]
    )
    registrars: list[SigningKey] = field(
        default_factory=lambda: [SigningKey.generate() for _ in range(2)]
    )
    officers: list[SigningKey] = field(
        default_factory=lambda: [SigningKey.generate() for _ in range(2)]
    )
    trainers: list[SigningKey] = field(
        default_factory=lambda: [SigningKey.generate() for _ in range(2)]
    )
    node: SigningKey = field(default_factory=SigningKey.generate)


class FakeAuthority:
    """Makes every document that a node hands to devices, truly signed."""

    def __init__(self, now: datetime, *, node_path: str = "vn/24") -> None:
        self.keys = Keys()
        self.began = now - timedelta(hours=1)
        self._version = unix_ms(self.began)
        self.root = sign(
            Kind.ROOT,
            Root(
                issuer=Issuer(path="vn", root="holder-0"),
                target=("vn",),
                issued=self.began,
                expires=self.began + LIFE,
                nonce=new_nonce(),
                version=1,
                threshold=2,
                keys=tuple(
                    RootHolder(holder=f"holder-{i}", alg="ed25519", key=key.public.text)
                    for i, key in enumerate(self.keys.root)
                ),
                demo=True,
            ),
            self.keys.root[:2],
        )
        self.registrars = [
            self.delegate("registrar", f"registrar-{i}", key, "vn/24", REGISTRAR_KINDS, 5)
            for i, key in enumerate(self.keys.registrars)
        ]
        self.node = self.delegate("node", NODE, self.keys.node, node_path, NODE_KINDS, 0)
        self.officers = [
            self.delegate_person(f"officer-{i}", key) for i, key in enumerate(self.keys.officers)
        ]

    def drill(self, now: datetime, speech: Speech | None) -> Envelope:
        """By two persons whose delegations are for drills and nothing else."""
        kinds = ("drill", "drill-cancel", "drill-mute")
        chain = [
            self.delegate_person(f"trainer-{i}", key, kinds=kinds)
            for i, key in enumerate(self.keys.trainers)
        ]
        doc = Drill(
            issuer=Issuer(path=COMMUNE, person="trainer-0"),
            target=(COMMUNE,),
            issued=now,
            expires=now + timedelta(hours=1),
            nonce=new_nonce(),
            class_=3,
            hazard="flood",
            title="Diễn tập phòng chống lũ",
            text="Đây là diễn tập.",
            languages=("vi",),
            speech=speech,
            speak_at=now + timedelta(seconds=3),
            plays=1,
            gap_s=1,
            map_date="2026-07-01",
        )
        return sign(Kind.DRILL, doc, self.keys.trainers, [*self.registrars, *chain])

    @property
    def root_sha256(self) -> str:
        return self.root.id

    @property
    def chain(self) -> list[Envelope]:
        return [self.node, *self.registrars]

    @property
    def order_chain(self) -> list[Envelope]:
        return [*self.registrars, *self.officers]

    def version(self, now: datetime) -> int:
        self._version = max(self._version + 1, unix_ms(now))
        return self._version

    def delegate(
        self,
        kind: str,
        name: str,
        key: SigningKey,
        path: str,
        kinds: frozenset[Kind],
        ceiling: int,
    ) -> Envelope:
        doc = Delegation(
            issuer=Issuer(path="vn", root="holder-0"),
            target=(path,),
            issued=self.began,
            expires=self.began + LIFE,
            nonce=new_nonce(),
            version=unix_ms(self.began),
            subject=Subject.model_validate(
                {"type": kind, "id": name, "alg": "ed25519", "key": key.public.text}
            ),
            path=path,
            kinds=tuple(sorted(kinds)),
            ceiling=ceiling,
            from_=self.began,
            to=self.began + LIFE,
        )
        return sign(Kind.DELEGATION, doc, self.keys.root[:2])

    def delegate_person(
        self,
        name: str,
        key: SigningKey,
        *,
        kinds: tuple[str, ...] = ("alert", "cancel", "mute", "resume", "update"),
    ) -> Envelope:
        doc = Delegation(
            issuer=Issuer(path="vn/24", person="registrar-0"),
            target=(COMMUNE,),
            issued=self.began,
            expires=self.began + timedelta(days=90),
            nonce=new_nonce(),
            version=unix_ms(self.began),
            subject=Subject(type="person", id=name, alg="ed25519", key=key.public.text),
            path=COMMUNE,
            kinds=kinds,
            ceiling=5,
            from_=self.began,
            to=self.began + timedelta(days=90),
        )
        return sign(Kind.DELEGATION, doc, self.keys.registrars)

    def assignment(
        self, outlet: str, urls: tuple[str, ...], now: datetime, *, parents: tuple[str, ...] = ()
    ) -> Envelope:
        doc = Assignment(
            issuer=self._node_issuer(),
            target=(f"outlet:{outlet}",),
            issued=now,
            expires=now + LIFE,
            nonce=new_nonce(),
            version=self.version(now),
            outlet=outlet,
            station=STATION,
            paths=(COMMUNE,),
            area=COMMUNE,
            node=NODE,
            parent=PARENT if parents else None,
            urls=Urls(node=urls, parent=parents),
        )
        return sign(Kind.ASSIGNMENT, doc, [self.keys.node], [self.node])

    def policy(
        self, now: datetime, *, hours: tuple[tuple[int, int], ...] = ((0, 1440),), **more: object
    ) -> Envelope:
        fields: dict[str, object] = {
            "max_minutes_day": 600,
            "programme_max_pct": 100,
            "alert_pct": 100,
            "relays": (),
        } | more
        doc = Policy(
            issuer=Issuer(path="vn/24", person="registrar-0"),
            target=(COMMUNE,),
            issued=now,
            expires=now + LIFE,
            nonce=new_nonce(),
            version=self.version(now),
            hours=tuple(Hours(from_min=a, to_min=b) for a, b in hours),
            **fields,  # type: ignore[arg-type]
        )
        return sign(Kind.POLICY, doc, self.keys.registrars[:1], self.registrars)

    def trust(self, now: datetime, *, revoked: tuple[str, ...] = ()) -> Envelope:
        doc = Trust(
            issuer=Issuer(path="vn/24", person="registrar-0"),
            target=("vn/24",),
            issued=now,
            expires=now + LIFE,
            nonce=new_nonce(),
            version=self.version(now),
            revoked=tuple(Revoked(kid=kid, since=now) for kid in revoked),
        )
        return sign(Kind.TRUST, doc, self.keys.registrars[:1], self.registrars)

    def plan(
        self,
        now: datetime,
        items: tuple[PlanItem, ...],
        *,
        sessions: tuple[tuple[datetime, datetime], ...] | None = None,
        quiet: tuple[Span, ...] = (),
        clips: dict[str, Media] | None = None,
        station: str = STATION,
        version: int | None = None,
        life: timedelta = timedelta(days=14),
        signer: SigningKey | None = None,
        chain: list[Envelope] | None = None,
    ) -> Envelope:
        spans = sessions or ((now - timedelta(hours=1), now + timedelta(days=14)),)
        doc = Plan(
            issuer=self._node_issuer(),
            target=(f"station:{station}",),
            issued=now,
            expires=now + life,
            nonce=new_nonce(),
            version=version or self.version(now),
            sessions=tuple(Span(from_=a, to=b) for a, b in spans),
            quiet=quiet,
            items=items,
            clips=clips or {},
        )
        return sign(Kind.PLAN, doc, [signer or self.keys.node], chain or [self.node])

    def open(self, now: datetime, orders: tuple[str, ...] = ()) -> Envelope:
        doc = Open(
            issuer=self._node_issuer(),
            target=(COMMUNE,),
            issued=now,
            expires=now + timedelta(hours=1),
            nonce=new_nonce(),
            version=self.version(now),
            orders=orders,
            trust={},
        )
        return sign(Kind.OPEN, doc, [self.keys.node], [self.node])

    def time(self, outlet: str, nonce: str, now: datetime) -> Envelope:
        doc = TimeAnswer(
            issuer=self._node_issuer(),
            target=(f"outlet:{outlet}",),
            issued=now,
            expires=now + timedelta(minutes=5),
            nonce=nonce,
            now=now,
        )
        return sign(Kind.TIME, doc, [self.keys.node], [self.node])

    def command(self, outlet: str, now: datetime, do: str, **args: object) -> Envelope:
        doc = Command(
            issuer=self._node_issuer(),
            target=(f"outlet:{outlet}",),
            issued=now,
            expires=now + timedelta(minutes=10),
            nonce=new_nonce(),
            do=do,  # type: ignore[arg-type]
            args=CommandArgs.model_validate(args),
        )
        return sign(Kind.COMMAND, doc, [self.keys.node], [self.node])

    def alert(
        self,
        now: datetime,
        *,
        speech: Speech | None = None,
        speak_after_s: float = 3,
        plays: int = 1,
        gap_s: int = 1,
        every_s: int | None = None,
        life: timedelta = timedelta(hours=1),
    ) -> Envelope:
        doc = Alert(
            every_s=every_s,
            issuer=Issuer(path=COMMUNE, person="officer-0"),
            target=(COMMUNE,),
            issued=now,
            expires=now + life,
            nonce=new_nonce(),
            class_=4,
            hazard="flood",
            title="Lũ lên nhanh",
            text="Bà con ven sông di chuyển ngay đến nhà văn hóa.",
            languages=("vi",),
            speech=speech,
            siren="flood",
            speak_at=now + timedelta(seconds=speak_after_s),
            plays=plays,
            gap_s=gap_s,
            map_date="2026-07-01",
        )
        return sign(Kind.ALERT, doc, self.keys.officers, self.order_chain)

    def cancel(self, now: datetime, alert: str) -> Envelope:
        doc = Cancel(
            issuer=Issuer(path=COMMUNE, person="officer-0"),
            target=(COMMUNE,),
            issued=now,
            expires=now + timedelta(hours=1),
            nonce=new_nonce(),
            alert=alert,
            reason="Nhầm",
        )
        return sign(Kind.CANCEL, doc, self.keys.officers, self.order_chain)

    def _node_issuer(self) -> Issuer:
        return Issuer(path="vn/24", node=NODE)


def media_item(
    at: datetime,
    sha256: str,
    size: int,
    seconds: int,
    *,
    bulletin: str = "bulletin-1",
    gain_db: int = 0,
    only: tuple[str, ...] | None = None,
) -> PlanItem:
    return PlanItem(
        at=at,
        kind="media",
        class_="normal",
        bulletin=bulletin,
        title="Bản tin thử",
        seconds=seconds,
        gain_db=gain_db,
        only=only,
        media=Media(sha256=sha256, bytes=size),
    )


def utc_now() -> datetime:
    return datetime.now(UTC)
