"""Introducing somebody without their name: what is told, the letter as it will leave, and how it stands."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import SelectChoice

from crm.db import start_over
from crm.domain import candidates, consents, fair_use, plans, teasers, teasing
from crm.domain.candidates import Candidate
from crm.domain.errors import Refused
from crm.domain.teasers import Teaser
from crm.domain.teasing import Proposal
from crm.forms.teasers import TeaserForm
from crm.kit import tokens, words
from crm.mail import teasing as letters
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("teasers", __name__)


@bp.get("/teasers")
def index() -> str:
    page = page_of(teasers.listed(me()), Teaser.created_at, Teaser.id, newest_first=True)
    return render_template("teasers/index.html", page=page)


@bp.get("/teasers/<teaser_id>")
def show(teaser_id: str) -> str:
    teaser = _found(teaser_id)
    return render_template("teasers/show.html", teaser=teaser, is_open=teasers.is_open(teaser))


@bp.route("/candidates/<candidate_id>/teasers/new", methods=["GET", "POST"])
def new(candidate_id: str) -> ResponseReturnValue:
    """What is told; sent, it answers with the letter. `change` comes back from there."""
    candidate = candidates.find(candidate_id, seen_by=me())
    form = _form(candidate)
    if request.method == "GET" or "change" in request.form:
        return _write(candidate, form)
    proposal = form.take(lambda: _proposed(candidate, form))
    return _write_again(candidate_id, form) if proposal is None else _preview(proposal, form)


@bp.post("/candidates/<candidate_id>/teasers")
def send(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = _form(candidate)
    intent = form.intent.data or ""
    known = teasing.by_intent(intent, by=me()) if intent else None
    sent = known or form.take(lambda: teasing.send(_proposed(candidate, form), by=me(), intent=intent))
    if sent is None:
        return _write_again(candidate_id, form)
    if sent.state == "queued":
        said = f"On its way to {sent.colleague.name}. {leaving.sentence('teaser')}"
        undo.offer(said, url_for(".revoke", teaser_id=sent.id))
    return redirect(url_for(".show", teaser_id=sent.id), 303)


@bp.post("/teasers/<teaser_id>/revocation")
def revoke(teaser_id: str) -> ResponseReturnValue:
    teaser = teasers.revoke(_found(teaser_id), by=me())
    gone = teaser.letter is not None and teaser.letter.has_left
    flash("Taken back. The link in the letter opens no more." if gone else "Taken back: nothing was sent.", "ok")
    return redirect(url_for(".show", teaser_id=teaser.id), 303)


# --- parts


def _found(teaser_id: str) -> Teaser:
    return teasers.find(teaser_id, seen_by=me())


def _form(candidate: Candidate) -> TeaserForm:
    form = TeaserForm()
    offered = [*teasing.strengths_of(candidate, seen_by=me()), *(form.strengths.data or [])]
    form.strengths.choices = [SelectChoice(said, said) for said in dict.fromkeys(offered)]
    if request.method == "GET":
        form.to_id.data = request.args.get("to_id", "")
        form.headline.data = candidate.headline
        form.until.data = plans.default_until()
    return form


def _proposed(candidate: Candidate, form: TeaserForm) -> Proposal:
    to = plans.addressed(
        form.to.data or "", form.to_id.data or "", email=form.email.data or "", name=form.name.data or "",
        company=form.company.data or "", by=me(),
    )  # fmt: skip
    return teasing.propose(
        candidate, to, by=me(), headline=form.headline.data or "", strengths=form.strengths.data or [],
        words=form.words.data or "", position=form.position.data or "", until=form.until.data,
    )  # fmt: skip


def _write_again(candidate_id: str, form: TeaserForm) -> tuple[str, int]:
    return _write(candidates.find(candidate_id, seen_by=me()), form, 422)


def _write(candidate: Candidate, form: TeaserForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "teasers/new.html", candidate=candidate, form=form, to=_known(form),
        consent=consents.to_introduce(candidate.id),
    )  # fmt: skip
    return page, status


def _known(form: TeaserForm) -> object:
    """Whom it is for, where they are in the address book."""
    try:
        return plans.addressed(form.to.data or "", form.to_id.data or "", email="", name="", company="", by=me())
    except Refused:
        return None


def _preview(proposal: Proposal, form: TeaserForm) -> str:
    form.intent.data = tokens.new_id()
    draft = letters.preview(proposal, by=me())
    leaves = f"{leaving.sentence('teaser')} The link is open until {words.day(proposal.until)}."
    warnings = fair_use.warnings(proposal.candidate, proposal.colleague, seen_by=me())
    page = render_template(
        "teasers/preview.html", proposal=proposal, draft=draft, fields=form.carried(), sentence=leaves,
        warnings=warnings,
    )  # fmt: skip
    start_over()
    return page
