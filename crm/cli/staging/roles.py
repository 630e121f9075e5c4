"""The company, its users and teams, the address book; the searches from their opening to their end."""

from crm.cli.staging.stage import Stage
from crm.demo import shape as cast
from crm.domain import benches, colleagues, roles, users, workspace
from crm.kit import clock, tokens


def set_up(stage: Stage) -> None:
    closed = users.hash_password(tokens.new_link())  # nobody knows it: the demo is entered by its printed links
    first = next(user for user in stage.story.users if user.access == "admin")
    with stage.on(-700):
        admin = workspace.set_up(company=stage.story.company, name=first.name, email=first.email, password_hash=closed)
        for user in stage.story.users:
            stage.users[user.key] = admin if user.key == first.key else users.add(
                name=user.name, email=user.email, access=user.access, by=admin, password_hash=closed
            )  # fmt: skip
            stage.users[user.key].teams = [users.add_team(team, by=admin) for team in user.teams]
    for colleague in stage.story.colleagues:
        with stage.on(colleague.looked):
            colleagues.add(
                name=colleague.name, email=colleague.email, company=colleague.company,
                by=stage.users[colleague.known_by], relation=colleague.relation, looking_for=colleague.looking_for,
            )  # fmt: skip


def begin(stage: Stage, role: cast.Role) -> None:
    with stage.on(role.opened):
        stage.roles[role.key] = roles.add(
            title=role.title, team=role.team, needs=role.needs, by=stage.users[role.manager],
            status="sealed" if role.status == "sealed" else "open", codename=role.codename or "",
            insiders=[stage.users[key].email for key in role.insiders],
        )  # fmt: skip


def end(stage: Stage, role: cast.Role) -> None:
    opening, manager = stage.roles[role.key], stage.users[role.manager]
    with stage.on(role.ended if role.ended is not None else 0):
        if role.bench:
            benches.put(opening, [_seat(stage, place) for place in role.bench], by=manager)
        if role.hire is not None:
            hired = stage.people[role.hire.person]
            roles.record_hire(
                opening, by=manager, name=hired.full_name, candidate_id=hired.id,
                starts_on=stage.day(role.hire.starts), guard_days=role.hire.guard_days,
            )  # fmt: skip
            opening.filled_on = clock.today()
        elif role.status == "closed":
            roles.change(opening, by=manager, status="closed")


def _seat(stage: Stage, place: cast.BenchPlace) -> benches.Seat:
    return benches.Seat(stage.people[place.person], place.reason, stage.day(place.good_until))
