"""The URL of a PostgreSQL database: which parts it may have, and how it is shown without its password."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import parse_qsl, unquote

from sqlalchemy import URL

from memgpt_autogen.errors import ConfigurationError

SCHEMES = ("postgres", "postgresql", "postgresql+psycopg")

# the option of ours: after how many executions a statement is prepared on the server
PREPARE = "prepare_threshold"

_EXAMPLE = "it looks like postgresql://user:password@host:5432/name"


@dataclass(frozen=True, slots=True)
class PostgresqlUrl:
    """The parts of a URL: libpq's parameters, and options of ours."""

    parameters: Mapping[str, str]
    """The parameters for libpq, such as `host` and `dbname`."""
    prepare_threshold: int | None = None
    """After how many executions psycopg prepares a statement; None means never, as poolers need it."""

    @property
    def shown(self) -> str:
        """The URL for an error: without password and options."""
        given = self.parameters
        user = (
            f"{given['user']}:***@" if "password" in given else f"{given['user']}@" if "user" in given else ""
        )
        return f"postgresql://{user}{self._places()}/{given.get('dbname', '')}"

    @property
    def several(self) -> bool:
        """Whether it names several hosts."""
        return "," in self.parameters.get("host", "") or "," in self.parameters.get("hostaddr", "")

    @property
    def url(self) -> URL:
        """The same as a URL of SQLAlchemy, which `parse` reads too."""
        query = {name: value for name, value in self.parameters.items() if name not in _FIELDS}
        if self.prepare_threshold is not None:
            query[PREPARE] = str(self.prepare_threshold)
        given = self.parameters
        fields = given.get("user"), given.get("password")
        host, port = given.get("host", ""), given.get("port", "")
        if not host or "," in host or "," in port or host.startswith("/"):
            return URL.create("postgresql+psycopg", *fields, database=given.get("dbname"), query=query)
        query = {name: value for name, value in query.items() if name not in ("host", "port")}
        place = (host, int(port) if port else None)
        return URL.create("postgresql+psycopg", *fields, *place, database=given.get("dbname"), query=query)

    @classmethod
    def parse(cls, text: str | URL) -> PostgresqlUrl:
        """Read a URL.

        Raises `ConfigurationError`, which shows no part of the password, for what is no such URL, and for an
        option that does not exist.
        """
        if isinstance(text, URL):
            text = text.render_as_string(hide_password=False)
        scheme, mark, rest = text.strip().partition("://")
        if not mark or scheme.lower() not in SCHEMES:
            raise ConfigurationError(f"database_url is not a URL of PostgreSQL: {_EXAMPLE}.")
        # as libpq does: everything up to the last @ before the path is the user and the password
        end = min((place for place in map(rest.find, "/?") if place >= 0), default=len(rest))
        login, _, places = rest[:end].rpartition("@")
        path, _, query = rest[end:].partition("?")
        if "@" in path or ("@" in query and not _knows_all(query)):
            raise ConfigurationError(
                "database_url has an @ behind a / or a ?. If these belong to the password, write them as %2F "
                "(for /), %3F (for ?) and %40 (for @)."
            )
        parameters: dict[str, str] = {}
        user, colon, password = login.partition(":")
        if user:
            parameters["user"] = unquote(user)
        if colon:
            parameters["password"] = unquote(password)
        if places:
            parameters.update(_hosts(places))
        if name := unquote(path.removeprefix("/")):
            parameters["dbname"] = name
        return cls._with_options(parameters, query)

    @classmethod
    def _with_options(cls, parameters: dict[str, str], query: str) -> PostgresqlUrl:
        known, threshold = _known_options(), None
        hosts: list[str] = []
        for name, value in parse_qsl(query, keep_blank_values=True, separator="&"):
            if name == "host":
                hosts.append(value)
            elif name == PREPARE:
                threshold = _threshold(value)
            elif name == "database" or name not in known:
                raise ConfigurationError(
                    f"database_url has an option '{name}', which PostgreSQL's client does not know. Options "
                    f"are those of libpq, such as sslmode and connect_timeout, and {PREPARE}."
                )
            else:
                parameters[name] = (
                    f"{parameters[name]},{value}" if name in _LISTS & parameters.keys() else value
                )
        # SQLAlchemy's form of several hosts is host=a:5432&host=b:5432
        with_ports = any(host.count(":") == 1 and not host.startswith("/") for host in hosts)
        if hosts:
            parameters.update(_hosts(",".join(hosts)) if with_ports else {"host": ",".join(hosts)})
        _check_values(parameters)
        return cls(MappingProxyType(parameters), threshold)

    def _places(self) -> str:
        given = self.parameters
        hosts = (given.get("host") or given.get("hostaddr") or "").split(",")
        ports = given.get("port", "").split(",")
        ports = ports * len(hosts) if len(ports) == 1 else ports
        shown = [f"[{host}]" if ":" in host else host for host in hosts]
        return ",".join(f"{host}:{port}" if port else host for host, port in zip(shown, ports, strict=False))


# the parameters that are no options in a URL of SQLAlchemy
_FIELDS = ("user", "password", "dbname")

# the options that may be given several times
_LISTS = {"hostaddr", "port"}

_NUMBERS = ("connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count")


def _known_options() -> frozenset[str]:
    """Return the parameters of the installed libpq."""
    try:
        from psycopg import pq
    except ImportError as error:
        raise ConfigurationError(
            "a PostgreSQL database needs the package psycopg: pip install 'memgpt-autogen[postgres]'."
        ) from error
    return frozenset(option.keyword.decode() for option in pq.Conninfo.get_defaults())


def _knows_all(query: str) -> bool:
    known = _known_options()
    return all(name in known for name, _ in parse_qsl(query, keep_blank_values=True))


def _hosts(places: str) -> dict[str, str]:
    """Return the hosts and ports of `a:5432,b:5433`."""
    hosts, ports = [], []
    for place in places.split(","):
        if place.startswith("["):
            host, bracket, port = place[1:].partition("]")
            good = bool(bracket) and (not port or port.startswith(":"))
            port = port[1:]
        else:
            host, _, port = place.partition(":")
            good = True
        if not good or not (not port or (port.isascii() and port.isdecimal() and 0 < int(port) < 65536)):
            raise ConfigurationError(
                f"database_url is not a URL of PostgreSQL: a host or a port cannot be read; {_EXAMPLE}, and "
                "several hosts are separated by commas."
            )
        hosts.append(unquote(host))
        ports.append(port)
    found = {"host": ",".join(hosts)} if any(hosts) else {}
    return {**found, "port": ",".join(ports)} if any(ports) else found


def _threshold(value: str) -> int | None:
    if value.lower() in ("none", "never", ""):
        return None
    if not (value.isascii() and value.isdecimal()):
        raise ConfigurationError(
            f"database_url has {PREPARE}={value}; it is a number of executions, such as 5, or 'none'."
        )
    return int(value)


def _check_values(parameters: Mapping[str, str]) -> None:
    for name in _NUMBERS:
        value = parameters.get(name, "0").strip()
        if not (value.isascii() and value.removeprefix("-").isdecimal()):
            raise ConfigurationError(f"database_url has {name}={value}; it is a whole number.")
