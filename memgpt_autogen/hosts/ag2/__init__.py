"""The agent in AG2 1.x (`ag2`): as the model of an agent there, in its network, or beside another model."""

from memgpt_autogen.hosts.ag2.events import SPEAKER
from memgpt_autogen.hosts.ag2.model import MemGPTModel
from memgpt_autogen.hosts.ag2.network import attach
from memgpt_autogen.hosts.ag2.plugin import MemGPTPlugin

__all__ = ["SPEAKER", "MemGPTModel", "MemGPTPlugin", "attach"]
