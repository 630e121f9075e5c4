"""Every module that maps a table, in one place, so that migrations and tests see them all."""

from crm.domain import (
    api_tokens,
    applications,
    benches,
    calls,
    candidates,
    closings,
    colleagues,
    consents,
    events,
    finalists,
    forwards,
    guards,
    inbox,
    limits,
    outbox,
    personal_letters,
    promises,
    resumes,
    roles,
    search,
    sending,
    sign_ins,
    suppressions,
    tags,
    touchpoints,
    unsubscribes,
    users,
    workspace,
)  # fmt: skip

MODULES = (
    api_tokens, applications, benches, calls, candidates, closings, colleagues, consents, events, finalists, forwards,
    guards, inbox, limits, outbox, personal_letters, promises, resumes, roles, search, sending, sign_ins, suppressions,
    tags, touchpoints, unsubscribes, users, workspace,
)  # fmt: skip
