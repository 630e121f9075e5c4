"""Writing to a candidate: a draft where there is one, one button, and a minute to take it back."""

from urllib.parse import quote, urlencode

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, guards, personal_letters, promises, roles
from crm.domain.candidates import Candidate
from crm.domain.outbox import Letter
from crm.domain.promises import Promise
from crm.domain.roles import Role
from crm.forms.letters import PersonalLetterForm
from crm.kit import tokens
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.candidate_page import back_to
from crm.web.promises import kept_by, made_in, ticked
from crm.web.settings.me import copies_to

bp = Blueprint("personal_letters", __name__)
TITLES = {"note": "Write to", "thanks": "Thank", "apology": "Apologise to", "release": "Thank", "call": "Write to"}


@bp.route("/candidates/<candidate_id>/write", methods=["GET", "POST"])
def write(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = PersonalLetterForm()
    if request.method == "GET":
        _draft(form, candidate)
        return _page(form, candidate)
    if "own" in request.form:
        checked = form.take(lambda: _checked(form, candidate))
        return (_page(form, candidate, _mailto(*checked)), 200) if checked else _again(form, candidate_id)
    letter = form.take(lambda: _sent(form, candidate))
    if letter is None:
        return _again(form, candidate_id)
    undo.offer(f"Your letter to {candidate.full_name}. {leaving.sentence('personal')}", _undo_url(letter))
    return redirect(back_to(candidate), 303)


def _again(form: PersonalLetterForm, candidate_id: str) -> ResponseReturnValue:
    return _page(form, candidates.find(candidate_id, seen_by=me())), 422


def _draft(form: PersonalLetterForm, candidate: Candidate) -> None:
    form.intent.data = tokens.new_key()
    form.purpose.data = _purpose(request.args.get("purpose", ""))
    form.role.data = request.args.get("role", "")
    form.promise.data = request.args.get("promise", "")
    promise = _promise(form, candidate)
    if form.purpose.data == "apology" and promise is not None:
        form.subject.data, form.text.data = promises.apology_draft(promise)
    elif form.purpose.data == "release" and (role := _role(form)) and role.status == "filled":
        form.subject.data, form.text.data = guards.thanks_draft(candidate, role, by=me())
    else:
        form.text.data = f"Dear {candidate.full_name},\n\n\n\n{me().name}"


def _sent(form: PersonalLetterForm, candidate: Candidate) -> Letter:
    promise = _promise(form, candidate)
    letter = personal_letters.send(
        candidate, subject=form.subject.data, text=form.text.data, by=me(), intent=form.intent.data or "",
        purpose=_purpose(form.purpose.data or ""), role=_role(form),
    )  # fmt: skip
    if promise is not None and form.purpose.data == "apology":
        promises.apologise(promise, by=me(), letter_id=letter.id)
    made_in(form, candidate)
    kept_by(candidate)
    return letter


def _role(form: PersonalLetterForm) -> Role | None:
    return roles.find(form.role.data, seen_by=me()) if form.role.data else None


def _promise(form: PersonalLetterForm, candidate: Candidate) -> Promise | None:
    return promises.find(candidate, form.promise.data, seen_by=me()) if form.promise.data else None


def _purpose(word: str) -> str:
    return word if word in personal_letters.PURPOSES else "note"


def _undo_url(letter: Letter) -> str:
    return url_for("letters.cancel", letter_id=letter.id)


def _checked(form: PersonalLetterForm, candidate: Candidate) -> tuple[str, str, str]:
    return personal_letters.check(candidate, subject=form.subject.data, text=form.text.data, by=me())


def _page(form: PersonalLetterForm, candidate: Candidate, own_program: str = "") -> str:
    address = personal_letters.address_of(candidate)
    return render_template(
        "candidates/write.html",
        form=form,
        candidate=candidate,
        back=request.values.get("back", ""),
        title=f"{TITLES[_purpose(form.purpose.data or '')]} {candidate.full_name}",
        address=address,
        keeps=_may_keep(candidate),
        ticked=ticked() if request.method == "POST" else None,
        against=personal_letters.stands_against(candidate),
        own_program=own_program,
        sentence=leaving.sentence("personal"),
    )


def _may_keep(candidate: Candidate) -> list[Promise]:
    standing = promises.all_of(candidate, seen_by=me())
    return [promise for promise in standing if promise.is_open and promises.may_settle(promise, candidate, by=me())]


def _mailto(address: str, subject: str, text: str) -> str:
    """For one's own mail program; where mail is read here, the copy puts it on the timeline."""
    copies = {"bcc": copies_to()} if copies_to() else {}
    words = {"subject": subject, "body": text, **copies}
    return f"mailto:{quote(address, safe='@')}?{urlencode(words, quote_via=quote)}"
