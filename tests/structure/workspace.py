"""An invented workspace in which whatever must not be told carries a marker word, and the way through all routes.

Alice makes it all. Charlie is a stranger to the hidden candidates and to the sealed role; Anna, an administrator, too.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from functools import cached_property

from sqlalchemy import event, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from crm.app import App
from crm.db import db, unit_of_work
from crm.domain import (
    accounts,
    address_imports,
    api_tokens,
    applications,
    benches,
    bulk,
    calendars,
    calls,
    candidates,
    cards,
    circle,
    closings,
    colleagues,
    door_openers,
    doors,
    drafts,
    duplicates,
    forward_questions,
    forwards,
    imports,
    inbox,
    intake,
    introducing,
    merges,
    news,
    outbox,
    outcomes,
    permissions,
    personal_letters,
    plans,
    pools,
    promises,
    resumes,
    roles,
    saved_searches,
    sequence_plans,
    sequencing,
    sign_ins,
    signals,
    tags,
    teasing,
    templates,
    touchpoints,
    useful,
    useful_letters,
    users,
    withdrawals,
)  # fmt: skip
from crm.domain.candidates import Candidate, Facts
from crm.domain.closings import Finalist
from crm.domain.colleagues import Colleague
from crm.domain.forward_questions import ForwardQuestion
from crm.domain.forwards import Forward
from crm.domain.inbox import Arrival
from crm.domain.outbox import KeptMail, Letter
from crm.domain.roles import Role
from crm.domain.sequence_plans import Step
from crm.domain.sequences import Sequence
from crm.domain.sharing import open_by_recipient
from crm.domain.shortlists import Shortlist
from crm.domain.teasers import Teaser
from crm.domain.users import User
from crm.kit import clock, tokens
from crm.kit.reading import Reading
from crm.mail import delivery
from tests import documents, make, people

SEALED, HIDDEN, INTERNAL = "zanzibarite", "quokkaberg", "obsidianly"
"""On the sealed role; on candidates whom one may not see; on what no recipient of a forward may read."""
BEGUN = {SEALED: "zanzibar", HIDDEN: "quokka", INTERNAL: "obsidian"}
"""What is searched for: it begins the marker, so that the page may repeat it and still not contain the marker."""
NOWHERE = "vwxyzvw"
DOOR = (
    "guest.door", "guest.door_act", "guest.door_say", "guest.door_inside", "guest.door_code", "guest.door_open",
    "guest.door_close", "guest.door_end", "guest.door_allow", "guest.door_details", "guest.door_resume",
    "guest.door_export", "guest.door_undo", "guest.door_allow_inside",
)  # fmt: skip
"""Pages behind the candidate's own link."""
SEALED_ROLES = 50
NEEDS = ("needs", "needs_say", "needs_end_forwards", "needs_welcome_forwards", "needs_leave", "needs_come_back")
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
NONCES = re.compile(rb'name="(?:csrf_token|intent)"[^>]* value="[^"]*"')
Args = dict[str, str | int]


@dataclass
class Workspace:
    app: App
    shown: Args = field(default_factory=dict)
    """One value for every argument of every route, all of things that everybody may see."""
    hidden: dict[str, Args] = field(default_factory=dict)
    """By a word for it: arguments that lead to what a stranger may not see, or to it by way of something shown."""
    own: dict[str, Args] = field(default_factory=dict)
    """By endpoint: arguments that are another thing there than elsewhere; each kind of link has its own token."""
    api_tokens: dict[str, str] = field(default_factory=dict)
    """By the visitor's name."""

    def gets(self) -> list[Rule]:
        return [rule for rule in self.rules if "GET" in (rule.methods or ())]

    @cached_property
    def rules(self) -> list[Rule]:
        return sorted(self.app.url_map.iter_rules(), key=str)

    @cached_property
    def seekers(self) -> dict[str, "Visitor"]:
        """By class of route: somebody for whom it opens."""
        alice, anna, nobody = (Visitor(self, name) for name in ("alice", "anna", ""))
        return defaultdict(lambda: nobody, {"signed in": alice, "api": alice, "administrators": anna})

    def path(self, rule: Rule, **args: str | int) -> str:
        values = self.shown | self.own.get(rule.endpoint, {}) | args
        unknown = rule.arguments - values.keys()
        assert not unknown, f"{rule} takes {unknown}: the invented workspace has to say what to put there"
        parts = {name: values[name] for name in rule.arguments}
        return self.app.url_map.bind("").build(rule.endpoint, parts, method=next(iter(rule.methods or ())))


def class_of(app: App, rule: Rule) -> str:
    """Who is let in: assets, open, guest, api, signed in, administrators."""
    view = app.view_functions[rule.endpoint]
    blueprint = rule.endpoint.partition(".")[0] if "." in rule.endpoint else ""
    marks = [mark for mark in ("is_public", "for_admins") if getattr(view, mark, False)]
    edge = {"assets": "assets", "guest": "guest", "api": "api"}.get(blueprint, "")
    edge = "assets" if rule.endpoint == "static" else edge
    assert len(marks) + bool(edge) <= 1, f"{rule.endpoint} is of two classes: {[*marks, edge]}"
    return edge or {"is_public": "open", "for_admins": "administrators"}.get("".join(marks), "signed in")


def absent(args: Args) -> Args:
    """Ids of the same shape that nothing has."""
    return {name: tokens.new_link() if name == "token" else tokens.new_id() for name in args}


# --- the visitors


class Visitor:
    """Asks for pages one by one, follows nothing, reads whatever comes."""

    def __init__(self, house: Workspace, name: str = "") -> None:
        self.house, self.name = house, name
        self.client = house.app.test_client()
        self._token = ""
        if name:
            self.sign_in()

    def sign_in(self) -> None:
        self._token = ""
        answer = self.post("/sign-in", email=people.address(self.name), password=people.PASSWORD)
        assert answer.status_code == 303, answer.get_data(as_text=True)

    def get(self, rule: Rule, args: Args | None = None, **query: str) -> TestResponse:
        path = self.house.path(rule, **(args or {}))
        return self.client.get(path, query_string=query, headers=self.bearer(path))

    def bearer(self, path: str) -> dict[str, str]:
        token = self.house.api_tokens.get(self.name)
        return {"Authorization": f"Bearer {token}"} if token and path.startswith("/api/") else {}

    def token(self, page: str) -> str:
        """Against forgery, as the forms of that page carry it."""
        found = CSRF.search(self.client.get(page).get_data(as_text=True))
        assert found, f"{page} has no form"
        return found[1]

    def kept_token(self) -> str:
        """The same for all forms of the session."""
        self._token = self._token or self.token("/settings/me" if self.name else "/sign-in")
        return self._token

    def post(self, path: str, **data: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token("/sign-in"), **data})


def told(response: TestResponse) -> bytes:
    """All that an answer says, in lower case, but for what the visitor said first."""
    return (str(response.headers).encode() + response.get_data()).lower()


AGO = re.compile(rb"just now|\d+ (?:minute|hour)s? ago")


def bare(response: TestResponse, *said: str | int) -> bytes:
    """The answer without nonces, lengths, the words of the request, and how long ago things were."""
    headers = [
        (name, value)
        for name, value in response.headers
        if name not in {"Content-Length", "Set-Cookie", "Date", "Expires"}
    ]
    text = f"{response.status} {headers}".encode() + NONCES.sub(b"", response.get_data())
    text = AGO.sub(b"AGO", text)
    for word in said:
        text = text.replace(str(word).encode(), b"SAID")
    return text


@contextmanager
def statements(app: App) -> Iterator[list[str]]:
    """The SQL that runs meanwhile, without the begin and end of transactions and SQLite's own settings."""
    ran: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many):
        if not statement.startswith(("BEGIN", "PRAGMA", "SET TRANSACTION", "SAVEPOINT", "RELEASE")):
            ran.append(" ".join(statement.split()))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield ran
    finally:
        event.remove(engine, "before_cursor_execute", note)


# --- the making


def invent(app: App) -> Workspace:
    house = Workspace(app)
    with app.app_context():
        with unit_of_work(writes=True):
            accounts.ask_reset(people.address("bob"), address="")
        with unit_of_work(writes=True):
            alice = _user("alice")
            role = make.role(alice, "Head of Data", team="Platform")
            ada = _person("Ada Byron", INTERNAL, role, alice)
            team = alice.teams[0].id
            among = _person(f"Tove {HIDDEN}", HIDDEN, role, alice, visibility="team", team_id=team)
            alone = _person(f"Olof {HIDDEN}", HIDDEN, role, alice, visibility="owner")
            calls.begin(role, by=alice)
            house.own["fall_throughs.new"] = {"role_id": _hire(among, alice)}
            house.shown = ada | _ids_of_the_office(role, alice)
            sealed = _sealed_roles(ada["candidate_id"], alice)
            house.api_tokens = _api_tokens()
            accounts.invite(name="Nils Ek", email="nils@example.org", access="manager", by=_user("anna"))
            house.own["resumes.state"] = {"resume_id": _upload(alice)}
            cards.queue(alice, clock.today())
            useful.add(title="Notes", upload=useful.receive("notes.txt", b"Plain words."), by=alice)
            carol = db.session.get_one(Colleague, house.shown["colleague_id"])
            circle.ask(carol, text="Whom are you looking for?", by=alice, intent="needs")
            house.own["guest.calendar"] = {"token": calendars.make_link(alice)}
            _behind_the_door(house, str(ada["candidate_id"]), alice)
            own = _lists_of(house, str(ada["candidate_id"]), str(alone["candidate_id"]), alice)
            house.own["accounts.sign_in_by_link"] = {"token": sign_ins.offer_link(_user("bob"))}
        while delivery.deliver_next(None, "test"):
            pass
        with unit_of_work(writes=True):
            _came_of_it(house, str(ada["forward_id"]), _user("alice"))
        with unit_of_work(writes=False):
            _add_mails(house.shown, ada)
            for purpose in ("invitation", "reset"):
                house.own[f"accounts.{purpose}"] = {"token": _link_in(purpose)}
            for name in ("unsubscribe", "unsubscribe_now", "unsubscribe_undo"):
                house.own[f"guest.{name}"] = {"token": _token_in(_mail_of(ada), "unsubscribe")}
            for name in ("card", "card_act", "card_undo"):
                house.own[f"guest.{name}"] = {"token": _card_link()}
            for name in ("keeping", "keeping_answer"):
                house.own[f"guest.{name}"] = {"token": _token_in(_question_to("adabyron@example.org"), "keep")}
            for name in NEEDS:
                house.own[f"guest.{name}"] = {"token": _token_in(_needs_asked(), "needs")}
            for name in ("introduction", "introduction_answer"):
                asked = _introduction_to("adabyron@example.org")
                house.own[f"guest.{name}"] = {"token": _token_in(asked, "introduction")}
            teaser = {"token": _token_in(_teaser_of(ada), "teaser")}
            house.own |= {"guest.teaser": teaser, "guest.teaser_answer": teaser}
            house.own["useful.file"] = {"item_id": _file_item()}
            house.hidden = {"a team's": _with_mail(among), "its owner's": _with_mail(alone), "sealed": sealed}
    house.hidden["sealed, through a role that is shown"] = {"application_id": sealed["application_id"]}
    house.hidden |= own
    for name in ("show", "announce"):
        house.own[f"announcements.{name}"] = {"role_id": sealed["role_id"]}
    house.hidden["somebody's upload, through whatever takes a resume"] = house.own["resumes.state"]
    for name in ("a team's", "its owner's"):
        parts = {key: value for key, value in house.hidden[name].items() if key != "candidate_id"}
        house.hidden[f"{name}, through somebody shown"] = parts
    return house


def _behind_the_door(house: Workspace, candidate_id: str, by: User) -> None:
    token = _door_link(candidate_id)
    house.own |= {name: {"token": token, "what": "later", "one": tokens.new_id()} for name in DOOR}
    asked = {"token": token, "question_id": _asked_about(candidate_id, by)}
    told = {"token": _told_of_a_yes(candidate_id, by)}
    about = db.session.get_one(ForwardQuestion, asked["question_id"])
    house.own["api.forwards_question"] = {"forward_id": about.forward_id}
    house.own |= {f"guest.{name}": asked for name in ("door_question", "door_question_answer")} | {
        f"guest.{name}": told for name in ("door_permission", "door_permission_end")
    }


def _asked_about(candidate_id: str, by: User) -> str:
    """Whether the resume may go to somebody there was no yes for."""
    person = candidates.find(candidate_id, seen_by=by)
    to = colleagues.add(name="Dan Olsson", email="dan@initech.example.org", company="Initech", by=by)
    question = forward_questions.of_forward(forwards.send(plans.plan(person, to, by=by), by=by).id)
    assert question is not None
    return question.id


def _came_of_it(house: Workspace, forward_id: str, by: User) -> None:
    outcomes.record(forwards.find(forward_id, seen_by=by), "interviewed", by=by)
    house.own["api.outcomes_show"] = {"forward_id": forward_id}


def _told_of_a_yes(candidate_id: str, by: User) -> str:
    """The link in the letter that tells them what was written down."""
    person = candidates.find(candidate_id, seen_by=by)
    yes = permissions.record(person, purpose="forward", company="Soylent", evidence="x", channel="phone", by=by)
    letter = db.session.get_one(Letter, yes.letter_id)
    doors.mint(person.id, token := tokens.new_link(), letter_id=letter.id)
    outbox.cancel(letter, by=by)
    return token


def _lists_of(house: Workspace, shown_id: str, hidden_id: str, by: User) -> dict[str, Args]:
    """Also the rule of the person shown; returns what is Alice's own."""
    house.shown |= _of_the_list(shown_id, INTERNAL, by) | {"rule_id": _rule_of(shown_id, by)}
    house.shown |= _twice("Grace Hopper", by)
    return {
        "somebody's own pool, search and act": _of_the_list(hidden_id, HIDDEN, by, visibility="owner"),
        "somebody's own, here twice": _twice(f"Grace {HIDDEN}", by, visibility="owner"),
    }


def _of_the_list(candidate_id: str, marker: str, by: User, visibility: str = "company") -> Args:
    """A pool with this person, a search under a name, an act on many."""
    pool = pools.add(name=f"Pool {marker}", by=by, visibility=visibility)
    pools.put_in(pool, candidates.find(candidate_id, seen_by=by), by=by, reason=f"since {marker}")
    kept = saved_searches.add(name=f"Search {marker}", search="tag=kafka", by=by, visibility=visibility)
    chosen = bulk.Chosen((candidate_id,))
    act = bulk.start(chosen, "tag", {"name": "many"}, by=by, intent=marker)
    bulk.work()
    bulk.work()
    return {"pool_id": pool.id, "search_id": kept.id, "act_id": act.id}


def _twice(name: str, by: User, visibility: str = "company") -> Args:
    """Somebody with two records, and a merge of two others of the same name."""
    one, other, third = (make.candidate(by, name, email="", visibility=visibility) for _ in range(3))
    return {"other_id": other.id, "merge_id": merges.merge(one, third, by=by).id}


def _rule_of(candidate_id: str, by: User) -> str:
    person = candidates.find(candidate_id, seen_by=by)
    return withdrawals.give_rule(person, kind="never", company="Umbrella", by=by)[0].id


def _door_link(candidate_id: str) -> str:
    token = tokens.new_link()
    doors.mint(candidate_id, token)
    return token


def _api_tokens() -> dict[str, str]:
    names = ("alice", "anna", "charlie")
    return {name: api_tokens.add(_user(name), scope="read", by=None)[1] for name in names}


def _user(name: str) -> User:
    user = users.by_email(people.address(name))
    assert user is not None
    return user


def _person(name: str, marker: str, role: Role, by: User, **sharing) -> Args:
    """With one of everything that a person can have, each saying the marker."""
    key = "".join(name.split()).lower()
    facts = Facts(
        full_name=name, emails=[f"{key}@example.org"], phones=["+46 8 123 45 67"], employer=f"{marker} AB",
        location=marker if marker == HIDDEN else "Sundsvall", headline=marker if marker == HIDDEN else "Data engineer",
        links=[f"https://{marker}.example.org/"], source=marker, availability=marker, notice_period=marker,
        remote=marker, pay_expectation=marker,
    )  # fmt: skip
    person = candidates.add(facts, by=by, **sharing)
    tag = tags.apply(person, f"{marker} tag", by=by)
    touch = touchpoints.log(person, kind="call", direction="out", text=f"said {marker}", by=by)
    promise = promises.make(person, text=f"promise {marker}", due_on=make.in_days(0), by=by)
    near = make.near_miss(
        person, role, by, sentence=f"sentence {marker}", missing=f"missing {marker}", would_change=marker,
        hire_for=[marker], agreed=marker,
    )  # fmt: skip
    content = documents.pdf(name=name, lines=[marker if marker != INTERNAL else "Kafka", "0 years"])
    resume = make.resume(person, by, content=content, filename=f"{marker}.pdf")
    consent = make.consent(person, by)
    words = {"subject": f"about {marker}", "text": f"letter {marker}"}
    handed = personal_letters.hand_over(person, by=by, intent=f"hand {key}", **words)
    drafts.save(person, by=by, seen=0, **words)
    forward = make.forward(by, person, note=f"Please see {name}.", position="Data lead")
    open_by_recipient(forward)  # or the pages of the resume would not open
    arrival = _arrival(forward, marker, by)
    candidates.set_next(person, make.in_days(0), why=marker, by=by)
    place = [benches.Seat(place.candidate, place.reason) for place in benches.of(role, seen_by=by)]
    benches.put(role, [*place, benches.Seat(person, f"reason {marker}")], by=by)
    question = door_openers.ask(person, by=by, text=f"a question of {marker}")
    told = news.tell(by.id, kind="door", text=f"says {marker}", candidate_id=person.id)
    question.answer, question.answered_at = "no", clock.now()
    question.words = f"words of {marker}" if marker == HIDDEN else ""
    closing = closings.bank(role, Finalist(candidate_id=person.id), by=by, intent=f"bank {key}")
    sequence = _sequence(person, marker, by)
    kept_warm = _kept_warm(person, forward, marker, by)
    return kept_warm | {
        "sequence_id": sequence.id, "step_id": sequence.steps[0].id,
        "candidate_id": person.id, "tag_id": tag.id, "touchpoint_id": touch.id, "application_id": near.id,
        "promise_id": promise.id, "personal_id": handed.id, "question_id": question.id,
        "resume_id": resume.id, "consent_id": consent.id, "forward_id": forward.id, "letter_id": forward.letter.id,
        "closing_id": closing.id, "news_id": told.id, "arrival_id": arrival.id,
        "enclosure_id": arrival.enclosures[0].id,
    }  # fmt: skip


def _sequence(person: Candidate, marker: str, by: User) -> Sequence:
    words = Step(14, subject=f"A letter with {marker}", text=f"About {marker}.")
    plan = sequence_plans.add(name=f"Plan {marker}", steps=[words], by=by)
    [started] = sequencing.start([person], plan.plan, by=by, intent=tokens.new_key())
    return started


def _kept_warm(person: Candidate, forward: Forward, marker: str, by: User) -> Args:
    """Something useful that they got, an introduction to whom the resume went, a gracious signal."""
    sharing = "private" if marker == HIDDEN else "company"
    item = useful.add(title=f"Guide {marker}", link=f"https://{marker}.example.org/guide", note=marker, by=by,
                      tag_names=[f"{marker} tag"], visibility=sharing)  # fmt: skip
    useful_letters.send(item, useful_letters.chosen([person.id], seen_by=by), by=by, batch=tokens.new_id())
    told = ("Somebody who builds teams.", "A person who leads teams.")
    proposal = introducing.propose(person, forward.colleague, told=told, why=f"because {marker}", by=by)
    introduction = introducing.ask(proposal, by=by, intent=tokens.new_id())
    signal = signals.log(person, kind="thanked", words=f"thanks {marker}", by=by)
    make.consent(person, by, purpose="introduce", company="")
    proposal = teasing.propose(person, forward.colleague, by=by, headline="Somebody who leads teams.")
    teaser = teasing.send(proposal, by=by)
    teaser.answer_words = f"words of {marker}" if marker == HIDDEN else ""
    shortlist = Shortlist(
        colleague=forward.colleague, to_address=forward.to_address, company=forward.company, by=by, by_id=by.id,
        note=marker if marker == HIDDEN else "", intent=tokens.new_id(), letter=None,
    )  # fmt: skip
    db.session.add(shortlist)
    db.session.flush()
    forward.shortlist_id = shortlist.id
    return {
        "shortlist_id": shortlist.id,
        "teaser_id": teaser.id,
        "item_id": item.id,
        "introduction_id": introduction.id,
        "signal_id": signal.id,
    }


def _arrival(forward: Forward, marker: str, by: User) -> Arrival:
    """An answer by mail, with a file."""
    files = ((f"{marker}.txt", marker.encode()),)
    mail = inbox.Mail(
        identity=tokens.new_id(), message_id=f"<{tokens.new_id()}@example.org>", kind="reply",
        from_address="carol@acme.example.org", from_name=f"Carol {marker}", subject=f"Re: {marker}",
        text=f"I like {marker}.", status="", said="", at=clock.now(), enclosures=files,
    )  # fmt: skip
    arrival = inbox.keep(mail, letter=forward.letter, candidate_id=forward.candidate_id, user=by)
    db.session.flush()
    return inbox.find(arrival.id, seen_by=by)


def _upload(by: User) -> str:
    """A file that waits for the person it belongs to."""
    return resumes.add(resumes.receive(f"{HIDDEN}.txt", HIDDEN.encode()), by=by).id


def _hire(hidden: Args, by: User) -> str:
    """Somebody whom a stranger may not see has got a role that everybody sees."""
    role = make.role(by, "Analyst")
    roles.record_hire(role, by=by, candidate_id=str(hidden["candidate_id"]))
    return role.id


def _sealed_roles(candidate_id: str | int, by: User) -> Args:
    """Each with the shown candidate on its bench and among its near misses; the ids of the last."""
    ada = candidates.find(str(candidate_id), seen_by=by)
    found = [_sealed_role(ada, number, by) for number in range(SEALED_ROLES)]
    calls.begin(roles.find(str(found[-1]["role_id"]), seen_by=by), by=by)
    candidates.set_next(ada, make.in_days(0), by=by, why=INTERNAL)
    return found[-1]


def _sealed_role(ada: Candidate, number: int, by: User) -> Args:
    role = roles.add(
        title=f"Chief {SEALED} {number}", codename=f"Project {SEALED}", needs=f"to lead {SEALED}",
        team=f"{SEALED} team", status="sealed", by=by, insiders=[people.address("bob")], opens_on=make.in_days(number),
        marked_terms=[SEALED, f"{SEALED} {number}"],
    )  # fmt: skip
    near = make.near_miss(
        ada, role, by, sentence=f"for {SEALED}", hire_for=[SEALED], missing=SEALED, would_change=SEALED, agreed=SEALED,
        call_again_on=make.in_days(number),
    )  # fmt: skip
    applications.put(ada, role, by=by, reason=f"a reason of {SEALED}", panel=f"the panel of {SEALED}")
    benches.put(role, [benches.Seat(ada, f"reason {SEALED}", make.in_days(number))], by=by)
    return {"role_id": role.id, "application_id": near.id}


def _ids_of_the_office(role: Role, by: User) -> Args:
    carol = db.session.scalars(select(Colleague)).first()
    token, _ = api_tokens.add(by, scope="read", by=by)
    assert carol is not None
    return {
        "role_id": role.id, "colleague_id": carol.id, "user_id": _user("bob").id, "team_id": by.teams[0].id,
        "token_id": token.id, "sign_in_id": tokens.new_id(), "filename": "look.css", "number": 1, "mail_id": "",
        "token": "", "place_id": "", "which": "bench", "cadence_id": "bench",
        "intake_id": intake.add([intake.receive("cv.txt", b"Somebody, analyst")], by=by).id,
        "import_id": address_imports.read("book.csv", b"Name,Email,Company\nDan,dan@example.org,Globex\n", by=by).id,
        "file_id": imports.bring(imports.receive("people.csv", b"Name,Email\nDan,dan@example.org\n"), by=by).id,
        "template_id": templates.add(name="Plainly", subject="Hello", text="How are you?", shared="company", by=by).id,
        "plan_id": sequence_plans.add(name="Plainly", steps=[Step(0, subject="Hello", text="How are you?")], by=by).id,
    }  # fmt: skip


def _mail_of(args: Args) -> KeptMail:
    return db.session.scalars(
        select(KeptMail)
        .join(Letter)
        .join(Forward, Forward.letter_id == Letter.id)
        .where(Forward.id == args["forward_id"])
    ).one()


def _with_mail(args: Args) -> Args:
    return args | {"mail_id": _mail_of(args).id}


def _add_mails(shown: Args, args: Args) -> None:
    mail = _mail_of(args)
    shown |= {"mail_id": mail.id, "token": _token_in(mail, "shared")}


def _teaser_of(args: Args) -> KeptMail:
    query = select(KeptMail).join(Letter).join(Teaser, Teaser.letter_id == Letter.id)
    return db.session.scalars(query.where(Teaser.candidate_id == args["candidate_id"])).one()


def _link_in(purpose: str) -> str:
    mail = db.session.scalars(select(KeptMail).join(Letter).where(Letter.kind == purpose)).one()
    return _token_in(mail, purpose)


def _question_to(address: str) -> KeptMail:
    query = select(KeptMail).join(Letter).where(Letter.kind == "keep_in_touch", Letter.to_address == address)
    return db.session.scalars(query).one()


def _introduction_to(address: str) -> KeptMail:
    asking = Letter.kind == "introduction_ask"
    return db.session.scalars(select(KeptMail).join(Letter).where(asking, Letter.to_address == address)).one()


def _needs_asked() -> KeptMail:
    return db.session.scalars(select(KeptMail).join(Letter).where(Letter.kind == "needs")).one()


def _file_item() -> str:
    with_file = select(useful.UsefulItem).where(useful.UsefulItem.file_key.is_not(None))
    return db.session.scalars(with_file).one().id


def _card_link() -> str:
    """The second of a card, after the one that leads to the composer."""
    mail = db.session.scalars(select(KeptMail).join(Letter).where(Letter.kind == "card")).one()
    text = message_from_bytes(mail.raw, policy=policy.default).get_body(("plain",))
    assert text is not None
    return re.findall(r"/card/([\w-]+)", text.get_content())[1]


def _token_in(mail: KeptMail, place: str) -> str:
    found = re.search(rf"/{place}/([\w-]+)".encode(), mail.raw.replace(b"=\r\n", b""))
    assert found, "the letter carries a link"
    return found[1].decode()


# --- any number of rows


def fill(app: App, count: int) -> Args:
    """`count` of everything that a list shows; the arguments lead to things that have `count` of each part."""
    with app.app_context():
        with unit_of_work(writes=True):
            alice, anna = _user("alice"), _user("anna")
            role = make.role(alice, "Head of Data", team="Platform")
            ada = _person("Ada Byron", "plainly", role, alice)
            shown = ada | _ids_of_the_office(role, alice)
            shown |= _of_the_list(str(ada["candidate_id"]), "plainly", alice) | _twice("Grace Hopper", alice)
            person = candidates.find(str(ada["candidate_id"]), seen_by=alice)
            near = [_one_more(number, person, role, alice, anna) for number in range(count)]
            benches.put(role, [benches.Seat(other) for other in [person, *near]], by=alice)
            calls.begin(role, by=alice)
            duplicates.look(clock.now())
        while delivery.deliver_next(None, "test"):
            pass
        with unit_of_work(writes=False):
            _add_mails(shown, ada)
    return shown


def _one_more(number: int, person: Candidate, role: Role, by: User, admin: User) -> Candidate:
    name = f"Nora Number{number}"
    other = make.candidate(by, name, email=f"nora{number}@example.org", headline="Engineer", employer=f"Works {number}")
    make.candidate(by, name, email="", employer=f"Works {number}")
    make.near_miss(other, role, by, missing="time")
    make.near_miss(person, make.role(by, f"Role {number}", team=f"Team {number}"), by)
    tags.apply(other, f"tag {number}", by=by)
    tags.apply(person, f"tag {number}", by=by)
    touchpoints.log(person, kind="call", direction="out", text=f"call {number}", by=by)
    candidates.set_next(other, make.in_days(0 if number % 2 else 5), by=by)
    promises.make(other, text=f"promise {number}", due_on=make.in_days(number % 3), by=by)
    promises.make(person, text=f"promise {number}", due_on=make.in_days(number), by=by)
    _sequence(other, f"word {number}", by)
    introduced = introducing.propose(person, other, told=("Somebody kind.", "Somebody else."), by=by)
    introducing.ask(introduced, by=by, intent=tokens.new_id())
    useful.add(title=f"Guide {number}", link="https://example.org/", by=by, tag_names=[f"tag {number}"])
    colleague = make.colleague(by, f"Cara Number{number}", email=f"cara{number}@acme.example.org")
    make.forward(by, person, colleague)
    kept = resumes.add(resumes.receive(f"resume {number}.txt", f"{name}\n".encode()), by=by, candidate=person)
    resumes.write_down(kept, Reading(text=name), {}, [])
    hashed = by.password_hash
    added = users.add(name=name, email=f"user{number}@norrland.example.org", access="manager", by=admin,
                      password_hash=hashed)  # fmt: skip
    added.teams = [users.add_team(f"Team {number}", by=admin)]
    api_tokens.add(by, scope="read", by=by, name=f"token {number}")
    pool = pools.add(name=f"Pool {number}", by=by)
    for one in (person, other):
        pools.put_in(pool, one, by=by, reason=f"reason {number}")
    saved_searches.add(name=f"Search {number}", search="tag=x", by=by)
    bulk.start(bulk.Chosen((other.id,)), "tag", {"name": "x"}, by=by, intent=f"act {number}")
    return other
