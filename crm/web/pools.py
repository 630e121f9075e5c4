"""Pools: the list, one pool with its people, and who is put in or taken out."""

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, listing, pools, saved_searches
from crm.domain.candidates import Candidate
from crm.domain.errors import Missing, Refused
from crm.domain.listing import Wanted
from crm.domain.pools import Pool
from crm.forms.bulk import PoolForm
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to
from crm.web.paging import page_of

bp = Blueprint("pools", __name__)


@bp.get("/pools")
def index() -> str:
    return _list(PoolForm(formdata=None))


@bp.post("/pools")
def add() -> ResponseReturnValue:
    form = PoolForm()
    pool = form.take(lambda: pools.add(
        name=form.name.data or "", about=form.about.data or "", visibility=form.visibility.data or "company",
        team_id=form.team_of(me()), by=me(), search=_search()))  # fmt: skip
    if pool is None:
        return _list(form), 422
    flash(f"The pool “{pool.name}” is there. Put people in from the list, or here by name.", "ok")
    return redirect(url_for(".show", pool_id=pool.id), 303)


@bp.get("/pools/suggestions")
def suggestions() -> Response:
    begun = request.args.get("q", "")
    return jsonify(items=[{"id": pool.id, "title": pool.name} for pool in pools.starting_with(begun, seen_by=me())])


@bp.get("/pools/<pool_id>")
def show(pool_id: str) -> str:
    return _page(pools.find(pool_id, seen_by=me()))


@bp.post("/pools/<pool_id>")
def change(pool_id: str) -> ResponseReturnValue:
    pool, form = pools.find(pool_id, seen_by=me()), PoolForm()
    changed = form.take(lambda: pools.change(
        pool, name=form.name.data, about=form.about.data, visibility=form.visibility.data,
        team_id=form.team_of(me()) or pool.team_id, by=me()))  # fmt: skip
    if changed is None:
        return _page(pools.find(pool_id, seen_by=me()), form), 422
    flash("Saved.")
    return redirect(url_for(".show", pool_id=pool_id), 303)


@bp.post("/pools/<pool_id>/closure")
def close(pool_id: str) -> ResponseReturnValue:
    pool = pools.close(pools.find(pool_id, seen_by=me()), by=me())
    undo.offer(f"The pool “{pool.name}” is closed.", url_for(".reopen", pool_id=pool.id))
    return redirect(url_for(".index"), 303)


@bp.post("/pools/<pool_id>/closure/undo")
def reopen(pool_id: str) -> ResponseReturnValue:
    pool = pools.reopen(pools.find_closed(pool_id, by=me()), by=me())
    flash(f"The pool “{pool.name}” is open again.")
    return redirect(url_for(".show", pool_id=pool.id), 303)


# --- its people


@bp.post("/pools/<pool_id>/people")
def put_in(pool_id: str) -> ResponseReturnValue:
    pool, sent = pools.find(pool_id, seen_by=me()), request.values
    try:
        person = candidates.find(sent.get("person_id") or "", seen_by=me())
    except Missing:
        flash("Choose somebody from the names that come up while you type.", "no")
        return redirect(url_for(".show", pool_id=pool_id), 303)
    pools.put_in(pool, person, by=me(), reason=sent.get("reason", ""))
    flash(f"{person.full_name} is in “{pool.name}”.", "ok")
    return redirect(url_for(".show", pool_id=pool_id), 303)


@bp.post("/pools/<pool_id>/people/<candidate_id>/removal")
def take_out(pool_id: str, candidate_id: str) -> ResponseReturnValue:
    pool, person = pools.find(pool_id, seen_by=me()), candidates.find(candidate_id, seen_by=me())
    known = pools.reasons(pool, [person.id]).get(person.id)
    back = url_for(".put_in", pool_id=pool.id, person_id=person.id, reason=known.reason if known else "")
    pools.take_out(pool, person, by=me())
    undo.offer(f"{person.full_name} is no longer in “{pool.name}”.", back)
    if request.values.get("back"):
        return redirect(back_to(person), 303)
    return redirect(url_for(".show", pool_id=pool_id), 303)


@bp.post("/candidates/<candidate_id>/pools")
def choose(candidate_id: str) -> ResponseReturnValue:
    """By its name, from the candidate's page; a name that is not there yet is a new pool."""
    person, name = candidates.find(candidate_id, seen_by=me()), request.values.get("name", "")
    try:
        pool = _named(name) or pools.add(name=name, by=me())
    except Refused as refusal:
        flash(str(refusal), "no")
        return redirect(back_to(person), 303)
    pools.put_in(pool, person, by=me())
    flash(f"{person.full_name} is in “{pool.name}”.", "ok")
    return redirect(back_to(person), 303)


# --- parts


def _named(name: str) -> Pool | None:
    found = pools.named([name], seen_by=me())
    return next((pool for pool in found if pool.owner_id == me().id), found[0] if found else None)


def _search() -> str:
    """Of the saved search that the pool is to follow, if one was chosen."""
    chosen = request.form.get("search_id")
    return saved_searches.find(chosen, seen_by=me()).search if chosen else ""


def _list(form: PoolForm) -> str:
    page = page_of(pools.listed(me()), Pool.key, Pool.id)
    return render_template(
        "pools/index.html", page=page, form=form, counts=pools.counts(list(page.items), seen_by=me()),
        most=pools.MOST_COUNTED, searches=saved_searches.offered(me()),
    )  # fmt: skip


def _page(pool: Pool, form: PoolForm | None = None) -> str:
    listed = listing.look_up(Wanted(pool=pool.id), seen_by=me())
    page = page_of(listed.query.options(listing.SHOWN), Candidate.name_key, Candidate.id)
    return render_template(
        "pools/show.html", pool=pool, page=page, count=listed.count(), most=listing.MOST_COUNTED,
        reasons=pools.reasons(pool, [person.id for person in page.items]),
        form=form or PoolForm(formdata=None, obj=pool),
    )  # fmt: skip
