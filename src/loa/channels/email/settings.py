"""What an account at a mail server and a list of addresses are."""

from typing import Annotated, Literal

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_noop
from pydantic import AfterValidator, Field, SecretStr, model_validator

from loa.channels.contract import Profile, Secrets, Settings

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
ADDRESS_MAX = 254
BOUNCE_LOCAL_MAX = 20
"""So that the local part with a person's mark stays within 64 letters (RFC 5321)."""


def clean_address(text: str) -> str:
    """An address that can stand in a letter's head. Raises ValueError."""
    text = text.strip()
    if not text.isascii() or len(text) > ADDRESS_MAX:
        raise ValueError("not an address")
    try:
        validate_email(text)
    except ValidationError as error:
        raise ValueError("not an address") from error
    return text


def _address_or_none(text: str) -> str:
    return clean_address(text) if text else ""


Required = Annotated[str, AfterValidator(clean_address)]
Optional = Annotated[str, AfterValidator(_address_or_none)]


class EmailSettings(Settings):
    """A mail server that takes our letters, and the address that they come from."""

    host: str = Field(
        min_length=1,
        max_length=253,
        pattern=r"^[A-Za-z0-9.:-]+$",
        title=gettext_noop("Máy chủ gửi thư"),
    )
    port: int = Field(default=587, ge=1, le=65535, title=gettext_noop("Cổng"))
    security: Literal["starttls", "tls", "none"] = Field(
        default="starttls",
        title=gettext_noop("Mã hóa"),
        json_schema_extra={
            "labels": {
                "starttls": gettext_noop("mã hóa sau khi nối (cổng 587)"),
                "tls": gettext_noop("mã hóa từ đầu (cổng 465)"),
                "none": gettext_noop("không mã hóa, chỉ trên cùng máy chủ"),
            }
        },
    )
    user: str = Field(default="", max_length=200, title=gettext_noop("Tên đăng nhập"))
    sender: Required = Field(title=gettext_noop("Địa chỉ gửi"))
    sender_name: str = Field(
        default="", max_length=100, pattern=r"^[^\r\n\x00]*$", title=gettext_noop("Tên người gửi")
    )
    reply_to: Optional = Field(default="", title=gettext_noop("Địa chỉ nhận trả lời"))
    bounce_address: Optional = Field(
        default="",
        title=gettext_noop("Địa chỉ nhận thư trả lại"),
        description=gettext_noop(
            "Để trống nếu máy chủ thư chưa được đặt để chuyển thư trả lại cho máy này."
        ),
    )

    @model_validator(mode="after")
    def _plain_only_at_home(self) -> "EmailSettings":
        if self.security == "none" and self.host not in LOOPBACK:
            raise ValueError("letters leave this machine encrypted or not at all")
        if len(self.bounce_address.partition("@")[0]) > BOUNCE_LOCAL_MAX:
            raise ValueError("the part before @ is too long")
        return self

    @property
    def domain(self) -> str:
        return self.sender.rpartition("@")[2]


class EmailSecrets(Secrets):
    """The password of `user`."""

    password: SecretStr = Field(default=SecretStr(""), title=gettext_noop("Mật khẩu"))


class EmailProfile(Profile):
    """A list: what its letters' subjects begin with."""

    prefix: str = Field(
        default="",
        max_length=40,
        pattern=r"^[^\r\n\x00]*$",
        title=gettext_noop("Chữ đầu tiêu đề thư"),
    )
