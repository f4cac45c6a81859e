"""allauth's door: nobody registers by themselves; accounts are made by an administrator."""

import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from loa.people import services
from loa.people.models import Account

LOCK_NOTED_S = 900
"""One fact per lock, however often somebody knocks meanwhile."""


def _lock_key(login: str) -> str:
    return f"locked:{hashlib.sha256(login.lower().encode()).hexdigest()}"


class ClosedDoor(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """Sign-in, lock-out and password policy stay allauth's; signing up is closed."""

    error_messages = {  # noqa: RUF012  allauth's own way of wording
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("Tài khoản này đã đóng. Xin hỏi người quản trị."),
        "enter_current_password": _("Xin ghi đúng mật khẩu đang dùng."),
        "incorrect_code": _("Mã không đúng hoặc đã hết hạn. Ghi mã mới đang hiện trên điện thoại."),
        "incorrect_password": _("Mật khẩu không đúng."),
        "invalid_login": _("Tên đăng nhập hoặc mật khẩu không đúng."),
        "username_password_mismatch": _("Tên đăng nhập hoặc mật khẩu không đúng."),
        "email_password_mismatch": _("Tên đăng nhập hoặc mật khẩu không đúng."),
        "too_many_login_attempts": _(
            "Đã sai mật khẩu nhiều lần nên tạm khóa 15 phút để giữ an toàn. Chờ rồi thử lại,"
            " hoặc xin người quản trị đặt lại mật khẩu."
        ),
        "rate_limited": _("Gửi quá nhanh. Xin chờ một phút rồi thử lại."),
        "same_as_current": _("Mật khẩu mới phải khác mật khẩu đang dùng."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Note a lock in the journal, once, and refuse as allauth does."""
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            login = str(credentials.get("username") or credentials.get("email") or "")[:150]
            if login and cache.add(_lock_key(login), 1, LOCK_NOTED_S):
                services.sign_in_locked(login=login)
            raise

    def post_login(self, request: HttpRequest, user: Account, **how: Any) -> HttpResponse:
        """Who came in is a fact of the journal."""
        services.signed_in(account=user)
        response: HttpResponse = super().post_login(request, user, **how)
        return response
