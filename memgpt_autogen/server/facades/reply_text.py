"""The words of an agent as a client can show them that only ever adds to a text."""

from __future__ import annotations

from memgpt_autogen.service.turns.following import Streamed


class ReplyText:
    """Turns the events of a run into pieces of one text. Several replies are its lines."""

    def __init__(self) -> None:
        self.text = ""
        """All that was given so far."""
        self._sent = ""
        """What was given of the reply that is still written."""
        self._written = ""
        """The reply that is still written, as far as it is known."""

    def piece(self, event: Streamed) -> str:
        """Return what an event adds to the text.

        A reply that begins anew in other words is given once it is whole, in a line of its own: what a client
        has shown cannot be taken back.
        """
        if event.kind == "reply_part":
            part = str(event.data["text"])
            self._written = part if event.data["anew"] else self._written + part
            if not self._written.startswith(self._sent):
                return ""
            return self._give(self._written)
        if event.kind != "replied":
            return ""
        whole = str(event.data["text"])
        if not whole.startswith(self._sent):
            self._sent = ""
        piece = self._give(whole)
        self._sent = self._written = ""
        return piece

    def add(self, note: str) -> str:
        """Add words that are not the agent's, in a line of their own; return the piece."""
        self._sent = ""
        piece = self._give(note)
        self._sent = ""
        return piece

    def _give(self, reply: str) -> str:
        piece = reply[len(self._sent) :]
        if piece and not self._sent and self.text:
            piece = f"\n{piece}"
        self._sent = reply
        self.text += piece
        return piece
