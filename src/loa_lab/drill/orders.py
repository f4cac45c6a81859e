"""The drill's two officers at their desks: every order by their hands, with their key files."""

from datetime import datetime

from loa.alerts.orders.drafting import (
    Draft,
    Speaker,
    Wish,
    cancel_draft,
    mute_draft,
    resume_draft,
    sounding_draft,
)
from loa.alerts.orders.rights import place_for
from loa.alerts.orders.sound import speech_of_text
from loa.alerts.rules import Known
from loa.alerts.selectors import known, order_get
from loa.lib import clock
from loa_lab.drill.ground import Hand
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Speech

TEXT = (
    "Đây là lệnh thử trên máy. Lũ đang lên nhanh, bà con ở chỗ thấp di chuyển ngay đến nhà văn hóa."
)
CORRECTED = "Đính chính: lũ đã dừng lên. Bà con ở yên tại chỗ và chờ thông báo tiếp theo."
EXERCISE = "Đây là buổi diễn tập phòng chống lũ. Bà con không phải di chuyển."


class Desk:
    """Author and approver, and the places they speak for."""

    def __init__(self, author: Hand, approver: Hand, targets: tuple[str, ...]) -> None:
        self.author, self.approver, self.targets = author, approver, targets
        self._speech: Speech | None = None

    def record(self) -> None:
        """The order's own sound."""
        self._speech = speech_of_text(TEXT)

    def propose(self, *, hours: float = 2) -> str:
        """An alert with the author's signature; its id."""
        return self.author.propose(self._draft(TEXT, hours=hours)).pk

    def second(self, order_id: str) -> str:
        """The approver's signature; the order's id."""
        order = order_get(order_id)
        assert order is not None  # noqa: S101 - it was just proposed
        return self.approver.approve(order).pk

    def alert(self, *, hours: float) -> str:
        """Both, one after the other."""
        return self.second(self.propose(hours=hours))

    def exercise(self) -> str:
        """A drill by both."""
        return self.second(self.author.propose(self._draft(EXERCISE, hours=1, drill=True)).pk)

    def mute(self, order_id: str) -> None:
        """The stop button: one person."""
        known = self._known(order_id)
        self.author.propose(mute_draft(known, self._speaker(Kind.MUTE), self._now()))

    def resume(self, order_id: str) -> None:
        """The end of the silence."""
        known = self._known(order_id)
        self.author.propose(resume_draft(known, self._speaker(Kind.RESUME), self._now()))

    def cancel(self, order_id: str) -> None:
        """The end of the order, by both."""
        self.second(self.propose_cancel(order_id))

    def propose_cancel(self, order_id: str) -> str:
        """The end of the order, with the author's signature; its id."""
        known = self._known(order_id)
        kind = Kind.DRILL_CANCEL if known.drill else Kind.CANCEL
        draft = cancel_draft(known, self._speaker(kind), "Hết thử", self._now())
        return self.author.propose(draft).pk

    def propose_update(self, order_id: str) -> str:
        """A corrected text, with the author's signature; its id."""
        return self.author.propose(self._draft(CORRECTED, hours=2, update_of=order_id)).pk

    def _draft(
        self, text: str, *, hours: float, drill: bool = False, update_of: str | None = None
    ) -> "Draft":
        wish = Wish(
            targets=self.targets,
            hazard="flood",
            title="Lệnh thử trên máy",
            text=text,
            level=4,
            hours=hours,
            gap_s=2,
            drill=drill,
            speech=self._speech if text == TEXT else None,
        )
        kind = Kind.UPDATE if update_of else Kind.DRILL if drill else Kind.ALERT
        known = self._known(update_of) if update_of else None
        return sounding_draft(wish, self._speaker(kind), self._now(), update_of=known)

    def _speaker(self, kind: "Kind") -> "Speaker":
        person = self.author.person
        return Speaker(person, place_for(person, kind, self.targets) or "vn")

    def _known(self, order_id: str) -> "Known":
        found = known(order_id)
        assert found is not None  # noqa: S101 - the drill's own order
        return found

    def _now(self) -> "datetime":
        return clock.now()
