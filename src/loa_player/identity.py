"""Who this device is: its own key, made here, and the paper it was given to enrol with."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError

from loa_player.keep import Doubled, Saved
from loa_protocol import PublicKey, SigningKey
from loa_protocol.device_api import Serial, new_device_id
from loa_protocol.encoding import parse_object
from loa_protocol.payloads import Issuer, Wire
from loa_protocol.payloads.common import Sha256, Url, type_is_list

log = logging.getLogger(__name__)

_KEY_FILE = "device.key"
_RAW_KEY_BYTES = 32
_CLAIM_MAX_BYTES = 64 * 1024
_MODEL_FILE = Path("/proc/device-tree/model")
_MACHINE_FILE = Path("/etc/machine-id")


class SetupError(Exception):
    """The device cannot be set up like this. The text is for a person, in Vietnamese."""


class Claim(Wire):
    """The file that a technician puts on the device.

    `root_sha256` is the identity of the root that this device will ever believe: it comes with
    this file or the image, never over the line. `claim` is single-use; without one the device
    waits until a technician binds it, and `area` says of which commune.
    """

    urls: Annotated[tuple[Url, ...], type_is_list, Field(min_length=1, max_length=8)]
    root_sha256: Sha256
    claim: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    outlet: str | None = None
    area: Annotated[str, Field(pattern=r"^vn/[0-9]{2}/[0-9]{5}$")] | None = None
    serial: Serial | None = None
    model: Annotated[str, Field(min_length=1, max_length=100)] | None = None


@dataclass(frozen=True, slots=True)
class Identity:
    """The device's key and the names it goes by before it has an outlet."""

    key: SigningKey
    serial: str
    model: str

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return self.key.public

    def newcomer(self) -> Issuer:
        """Who asks to be enrolled."""
        return Issuer(path="vn", outlet=new_device_id(self.public))


def load_identity(data: Path, claim: Claim | None) -> Identity:
    """The device's key, made on the device at first use and readable by its owner alone (0600).

    Kept in two copies more: a key file that is damaged or gone comes back from them, so the device
    stays who it is. Raises SetupError.
    """
    path = data / _KEY_FILE
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        key = _kept_key(path, Doubled(data / "kept", "key"))
    except (OSError, ValueError, TypeError) as error:
        raise SetupError(
            f"Không đọc hoặc không tạo được khóa của thiết bị tại {path}: {error}. "
            "Hãy kiểm tra quyền ghi của thư mục dữ liệu."
        ) from error
    serial = (claim and claim.serial) or _machine_serial(key.public)
    model = (claim and claim.model) or _machine_model()
    return Identity(key, serial, model)


def read_claim(path: Path) -> Claim:
    """The claim file. Raises SetupError."""
    try:
        if path.stat().st_size > _CLAIM_MAX_BYTES:
            raise SetupError(f"Tệp ghép nối {path} quá lớn; hãy tải lại tệp từ trang Kênh.")
        return Claim.model_validate(parse_object(path.read_bytes()))
    except OSError as error:
        raise SetupError(f"Không đọc được tệp ghép nối {path}: {error.strerror}.") from error
    except (ValueError, ValidationError) as error:
        raise SetupError(
            f"Tệp ghép nối {path} không đúng mẫu; hãy tải lại tệp từ trang Kênh. ({error})"
        ) from error


def _kept_key(path: Path, copies: Doubled) -> SigningKey:
    saved = copies.read()
    if saved is not None and _is_damaged(path, saved.body):
        log.error("Tệp khóa %s hỏng hoặc mất: lấy lại từ bản lưu kép", path)
        _put_key(path, saved.body)
    elif not path.exists():
        _make_key(path)
    key = SigningKey.load(path)
    whole = Saved(1 if saved is None else saved.generation, path.read_bytes())
    if not copies.is_even(whole):
        copies.write(whole)
    return key


def _is_damaged(path: Path, copy: bytes) -> bool:
    """A whole PEM file that is another key was put there by somebody, and counts."""
    try:
        data = path.read_bytes()
        if data == copy:
            return False
        SigningKey.load(path)
    except (OSError, ValueError, TypeError):
        return True
    # 32 bytes are always a key, those of a file that was cut or zeroed, too.
    return len(data) == _RAW_KEY_BYTES


def _make_key(path: Path) -> None:
    """Through another name, so that a cut leaves no half key."""
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    SigningKey.generate().save(fresh)
    _rename(fresh, path)


def _put_key(path: Path, data: bytes) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    _rename(fresh, path)


def _rename(fresh: Path, path: Path) -> None:
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _machine_serial(key: PublicKey) -> str:
    try:
        found = _MACHINE_FILE.read_text(encoding="ascii").strip()[:32]
    except (OSError, UnicodeDecodeError):
        found = ""
    # Several players may live on one machine: the key tells them apart.
    return f"{found[:12] or 'loa'}-{new_device_id(key)[4:12]}"


def _machine_model() -> str:
    try:
        return _MODEL_FILE.read_text(encoding="utf-8").strip("\x00 \n")[:100] or "loa-player"
    except (OSError, UnicodeDecodeError):
        return "loa-player"
