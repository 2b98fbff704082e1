"""A tool that returns the current time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from memgpt_autogen.errors import ConfigurationError, ToolError
from memgpt_autogen.messages import now
from memgpt_autogen.tools.tool import Tool


def current_time(timezone: str = "UTC", *, clock: Callable[[], datetime] = now) -> Tool:
    """Return the tool `current_time`, for this IANA zone or for one that the model names.

    Raises `ConfigurationError` for a zone that does not exist.
    """
    try:
        default = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConfigurationError(f"'{timezone}' is not an IANA time zone such as Europe/Lisbon.") from error

    def tell(zone: str = "") -> str:
        """Return the current date and time.

        Args:
            zone: an IANA time zone such as Asia/Tokyo; the default without it
        """
        try:
            there = ZoneInfo(zone) if zone else default
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ToolError(f"'{zone}' is not an IANA time zone such as Asia/Tokyo.") from error
        return f"{clock().astimezone(there):%A, %Y-%m-%d %H:%M:%S %z} ({there.key})"

    return Tool.from_function(tell, name="current_time")
