"""Every module that maps a table, in one place, so that migrations and tests see them all."""

from crm.domain import (
    api_tokens,
    applications,
    benches,
    candidates,
    closings,
    colleagues,
    consents,
    events,
    finalists,
    forwards,
    limits,
    outbox,
    resumes,
    roles,
    search,
    sign_ins,
    tags,
    touchpoints,
    users,
    workspace,
)  # fmt: skip

MODULES = (
    api_tokens, applications, benches, candidates, closings, colleagues, consents, events, finalists, forwards,
    limits, outbox, resumes, roles, search, sign_ins, tags, touchpoints, users, workspace,
)  # fmt: skip
