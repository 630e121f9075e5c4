"""Sequences: proposed with every letter to be read, started by one button, changed or stopped at any time."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import paging, sequence_plans, sequences, sequencing
from crm.domain.candidates import Candidate
from crm.domain.sequence_plans import Plan, SequencePlan
from crm.domain.sequences import Sequence, SequenceStep
from crm.forms.sequences import PlanForm, SequenceStepForm, StartForm, shown
from crm.kit import tokens, words, zones
from crm.web import undo
from crm.web.access import me
from crm.web.candidate_page import back_to
from crm.web.paging import page_of

bp = Blueprint("sequences", __name__)
PAGE, LAST_ENDED = 50, 20


@bp.get("/sequences")
def index() -> str:
    """Those that run, and the last that ended; asked for those that ended, all of them."""
    user, only_ended = me(), bool(request.args.get("ended"))
    page = page_of(sequences.started_by(user, running=not only_ended), Sequence.id, size=PAGE, newest_first=True)
    ended = [] if only_ended else paging.cut(
        sequences.started_by(user, running=False), Sequence.id, size=LAST_ENDED, newest_first=True
    ).items  # fmt: skip
    shown = sequences.told(page.items)
    return render_template(
        "sequences/index.html",
        page=page,
        only_ended=only_ended,
        running=[] if only_ended else shown,
        ended=shown if only_ended else ended,
        more_ended=not only_ended and len(ended) == LAST_ENDED,
        plans=sequence_plans.offered(user),
    )


# --- started by a person


@bp.route("/sequences/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    people = sequencing.people(request.values.getlist("people"), seen_by=me())
    form = StartForm()
    if request.method == "GET":
        form.intent.data = tokens.new_key()
        return _proposal(form, people)
    ids = [person.id for person in people]
    plan = _plan()
    started = form.take(lambda: sequencing.start(people, plan, by=me(), intent=form.intent.data or ""))
    if started is None:
        return _proposal(form, sequencing.people(ids, seen_by=me())), 422
    undo.offer(_told(started), url_for("sequences.take_back", batch=form.intent.data))
    return redirect(back_to(started[0].candidate) if len(people) == 1 else url_for("sequences.index"), 303)


@bp.post("/sequences/undo")
def take_back() -> ResponseReturnValue:
    undone, stopped = sequencing.undo(request.args.get("batch", ""), by=me())
    everybody = [*undone, *stopped]
    if stopped:
        flash(f"Stopped. {words.several(sum(one.handed_over for one in stopped), 'letter')} had gone already.")
    elif undone:
        flash("Taken back: nothing went.")
    return redirect(back_to(everybody[0].candidate) if len(everybody) == 1 else url_for("sequences.index"), 303)


@bp.post("/sequences/<sequence_id>/stop")
def stop(sequence_id: str) -> ResponseReturnValue:
    sequence = sequencing.stop(sequences.find(sequence_id, seen_by=me()), by=me())
    flash(f"Stopped: {sequence.candidate.full_name} gets no more of these letters.")
    return redirect(back_to(sequence.candidate), 303)


# --- one of its letters


@bp.route("/sequences/steps/<step_id>", methods=["GET", "POST"])
def step(step_id: str) -> ResponseReturnValue:
    found, sequence = sequences.find_step(step_id, seen_by=me())
    form = SequenceStepForm(data={"subject": found.subject, "text": found.text, "on": sequence.day_of(found)})
    if request.method == "GET":
        return _step_page(form, found, sequence)
    changed = form.take(lambda: _changed(form, found, sequence))
    if changed is None:
        return _step_page(form, *sequences.find_step(step_id, seen_by=me())), 422
    flash(f"Saved. It goes on {words.day(sequence.day_of(found))}, unless something ends the sequence before.")
    return redirect(back_to(sequence.candidate), 303)


@bp.post("/sequences/steps/<step_id>/skip")
def skip(step_id: str) -> ResponseReturnValue:
    found, sequence = sequences.find_step(step_id, seen_by=me())
    sequencing.skip(found, sequence, by=me())
    undo.offer(f"“{found.subject}” is left out.", url_for("sequences.put_back", step_id=step_id))
    return redirect(back_to(sequence.candidate), 303)


@bp.post("/sequences/steps/<step_id>/skip/undo")
def put_back(step_id: str) -> ResponseReturnValue:
    found, sequence = sequences.find_step(step_id, seen_by=me())
    sequencing.take_skip_back(found, sequence, by=me())
    flash(f"“{found.subject}” goes on {words.day(sequence.day_of(found))}.")
    return redirect(back_to(sequence.candidate), 303)


# --- plans of one's own


@bp.route("/sequences/plans/new", methods=["GET", "POST"])
def new_plan() -> ResponseReturnValue:
    form = PlanForm()
    if request.method == "GET":
        return _plan_page(form)
    added = form.take(lambda: sequence_plans.add(name=form.name.data or "", steps=form.given(), by=me()))
    return (_plan_page(form), 422) if added is None else _saved(added)


@bp.route("/sequences/plans/<plan_id>", methods=["GET", "POST"])
def plan(plan_id: str) -> ResponseReturnValue:
    row = sequence_plans.row(plan_id, seen_by=me())
    form = PlanForm(data=shown(row.plan))
    if request.method == "GET":
        return _plan_page(form, row)
    saved = form.take(lambda: sequence_plans.change(row, name=form.name.data or "", steps=form.given(), by=me()))
    return (_plan_page(form, sequence_plans.row(plan_id, seen_by=me())), 422) if saved is None else _saved(saved)


@bp.post("/sequences/plans/<plan_id>/removal")
def remove_plan(plan_id: str) -> ResponseReturnValue:
    row = sequence_plans.row(plan_id, seen_by=me())
    sequence_plans.remove(row)
    undo.offer(f"“{row.name}” is removed. What runs goes on.", url_for("sequences.restore_plan", plan_id=plan_id))
    return redirect(url_for("sequences.index"), 303)


@bp.post("/sequences/plans/<plan_id>/removal/undo")
def restore_plan(plan_id: str) -> ResponseReturnValue:
    row = sequence_plans.row(plan_id, seen_by=me(), removed=True)
    sequence_plans.put_back(row)
    flash(f"“{row.name}” is back.")
    return redirect(url_for("sequences.index"), 303)


# --- parts


def _plan() -> Plan:
    key = request.values.get("plan", "")
    return sequence_plans.find(key, seen_by=me()) if key else sequence_plans.STARTING[0]


def _proposal(form: StartForm, people: list[Candidate]) -> str:
    chosen = _plan()
    form.plan.data = chosen.key
    proposals = sequencing.propose(people, chosen, by=me())
    return render_template(
        "sequences/new.html",
        form=form,
        people=people,
        chosen=chosen,
        choices=_choices(chosen, people),
        get_it=[one for one in proposals if not one.against],
        left_out=[one for one in proposals if one.against],
        back=request.values.get("back", ""),
        most=sequencing.MOST_PEOPLE,
        time_zone=me().time_zone,
    )


def _choices(chosen: Plan, people: list[Candidate]) -> list[dict[str, object]]:
    ids = [person.id for person in people]
    return [
        {"label": plan.name, "on": plan.key == chosen.key,
         "url": url_for("sequences.new", people=ids, plan=plan.key, back=request.values.get("back"))}
        for plan in sequence_plans.offered(me())
    ]  # fmt: skip


def _told(started: list[Sequence]) -> str:
    first = started[0]
    day = words.day(first.day_of(first.steps[0]))
    if len(started) > 1:
        return f"“{first.plan}” runs for {len(started)} people; the first letters go on {day}."
    return f"“{first.plan}” runs for {first.candidate.full_name}; the first letter goes on {day}."


def _changed(form: SequenceStepForm, found: SequenceStep, sequence: Sequence) -> Sequence:
    sequencing.change(found, sequence, subject=form.subject.data, text=form.text.data, on=form.on.data, by=me())
    return sequence


def _step_page(form: SequenceStepForm, found: SequenceStep, sequence: Sequence) -> str:
    return render_template(
        "sequences/step.html",
        form=form,
        step=found,
        sequence=sequence,
        back=request.values.get("back", ""),
        hour=zones.local(found.due_at, sequence.by.time_zone),
        is_mine=sequence.by_id == me().id,
    )


def _plan_page(form: PlanForm, row: SequencePlan | None = None) -> str:
    return render_template("sequences/plan.html", form=form, row=row, quiet_days=sequence_plans.QUIET_DAYS)


def _saved(row: SequencePlan) -> ResponseReturnValue:
    flash(f"“{row.name}” is saved.")
    return redirect(url_for("sequences.index"), 303)
