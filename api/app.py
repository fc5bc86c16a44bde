"""The application: routes, errors and services put together; `api.serve` serves it."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from fastapi import FastAPI
from fastapi.telemetry import TelemetryConfig

from adapters.settings import Settings
from adapters.telemetry import traces
from adapters.temporal.client import prepare_runtime
from api.customer.routes import router as customer_pages
from api.desk.routes import SUBJECTS as DESK
from api.desk.time_machine import routes as time_machine
from api.front.routes import routes as front_pages
from api.http.problem_handlers import install
from api.http.request_context import RequestContext
from api.openapi import DESCRIPTION, OPENAPI_PATH, TITLE, VERSION, document
from api.services import Services, opened_services
from api.v1 import customers, documents, drawings, health, links, metrics, proofs
from api.v1.connecting import feed, keys, webhooks
from api.v1.parts_lists import routes as parts_lists
from api.v1.pricing import routes as calculations
from api.v1.quotes import actions, copies, history, lists, previews
from api.v1.quotes import routes as quotes
from api.v1.rate_cards import routes as rate_cards

_OWN_TELEMETRY: Final[TelemetryConfig] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "auto_configure": False,
}
"""FastAPI's would tell the paths of customers' links, wherever OTEL_EXPORTER_OTLP_ENDPOINT is set."""


def create_app(*, settings: Settings | None = None, services: Services | None = None) -> FastAPI:
    """The app. Services handed in (by a test) stay open when it stops; otherwise it makes its own from
    `settings`, or from the environment.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if services is not None:
            yield
            return
        if settings is None:  # a process of its own
            gc.freeze()
            gc.enable()
        own_settings = settings or Settings()
        if settings is None:
            prepare_runtime(own_settings.temporal_metrics)
        if own_settings.traces:
            traces.begin("firm-offer-api")
        try:
            async with opened_services(own_settings) as own:
                app.state.services = own
                if own.settings.has_time_machine:
                    app.router.routes[:0] = time_machine.routes.routes  # before what takes every address
                yield
        finally:
            await asyncio.to_thread(traces.end)

    app = FastAPI(
        title=TITLE,
        version=VERSION,
        description=DESCRIPTION,
        openapi_url=OPENAPI_PATH,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        lifespan=lifespan,
        telemetry=_OWN_TELEMETRY,
    )
    if services is not None:
        app.state.services = services
    app.add_middleware(RequestContext)
    install(app)
    # Not by `include_router`: that makes every route a second time, and looks through two lists at each request.
    for subject in (
        calculations,
        customers,
        quotes,
        copies,
        lists,
        actions,
        previews,
        history,
        feed,
        webhooks,
        documents,
        links,
        drawings,
        proofs,
        parts_lists,
        health,
        metrics,
        rate_cards,
        keys,
    ):
        app.router.routes.extend(subject.routes.routes)
    app.router.routes.extend(customer_pages.routes)
    for pages in DESK:
        app.router.routes.extend(pages.routes)
    app.router.routes.extend(front_pages.routes)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's own way of extending it
    return app
