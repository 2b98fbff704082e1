"""Read large JSON element by element, so that an export of any size is read in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import IO, Any, TypeVar

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without

T = TypeVar("T")

MOST_WHOLE = 100_000_000
"""The most bytes of JSON that is read as a whole."""


def each_or_one(file: IO[bytes], name: str) -> Iterator[Any]:
    """Yield the elements of a list, or the one object that the file has."""
    is_list = file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"["
    file.seek(0)
    yield from _parsed(lambda ijson: ijson.items(file, "item" if is_list else "", use_float=True), name)


def elements_and_values(file: IO[bytes], name: str) -> Iterator[tuple[str, Any]]:
    """Yield the path and the value of each message, and of each simple value outside messages, in order."""

    def found(ijson: Any) -> Iterator[tuple[str, Any]]:
        message, start = None, ""
        for path, event, value in ijson.parse(file, use_float=True):
            if message is not None:
                message.event(event, value)
                if path == start and event == "end_map":
                    yield path, message.value
                    message = None
            elif event == "start_map" and path.endswith("messages.item"):
                message, start = ijson.ObjectBuilder(), path
                message.event(event, value)
            elif event in ("string", "number", "boolean", "null"):
                yield path, value

    yield from _parsed(found, name)


def _parsed(parse: Callable[[Any], Iterator[T]], name: str) -> Iterator[T]:
    with refuse_without("ijson", f"{name} is a chat export in JSON"):
        import ijson
    try:
        yield from parse(ijson)
    except ijson.JSONError as error:
        what = str(error).partition("\n")[0]  # what follows quotes the file
        raise DocumentError(f"{name} is broken JSON: {what}. Export the chat again.") from error


def whole(file: IO[bytes], size: int, name: str) -> Any:
    """Return a small JSON file as one value."""
    import json

    if size > MOST_WHOLE:
        raise DocumentError(
            f"{name} is too large: it has {size:,} bytes, and a file of its kind may have {MOST_WHOLE:,}. "
            "Export fewer days."
        )
    with refuse_broken(f"{name} is broken JSON", "Export the chat again."):
        return json.loads(file.read())
