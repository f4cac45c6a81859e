"""allauth's door: nobody registers by themselves; accounts are made by an administrator."""

import hashlib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from loa.people import selectors, services
from loa.people.models import Account
from loa.people.rules import FACTOR_ROLES, Actor

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


def needs_factor(actor: Actor) -> bool:
    """Whether the asker holds a role that signs in with a second factor."""
    return any(grant.role in FACTOR_ROLES for grant in actor.grants)


def lacks_factor(actor: Actor) -> bool:
    """Whether the asker must set up a second factor before they may work."""
    return needs_factor(actor) and not actor.second_factor


class Factors(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    """The last second factor of who needs one stays: it can be replaced, not removed."""

    error_messages = {  # noqa: RUF012  allauth's own way of wording
        **DefaultMFAAdapter.error_messages,
        "cannot_delete_authenticator": _(
            "Vai trò của anh chị cần xác nhận hai bước. Thêm cách khác trước khi bỏ cách này."
        ),
        "incorrect_code": _("Mã không đúng hoặc đã hết hạn. Ghi mã mới đang hiện trên điện thoại."),
    }

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        if authenticator.type == Authenticator.Type.RECOVERY_CODES:
            return True
        if not needs_factor(selectors.actor_of(authenticator.user)):
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id)
        kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
        return bool(others.filter(type__in=kinds).exclude(pk=authenticator.pk).exists())


class SingleSignOnDoor(DefaultSocialAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    """The province's single sign-on opens accounts that exist; it makes none.

    A person is known by the e-mail address that the provider has verified, the first time; from
    then on by the provider's own id of them.
    """

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.is_existing:
            return
        verified = [found.email for found in sociallogin.email_addresses if found.verified]
        account = selectors.account_by_email(verified)
        if account is None:
            raise ImmediateHttpResponse(render(request, "web/sso_refused.html", status=403))
        sociallogin.connect(request, account)
