"""Speaking to the mail server, one person's letter at a time, so that each has its own answer."""

import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from email import policy
from email.message import EmailMessage

from django.utils.translation import gettext_noop

from loa.channels.contract import OpenAccount
from loa.channels.email.settings import EmailSecrets, EmailSettings
from loa.channels.failures import AccountFailed, Failure, Scope
from loa.lib import clock

TIMEOUT_S = 15.0
AWAY_FOR, GREYLISTED_FOR = timedelta(minutes=2), timedelta(minutes=15)

EmailAccount = OpenAccount[EmailSettings, EmailSecrets]


class NotSent(Exception):
    """The server did not take this letter; `failure` says for whom and how long."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.code)
        self.failure = failure


class InDoubt(Exception):
    """The line broke after the letter was given and before the server said yes."""


@contextmanager
def session(account: EmailAccount) -> Iterator[smtplib.SMTP]:
    """A signed-in connection. Raises AccountFailed."""
    server = _connect(account.settings)
    try:
        _greet(server)
        _secure(server, account.settings)
        _sign_in(server, account)
        yield server
    finally:
        with suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _connect(settings: EmailSettings) -> smtplib.SMTP:
    try:
        if settings.security == "tls":
            return smtplib.SMTP_SSL(
                settings.host,
                settings.port,
                local_hostname=settings.domain,
                timeout=TIMEOUT_S,
                context=ssl.create_default_context(),
            )
        return smtplib.SMTP(
            settings.host, settings.port, local_hostname=settings.domain, timeout=TIMEOUT_S
        )
    except ssl.SSLError as error:
        raise _bad_certificate() from error
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error


def _greet(server: smtplib.SMTP) -> None:
    try:
        server.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error


def _secure(server: smtplib.SMTP, settings: EmailSettings) -> None:
    if settings.security != "starttls":
        return
    try:
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    except smtplib.SMTPNotSupportedError as error:
        raise AccountFailed(
            "no_starttls", "Máy chủ thư không mã hóa đường truyền nên không gửi. Chọn máy chủ khác."
        ) from error
    except ssl.SSLError as error:
        raise _bad_certificate() from error
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error


def _sign_in(server: smtplib.SMTP, account: EmailAccount) -> None:
    if not account.settings.user:
        return
    try:
        server.login(account.settings.user, account.secrets.password.get_secret_value())
    except smtplib.SMTPAuthenticationError as error:
        if error.smtp_code < 500:
            raise _unreachable() from error
        raise AccountFailed(
            "sign_in", "Máy chủ thư không nhận tên đăng nhập hoặc mật khẩu. Nhập lại rồi bấm Thử."
        ) from error
    except UnicodeEncodeError as error:
        raise AccountFailed(
            "sign_in_letters",
            "Máy chủ thư chỉ nhận tên đăng nhập và mật khẩu không dấu. Đổi mật khẩu rồi nhập lại.",
        ) from error
    except smtplib.SMTPNotSupportedError as error:
        raise AccountFailed(
            "no_sign_in", "Máy chủ thư không cho đăng nhập ở cổng này. Xem lại cổng và kiểu mã hóa."
        ) from error
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error


def give(server: smtplib.SMTP, sender: str, address: str, letter: EmailMessage) -> None:
    """Hand over one letter. Returns when the server has taken it. Raises NotSent, InDoubt, and
    AccountFailed where no other letter would fare better."""
    try:
        _answered(server.mail(sender), Scope.ACCOUNT)
        _answered(server.rcpt(address), Scope.PERSON)
    except (OSError, smtplib.SMTPException) as error:
        raise _unreachable() from error
    try:
        _answered(server.data(letter.as_bytes(policy=policy.SMTP)), Scope.MESSAGE)
    except smtplib.SMTPDataError as error:
        _answered((error.smtp_code, b""), Scope.MESSAGE)
    except (OSError, smtplib.SMTPException) as error:
        raise InDoubt from error


def _answered(answer: tuple[int, bytes], scope: Scope) -> None:
    code = answer[0]
    if code < 400:
        return
    later = code < 500
    retry_at = clock.now() + GREYLISTED_FOR if later else None
    if scope is Scope.ACCOUNT:
        raise AccountFailed(
            f"smtp_{code}", "Máy chủ thư không nhận địa chỉ gửi này.", retry_at=retry_at
        )
    raise NotSent(
        Failure(
            code=f"smtp_{code}",
            sentence=gettext_noop("Máy chủ thư của người nhận không nhận thư."),
            scope=scope,
            retry_at=retry_at,
        )
    )


def _unreachable() -> AccountFailed:
    return AccountFailed(
        "unreachable",
        "Chưa liên lạc được với máy chủ thư. Máy chủ này tự thử lại sau vài phút.",
        retry_at=clock.now() + AWAY_FOR,
    )


def _bad_certificate() -> AccountFailed:
    return AccountFailed(
        "certificate",
        "Chứng thư của máy chủ thư không hợp lệ nên không gửi. Báo đơn vị quản lý máy chủ thư.",
    )
