"""Introductions without a name, and shortlists, by programs."""

from crm.db import unit_of_work
from crm.domain import users
from tests import make, people


def prepared(app):
    with app.app_context(), unit_of_work(writes=True):
        alice, found = users.by_email(people.address("alice")), []
        for name in ("Ada Byron", "Grace Hopper"):
            person = make.candidate(alice, name, email=f"{name.split()[0].lower()}@example.org")
            make.resume(person, alice)
            make.consent(person, alice)
            make.consent(person, alice, purpose="introduce", company="")
            found.append(person.id)
        return found, make.colleague(alice).id


def test_a_teaser_is_sent_read_and_taken_back(app, alices, charlies):
    (ada, _), carol = prepared(app)
    told = {"colleague_id": carol, "headline": "Leads data teams", "strengths": ["Calm."], "position": "Analyst"}
    sent = alices.post(f"/candidates/{ada}/teasers", told)
    assert sent.pop("warnings") == []
    assert (sent["state"], sent["to"], sent["strengths"]) == ("queued", "carol@acme.example.org", ["Calm."])
    assert alices.get("/teasers")["items"] == [sent]
    assert alices.get(f"/teasers/{sent['id']}") == sent
    assert charlies.get(f"/teasers/{sent['id']}") == sent
    charlies.post(f"/teasers/{sent['id']}/revocation", {}, 403)
    assert alices.post(f"/teasers/{sent['id']}/revocation", {}, 200)["state"] == "revoked"


def test_a_name_is_refused_at_its_field(app, alices):
    (ada, _), carol = prepared(app)
    refused = alices.post(f"/candidates/{ada}/teasers", {"colleague_id": carol, "headline": "Ada leads"}, 422)
    assert refused["field"] == "headline"


def test_several_people_go_in_one_letter(app, alices):
    found, carol = prepared(app)
    told = alices.post("/shortlists", {"candidate_ids": found, "colleague_ids": [carol], "note": "Two."})
    made, warnings = told["forwards"], told["warnings"]
    assert warnings == []
    assert len({one["letter"]["id"] for one in made}) == 1
    [shortlist] = alices.get("/shortlists")["items"]
    assert (shortlist["state"], shortlist["forward_ids"]) == ("queued", [one["id"] for one in made])
    assert alices.get(f"/shortlists/{shortlist['id']}") == shortlist
    assert alices.post(f"/shortlists/{shortlist['id']}/revocation", {}, 200)["state"] == "taken_back"


def test_nobody_is_refused(app, alices):
    _, carol = prepared(app)
    alices.post("/shortlists", {"candidate_ids": [], "colleague_ids": [carol]}, 422)


def test_a_colleague_who_was_sent_much_is_remarked_in_every_way(app, alices):
    found, carol = prepared(app)
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        for number in range(5):
            make.forward(alice, make.candidate(alice, f"Nora {number}", email=f"n{number}@example.org"))
    told = alices.post(f"/candidates/{found[0]}/teasers", {"colleague_id": carol, "headline": "Leads data teams"})
    assert told["warnings"][0].startswith("Carol Devereux was sent 5 resumes in the last 90 days.")
    told = alices.post("/shortlists", {"candidate_ids": found, "colleague_ids": [carol]})
    assert told["warnings"][0].startswith("Carol Devereux was sent 7 resumes, with these, in the last 90 days.")
