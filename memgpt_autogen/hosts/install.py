"""Which hosts are installed, and what does not fit together. Only the metadata of packages is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from memgpt_autogen.adapter.install import heirs, version_of

Version = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Conflict:
    """What does not fit together, and the way out."""

    found: str
    mend: str
    breaks: bool = False
    """Whether a host cannot be used at all."""


@dataclass(frozen=True, slots=True)
class _Known:
    name: str
    package: str
    extra: str
    lowest: Version
    before: Version
    """The first version that the extra does not allow."""


_HOSTS = (
    _Known("agent-framework", "agent-framework-core", "agent-framework", (1, 23), (2,)),
    _Known("AG2", "ag2", "ag2", (1, 2), (2,)),
    _Known("AgentChat", "autogen-agentchat", "agentchat", (0, 7), (0, 8)),
)


def hosts() -> list[str]:
    """Return the hosts that are installed, also in unsupported versions, such as `AG2 1.2.1`."""
    return [f"{each.name} {metadata.version(each.package)}" for each in _installed()]


def conflicts() -> Iterator[Conflict]:
    """Yield what does not fit together among what is installed."""
    for host in _installed():
        version = version_of(host.package) or ()
        if not host.lowest <= version < host.before:
            yield Conflict(
                f"{host.package} {metadata.version(host.package)} is not supported; "
                f"{_written(host.lowest)} and later below {_written(host.before)} are",
                f"pip install --upgrade 'memgpt-autogen[{host.extra}]'",
            )
    yield from _of_autogen_core()
    extensions, mcp = version_of("autogen-ext"), version_of("mcp")
    if extensions and mcp and mcp >= (2,):
        yield Conflict(
            f"autogen_ext.tools.mcp of autogen-ext {metadata.version('autogen-ext')} cannot be imported with "
            f"mcp {metadata.version('mcp')} (ImportError: RequestContext)",
            "use memgpt_autogen.mcp_tools in place of it, or mcp<2 in an environment of its own",
        )


def _of_autogen_core() -> Iterator[Conflict]:
    core, protobuf = version_of("autogen-core"), version_of("protobuf")
    if core is None:
        return
    named = f"autogen-core {metadata.version('autogen-core')}"
    pin = "pip takes it where something else asks for protobuf 6 or later, which autogen-core 0.7 excludes"
    if core < (0, 1):
        yield Conflict(
            f"{named} is an empty package; {pin}", "pip install 'autogen-core>=0.7.5,<0.8'", breaks=True
        )
    elif core < (0, 7):
        yield Conflict(f"{named} is older than AgentChat 0.7 needs", "pip install 'autogen-core>=0.7.5,<0.8'")
    elif protobuf and not (5, 29) <= protobuf < (6,):
        yield Conflict(
            f"{named} needs protobuf 5.29, and protobuf {metadata.version('protobuf')} is here",
            "pip install 'protobuf>=5.29.3,<6', or two environments if something else needs a later one",
        )


def _installed() -> list[_Known]:
    found = heirs()
    return [each for each in _HOSTS if each.package in found]


def _written(version: Version) -> str:
    return ".".join(map(str, version))
