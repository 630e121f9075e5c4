"""The address book: whom resumes may go to, where they work, and what they are looking for."""

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import circle, colleagues, forwards, needs, outcomes
from crm.domain.colleagues import Colleague
from crm.domain.forwards import Forward
from crm.forms.colleagues import ColleagueForm
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("colleagues", __name__)


@bp.get("/colleagues")
def index() -> str:
    words = request.args.get("q", "").strip()
    page = page_of(colleagues.listed(words), Colleague.name_key, Colleague.id, size=50)
    return render_template("colleagues/index.html", page=page, words=words)


@bp.get("/colleagues/suggestions")
def suggestions() -> ResponseReturnValue:
    found = colleagues.suggested(request.args.get("q", ""))
    return jsonify(
        items=[{"id": one.id, "title": one.name, "snippet": f"{one.company} · {one.email}"} for one in found]
    )


@bp.route("/colleagues/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = ColleagueForm()
    if request.method == "GET":
        return _edit(form)
    colleague = form.take(lambda: colleagues.add(**_words(form), by=me()))
    if colleague is None:
        return _edit(form, status=422)
    flash(f"{colleague.name} is in the address book.", "ok")
    return redirect(url_for(".show", colleague_id=colleague.id), 303)


@bp.get("/colleagues/<colleague_id>")
def show(colleague_id: str) -> str:
    colleague = colleagues.find(colleague_id)
    page = page_of(forwards.to_colleague(colleague, seen_by=me()), Forward.created_at, Forward.id, newest_first=True)
    return render_template(
        "colleagues/show.html", colleague=colleague, page=page, asked=circle.last_asked(colleague),
        has_left=circle.opted_out(colleague), fits=needs.who_fits(colleague, seen_by=me()),
        balance=outcomes.give_and_take(colleague, seen_by=me()),
    )  # fmt: skip


@bp.route("/colleagues/<colleague_id>/edit", methods=["GET", "POST"])
def edit(colleague_id: str) -> ResponseReturnValue:
    colleague = colleagues.find(colleague_id)
    form = ColleagueForm(obj=colleague)
    if request.method == "GET":
        return _edit(form, colleague)
    changed = form.take(lambda: colleagues.change(colleague, **_words(form), by=me()))
    if changed is None:
        return _edit(form, colleague, status=422)
    flash("Saved.", "ok")
    return redirect(url_for(".show", colleague_id=colleague.id), 303)


def _words(form: ColleagueForm) -> dict[str, str]:
    names = ("name", "email", "company", "relation", "looking_for")
    return {name: form[name].data or "" for name in names}


def _edit(form: ColleagueForm, colleague: Colleague | None = None, status: int = 200) -> tuple[str, int]:
    return render_template("colleagues/edit.html", form=form, colleague=colleague), status
