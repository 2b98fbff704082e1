"""The windows that an agent has learned."""

from __future__ import annotations

from loops import MemoryFactory

from memgpt_autogen.memory.storage.windows import LearnedWindows


def test_a_learned_window_is_kept_by_endpoint_model_and_what_was_believed(make_memory: MemoryFactory) -> None:
    memory, other = make_memory("sam"), make_memory("kim")
    windows = LearnedWindows(memory.log.database, memory.log.agent_id)

    windows.keep("http://here/v1", "small", 32_768, 8192)
    windows.keep("http://here/v1", "small", 32_768, 4096)

    again = LearnedWindows(memory.log.database, memory.log.agent_id)
    assert again.get("http://here/v1", "small", 32_768) == 4096
    assert again.get("http://here/v1", "small", 16_384) is None  # another window is believed now
    assert again.get("http://here/v1", "large", 32_768) is None
    assert again.get("http://there/v1", "small", 32_768) is None
    assert (
        LearnedWindows(other.log.database, other.log.agent_id).get("http://here/v1", "small", 32_768) is None
    )


def test_what_is_believed_anew_replaces_what_was_learned(make_memory: MemoryFactory) -> None:
    memory = make_memory("sam")
    windows = LearnedWindows(memory.log.database, memory.log.agent_id)

    windows.keep("", "small", 32_768, 4096)
    windows.keep("", "small", 16_384, 8192)

    assert [windows.get("", "small", believed) for believed in (32_768, 16_384)] == [None, 8192]
