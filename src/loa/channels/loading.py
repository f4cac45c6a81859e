"""From rows to what a channel is given: the account opened, the approved content, the message."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext_noop

from loa.alerts import selectors as alerts
from loa.alerts.models import Order
from loa.channels import events
from loa.channels.accounts import open_account, target_of
from loa.channels.contract import (
    AnyAccount,
    AnyMessage,
    Content,
    Message,
    Picture,
    Problem,
    Recipient,
    Rendition,
)
from loa.channels.failures import ChannelError, Failure, MessageFailed
from loa.channels.models import ChannelAccount, Dispatch
from loa.channels.registry import channel_of
from loa.journal import services as journal
from loa.lib import clock
from loa.newsroom.models import Bulletin
from loa.newsroom.renditions import ApprovalVoid, Form, RenditionContent, approved

DRILL = "DIỄN TẬP: "
"""Said on every channel: a drill can never be taken for the real thing."""

VOID = Failure(
    code="approval_void",
    sentence=gettext_noop(
        "Nội dung không còn đúng như bản đã duyệt nên không gửi. Báo quản trị viên."
    ),
)


def opened(account: ChannelAccount) -> AnyAccount:
    """The account for one call. Raises AccountFailed."""
    return open_account(account, account.place.path)


def page_url(bulletin_id: UUID) -> str:
    """The address of a bulletin's own page."""
    return f"{settings.ENV.web_url}/tin/{bulletin_id}/"


def order_rendition(order: Order, form: Form) -> Rendition:
    """An order in one form; its hash is the order's id, which both persons signed."""
    mark = DRILL if order.drill else ""
    return Rendition(
        form=form,
        sha256=order.pk,
        title=mark + order.title,
        text=mark + order.text,
        valid_from=order.issued_at or order.made_at,
        valid_until=order.expires_at,
        audio_sha256=order.speech_id,
        urgent=True,
        drill=order.drill,
    )


def bulletin_rendition(
    bulletin: Bulletin, form: Form, content: RenditionContent, sha256: str
) -> Rendition:
    return Rendition(
        form=form,
        sha256=sha256,
        title=content.title,
        text=content.text,
        issuer=content.issuer,
        place=bulletin.place.name,
        language=content.language,
        url=page_url(bulletin.pk),
        correction=content.correction,
        valid_from=content.valid_from,
        valid_until=content.valid_until,
        pictures=tuple(Picture(sha256=one.sha256, alt=one.alt) for one in content.pictures),
        audio_sha256=content.audio_sha256 or None,
    )


def rendition_of(row: Dispatch) -> Rendition:
    """What is to be sent, which must be what was approved. Raises ApprovalVoid."""
    form = Form(row.form)
    if row.order is not None:
        return order_rendition(row.order, form)
    if row.bulletin is None:
        raise ApprovalVoid("nothing to say")
    found = approved(row.bulletin.pk, form)
    if found is None or found[0].sha256 != row.content_sha256:
        raise ApprovalVoid("not the approved rendition")
    return bulletin_rendition(row.bulletin, form, found[1], found[0].sha256)


def rows_of(keys: Collection[UUID]) -> list[Dispatch]:
    """Dispatches with everything that a message needs; two queries, in a stable order."""
    rows = Dispatch.objects.filter(pk__in=list(keys)).select_related(
        "outlet__account__place", "outlet__place", "outlet__pole", "order", "bulletin__place"
    )
    return list(rows.order_by("-urgent", "due_at", "pk"))


def still_wanted(row: Dispatch) -> bool:
    """Whether it may still be sent at this moment, by the newest state of what it says."""
    if row.outlet.retired_at is not None or row.withdrawn:
        return False
    if row.expires_at is not None and row.expires_at <= clock.now():
        return False
    if row.order_id:
        order = alerts.order_get(row.order_id)
        return order is not None and order.ended_at is None
    return True


def message_of(row: Dispatch, recipients: tuple[Recipient, ...] = ()) -> AnyMessage:
    """The message of a dispatch. Raises ApprovalVoid, ChannelError."""
    return _message(row, rendition_of(row), recipients)


def message_again(key: UUID) -> AnyMessage | None:
    """The message of a dispatch that is taken back: the bulletin is not approved any more, so that
    its content is not asked for. None where the outlet's channel or profile is gone."""
    (row,) = rows_of([key])
    if row.order is not None:
        rendition = order_rendition(row.order, Form(row.form))
    else:
        title = ""
        rendition = Rendition(form=Form(row.form), sha256=row.content_sha256, title=title, text="")
    try:
        target = target_of(row.outlet, row.outlet.account.kind)
    except ChannelError:
        return None
    return Message(
        key=row.key,
        target=target,
        rendition=rendition,
        content=Content(title=rendition.title, text=rendition.text),
        expires_at=row.expires_at,
        bulletin_id=row.bulletin_id,
    )


def _message(row: Dispatch, rendition: Rendition, recipients: tuple[Recipient, ...]) -> AnyMessage:
    kind = row.outlet.account.kind
    target = target_of(row.outlet, kind)
    channel = channel_of(kind)
    made: Any = channel.prepare(rendition, target.profile) if channel else None
    if isinstance(made, Problem) or made is None:
        code, sentence = (made.code, made.sentence) if made else ("no_channel", "")
        raise MessageFailed(code, sentence)
    return Message(
        key=row.key,
        target=target,
        rendition=rendition,
        content=made,
        expires_at=row.expires_at,
        begins_at=rendition.valid_from,
        bulletin_id=row.bulletin_id,
        recipients=recipients,
    )


def note_void(row: Dispatch) -> None:
    """A fact for content that is not what was approved: somebody or something changed it."""
    journal.record(
        actor="node",
        kind=events.APPROVAL_VOID,
        place=row.outlet.place.path,
        subject=f"bulletin:{row.bulletin_id}" if row.bulletin_id else f"order:{row.order_id}",
        payload={"dispatch": str(row.pk)},
    )
