"""From offline keys to a node that may sign: the operator's commands, with nothing else."""

import json
from pathlib import Path

import pytest

from loa.config.commands import keys as keys_command
from loa.config.commands import node as node_command
from loa.people import authority
from loa.people.models import Document
from loa_protocol.clock import ManualClock
from loa_protocol.envelope import Envelope
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.refusals import Refused
from tests.country import Country


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the holders keep their keys, under a passphrase."""
    monkeypatch.setenv("LOA_PASSPHRASE", "mật khẩu của người giữ khóa")
    folder = tmp_path / "offline"
    folder.mkdir()
    for name in ("mot", "hai", "ba", "dk1"):
        assert keys_command.main(["new", str(folder / name)]) == 0
    return folder


def made(capsysbinary: pytest.CaptureFixture[bytes], folder: Path, name: str, *argv: str) -> Path:
    capsysbinary.readouterr()
    assert keys_command.main(list(argv)) == 0
    path = folder / name
    path.write_bytes(capsysbinary.readouterr().out.strip())
    return path


def test_a_province_s_node_from_its_first_key_to_its_first_signature(
    country: Country,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    from dataclasses import replace

    from django.conf import settings

    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, data=tmp_path / "data"))
    monkeypatch.setattr(authority, "_cached", None)
    holders = [f"{name}={offline / name}" for name in ("mot", "hai", "ba")]
    root = made(capsysbinary, tmp_path, "root.json", "root", *holders)
    assert node_command.main(["init", "--province", "25"]) == 0
    subject = capsysbinary.readouterr().out.decode().strip()
    paper = made(
        capsysbinary,
        tmp_path,
        "node.json",
        "delegate",
        "--root",
        *holders[:2],
        "--subject",
        subject,
    )
    registrar_key = SigningKey.load(offline / "dk1", passphrase="mật khẩu của người giữ khóa")
    registrar = json.dumps(
        {
            "subject": {
                "type": "registrar",
                "id": "dk1",
                "alg": "ed25519",
                "key": registrar_key.public.text,
            },
            "path": "vn/25",
        }
    )
    right = made(
        capsysbinary,
        tmp_path,
        "dk1.json",
        "delegate",
        "--root",
        *holders[1:],
        "--subject",
        registrar,
    )
    policy = made(
        capsysbinary,
        tmp_path,
        "policy.json",
        "policy",
        "--registrar",
        f"dk1={offline / 'dk1'}",
        "--delegation",
        str(right),
        "--place",
        "vn/25",
    )
    files = [str(path) for path in (root, paper, right, policy)]
    assert node_command.main(["accept", *files]) == 0
    assert node_command.main(["show"]) == 0
    node = authority.node_identity()
    assert (node.id, node.path, node.demo) == ("n-25", "vn/25", False)
    assert authority.newest(Kind.POLICY, "vn/25") is not None


def test_a_paper_that_the_root_did_not_sign_is_not_taken(
    country: Country,
    offline: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsysbinary: pytest.CaptureFixture[bytes],
) -> None:
    holders = [f"{name}={offline / name}" for name in ("mot", "hai", "ba")]
    root = made(capsysbinary, tmp_path, "root.json", "root", *holders)
    assert node_command.main(["accept", str(root)]) == 0
    for name in ("x1", "x2"):
        keys_command.main(["new", str(offline / name)])
    subject = json.dumps(
        {
            "subject": {
                "type": "node",
                "id": "n-25",
                "alg": "ed25519",
                "key": SigningKey.generate().public.text,
            },
            "path": "vn/25",
        }
    )
    forged = made(
        capsysbinary,
        tmp_path,
        "forged.json",
        "delegate",
        "--root",
        f"mot={offline / 'x1'}",
        f"hai={offline / 'x2'}",
        "--subject",
        subject,
    )
    assert node_command.main(["accept", str(forged)]) == 1
    assert Document.objects.count() == 1


def test_one_holder_alone_makes_no_root(
    offline: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert keys_command.main(["root", f"mot={offline / 'mot'}", "--threshold", "1"]) == 1
    assert capsysbinary.readouterr().out == b""


def test_a_demo_s_root_is_refused_where_it_is_no_demo(
    country: Country, node: authority.NodeIdentity, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    from django.conf import settings

    from loa.people.acceptance import accept

    root = authority.newest(Kind.ROOT)
    assert root is not None
    monkeypatch.setattr(settings, "ENV", replace(settings.ENV, demo=False))
    monkeypatch.setattr(authority, "_cached", None)
    with pytest.raises(authority.NoAuthority, match="trình diễn"):
        authority.node_identity()
    Document.objects.all().delete()
    with pytest.raises(Refused, match="trình diễn"):
        accept(root)


def test_the_first_administrator_is_made_on_the_command_line(
    country: Country, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from loa.config.commands import account
    from loa.people.models import Account
    from loa.people.rules import Action
    from loa.people.selectors import actor_of

    argv = ["add", "chi-huong", "--name", "Lê Thị Hương", "--role", "administrator"]
    monkeypatch.setenv("LOA_PASSWORD", "ngắn")
    assert account.main([*argv, "--place", "vn/25"]) == 1
    monkeypatch.setenv("LOA_PASSWORD", "một mật khẩu đủ dài 2026")
    assert account.main([*argv, "--place", "vn/99"]) == 2
    assert account.main([*argv, "--place", "vn/25"]) == 0
    made = Account.objects.get(username="chi-huong")
    assert actor_of(made).may(Action.ACCOUNT_MANAGE, "vn/25/08911")
    assert account.main([*argv, "--place", "vn/25"]) == 1


class TestRevocation:
    """A registrar revokes another; the other cannot undo it, and many papers are no hindrance."""

    @pytest.fixture
    def keys(self, country: Country, node: authority.NodeIdentity, tmp_path: Path) -> Path:
        return tmp_path / "demo"

    def trust(self, keys: Path, who: str, *kids: str) -> Envelope:
        from loa.lib import clock
        from loa.people import ceremony
        from loa_protocol.payloads import Revoked

        now = clock.now()
        return ceremony.make_trust(
            registrar=SigningKey.load(keys / f"{who}.pem"),
            registrar_id=who,
            registrar_path="vn/25",
            path="vn/25",
            chain=[],
            now=now,
            revoked=[Revoked(kid=kid, since=now) for kid in kids],
        )

    def take(self, envelope: Envelope) -> None:
        from loa.people.acceptance import accept

        accept(envelope)
        authority.document_store(actor="cli:test", envelope=envelope)

    def test_a_revoked_registrar_cannot_take_it_back(
        self, keys: Path, manual_clock: ManualClock
    ) -> None:
        manual_clock.advance(10)
        kid = SigningKey.load(keys / "dang-ky-2.pem").public.kid
        self.take(self.trust(keys, "dang-ky-1", kid))
        manual_clock.advance(10)
        with pytest.raises(Refused, match="revoked"):
            self.take(self.trust(keys, "dang-ky-2"))

    def test_a_list_that_forgets_a_key_is_refused(
        self, keys: Path, manual_clock: ManualClock
    ) -> None:
        manual_clock.advance(10)
        stranger = SigningKey.generate().public.kid
        self.take(self.trust(keys, "dang-ky-1", stranger))
        manual_clock.advance(10)
        with pytest.raises(Refused, match="shrunk"):
            self.take(self.trust(keys, "dang-ky-2"))
        self.take(self.trust(keys, "dang-ky-2", stranger))

    def test_thirty_delegations_are_no_hindrance(
        self, keys: Path, manual_clock: ManualClock
    ) -> None:
        from loa.lib import clock
        from loa.people import ceremony

        signers = [SigningKey.load(keys / f"nguoi-giu-{number}.pem") for number in (1, 2)]
        for number in range(30):
            manual_clock.advance(1)
            subject = ceremony.subject_of("registrar", f"r-{number}", SigningKey.generate())
            self.take(
                ceremony.delegate_by_root(
                    signers=signers,
                    holder="nguoi-giu-1",
                    subject=subject,
                    path="vn/25",
                    now=clock.now(),
                )
            )
        manual_clock.advance(1)
        paper = self.trust(keys, "dang-ky-1", SigningKey.generate().public.kid)
        self.take(paper)
        assert authority.newest(Kind.TRUST, "vn/25") == paper
