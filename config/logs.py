"""Logs as one line per event: JSON in production, readable in development; ids and codes, never names, content or keys.

What the code logs with the standard library passes through here. To each line are added the request or task it belongs to and
the operator in whose scope it was written. The text of an exception is left out in production, since PostgreSQL and parsers quote
the data they stumble over; its type and where it rose stay. See docs/gateway.md.
"""

import logging
import re
import traceback
from collections.abc import Iterator, MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

Event = MutableMapping[str, Any]

FRAMES: Final = 12  # of a trace that are kept
MOST: Final = 1000  # characters of a value
HIDDEN: Final = "[hidden]"
# What must never stand in a log, whoever wrote the line: keys, and XML with its content.
_SECRET: Final = re.compile(
    r"-----BEGIN [A-Z0-9 ]+-----.*?(?:-----END [A-Z0-9 ]+-----|\Z)|<\?xml.*|(?<=Bearer )\S+", re.DOTALL | re.IGNORECASE
)
# Django names the whole address of a request, which may hold what somebody searched for; ours says it without (config.requests).
_ADDRESSES: Final = frozenset({"django.request", "django.server", "django.security.csrf"})


def settings(*, as_json: bool, level: str) -> dict[str, Any]:
    """Return LOGGING for the settings."""
    # The plain trace shows no values of variables.
    plain = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)
    renderer: Processor = structlog.processors.JSONRenderer() if as_json else plain
    ending: list[Processor] = [_short_trace] if as_json else []
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _common(),
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *ending, _hide_secrets, renderer],
    }
    quiet = ("celery.beat", "celery.app.trace", "celery.worker.strategy")
    ours = ("uvicorn", "uvicorn.error", "django.server")  # they come with handlers of their own
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": formatter},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            **{name: {"level": "WARNING"} for name in quiet},
            **{name: {"handlers": [], "propagate": True} for name in ours},
            "uvicorn.access": {"handlers": [], "propagate": True, "level": "WARNING"},  # whole addresses
        },
    }


def configure() -> None:
    """Let structlog's own loggers take the same way as those of the standard library."""
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *_common(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        _add_operator,
        _drop_addresses,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _add_operator(_logger: Any, _method: str, event: Event) -> Event:
    """Add the operator in whose scope the line was written."""
    from tenants import scope  # the settings, which are read first, need this module

    found = scope.in_force()
    if found is not None and found.operator_id is not None:
        event.setdefault("operator_id", str(found.operator_id))
    return event


def _drop_addresses(_logger: Any, _method: str, event: Event) -> Event:
    """Replace Django's sentence about a request by one without its address."""
    record: logging.LogRecord | None = event.get("_record")
    if record is not None and record.name in _ADDRESSES:
        event["event"] = "request answered with an error" if record.levelno >= logging.WARNING else "request"
        if status := getattr(record, "status_code", None):
            event["status"] = status
    return event


def _short_trace(_logger: Any, _method: str, event: Event) -> Event:
    """Replace an exception by its type, those it came from, and where it rose; its text may quote data."""
    found = event.pop("exc_info", None)
    if isinstance(found, tuple) and found[1] is not None:
        event["exception"] = [_named(error) for error in _chain(found[1])]
        frames = traceback.extract_tb(found[2])[-FRAMES:]
        event["trace"] = [f"{_module(frame.filename)}:{frame.lineno} {frame.name}" for frame in frames]
    event.pop("stack_info", None)
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _named(error: BaseException) -> str:
    code = getattr(error, "sqlstate", None)
    return type(error).__name__ + (f" {code}" if code else "")


def _module(filename: str) -> str:
    """Return the last parts of a path, which say enough."""
    return "/".join(filename.split("/")[-3:])


def _hide_secrets(_logger: Any, _method: str, event: Event) -> Event:
    """Hide keys and XML that a library or a mistake has put into a line."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = _SECRET.sub(HIDDEN, value)[:MOST]
    return event
