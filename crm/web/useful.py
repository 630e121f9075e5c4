"""Something useful: the list, adding to it, and sending one thing to a few people, each letter looked at first."""

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over
from crm.domain import useful, useful_letters
from crm.domain.candidates import Candidate
from crm.domain.useful import MOST_AT_ONCE, UsefulItem
from crm.domain.useful_letters import Sent
from crm.forms.useful import ChoiceForm, UsefulForm
from crm.headers import SANDBOX
from crm.kit import tokens, words
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.paging import page_of
from crm.web.resumes import attachment

bp = Blueprint("useful", __name__)


@bp.get("/useful")
def index() -> str:
    return _list(UsefulForm(formdata=None, intent=tokens.new_id()))


@bp.post("/useful")
def add() -> ResponseReturnValue:
    """Keeping a file waits for the disk, so it comes before the first query, which takes the write lock."""
    form = UsefulForm()
    item = form.take(lambda: _added(form))
    if item is None:
        return _list(form), 422
    flash(f"“{item.title}” is on the list. Choose who is to get it.", "ok")
    return redirect(url_for(".choose", item_id=item.id), 303)


@bp.get("/useful/<item_id>/file")
def file(item_id: str) -> Response:
    item = useful.find(item_id, seen_by=me())
    response = Response(useful.content(item), mimetype=item.media_type)
    response.headers["Content-Disposition"] = attachment(item.filename)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


@bp.post("/useful/<item_id>/removal")
def put_away(item_id: str) -> ResponseReturnValue:
    item = useful.put_away(useful.find(item_id, seen_by=me()), by=me())
    undo.offer(f"“{item.title}” is off the list.", url_for(".bring_back", item_id=item.id))
    return redirect(url_for(".index"), 303)


@bp.post("/useful/<item_id>/removal/undo")
def bring_back(item_id: str) -> ResponseReturnValue:
    item = useful.bring_back(useful.find(item_id, seen_by=me()), by=me())
    flash(f"“{item.title}” is back on the list.")
    return redirect(url_for(".index"), 303)


# --- sending


@bp.get("/useful/<item_id>/people")
def choose(item_id: str) -> str:
    item = useful.find(item_id, seen_by=me())
    return _choose(item, ChoiceForm(formdata=None), request.args.getlist("person"))


@bp.post("/useful/<item_id>/preview")
def look(item_id: str) -> ResponseReturnValue:
    """Each letter as it would go out, and who gets none."""
    item, form = useful.find(item_id, seen_by=me()), ChoiceForm()
    planned = form.take(lambda: useful_letters.plan(item, _people(), by=me()))
    if planned is None:
        return _choose(useful.find(item_id, seen_by=me()), form, request.form.getlist("people")), 422
    page = render_template(
        "useful/preview.html", item=item, plan=planned, batch=tokens.new_id(), sentence=leaving.sentence("personal")
    )
    start_over()
    return page


@bp.post("/useful/<item_id>/letters")
def send(item_id: str) -> ResponseReturnValue:
    item, form = useful.find(item_id, seen_by=me()), ChoiceForm()
    batch = form.batch.data or ""
    sent = form.take(lambda: useful_letters.send(item, _people(), by=me(), batch=batch))
    if sent is None:
        return _choose(useful.find(item_id, seen_by=me()), form, request.form.getlist("people")), 422
    if sent.count:
        undo.offer(_said(item, sent), url_for(".take_back", item_id=item.id, batch=sent.batch))
    else:
        flash(f"Nobody was written to. {' '.join(why for _, why in sent.left_out)}")
    return redirect(url_for(".index"), 303)


@bp.post("/useful/<item_id>/letters/undo")
def take_back(item_id: str) -> ResponseReturnValue:
    useful.find(item_id, seen_by=me())
    stopped, gone = useful_letters.take_back(request.args.get("batch", ""), by=me())
    left = f" {words.several(gone, 'had', 'had')} left already." if gone else ""
    flash(f"Taken back: {words.several(stopped, 'letter')}.{left}", "ok")
    return redirect(url_for(".index"), 303)


# --- parts


def _added(form: UsefulForm) -> UsefulItem:
    sent = request.files.get("file")
    upload = useful.receive(sent.filename or "", sent.read()) if sent is not None and sent.filename else None
    return useful.add(
        title=form.title.data or "", link=form.link.data or "", note=form.note.data or "", by=me(), upload=upload,
        tag_names=(form.tags.data or "").split(","), visibility=form.visibility.data or "",
        intent=form.intent.data or "",
    )  # fmt: skip


def _people() -> list[Candidate]:
    return useful_letters.chosen(request.form.getlist("people"), seen_by=me())


def _list(form: UsefulForm) -> str:
    page = page_of(useful.listed(me()), UsefulItem.created_at, UsefulItem.id, newest_first=True)
    sent = useful.counts([item.id for item in page.items], seen_by=me())
    return render_template("useful/index.html", page=page, sent=sent, form=form)


def _choose(item: UsefulItem, form: ChoiceForm, picked: list[str]) -> str:
    tag, name = request.values.get("tag"), request.values.get("q", "")
    tag = "" if tag is None and (name or not item.tags) else tag
    found = useful.who_may_get(item, seen_by=me(), tag=tag, name=name)
    return render_template(
        "useful/people.html", item=item, form=form, people=found[:MOST_AT_ONCE], are_more=len(found) > MOST_AT_ONCE,
        most=MOST_AT_ONCE, tag=tag, name=name, picked=picked,
    )  # fmt: skip


def _said(item: UsefulItem, sent: Sent) -> str:
    left = f" {' '.join(why for _, why in sent.left_out)}" if sent.left_out else ""
    people, leaves = words.several(sent.count, "person", "people"), leaving.sentence("personal")
    return f"“{item.title}” goes to {people}. {leaves}{left}"
