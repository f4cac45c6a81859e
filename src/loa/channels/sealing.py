"""Secrets of accounts, sealed with a key that is not in the database.

The key file `channels.keys` in the node's key folder has one Fernet key a line, the newest first
(mode 0600). A copy of the database alone opens nothing. A sealed text names the account that it
belongs to, so that one account's secrets cannot be put into another's row.

The file is made at first use, and never again while something is sealed: a missing key is said,
and nothing is sent.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import transaction

from loa.channels import events
from loa.channels.failures import AccountFailed
from loa.channels.models import ChannelAccount
from loa.journal import services as journal
from loa.lib import db
from loa.lib.files import write_private
from loa.people.authority import own_path

LOCK = "channels-secrets"
FILE = "channels.keys"
KEYS_MAX_BYTES = 4096


class KeyMissing(AccountFailed):
    """The sealed secrets cannot be opened: their key is not on this machine."""

    def __init__(self) -> None:
        super().__init__(
            "secrets_key_missing",
            "Không mở được mật khẩu đã niêm phong: máy này không có khóa (tệp keys/channels.keys)."
            " Chép lại khóa từ bản sao lưu, hoặc nhập lại mật khẩu của tài khoản.",
        )


def key_file() -> Path:
    return settings.ENV.keys / FILE


def ensure_key() -> None:
    """Make the key at a node's first start. Nothing is made while something is sealed already."""
    with transaction.atomic():
        db.lock(LOCK)
        _make_if_first()


def _make_if_first() -> None:
    if key_file().exists() or ChannelAccount.objects.exclude(secrets="").exists():
        return
    write_private(key_file(), Fernet.generate_key() + b"\n", replace=False)


def _keys() -> MultiFernet:
    """Raises KeyMissing for a file that is not there or holds no key."""
    try:
        with key_file().open("rb") as file:
            lines = file.read(KEYS_MAX_BYTES).split()
        return MultiFernet([Fernet(line) for line in lines])
    except (OSError, ValueError) as error:
        raise KeyMissing from error


def seal(account_id: UUID, secrets: dict[str, Any]) -> str:
    """The secrets as a sealed text for this account's row. Called in the transaction that stores
    it, so that a rotation cannot pass between. Raises KeyMissing."""
    db.lock(LOCK)
    _make_if_first()
    text = json.dumps({"account": str(account_id), "secrets": secrets}, ensure_ascii=False)
    return _keys().encrypt(text.encode()).decode()


def unseal(account_id: UUID, sealed: str) -> dict[str, Any]:
    """The secrets of an account; empty for an account without. Raises KeyMissing."""
    if not sealed:
        return {}
    try:
        held = json.loads(_keys().decrypt(sealed.encode()))
    except (InvalidToken, ValueError) as error:
        raise KeyMissing from error
    if held.get("account") != str(account_id):
        raise KeyMissing
    return dict(held["secrets"])


def rotate(*, new_key: Callable[[], bytes] = Fernet.generate_key) -> int:
    """Seal every account's secrets with a new key and forget the old ones; how many were sealed.

    The new key is in the file before anything is sealed with it, and the old ones until everything
    is: a rotation that is broken off is simply done again. Raises KeyMissing, and changes nothing
    then.
    """
    with transaction.atomic():
        db.lock(LOCK)
        _make_if_first()
        _keys()
        old = key_file().read_bytes().split()
        write_private(key_file(), b"\n".join([new_key(), *old]) + b"\n", replace=True)
        keys = _keys()
        rows = list(ChannelAccount.objects.select_for_update().exclude(secrets=""))
        for row in rows:
            _resealed(row, keys)
        journal.record(
            actor="cli:secrets",
            kind=events.SECRETS_ROTATED,
            place=own_path() or "",
            payload={"accounts": len(rows)},
        )
    with transaction.atomic():
        db.lock(LOCK)
        newest = key_file().read_bytes().split()[0]
        if all(_opens(newest, row.secrets) for row in ChannelAccount.objects.exclude(secrets="")):
            write_private(key_file(), newest + b"\n", replace=True)
    return len(rows)


def _resealed(row: ChannelAccount, keys: MultiFernet) -> None:
    try:
        sealed = keys.rotate(row.secrets.encode()).decode()
    except InvalidToken as error:
        raise KeyMissing from error
    ChannelAccount.objects.filter(pk=row.pk).update(secrets=sealed)


def _opens(key: bytes, sealed: str) -> bool:
    try:
        Fernet(key).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True
