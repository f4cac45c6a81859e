"""What may travel, as a list: a new kind or field is seen here before it leaves a node."""

import re

import pytest

from loa.federation.contract import Body, Direction, Exchange
from loa.federation.refusals import SENTENCES, Fault, sentence_of
from loa.federation.registry import EXCHANGES, exchange_of, exported
from loa_protocol.payloads import Wire
from loa_protocol.payloads.common import type_is_list

SOUND = "sound{mp3 mp3_bytes ms opus opus_bytes}"
IMAGES = "images{alt bytes mime sha256}"
TRAVELS = {
    ("trust.paper", "down"): "envelope",
    ("trust.paper", "up"): "envelope",
    ("template.issued", "down"): "envelope",
    ("template.withdrawn", "down"): "template",
    ("order.issued", "down"): "envelope speech speech_bytes",
    ("order.issued", "up"): "envelope speech speech_bytes",
    ("bulletin.sent", "down"): (
        f"body bulletin category class corrects edition {IMAGES} issuer language office {SOUND}"
        " spoken targets title valid_from valid_until"
    ),
    ("bulletin.withdrawn", "down"): "bulletin reason",
    ("play.summary", "up"): (
        "bulletin commune failed first_at grades last_at outlets rows seconds"
    ),
    ("directive.sent", "down"): (
        "directive due file file_bytes file_name number office signed_on targets text title whom"
    ),
    ("directive.withdrawn", "down"): "directive",
    ("directive.marked", "up"): "acted_at directive note place read_at",
    ("report.asked", "down"): (
        "content cut_off due ended_on form{indicator key kind label} frequency name office report"
        " targets whom"
    ),
    ("report.decided", "down"): "period place reason report times",
    ("report.filled", "up"): "period place report submitted_at times values{key number text}",
    ("outlet.counts", "up"): (
        "commune hamlets_unknown hamlets_unreached never outlets people_unreached silent trouble"
    ),
    ("question.asked", "down"): "bulletin commune question",
    ("question.told", "up"): (
        "more question refused rows{at code grade level name reason result volume}"
    ),
    ("indicator.measures", "up"): "commune measures{base indicator rows since value}",
}
CRITICAL = {"trust.paper", "order.issued"}
PERSONAL = re.compile(
    r"person|author|approver|account|user|actor|phone|e_?mail|address|citizen|birth|caller|signer"
)

each = pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda e: f"{e.kind}-{e.direction}")


def fields(model: type[Wire]) -> str:
    """The wire names of a schema, those of its parts in braces."""
    found = []
    for name, field in model.model_fields.items():
        wire = str(field.serialization_alias or name)
        parts = [one for one in _types(field.annotation) if issubclass(one, Wire)]
        found.append(f"{wire}{{{fields(parts[0])}}}" if parts else wire)
    return " ".join(sorted(found))


def _types(annotation: object) -> list[type]:
    if isinstance(annotation, type):
        return [annotation]
    return [t for a in getattr(annotation, "__args__", ()) for t in _types(a)]


def test_nothing_travels_but_what_is_listed() -> None:
    assert {(e.kind, e.direction.value): fields(e.schema) for e in EXCHANGES} == TRAVELS


def test_what_stops_a_link_that_does_not_know_it() -> None:
    assert {e.kind for e in EXCHANGES if e.critical} == CRITICAL


@each
def test_every_kind_has_a_sender_and_one_handler(exchange: Exchange) -> None:
    assert (exchange.export is None) != (exchange.summarise is None)
    assert bool(exchange.facts) == (exchange.export is not None)
    assert (exchange.handle is None) != (exchange.handle_many is None)
    assert issubclass(exchange.schema, Body)


@each
def test_personal_data_goes_up_only_where_the_schema_says_so(exchange: Exchange) -> None:
    if exchange.direction is Direction.UP:
        names = set(re.findall(r"[a-z_0-9]+", fields(exchange.schema)))
        assert {n for n in names if PERSONAL.search(n)} <= exchange.schema.PERSONAL


def test_a_kind_is_found_in_its_own_direction_only() -> None:
    assert exchange_of("bulletin.sent", Direction.DOWN) is not None
    assert exchange_of("bulletin.sent", Direction.UP) is None
    assert exchange_of("play.summary", Direction.DOWN) is None
    assert all(
        e.direction is Direction.UP for found in exported(Direction.UP).values() for e in found
    )


@pytest.mark.parametrize("fault", Fault, ids=str)
def test_every_fault_has_a_sentence(fault: Fault) -> None:
    assert fault in SENTENCES
    assert sentence_of(fault.value) != fault.value


@each
def test_a_list_is_read_back_as_it_is_told(exchange: Exchange) -> None:
    """JSON has lists where a schema has tuples: a strict tuple would refuse its own words."""
    assert strict_tuples(exchange.schema) == []


def strict_tuples(model: type[Wire]) -> list[str]:
    found = []
    for name, field in model.model_fields.items():
        if "tuple" in str(field.annotation) and type_is_list not in field.metadata:
            found.append(f"{model.__name__}.{name}")
        for part in _types(field.annotation):
            found += strict_tuples(part) if issubclass(part, Wire) else []
    return found
