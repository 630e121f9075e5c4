"""The circle of colleagues: asking what they look for."""

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, circle, colleagues, needs
from crm.domain.colleagues import Colleague
from crm.domain.outbox import Letter
from crm.forms.circle import ColleagueLetterForm
from crm.kit import tokens
from crm.web import leaving, undo
from crm.web.access import me

bp = Blueprint("circle", __name__)


@bp.get("/candidates/<candidate_id>/fits")
def fits(candidate_id: str) -> str:
    """Which colleagues look for somebody like them; the candidate's page fetches it for itself."""
    candidate = candidates.find(candidate_id, seen_by=me())
    found = needs.who_looks_for(needs.facts_of([candidate], seen_by=me())).get(candidate.id, [])
    return render_template("candidates/fits.html", candidate=candidate, fits=found)


@bp.route("/colleagues/<colleague_id>/needs", methods=["GET", "POST"])
def ask(colleague_id: str) -> ResponseReturnValue:
    """The letter with the link to their page."""
    colleague = colleagues.find(colleague_id)
    form = ColleagueLetterForm()
    if request.method == "GET":
        form.text.data, form.intent.data = circle.question(colleague), tokens.new_id()
        return _ask(form, colleague)
    letter = form.take(lambda: _asked(form, colleague))
    if letter is None:
        return _ask(form, colleagues.find(colleague_id), 422)
    said = f"On its way to {colleague.name}. {leaving.sentence('needs')}"
    undo.offer(said, url_for("letters.cancel", letter_id=letter.id))
    return redirect(url_for("colleagues.show", colleague_id=colleague.id), 303)


def _asked(form: ColleagueLetterForm, colleague: Colleague) -> Letter:
    return circle.ask(colleague, text=form.text.data or "", by=me(), intent=form.intent.data or "")


def _ask(form: ColleagueLetterForm, colleague: Colleague, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "colleagues/ask.html", form=form, colleague=colleague, asked=circle.last_asked(colleague),
        has_left=circle.opted_out(colleague), sentence=leaving.sentence("needs"),
    )  # fmt: skip
    return page, status
