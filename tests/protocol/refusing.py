"""`refusing(Reason.X)`: the block must refuse with exactly that reason."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from loa_protocol import Reason, Refused


@contextmanager
def refusing(reason: Reason) -> Iterator[None]:
    """Fail unless the block raises Refused with `reason`."""
    with pytest.raises(Refused) as caught:
        yield
    assert caught.value.reason is reason, str(caught.value)
