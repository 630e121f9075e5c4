"""What came of a forward, a thank-you to the colleague, the news to the candidate: each looked at before it goes."""

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, forwards, outcomes
from crm.domain.forwards import Forward
from crm.domain.outbox import Letter
from crm.domain.outcomes import After
from crm.forms import Form
from crm.forms.circle import ColleagueLetterForm, NewsForm, OutcomeForm
from crm.kit import tokens
from crm.web import leaving, undo
from crm.web.access import me

bp = Blueprint("outcomes", __name__)


@bp.get("/forwards/<forward_id>/outcome")
def show(forward_id: str) -> ResponseReturnValue:
    return _page(_own(forward_id))


@bp.post("/forwards/<forward_id>/outcome")
def record(forward_id: str) -> ResponseReturnValue:
    forward, form = _own(forward_id), OutcomeForm()
    said = form.take(lambda: outcomes.record(forward, form.outcome.data or "", by=me(), words=form.words.data or ""))
    if said is None:
        return _page(_own(forward_id), form=form, status=422)
    flash("You are asked again in two weeks." if said.ask_again_on else "Noted.", "ok")
    return _back(forward_id)


@bp.post("/forwards/<forward_id>/thanks")
def thank(forward_id: str) -> ResponseReturnValue:
    forward, form = _own(forward_id), ColleagueLetterForm()
    letter = form.take(
        lambda: outcomes.thank(forward, text=form.text.data or "", by=me(), intent=form.intent.data or "")
    )
    if letter is None:
        return _page(_own(forward_id), thanks=form, status=422)
    return _sent(letter, forward_id)


@bp.post("/forwards/<forward_id>/news")
def tell(forward_id: str) -> ResponseReturnValue:
    forward, form = _own(forward_id), NewsForm()
    letter = form.take(lambda: _told(forward, form))
    if letter is None:
        return _page(_own(forward_id), news=form, status=422)
    return _sent(letter, forward_id)


def _told(forward: Forward, form: NewsForm) -> Letter:
    return outcomes.tell(
        forward, subject=form.subject.data or "", text=form.text.data or "", by=me(), intent=form.intent.data or ""
    )


def _known(after: After) -> OutcomeForm:
    said, words = (after.outcome.said, after.outcome.words) if after.outcome else (None, "")
    return OutcomeForm(formdata=None, outcome=said, words=words)


def _apart(name: str, form: Form) -> Form:
    """Two letters stand on one page, and no two of its fields may have the same id."""
    for field in form:
        field.id = f"{name}-{field.id}"
    return form


def _own(forward_id: str) -> Forward:
    forward = forwards.find(forward_id, seen_by=me())
    outcomes.require_sender(forward, by=me())
    candidates.find(forward.candidate_id, seen_by=me())  # with the addresses that a letter may go to
    return forward


def _sent(letter: Letter, forward_id: str) -> ResponseReturnValue:
    said = f"On its way to {letter.to_name}. {leaving.sentence(letter.kind)}"
    undo.offer(said, url_for("letters.cancel", letter_id=letter.id))
    return _back(forward_id)


def _back(forward_id: str) -> ResponseReturnValue:
    return redirect(url_for(".show", forward_id=forward_id), 303)


def _page(
    forward: Forward, *, form: OutcomeForm | None = None, thanks: ColleagueLetterForm | None = None,
    news: NewsForm | None = None, status: int = 200,
) -> tuple[str, int]:  # fmt: skip
    after = outcomes.of(forward)
    subject, text = outcomes.news_words(forward, after.outcome)
    draft, intent = outcomes.thanks_words(forward, after.outcome), tokens.new_id()
    page = render_template(
        "forwards/outcome.html", forward=forward, after=after,
        form=form or _known(after),
        thanks=_apart("thanks", thanks or ColleagueLetterForm(formdata=None, text=draft, intent=intent)),
        news=_apart("news", news or NewsForm(formdata=None, subject=subject, text=text, intent=intent)),
        thanks_leaves=leaving.sentence("thanks"), news_leaves=leaving.sentence("personal"),
    )  # fmt: skip
    return page, status
