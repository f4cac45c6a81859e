"""Places and addresses on the wire (protocol page, section 2)."""

import re
from collections.abc import Iterable, Iterator

NATION = "vn"

# Nation, province, commune, hamlet.
PATH_PATTERN = r"^vn(/[0-9]{2}(/[0-9]{5}(/h[0-9]{2,3})?)?)?$"
ID_PATTERN = r"^[a-z0-9][a-z0-9-]{0,63}$"
ADDRESS_PATTERN = r"^(outlet|station|node):[a-z0-9][a-z0-9-]{0,63}$"

_PATH = re.compile(PATH_PATTERN[1:-1])
_COMMUNE_DEPTH = 2


def is_path(text: str) -> bool:
    """Whether `text` is a path of a place."""
    return _PATH.fullmatch(text) is not None


def inside(path: str, ancestor: str) -> bool:
    """Whether `path` is `ancestor` or below it. Codes alone are never compared across levels."""
    return path == ancestor or path.startswith(ancestor + "/")


def inside_any(path: str, ancestors: Iterable[str]) -> bool:
    """Whether `path` is inside at least one of `ancestors`."""
    return any(inside(path, ancestor) for ancestor in ancestors)


def covers(targets: Iterable[str], paths: Iterable[str]) -> bool:
    """Whether an order for `targets` covers a device that serves `paths`.

    A hamlet order does not cover a device that names only the commune.
    """
    own = tuple(paths)
    return any(inside(path, target) for target in targets for path in own)


def ancestors(path: str) -> Iterator[str]:
    """`path` itself, then each place above it, up to the nation."""
    while path:
        yield path
        path = path.rpartition("/")[0]


def commune_code(path: str) -> str | None:
    """The five digits of the commune that `path` is in, or None above communes."""
    parts = path.split("/")
    return parts[_COMMUNE_DEPTH] if len(parts) > _COMMUNE_DEPTH else None


def outlet_address(outlet: str) -> str:
    """The target that names one outlet."""
    return f"outlet:{outlet}"


def station_address(station: str) -> str:
    """The target that names one station."""
    return f"station:{station}"


def node_address(node: str) -> str:
    """The target that names one node."""
    return f"node:{node}"
