"""What every journey with a browser shares."""

from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _windows_are_closed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nobody's window outlives its journey: what it still asks for would be the next one's load."""
    yield
    if "browser" in request.fixturenames:
        for context in list(request.getfixturevalue("browser").contexts):
            context.close()
