"""Clients with the methods of MemGPT 0.3's: `create_client`, for a server or a home, and `Admin`."""

from memgpt_autogen.client.memgpt.admin import Admin
from memgpt_autogen.client.memgpt.chat_memory import ChatMemory
from memgpt_autogen.client.memgpt.create import create_client
from memgpt_autogen.client.memgpt.errors import RefusedError
from memgpt_autogen.client.memgpt.local import LocalClient
from memgpt_autogen.client.memgpt.rest import RESTClient

__all__ = ["Admin", "ChatMemory", "LocalClient", "RESTClient", "RefusedError", "create_client"]
