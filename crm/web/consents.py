"""What a candidate agreed to: recorded with its evidence, withdrawn as easily."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm.domain import candidates, consents, withdrawals
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.forms.candidates import ConsentForm
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("consents", __name__)


@bp.route("/candidates/<candidate_id>/consents", methods=["GET", "POST"])
def record(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = ConsentForm()
    if request.method == "GET":
        return render_template("consents/form.html", form=form, candidate=candidate)
    if form.take(lambda: _recorded(candidate, form)) is None:
        candidate = candidates.find(candidate_id, seen_by=me())
        return render_template("consents/form.html", form=form, candidate=candidate), 422
    flash("The yes is on record.")
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/consents/<consent_id>/withdrawal")
def withdraw(candidate_id: str, consent_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    too_late = withdrawals.withdraw(consents.find(candidate, consent_id), by=me())
    flash("Withdrawn. Nothing more leaves on this permission.")
    for forward in too_late:
        flash(withdrawals.sentence(forward), "no")
    return redirect(back_to(candidate), 303)


def _recorded(candidate: Candidate, form: ConsentForm) -> Consent:
    return consents.record(
        candidate, purpose=form.purpose.data, evidence=form.evidence.data, by=me(), company=form.company.data or "",
        given_on=form.given_on.data, until=form.until.data, attachment=form.attachment.data,
    )  # fmt: skip
