"""Reading plays and their proofs."""

from uuid import UUID

from django.db.models import QuerySet

from loa.delivery.models import Play
from loa_protocol.envelope import Envelope
from loa_protocol.keys import PublicKey
from loa_protocol.kinds import Kind
from loa_protocol.ladder import verify_signed_by
from loa_protocol.refusals import Refused


def plays_of(bulletin_id: UUID) -> QuerySet[Play]:
    """All results for a bulletin, oldest first. The caller has seen that the asker may see it."""
    return (
        Play.objects.filter(bulletin_id=bulletin_id)
        .select_related("outlet__hamlet", "station", "receipt")
        .order_by("at")
    )


def receipt_verifies(play: Play) -> bool:
    """Whether the stored receipt still verifies with the key its device enrolled with."""
    if play.receipt is None:
        return False
    devices = play.outlet.devices.filter(kid=play.receipt.kid)
    device = devices.first()
    if device is None:
        return False
    key = PublicKey("ed25519" if device.alg == "ed25519" else "p256", bytes(device.key))
    try:
        verify_signed_by(Envelope.parse(bytes(play.receipt.envelope)), key, Kind.RECEIPT)
    except Refused:
        return False
    return True
