"""The page of one candidate: everything that is known, and every act, in one place."""

from datetime import timedelta

from flask import render_template, request, url_for

from crm.domain import cadences, door_openers, dossier, promises, sequences, timeline, touchpoints
from crm.domain.candidates import Candidate
from crm.domain.pools import Pool
from crm.domain.promises import Promise
from crm.domain.tags import Tag
from crm.forms.cadences import CadenceForm, PauseForm
from crm.forms.candidates import NextForm, TouchpointForm
from crm.kit import clock
from crm.web import access, leaving
from crm.web.access import me

SAID = {
    "availability": "Availability",
    "notice_period": "Notice",
    "remote": "Remote",
    "pay_expectation": "Pay expectation",
}


def page(
    candidate: Candidate, *, log: TouchpointForm | None = None, next_form: NextForm | None = None,
    pause_form: PauseForm | None = None, cadence_form: CadenceForm | None = None, upload_error: str = "",
    status: int = 200,
) -> tuple[str, int]:  # fmt: skip
    """A form that was filled in is given back with what is to be mended; the others are fresh."""
    whole = "all" in request.args
    known = dossier.of(candidate, seen_by=me(), whole_timeline=whole, find_same="check" in request.args)
    pace, stands_against = cadences.overview(candidate)
    return render_template(
        "candidates/show.html",
        candidate=candidate,
        known=known,
        tag_chips=_chips(candidate, known.tags),
        pool_chips=_pools(candidate, known.pools),
        said_facts=[(label, getattr(candidate, field)) for field, label in SAID.items()],
        tomorrow=clock.today() + timedelta(days=1),
        there_is_more=not whole and len(known.moments) == timeline.SHOWN_AT_FIRST,
        last_contact=touchpoints.last_contact(candidate),
        to_keep=[promise for promise in known.promises if promise.is_open and _may_settle(promise)],
        may_settle=_may_settle,
        ticked=request.form.getlist("keeps") if log else None,
        log=log or TouchpointForm(formdata=None),
        next_form=next_form or NextForm(formdata=None, on=candidate.next_on, why=candidate.next_why),
        sequence=sequences.of(candidate),
        in_touch=door_openers.of(candidate, seen_by=me()),
        leaves=lambda letter: leaving.at_words(letter.not_before, me()),
        stands_against=stands_against,
        pace=pace,
        pause_form=pause_form or PauseForm(formdata=None),
        cadence_form=cadence_form or CadenceForm(formdata=None, obj=candidate),
        upload_error=upload_error,
    ), status


def _may_settle(promise: Promise) -> bool:
    return promises.may_settle(promise, promise.candidate, by=me())


def _chips(candidate: Candidate, tags: list[Tag]) -> list[dict[str, str]]:
    return [
        {
            "name": tag.name,
            "url": url_for("candidates.index", tag=tag.name),
            "remove_url": url_for("tags.remove", candidate_id=candidate.id, tag_id=tag.id),
        }
        for tag in tags
    ]


def _pools(candidate: Candidate, kept: list[Pool]) -> list[dict[str, str]]:
    here = url_for("candidates.show", candidate_id=candidate.id)
    return [
        {
            "name": pool.name,
            "url": url_for("pools.show", pool_id=pool.id),
            "remove_url": url_for("pools.take_out", pool_id=pool.id, candidate_id=candidate.id, back=here),
        }
        for pool in kept
    ]


def back_to(candidate: Candidate) -> str:
    """The page that an act stood on, as the act itself names it; else the candidate's own."""
    named = request.values.get("back")
    return access.inside(named) if named else url_for("candidates.show", candidate_id=candidate.id)
