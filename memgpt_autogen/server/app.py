"""The app: `create_app` joins the routes of all areas with what guards, authenticates and watches them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

import anyio.to_thread
from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware

from memgpt_autogen.assembly import UserTool
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.server.attempts import Attempts
from memgpt_autogen.server.authentication import Authenticator, KeyRing
from memgpt_autogen.server.cleaning import Cleaner
from memgpt_autogen.server.facades.facades import add_facades, running_facades
from memgpt_autogen.server.guard import Guard
from memgpt_autogen.server.metrics import Metrics
from memgpt_autogen.server.openapi import openapi_of
from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.server.password import AdminPassword, find_password
from memgpt_autogen.server.prefix import Prefix
from memgpt_autogen.server.problems import add_problems
from memgpt_autogen.server.readiness_cache import ReadinessCache
from memgpt_autogen.server.routes import pages, portal, state
from memgpt_autogen.server.routes.area import PREFIX
from memgpt_autogen.server.routes.areas import AREAS, MOST_USED
from memgpt_autogen.server.routes.straight import StraightWay
from memgpt_autogen.server.sse import Streams
from memgpt_autogen.server.stopping import on_stop_signal
from memgpt_autogen.server.stored_keys import StoredKeys
from memgpt_autogen.server.telemetry import Telemetry
from memgpt_autogen.service.equipment import Equipment
from memgpt_autogen.service.loading import Loader
from memgpt_autogen.service.mcp_offers import McpOffers
from memgpt_autogen.service.readiness import check_home
from memgpt_autogen.service.tools import operator_names
from memgpt_autogen.service.turns.executor import TurnExecutor
from memgpt_autogen.service.turns.open_agents import OpenAgents
from memgpt_autogen.settings import Settings

API_VERSION = "1"

# requests that are answered at once, besides turns, which have threads of their own
_THREADS = 32


def create_app(
    settings: Settings | None = None,
    options: ServerOptions | None = None,
    *,
    password: AdminPassword | None = None,
    keys: KeyRing | None = None,
    llm: LLM | None = None,
    tools: Sequence[UserTool] = (),
) -> FastAPI:
    """Return the app of a home's server. It opens the home when it starts.

    Without a `password`, that of the environment or of the home counts. `llm` is the model of all agents, by
    default that of the settings; `tools` are tools of the operator, which all agents get.
    """
    settings = settings or Settings.load()
    options = options or ServerOptions()
    if not options.mcp_programs:
        settings = settings.model_copy(update={"mcp_programs": False})
    app = FastAPI(
        title="memgpt_autogen",
        version=API_VERSION,
        description="Agents with MemGPT's memory: users, agents, runs and what the agents remember.",
        lifespan=_lifespan,
        docs_url=None,  # those pages load scripts from elsewhere
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        # newer versions would trace whole paths and texts of errors; ours has neither (`tracing`)
        telemetry={"tracing": False, "metrics": False, "logs": False, "operation_spans": False},
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.settings = settings
    app.state.options = options
    app.state.offers = offers = McpOffers(settings, taken=operator_names(tools))
    app.state.equipment = equipment = Equipment(tuple(tools), offers, llm)
    app.state.open_agents = partial(OpenAgents, settings, equipment)
    app.state.guesses = Attempts()
    app.state.metrics = Metrics()
    app.state.readiness = ReadinessCache(partial(check_home, settings))
    app.state.authenticator = Authenticator(
        settings,
        password or find_password(settings.home, options.password_file),
        keys or StoredKeys(settings),
    )
    app.include_router(state.public)
    app.include_router(state.router)
    app.include_router(pages.router)
    app.include_router(portal.router)
    for router in sorted(AREAS, key=lambda router: router is not MOST_USED):
        app.include_router(router, prefix=PREFIX)
    add_problems(app)
    add_facades(app)
    app.router.routes.insert(0, StraightWay(app.router))
    if options.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=[each.rstrip("/") for each in options.origins],
            allow_methods=["*"],
            allow_headers=["*"],
            expose_headers=["ETag", "Location", "Retry-After", "X-Request-Id"],
        )
    app.add_middleware(Guard, options=options)
    app.add_middleware(Telemetry, metrics=app.state.metrics)
    app.add_middleware(Prefix, prefix=options.root_path)  # the last one is the outermost
    app.openapi = partial(openapi_of, app)  # type: ignore[method-assign]  # FastAPI's way to change it
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
    database = await anyio.to_thread.run_sync(open_home, app.state.settings)
    open_agents, metrics = app.state.open_agents(), app.state.metrics
    metrics.agents_open = open_agents.__len__
    app.state.choose_llm = lambda: open_agents.llm
    executor = TurnExecutor(database, open_agents, turns=app.state.options.turns, observer=metrics)
    app.state.streams = streams = Streams(
        executor,
        most=app.state.options.streams,
        key_seconds=app.state.options.key_seconds,
        ping=app.state.options.ping_seconds,
        gauge=metrics.streams,
    )
    executor.start()
    cleaner = Cleaner(database, app.state.options.kept)
    cleaner.start()
    app.state.loader = loader = Loader(app.state.settings)
    loader.start()
    try:
        with on_stop_signal(partial(streams.stop, app.state.options.drain_seconds)):
            async with running_facades(app):
                yield
    finally:
        cleaner.stop()
        await anyio.to_thread.run_sync(loader.stop)
        await anyio.to_thread.run_sync(streams.stop, app.state.options.drain_seconds)
        streams.close()
        app.state.offers.close()


def open_home(settings: Settings) -> Database:
    """Create the home and migrate its database, and return that."""
    create_home(settings.home)
    return open_home_database(settings)
