"""Many resumes at once: drop them, watch them being read, decide on each, take it back."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import config
from crm.domain import intake, intake_taking
from crm.domain.intake import Intake, Received
from crm.domain.intake_taking import Choice, Taken
from crm.forms.intake import IntakeForm, TakingForm
from crm.kit import addresses, tokens, words
from crm.web import undo
from crm.web.access import me

bp = Blueprint("intake", __name__)


@bp.route("/intake", methods=["GET", "POST"])
def index() -> ResponseReturnValue:
    """Files come all at once, or one by one with the same intent; either way they are one intake."""
    received = _received() if request.method == "POST" else []
    form = IntakeForm()
    if request.method == "GET":
        form.intent.data = tokens.new_link()
        return _start_page(form)
    intent = (form.intent.data or tokens.new_link())[:200]
    brought = form.take(lambda: intake.add(received, by=me(), intent=intent))
    if brought is None:
        return _start_page(form, 422)
    return redirect(url_for(".show", intake_id=brought.id), 303)


@bp.get("/intake/<intake_id>")
def show(intake_id: str) -> ResponseReturnValue:
    return _page(intake.find(intake_id, by=me()), TakingForm(formdata=None))


@bp.post("/intake/<intake_id>")
def take(intake_id: str) -> ResponseReturnValue:
    brought, form = intake.find(intake_id, by=me()), TakingForm()
    done = form.take(lambda: intake_taking.take(brought, _choices(), by=me()))
    if done is None:
        return _page(intake.find(intake_id, by=me()), form, 422)
    if done.count:
        undo.offer(_said(done), url_for(".take_back", intake_id=intake_id))
    else:
        flash("Nothing was chosen that is not done already.")
    return redirect(url_for(".show", intake_id=intake_id), 303)


@bp.post("/intake/<intake_id>/undo")
def take_back(intake_id: str) -> ResponseReturnValue:
    count, stay = intake_taking.undo(intake.find(intake_id, by=me()), by=me())
    names = ", ".join(one.full_name for one in stay)
    kept = f" {names} stayed, since something was done with them." if stay else ""
    flash(f"{words.several(count, 'file waits', 'files wait')} for you again.{kept}")
    return redirect(url_for(".show", intake_id=intake_id), 303)


def _start_page(form: IntakeForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "intake/index.html", form=form, waiting=intake.waiting_of(me()), most=intake.MOST_FILES,
        nothing=intake.brought_nothing(me()),
        then=url_for(".show", intake_id=intake.id_of(form.intent.data or "", by=me())), mail_to=mail_to(),
        in_words=intake.in_words,
    )  # fmt: skip
    return page, status


def _page(brought: Intake, form: TakingForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "intake/show.html", brought=brought, form=form, rows=intake.rows(brought, seen_by=me()), given=request.form,
        can_be_undone=intake_taking.can_be_undone(brought),
    )  # fmt: skip
    return page, status


def mail_to() -> str:
    """Where a mail with resumes is forwarded to; nothing where no mail is read here."""
    settings = config.current()
    return addresses.with_word(settings.mail_from, f"cv-{me().log_key}") if settings.reads_answers else ""


def _received() -> list[Received]:
    """Kept on disk one after the other, before anything is asked of the database."""
    sent = [one for one in request.files.getlist("file") if one.filename][: intake.MOST_FILES + 1]
    return [intake.receive(one.filename or "", one.read()) for one in sent]


def _choices() -> dict[str, Choice]:
    given = request.form
    ids = [name.removeprefix("what-") for name in given if name.startswith("what-")]
    return {
        one: Choice(given[f"what-{one}"], given.get(f"name-{one}", ""), tuple(given.getlist(f"tag-{one}")))
        for one in ids
    }


def _said(done: Taken) -> str:
    parts = []
    if done.made:
        parts.append(words.several(len(done.made), "new candidate"))
    if done.added:
        parts.append(f"{words.several(len(done.added), 'resume')} added to people on record")
    if done.left:
        parts.append(f"{done.left} left out")
    return f"{', '.join(parts)}."
