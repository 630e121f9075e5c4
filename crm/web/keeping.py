"""Asking a candidate whether we may keep in touch, the answers, and taking back what still waits."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import applications, candidates, door_openers, keeping, personal_letters, roles
from crm.domain.candidates import Candidate
from crm.domain.keeping import KeepingQuestion
from crm.forms.keeping import AskForm
from crm.web import access, leaving, undo
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("keeping", __name__)
TAKEN_BACK = "Taken back: what still waited is not sent, and the question is closed."


@bp.route("/candidates/<candidate_id>/keeping-question", methods=["GET", "POST"])
def ask(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), AskForm()
    if request.method == "GET":
        words, _ = door_openers.filled(door_openers.QUESTION, candidate, by=me(), role=None)
        form.subject.data, form.text.data = words.subject, words.text
        return _page(form, candidate)
    question = form.take(lambda: _asked(form, candidate))
    if question is None:
        return _page(form, candidates.find(candidate_id, seen_by=me())), 422
    sentence = f"{candidate.full_name} is asked. {leaving.sentence('keep_in_touch')}"
    undo.offer(sentence, url_for("letters.cancel", letter_id=question.letter_id))
    return redirect(back_to(candidate), 303)


@bp.post("/keeping-questions/<question_id>/sight")
def see(question_id: str) -> ResponseReturnValue:
    question = keeping.see(keeping.find(question_id, seen_by=me()), by=me())
    flash(f"The answer stays on the page of {question.candidate.full_name}.")
    return redirect(url_for("today.show"), 303)


@bp.post("/roles/<role_id>/applications/<application_id>/letters/withdrawal")
def take_back(role_id: str, application_id: str) -> ResponseReturnValue:
    """What waits for one person: the decision that was to be told, and the question with it."""
    role = roles.find(role_id, seen_by=me())
    application = applications.find_for(role, application_id, seen_by=me())
    too_late = door_openers.take_back(application, by=me())
    flash(TAKEN_BACK)
    for letter in too_late:
        flash(f"One letter to {letter.to_name} was already being handed over and could not be stopped.", "no")
    named = request.form.get("back")
    return redirect(access.inside(named) if named else url_for("roles.show", role_id=role.id), 303)


def _asked(form: AskForm, candidate: Candidate) -> KeepingQuestion:
    return door_openers.ask(candidate, by=me(), subject=form.subject.data or "", text=form.text.data or "")


def _page(form: AskForm, candidate: Candidate) -> str:
    return render_template(
        "candidates/ask.html", form=form, candidate=candidate, against=door_openers.stands_against(candidate),
        address=personal_letters.address_of(candidate), sentence=leaving.sentence("keep_in_touch"),
        back=request.values.get("back", ""),
    )  # fmt: skip
