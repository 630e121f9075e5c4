"""Introductions: whom to introduce, with what words, both letters on one screen; and how it stands."""

from urllib.parse import quote, urlencode

from flask import Blueprint, Response, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.db import start_over
from crm.domain import candidates, colleagues, finding, introducing, introduction_letters, introductions, shape
from crm.domain.candidates import Candidate
from crm.domain.colleagues import Colleague
from crm.domain.errors import Refused
from crm.domain.introducing import Proposal
from crm.domain.introductions import Introduction, Side
from crm.forms.introductions import IntroductionForm
from crm.kit import tokens
from crm.mail import letters
from crm.web import leaving, undo
from crm.web.access import me
from crm.web.paging import page_of

bp = Blueprint("introductions", __name__)
CANDIDATE = "candidate-"
"""Before the id of one who was picked; the id of a colleague stands alone."""


@bp.get("/introductions")
def index() -> str:
    page = page_of(introductions.listed(me()), Introduction.created_at, Introduction.id, newest_first=True)
    return render_template("introductions/index.html", page=page)


@bp.get("/introductions/suggestions")
def suggestions() -> Response:
    """Colleagues, then candidates."""
    words = request.args.get("q", "")
    known = [{"id": one.id, "title": one.name, "snippet": f"{one.company} · {one.email}"}
             for one in colleagues.suggested(words, limit=5)]  # fmt: skip
    on_file = [{"id": f"{CANDIDATE}{one.id}", "title": one.title, "snippet": "candidate"}
               for one in finding.candidates_named(words, seen_by=me(), limit=5)]  # fmt: skip
    return jsonify(items=[*known, *on_file])


@bp.get("/introductions/<introduction_id>")
def show(introduction_id: str) -> str:
    introduction = _found(introduction_id)
    sorry = introduction_letters.sorry_draft(introduction) if introduction.by_id == me().id else None
    return render_template(
        "introductions/show.html",
        introduction=introduction,
        sorry=sorry,
        mailto=_mailto(*sorry) if sorry else "",
        sentence=_leaves(),
    )


@bp.route("/candidates/<candidate_id>/introductions/new", methods=["GET", "POST"])
def new(candidate_id: str) -> ResponseReturnValue:
    """What each is told; sent, it answers with both letters. `change` comes back from there."""
    candidate = candidates.find(candidate_id, seen_by=me())
    form = IntroductionForm()
    if request.method == "GET" or "change" in request.form:
        return _write(candidate, form)
    proposal = form.take(lambda: _proposal(candidate, form))
    if proposal is None:
        return _write(candidates.find(candidate_id, seen_by=me()), form, 422)
    form.intent.data = tokens.new_id()
    first, second = letters.introduction_preview(proposal, by=me())
    page = render_template(
        "introductions/preview.html", candidate=candidate, proposal=proposal, drafts=(first, second),
        fields=_carried(form), sentence=_leaves(),
    )  # fmt: skip
    start_over()
    return page


@bp.post("/candidates/<candidate_id>/introductions")
def ask(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = IntroductionForm()
    intent = form.intent.data or ""
    known = introducing.by_intent(intent, by=me()) if intent else None
    asked = known or form.take(lambda: introducing.ask(_proposal(candidate, form), by=me(), intent=intent))
    if asked is None:
        return _write(candidates.find(candidate_id, seen_by=me()), form, 422)
    undo.offer(f"Both are asked. {_leaves()}", url_for(".take_back", introduction_id=asked.id))
    return redirect(url_for(".show", introduction_id=asked.id), 303)


@bp.post("/introductions/<introduction_id>/making")
def make(introduction_id: str) -> ResponseReturnValue:
    introduction = introducing.make(_found(introduction_id), by=me())
    undo.offer(f"Introduced. {_leaves()}", url_for(".take_back", introduction_id=introduction.id))
    return redirect(url_for(".show", introduction_id=introduction.id), 303)


@bp.post("/introductions/<introduction_id>/undo")
def take_back(introduction_id: str) -> ResponseReturnValue:
    introduction = introductions.take_back(_found(introduction_id), by=me())
    taken = introduction.state == "taken_back"
    flash("Taken back: the links in what was sent open no more." if taken else "Taken back: nothing was sent.", "ok")
    return redirect(url_for(".show", introduction_id=introduction.id), 303)


@bp.post("/introductions/<introduction_id>/sight")
def see(introduction_id: str) -> ResponseReturnValue:
    introductions.see(_found(introduction_id), by=me())
    flash("Put aside. It stays under Introductions.")
    return redirect(url_for(".index"), 303)


# --- parts


def _leaves() -> str:
    return leaving.sentence("introduction")


def _found(introduction_id: str) -> Introduction:
    return introductions.find(introduction_id, seen_by=me())


def _proposal(candidate: Candidate, form: IntroductionForm) -> Proposal:
    return introducing.propose(
        candidate, _other(form), told=(form.told_candidate.data or "", form.told_other.data or ""), by=me(),
        why=form.why.data or "", names_colleague=form.names_colleague.data,
    )  # fmt: skip


def _other(form: IntroductionForm) -> Candidate | Colleague:
    """Who was picked, unless another name was typed since; else the one colleague, or candidate, of that name."""
    picked, said = _picked(request.form.get("to_id", "")), form.to.data or ""
    if picked is not None and shape.key(said) in {"", picked.name_key}:
        return picked
    found = (colleagues.named(said) if said.strip() else None) or introducing.candidate_named(said, seen_by=me())
    if found is None:
        raise Refused("Nobody in the address book or on file has exactly this name or address.", field="to")
    return found


def _picked(chosen: str) -> Candidate | Colleague | None:
    if chosen.startswith(CANDIDATE):
        return candidates.find(chosen.removeprefix(CANDIDATE), seen_by=me())
    return colleagues.find(chosen) if chosen else None


def _carried(form: IntroductionForm) -> dict[str, str]:
    return form.carried() | {"to_id": request.form.get("to_id", "")}


def _write(candidate: Candidate, form: IntroductionForm, status: int = 200) -> tuple[str, int]:
    picked = request.form.get("to_id", "")
    return render_template("introductions/new.html", candidate=candidate, form=form, picked=picked), status


def _mailto(side: Side, subject: str, text: str) -> str:
    return f"mailto:{quote(side.address, safe='@')}?{urlencode({'subject': subject, 'body': text}, quote_via=quote)}"
