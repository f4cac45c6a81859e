"""Whatever is done to a message's bytes: it is understood or refused, and never crashes us."""

from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from loa.alerts.cap import reading, signing
from loa.alerts.cap.refusals import CapRefused
from tests.alerts.cap.office import ALERT, NOW, certificate

KEY, CERT = certificate()
SIGNED = signing.sign(ALERT.encode(), KEY, CERT)
GOOD = reading.read(SIGNED, NOW).alert
EDITS = st.lists(
    st.tuples(st.integers(0, len(SIGNED)), st.integers(0, 12), st.binary(max_size=8)),
    min_size=1,
    max_size=4,
)


def edited(data: bytes, edits: list[tuple[int, int, bytes]]) -> bytes:
    for place, cut, put in edits:
        data = data[:place] + put + data[place + cut :]
    return data


@settings(max_examples=150, deadline=None)
@given(EDITS)
def test_an_unsigned_message_is_understood_or_refused(edits: list[tuple[int, int, bytes]]) -> None:
    with suppress(CapRefused):
        assert reading.read(edited(ALERT.encode(), edits), NOW).signer is None


@settings(max_examples=150, deadline=None)
@given(EDITS)
def test_under_a_trusted_signature_only_the_signed_words_are_read(
    edits: list[tuple[int, int, bytes]],
) -> None:
    try:
        message = reading.read(edited(SIGNED, edits), NOW, trusted=[CERT], require_signature=True)
    except CapRefused:
        return
    assert message.alert == GOOD
