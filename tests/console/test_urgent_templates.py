"""A wording signed in advance: from its page to a machine's word, and the one press against it."""

import json
import re
from datetime import timedelta

import pytest
from django.http import HttpResponse
from django.test import Client

from loa.alerts.models import FeedVoices, Order, Template
from loa.alerts.order_templates import filling
from loa.alerts.orders import sound
from loa.alerts.rules import OrderRefused
from loa.lib import clock
from loa.media.services import file_note
from loa.people.authority import NodeIdentity, node_identity
from loa_protocol.clock import ManualClock
from loa_protocol.device_api import build_request
from loa_protocol.encoding import b64decode
from loa_protocol.envelope import sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Issuer, Speech
from tests.alerts.office import Office
from tests.console.test_urgent import desk, drafts_in, office, signed

__all__ = ["office"]

FORM = {
    "hazard": "dam",
    "title": "Hồ Xạ Hương xả lũ",
    "text": "Hồ xả lũ {mức nước} lúc {giờ}. Bà con ven sông lên chỗ cao ngay.",
    "type-muc-nuoc": "level",
    "values-muc-nuoc": "mức một, mức hai",
    "type-gio": "time",
    "values-gio": "",
    "target": ["vn/25/08911"],
    "feed": "key",
    "level": "4",
    "cancel_s": "60",
    "max_per_day": "2",
    "days": "90",
}


def figures_of(answer: HttpResponse) -> list[str]:
    """What the page's tiles say about the outlets and the people reached."""
    part = answer.content.decode().partition("Sẽ phát ở đâu")[2].partition("</dl>")[0]
    return re.findall(r"<dd>(.*?)</dd>", part)


def in_force(office: Office, feed: SigningKey) -> Template:
    """Composed, reviewed and signed by both."""
    author, approver = desk(office.author), desk(office.approver)
    assert "Mẫu ký trước" in author.get("/khan-cap/mau/soan?mau=dam").content.decode()
    review = author.post("/khan-cap/mau/soan", {**FORM, "key": feed.public.text})
    assert review.status_code == 200, review.content.decode()
    author.post("/khan-cap/mau/gui", {"signed": signed(office.author, drafts_in(review))})
    template = Template.objects.get()
    assert template.title in approver.get("/khan-cap/").content.decode()
    second = approver.get(f"/khan-cap/mau/{template.pk}/")
    assert figures_of(second) == figures_of(review), "the second person sees the same reach"
    answer = approver.post(
        f"/khan-cap/mau/{template.pk}/duyet",
        {"signed": signed(office.approver, drafts_in(second))},
        follow=True,
    )
    assert "Đang dùng" in answer.content.decode()
    return template


def spoken(feed: SigningKey, template: Template, node: str, blanks: dict[str, str]) -> object:
    """What the feed's machine does over HTTP: ask for the bytes, sign them, bring them."""
    machine = Client(enforce_csrf_checks=True)
    body = json.dumps({"template": template.name, "blanks": blanks}).encode()
    header = build_request(
        feed,
        issuer=Issuer(path="vn", person="feed"),
        node=node,
        method="POST",
        path="/nguon/nhap",
        body=body,
        now=template.made_at,
    )
    draft = machine.post(
        "/nguon/nhap", body, content_type="application/json", headers={"Loa-Request": header}
    )
    if draft.status_code != 200:
        return draft.status_code
    envelope = sign(Kind.FILL, b64decode(draft.json()["payload"]), [feed])
    return machine.post("/nguon/dien", envelope.to_bytes(), content_type="application/json").json()


def test_from_two_signatures_to_a_machines_word_and_one_press(
    office: Office, manual_clock: ManualClock
) -> None:
    feed = SigningKey.generate()
    template = in_force(office, feed)
    node = node_identity().id
    answer = spoken(feed, template, node, {"muc-nuoc": "mức hai", "gio": "18 giờ"})
    order = Order.objects.get()
    assert isinstance(answer, dict)
    assert answer["id"] == order.pk
    client = desk(office.village_approver)  # one person who is there is enough
    page = client.get(f"/khan-cap/lenh/{order.pk}/").content.decode()
    assert "DỪNG, KHÔNG PHÁT" in page
    assert "Máy sẽ phát lúc" in page
    assert "máy điền lúc" in page
    drafts = client.post(f"/khan-cap/lenh/{order.pk}/nhap/dung").json()["drafts"]
    assert [one["kind"] for one in drafts] == ["mute"]
    stopped = client.post(
        f"/khan-cap/lenh/{order.pk}/dung",
        {"signed": signed(office.village_approver, drafts)},
        follow=True,
    ).content.decode()
    assert "Đã dừng hẳn trước khi loa phát" in stopped
    assert "Đã dừng lúc" in stopped
    report = client.get(f"/khan-cap/lenh/{order.pk}/bao-cao").content.decode()
    assert "Mẫu do" in report
    assert "1/2" in desk(office.author).get("/khan-cap/mau/").content.decode()


def test_strangers_get_neither_bytes_nor_a_voice(
    office: Office, manual_clock: ManualClock, node: NodeIdentity
) -> None:
    template = in_force(office, SigningKey.generate())
    stranger = SigningKey.generate()
    assert spoken(stranger, template, node.id, {}) == 401
    machine = Client()
    assert machine.post("/nguon/nhap", b"{}", content_type="application/json").status_code == 401
    for body in (b"", b"{", b"x" * 70_000, b"[" * 2000):
        answer = machine.post("/nguon/dien", body, content_type="application/json")
        assert answer.status_code in {413, 422}
    assert not Order.objects.exists()


@pytest.fixture
def voices(monkeypatch: pytest.MonkeyPatch, db: None) -> list[str]:
    """The words that the node spoke."""
    made: list[str] = []
    speech = Speech(sha256="d" * 64, bytes=20_000, ms=9000)
    file_note(sha256=speech.sha256, mime="audio/ogg", size_bytes=speech.bytes, ms=speech.ms)

    def speak(text: str) -> Speech:
        made.append(text)
        return speech

    monkeypatch.setattr(sound, "speech_of_text", speak)
    monkeypatch.setattr(sound, "speech_again", lambda _file: speech)
    return made


@pytest.mark.parametrize(
    "blanks",
    [
        {"muc-nuoc": "mức hai", "gio": "chạy ngay đi"},
        {"muc-nuoc": "mức chín", "gio": "18 giờ"},
        {"muc-nuoc": "mức hai"},
        {"muc-nuoc": "mức hai", "gio": "18 giờ", "la": "x"},
    ],
)
def test_no_voice_is_made_of_words_that_nobody_allowed(
    office: Office, manual_clock: ManualClock, voices: list[str], blanks: dict[str, str]
) -> None:
    feed = SigningKey.generate()
    template = in_force(office, feed)
    assert spoken(feed, template, node_identity().id, blanks) == 422
    assert voices == []


def test_a_feed_has_voices_made_only_so_often_a_day(
    office: Office, manual_clock: ManualClock, voices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filling, "VOICES_A_DAY", 1)
    feed = SigningKey.generate()
    template = in_force(office, feed)

    def asked(hour: int, *, voice: bool = True) -> str:
        now = clock.now()
        fields = {
            "targets": (),
            "now": now,
            "expires": now + timedelta(hours=1),
            "level": None,
            "voice": voice,
        }
        try:
            filling.draft_asked(template, {"muc-nuoc": "mức hai", "gio": f"{hour} giờ"}, **fields)
        except OrderRefused as refusal:
            return refusal.code
        return "made"

    assert [asked(18), asked(18), asked(19)] == ["made", "made", "too_many_drafts"]
    assert len(voices) == 1, "what was spoken before is not made again"
    assert asked(19, voice=False) == "made", "loudspeakers say it with their own clips"
    manual_clock.advance(86_400)
    filling.voices_forget(clock.now())
    assert asked(19) == "made"
    assert FeedVoices.objects.count() == 1


def test_one_person_withdraws_and_a_stranger_sees_nothing(
    office: Office, manual_clock: ManualClock
) -> None:
    template = in_force(office, SigningKey.generate())
    client = desk(office.approver)
    answer = client.post(f"/khan-cap/mau/{template.pk}/ngung", follow=True).content.decode()
    assert "Đã ngừng mẫu này" in answer


def test_a_form_with_an_open_gap_or_no_feed_comes_back_with_a_sentence(office: Office) -> None:
    author = desk(office.author)
    for other in ({"values-muc-nuoc": ""}, {"feed": "own"}, {"key": "abc"}, {"target": []}):
        page = author.post("/khan-cap/mau/soan", {**FORM, "key": "x", **other})
        assert page.status_code == 422
        assert 'role="alert"' in page.content.decode()
    assert not Template.objects.exists()
