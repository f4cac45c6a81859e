"""A channel that writes messages as files into a folder. Copy this folder to begin a new one."""

import json
import os
from pathlib import Path
from typing import ClassVar

from loa.channels.contract import Channel, ChannelConfig, ChannelError, Feature, Job, Receipt


class DemoConfig(ChannelConfig):
    """MANDATORY. The settings of one outlet; the console makes its form from this class."""

    folder: Path


class Demo(Channel[DemoConfig]):
    """MANDATORY: kind, label, features, Config, check, deliver."""

    kind: ClassVar[str] = "demo"
    label: ClassVar[str] = "Kênh mẫu"
    features: ClassVar[frozenset[Feature]] = frozenset(
        {Feature.TEXT, Feature.CANCEL, Feature.RECEIPT}
    )
    Config: ClassVar[type[ChannelConfig]] = DemoConfig

    def check(self) -> list[str]:
        """MANDATORY. Sentences for the officer; nothing is sent."""
        if not self.config.folder.is_dir():
            return [f"Không thấy thư mục {self.config.folder}."]
        return []

    def deliver(self, job: Job) -> Receipt:
        """MANDATORY. The job's key makes it idempotent: the file has the key as its name."""
        path = self._path(job)
        text = json.dumps({"title": job.title, "text": job.text}, ensure_ascii=False)
        draft = path.with_suffix(".new")
        try:
            draft.write_text(text, encoding="utf-8")
            os.replace(draft, path)
        except FileNotFoundError as error:
            # Nobody can repair this by waiting.
            raise ChannelError(
                "no_folder", "Thư mục nhận tin không còn.", permanent=True
            ) from error
        except OSError as error:
            raise ChannelError("busy", "Chưa ghi được tin.", retry_after_s=30) from error
        return Receipt(state="shown", reference=path.name, grade="C")

    def cancel(self, job: Job) -> None:
        """OPTIONAL, MANDATORY with Feature.CANCEL. What is not there is already cancelled."""
        self._path(job).unlink(missing_ok=True)

    def _path(self, job: Job) -> Path:
        return self.config.folder / f"{job.key}.json"
