"""Persons' keys and papers: by two registrars, real and drill apart, renewed in time, revoked."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from loa.config.commands import keys as keys_command
from loa.config.commands import sign as sign_command
from loa.journal.models import Fact
from loa.lib import clock
from loa.people import acceptance, authority, ceremony, keys
from loa.people.models import Account
from loa.people.rules import Actor, RoleName
from loa.people.selectors import NotAllowed, actor_of
from loa.people.services import PeopleError
from loa_protocol.clock import ManualClock
from loa_protocol.encoding import b64decode, b64encode
from loa_protocol.envelope import Envelope, signing_input
from loa_protocol.keys import PublicKey, SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Delegation, parse_payload
from loa_protocol.refusals import Refused
from tests.country import Country, account

PASSPHRASE = "một câu đủ dài để nhớ"


class Person:
    """Somebody with an account and a registered key."""

    def __init__(self, name: str, role: RoleName, where: Any) -> None:
        self.account: Account = account(name, role, where)
        self.key = SigningKey.generate()

    @property
    def actor(self) -> Actor:
        return actor_of(self.account)

    def register(self, key: SigningKey | None = None) -> Any:
        key = key or self.key
        payload = keys.proof_payload(
            person=self.account.person_id, key=key.public, now=clock.now(), node="n-25"
        )
        return keys.key_register(
            actor=self.actor,
            account=self.account,
            key=key.public,
            payload=payload,
            sig=key.sign(signing_input(Kind.REQUEST, payload)),
        )

    def sign(self, draft: Any) -> tuple[Any, bool]:
        message = signing_input(Kind.DELEGATION, bytes(draft.payload))
        return keys.delegation_sign(
            actor=self.actor, draft_id=draft.pk, kid=self.key.kid, sig=self.key.sign(message)
        )


@pytest.fixture
def registrars(
    country: Country,
    node: authority.NodeIdentity,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> list[Person]:
    """Two people whom the root made registrars of the province, with keys of their own."""
    monkeypatch.setattr(acceptance, "_trust", None)
    signers = [SigningKey.load(tmp_path / f"demo/nguoi-giu-{number}.pem") for number in (1, 2)]
    made = []
    for name in ("Hoàng Văn Dũng", "Lý Văn Tám"):
        person = Person(name, RoleName.REGISTRAR, country.province)
        person.register()
        paper = ceremony.delegate_by_root(
            signers=signers,
            holder="nguoi-giu-1",
            subject=ceremony.subject_of("registrar", person.account.person_id, person.key),
            path="vn/25",
            now=clock.now(),
        )
        authority.document_store(actor="cli:test", envelope=paper)
        made.append(person)
    return made


@pytest.fixture
def officer(country: Country) -> Person:
    return Person("Bùi Thanh Bình", RoleName.ALERT_AUTHOR, country.one.place)


def asked(registrar: Person, key: Any, **other: Any) -> Any:
    fields = {"path": "vn/25/08911", "drill": False, "ceiling": 4, **other}
    return keys.delegation_ask(actor=registrar.actor, key=key, **fields)


def test_two_registrars_make_an_officer(registrars: list[Person], officer: Person) -> None:
    one, two = registrars
    key = officer.register()
    assert [waiting.pk for waiting in keys.keys_without_right(("vn/25",))] == [key.pk]
    draft, complete = one.sign(asked(one, key))
    assert not complete
    assert [waiting.pk for waiting in keys.drafts_waiting(("vn/25",))] == [draft.pk]
    draft, complete = two.sign(draft)
    assert complete
    paper = Envelope.parse(bytes(draft.envelope))
    assert paper in authority.documents(Kind.DELEGATION)
    doc = parse_payload(Kind.DELEGATION, paper.payload)
    assert isinstance(doc, Delegation)
    assert doc.to - doc.from_ == timedelta(days=180)
    assert keys.drafts_waiting(("vn/25",)) == []
    assert keys.keys_without_right(("vn/25",)) == []


def test_one_registrar_is_not_two(registrars: list[Person], officer: Person) -> None:
    one = registrars[0]
    draft, _ = one.sign(asked(one, officer.register()))
    second = SigningKey.generate()
    one.register(second)
    with pytest.raises(PeopleError, match="thứ hai"):
        keys.delegation_sign(
            actor=one.actor,
            draft_id=draft.pk,
            kid=second.kid,
            sig=second.sign(signing_input(Kind.DELEGATION, bytes(draft.payload))),
        )
    assert keys.drafts_waiting(("vn/25",))


def test_nobody_delegates_to_themselves(registrars: list[Person]) -> None:
    one = registrars[0]
    with pytest.raises(PeopleError, match="chính mình"):
        asked(one, keys.keys_of(one.account.pk)[0])


def test_a_registrar_of_another_place_signs_nothing_here(
    registrars: list[Person], officer: Person, country: Country
) -> None:
    stranger = Person("Người Lạ", RoleName.REGISTRAR, country.two.place)
    stranger.register()
    with pytest.raises(NotAllowed):
        asked(stranger, officer.register())
    draft, _ = registrars[0].sign(asked(registrars[0], keys.keys_of(officer.account.pk)[0]))
    with pytest.raises(NotAllowed):
        stranger.sign(draft)


def test_a_declined_paper_is_not_signed(registrars: list[Person], officer: Person) -> None:
    one, two = registrars
    draft, _ = one.sign(asked(one, officer.register()))
    keys.delegation_decline(actor=two.actor, draft_id=draft.pk)
    with pytest.raises(PeopleError, match="từ chối"):
        two.sign(draft)


def test_real_and_drill_are_two_papers(registrars: list[Person], officer: Person) -> None:
    one, two = registrars
    key = officer.register()
    for drill in (False, True):
        two.sign(one.sign(asked(one, key, drill=drill))[0])
    mine = [
        authority.delegation_of(paper)
        for paper in authority.documents(Kind.DELEGATION)
        if authority.delegation_of(paper).subject.id == officer.account.person_id
    ]
    assert len(mine) == 2
    assert not set(mine[0].kinds) & set(mine[1].kinds) - {"resume"}


def test_whoever_registers_a_key_must_have_it(officer: Person, node: Any) -> None:
    other = SigningKey.generate()
    payload = keys.proof_payload(
        person=officer.account.person_id, key=other.public, now=clock.now(), node="n-25"
    )
    with pytest.raises(PeopleError, match="thử thách"):
        keys.key_register(
            actor=officer.actor,
            account=officer.account,
            key=other.public,
            payload=payload,
            sig=officer.key.sign(signing_input(Kind.REQUEST, payload)),
        )
    with pytest.raises(PeopleError, match="thử thách"):
        keys.key_register(
            actor=officer.actor,
            account=officer.account,
            key=officer.key.public,
            payload=payload,
            sig=officer.key.sign(signing_input(Kind.REQUEST, payload)),
        )


def test_a_key_is_registered_by_its_owner_and_once(
    registrars: list[Person], officer: Person
) -> None:
    officer.register()
    with pytest.raises(PeopleError, match="rồi"):
        officer.register()


def test_after_a_lost_key_a_new_one_stands_beside_the_old(
    registrars: list[Person], officer: Person
) -> None:
    """Re-enrolment: the papers of both keys may overlap; the lost one signs nothing here."""
    one, two = registrars
    first = officer.register()
    two.sign(one.sign(asked(one, first))[0])
    keys.key_lost(actor=officer.actor, key=first)
    assert keys.key_of(first.kid) is None
    second = officer.register(SigningKey.generate())
    two.sign(one.sign(asked(one, second))[0])
    assert {key.kid for key in keys.keys_of(officer.account.pk)} == {first.kid, second.kid}


@pytest.mark.parametrize(
    ("days", "alarm"),
    [(61, None), (60, 60), (30.5, 60), (30, 30), (14, 14), (7, 7), (0.5, 7), (0, 0), (-3, 0)],
)
def test_the_alarm_before_an_end(days: float, alarm: int | None) -> None:
    now = clock.now()
    assert keys.alarm_for(now + timedelta(days=days), now) == alarm


def test_each_alarm_is_told_once(
    registrars: list[Person], officer: Person, manual_clock: ManualClock
) -> None:
    one, two = registrars
    two.sign(one.sign(asked(one, officer.register()))[0])
    assert keys.endings_tell(clock.now()) == 0
    told = []
    for _ in range(181):
        manual_clock.advance(86400)
        if keys.endings_tell(clock.now()):
            told.append(keys.endings(clock.now())[0].alarm)
    assert told == [60, 30, 14, 7, 0]
    assert Fact.objects.filter(kind="people.delegation_expiring").count() == 5


def test_the_end_of_a_policy_is_told_before_programmes_fall_silent(
    registrars: list[Person], manual_clock: ManualClock
) -> None:
    policy = ceremony.make_policy(
        registrar=registrars[0].key,
        registrar_id=registrars[0].account.person_id,
        registrar_path="vn/25",
        path="vn/25/08911",
        chain=(),
        now=clock.now(),
    )
    authority.document_store(actor="cli:test", envelope=policy)
    ends = parse_payload(Kind.POLICY, policy.payload).expires
    manual_clock.advance((ends - clock.now()).total_seconds() - 61 * 86400)
    assert policy.id not in {one.document for one in keys.endings(clock.now())}
    told = []
    for _ in range(62):
        manual_clock.advance(86400)
        told += [one.alarm for one in keys.endings(clock.now()) if one.document == policy.id]
        keys.endings_tell(clock.now())
    assert list(dict.fromkeys(told)) == [60, 30, 14, 7, 0]
    facts = Fact.objects.filter(kind="people.rule_expiring", place="vn/25/08911")
    assert [json.loads(fact.payload)["days"] for fact in facts.order_by("seq")] == [
        60,
        30,
        14,
        7,
        0,
    ]


# The command line


@pytest.fixture
def passphrase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOA_PASSPHRASE", PASSPHRASE)


def run(capfdbinary: Any, *words: str) -> bytes:
    capfdbinary.readouterr()
    assert keys_command.main(list(words)) == 0
    out: bytes = capfdbinary.readouterr().out
    return out.strip()


@pytest.mark.usefixtures("passphrase")
def test_the_ceremony_makes_a_root_of_three_and_sheets_to_print(
    tmp_path: Path, capfdbinary: Any
) -> None:
    node = SigningKey.generate().public
    line = json.dumps(
        {
            "subject": {"type": "node", "id": "n-25", "alg": node.alg, "key": node.text},
            "path": "vn/25",
        }
    )
    out = tmp_path / "goc"
    words = ["ceremony", "--out", str(out), "--holders", "an", "ba", "chi", "--subject", line]
    shown = run(capfdbinary, *words).decode()
    root = Envelope.parse((out / "root.json").read_bytes())
    sheet = (out / "to-in-an.txt").read_text()
    assert root.id[:4] in shown
    assert root.id[:4] in sheet
    assert (out / "an.pem").read_text() in sheet
    assert "ENCRYPTED" in sheet
    from loa_protocol.trust import TrustState

    trust = TrustState.begin(root, root.id)
    assert not trust.demo
    paper = Envelope.parse((out / "node-n-25.json").read_bytes())
    trust.check_root_signed(paper)
    assert SigningKey.load(out / "an.pem", passphrase=PASSPHRASE).kid in trust.root_keys
    with pytest.raises(ValueError, match=r"password|passphrase|decrypt"):
        SigningKey.load(out / "an.pem", passphrase="another one")
    assert keys_command.main(words) == 1, "a second ceremony never writes over the first"


@pytest.mark.usefixtures("passphrase")
def test_papers_of_a_person_by_two_registrars_with_files(
    tmp_path: Path, capfdbinary: Any, node: Any
) -> None:
    for name in ("binh",):
        public = run(capfdbinary, "new", str(tmp_path / f"{name}.pem")).decode()
    subject = run(
        capfdbinary,
        *("subject", "--type", "person", "--id", "p-binh", "--place", "vn/25", "--key", public),
    ).decode()
    own = next(
        paper
        for paper in authority.documents(Kind.DELEGATION)
        if authority.delegation_of(paper).subject.id == "dang-ky-1"
    )
    (tmp_path / "own.loa").write_bytes(own.to_bytes())
    demo = tmp_path / "demo"
    paper = run(
        capfdbinary,
        *("person", "--subject", subject, "--drill", "--ceiling", "3"),
        *("--registrar", f"dang-ky-1={demo / 'dang-ky-1.pem'}"),
        *("--delegation", str(tmp_path / "own.loa")),
    )
    (tmp_path / "paper.loa").write_bytes(paper)
    with pytest.raises(Refused, match="not_enough_signers"):
        acceptance.accept(Envelope.parse(paper))
    twice = run(
        capfdbinary,
        *("countersign", str(tmp_path / "paper.loa")),
        *("--registrar", f"dang-ky-2={demo / 'dang-ky-2.pem'}"),
    )
    acceptance.accept(Envelope.parse(twice))
    doc = authority.delegation_of(Envelope.parse(twice))
    assert (doc.subject.id, doc.ceiling) == ("p-binh", 3)
    assert "drill" in doc.kinds


@pytest.mark.usefixtures("passphrase")
def test_an_order_is_read_and_signed_without_a_browser(tmp_path: Path, capfd: Any) -> None:
    key = SigningKey.generate()
    key.save(tmp_path / "binh.pem", passphrase=PASSPHRASE)
    from tools.protocol.world import World

    doc = World().alert_doc()
    draft = tmp_path / "lenh.json"
    draft.write_text(json.dumps({"kind": "alert", "payload": b64encode(doc.to_bytes())}))
    assert sign_command.main([str(draft), "--key", str(tmp_path / "binh.pem"), "--yes"]) == 0
    shown = capfd.readouterr()
    assert "LỆNH THẬT" in shown.err
    assert "Bão số 5 sắp vào bờ" in shown.err
    line = json.loads(shown.out)
    message = signing_input(Kind.ALERT, doc.to_bytes())
    assert PublicKey("ed25519", key.public.raw).verify(message, b64decode(line["sig"]))
    draft.write_text("{}")
    assert sign_command.main([str(draft), "--key", str(tmp_path / "binh.pem"), "--yes"]) == 1
