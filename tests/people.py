"""People everybody knows: Alice owns, Bob is on her team, Charlie is a stranger, Rita recruits, Anna administers.

Carol is a colleague at another company, Ada a candidate; tests make those themselves with tests/make.py.
"""

from crm.db import db
from crm.domain import users, workspace

PASSWORD = "a long and easy sentence"
NAMES = {
    "alice": ("Alice Okafor", "manager", "Platform"),
    "bob": ("Bob Lindqvist", "manager", "Platform"),
    "charlie": ("Charlie Stranger", "manager", ""),
    "rita": ("Rita Abara", "recruiter", ""),
}


def address(name: str) -> str:
    return f"{name}@norrland.example.org"


def create() -> None:
    """A workspace as it is after the first visit, with four more people."""
    hashed = users.hash_password(PASSWORD)
    anna = workspace.set_up(company="Norrland", name="Anna Nyholm", email=address("anna"), password_hash=hashed)
    for key, (name, access, team) in NAMES.items():
        user = users.add(name=name, email=address(key), access=access, by=anna, password_hash=hashed)
        if team:
            user.teams = [users.add_team(team, by=anna)]
    db.session.flush()
