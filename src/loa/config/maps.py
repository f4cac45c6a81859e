"""What maps need: Leaflet's files from the package that ships them, and where tiles come from."""

from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit


def leaflet_files() -> list[tuple[str, str]]:
    """Leaflet's files under `leaflet/`. django-leaflet is installed for them alone: its application
    (forms and widgets for GeoDjango) is not used."""
    found = find_spec("leaflet")
    folders = list(found.submodule_search_locations or []) if found else []
    return [("leaflet", str(Path(folder) / "static" / "leaflet")) for folder in folders[:1]]


def tile_origin(template: str) -> list[str]:
    """The origin of a tile address for the content security policy: `https://*.tiles.example`."""
    if not template:
        return []
    parts = urlsplit(template)
    return [f"{parts.scheme}://{parts.netloc.replace('{s}', '*')}"]
