"""What a candidate agreed to: recorded with its evidence, withdrawn as easily."""

from flask import Blueprint, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from crm.domain import candidates, consents, forwarding_rules, permissions, personal_letters, withdrawals, workspace
from crm.domain.candidates import Candidate
from crm.domain.forwarding_rules import ForwardingRule
from crm.domain.forwards import Forward
from crm.domain.permissions import Recorded
from crm.forms.candidates import ConsentForm, RuleForm
from crm.web.access import me
from crm.web.candidate_page import back_to

bp = Blueprint("consents", __name__)


@bp.route("/candidates/<candidate_id>/consents", methods=["GET", "POST"])
def record(candidate_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    form = ConsentForm()
    if request.method == "GET":
        return _page(form, candidate)
    recorded = form.take(lambda: _recorded(candidate, form))
    if recorded is None:
        return _page(form, candidates.find(candidate_id, seen_by=me())), 422
    _say(recorded, candidate)
    return redirect(back_to(candidate), 303)


@bp.post("/candidates/<candidate_id>/consents/<consent_id>/withdrawal")
def withdraw(candidate_id: str, consent_id: str) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    too_late = withdrawals.withdraw(consents.find(candidate, consent_id), by=me())
    flash("Withdrawn. Nothing more leaves on this permission.")
    for forward in too_late:
        flash(withdrawals.sentence(forward), "no")
    return redirect(back_to(candidate), 303)


def _page(form: ConsentForm, candidate: Candidate) -> str:
    """With whether they can be told by a letter."""
    way = personal_letters.way_to(candidate)
    return render_template("consents/form.html", form=form, candidate=candidate, way=way)


def _say(recorded: Recorded, candidate: Candidate) -> None:
    flash(f"The yes is on record. {permissions.sentence(recorded.consent, candidate)}".strip())
    for forward in recorded.released:
        flash(f"The resume that waited for it leaves for {forward.colleague.name} at {forward.company}.")


def _recorded(candidate: Candidate, form: ConsentForm) -> Recorded:
    return permissions.write_down(
        candidate, purpose=form.purpose.data, evidence=form.evidence.data, by=me(), company=form.company.data or "",
        given_on=form.given_on.data, until=form.until.data, channel=form.channel.data, attachment=form.attachment.data,
    )  # fmt: skip


# --- what they said for all forwards


@bp.route("/candidates/<candidate_id>/rules", methods=["GET", "POST"])
def rule(candidate_id: str) -> ResponseReturnValue:
    candidate, form = candidates.find(candidate_id, seen_by=me()), RuleForm()
    if request.method == "GET":
        return render_template("consents/rule.html", form=form, candidate=candidate)
    if form.kind.data == "inside":
        return _inside(candidate, form)
    given = form.take(lambda: _ruled(candidate, form))
    if given is None:
        return _rule_again(candidate_id, form)
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


def _inside(candidate: Candidate, form: RuleForm) -> ResponseReturnValue:
    """A yes that covers this company, whoever is to get it here."""
    recorded = form.take(
        lambda: permissions.write_down(
            candidate, purpose="forward", evidence=form.evidence.data or "", company=workspace.name(), by=me(),
            channel=form.channel.data, attachment=False,
        )
    )  # fmt: skip
    if recorded is None:
        return _rule_again(candidate.id, form)
    _say(recorded, candidate)
    return redirect(back_to(candidate), 303)


def _rule_again(candidate_id: str, form: RuleForm) -> ResponseReturnValue:
    candidate = candidates.find(candidate_id, seen_by=me())
    return render_template("consents/rule.html", form=form, candidate=candidate), 422


def _ruled(candidate: Candidate, form: RuleForm) -> tuple[ForwardingRule, list[Forward]]:
    return withdrawals.give_rule(
        candidate, kind=form.kind.data, company=form.company.data or "", by=me(), channel=form.channel.data,
        evidence=form.evidence.data or "",
    )  # fmt: skip
