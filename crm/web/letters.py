"""Letters on their way out, and the local mailbox where they are kept while no mail server is set."""

import re
from dataclasses import dataclass
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import config
from crm.domain import dispatch, forwards, inbox, outbox, personal_letters, recalls, resumes, sending, suppressions
from crm.domain.errors import Missing
from crm.domain.outbox import KeptMail, Letter
from crm.headers import SANDBOX
from crm.web.access import admins_only, inside, me
from crm.web.paging import here, page_of

bp = Blueprint("letters", __name__)
HEADERS = ("From", "Reply-To", "To", "Subject", "Date", "Message-ID")
LINK = re.compile(r"(https?://[^\s<>\"]+)")


@dataclass(frozen=True)
class Attached:
    filename: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class Mail:
    """A kept mail as it can be read. `pieces`: the plain text, cut where a link stands; (words, whether it is ours)."""

    headers: list[tuple[str, str]]
    pieces: list[tuple[str, bool]]
    attachments: list[Attached]


@bp.get("/letters")
def index() -> str:
    state = request.args.get("state", "")
    state = state if state in outbox.STATES else ""
    page = page_of(outbox.listed(me(), state), Letter.id, newest_first=True)
    behind = forwards.behind(page.items, seen_by=me())
    personal = personal_letters.behind(page.items, seen_by=me())
    return render_template(
        "letters/index.html",
        page=page,
        behind=behind,
        personal=personal,
        states=_states(state),
        state=state,
        sending=sending.state(),
    )


@bp.get("/letters/<letter_id>")
def show(letter_id: str) -> str:
    """What became of it, what came back, and what can be done; for who may also see whom it is about."""
    letter = outbox.find(letter_id, seen_by=me())
    forward = forwards.behind([letter], seen_by=me()).get(letter.id)
    personal = personal_letters.behind([letter], seen_by=me()).get(letter.id)
    if (letter.kind == "forward" and forward is None) or (letter.personal_letter_id and personal is None):
        raise Missing
    kept = outbox.kept_card(letter, seen_by=me())
    return render_template(
        "letters/show.html",
        letter=letter,
        mail=_read(kept) if kept else None,
        forward=forward,
        personal=personal,
        arrivals=inbox.of_letter(letter),
        suppression=suppressions.of(letter.to_address) if letter.has_failed else None,
        sending=sending.state(),
        reads_log=bool(config.current().maillog),
    )


@bp.post("/letters/<letter_id>/cancellation")
def cancel(letter_id: str) -> ResponseReturnValue:
    recalls.take_back(outbox.find(letter_id, seen_by=me()), by=me())
    flash("Taken back: nothing was sent.", "ok")
    back = request.values.get("back")
    return redirect(inside(back) if back else url_for(".index"), 303)


@bp.post("/letters/<letter_id>/sight")
def see(letter_id: str) -> ResponseReturnValue:
    """Put aside on Today; the letter stays here as it is."""
    outbox.see(outbox.find(letter_id, seen_by=me()), by=me())
    flash("Put aside. It stays under Letters.")
    return redirect(url_for("today.show"), 303)


@bp.post("/letters/<letter_id>/another-try")
def send_again(letter_id: str) -> ResponseReturnValue:
    """Of a letter in doubt, by somebody who has asked, or takes it upon themselves."""
    letter = dispatch.send_again(outbox.find(letter_id, seen_by=me()), by=me())
    flash("It is sent again.", "ok")
    return redirect(url_for(".show", letter_id=letter.id), 303)


@bp.post("/letters/<letter_id>/drop")
def drop(letter_id: str) -> ResponseReturnValue:
    letter = recalls.drop(outbox.find(letter_id, seen_by=me()), by=me())
    flash("Dropped: it is not sent again, and a link in it opens no more.", "ok")
    return redirect(url_for(".show", letter_id=letter.id), 303)


@bp.post("/answers-by-mail/<arrival_id>/sight")
def see_arrival(arrival_id: str) -> ResponseReturnValue:
    inbox.see(inbox.find(arrival_id, seen_by=me()))
    flash("Put aside.")
    return redirect(url_for("today.show"), 303)


@bp.get("/enclosures/<enclosure_id>")
def enclosure(enclosure_id: str) -> Response:
    """As bytes and nothing else, to look at before one takes it."""
    found, _ = inbox.find_enclosure(enclosure_id, seen_by=me())
    return _download(inbox.content(found), "application/octet-stream", found.filename)


@bp.post("/enclosures/<enclosure_id>/take")
def take(enclosure_id: str) -> ResponseReturnValue:
    """Out of quarantine: checked like any upload, it becomes a resume of the candidate."""
    found, arrival = inbox.find_enclosure(enclosure_id, seen_by=me())
    inbox.take(found, arrival, resumes.receive(found.filename, inbox.content(found)), by=me())
    flash(f"{found.filename} is a resume of the candidate now.", "ok")
    return redirect(url_for("candidates.show", candidate_id=arrival.candidate_id), 303)


@bp.post("/enclosures/<enclosure_id>/drop")
def drop_enclosure(enclosure_id: str) -> ResponseReturnValue:
    found, arrival = inbox.find_enclosure(enclosure_id, seen_by=me())
    inbox.drop(found)
    flash("The file is gone. The words of the mail stay.")
    return redirect(url_for(".show", letter_id=arrival.letter_id) if arrival.letter_id else url_for("today.show"), 303)


@bp.get("/letters/mailbox")
@admins_only
def mailbox() -> str:
    page = page_of(outbox.mailbox(me()), KeptMail.id, newest_first=True)
    return render_template("letters/mailbox.html", page=page)


@bp.get("/letters/mailbox/<mail_id>")
@admins_only
def mail(mail_id: str) -> str:
    kept = outbox.kept_mail(mail_id, seen_by=me())
    return render_template("letters/mail.html", kept=kept, mail=_read(kept))


@bp.get("/letters/mailbox/<mail_id>/raw")
@admins_only
def raw(mail_id: str) -> Response:
    kept = outbox.kept_mail(mail_id, seen_by=me())
    return _download(kept.raw, "message/rfc822", f"{kept.id}.eml")


@bp.get("/letters/mailbox/<mail_id>/attachments/<int:number>")
@admins_only
def attachment(mail_id: str, number: int) -> Response:
    """Counted from 1; as bytes and nothing else, whatever the mail says that it is."""
    attachments = _read(outbox.kept_mail(mail_id, seen_by=me())).attachments
    if not 1 <= number <= len(attachments):
        raise Missing
    found = attachments[number - 1]
    return _download(found.content, "application/octet-stream", found.filename)


def _read(kept: KeptMail) -> Mail:
    message = message_from_bytes(kept.raw, EmailMessage, policy=default)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return Mail(
        headers=[(name, str(message[name])) for name in HEADERS if message[name]],
        pieces=_pieces(text.strip(), config.current().base_url),
        attachments=[_attached(part) for part in message.iter_attachments()],
    )


def _pieces(text: str, ours: str) -> list[tuple[str, bool]]:
    """Only links that lead here can be followed: a note may carry any."""
    return [(piece, piece.startswith(f"{ours.rstrip('/')}/")) for piece in LINK.split(text) if piece]


def _attached(part: EmailMessage) -> Attached:
    content = part.get_payload(decode=True)
    return Attached(
        part.get_filename() or "attachment", part.get_content_type(), content if isinstance(content, bytes) else b""
    )


def _download(content: bytes, media_type: str, filename: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers.set("Content-Disposition", "attachment", filename=filename)
    return response


def _states(state: str) -> list[dict[str, object]]:
    return [
        {"label": label, "url": here(state=word or None), "on": word == state}
        for word, label in (("", "All"), *((word, outbox.STATE_WORDS[word].capitalize()) for word in outbox.FILTERED))
    ]
