"""The letters themselves: headers by RFC 5322, 2369 and 8058, plain text. Pure."""

from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from uuid import UUID

from loa.channels.contract import Message, Recipient, Rendition
from loa.channels.email import links
from loa.channels.email.settings import EmailProfile, EmailSettings
from loa.lib import clock

URGENT, CORRECTION = "KHẨN CẤP: ", "Đính chính: "


def subject(rendition: Rendition, profile: EmailProfile) -> str:
    """The subject line. What is urgent or a correction says so first."""
    mark = URGENT if rendition.urgent else CORRECTION if rendition.correction else ""
    return " ".join(f"{profile.prefix} {mark}{rendition.title}".split())


def body(rendition: Rendition) -> str:
    """The letter's text without its foot."""
    parts = [rendition.title, rendition.text.strip()]
    source = ", ".join(part for part in (rendition.issuer, rendition.place) if part)
    if source:
        parts.append(f"Nguồn: {source}")
    return "\n\n".join(part for part in parts if part)


def letter(
    settings: EmailSettings, message: Message[EmailProfile], person: Recipient
) -> EmailMessage:
    """One person's copy. Its Message-ID is the dispatch's key and the person's: a copy that came
    twice can be told by it."""
    made = _blank(settings, person)
    made["Subject"] = message.content.title
    made["Message-ID"] = f"<{message.key}.{person.ref}@{settings.domain}>"
    made["List-Id"] = f"<{message.target.id}.{settings.domain}>"
    stop = links.stop_url(person.ref)
    made["List-Unsubscribe"] = f"<{stop}>"
    made["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    made["Precedence"] = "list"
    if message.rendition.urgent:
        made["Importance"] = "high"
    foot = (
        f"Ông, bà nhận thư này vì đã đăng ký danh sách “{message.target.name}”.\nNgừng nhận: {stop}"
    )
    made.set_content(f"{message.content.text}\n\n-- \n{foot}\n", cte="quoted-printable")
    return made


def question(
    settings: EmailSettings, list_name: str, office: str, person: Recipient
) -> EmailMessage:
    """Asks whether the person wants the list's letters. It says what they would get."""
    made = _blank(settings, person)
    made["Subject"] = " ".join(f"Xác nhận nhận tin: {list_name}".split())
    made["Message-ID"] = f"<hoi.{person.ref}.{clock.now():%Y%m%d%H%M%S}@{settings.domain}>"
    made.set_content(
        f"Kính gửi ông, bà,\n\n{office} được đề nghị gửi bản tin thông tin cơ sở và thông báo"
        f" khẩn cấp qua thư điện tử tới địa chỉ này, theo danh sách “{list_name}”.\n\n"
        "Nếu đồng ý nhận, xin mở liên kết sau trong 14 ngày và bấm Đồng ý:\n"
        f"{links.confirm_url(person.ref)}\n\n"
        "Nếu không, ông, bà không cần làm gì: địa chỉ này sẽ được xóa và không nhận thêm thư nào."
        " Khi đã đồng ý, mỗi thư đều có liên kết để ngừng nhận bất cứ lúc nào.\n",
        cte="quoted-printable",
    )
    return made


def _blank(settings: EmailSettings, person: Recipient) -> EmailMessage:
    made = EmailMessage()
    made["From"] = Address(display_name=settings.sender_name, addr_spec=settings.sender)
    made["To"] = Address(addr_spec=person.address)
    if settings.reply_to:
        made["Reply-To"] = Address(addr_spec=settings.reply_to)
    made["Date"] = format_datetime(clock.now())
    made["Auto-Submitted"] = "auto-generated"
    return made


def envelope_sender(settings: EmailSettings, ref: UUID) -> str:
    """Where a letter comes back to: with a bounce address each person has their own (VERP)."""
    if not settings.bounce_address:
        return settings.sender
    local, _at, domain = settings.bounce_address.partition("@")
    return f"{local}+{ref.hex}{links.token(links.BOUNCE, ref)[32:42]}@{domain}"
