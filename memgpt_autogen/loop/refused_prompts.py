"""How a step gives way to an endpoint that refuses its prompt: each refusal calls for a smaller one."""

from __future__ import annotations

from memgpt_autogen.errors import ContextOverflowError, ModelError, WindowTooSmallError
from memgpt_autogen.loop.served_window import SMALLER, ServedWindow
from memgpt_autogen.memory.context.budget import Budget, Learned
from memgpt_autogen.memory.context.pressure import Draft

# how often one step gives way to an endpoint that finds the prompt too long
OVERFLOWS = 4

# the statuses of a refusal in words that are not known: too long a prompt may be the reason where the prompt
# takes so much of what may be sent
BAD_REQUESTS, NEAR = (400, 413, 422), 0.75


class RefusedPrompts:
    """The refusals of one step. Each is raised where a smaller prompt would not help."""

    def __init__(self, budget: Budget, window: ServedWindow | None) -> None:
        self._budget = budget
        self._window = window
        self._overflows: list[ContextOverflowError] = []
        self._unknown: tuple[ModelError, Learned] | None = None

    def too_long(self, draft: Draft, error: ContextOverflowError) -> None:
        """The endpoint says that this prompt is too long."""
        self._overflows.append(error)
        if self._window is None:
            self._budget.overflowed(draft.tokens, error.prompt_tokens)
        else:
            self._window.refused(self._budget, draft.tokens, error)
        if len(self._overflows) > OVERFLOWS:
            self._budget.forget()
            raise error

    def unknown(self, draft: Draft, error: ModelError) -> None:
        """The endpoint says something else; a prompt that is near the window is tried once smaller."""
        if self._unknown is not None:  # a smaller prompt is refused too, so its length was not the reason
            first, learned = self._unknown
            self._budget.restore(learned)
            raise first
        if error.status not in BAD_REQUESTS or draft.tokens < NEAR * self._budget.limit:
            raise error
        self._unknown = error, self._budget.learned
        self._budget.lower_limit(int(draft.tokens * SMALLER))

    def no_room(self, error: WindowTooSmallError) -> ModelError | WindowTooSmallError:
        """Return the reason why no prompt fits: the endpoint's window may be too small, and not ours."""
        if not self._overflows and self._unknown is None:
            return error
        if self._unknown is not None:
            self._budget.restore(self._unknown[1])
            return self._unknown[0]
        self._budget.forget()
        return self._overflows[-1]
