"""For programs: JSON under /api/v1, with a token. One module for each noun; each call is declared beside its view."""

from flask import Flask

from crm.api import (
    access,
    applications,
    bulk_acts,
    cadences,
    calls,
    candidates,
    colleagues,
    consents,
    contract,
    doors,
    forwards,
    imports,
    index,
    intakes,
    introductions,
    keeping_questions,
    matches,
    merges,
    news,
    outbox,
    outcomes,
    pools,
    promises,
    resumes,
    roles,
    saved_searches,
    search,
    sequences,
    shortlists,
    signals,
    tags,
    teasers,
    templates,
    today,
    touchpoints,
    useful,
)  # fmt: skip
from crm.api.body import Malformed

NOUNS = (
    index, today, search, candidates, cadences, resumes, tags, consents, touchpoints, roles, applications, calls,
    colleagues, forwards, outbox, promises, sequences, templates,
    introductions, keeping_questions, signals, useful, teasers, shortlists, outcomes, doors, news, merges, matches,
    pools, bulk_acts, imports, saved_searches, intakes,
)  # fmt: skip
"""Importing them declares their calls."""


def init_app(app: Flask) -> None:
    access.init_app(app)
    app.register_error_handler(Malformed, contract.malformed)
    app.register_blueprint(contract.bp, url_prefix="/api/v1")
