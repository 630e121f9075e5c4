"""What a candidate agreed to: recorded with its evidence, withdrawn as easily."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm.domain import candidates, consents, forwarding_rules, permissions, withdrawals
from crm.domain.candidates import Candidate
from crm.domain.consents import Consent
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.forms.candidates import ConsentForm, RuleForm
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
    return permissions.record(
        candidate, purpose=form.purpose.data, evidence=form.evidence.data, by=me(), company=form.company.data or "",
        given_on=form.given_on.data, until=form.until.data, channel=form.channel.data, attachment=form.attachment.data,
    )  # fmt: skip


# --- what they said for all forwards


@bp.route("/candidates/<candidate_id>/rules", methods=["GET", "POST"])
def rule(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), RuleForm()
    if request.method == "GET":
        return render_template("consents/rule.html", form=form, candidate=candidate)
    given = form.take(lambda: _ruled(candidate, form))
    if given is None:
        candidate = candidates.find(candidate_id, seen_by=me())
        return render_template("consents/rule.html", form=form, candidate=candidate), 422
    rule, too_late = given
    flash(f"On record: forwards go {rule.words}.")
    for forward in too_late:
        flash(withdrawals.sentence(forward), "no")
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/rules/<rule_id>/lift")
def lift(candidate_id: str, rule_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    forwarding_rules.lift(forwarding_rules.find(candidate, rule_id), by=me(), why=request.form.get("why", ""))
    flash("That no longer holds.")
    return redirect(back_to(candidate), 303)


def _ruled(candidate: Candidate, form: RuleForm) -> tuple[ForwardingRule, list[Forward]]:
    return withdrawals.give_rule(
        candidate, kind=form.kind.data, company=form.company.data or "", by=me(), channel=form.channel.data,
        evidence=form.evidence.data or "",
    )  # fmt: skip
