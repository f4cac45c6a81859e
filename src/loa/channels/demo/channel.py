"""A channel that writes messages as files into a folder. Copy this folder to begin a new one."""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal
from uuid import UUID

from django.utils.translation import gettext_noop
from pydantic import Field, SecretStr

from loa.channels.contract import (
    Capability,
    Channel,
    Content,
    Estimate,
    Event,
    Grade,
    InboundRequest,
    Message,
    Mode,
    OpenAccount,
    Outcome,
    PersonEvent,
    Problem,
    Profile,
    Rendition,
    Secrets,
    Settings,
    Target,
    Withdrawal,
)
from loa.channels.failures import AccountFailed, OutletFailed
from loa.lib import clock
from loa.newsroom.renditions import Form

RETRY = timedelta(seconds=30)


class DemoSettings(Settings):
    """MANDATORY where an account has settings. The console makes its form from this class."""

    folder: Path = Field(
        title=gettext_noop("Thư mục"), description=gettext_noop("Nơi ghi tin thành tệp.")
    )
    mode: Literal["push", "state"] = Field(
        default="push",
        title=gettext_noop("Cách gửi"),
        description=gettext_noop("push: từng tin; state: mỗi lần ghi toàn bộ tin đang hiện."),
    )


class DemoSecrets(Secrets):
    """OPTIONAL. Sealed in the database; `SecretStr` keeps it out of every log."""

    password: SecretStr = Field(default=SecretStr(""), title=gettext_noop("Mật khẩu"))


class DemoProfile(Profile):
    """OPTIONAL. What one outlet is like: here how many letters it can show."""

    text_max: int = Field(default=2_000, ge=1, le=20_000, title=gettext_noop("Số chữ nhiều nhất"))


class Demo(Channel[DemoSettings, DemoSecrets, DemoProfile]):
    """MANDATORY: kind, label, modes, forms, and the methods of its modes."""

    kind: ClassVar[str] = "demo"
    label: ClassVar[str] = gettext_noop("Kênh mẫu")
    modes: ClassVar[frozenset[Mode]] = frozenset({Mode.PUSH, Mode.STATE})
    Settings: ClassVar[type[Settings]] = DemoSettings
    Secrets: ClassVar[type[Secrets]] = DemoSecrets
    Profile: ClassVar[type[Profile]] = DemoProfile
    forms: ClassVar[tuple[Form, ...]] = (Form.MESSAGE, Form.ARTICLE)
    repeatable: ClassVar[bool] = True  # the file's name is the key
    batch_max: ClassVar[int] = 20
    capability_labels: ClassVar[Mapping[str, str]] = {"text": gettext_noop("hiện chữ")}

    def mode(self, settings: DemoSettings) -> Mode:
        """MANDATORY with more than one mode."""
        return Mode(settings.mode)

    def check(self, account: OpenAccount[DemoSettings, DemoSecrets]) -> list[str]:
        """RECOMMENDED. Sentences for the officer; nothing is sent to people."""
        if not account.settings.folder.is_dir():
            return [f"Không thấy thư mục {account.settings.folder}."]
        return []

    def capabilities(
        self, account: OpenAccount[DemoSettings, DemoSecrets]
    ) -> dict[str, Capability]:
        """RECOMMENDED. What the account can do, as tried now: never what a manual promises."""
        works = os.access(account.settings.folder, os.W_OK)
        state: Literal["works", "refused"] = "works" if works else "refused"
        return {"text": Capability(state=state, at=clock.now(), code="" if works else "EACCES")}

    def prepare(self, rendition: Rendition, profile: DemoProfile) -> Content | Problem:
        """RECOMMENDED. Pure. What does not fit is a Problem; what is lost is a warning."""
        if len(rendition.text) > profile.text_max:
            return Problem(
                code="too_long", sentence=gettext_noop("Tin dài quá số chữ mà điểm nhận hiện được.")
            )
        lost = ("Ảnh của tin không hiện ở kênh này.",) if rendition.pictures else ()
        return Content(title=rendition.title, text=rendition.text, warnings=lost)

    def estimate(self, batch: Sequence[Message[DemoProfile]]) -> Estimate:
        """OPTIONAL. Pure. What sending would mean, before anybody presses."""
        return Estimate(messages=len(batch), people=0, cost_vnd=0)

    def send(
        self,
        account: OpenAccount[DemoSettings, DemoSecrets],
        batch: Sequence[Message[DemoProfile]],
    ) -> list[Outcome]:
        """MANDATORY in push or pull mode. One outcome for each key; the same key twice is once."""
        self._folder(account)
        return [self._write(account, message) for message in batch]

    def sync(
        self,
        account: OpenAccount[DemoSettings, DemoSecrets],
        target: Target[DemoProfile],
        desired: Sequence[Message[DemoProfile]],
    ) -> list[Outcome]:
        """MANDATORY in state mode. Afterwards the outlet shows `desired` and nothing else."""
        shown = [
            {"key": str(one.key), "title": one.content.title, "text": one.content.text}
            for one in desired
        ]
        _replace(self._folder(account) / f"{target.id}.state.json", shown)
        now = clock.now()
        return [
            Outcome(key=one.key, state="shown", grade="C", at=now, reference=str(target.id))
            for one in desired
        ]

    def withdraw(
        self,
        account: OpenAccount[DemoSettings, DemoSecrets],
        batch: Sequence[Message[DemoProfile]],
    ) -> list[Withdrawal]:
        """OPTIONAL in push mode. What is not there is confirmed."""
        for message in batch:
            (account.settings.folder / f"{message.key}.json").unlink(missing_ok=True)
        return [Withdrawal(key=one.key, state="confirmed") for one in batch]

    def receive(
        self, account: OpenAccount[DemoSettings, DemoSecrets] | None, request: InboundRequest
    ) -> list[Event]:
        """OPTIONAL. Here: a JSON list of `{key, state}` outcomes or `{stop: person}`. Raises
        ValueError for anything else: it is kept, and understood by nobody."""
        told = json.loads(request.body)
        if not isinstance(told, list):
            raise ValueError("not a list")
        return [_event(one, request) for one in told]

    def _folder(self, account: OpenAccount[DemoSettings, DemoSecrets]) -> Path:
        folder = account.settings.folder
        if not folder.is_dir():
            # Nobody can repair this by waiting, and no other message of the account will fare
            # better: the scope is the account.
            raise AccountFailed("no_folder", "Thư mục nhận tin không còn. Mở trang Kênh để sửa.")
        return folder

    def _write(
        self, account: OpenAccount[DemoSettings, DemoSecrets], message: Message[DemoProfile]
    ) -> Outcome:
        path = account.settings.folder / f"{message.key}.json"
        try:
            _replace(path, {"title": message.content.title, "text": message.content.text})
        except OSError as error:
            busy = OutletFailed("busy", "Chưa ghi được tin.", retry_at=clock.now() + RETRY)
            busy.__cause__ = error
            return Outcome(key=message.key, state="failed", at=clock.now(), failure=busy.failure)
        return Outcome(
            key=message.key, state="shown", grade="C", at=clock.now(), reference=path.name
        )


def _replace(path: Path, content: object) -> None:
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    os.replace(draft, path)


def _event(told: object, request: InboundRequest) -> Event:
    if not isinstance(told, dict):
        raise ValueError("not an object")
    if "stop" in told:
        return PersonEvent(kind="stop", ref=UUID(str(told["stop"])))
    state = told.get("state")
    if state not in {"carried", "shown", "failed"}:
        raise ValueError("no such state")
    grade: Grade | None = "C" if state == "shown" else None
    return Outcome(key=UUID(str(told.get("key"))), state=state, at=request.received_at, grade=grade)
