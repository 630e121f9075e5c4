"""Sending candidates the link to their own page."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, door_letters, personal_letters
from crm.domain.candidates import Candidate
from crm.forms.keeping import AskForm
from crm.kit import tokens
from crm.kit.languages import LANGUAGES, known
from crm.mail.door_letters import first_words
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("doors", __name__)


@bp.route("/candidates/<candidate_id>/door", methods=["GET", "POST"])
def send(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), AskForm()
    if request.method == "GET":
        form.subject.data, form.text.data = first_words(candidate, by=me())
        form.intent.data = tokens.new_key()
        return _page(form, candidate)
    letter = form.take(
        lambda: door_letters.send(
            candidate, subject=form.subject.data or "", text=form.text.data or "", by=me(),
            intent=form.intent.data or tokens.new_key(),
        )
    )  # fmt: skip
    if letter is None:
        return _page(form, candidates.find(candidate_id, seen_by=me())), 422
    sentence = f"{candidate.full_name} is sent their page. {leaving.sentence('door')}"
    undo.offer(sentence, url_for("letters.cancel", letter_id=letter.id))
    return redirect(back_to(candidate), 303)


def _page(form: AskForm, candidate: Candidate) -> str:
    return render_template(
        "candidates/door.html", form=form, candidate=candidate, language=LANGUAGES[known(candidate.language)],
        against=personal_letters.stands_against(candidate), address=personal_letters.address_of(candidate),
        sentence=leaving.sentence("door"),
    )  # fmt: skip
