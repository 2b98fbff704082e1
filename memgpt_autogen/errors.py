"""The error tree, sorted by who can act on an error.

::

    MemGPTError
    ├── ConfigurationError           the developer: arguments, settings, packages
    │   ├── EmbedderMismatchError    an archive was filled by another embedding model
    │   ├── WindowTooSmallError      system prompt and tools do not fit the window
    │   ├── TurnInProgressError      a turn was started from inside, or beside, a turn of the same agent
    │   │   └── TurnElsewhereError   it is another process's turn, which did not end, or took this one over
    │   ├── HistoryError             there is nothing to take back, or others have built on it since
    │   └── DocumentError            a file or page that cannot be read as a document
    ├── ToolError                    the model: it reads the text and tries again
    │   ├── BlockError               an edit of core memory that was refused
    │   └── FetchError               a web address that cannot or must not be fetched
    ├── ModelError                   whoever runs the endpoint
    │   └── ContextOverflowError     the endpoint found the prompt too long
    └── StorageError                 whoever runs the database or Qdrant

Every text names the thing, the number and the way out, because a language model or a person will act on it literally.
"""

from __future__ import annotations


class MemGPTError(Exception):
    """Base of everything this package raises on purpose."""


class ConfigurationError(MemGPTError):
    """An argument, a setting or an installed package does not fit. For the developer."""


class EmbedderMismatchError(ConfigurationError):
    """An archive holds vectors of another embedding model than the one that is configured."""


class WindowTooSmallError(ConfigurationError):
    """System prompt, core memory and tool schemas alone leave no room for a conversation."""


class TurnInProgressError(ConfigurationError):
    """The agent is in the middle of a turn and cannot start another one now."""


class HistoryError(ConfigurationError):
    """What was asked of the past cannot be done; nothing has changed."""


class DocumentError(ConfigurationError):
    """A file or page is broken, encrypted, empty, binary or too large, or is not there; nothing of it was attached."""


class TurnElsewhereError(TurnInProgressError):
    """Another process, perhaps on another machine, has the agent's turn."""


class ToolError(MemGPTError):
    """A tool could not do what the model asked; the text tells the model why and what to try."""


class BlockError(ToolError):
    """A core-memory edit was refused; nothing has changed."""


class FetchError(ToolError):
    """A web address could not be fetched, or is none that may be."""


class ModelError(MemGPTError):
    """The model endpoint failed, refused or answered nonsense."""


class ContextOverflowError(ModelError):
    """The endpoint refused the prompt because it is longer than the model's window.

    `prompt_tokens` is the length the endpoint counted, where its message tells it.
    """

    def __init__(self, text: str, prompt_tokens: int | None = None) -> None:
        super().__init__(text)
        self.prompt_tokens = prompt_tokens


class StorageError(MemGPTError):
    """The database or the Qdrant index could not be read or written."""


def quoted(text: str) -> str:
    """A text as an error quotes it, cut where it is long."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
