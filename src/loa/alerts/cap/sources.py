"""Whence CAP messages come: addresses that are asked, and senders with a token of their own."""

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from urllib.parse import urlsplit

from cryptography import x509
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext

from loa.alerts import events
from loa.alerts.cap import fetch
from loa.alerts.models import CapSource, CapWay
from loa.alerts.rules import OrderRefused
from loa.journal import services as journal
from loa.lib import clock
from loa.lib.text import nfc
from loa.people.rules import Action, Actor
from loa.people.selectors import ensure

SOURCES_OF_A_PLACE = 20
SOURCES_MAX = 400
"""All of the node: one thread asks them in turn."""


def source_add(
    *,
    actor: Actor,
    path: str,
    name: str,
    way: str,
    senders: Sequence[str],
    url: str = "",
    certificates: str = "",
    must_sign: bool = True,
) -> tuple[CapSource, str]:
    """A source and, for one that posts, its token: shown once, kept as a hash.

    Raises NotAllowed, OrderRefused.
    """
    ensure(actor, Action.ALERT_APPROVE, path)
    name = " ".join(nfc(name).split())[:120]
    if not name or not senders:
        raise OrderRefused("no_sender", gettext("Ghi tên nguồn và ít nhất một mã nơi gửi."))
    if way == CapWay.URL:
        _check_address(url)
    if must_sign and not trusted_of(certificates):
        raise OrderRefused(
            "no_certificate", gettext("Bắt buộc chữ ký số thì phải dán chứng thư của nơi gửi.")
        )
    in_use = CapSource.objects.filter(stopped_at=None)
    if in_use.filter(path=path).count() >= SOURCES_OF_A_PLACE or in_use.count() >= SOURCES_MAX:
        raise OrderRefused("too_many", gettext("Đã có quá nhiều nguồn. Ngừng bớt một nguồn."))
    token = secrets.token_urlsafe(32) if way == CapWay.POST else ""
    with transaction.atomic():
        source = CapSource.objects.create(
            name=name,
            path=path,
            way=CapWay(way),
            url=url[:500] if way == CapWay.URL else "",
            token_hash=_hash(token) if token else "",
            senders=list(senders)[:16],
            certificates=certificates,
            must_sign=must_sign,
            added_by=str(actor),
            added_at=clock.now(),
        )
        _record(str(actor), events.CAP_SOURCE_ADDED, source)
    return source, token


def _check_address(url: str) -> None:
    """Over TLS (on this machine without, where everything is a demonstration), and in the open
    network as far as the address itself says it; what a name stands for is seen when asked.

    Raises OrderRefused."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or not (parts.scheme == "https" or fetch.is_demo(parts)):
        raise OrderRefused("bad_url", gettext("Địa chỉ phải bắt đầu bằng https://."))
    if not fetch.may_be_named(parts.hostname):
        raise OrderRefused("inner_address", fetch.inner_sentence())


def source_stop(*, actor: Actor, source: CapSource) -> None:
    """No message of it is asked for or taken any more."""
    ensure(actor, Action.ALERT_APPROVE, source.path)
    with transaction.atomic():
        if CapSource.objects.filter(pk=source.pk, stopped_at=None).update(stopped_at=clock.now()):
            _record(str(actor), events.CAP_SOURCE_STOPPED, source)


def _record(actor: str, kind: str, source: CapSource) -> None:
    journal.record(
        actor=actor,
        kind=kind,
        place=source.path,
        subject=f"cap:{source.pk}",
        payload={"name": source.name, "way": source.way},
    )


def trusted_of(pem: str) -> list[x509.Certificate]:
    """The certificates in a text. Raises OrderRefused where there is text that is none."""
    if not pem.strip():
        return []
    try:
        return x509.load_pem_x509_certificates(pem.encode())
    except ValueError as error:
        raise OrderRefused(
            "bad_certificate", gettext("Chứng thư phải ở dạng PEM, dán nguyên văn.")
        ) from error


def source_of_token(source_id: str, token: str) -> CapSource | None:
    """The source whose token this is."""
    try:
        source = CapSource.objects.filter(pk=source_id, stopped_at=None, way=CapWay.POST).first()
    except ValidationError:  # no UUID
        return None
    if source is None or not hmac.compare_digest(source.token_hash, _hash(token)):
        return None
    return source


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
