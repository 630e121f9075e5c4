"""The export: whole, in plain words, and nothing of a sealed role."""

import json

from sqlalchemy import delete

from crm.db import Base, db
from crm.domain import door_sayings, exports, roles, touchpoints
from crm.domain.candidates import Candidate
from tests import make


def test_every_table_is_decided():
    decided = [*exports.DIRECT, *exports.THROUGH, *exports.LEFT_OUT, *exports.NOT_ABOUT_THEM, "candidate"]
    assert sorted(decided) == sorted(set(decided))
    assert set(decided) == set(Base.metadata.tables)


def test_what_names_the_candidate_is_exported_or_has_a_reason():
    about = {name for name, table in Base.metadata.tables.items() if "candidate_id" in table.c}
    assert about <= {*exports.DIRECT, *exports.LEFT_OUT}


def test_it_has_the_record_and_what_hangs_on_it(alice):
    ada = make.candidate(alice)
    make.near_miss(ada, make.role(alice), alice)
    make.forward(alice, ada)
    touchpoints.log(ada, kind="call", direction="out", text="We spoke of Oslo.", by=alice)
    whole = json.loads(json.dumps(exports.whole(ada)))
    assert whole["record"]["full_name"] == "Ada Byron"
    assert whole["candidate_email"][0]["address"] == "ada@example.org"
    assert whole["debrief"][0]["sentence"]
    assert whole["forward"][0]["company"]
    assert whole["touchpoint"][0]["text"] == "We spoke of Oslo."
    assert whole["touchpoint"][0]["by"] == "Alice Okafor"
    assert whole["application"][0]["role"]
    assert "token_hash" not in json.dumps(whole)
    assert whole["history"]


def test_nothing_in_it_tells_of_a_sealed_role(alice):
    ada = make.candidate(alice)
    role = make.role(alice, "Head of Zanzibar", codename="Zebra")
    make.near_miss(ada, role, alice)
    touchpoints.log(ada, kind="call", direction="out", text="Think of Zebra for them.", by=alice)
    roles.seal(role, by=alice) if hasattr(roles, "seal") else setattr(role, "status", "sealed")
    whole = exports.whole(ada)
    assert "Zebra" not in (said := json.dumps(whole))
    assert "Zanzibar" not in said
    assert (whole["application"], whole["debrief"]) == ([], [])


def test_several_at_once_get_exactly_their_own(alice, bob):
    """Forwards, letters and debriefs hang on a candidate by way of something else."""
    people = [make.candidate(by, name, email=f"{name[0]}@example.org".lower()) for by, name in
              ((alice, "Ada Byron"), (bob, "Grace Hopper"), (alice, "Nils Ek"))]  # fmt: skip
    opening = make.role(alice)
    for number, person in enumerate(people):
        make.near_miss(person, opening, alice)
        touchpoints.log(person, kind="call", direction="out", text=f"Call number {number}.", by=alice)
    make.forward(alice, people[0])
    alone = [exports.whole(person) for person in people]
    together = exports.of_each(people)
    for one in (*alone, *together):
        del one["made_at"]
    assert together == alone
    assert [len(one["debrief"]) for one in together] == [1, 1, 1]
    assert [len(one["forward"]) for one in together] == [1, 0, 0]


def test_who_is_erased_meanwhile_is_absent_and_the_others_are_whole(alice):
    ada, grace = (make.candidate(alice, name, email="") for name in ("Ada Byron", "Grace Hopper"))
    db.session.execute(delete(Candidate).where(Candidate.id == ada.id).execution_options(synchronize_session=False))
    assert [one["record"]["full_name"] for one in exports.of_each([ada, grace])] == ["Grace Hopper"]


def test_what_they_said_themselves_is_told_as_theirs(alice):
    ada = make.candidate(alice)
    door_sayings.thank(ada, "For the call.")
    [said] = exports.whole(ada)["touchpoint"]
    assert said["by"] == "yourself, on your page"
