"""Read the XML of Office files and books."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def parse_xml(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314  # expat bounds entities, and reads no files


def local_name(node: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return node.tag.rpartition("}")[2]
