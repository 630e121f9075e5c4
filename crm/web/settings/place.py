"""The place itself: the company's name, the list of reasons, and how its mail leaves."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm import config
from crm.domain import applications, inbox, suppressions, workspace
from crm.domain.suppressions import Suppression
from crm.forms.settings import CompanyForm, ReasonsForm
from crm.mail.relay import Relay
from crm.web.access import admins_only, me
from crm.web.paging import page_of
from crm.web.settings.board import bp


@bp.route("/workspace", methods=["GET", "POST"])
@admins_only
def company() -> ResponseReturnValue:
    form = CompanyForm(company=workspace.name())
    if request.method == "POST" and form.take(lambda: workspace.rename(form.company.data, by=me())) is not None:
        flash("The company's name was changed.", "ok")
        return redirect(url_for("settings.company"), 303)
    return render_template("settings/workspace.html", form=form), 422 if form.errors else 200


@bp.route("/reasons", methods=["GET", "POST"])
@admins_only
def reasons() -> ResponseReturnValue:
    form = ReasonsForm(reasons="\n".join(applications.reasons()))
    lines = (form.reasons.data or "").splitlines()
    if request.method == "POST" and form.take(lambda: workspace.set_reasons(lines, by=me())) is not None:
        flash("The list was changed. What was recorded before keeps its words.", "ok")
        return redirect(url_for("settings.reasons"), 303)
    return render_template("settings/reasons.html", form=form), 422 if form.errors else 200


@bp.get("/mail")
@admins_only
def mail() -> str:
    """Never the password of the mail server, nor its user."""
    settings = config.current()
    relay = Relay.parse(settings.smtp_url) if settings.smtp_url else None
    return render_template(
        "settings/mail.html",
        relay=relay,
        settings=settings,
        cursors=inbox.cursors(),
        page=page_of(suppressions.listed(), Suppression.mailbox),
    )


@bp.post("/mail/suppressions/lift")
@admins_only
def lift_suppression() -> ResponseReturnValue:
    mailbox = request.form.get("mailbox", "")
    suppressions.lift(mailbox, by=me())
    flash(f"Letters may go to {mailbox} again.", "ok")
    return redirect(url_for("settings.mail"), 303)


@bp.post("/mail/test")
@admins_only
def write_test_letter() -> ResponseReturnValue:
    letter = workspace.write_test_letter(by=me())
    flash(f"A test letter to {letter.to_address} is on its way.", "ok")
    return redirect(url_for("settings.mail"), 303)
