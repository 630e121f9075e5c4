"""Pages for people who sign in."""

from flask import Flask

from crm.web import access, page
from crm.web.accounts import bp as accounts
from crm.web.address_imports import bp as address_imports
from crm.web.announcements import bp as announcements
from crm.web.applications import bp as applications
from crm.web.benches import bp as benches
from crm.web.bulk import bp as bulk
from crm.web.cadences import bp as cadences
from crm.web.calls import bp as calls
from crm.web.candidates import bp as candidates
from crm.web.circle import bp as circle
from crm.web.closings import bp as closings
from crm.web.colleagues import bp as colleagues
from crm.web.consents import bp as consents
from crm.web.doors import bp as doors
from crm.web.exports import bp as exports
from crm.web.fall_throughs import bp as fall_throughs
from crm.web.forwards import bp as forwards
from crm.web.guards import bp as guards
from crm.web.handing_over import bp as handing_over
from crm.web.health import bp as health
from crm.web.imports import bp as imports
from crm.web.intake import bp as intake
from crm.web.introductions import bp as introductions
from crm.web.keeping import bp as keeping
from crm.web.letters import bp as letters
from crm.web.matches import bp as matches
from crm.web.merges import bp as merges
from crm.web.next_dates import bp as next_dates
from crm.web.outcomes import bp as outcomes
from crm.web.personal_letters import bp as personal_letters
from crm.web.phone_calls import bp as phone_calls
from crm.web.planned_calls import bp as planned_calls
from crm.web.pools import bp as pools
from crm.web.promises import bp as promises
from crm.web.resumes import bp as resumes
from crm.web.roles import bp as roles
from crm.web.saved_searches import bp as saved_searches
from crm.web.search import bp as search
from crm.web.sequences import bp as sequences
from crm.web.settings import bp as settings
from crm.web.shortlists import bp as shortlists
from crm.web.signals import bp as signals
from crm.web.tags import bp as tags
from crm.web.teasers import bp as teasers
from crm.web.templates import bp as templates
from crm.web.today import bp as today
from crm.web.touchpoints import bp as touchpoints
from crm.web.useful import bp as useful

BLUEPRINTS = (
    accounts, today, search, candidates, next_dates, cadences, tags, touchpoints, promises, personal_letters,
    handing_over, phone_calls, templates, planned_calls, consents, resumes, roles, announcements, benches, guards,
    fall_throughs, calls, keeping, applications, closings, colleagues, forwards, letters, sequences, settings, health,
    introductions, signals, useful, circle, doors, outcomes, teasers, shortlists, address_imports, merges, imports,
    matches, bulk, pools, saved_searches, intake,
    exports,
)  # fmt: skip


def init_app(app: Flask) -> None:
    access.init_app(app)
    page.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
