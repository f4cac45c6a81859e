"""Bytes of a stranger to an XML tree: size, DTD, depth and number are bounded before the tree."""

import os
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from lxml import etree

from loa.alerts.cap.refusals import CapRefused, Reason

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 16
"""A signed message has five levels."""
MAX_ELEMENTS = 20_000
NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"


def read_file(path: Path) -> bytes:
    """The file's bytes. Raises CapRefused by its size before anything is read, and OSError."""
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_size > MAX_BYTES:
            raise CapRefused(Reason.TOO_LARGE)
        data = file.read(MAX_BYTES + 1)  # A pipe has no size; a file may have grown.
    if len(data) > MAX_BYTES:
        raise CapRefused(Reason.TOO_LARGE)
    return data


def parse(data: bytes) -> Any:
    """The root `alert` of CAP 1.2 as an lxml element. Raises CapRefused."""
    root = parse_tree(data)
    if next(root.iter(etree.ProcessingInstruction, etree.Entity), None) is not None:
        raise CapRefused(Reason.INSTRUCTION)
    name = etree.QName(root)
    if name.namespace != NAMESPACE:
        raise CapRefused(Reason.WRONG_NAMESPACE, name.namespace or "")
    if name.localname != "alert":
        raise CapRefused(Reason.NOT_ALERT, name.localname)
    return root


def parse_tree(data: bytes) -> Any:
    """The root element of any XML within the bounds. Raises CapRefused."""
    if len(data) > MAX_BYTES:
        raise CapRefused(Reason.TOO_LARGE)
    _survey(data)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        return etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CapRefused(Reason.MALFORMED) from error


class _Survey:
    """Counts while expat reads: nothing is kept, so a bomb costs its own length and no more."""

    def __init__(self) -> None:
        self.depth = 0
        self.elements = 0

    def start(self, _tag: str, _attributes: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.depth > MAX_DEPTH:
            raise CapRefused(Reason.TOO_DEEP)
        if self.elements > MAX_ELEMENTS:
            raise CapRefused(Reason.TOO_MANY_ELEMENTS)

    def end(self, _tag: str) -> None:
        self.depth -= 1

    def data(self, _text: str) -> None:
        """Text is bounded by the size of the whole."""

    def close(self) -> None:
        """Nothing was built."""


def _survey(data: bytes) -> None:
    parser = DefusedXMLParser(target=_Survey(), forbid_dtd=True)
    try:
        parser.feed(data)
        parser.close()
    except DefusedXmlException as error:
        raise CapRefused(Reason.DTD) from error
    except (ParseError, ValueError, LookupError) as error:
        raise CapRefused(Reason.MALFORMED) from error
