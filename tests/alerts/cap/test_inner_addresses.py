"""Which addresses a CAP source may have: those of the open network, however they are written."""

import pytest

from loa.alerts.cap.fetch import _allowed


@pytest.mark.parametrize(
    "address",
    [
        "10.0.0.1",
        "169.254.169.254",
        "::10.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::10.0.0.1",
        "64:ff9b:1::1",
        "2002:0a00:0001::1",
        "2001:0:4136:e378:8000:63bf:f5ff:fffe",
        "fec0::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
    ],
)
def test_an_inner_address_is_never_asked(address: str) -> None:
    assert not _allowed("nguon.example.vn", address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "64:ff9b::8.8.8.8"])
def test_an_open_one_is(address: str) -> None:
    assert _allowed("nguon.example.vn", address)
