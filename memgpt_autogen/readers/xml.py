"""Read the XML of Office files and books."""

from __future__ import annotations

from xml.etree import ElementTree as ET


def parse_xml(content: bytes) -> ET.Element:
    return ET.fromstring(content)  # noqa: S314  # expat bounds entities, and reads no files


def local_name(node: ET.Element) -> str:
    """Return the name of an element without its namespace."""
    return node.tag.rpartition("}")[2]


def child(node: ET.Element, tag: str) -> ET.Element:
    """Return the child of this name; an empty element if there is none."""
    return next((each for each in node if local_name(each) == tag), ET.Element("nothing"))


def value(node: ET.Element, name: str) -> str:
    """Return the value of an attribute; empty if there is none."""
    return next((found for key, found in node.attrib.items() if key.rpartition("}")[2] == name), "")
