"""Several forwards in one act: who and to whom, every letter as it will leave, and how it stands."""

from collections.abc import Sequence

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over
from crm.domain import candidates, colleagues, introducing, plans, shortlisting
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Missing, Refused
from crm.domain.forwards import Forward
from crm.domain.plans import LONGEST_NOTE, Plan
from crm.domain.shortlisting import Batch
from crm.domain.shortlists import Shortlist
from crm.forms.shortlists import ShortlistForm
from crm.kit import tokens
from crm.mail import asking_letters, letters
from crm.mail import shortlisting as shortlist_mail
from crm.mail.compose import Draft
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("shortlists", __name__)
SAID = "said-"
"""Before the id of the candidate of whom it is said."""


@bp.get("/shortlists")
def index() -> str:
    page = page_of(shortlisting.listed(me()), Shortlist.created_at, Shortlist.id, newest_first=True)
    return render_template("shortlists/index.html", page=page)


@bp.get("/shortlists/<shortlist_id>")
def show(shortlist_id: str) -> str:
    shortlist = _found(shortlist_id)
    people = shortlisting.people(shortlist, seen_by=me())
    return render_template(
        "shortlists/show.html", shortlist=shortlist, people=people, state=shortlisting.state(shortlist, people),
        words=shortlisting.STATE_WORDS, reached=shortlisting.has_reached(shortlist),
        note=shortlisting.words_for(me(), shortlist, people),
    )  # fmt: skip


@bp.route("/shortlists/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    """Who is to go to whom; sent, it answers with every letter. `add` and `change` come back here."""
    form = _form()
    if request.method == "GET" or "change" in request.form:
        return _write(form)
    if "add" in request.form:
        form.take(lambda: _add(form))
        return _write(form, 422 if form.errors else 200)
    batches = form.take(lambda: _planned(form))
    return _write(form, 422) if batches is None else _preview(batches, form)


@bp.post("/shortlists")
def send() -> ResponseReturnValue:
    form = _form()
    intent = form.intent.data or ""
    known = shortlisting.by_intent(intent, by=me())
    made = known or form.take(lambda: shortlisting.send(_as_shown(form), by=me(), intent=intent))
    return _write(form, 422) if made is None else _sent(made)


@bp.post("/shortlists/<shortlist_id>/sending")
def send_now(shortlist_id: str) -> ResponseReturnValue:
    shortlist = shortlisting.send_now(_found(shortlist_id), by=me())
    said = f"On its way to {shortlist.colleague.name}. {leaving.sentence('shortlist')}"
    undo.offer(said, url_for(".take_back", shortlist_id=shortlist.id))
    return redirect(url_for(".show", shortlist_id=shortlist.id), 303)


@bp.post("/shortlists/<shortlist_id>/undo")
def take_back(shortlist_id: str) -> ResponseReturnValue:
    shortlist = shortlisting.take_back(_found(shortlist_id), by=me())
    flash(_ended(shortlist), "ok")
    return redirect(url_for(".show", shortlist_id=shortlist.id), 303)


# --- parts


def _ended(shortlist: Shortlist) -> str:
    if not shortlisting.has_reached(shortlist):
        return "Taken back: nothing was sent."
    first = shortlist.colleague.first_name
    told = any(one.revoked_letter_id for one in shortlisting.people(shortlist, seen_by=me()))
    told_so = f" {first} is told so, and not why." if told else ""
    return f"Revoked: the links in the letter open no more. What {first} downloaded cannot be recalled.{told_so}"


def _found(shortlist_id: str) -> Shortlist:
    return shortlisting.find(shortlist_id, seen_by=me())


def _form() -> ShortlistForm:
    form = ShortlistForm()
    if request.method == "GET":
        form.people.data, form.to.data = request.args.getlist("people"), request.args.getlist("to")
        form.until.data = plans.default_until()
    return form


def _add(form: ShortlistForm) -> bool:
    """Whoever was typed by name or address joins those who are ticked."""
    if (who := (form.who.data or "").strip()) != "":
        person = introducing.candidate_named(who, seen_by=me())
        if person is None:
            raise Refused("Nobody on file has exactly this name or address, or several have it.", field="who")
        form.people.data = [*(form.people.data or []), person.id]
    if (whom := (form.whom.data or "").strip()) != "":
        to = colleagues.named(whom)
        if to is None:
            raise Refused("Nobody in the address book has exactly this name or address.", field="whom")
        form.to.data = [*(form.to.data or []), to.id]
    form.who.data = form.whom.data = ""
    return True


def _people(form: ShortlistForm) -> list[Candidate]:
    return shortlisting.chosen(form.people.data or [], seen_by=me())


def _colleagues(form: ShortlistForm) -> list[Colleague]:
    return [colleagues.find(one) for one in dict.fromkeys(form.to.data or [])]


def _planned(form: ShortlistForm) -> list[Batch]:
    _add(form)
    return shortlisting.plan(
        _people(form), _colleagues(form), by=me(), position=form.position.data or "", note=form.note.data or "",
        until=form.until.data, notes=_said(), blind=form.blind.data,
    )  # fmt: skip


def _as_shown(form: ShortlistForm) -> list[Batch]:
    """Nobody is asked by mail of whom the preview did not say so, and nobody is named whom it did not name."""
    batches = _planned(form)
    unnamed = request.form.getlist("unnamed")
    for plan in _all(batches):
        if not plan.blind and _key(plan) in unnamed:
            name = plan.candidate.full_name
            raise Refused(f"{name} may be named now, and was not when you looked. Look again.", field="people")
    shown = request.form.getlist("asks")
    for plan in _to_ask(batches):
        if _key(plan) not in shown:
            name = plan.candidate.full_name
            raise Refused(f"{name} has not agreed any more. Look again: they are asked first.", field="people")
    return batches


def _to_ask(batches: Sequence[Batch]) -> list[Plan]:
    return [plan for plan in _all(batches) if plan.consent is None]


def _all(batches: Sequence[Batch]) -> list[Plan]:
    return [plan for batch in batches for plan in batch.plans]


def _key(plan: Plan) -> str:
    return f"{plan.candidate.id} {plan.to_address}"


def _said() -> dict[str, str]:
    given = request.form.items()
    return {name.removeprefix(SAID): words for name, words in given if name.startswith(SAID) and words.strip()}


def _write(form: ShortlistForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "shortlists/new.html", form=form, people=_there(form), to=_known(form), said=_said(), most=LONGEST_NOTE
    )
    return page, status


def _there(form: ShortlistForm) -> list[Candidate]:
    found = []
    for one in dict.fromkeys(form.people.data or []):
        try:
            found.append(candidates.find(one, seen_by=me()))
        except Missing:
            continue
    return found


def _known(form: ShortlistForm) -> list[Colleague]:
    found = []
    for one in dict.fromkeys(form.to.data or []):
        try:
            found.append(colleagues.find(one))
        except Missing:
            continue
    return found


def _preview(batches: Sequence[Batch], form: ShortlistForm) -> str:
    form.intent.data = tokens.new_id()
    drafts = [draft for batch in batches for draft in _drafts(batch)]
    asked = _to_ask(batches)
    fields = form.carried() | {f"{SAID}{one}": words for one, words in _said().items()}
    fields["asks"] = [_key(plan) for plan in asked]
    fields["unnamed"] = [_key(plan) for plan in _all(batches) if plan.blind]
    page = render_template(
        "shortlists/preview.html", batches=batches, drafts=drafts, fields=fields,
        questions=[asking_letters.preview(plan, by=me()) for plan in asked], leaves=leaving.sentence("forward_ask"),
        sentence=leaving.sentence("shortlist"), warnings=shortlisting.warnings(batches, seen_by=me()),
    )  # fmt: skip
    start_over()
    return page


def _drafts(batch: Batch) -> list[Draft]:
    if batch.is_shortlist:
        return [shortlist_mail.preview(batch, by=me())]
    return [letters.forward_preview(plan, by=me()) for plan in batch.plans]


def _sent(made: Sequence[Forward]) -> ResponseReturnValue:
    own = {one.shortlist_id for one in made}
    if len(own) == 1 and made[0].shortlist_id:
        at = url_for(".take_back", shortlist_id=made[0].shortlist_id)
        gone = any(one.letter_id for one in made)
        waits = "Who has not agreed yet is asked first; the letter waits for their answers."
        undo.offer(f"On its way. {leaving.sentence('shortlist')}" if gone else waits, at)
        return redirect(url_for(".show", shortlist_id=made[0].shortlist_id), 303)
    asked = [one for one in made if one.consent_id is None]
    first = "Who has not agreed yet is asked first." if asked else "On their way."
    flash(f"{first} Each can be taken back on its own page.", "ok")
    return redirect(url_for(".index") if any(own) else url_for("forwards.index"), 303)
