"""For machines that watch: is it alive, is it ready, how much is waiting."""

from flask import Blueprint, Response, request
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from crm import db
from crm.config import current, is_loopback
from crm.domain.outbox import STATES, Letter
from crm.domain.resumes import Resume
from crm.web.access import public

bp = Blueprint("health", __name__)


@bp.get("/healthz")
@public
def alive() -> Response:
    return Response("ok\n", mimetype="text/plain")


@bp.get("/readyz")
@public
def ready() -> Response:
    """The database answers and files can be kept."""
    try:
        db.ping()
        current().files.mkdir(parents=True, exist_ok=True)
    except (SQLAlchemyError, OSError) as error:
        return Response(f"not ready: {type(error).__name__}\n", 503, mimetype="text/plain")
    return Response("ready\n", mimetype="text/plain")


@bp.get("/metrics")
@public
def metrics() -> Response:
    """Counts only, and only for the machine itself: they say how busy a place is."""
    if not is_loopback(request.remote_addr or ""):
        return Response("only from this machine\n", 403, mimetype="text/plain")
    registry = CollectorRegistry()
    letters = Gauge("first_call_letters", "Letters by state", ["state"], registry=registry)
    counts = dict(db.db.session.execute(select(Letter.state, func.count()).group_by(Letter.state)).all())
    for state in STATES:
        letters.labels(state).set(counts.get(state, 0))
    waiting = Gauge("first_call_resumes_waiting", "Resumes that wait to be read", registry=registry)
    query = select(func.count()).select_from(Resume).where(Resume.state == "waiting")
    waiting.set(db.db.session.scalar(query) or 0)
    return Response(generate_latest(registry), mimetype="text/plain; version=0.0.4")
