"""What one can set: oneself for everybody; people, teams, lists and mail for administrators."""

from crm.web.settings import cadences, me, people, place, teams
from crm.web.settings.board import bp

__all__ = ("bp", "cadences", "me", "people", "place", "teams")
