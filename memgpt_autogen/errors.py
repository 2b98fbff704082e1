"""The tree of errors, sorted by who can act on them.

::

    MemGPTError
    ├── ConfigurationError           the developer: arguments, settings, packages
    │   ├── EmbedderMismatchError    an archive has the vectors of another embedding model
    │   ├── WindowTooSmallError      system prompt and tools do not fit the window
    │   ├── TurnInProgressError      a turn started during another turn of the same agent
    │   │   └── TurnElsewhereError   the other turn is in another process, and did not end or took over
    │   ├── NotFoundError            nothing has this name or id, or it belongs to another user
    │   ├── TakenError               another one has this name already
    │   ├── InUseError               something else needs it, so that it cannot be deleted
    │   ├── NotAllowedError          the caller may not do this, or its owner has allowed less
    │   ├── ConflictError            a text is not as the caller believes it to be
    │   │   └── StaleError           it was changed since the caller read it
    │   ├── RequestChangedError      a key that makes a request unique belongs to another request
    │   ├── LimitReachedError        a user, a key or an agent has used what it may use
    │   ├── WrongAnswerError         a suspended run waits for another kind of answer
    │   ├── EventsGoneError          the events of an old run were deleted
    │   ├── RunStateError            a run of the server is not in the state that this needs
    │   ├── HistoryError             there is nothing to undo, or later changes depend on it
    │   └── DocumentError            a file or page that cannot be read as a document
    ├── ToolError                    the model, which reads the text and tries again
    │   ├── BlockError               a refused edit of core memory
    │   └── FetchError               a web address that cannot or must not be fetched
    ├── ModelError                   the operator of the endpoint
    │   ├── ContextOverflowError     the prompt is too long for the endpoint
    │   └── CallRefusedError         a safeguard of AutoGen refused a prompt
    └── StorageError                 the operator of the database or Qdrant
        ├── ArchiveAwayError         a Qdrant server does not answer now
        ├── ArchiveMissingError      Qdrant is empty, or another one, and the archive was not
        └── CopiedHomeError          a copy of a home would change the original's archive

Each text names the thing, the number and the way out, because a language model or a person acts on it
literally.
"""

from __future__ import annotations


class MemGPTError(Exception):
    """The base class of this package's errors."""


class ConfigurationError(MemGPTError):
    """The base class of errors for the developer: an argument, a setting or an installed package is wrong."""


class EmbedderMismatchError(ConfigurationError):
    """An archive has the vectors of another embedding model than the configured one."""


class WindowTooSmallError(ConfigurationError):
    """System prompt, core memory and tool schemas leave no space for a conversation in the window."""


class TurnInProgressError(ConfigurationError):
    """The agent is in a turn and cannot start another turn now."""


class NotFoundError(ConfigurationError):
    """Nothing has this name or id. What belongs to another user is not there either."""


class TakenError(ConfigurationError):
    """Another one has this name already."""


class InUseError(ConfigurationError):
    """Something else needs it, so that it cannot be deleted or changed. Nothing has changed."""


class NotAllowedError(ConfigurationError):
    """The caller may not do this, or another user has allowed less than this. Nothing has changed."""


class ConflictError(ConfigurationError):
    """A text is not as the caller believes it to be. Nothing has changed.

    `current` is the text as it is, and `yours` what the caller wanted to write.
    """

    def __init__(self, text: str, current: str | None = None, yours: str | None = None) -> None:
        super().__init__(text)
        self.current = current
        self.yours = yours


class StaleError(ConflictError):
    """A text was changed since the caller read it. Nothing has changed now."""


class RequestChangedError(ConfigurationError):
    """A key that makes a request unique was used for another request before."""


class LimitReachedError(ConfigurationError):
    """A user, a key or an agent has used what it may use. Trying again helps in `retry_after` seconds."""

    def __init__(self, text: str, retry_after: float) -> None:
        super().__init__(text)
        self.retry_after = retry_after


class EventsGoneError(ConfigurationError):
    """The events of an old run were deleted. The log of its agent has what was said."""


class WrongAnswerError(ConfigurationError):
    """A suspended run waits for another kind of answer. Nothing has changed."""


class RunStateError(ConfigurationError):
    """A run of the server is not in the state that this needs. Nothing has changed."""


class HistoryError(ConfigurationError):
    """An undo, redo, pop or another change of the past is not possible. Nothing has changed."""


class DocumentError(ConfigurationError):
    """A file or page is damaged, encrypted, empty, binary, too large or missing. It was not attached."""


class TurnElsewhereError(TurnInProgressError):
    """Another process, perhaps on another machine, is in a turn of the agent."""


class ToolError(MemGPTError):
    """The base class of errors for the model: a tool failed. The text says why, and what to try."""


class BlockError(ToolError):
    """An edit of core memory was refused. Nothing has changed."""


class FetchError(ToolError):
    """A web address cannot be fetched, or must not be."""


class ModelError(MemGPTError):
    """The base class of model errors: the endpoint failed, refused, or gave an answer that is not valid."""

    any_request = False
    """Whether another request would have failed too: no connection, no answer in time, or a refused key."""
    status: int | None = None
    """The HTTP status of the endpoint's answer; None when there was none."""
    refuses_tools: bool | None = False
    """Whether the endpoint refused the functions of the request; None if it does not say what it refused."""

    @property
    def plain(self) -> str:
        """What others than the operator read: it has no address, and no words of the endpoint."""
        if self.status is None:
            what = "does not answer, or not in a form that can be read"
        elif self.status in (401, 403):
            what = f"refuses the server's key (HTTP {self.status})"
        elif self.status == 429:
            what = "answers no more requests now (HTTP 429)"
        else:
            what = f"has failed or refused the request (HTTP {self.status})"
        return f"the endpoint of the model {what}. Try again later, or tell the operator."


class ContextOverflowError(ModelError):
    """The prompt is longer than the model's window, and the endpoint refused it.

    `prompt_tokens` is the length that the endpoint counted, `window_tokens` the window that it serves, and
    `answer_tokens` what it kept for the answer, each as far as its message contains it.
    """

    def __init__(
        self,
        text: str,
        prompt_tokens: int | None = None,
        window_tokens: int | None = None,
        answer_tokens: int | None = None,
    ) -> None:
        super().__init__(text)
        self.prompt_tokens = prompt_tokens
        self.window_tokens = window_tokens
        self.answer_tokens = answer_tokens


class CallRefusedError(ModelError):
    """A safeguard refused what the model would have read, so it was not asked."""


class StorageError(MemGPTError):
    """The database or Qdrant cannot be read or written."""

    plain: str = (
        "the storage of this memory cannot be used now. Go on without it, and try again later, or tell the "
        "operator, whose log says why."
    )
    """What models and others than the operator read: it has no path or address, and no words of a server."""


class ArchiveAwayError(StorageError):
    """A Qdrant server does not answer now. It is asked again in the background."""

    plain = "the server of archival memory does not answer now. Go on without it, and try again later."


class ArchiveMissingError(StorageError):
    """An archive had passages when it was last used, and Qdrant has none of them. Nothing was changed."""

    plain = "the passages of archival memory are not where they were. Go on without them, and say so."


class OvertakenError(StorageError):
    """What a change needs was deleted, or made by another one, at the same moment. Nothing was written."""

    plain = (
        "what this is about was changed or deleted by another request at this moment. Nothing was written. "
        "Read it again."
    )


class CopiedHomeError(StorageError):
    """An archive on a server belongs to the home that this one is a copy of. Nothing was changed."""

    plain = "archival memory belongs to another agent's home and cannot be changed here. Nothing was stored."


def quoted(text: str) -> str:
    """Quote a text for an error. A long text is cut."""
    return repr(text if len(text) <= 80 else f"{text[:77]}...")
