"""Writing to a candidate: from a template or a draft, looked at first, sent now or later, with a while to undo it."""

from dataclasses import dataclass
from datetime import datetime, time

from flask import Blueprint, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over
from crm.domain import (
    candidates,
    correspondence,
    drafts,
    guards,
    merging,
    personal_letters,
    promises,
    roles,
    templates,
)
from crm.domain.candidates import Candidate
from crm.domain.drafts import Elsewhere, LetterDraft
from crm.domain.errors import Missing, Refused
from crm.domain.outbox import Letter
from crm.domain.promises import Promise
from crm.domain.roles import Role
from crm.domain.templates import LetterTemplate
from crm.forms.letters import PersonalLetterForm
from crm.kit import clock, gentle, tokens, zones
from crm.mail import letters
from crm.mail.compose import Draft
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.candidate_page import back_to
from crm.web.promises import kept_by, made_in, ticked

bp = Blueprint("personal_letters", __name__)
TITLES = {
    "note": "Write to", "thanks": "Thank", "apology": "Apologise to", "release": "Thank", "call": "Write to",
    "useful": "Send something useful to", "intro": "Introduce",
}  # fmt: skip
AT = {"at": "at_day"}
"""What the domain calls a field, and what the form does."""


@dataclass(frozen=True)
class Shown:
    """What stands beside the words of a letter. `missing`: what its template could not fill in."""

    draft: LetterDraft | None = None
    missing: tuple[str, ...] = ()
    preview: Draft | None = None
    elsewhere: LetterDraft | None = None


@bp.route("/candidates/<candidate_id>/write", methods=["GET", "POST"])
def write(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = PersonalLetterForm()
    if request.method == "GET":
        return _page(form, candidate, _begun(form, candidate))
    act = next((act for name, act in ACTS.items() if name in request.form), _send)
    return act(form, candidate)


@bp.get("/candidates/<candidate_id>/letters")
def thread(candidate_id: str) -> str:
    """The candidate's page fetches it when it is asked for there."""
    candidate = candidates.find(candidate_id, seen_by=me())
    return render_template(
        "candidates/letters.html",
        candidate=candidate,
        thread=correspondence.thread(candidate, seen_by=me()),
        at_words=lambda at: leaving.at_words(at, me()),
    )


@bp.post("/candidates/<candidate_id>/draft")
def autosave(candidate_id: str) -> str:
    """While somebody types, and never after they have sent it. Answered with the one line that says so."""
    candidate = candidates.find(candidate_id, seen_by=me())
    form = PersonalLetterForm()
    if form.intent.data and personal_letters.is_done_with(form.intent.data[:40], by=me()):
        return _saved_line(None)
    try:
        return _saved_line(_kept(form, candidate))
    except Refused as refusal:
        start_over()
        return _saved_line(drafts.of(candidate, by=me()), form.seen, trouble=str(refusal))


# --- acts of the form


def _send(form: PersonalLetterForm, candidate: Candidate) -> ResponseReturnValue:
    letter = form.take(lambda: _sent(form, candidate))
    if letter is None:
        return _again(form, candidate.id)
    when = leaving.at_words(letter.not_before, me()) if form.at_day.data else ""
    says = f"It leaves on {when}; until then you can take it back." if when else leaving.sentence("personal")
    undo.offer(
        f"Your letter to {candidate.full_name}. {says}",
        url_for("letters.cancel", letter_id=letter.id, back=url_for(".write", candidate_id=candidate.id)),
    )
    return redirect(back_to(candidate), 303)


def _save(form: PersonalLetterForm, candidate: Candidate) -> ResponseReturnValue:
    """The same as the page does by itself, for those whose browser runs no script."""
    try:
        return _page(form, candidate, Shown(_kept(form, candidate)))
    except Refused as refusal:
        candidate_id, found = candidate.id, refusal
    start_over()
    form.blame(found)
    candidate = candidates.find(candidate_id, seen_by=me())
    there = drafts.of(candidate, by=me())
    return _page(form, candidate, Shown(there, elsewhere=there if isinstance(found, Elsewhere) else None)), 422


def _discard(_form: PersonalLetterForm, candidate: Candidate) -> ResponseReturnValue:
    drafts.discard(candidate, by=me())
    return redirect(url_for(".write", candidate_id=candidate.id, back=request.form.get("back")), 303)


def _preview(form: PersonalLetterForm, candidate: Candidate) -> ResponseReturnValue:
    checked = form.take(lambda: _checked(form, candidate))
    if checked is None:
        return _again(form, candidate.id)
    address, subject, text = checked
    preview = letters.personal_preview(candidate, address=address, subject=subject, text=text, by=me())
    return _page(form, candidate, Shown(drafts.of(candidate, by=me()), preview=preview))


def _hand_over(form: PersonalLetterForm, candidate: Candidate) -> ResponseReturnValue:
    handed = form.take(lambda: _handed(form, candidate))
    if handed is None:
        return _again(form, candidate.id)
    return redirect(url_for("handing_over.show", candidate_id=candidate.id, personal_id=handed), 303)


ACTS = {"save": _save, "discard": _discard, "preview": _preview, "own": _hand_over}
"""By the name of the button that was pressed; without one of them the letter is sent."""


def _again(form: PersonalLetterForm, candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    return _page(form, candidate, Shown(drafts.of(candidate, by=me()))), 422


def _sent(form: PersonalLetterForm, candidate: Candidate) -> Letter:
    promise = _promise(form, candidate)
    try:
        letter = personal_letters.send(
            candidate, subject=form.subject.data, text=form.text.data, by=me(), intent=form.intent.data or "",
            purpose=_purpose(form.purpose.data), role=_role(form.role.data), at=_at(form),
        )  # fmt: skip
    except Refused as refusal:
        raise Refused(str(refusal), field=AT.get(refusal.field, refusal.field)) from refusal
    if promise is not None and form.purpose.data == "apology":
        promises.apologise(promise, by=me(), letter_id=letter.id)
    _is_said(form, candidate)
    return letter


def _handed(form: PersonalLetterForm, candidate: Candidate) -> str:
    """What is promised in it counts once it is said that it went; see handing_over.py."""
    personal = personal_letters.hand_over(
        candidate, subject=form.subject.data, text=form.text.data, by=me(), intent=form.intent.data or "",
        purpose=_purpose(form.purpose.data), role=_role(form.role.data),
    )  # fmt: skip
    _is_said(form, candidate)
    return personal.id


def _is_said(form: PersonalLetterForm, candidate: Candidate) -> None:
    made_in(form, candidate)
    kept_by(candidate)
    drafts.discard(candidate, by=me())


def _kept(form: PersonalLetterForm, candidate: Candidate) -> LetterDraft | None:
    role, promise = _role(form.role.data), _promise(form, candidate)
    return drafts.save(
        candidate, subject=form.subject.data or "", text=form.text.data or "", by=me(), seen=form.seen,
        purpose=_purpose(form.purpose.data), role_id=role.id if role else None,
        promise_id=promise.id if promise else None,
    )  # fmt: skip


def _checked(form: PersonalLetterForm, candidate: Candidate) -> tuple[str, str, str]:
    return personal_letters.check(
        candidate, subject=form.subject.data, text=form.text.data, by=me(), role=_role(form.role.data)
    )


def _at(form: PersonalLetterForm) -> datetime | None:
    """On the writer's own clock."""
    if form.at_day.data is None:
        return None
    moment = zones.moment(form.at_day.data, form.at_time.data or time(9), me().time_zone)
    if moment <= clock.now():
        raise Refused("That hour has passed already.", field="at_day")
    return moment


# --- what the page begins with


def _begun(form: PersonalLetterForm, candidate: Candidate) -> Shown:
    """A letter of before, a template, what an occasion asks for, the draft, or a greeting: the first that there is."""
    form.intent.data = tokens.new_key()
    form.purpose.data = _purpose(request.args.get("purpose"))
    form.role.data = request.args.get("role", "")
    form.promise.data = request.args.get("promise", "")
    draft = drafts.of(candidate, by=me())
    form.number.data = str(draft.number if draft else 0)
    if request.args.get("again"):
        _take_words_again(form, candidate, request.args["again"])
    elif request.args.get("template"):
        return Shown(draft, _fill_in(form, candidate, request.args["template"]))
    elif not _draft_for_occasion(form, candidate) and draft is not None:
        _go_on(form, draft)
    elif not form.text.data:
        form.text.data = f"Dear {merging.first_name(candidate)},\n\n\n\n{me().name}"
    return Shown(draft)


def _draft_for_occasion(form: PersonalLetterForm, candidate: Candidate) -> bool:
    promise = _promise(form, candidate)
    if form.purpose.data == "apology" and promise is not None:
        form.subject.data, form.text.data = promises.apology_draft(promise)
    elif form.purpose.data == "release" and (role := _role(form.role.data)) and role.status == "filled":
        form.subject.data, form.text.data = guards.thanks_draft(candidate, role, by=me())
    return bool(form.text.data)


def _fill_in(form: PersonalLetterForm, candidate: Candidate, template_id: str) -> tuple[str, ...]:
    """The template's words for this person; what could not be filled in still stands there, and is named."""
    template = templates.find(template_id, seen_by=me(), among=_templates())
    role = _role(form.role.data)
    subject, text = (merging.fill(words, candidate, by=me(), role=role) for words in (template.subject, template.text))
    form.subject.data, form.text.data, form.purpose.data = subject.text, text.text, template.purpose
    return tuple(dict.fromkeys((*subject.missing, *text.missing)))


def _take_words_again(form: PersonalLetterForm, candidate: Candidate, personal_id: str) -> None:
    before = personal_letters.find_own(personal_id, candidate, by=me())
    form.subject.data, form.text.data, form.purpose.data = before.subject, before.text, _purpose(before.purpose)
    form.role.data = before.role_id or ""


def _go_on(form: PersonalLetterForm, draft: LetterDraft) -> None:
    form.subject.data, form.text.data, form.purpose.data = draft.subject, draft.text, _purpose(draft.purpose)
    form.promise.data = draft.promise_id or ""
    form.role.data = draft.role_id if draft.role_id and _is_known(draft.role_id) else ""


def _is_known(role_id: str) -> bool:
    """The role of a draft may have been sealed since."""
    try:
        return bool(roles.find(role_id, seen_by=me()))
    except Missing:
        return False


# --- parts


def _role(role_id: str | None) -> Role | None:
    return roles.find(role_id, seen_by=me()) if role_id else None


def _promise(form: PersonalLetterForm, candidate: Candidate) -> Promise | None:
    return promises.find(candidate, form.promise.data, seen_by=me()) if form.promise.data else None


def _purpose(word: str | None) -> str:
    return word if word in TITLES else "note"


def _saved_line(draft: LetterDraft | None, seen: int | None = None, *, trouble: str = "") -> str:
    number = seen if seen is not None else draft.number if draft else 0
    return render_template("candidates/_draft_line.html", draft=draft, number=number, trouble=trouble)


def _page(form: PersonalLetterForm, candidate: Candidate, shown: Shown) -> str:
    """A window that has been told of other words knows them from then on: saved once more, its own take their place."""
    if shown.draft is not None:
        form.number.data = str(shown.draft.number)
    draft, way = shown.draft, personal_letters.way_to(candidate)
    return render_template(
        "candidates/write.html",
        form=form,
        candidate=candidate,
        shown=shown,
        is_draft=draft is not None and (draft.subject, draft.text) == (form.subject.data or "", form.text.data or ""),
        back=request.values.get("back", ""),
        title=f"{TITLES[_purpose(form.purpose.data)]} {candidate.full_name}",
        address=way.address,
        keeps=_may_keep(candidate),
        ticked=ticked() if request.method == "POST" else None,
        against=way.against,
        sentence=leaving.sentence("personal"),
        remarks=gentle.remarks(form.subject.data, form.text.data),
        remark=gentle.sentence,
        templates=_templates(),
        chosen=request.args.get("template", ""),
        roles=correspondence.roles_to_name(candidate, seen_by=me()) if request.args.get("template") else [],
        thread=correspondence.thread(candidate, seen_by=me()),
        at_words=lambda at: leaving.at_words(at, me()),
    )


def _templates() -> list[LetterTemplate]:
    """Asked for once by a page."""
    if "templates" not in g:
        g.templates = templates.listed(me())
    found: list[LetterTemplate] = g.templates
    return found


def _may_keep(candidate: Candidate) -> list[Promise]:
    standing = promises.all_of(candidate, seen_by=me())
    return [promise for promise in standing if promise.is_open and promises.may_settle(promise, candidate, by=me())]
