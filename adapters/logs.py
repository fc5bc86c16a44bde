"""Logs: one JSON object a line on standard error, with the request's and the quote's id bound to each.

What must never be in a log (tokens, keys, names, addresses, bodies) is not passed to it in the first place;
as a second line of defence, fields by such names are struck out here.
"""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Final

import structlog

_STRUCK: Final = frozenset({"authorization", "body", "email", "key", "name", "recipients", "secret", "token"})
_NOISY: Final = {"uvicorn.access": logging.WARNING, "temporalio": logging.WARNING, "asyncio": logging.WARNING}


def configure_logging(level: str, **process: str) -> None:
    """Send this process's logs, and those of its libraries, to standard error as JSON from `level` up. The fields of
    `process` are in every line.
    """

    def name_process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {**process, **event}

    shared: list[structlog.typing.Processor] = [
        name_process,
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _strike_out,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    for name, least in _NOISY.items():
        logging.getLogger(name).setLevel(max(least, logging.getLevelNamesMapping()[level]))
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


def logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; its calls take an event's name and fields: `log.info("command_refused", code=…)`."""
    bound: structlog.stdlib.BoundLogger = structlog.stdlib.get_logger(name)
    return bound


def bind(**fields: str) -> None:
    """Add fields to every line that this task logs from now on."""
    structlog.contextvars.bind_contextvars(**fields)


def unbind_all() -> None:
    """Forget the fields of an earlier request."""
    structlog.contextvars.clear_contextvars()


def _strike_out(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for field in _STRUCK & event.keys():
        event[field] = "[struck out]"
    return event
