"""The call `GET /metrics`: counts over all sites in the Prometheus format, no personal data.

Each web process counts its own requests, so each must be scraped by itself. Numbers about the whole installation, such
as waiting uploads, come from the database and are the same from every process.
"""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, ProcessCollector
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from server.http.services import With
from server.records.counts import count
from server.records.database import reading

PATH: Final = "/metrics"
SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""The edges of the histogram of answer times."""

router = APIRouter(include_in_schema=False)


class Metrics:
    """The numbers of one web process, and of the database that it works on."""

    def __init__(self, engine: Engine) -> None:
        self._registry = CollectorRegistry()
        self._answers = Counter(
            "caseload_http_requests", "Calls answered.", ("method", "call", "status"), registry=self._registry
        )
        self._seconds = Histogram(
            "caseload_http_request_seconds", "From call to answer.", ("call",), buckets=SECONDS, registry=self._registry
        )
        ProcessCollector(registry=self._registry)
        self._registry.register(_Installation(engine))

    def answered(self, method: str, call: str, status: int, seconds: float) -> None:
        """Counts an answer. `call`: the address as the API describes it, never as it was called."""
        self._answers.labels(method, call, str(status)).inc()
        self._seconds.labels(call).observe(seconds)

    def text(self) -> bytes:
        return generate_latest(self._registry)


class _Installation(Collector):
    """What the database knows, asked for each time."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def describe(self) -> Iterator[Metric]:
        return iter(())  # nothing to ask the database for before somebody reads

    def collect(self) -> Iterator[Metric]:
        yield InfoMetricFamily("caseload", "The program.", {"version": version("caseload-upload")})
        try:
            with reading(self._engine) as connection:
                counts = count(connection)
        except SQLAlchemyError:
            yield GaugeMetricFamily("caseload_database_up", "Whether the database can be reached.", 0)
            return
        yield GaugeMetricFamily("caseload_database_up", "Whether the database can be reached.", 1)
        uploads = GaugeMetricFamily("caseload_uploads", "Uploads by their state.", labels=("state",))
        for state, number in counts.uploads.items():
            uploads.add_metric((state,), number)
        yield uploads
        yield GaugeMetricFamily(
            "caseload_oldest_upload_seconds", "How long the oldest unfinished upload has waited.", counts.oldest_seconds
        )
        yield GaugeMetricFamily("caseload_mails_waiting", "Mails that are not sent yet.", counts.mails_waiting)


@router.get(PATH)
async def metrics(request: Request, services: With) -> Response:
    """The numbers, for whoever may read them; for everybody else there is nothing here."""
    if not may_read(request, services.settings.metrics_token):
        raise HTTPException(404)
    numbers: Metrics = request.app.state.metrics
    return Response(await services.desk.feel_pulse(numbers.text), media_type=CONTENT_TYPE_LATEST)


def may_read(request: Request, token: SecretStr | None) -> bool:
    """A caller who has the token; without one in the settings, a caller on this computer who calls it so, and through
    no proxy. A browser here may be told by a stranger's page to call, under a name of the stranger's own, as which the
    page could read the answer."""
    if token is not None:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), b"Bearer " + token.get_secret_value().encode())
    if "x-forwarded-for" in request.headers or "forwarded" in request.headers or request.client is None:
        return False
    try:
        called = urlsplit(f"//{request.headers.get('host', '')}").hostname or ""
    except ValueError:
        return False
    return (called == "localhost" or _is_loopback(called)) and _is_loopback(request.client.host)


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False
