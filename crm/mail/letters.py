"""What First Call writes: one function for each letter. Each is rendered at delivery, from what is true by then."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Self, TypeVar

from flask import current_app

from crm import config
from crm.db import db
from crm.domain import advancing, cards, door_openers, forwards, outbox, personal_letters, resumes, workspace
from crm.domain.cards import Card
from crm.domain.door_openers import Asked
from crm.domain.errors import Missing
from crm.domain.forwards import Forward, Plan
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.users import AccountLink, User
from crm.kit import sniff, tokens, words
from crm.mail.compose import Attachment, Draft

Subject = TypeVar("Subject")
PLACEHOLDER = "made-when-it-is-sent"
"""Stands in a preview where the tokens of the links will be."""


@dataclass(frozen=True)
class Tokens:
    """Of the links in one copy of a letter: to what it is about, and out of further letters."""

    link: str
    stop: str
    more: dict[str, str] = field(default_factory=dict)
    """By what it is for, of the links in a letter that has many."""

    def another(self, purpose: str) -> str:
        return self.more.setdefault(purpose, tokens.new_link())


@dataclass(frozen=True)
class Kind(Generic[Subject]):
    """What a letter of this kind is about, how it is written, what may stand against it, where its link is kept."""

    subject: Callable[[Letter], Subject]
    write: Callable[[Letter, Subject, Tokens], Draft]
    why_not: Callable[[Subject, bool], str]
    mint: Callable[[Subject, str], None]
    mint_more: Callable[[Subject, Mapping[str, str]], None] = lambda _subject, _more: None


@dataclass(frozen=True)
class Case:
    """One letter in one transaction, with what it is about: loaded once, and asked several things."""

    letter: Letter
    kind: Kind[Any]
    subject: Any

    @classmethod
    def of(cls, letter: Letter) -> Self:
        """Raises Missing where what it is about is gone."""
        kind = KINDS[letter.kind]
        return cls(letter, kind, kind.subject(letter))

    def draft(self, given: Tokens) -> Draft:
        return self.kind.write(self.letter, self.subject, given)

    def why_not(self, *, lock: bool) -> str:
        """A word of outbox.BLOCKED_WORDS, or nothing. `lock` holds what it rests on until the transaction ends."""
        return self.kind.why_not(self.subject, lock)

    def mint(self, given: Tokens) -> None:
        self.kind.mint(self.subject, given.link)
        self.kind.mint_more(self.subject, given.more)


def headers(letter: Letter, given: Tokens) -> tuple[tuple[str, str], ...]:
    """The way out, for mail programs that show a button for it (RFC 2369, RFC 8058). One click is offered where nobody
    can have changed the letter on its way, and the answer travels encrypted.
    """
    if letter.kind in outbox.OWN_ACT:
        return (("Auto-Submitted", "auto-generated"),)
    settings = config.current()
    way_out = (("List-Unsubscribe", f"<{_stop(given)}>"),)
    if settings.is_https and settings.dkim_key:
        return (*way_out, ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return way_out


# --- to a colleague: the resume


def forward_preview(plan: Plan, *, by: User) -> Draft:
    """The same letter as will go out, but for the link."""
    return _forward(plan, by, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write_forward(_letter: Letter, forward: Forward, given: Tokens) -> Draft:
    return _forward(forward, forward.by, given)


def _forward(forward: Plan | Forward, by: User, given: Tokens) -> Draft:
    """To the address and the company that the permission was given for, whatever the address book says by now."""
    person, to = forward.candidate, forward.colleague
    attached = forward.deliver == "attachment"
    draft = _rendered(
        "forward",
        to=to,
        to_company=forward.company,
        candidate=person,
        position=forward.position,
        note=forward.note,
        sender=by.name,
        attached=attached,
        link=_url(f"/shared/{given.link}"),
        stop=_stop(given),
        until=words.day(forward.until),
    )
    return Draft(
        sender_name=forwards.sender_line(by),
        to=forward.to_address,
        to_name=to.name,
        reply_to=by.email,
        attachments=(_resume(forward),) if attached else (),
        **draft,
    )


def _resume(forward: Plan | Forward) -> Attachment:
    """Under the person's name: what they called the file may say more than it should."""
    resume = forward.resume
    if resume is None:
        raise Missing
    filename = f"{forward.candidate.full_name}{sniff.EXTENSIONS[resume.kind]}"
    return Attachment(filename=filename, media_type=resume.media_type, content=resumes.content(resume))


# --- to a candidate: what a user wrote


def _write_personal(letter: Letter, personal: PersonalLetter, given: Tokens) -> Draft:
    rendered = _rendered("personal", personal=personal, stop=_stop(given))
    return Draft(
        sender_name=forwards.sender_line(personal.by),
        to=letter.to_address,
        to_name=personal.candidate.full_name,
        reply_to=personal.by.email,
        **rendered,
    )


# --- to a candidate: whether we may keep in touch


def _write_question(letter: Letter, asked: Asked, given: Tokens) -> Draft:
    by = asked.personal.by
    rendered = _rendered(
        "keep_in_touch",
        personal=asked.personal,
        link=_url(f"/keep/{given.link}"),
        until=words.day(asked.question.until),
        stop=_stop(given),
    )
    return Draft(
        sender_name=forwards.sender_line(by),
        to=letter.to_address,
        to_name=asked.personal.candidate.full_name,
        reply_to=by.email,
        **rendered,
    )


# --- to a user: whom to write to


def _write_card(letter: Letter, card: Card, given: Tokens) -> Draft:
    def act(candidate_id: str, word: str) -> str:
        return _url(f"/card/{given.another(f'{candidate_id} {word}')}")

    face = cards.face(card)
    facts = {"face": face, "rhythm": card.user.card_rhythm, "act": act, "url": _url, "stop": _stop(given)}
    return _to_user(letter, card.user, "card", **facts)


def _personal_why_not(personal: PersonalLetter, lock: bool) -> str:
    """What leaves by itself is asked more than what a person sends."""
    return personal_letters.why_not(personal, lock) or advancing.why_not(personal, lock)


# --- to somebody who is to sign in


def _write_invitation(letter: Letter, link: AccountLink, given: Tokens) -> Draft:
    way_in, until = _url(f"/invitation/{given.link}"), words.day(link.expires_at)
    return _to_user(letter, link.user, "invitation", link=way_in, until=until, stop=_stop(given))


def _write_reset(letter: Letter, link: AccountLink, given: Tokens) -> Draft:
    return _to_user(letter, link.user, "reset", link=_url(f"/reset/{given.link}"), until=words.exact(link.expires_at))


def _write_test(letter: Letter, user: User, _given: Tokens) -> Draft:
    return _to_user(letter, user, "test", link=_url("/"))


def _to_user(letter: Letter, user: User, name: str, **facts: Any) -> Draft:
    return Draft(
        sender_name=f"First Call at {workspace.name()}",
        to=letter.to_address,
        to_name=user.name,
        **_rendered(name, to=user, **facts),
    )


def _account_link(letter: Letter) -> AccountLink:
    link = db.session.get(AccountLink, letter.account_link_id)
    if link is None:
        raise Missing
    return link


def _account_why_not(link: AccountLink, _lock: bool) -> str:
    return "" if link.is_open else "revoked"


def _mint_account(link: AccountLink, token: str) -> None:
    link.token_hash = tokens.digest(token)


def _queued_by(letter: Letter) -> User:
    user = db.session.get(User, letter.by_id)
    if user is None:
        raise Missing
    return user


KINDS: Mapping[str, Kind[Any]] = {
    "forward": Kind(forwards.for_delivery, _write_forward, forwards.why_not, forwards.mint),
    "personal": Kind(
        personal_letters.for_delivery, _write_personal, _personal_why_not, lambda _personal, _token: None
    ),
    "keep_in_touch": Kind(door_openers.for_delivery, _write_question, door_openers.why_not, door_openers.mint),
    "card": Kind(cards.for_delivery, _write_card, cards.why_not, lambda _card, _token: None, cards.mint),
    "invitation": Kind(_account_link, _write_invitation, _account_why_not, _mint_account),
    "reset": Kind(_account_link, _write_reset, _account_why_not, _mint_account),
    "test": Kind(_queued_by, _write_test, lambda _user, _lock: "", lambda _user, _token: None),
}


# --- parts


def _rendered(name: str, **facts: Any) -> dict[str, Any]:
    """Subject, text and HTML from templates/mail/<name>/."""
    facts = {"company": workspace.name(), **facts}

    def part(file: str) -> str:
        return current_app.jinja_env.get_template(f"mail/{name}/{file}").render(facts)

    subject = " ".join(part("subject.txt").split())
    return {"subject": subject, "text": part("body.txt").strip() + "\n", "html": part("body.html")}


def _stop(given: Tokens) -> str:
    return _url(f"/unsubscribe/{given.stop}")


def _url(path: str) -> str:
    return config.current().base_url.rstrip("/") + path
