"""Acts on many at once: what is to be done, a look at it before, how far it has come, and taking it back."""

from flask import Blueprint, Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over
from crm.domain import bulk
from crm.domain.bulk import BulkAct, Chosen, Preview
from crm.domain.bulk_deeds import KINDS
from crm.domain.errors import Missing
from crm.forms.bulk import BulkForm
from crm.kit import tokens
from crm.web import leaving
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("bulk", __name__)
LABELS = {
    "tag": "Tag", "untag": "Take a tag off", "pool": "Put in a pool", "owner": "Hand over",
    "cadence": "How often to be in touch", "touchpoint": "Log a touchpoint", "archive": "Put in the archive",
    "unarchive": "Take out of the archive", "letter": "Write a letter",
}  # fmt: skip
FIELDS = {
    "tag": ("name",), "untag": ("name",), "pool": ("pool", "reason"), "owner": ("owner_id",),
    "cadence": ("target_days", "latest_days"), "touchpoint": ("touch", "direction", "text"), "archive": (),
    "unarchive": (), "letter": ("template_id", "subject", "text"),
}  # fmt: skip
"""What is asked for each kind."""
REFRESH_SECONDS = 2


@bp.get("/candidates/acts")
def index() -> str:
    page = page_of(bulk.listed(me()), BulkAct.id, newest_first=True)
    return render_template("bulk/index.html", page=page, said=bulk.said)


@bp.get("/candidates/acts/new")
def new() -> str:
    return _ask(BulkForm(formdata=None))


@bp.post("/candidates/acts/look")
def look() -> ResponseReturnValue:
    """How many it would be done to, and who is left out. Nothing is done yet."""
    form, chosen = BulkForm(), chosen_people()
    seen = form.take(lambda: bulk.preview(chosen, _kind(), form.given(), by=me()))
    if seen is None:
        return _ask(form), 422
    page = render_template(
        "bulk/look.html", form=form, kind=_kind(), chosen=chosen, seen=seen, names=seen.names,
        most=bulk.MOST_COUNTED, intent=tokens.new_id(), carried=_carried(form, seen),
        leaves=leaving.sentence("personal"),
    )  # fmt: skip
    start_over()
    return page


@bp.post("/candidates/acts")
def start() -> ResponseReturnValue:
    form = BulkForm()
    intent = form.intent.data or tokens.new_id()
    act = form.take(lambda: bulk.start(chosen_people(), _kind(), form.given(), by=me(), intent=intent))
    if act is None:
        return _ask(form), 422
    return redirect(url_for(".show", act_id=act.id), 303)


@bp.get("/candidates/acts/<act_id>")
def show(act_id: str) -> Response:
    """Comes again by itself while there is something to do."""
    act = bulk.find(act_id, by=me())
    left = [] if act.is_running else bulk.not_done(act, seen_by=me())
    answer = make_response(render_template("bulk/show.html", act=act, left=left, said=bulk.said(act)))
    if act.is_running:
        answer.headers["Refresh"] = str(REFRESH_SECONDS)
    return answer


@bp.post("/candidates/acts/<act_id>/undo")
def undo(act_id: str) -> ResponseReturnValue:
    act = bulk.undo(bulk.find(act_id, by=me()), by=me())
    stays = "What has left already stays." if act.kind == "letter" else "Whoever was changed since stays as they are."
    flash(f"It is being taken back. {stays}")
    return redirect(url_for(".show", act_id=act.id), 303)


# --- parts


def chosen_people() -> Chosen:
    """Of the question or of the form: ids of those ticked, or everybody at an address of the list."""
    sent = request.values
    return Chosen(tuple(sent.getlist("people")), sent.get("search", ""), bool(sent.get("everybody")))


def _carried(form: BulkForm, seen: Preview) -> dict[str, str]:
    """What the second step does again; of a letter the words that were looked at, and no longer those of a template."""
    typed = {name: form[name].data or "" for name in FIELDS[_kind()]}
    if seen.look is None:
        return typed
    return typed | {"template_id": "", "subject": seen.detail["subject"], "text": seen.detail["text"]}


def _kind() -> str:
    kind = request.values.get("kind", "tag")
    if kind not in KINDS:
        raise Missing
    return kind


def _ask(form: BulkForm) -> str:
    form.offer(me())
    chosen = chosen_people()
    count, names = bulk.glance(chosen, seen_by=me())
    return render_template(
        "bulk/new.html", form=form, kind=_kind(), labels=LABELS, shown=FIELDS[_kind()], chosen=chosen,
        count=count, names=names, most=bulk.MOST_COUNTED,
    )  # fmt: skip
