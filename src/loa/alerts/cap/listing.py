"""The entries of an Atom or RSS list of CAP messages: what each links to, or holds. Pure."""

import hashlib
from copy import deepcopy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

from lxml import etree

from loa.alerts.cap.parsing import NAMESPACE

_ATOM = "{http://www.w3.org/2005/Atom}"
_CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
_ALERT = f"{{{NAMESPACE}}}alert"
_LISTS = frozenset({"feed", "rss", "RDF", "channel"})
_RELATIONS = frozenset({"alternate", "enclosure", "related"})
_CAP = "application/cap+xml"
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry: the address of its message, or the message itself; both empty where neither is
    there to be used."""

    url: str = ""
    alert: bytes = b""

    @property
    def key(self) -> str:
        """What tells this entry from others, also the next time."""
        return self.url or hashlib.sha256(self.alert).hexdigest()


def entries(root: etree._Element, base: str) -> list[Entry] | None:
    """The list's entries, each message once, oldest first; None where this is no list.

    `base` is the list's own address: only its server is asked, and by its scheme.
    """
    if etree.QName(root).localname not in _LISTS:
        return None
    found = [_entry(one, base) for one in root.iter(f"{_ATOM}entry", "{*}item")]
    return list(reversed(dict.fromkeys(found)))


def _entry(entry: etree._Element, base: str) -> Entry:
    url = _address(entry, base)
    return Entry(url=url) if url else Entry(alert=_held(entry))


def _address(entry: etree._Element, base: str) -> str:
    """The address of the entry's message; empty where none is on the list's own server."""
    offered: list[tuple[bool, str]] = []
    for link in entry.iter(f"{_ATOM}link", "{*}enclosure"):
        kind = link.get("type", _CAP)
        if link.get("rel", "alternate") in _RELATIONS and kind.endswith("xml"):
            offered.append((link.get("type") != _CAP, link.get("href") or link.get("url") or ""))
    offered += [(True, link.text or "") for link in entry.findall("{*}link") if link.text]
    offered.sort(key=lambda one: one[0])  # what calls itself CAP first
    urls = (_own(text.strip(), base) for _other, text in offered if text.strip())
    return next((url for url in urls if url), "")


def _own(link: str, base: str) -> str:
    """The address on the list's server, by the list's scheme: lists behind a proxy that ends TLS
    often write `http` for their own host. Empty for another server."""
    home = urlsplit(base)
    try:
        parts = urlsplit(urljoin(base, link))
        port = parts.port or _PORTS.get(parts.scheme)
        home_port = home.port or _PORTS.get(home.scheme)
    except ValueError:
        return ""
    if (parts.hostname or "") != (home.hostname or ""):
        return ""
    same = (parts.scheme, port) == (home.scheme, home_port)
    weaker = (parts.scheme, port, home.scheme) == ("http", 80, "https")
    if not (same or weaker):
        return ""
    return urlunsplit((home.scheme, home.netloc, parts.path, parts.query, ""))


def _held(entry: etree._Element) -> bytes:
    """The message that stands in the entry, as elements or as text."""
    inner = next(entry.iter(_ALERT), None)
    if inner is not None:
        return _alone(inner)
    for part in entry.iter(f"{_ATOM}content", f"{_ATOM}summary", _CONTENT, "{*}description"):
        text = (part.text or "").strip()
        if text.startswith("<") and NAMESPACE in text:
            return _text_bytes(text)
    return b""


def _text_bytes(text: str) -> bytes:
    """A document written as text. What it says of its encoding was true of another file."""
    if text.startswith("<?xml"):
        text = text.partition("?>")[2]
    return text.strip().encode()


def _alone(inner: Any) -> bytes:
    """The element as a document of its own: without the names that only the list had declared,
    which a signature would not know."""
    outer = dict(inner.getparent().nsmap)
    own = [prefix for prefix, uri in inner.nsmap.items() if outer.get(prefix) != uri and prefix]
    copy = deepcopy(inner)
    copy.tail = None
    etree.cleanup_namespaces(copy, keep_ns_prefixes=own)
    return bytes(etree.tostring(copy, xml_declaration=True, encoding="UTF-8"))
