"""What First Call writes: one function for each letter. Each is rendered at delivery, from what is true by then."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any, Self

from crm import config, language
from crm.db import db
from crm.domain import (
    advancing,
    cards,
    door_openers,
    forward_letters,
    forwards,
    identities,
    introduction_letters,
    introductions,
    outbox,
    personal_letters,
    resumes,
    useful,
    useful_letters,
    workspace,
)  # fmt: skip
from crm.domain.candidates import Candidate
from crm.domain.cards import Card
from crm.domain.colleagues import Colleague
from crm.domain.door_openers import Asked
from crm.domain.errors import Missing
from crm.domain.forwards import Forward, Plan
from crm.domain.introducing import Proposal
from crm.domain.introductions import Side, name_of
from crm.domain.outbox import Letter
from crm.domain.personal_letters import PersonalLetter
from crm.domain.users import AccountLink, User
from crm.kit import clock, languages, redaction, sniff, tokens, words
from crm.mail import asking_letters, circle_letters, closing_letters, door_letters, shortlisting, teasing
from crm.mail.compose import Attachment, Draft
from crm.mail.writing import PLACEHOLDER, Kind, Tokens, rendered, stop_link, url


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

    def is_as_written(self, given: Tokens) -> bool:
        return self.kind.is_as_written(self.subject, given.more)

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
    way_out = (("List-Unsubscribe", f"<{stop_link(given)}>"),)
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
    telling = partial(redaction.hide, identity=identities.of(person)) if forward.blind else str
    draft = rendered(
        "forward",
        to=to,
        to_company=forward.company,
        who="" if forward.blind else person.full_name,
        position=telling(forward.position),
        note=telling(forward.note),
        sender=by.name,
        attached=attached,
        sensitive=forward.sensitive and not attached,
        link=url(f"/shared/{given.link}"),
        stop=stop_link(given),
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


def personal_preview(candidate: Candidate, *, address: str, subject: str, text: str, by: User) -> Draft:
    """The same letter as will go out, but for the link."""
    words = PersonalLetter(subject=subject, text=text)
    return _personal(words, candidate, address, by, Tokens(PLACEHOLDER, PLACEHOLDER))


def _write_personal(letter: Letter, personal: PersonalLetter, given: Tokens) -> Draft:
    draft = _personal(personal, personal.candidate, letter.to_address, personal.by, given)
    return replace(draft, attachments=_useful(personal))


def _useful(personal: PersonalLetter) -> tuple[Attachment, ...]:
    item = useful_letters.attached_to(personal) if personal.purpose == "useful" else None
    return (Attachment(item.filename, item.media_type, useful.content(item)),) if item else ()


def _personal(personal: PersonalLetter, candidate: Candidate, address: str, by: User, given: Tokens) -> Draft:
    return Draft(
        sender_name=forwards.sender_line(by),
        to=address,
        to_name=candidate.full_name,
        reply_to=by.email,
        **rendered("personal", personal=personal, stop=stop_link(given)),
    )


# --- to a candidate: whether we may keep in touch


def _write_question(letter: Letter, asked: Asked, given: Tokens) -> Draft:
    by = asked.personal.by
    with language.speaking(asked.personal.candidate.language):
        draft = rendered(
            "keep_in_touch", personal=asked.personal, link=url(f"/keep/{given.link}"),
            until=language.day(asked.question.until), stop=stop_link(given),
        )  # fmt: skip
    return Draft(
        sender_name=forwards.sender_line(by),
        to=letter.to_address,
        to_name=asked.personal.candidate.full_name,
        reply_to=by.email,
        **draft,
    )


# --- to a user: whom to write to


def _write_card(letter: Letter, card: Card, given: Tokens) -> Draft:
    def act(candidate_id: str, word: str) -> str:
        return url(f"/card/{given.another(f'{candidate_id} {word}')}")

    face = cards.face(card)
    facts = {"face": face, "rhythm": card.user.card_rhythm, "act": act, "url": url, "stop": stop_link(given)}
    return _to_user(letter, card.user, "card", **facts)


def _personal_why_not(personal: PersonalLetter, lock: bool) -> str:
    """What leaves by itself is asked more than what a person sends."""
    return personal_letters.why_not(personal, lock) or advancing.why_not(personal, lock)


# --- to the two sides of an introduction


def introduction_preview(proposal: Proposal, *, by: User) -> tuple[Draft, Draft]:
    """Both letters as they will go out, but for the links."""
    other, until = proposal.other, clock.today() + introductions.OPEN_FOR
    named = isinstance(other, Colleague) and proposal.names_colleague
    names = f"{other.name} at {other.company}" if isinstance(other, Colleague) and named else ""
    given = Tokens(PLACEHOLDER, PLACEHOLDER)
    (one, two), (told_one, told_two) = proposal.addresses, proposal.told
    return (
        _question(by, proposal.candidate, one, told_one, until, given, names=names, is_named=False),
        _question(by, other, two, told_two, until, given, names="", is_named=named),
    )


def _write_introduction_ask(_letter: Letter, side: Side, given: Tokens) -> Draft:
    introduction = side.introduction
    return _question(
        introduction.by, side.person, side.address, side.told, introduction.until, given, names=side.names,
        is_named=bool(side.other.names),
    )  # fmt: skip


def _question(
    by: User, person: Candidate | Colleague, address: str, told: str, until: date, given: Tokens, *, names: str,
    is_named: bool,
) -> Draft:  # fmt: skip
    """`names`: who the other is, where that may be told; `is_named`: whether the other is told who this one is."""
    with language.speaking(_language_of(person)):
        draft = rendered(
            "introduction_ask", to_name=name_of(person), told=told, names=names, is_named=is_named, sender=by.name,
            until=language.day(until), stop=stop_link(given), link=url(f"/introduction/{given.link}"),
        )  # fmt: skip
    return Draft(sender_name=forwards.sender_line(by), to=address, to_name=name_of(person), reply_to=by.email, **draft)


def _write_introduction(_letter: Letter, side: Side, given: Tokens) -> Draft:
    """Names the other: it is asked once more whether both said yes, whoever calls it."""
    introduction, other = side.introduction, side.other
    if introduction.state != "made" or "yes" not in (side.answer, other.answer) or side.answer != other.answer:
        raise Missing
    by = introduction.by
    with language.speaking(_language_of(side.person)):
        draft = rendered("introduction", side=side, other=other, sender=by.name, stop=stop_link(given))
    return Draft(sender_name=forwards.sender_line(by), to=side.address, to_name=side.name, reply_to=by.email, **draft)


def _language_of(person: Candidate | Colleague) -> str:
    return person.language if isinstance(person, Candidate) else languages.DEFAULT


# --- to somebody who is to sign in


def _write_invitation(letter: Letter, link: AccountLink, given: Tokens) -> Draft:
    way_in, until = url(f"/invitation/{given.link}"), words.day(link.expires_at)
    return _to_user(letter, link.user, "invitation", link=way_in, until=until, stop=stop_link(given))


def _write_reset(letter: Letter, link: AccountLink, given: Tokens) -> Draft:
    return _to_user(letter, link.user, "reset", link=url(f"/reset/{given.link}"), until=words.exact(link.expires_at))


def _write_test(letter: Letter, user: User, _given: Tokens) -> Draft:
    return _to_user(letter, user, "test", link=url("/"))


def _to_user(letter: Letter, user: User, name: str, **facts: Any) -> Draft:
    return Draft(
        sender_name=f"First Call at {workspace.name()}",
        to=letter.to_address,
        to_name=user.name,
        **rendered(name, to=user, **facts),
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
    "forward": Kind(forward_letters.for_delivery, _write_forward, forward_letters.why_not, forward_letters.mint),
    "teaser": teasing.KIND,
    "shortlist": shortlisting.KIND,
    "personal": Kind(personal_letters.for_delivery, _write_personal, _personal_why_not, lambda _personal, _token: None),
    "keep_in_touch": Kind(door_openers.for_delivery, _write_question, door_openers.why_not, door_openers.mint),
    "card": Kind(cards.for_delivery, _write_card, cards.why_not, lambda _card, _token: None, cards.mint),
    "introduction_ask": Kind(
        introduction_letters.for_delivery,
        _write_introduction_ask,
        introduction_letters.why_no_question,
        introduction_letters.mint,
    ),
    "introduction": Kind(
        introduction_letters.for_delivery,
        _write_introduction,
        introduction_letters.why_not_made,
        lambda _side, _token: None,
    ),
    "invitation": Kind(_account_link, _write_invitation, _account_why_not, _mint_account),
    **door_letters.KINDS,
    "reset": Kind(_account_link, _write_reset, _account_why_not, _mint_account),
    **asking_letters.KINDS,
    **circle_letters.KINDS,
    **closing_letters.KINDS,
    "test": Kind(_queued_by, _write_test, lambda _user, _lock: "", lambda _user, _token: None),
}
