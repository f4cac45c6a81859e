"""What is sent to a pole: the test sentence, commands, a volume, and their answers."""

from django.test import Client
from django.urls import reverse

from loa.delivery import services as delivery
from loa.delivery import trials
from loa.delivery.models import Play
from loa.journal.models import Fact
from loa.media import services as media
from loa.media.models import Production
from loa.outlets import commands, events
from loa.outlets.models import Command, Device, Knock
from loa.people.authority import NodeIdentity
from loa_protocol.envelope import Envelope, sign
from loa_protocol.keys import SigningKey
from loa_protocol.kinds import Kind
from loa_protocol.payloads import Command as CommandPayload
from loa_protocol.payloads import Issuer, Receipt, ReceiptItem, new_nonce, parse_payload
from tests.console.desk import sound
from tests.console.pole import at, knock
from tests.console.test_writing import text_of
from tests.country import Country


def bound(country: Country) -> SigningKey:
    """The first outlet with a device."""
    key = knock()
    from loa.outlets.enrolment import device_bind

    device_bind(
        actor=country.one.actor("technician"),
        outlet=country.one.outlets[0],
        knock=Knock.objects.get(),
    )
    return key


def answered(country: Country, key: SigningKey, envelope: Envelope, **item: object) -> None:
    """The device's signed answer, as it would come in a receipt."""
    from loa.lib import clock

    outlet = country.one.outlets[0]
    line = {"id": envelope.id, "at": clock.now(), "result": "played", **item}
    receipt = Receipt(
        issuer=Issuer(path="vn", outlet=outlet.wire_id),
        target=("node:p25",),
        issued=clock.now(),
        expires=clock.now().replace(year=2027),
        nonce=new_nonce(),
        items=(ReceiptItem.model_validate(line),),
    )
    outcome = delivery.receipts_store(
        device=Device.objects.select_related("outlet").get(),
        envelopes=[sign(Kind.RECEIPT, receipt, [key])],
        node_id="p25",
    )
    assert outcome.refused == {}


def test_the_pole_says_its_name_and_somebody_heard_it(
    technician: Client, country: Country, node: NodeIdentity
) -> None:
    key = bound(country)
    technician.post(at(country, "pole_trial"))
    command = Command.objects.get()
    assert not command.ready
    assert "đang làm câu thử" in text_of(technician.get(at(country)))
    assert commands.open_for(country.one.outlets[0], node) == []
    production = Production.objects.get()
    assert "cụm loa" in production.spoken
    media.production_finish(
        production.pk,
        opus_sha256=sound(),
        mp3_sha256=sound("mp3"),
        ms=4000,
        level_lufs=-16,
        peak_dbtp=-2,
    )
    assert trials.give_ready()
    (envelope,) = commands.open_for(country.one.outlets[0], node)
    payload = parse_payload(Kind.COMMAND, envelope.payload)
    assert isinstance(payload, CommandPayload)
    assert payload.args.speech is not None
    assert payload.args.speech.sha256 == sound()
    assert commands.is_command_sound(sound())
    assert commands.open_for(country.one.outlets[0], node)[0].id == envelope.id
    answered(country, key, envelope, result="accepted")
    assert "thiết bị đã nhận, đang làm" in text_of(technician.get(at(country)))
    assert commands.is_command_sound(sound())
    assert commands.open_for(country.one.outlets[0], node) == []
    answered(country, key, envelope, result="played", grade="B", level_lufs=-17)
    shown = text_of(technician.get(at(country)))
    assert "thiết bị đã phát" in shown
    answered(country, key, envelope, result="accepted")
    assert Command.objects.get().result == "played"
    assert "nghe thấy loa nói không" in shown
    form = {"command": str(command.pk), "heard": "yes"}
    assert "đã sẵn sàng phát" in text_of(
        technician.post(at(country, "pole_heard"), form, follow=True)
    )
    fact = Fact.objects.get(kind=events.TEST_HEARD)
    assert '"grade":"D"' in fact.payload.replace(" ", "")
    assert not commands.is_command_sound(sound())
    assert Play.objects.count() == 0


def test_an_answer_of_another_outlet_s_command_is_not_taken(
    technician: Client, country: Country, node: NodeIdentity
) -> None:
    key = bound(country)
    technician.post(
        reverse("console:outlet_command", args=[country.one.outlets[0].pk]), {"do": "measure"}
    )
    (envelope,) = commands.open_for(country.one.outlets[0], node)
    Command.objects.update(outlet=country.one.outlets[1])
    answered(country, key, envelope, result="accepted")
    assert Command.objects.get().result == ""


def test_commands_and_their_answers_stand_on_the_outlet_s_page(
    officer: Client, country: Country, node: NodeIdentity
) -> None:
    outlet = country.one.outlets[0]
    here = reverse("console:outlet_command", args=[outlet.pk])
    refused = officer.post(here, {"do": "measure"}, follow=True)
    assert "chưa ghép thiết bị" in text_of(refused)
    key = bound(country)
    for _ in range(2):
        officer.post(here, {"do": "measure"})
    assert Command.objects.count() == 1
    (envelope,) = commands.open_for(outlet, node)
    answered(country, key, envelope, result="accepted", grade="B", level_lufs=-21)
    shown = text_of(officer.get(reverse("console:outlet", args=[outlet.pk])))
    assert "đo một giây" in shown
    assert "−21 LUFS" in shown
    for odd in ("confirm", "fetch-assignment", "x" * 1000, ""):
        assert "Không có lệnh này" in text_of(officer.post(here, {"do": odd}, follow=True))


def test_a_volume_reaches_a_device_that_was_away(
    officer: Client, country: Country, node: NodeIdentity, manual_clock: object
) -> None:
    from datetime import timedelta

    from loa.lib import clock
    from loa.outlets.models import Health

    outlet = country.one.outlets[0]
    bound(country)
    officer.post(reverse("console:volume", args=[outlet.pk]), {"volume_pct": "40"})
    Health.objects.create(outlet=outlet, seen_at=clock.now(), volume_pct=100)
    outlet.refresh_from_db()
    Command.objects.update(expires_at=clock.now() - timedelta(minutes=1))
    assert commands.open_for(outlet, node) == []
    commands.volume_wanted(outlet)
    (envelope,) = commands.open_for(outlet, node)
    payload = parse_payload(Kind.COMMAND, envelope.payload)
    assert isinstance(payload, CommandPayload)
    assert payload.args.volume_pct == 40
    commands.volume_wanted(outlet)
    assert len(commands.open_for(outlet, node)) == 1
