"""A mail that came back finds the letter, the candidate or the user it belongs to; what belongs to nothing is let go.

Notices change something only when they come to the address of one letter, which only those who had that letter know.
"""

import unicodedata
from hashlib import sha256

from sqlalchemy.exc import IntegrityError

from crm import config
from crm.db import unit_of_work
from crm.domain import dispatch, events, forward_letters, inbox, outbox, personal_letters, shape, users
from crm.domain.outbox import Letter
from crm.domain.users import User
from crm.kit import addresses, clock, failpoints
from crm.logs import log
from crm.mail import incoming, resume_mails
from crm.mail.incoming import Incoming, Unreadable

NOTICES = ("bounce", "delay", "delivered", "complaint")
MOST_ENCLOSURES = 20
"""Of an answer: they wait in quarantine."""
STATES = {"bounce": "bounced", "delivered": "delivered", "complaint": "complained"}
NOBODY_THERE = ("5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.4")
"""Status codes that speak of the recipient's address, not of one letter and not of us: unknown, moved, disabled."""


def take(raw: bytes, *, came_to: str = "") -> str:
    """What was made of it: a word of inbox.KINDS, "intake" for resumes that a user forwarded, "known" when it was read
    before, "nothing" when it is not ours.

    `came_to` is the address of the envelope, where the mail server hands it over. In a transaction of its own.
    """
    try:
        mail = incoming.read(raw)
    except Unreadable as trouble:
        log.warning("a mail could not be read", extra={"facts": {"why": str(trouble)}})
        return "nothing"
    keys = addresses.words_in(" ".join((came_to, *mail.to)), config.current().mail_from)
    if mail.kind == "complaint":  # sent to an address agreed on once; the letter they return names ours
        keys += [one for one in addresses.words_in(raw.decode("latin-1"), config.current().mail_from) if one[0] == "b"]
    failpoints.reach("before_learned")
    try:
        told = _put_where_it_belongs(mail, keys, _identity(mail, raw, keys))
    except IntegrityError:  # another worker has just filed it
        told = "known"
    failpoints.reach("after_learned")
    return told


def _put_where_it_belongs(mail: Incoming, keys: list[tuple[str, str]], identity: str) -> str:
    """Resumes from a user wait for them; that mail is filed only as a copy of what they wrote to a candidate."""
    brought = resume_mails.take(mail, [key for word, key in keys if word == "cv"], identity)
    if brought and not ("log" in dict(keys) and mail.kind == "reply"):
        return brought
    with unit_of_work(writes=True):
        filed = _file(mail, dict(keys), identity)
    return brought or filed


def _identity(mail: Incoming, raw: bytes, keys: list[tuple[str, str]]) -> str:
    """The same mail to two of our addresses is two; the same to one, however often it is read, is one."""
    name = mail.message_id.encode() or raw
    return sha256(b"\0".join([name, *(f"{word}-{key}".encode() for word, key in sorted(keys)[:5])])).hexdigest()


def _file(mail: Incoming, keys: dict[str, str], identity: str) -> str:
    if inbox.is_known(identity):
        return "known"
    if "log" in keys and mail.kind == "reply":
        return _log_copy(mail, users.by_log_key(keys["log"]), identity)
    letter = _letter(mail, keys)
    if letter is not None:
        return _about(letter, mail, identity)
    return _answer_to_a_copy(mail, identity)


def _letter(mail: Incoming, keys: dict[str, str]) -> Letter | None:
    """By the address it came to; an answer also by the Message-ID it answers, which only its reader can know."""
    if "b" in keys:
        return outbox.by_notice_key(keys["b"])
    if mail.kind in NOTICES:
        return None
    if "r" in keys:
        return outbox.by_reply_key(keys["r"])
    found = (outbox.by_message_id(message_id) for message_id in mail.refers_to)
    return next((letter for letter in found if letter is not None), None)


def _about(letter: Letter, mail: Incoming, identity: str) -> str:
    outbox.lock(letter)
    forward = forward_letters.for_delivery(letter) if letter.kind == "forward" else None
    personal = personal_letters.for_delivery(letter) if letter.personal_letter_id else None
    user = users.by_id(letter.by_id) if letter.by_id else None
    kept = _kept(mail, identity, files=mail.kind == "reply")
    candidate_id = forward.candidate_id if forward else personal.candidate_id if personal else None
    arrival = inbox.keep(kept, letter=letter, candidate_id=candidate_id, user=user)
    if mail.kind in NOTICES:
        _learn(letter, mail)
    elif mail.kind == "reply" and user is not None:
        dispatch.learn(letter, "delivered", "it was answered")
        inbox.answered(arrival, forward, user=user)
    return arrival.kind


def _learn(letter: Letter, mail: Incoming) -> None:
    reply = " ".join(part for part in (mail.status, mail.diagnostic) if part) or mail.subject
    if mail.kind == "delay":
        letter.last_reply = f"on its way, but delayed: {reply}"[:500]
        return
    if not dispatch.learn(letter, STATES[mail.kind], reply[:500]):
        return
    if mail.kind == "complaint":
        outbox.suppress(letter.to_address, why="complained", said=reply[:500])
    elif mail.kind == "bounce" and mail.status in NOBODY_THERE:
        outbox.suppress(letter.to_address, why="bounced", said=reply[:500])
    events.record(f"letter.{STATES[mail.kind]}", by=None, subject_id=letter.id, text=reply[:500])


def _log_copy(mail: Incoming, user: User | None, identity: str) -> str:
    """What a user wrote to candidates, with their private address in BCC."""
    if user is None or not user.is_active or addresses.normal(mail.from_address) != addresses.normal(user.email):
        return "nothing"
    written_to = inbox.written_to(mail.to, by=user)
    for number, candidate in enumerate(written_to):
        own = identity if not number else sha256(f"{identity} {candidate.id}".encode()).hexdigest()
        inbox.log_copy(_kept(mail, own, files=False, kind="logged"), candidate, by=user)
    return "logged" if written_to else "nothing"


def _answer_to_a_copy(mail: Incoming, identity: str) -> str:
    """The candidate's answer to a mail that was logged."""
    logged = inbox.logged_to(mail.refers_to) if mail.kind == "reply" and mail.refers_to else None
    user = users.by_id(logged.user_id) if logged and logged.user_id else None
    if logged is None or user is None or logged.candidate_id is None:
        return "nothing"
    if logged.candidate_id not in {candidate.id for candidate in inbox.written_to([mail.from_address], by=user)}:
        return "nothing"
    arrival = inbox.keep(_kept(mail, identity, files=True), letter=None, candidate_id=logged.candidate_id, user=user)
    inbox.answered(arrival, None, user=user)
    return arrival.kind


def _kept(mail: Incoming, identity: str, *, files: bool, kind: str = "") -> inbox.Mail:
    return inbox.Mail(
        identity=identity,
        message_id=mail.message_id,
        kind=kind or mail.kind,
        from_address=mail.from_address,
        from_name=mail.from_name,
        subject=mail.subject,
        text=shape.FORBIDDEN.sub("", unicodedata.normalize("NFC", mail.text))[: shape.TEXT].strip(),
        status=mail.status,
        said=mail.diagnostic,
        at=mail.sent_at or clock.now(),
        enclosures=tuple((one.filename, one.content) for one in mail.enclosures[:MOST_ENCLOSURES]) if files else (),
    )
