"""The print channel: a sheet for the notice board, fetched and hung up by a person.

It sends nothing. A sheet that is ready is `carried`; that it hangs there is a person's word
(grade D), given on the item's page, as is that it was taken down.
"""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import Field, field_validator

from loa.channels.contract import (
    Channel,
    Content,
    Estimate,
    Message,
    Mode,
    OpenAccount,
    Outcome,
    Problem,
    Profile,
    Rendition,
    Secrets,
    Settings,
    Withdrawal,
)
from loa.channels.print import sheet
from loa.lib import clock
from loa.newsroom.renditions import Form

TEXT_MAX = 12_000


class PrintSettings(Settings):
    """Nothing outside is signed in to."""


class PrintSecrets(Secrets):
    """Nothing to keep."""


class PrintProfile(Profile):
    """A notice board: the paper, and where people read the newest version."""

    size: Literal["A4", "A5"] = Field(default="A4", title=gettext_noop("Khổ giấy"))
    page_address: str = Field(
        default="",
        max_length=200,
        title=gettext_noop("Địa chỉ trang tin"),
        description=gettext_noop(
            "Ví dụ https://xa.tinh.gov.vn/tin/. Để trống thì mã QR mở trang của tin ở Loa."
        ),
    )

    @field_validator("page_address")
    @classmethod
    def _web(cls, text: str) -> str:
        if text and urlsplit(text).scheme not in {"https", "http"}:
            raise ValueError("not an address of the web")
        return text


class Print(Channel[PrintSettings, PrintSecrets, PrintProfile]):
    """Sheets for notice boards."""

    kind: ClassVar[str] = "print"
    label: ClassVar[str] = gettext_noop("Bảng tin giấy")
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.PULL})
    Settings: ClassVar[type[Settings]] = PrintSettings
    Secrets: ClassVar[type[Secrets]] = PrintSecrets
    Profile: ClassVar[type[Profile]] = PrintProfile
    forms: ClassVar[tuple[Form, ...]] = (Form.ARTICLE, Form.MESSAGE)
    takes_orders: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    batch_max: ClassVar[int] = 20

    def prepare(self, rendition: Rendition, profile: PrintProfile) -> Content | Problem:
        """The sheet as PDF."""
        if len(rendition.text) > TEXT_MAX:
            return Problem(
                code="too_long",
                sentence=gettext_noop("Tin quá dài để in lên bảng tin. Soạn bản ngắn hơn."),
            )
        lost = ("Ảnh của tin không in lên tờ tin.",) if rendition.pictures else ()
        return Content(
            title=rendition.title,
            text=rendition.text,
            mime="application/pdf",
            data=sheet.pdf(rendition, profile.size, _page(rendition, profile)),
            warnings=lost,
        )

    def estimate(self, batch: Sequence[Message[PrintProfile]]) -> Estimate:
        return Estimate(messages=len(batch), people=0, cost_vnd=0)

    def send(
        self, account: OpenAccount[PrintSettings, PrintSecrets], batch: Sequence[Message[Any]]
    ) -> list[Outcome]:
        """The sheets are ready to be fetched."""
        now = clock.now()
        return [
            Outcome(key=one.key, state="carried", at=now, reference=one.target.profile.size)
            for one in batch
        ]

    def withdraw(
        self, account: OpenAccount[PrintSettings, PrintSecrets], batch: Sequence[Message[Any]]
    ) -> list[Withdrawal]:
        """Somebody must take the sheet down and say so."""
        return [Withdrawal(key=one.key, state="asked") for one in batch]


def _page(rendition: Rendition, profile: PrintProfile) -> str:
    """What the QR code opens."""
    if not profile.page_address or not rendition.url:
        return rendition.url
    number = UUID(rendition.url.rstrip("/").rpartition("/")[2])
    return f"{profile.page_address.rstrip('/')}/{number}"
