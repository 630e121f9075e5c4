"""Searches kept under a name."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import saved_searches
from crm.domain.errors import Refused
from crm.domain.saved_searches import SavedSearch
from crm.forms.bulk import SearchForm
from crm.web.access import may, me
from crm.web.paging import page_of

bp = Blueprint("saved_searches", __name__)


@bp.get("/searches")
def index() -> str:
    page = page_of(saved_searches.listed(me()), SavedSearch.key, SavedSearch.id)
    return render_template("saved_searches/index.html", page=page, may=may)


@bp.post("/searches")
def add() -> ResponseReturnValue:
    form, user = SearchForm(), me()
    saved = form.take(lambda: saved_searches.add(
        name=form.name.data or "", search=form.search.data or "", by=user, alert=bool(form.alert.data),
        visibility="company" if form.shared.data else "owner"))  # fmt: skip
    if saved is None:
        flash(" ".join(str(said) for said in [*form.form_errors, *form.name.errors, *form.search.errors]), "no")
        return redirect(url_for("candidates.index"), 303)
    flash(f"“{saved.name}” is kept.{' You hear of whoever newly fits.' if saved.alert else ''}", "ok")
    return redirect(f"{url_for('candidates.index')}?{saved.search}", 303)


@bp.post("/searches/<search_id>/alert")
def watch(search_id: str) -> ResponseReturnValue:
    saved = saved_searches.find(search_id, seen_by=me())
    on = bool(request.form.get("on"))
    try:
        saved_searches.watch(saved, on, by=me())
    except Refused as refusal:
        flash(str(refusal), "no")
        return redirect(url_for(".index"), 303)
    flash(f"You hear of whoever newly fits “{saved.name}”." if on else f"No more word of “{saved.name}”.")
    return redirect(url_for(".index"), 303)


@bp.post("/searches/<search_id>/removal")
def remove(search_id: str) -> ResponseReturnValue:
    saved = saved_searches.find(search_id, seen_by=me())
    saved_searches.remove(saved, by=me())
    flash(f"“{saved.name}” is no longer kept. Nobody’s record changed.")
    return redirect(url_for(".index"), 303)
