"""Templates of letters: chosen from, written, previewed for somebody real, and every version of them."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import candidates, correspondence, finding, merging, roles, templates
from crm.domain.candidates import Candidate
from crm.domain.merging import Filled
from crm.domain.templates import LetterTemplate
from crm.forms.letters import TemplateForm
from crm.kit import gentle, tokens
from crm.web import undo
from crm.web.access import me

bp = Blueprint("templates", __name__)
ONE = "/templates/<template_id>"


@bp.get("/templates")
def index() -> str:
    return render_template("templates/index.html", templates=templates.listed(me()))


@bp.route("/templates/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = TemplateForm()
    form.offer(me())
    if request.method == "GET":
        form.intent.data = tokens.new_key()
        form.text.data = "Dear {first name},\n\n\n\nWith kind regards,\n{my name}\n{company}"
        return _page(form)
    added = form.take(lambda: templates.add(**_words(form), by=me(), intent=form.intent.data or ""))
    return (_page(form), 422) if added is None else _saved(added)


@bp.route(ONE, methods=["GET", "POST"])
def edit(template_id: str) -> ResponseReturnValue:
    template = templates.find(template_id, seen_by=me())
    form = TemplateForm(obj=template)
    form.offer(me(), (template.team.id, template.team.name) if template.team else None)
    if request.method == "GET":
        form.seen.data = str(template.number)
        return _page(form, template)
    words = _words(form) if template.may_be_changed(me()) else {**_words(form), "shared": None, "team_id": None}
    changed = form.take(lambda: templates.change(template, **words, by=me(), seen=_seen(form)))
    if changed is None:
        return _page(form, templates.find(template_id, seen_by=me())), 422
    return _saved(changed)


@bp.get(f"{ONE}/preview")
def preview(template_id: str) -> str:
    """For somebody real, whom the reader chooses; without a script, by a name that is only one person's."""
    template = templates.find(template_id, seen_by=me())
    candidate, typed = _chosen(), request.args.get("person", "").strip()
    role = roles.find(request.args["role"], seen_by=me()) if request.args.get("role") else None
    filled = [_filled(words, candidate, role) for words in (template.subject, template.text)]
    return render_template(
        "templates/preview.html",
        template=template,
        candidate=candidate,
        typed=typed,
        role=role,
        roles=correspondence.roles_to_name(candidate, seen_by=me()) if candidate else [],
        subject=filled[0].text,
        text=filled[1].text,
        missing=list(dict.fromkeys((*filled[0].missing, *filled[1].missing))),
        **_remarks(*(each.text for each in filled)),
    )


@bp.get(f"{ONE}/versions")
def versions(template_id: str) -> str:
    template = templates.find(template_id, seen_by=me())
    versions = templates.versions_of(template, seen_by=me())
    return render_template("templates/versions.html", template=template, versions=versions)


@bp.post(f"{ONE}/versions/<int:number>")
def bring_back(template_id: str, number: int) -> ResponseReturnValue:
    template = templates.bring_back(templates.find(template_id, seen_by=me()), number, by=me())
    flash(f"The words of version {number} are in use again.", "ok")
    return redirect(url_for(".versions", template_id=template.id), 303)


@bp.post(f"{ONE}/deletion")
def delete(template_id: str) -> ResponseReturnValue:
    template = templates.delete(templates.find(template_id, seen_by=me()), by=me())
    undo.offer(f"“{template.name}” is gone.", url_for(".restore", template_id=template.id))
    return redirect(url_for(".index"), 303)


@bp.post(f"{ONE}/deletion/undo")
def restore(template_id: str) -> ResponseReturnValue:
    template = templates.restore(templates.find_deleted(template_id, by=me()), by=me())
    flash(f"“{template.name}” is back.", "ok")
    return redirect(url_for(".index"), 303)


# --- parts


def _page(form: TemplateForm, template: LetterTemplate | None = None) -> str:
    words = (form.subject.data or "", form.text.data or "")
    return render_template(
        "templates/edit.html", form=form, template=template, fields=merging.FIELDS,
        strays=merging.strays(*words), **_remarks(*words),
    )  # fmt: skip


def _saved(template: LetterTemplate) -> ResponseReturnValue:
    flash(f"“{template.name}” is saved.", "ok")
    return redirect(url_for(".edit", template_id=template.id), 303)


def _words(form: TemplateForm) -> dict[str, Any]:
    names = ("name", "subject", "text", "purpose", "shared", "team_id")
    return {name: form[name].data or "" for name in names}


def _seen(form: TemplateForm) -> int | None:
    given = form.seen.data or ""
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else None


def _chosen() -> Candidate | None:
    chosen, typed = request.args.get("person_id", ""), request.args.get("person", "").strip()
    found = [one.id for one in finding.candidates_named(typed, seen_by=me())] if typed and not chosen else []
    if not chosen and len(found) != 1:
        return None
    return candidates.find(chosen or found[0], seen_by=me())


def _filled(words: str, candidate: Candidate | None, role: roles.Role | None) -> Filled:
    return merging.fill(words, candidate, by=me(), role=role) if candidate else Filled(words)


def _remarks(*words: str) -> dict[str, Any]:
    return {"remarks": gentle.remarks(*words), "remark": gentle.sentence}
