"""docs/protocol is what loa_protocol says, and the tool notices when it is not."""

import json
from pathlib import Path

import pytest
from tools import protocol_docs

from loa_protocol import Kind
from loa_protocol.schemas import MESSAGES, message_schema, payload_schema


@pytest.fixture(scope="module")
def files() -> dict[str, str]:
    return protocol_docs.generated()


def test_the_published_files_are_up_to_date(files: dict[str, str]) -> None:
    assert protocol_docs.stale(files) == []


def test_what_is_stale_is_named(
    files: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(protocol_docs, "TARGET", tmp_path)
    protocol_docs.write(files)
    assert protocol_docs.stale(files) == []
    (tmp_path / "README.md").write_text("khác", encoding="utf-8")
    (tmp_path / "schemas" / "alert.json").unlink()
    (tmp_path / "old.json").write_text("{}", encoding="utf-8")
    assert protocol_docs.stale(files) == ["README.md", "old.json", "schemas/alert.json"]
    protocol_docs.write(files)
    assert protocol_docs.stale(files) == []


def test_writing_twice_writes_the_same(files: dict[str, str]) -> None:
    assert protocol_docs.generated() == files


def test_schemas_require_kind_and_know_no_null() -> None:
    for kind in Kind:
        schema = payload_schema(kind)
        assert {"kind", "issuer", "target", "issued", "expires", "nonce"} <= set(schema["required"])
        assert '"null"' not in json.dumps(schema)
    for name in MESSAGES:
        assert message_schema(name)["title"] == name


def test_nothing_of_this_machine_is_published(files: dict[str, str]) -> None:
    root = str(protocol_docs.ROOT)
    assert not any(root in text for text in files.values())
