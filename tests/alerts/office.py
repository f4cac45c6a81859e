"""Officers with real keys and real delegations, and the way an order goes through their hands."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from loa.alerts import selectors, services
from loa.alerts.models import Order
from loa.alerts.orders import acts, drafting, rights
from loa.alerts.orders.drafting import Draft, Speaker, Wish
from loa.lib import clock
from loa.people.models import Account
from loa.people.rules import Actor, RoleName
from loa.people.selectors import actor_of
from loa.places.models import Place
from loa_lab.demo import papers
from loa_protocol.envelope import signing_input
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import parse_payload
from tests.country import Country, account


@dataclass
class Officer:
    """A person with a key of their own."""

    account: Account
    key: SigningKey

    @property
    def actor(self) -> Actor:
        return actor_of(self.account)

    @property
    def person(self) -> str:
        return self.account.person_id

    def sign(self, draft: Draft) -> bytes:
        return self.key.sign(signing_input(draft.kind, draft.payload))

    def propose(self, draft: Draft, seen: str | None = None) -> Order:
        """As from a page shown this moment, or one that showed the edition `seen`."""
        shown = seen or ""
        if seen is None and draft.kind not in {Kind.ALERT, Kind.DRILL}:
            doc = parse_payload(draft.kind, draft.payload)
            shown = acts.edition_now(services.about(doc))
        return services.order_propose(
            seen=shown,
            actor=self.actor,
            kind=draft.kind,
            payload=draft.payload,
            kid=self.key.kid,
            sig=self.sign(draft),
        )

    def approve(self, order: Order, **other: Any) -> Order:
        draft = Draft(Kind(order.kind), bytes(order.payload))
        fields = {
            "actor": self.actor,
            "order_id": order.pk,
            "digest": order.pk,
            "kid": self.key.kid,
            "sig": self.sign(draft),
            "seen": acts.edition_now(order.alert),
        }
        return services.order_approve(**{**fields, **other})


WISH = Wish(
    targets=("vn/25/08911",),
    hazard="flood",
    title="Lũ lên nhanh",
    text="Lũ đang lên nhanh. Bà con ở chỗ thấp di chuyển ngay.",
    level=4,
    hours=6,
)


@dataclass
class Office:
    """A province's author and approver, a commune's, and what they usually do."""

    folder: Path
    author: Officer
    approver: Officer
    village_author: Officer
    village_approver: Officer

    def draft(self, who: Officer | None = None, **wish: Any) -> Draft:
        """An alert or drill as the author's page would make it, unsigned."""
        who = who or self.author
        wanted = replace(WISH, **wish)
        kind = Kind.DRILL if wanted.drill else Kind.ALERT
        return drafting.sounding_draft(wanted, self.speaker(who, kind, wanted.targets), clock.now())

    def speaker(self, who: Officer, kind: Kind, targets: tuple[str, ...]) -> Speaker:
        return Speaker(who.person, rights.place_for(who.person, kind, targets) or "vn")

    def alert(self, **wish: Any) -> Order:
        """Issued, with both signatures."""
        if wish.get("drill"):
            wish = {"hours": 1, **wish}
        return self.approver.approve(self.author.propose(self.draft(**wish)))

    def known(self, order: Order) -> Any:
        found = selectors.known(order.pk)
        assert found is not None
        return found

    def cancel(
        self, order: Order, author: Officer | None = None, approver: Officer | None = None
    ) -> Order:
        known = self.known(order)
        who = author or self.author
        kind = Kind.DRILL_CANCEL if known.drill else Kind.CANCEL
        draft = drafting.cancel_draft(
            known, self.speaker(who, kind, known.targets), "Nhầm", clock.now()
        )
        return (approver or self.approver).approve(who.propose(draft))

    def mute(self, order: Order, who: Officer | None = None) -> Order:
        known = self.known(order)
        who = who or self.author
        kind = Kind.DRILL_MUTE if known.drill else Kind.MUTE
        draft = drafting.mute_draft(known, self.speaker(who, kind, known.targets), clock.now())
        return who.propose(draft)

    def update(self, order: Order, **wish: Any) -> Order:
        known = self.known(order)
        speaker = self.speaker(self.author, Kind.UPDATE, known.targets)
        wanted = replace(WISH, text="Lũ đã lên báo động ba. Bà con rời nhà ngay.", **wish)
        draft = drafting.sounding_draft(wanted, speaker, clock.now(), update_of=known)
        return self.approver.approve(self.author.propose(draft))


def officer(name: str, role: RoleName, where: Place, folder: Path, **fields: Any) -> Officer:
    """An account with a registered key and the papers for its place."""
    made = Officer(account(name, role, where, **fields), SigningKey.generate())
    papers.register(made.account, made.key.public, "tệp", clock.now())
    papers.delegate(made.account, made.key.public, folder, clock.now())
    return made


def build(country: Country, folder: Path) -> Office:
    return Office(
        folder,
        officer("Bùi Thanh Bình", RoleName.ALERT_AUTHOR, country.province, folder),
        officer("Ngô Thu Hà", RoleName.ALERT_APPROVER, country.province, folder),
        officer("Trịnh Văn Đức", RoleName.ALERT_AUTHOR, country.one.place, folder),
        officer("Mai Thị Vân", RoleName.ALERT_APPROVER, country.one.place, folder),
    )
