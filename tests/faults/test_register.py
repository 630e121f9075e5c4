"""The register against the mail server's own log, and a forward that ends while it waits, leaves, or stands open.

The log is the witness: whatever it says that somebody got, the register says the same of, and of nothing else.
"""

import csv
import json
import random
import re
import time
import urllib.error
import urllib.request
from contextlib import ExitStack
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm.db import db, unit_of_work
from crm.domain import api_tokens, colleagues, forwards, outbox, register, resumes, revoking, shortlisting, withdrawals
from crm.domain.consents import Consent
from crm.domain.disclosures import Disclosure
from crm.domain.forwards import Forward, ForwardLink
from crm.kit import cells, files, tokens
from crm.worker import Worker
from tests import make
from tests.faults import auditor
from tests.faults import house as houses
from tests.servers import program
from tests.servers.smtp import read_log

AT_ONCE = 5
"""Seconds after which it is over on every process."""
LEFT = {"accepted", "delivered"}
LINK = re.compile(r"/shared/([\w-]+)")
FAULTS = (("rcpt", "5xx"), ("dot", "4xx"), ("dot", "5xx"), ("dot", "reset_after_accept"), ("dot", "reset"))


# --- the register is the log


def test_the_register_tells_what_the_mail_server_took(house):
    agree(house, 60)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_register_tells_what_the_mail_server_took_of_a_thousand(house):
    agree(house, 1_000)


def agree(house, count: int) -> None:
    """Of forwards made at random, some revoked before they leave, some refused by the server, some taken unanswered."""
    chance = random.Random(11)
    people = invite(house)
    for start in range(0, count, 10):
        made = [forward_one(house, chance, people) for _ in range(min(10, count - start))]
        end_some(house, chance, made)
        house.sink.plan(*FAULTS[start // 10 % len(FAULTS)])
        Worker(house.app).drain()
    end_some(house, chance, all_ids(house))
    houses.wait_until(lambda: drained(house))
    taken = {message.message_id: message for message in read_log(house.log)}
    with house.app.app_context(), unit_of_work(writes=False):
        entries = list(db.session.scalars(forwards.register(houses.alice())))
        assert len(entries) == count
        told = [tell(forward, taken) for forward in entries]
    assert {"taken", "never", "doubt"} <= set(told), "not everything happened"
    tabled(house, taken)


def drained(house) -> bool:
    """Word that something in doubt has ended waits until more is known of it; nothing else does."""
    Worker(house.app).drain()
    return all(row.kind == "revoked" for row in auditor.on_the_way(house.database_url))


def invite(house) -> tuple[list[str], list[str]]:
    """Four people with a resume, six colleagues at three companies, a yes to every company."""
    with house.app.app_context(), unit_of_work(writes=True):
        by = houses.alice()
        persons = [make.candidate(by, f"Person No{n}", email=f"no{n}@example.org") for n in range(4)]
        for person in persons:
            make.resume(person, by)
            make.consent(person, by, company="")
        to = [
            colleagues.add(name=f"Colleague {n}", email=f"c{n}@firm{n % 3}.example.org", company=f"Firm {n % 3}", by=by)
            for n in range(6)
        ]
        return [person.id for person in persons], [colleague.id for colleague in to]


def forward_one(house, chance: random.Random, people: tuple[list[str], list[str]]) -> str:
    with house.app.app_context(), unit_of_work(writes=True) as session:
        by = houses.alice()
        person = session.get_one(forwards.Candidate, chance.choice(people[0]))
        how = chance.choice(({}, {}, {"deliver": "attachment"}, {"blind": True}, {"parts": ["resume", "file", "note"]}))
        note = f"Note {''.join(chance.choices('aeioukst', k=12))}."
        return make.forward(by, person, colleagues.find(chance.choice(people[1])), note=note, **how).id


def end_some(house, chance: random.Random, ids: list[str]) -> None:
    with house.app.app_context(), unit_of_work(writes=True):
        by = houses.alice()
        for forward_id in (one for one in ids if chance.random() < 0.15):
            revoking.revoke(forwards.find(forward_id, seen_by=by), by=by)


def all_ids(house) -> list[str]:
    with house.app.app_context(), unit_of_work(writes=False):
        return list(db.session.scalars(select(Forward.id)))


def tell(forward: Forward, taken: dict) -> str:
    """What the log says of it, after holding the register against that."""
    letter, message = forward.letter, taken.get(forward.letter.message_id)
    copies = list(db.session.scalars(select(Disclosure).where(Disclosure.forward_id == forward.id)))
    if message is None:
        assert letter.state not in LEFT, (forward.id, letter.state)
        return "never"
    assert letter.state in LEFT | {"in_doubt"}, (forward.id, letter.state)
    assert message.recipients == [forward.to_address]
    assert {copy.message_id for copy in copies} == {message.message_id}
    holds(forward, copies[-1], message)
    return "doubt" if letter.state == "in_doubt" else "taken"


def holds(forward: Forward, copy: Disclosure, message) -> None:
    """The mail holds what was noted: the note, the file with that checksum or the link of this forward."""
    text = message.email.get_body(("plain",)).get_content()
    assert copy.note == forward.note
    assert copy.note in text.replace("\n", " ")
    attached = [part.get_payload(decode=True) for part in message.email.iter_attachments()]
    if copy.deliver == "attachment":
        assert [files.sha256(content) for content in attached] == [copy.sha256]
        return
    assert attached == []
    opens = select(ForwardLink.forward_id).where(ForwardLink.token_hash == tokens.digest(LINK.search(text)[1]))
    assert db.session.scalar(opens) == forward.id
    assert copy.sha256 == resumes.latest(forward.candidate).sha256


def tabled(house, taken: dict) -> None:
    """The table names every Message-ID that the server took, once; what else it names never came there."""
    with house.app.app_context(), unit_of_work(writes=False):
        rows = register.table(register.Wanted(), seen_by=houses.alice())
        lines = list(cells.csv_lines(register.HEAD, rows))
        ended = set(db.session.scalars(select(outbox.Letter.message_id).where(outbox.Letter.kind == "revoked")))
    lines[0] = lines[0].removeprefix(cells.BOM)
    told = [row["Message-ID"] for row in csv.DictReader(lines) if row["Message-ID"] in taken]
    assert sorted(told) == sorted(set(taken) - ended)


# --- it ends on every process


@pytest.fixture
def three(house):
    """The program three times over one database, as behind a balancer; each sends letters, too."""
    with house.app.app_context(), unit_of_work(writes=True):
        house.token = api_tokens.add(houses.alice(), scope="write", days=9, by=None)[1]
    with ExitStack() as stack:
        settings = {**house.settings, "CRM_UNDO_SECONDS": "4", "CRM_API_REQUESTS_A_MINUTE": "100000"}
        yield [stack.enter_context(program.serve(house.folder, **settings)) for _ in range(3)]


def delivered(house, count: int = 1) -> list[tuple[str, str]]:
    """Forwards that have left: their ids and the tokens of their links."""
    before = len(house.sink.messages)
    house.queue(count)
    Worker(house.app).drain()
    houses.wait_until(lambda: len(house.sink.messages) == before + count)  # another process may have taken one
    found = [LINK.search(one.email.get_body(("plain",)).get_content())[1] for one in house.sink.messages[-count:]]
    with house.app.app_context(), unit_of_work(writes=False):
        opens = select(ForwardLink.forward_id).where(ForwardLink.token_hash.in_(map(tokens.digest, found)))
        by_digest = select(ForwardLink.token_hash, ForwardLink.forward_id).where(ForwardLink.forward_id.in_(opens))
        forward = dict(tuple(row) for row in db.session.execute(by_digest))
    return [(forward[tokens.digest(token)], token) for token in found]


def status(url: str, path: str) -> int:
    try:
        with urllib.request.urlopen(f"{url}{path}", timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def act(house, url: str, path: str) -> dict:
    headers = {"Authorization": f"Bearer {house.token}", "Content-Type": "application/json"}
    wanted = urllib.request.Request(f"{url}/api/v1{path}", b"{}", headers, method="POST")
    with urllib.request.urlopen(wanted, timeout=30) as answer:
        return json.loads(answer.read())


def closes_everywhere(three, token: str) -> None:
    paths = [f"/shared/{token}{part}" for part in ("", "/pages/1", "/file", "/person.vcf", "/resume.json")]
    began = time.monotonic()
    for served in three:
        assert status(served.url, f"/shared/{token}") == 410
        assert 200 not in {status(served.url, path) for path in paths}
    assert time.monotonic() - began < AT_ONCE


def test_an_open_page_closes_on_every_process(house, three):
    [(forward, token), (other, beside)] = delivered(house, 2)
    assert [status(served.url, f"/shared/{token}") for served in three] == [200] * 3
    act(house, three[0].url, f"/forwards/{forward}/revocation")
    closes_everywhere(three, token)
    assert [status(served.url, f"/shared/{beside}") for served in three] == [200] * 3
    act(house, three[1].url, consent_of(house, other))
    closes_everywhere(three, beside)


def consent_of(house, forward_id: str) -> str:
    """Where its permission is withdrawn."""
    with house.app.app_context(), unit_of_work(writes=False) as session:
        forward = session.get_one(Forward, forward_id)
        return f"/candidates/{forward.candidate_id}/consents/{forward.consent_id}/withdrawal"


@pytest.mark.parametrize("how", ["revoked", "withdrawn"])
def test_what_waits_never_leaves_any_process(house, three, how):
    """Ordered from one process, ended on another, while all three send."""
    with house.app.app_context(), unit_of_work(writes=True):
        forward = make.forward(houses.alice())
        forward_id, letter = forward.id, forward.letter.id
        forward.letter.not_before += timedelta(seconds=3)
    path = f"/forwards/{forward_id}/revocation" if how == "revoked" else consent_of(house, forward_id)
    act(house, three[2].url, path)
    time.sleep(AT_ONCE)
    assert auditor.by_id(house.database_url)[letter].state == ("cancelled" if how == "revoked" else "blocked")
    assert not house.log.exists() or not house.log.read_bytes()


@pytest.mark.parametrize("how", ["revoked", "withdrawn"])
@pytest.mark.parametrize("place", ["after_claim", "after_writing", "after_354"])
def test_what_is_leaving_is_stopped_before_the_last_dot(house, place, how):
    [letter] = house.queue()
    with house.worker(f"{place}:stop") as sleeper:
        houses.wait_until_stopped(sleeper)
        end(house, letter, how)
        houses.go_on(sleeper)
        houses.wait_until(lambda: not auditor.on_the_way(house.database_url), sleeper.output)
        assert sleeper.stop() == 0, sleeper.output()
    assert auditor.by_id(house.database_url)[letter].state == "blocked"
    assert not house.log.exists() or not house.log.read_bytes()


def test_what_was_quicker_is_told_and_its_link_is_closed(house):
    """In doubt already: it arrives, the page behind it does not open, and the colleague hears that it ended."""
    [letter] = house.queue()
    with house.worker("after_in_doubt:stop:1") as sleeper:
        houses.wait_until_stopped(sleeper)
        end(house, letter, "withdrawn")
        houses.go_on(sleeper)
        houses.wait_until(lambda: auditor.by_id(house.database_url)[letter].state == "accepted", sleeper.output)
        assert sleeper.stop() == 0, sleeper.output()
    with house.app.app_context(), unit_of_work(writes=False) as session:
        forward = session.scalars(select(Forward)).one()
        assert forward.revoked_at
        assert forward.revoked_letter_id


def end(house, letter: str, how: str) -> None:
    with house.app.app_context(), unit_of_work(writes=True) as session:
        by = houses.alice()
        forward = forwards.find(session.scalar(select(Forward.id).where(Forward.letter_id == letter)), seen_by=by)
        if how == "revoked":
            revoking.revoke(forward, by=by)
        else:
            withdrawals.withdraw(session.get_one(Consent, forward.consent_id), by=by)


# --- a shortlist that somebody leaves meanwhile


@pytest.mark.parametrize("place", ["after_writing", "after_354"])
def test_who_withdraws_while_it_leaves_is_in_no_letter_that_the_mail_server_gets(house, place):
    """What was written with them in it is thrown away before the last dot; the others go in a letter written anew."""
    consent_id, letter = shortlist_of_two(house)
    with house.worker(f"{place}:stop:1") as sleeper:
        houses.wait_until_stopped(sleeper)
        with house.app.app_context(), unit_of_work(writes=True) as session:
            withdrawals.withdraw(session.get_one(Consent, consent_id), by=houses.alice())
        houses.go_on(sleeper)
        houses.wait_until(lambda: not auditor.on_the_way(house.database_url), sleeper.output)
        assert sleeper.stop() == 0, sleeper.output()
    assert auditor.by_id(house.database_url)[letter].state == "accepted"
    [message] = house.sink.messages
    text = message.email.get_body(("plain",)).get_content()
    assert "Grace Hopper" in text
    assert "Ada" not in text
    with house.app.app_context(), unit_of_work(writes=False) as session:
        [(forward_id, name)] = session.execute(
            select(Forward.id, forwards.Candidate.full_name)
            .join(Forward.candidate)
            .join(ForwardLink, ForwardLink.forward_id == Forward.id)
        ).all()
        assert name == "Grace Hopper"
        assert session.scalars(select(Disclosure.forward_id)).all() == [forward_id]


def shortlist_of_two(house) -> tuple[str, str]:
    """Ada's consent, and the letter."""
    with house.app.app_context(), unit_of_work(writes=True):
        by = houses.alice()
        people = [make.candidate(by, name, email=f"{name[:3]}@example.org") for name in ("Ada Byron", "Grace Hopper")]
        for person in people:
            make.resume(person, by)
        consents = [make.consent(person, by) for person in people]
        made = shortlisting.send(shortlisting.plan(people, [make.colleague(by)], by=by), by=by)
        return consents[0].id, made[0].letter_id or ""
