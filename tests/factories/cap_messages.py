"""CAP messages at the desk: a file that an officer hands in, and the order written from it."""

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from loa.alerts.models import CapMessage


def upload(client: Client, data: bytes) -> str:
    """Hand in a CAP file; what the next page says."""
    file = SimpleUploadedFile("tin.xml", data)
    return client.post("/khan-cap/cap/tep", {"file": file}, follow=True).content.decode()


def order_form(row: CapMessage) -> dict[str, str | list[str]]:
    """The form of a real order that was begun from the message, filled in."""
    return {
        "hazard": "flood",
        "title": "Lũ lên nhanh",
        "text": "Nước lên. Lên chỗ cao.",
        "target": ["vn/25/08911"],
        "level": "4",
        "hours": "6",
        "repeat": "0",
        "speech": "",
        "cap": str(row.pk),
    }
