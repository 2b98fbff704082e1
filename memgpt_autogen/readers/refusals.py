"""Turn what goes wrong in the libraries that read documents into a `DocumentError` with the way out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from memgpt_autogen.errors import DocumentError


@contextmanager
def refuse_without(package: str, document: str) -> Iterator[None]:
    """Import a package of the extra `documents` in this block; `document` says what needs it."""
    try:
        yield
    except ImportError as error:
        raise DocumentError(
            f"{document}, which needs {package}: pip install 'memgpt-autogen[documents]'."
        ) from error


@contextmanager
def refuse_broken(document: str, way_out: str) -> Iterator[None]:
    """Read a document in this block; `document` says that it is broken.

    A `DocumentError` stays as it is, and a `MemoryError` does not say that the document is broken.
    """
    try:
        yield
    except (DocumentError, MemoryError):
        raise
    except Exception as error:  # for a broken file, the libraries raise any kind of error
        raise DocumentError(f"{document}: {error or type(error).__name__}. {way_out}") from error
