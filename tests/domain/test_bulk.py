"""Acts on many at once: counted before, done some at a time, put back as they were; nobody hidden is in them."""

import pytest

from crm.db import db, unit_of_work
from crm.domain import bulk, candidates, pools, tags, touchpoints, users
from crm.domain.bulk import BulkRow, Chosen
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.tags import CandidateTag
from crm.kit import clock
from tests import make
from tests.people import address


def run(limit=1_000):
    db.session.flush()
    for _ in range(limit):
        if not bulk.work():
            return
        db.session.flush()


def ids(*people):
    return Chosen(tuple(person.id for person in people))


@pytest.fixture
def people(alice):
    return [make.candidate(alice, f"Person {number:02}", email="", location="Lund") for number in range(6)]


def begin(chosen, kind, by, intent="once", **given):
    db.session.flush()
    return bulk.start(chosen, kind, given, by=by, intent=intent)


def state_of(*people):
    """All that an act may change."""
    db.session.flush()
    db.session.expire_all()
    carried = db.session.execute(db.select(CandidateTag.candidate_id, CandidateTag.tag_id, CandidateTag.by_id,
                                           CandidateTag.at).order_by(CandidateTag.candidate_id)).all()  # fmt: skip
    members = db.session.execute(db.select(pools.PoolMember.__table__)).all()
    touched = db.session.execute(db.select(touchpoints.Touchpoint.__table__)).all()
    records = [{column.key: getattr(person, column.key) for column in Candidate.__table__.c} for person in people]
    return records, carried, members, touched


DEEDS = [
    ("tag", {"name": "Data"}),
    ("untag", {"name": "Old"}),
    ("pool", {"pool": "Spring", "reason": "met at the fair"}),
    ("owner", {}),
    ("archive", {}),
    ("unarchive", {}),
    ("cadence", {"target_days": "30", "latest_days": "60"}),
    ("touchpoint", {"touch": "call", "direction": "out", "text": "Called everybody"}),
]


@pytest.mark.parametrize(("kind", "given"), DEEDS, ids=[kind for kind, _ in DEEDS])
def test_what_is_done_is_put_back_exactly(alice, bob, people, kind, given):
    tags.apply(people[0], "Old", by=bob)
    pools.put_in(pools.add(name="Spring", by=alice), people[1], by=bob, reason="first")
    candidates.archive(people[2], by=alice)
    candidates.call_again(people[3], make.in_days(3), "spring")
    given = given | ({"owner_id": bob.id} if kind == "owner" else {})
    before = state_of(*people)
    act = begin(ids(*people), kind, alice, **given)
    run()
    assert act.state == "done"
    assert act.done + act.left_out == act.total == 6
    assert act.done
    assert state_of(*people) != before
    bulk.undo(act, by=alice)
    run()
    assert (act.state, act.put_back, act.kept) == ("undone", act.done, 0)
    assert state_of(*people) == before


def test_the_count_before_is_what_happens(alice, people):
    tags.apply(people[0], "Data", by=alice)
    db.session.flush()
    seen = bulk.preview(ids(*people), "tag", {"name": "data"}, by=alice)
    assert (seen.words, seen.count, seen.left_out) == ("Tag with “data”", 6, [("carrying the tag already", 1)])
    act = begin(ids(*people), "tag", alice, name="data")
    run()
    assert (act.done, act.left_out) == (5, 1)
    assert bulk.not_done(act, seen_by=alice) == [(people[0].id, "Person 00", "carries the tag already")]
    assert bulk.said(act) == "Done for 5 people. 1 was left out."


def test_what_changed_since_stays(alice, bob, people):
    act = begin(ids(*people), "owner", alice, owner_id=bob.id)
    run()
    people[0].owner_id = users.by_email(address("rita")).id
    bulk.undo(act, by=alice)
    run()
    assert (act.put_back, act.kept) == (5, 1)
    assert people[0].owner_id == users.by_email(address("rita")).id


def test_hidden_people_are_in_no_count_and_no_act(alice, charlie, people):
    candidates.share(people[0], "owner", by=alice)
    db.session.flush()
    everybody = Chosen(search="location=lund", everybody=True)
    for chosen in (everybody, ids(*people)):
        assert bulk.preview(chosen, "tag", {"name": "x"}, by=charlie).count == 5
        assert "Person 00" not in bulk.glance(chosen, seen_by=charlie)[1]
    act = begin(everybody, "tag", charlie, name="x")
    bulk.work()
    candidates.share(people[1], "owner", by=alice)
    run()
    assert (act.total, act.done, act.left_out) == (5, 4, 1)
    assert [name for _, name, _ in bulk.not_done(act, seen_by=charlie)] == []
    assert people[0].id not in db.session.scalars(db.select(BulkRow.candidate_id)).all()
    with pytest.raises(Refused, match="Choose somebody"):
        bulk.preview(ids(people[0]), "tag", {"name": "x"}, by=charlie)


def test_who_came_later_is_not_in_it(alice, people):
    act = begin(Chosen(search="location=lund", everybody=True), "tag", alice, name="x")
    late = make.candidate(alice, "Late", email="", location="Lund")
    late.created_at = clock.now() + make.days(1)
    run()
    assert act.total == 6


def test_somebody_elses_act_is_not_there(alice, bob, people):
    act = begin(ids(*people), "archive", alice)
    with pytest.raises(Missing):
        bulk.find(act.id, by=bob)


def test_a_manager_hands_over_only_their_own(alice, bob, rita, people):
    theirs = make.candidate(bob, "Of Bob", email="")
    db.session.flush()
    seen = bulk.preview(ids(*people, theirs), "owner", {"owner_id": rita.id}, by=alice)
    assert seen.left_out == [("not yours to hand over", 1)]
    act = begin(ids(*people, theirs), "owner", alice, owner_id=rita.id)
    run()
    assert (act.done, act.left_out, theirs.owner_id) == (6, 1, bob.id)


def test_a_double_click_is_one_act(alice, people):
    first = begin(ids(*people), "tag", alice, name="x")
    assert begin(ids(*people), "tag", alice, name="x") is first
    run()
    assert first.total == 6
    assert bulk.undo(first, by=alice) is bulk.undo(first, by=alice)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("tag", {}), ("tag", {"name": "x" * 61}), ("nonsense", {}), ("owner", {"owner_id": "nobody"}),
        ("cadence", {"target_days": "often"}), ("cadence", {"target_days": "0"}), ("touchpoint", {"touch": "note"}),
        ("touchpoint", {"touch": "shout"}), ("pool", {"pool": " "}),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_said_before(alice, people, kind, given):
    with pytest.raises(Refused):
        begin(ids(*people), kind, alice, **given)


def test_who_can_no_longer_sign_in_does_nothing_more(alice, people):
    act = begin(ids(*people), "tag", alice, name="x")
    alice.disabled_at = clock.now()
    run()
    assert (act.state, act.done) == ("stopped", 0)


def test_a_pool_that_was_closed_meanwhile_leaves_all_out(alice, people):
    act = begin(ids(*people), "pool", alice, pool="Spring")
    pools.close(pools.find(act.detail["pool"], seen_by=alice), by=alice)
    run()
    assert (act.state, act.done, act.left_out) == ("done", 0, 6)


def test_old_acts_are_forgotten(alice, people):
    act = begin(ids(*people), "tag", alice, name="x")
    run()
    act.created_at = clock.now() - make.days(31)
    db.session.flush()
    with pytest.raises(Refused, match="no longer"):
        bulk.undo(act, by=alice)
    db.session.flush()
    bulk.sweep(clock.now())
    assert db.session.scalar(db.select(db.func.count()).select_from(BulkRow)) == 0


# --- thousands, in many transactions

THOUSANDS = 3_000


def make_many(app):
    with app.app_context(), unit_of_work(writes=True) as session:
        alice = users.by_email(address("alice"))
        now = clock.now()
        session.execute(
            db.insert(Candidate),
            [{"id": f"p{number:019}", "full_name": f"P {number}", "name_key": f"p {number:05}", "owner_id": alice.id,
              "source": "fair", "created_at": now, "changed_at": now} for number in range(THOUSANDS)],
        )  # fmt: skip


def started(app, kind, intent, **given):
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        chosen = given.pop("chosen", Chosen(search="source=fair", everybody=True))
        return bulk.start(chosen, kind, given, by=alice, intent=intent).id


def step(app):
    with app.app_context(), unit_of_work(writes=True):
        return bulk.work()


def shown(app, act_id):
    with app.app_context(), unit_of_work(writes=False):
        act = bulk.find(act_id, by=users.by_email(address("alice")))
        return act.state, act.total, act.done, act.left_out, act.put_back, act.kept


def in_pool(app):
    with app.app_context(), unit_of_work(writes=False) as session:
        return session.scalar(db.select(db.func.count()).select_from(pools.PoolMember))


class Killed(BaseException):
    pass


def test_thousands_go_on_after_a_kill_and_are_put_back(app, monkeypatch):
    make_many(app)
    act = started(app, "pool", "one", pool="Fair")
    assert in_pool(app) == 0
    for _ in range(10):
        step(app)
    was = in_pool(app)
    assert 0 < was < THOUSANDS
    with monkeypatch.context() as patched:
        patched.setattr(bulk, "_end", lambda *_: None)
        patched.setattr(bulk, "_next", lambda act, state: (_ for _ in ()).throw(Killed()))
        with pytest.raises(Killed):
            step(app)
    assert in_pool(app) == was
    some = Chosen(tuple(f"p{number:019}" for number in range(0, THOUSANDS, 10)))
    other = started(app, "owner", "two", owner_id=user_id(app, "bob"), chosen=some)
    while step(app):
        pass
    assert shown(app, act) == ("done", THOUSANDS, THOUSANDS, 0, 0, 0)
    assert shown(app, other)[:3] == ("done", THOUSANDS // 10, THOUSANDS // 10)
    assert in_pool(app) == THOUSANDS
    with app.app_context(), unit_of_work(writes=True):
        alice = users.by_email(address("alice"))
        bulk.undo(bulk.find(act, by=alice), by=alice)
    while step(app):
        pass
    assert shown(app, act) == ("undone", THOUSANDS, THOUSANDS, 0, THOUSANDS, 0)
    assert in_pool(app) == 0


def user_id(app, name):
    with app.app_context(), unit_of_work(writes=False):
        return users.by_email(address(name)).id
