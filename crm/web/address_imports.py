"""Colleagues from a file of addresses: choose the file, tick whom you want, and take it back."""

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from crm.domain import address_imports
from crm.domain.address_imports import ColleagueImport
from crm.forms.circle import AddressFileForm
from crm.kit import words
from crm.web import undo
from crm.web.access import me

bp = Blueprint("address_imports", __name__)
NUMBER = re.compile(r"[0-9]{1,6}")
"""Of a row in the file."""


@bp.route("/colleagues/imports/new", methods=["GET", "POST"])
def new() -> ResponseReturnValue:
    form = AddressFileForm()
    if request.method == "GET":
        return render_template("colleagues/import.html", form=form)
    sent = request.files.get("file")
    name, content = (sent.filename or "", sent.read(address_imports.LARGEST + 1)) if sent else ("", b"")
    brought = form.take(lambda: address_imports.read(name, content, by=me()))
    if brought is None:
        return render_template("colleagues/import.html", form=form), 422
    return redirect(url_for(".show", import_id=brought.id), 303)


@bp.get("/colleagues/imports/<import_id>")
def show(import_id: str) -> ResponseReturnValue:
    return _page(address_imports.find(import_id, by=me()), AddressFileForm(formdata=None))


@bp.post("/colleagues/imports/<import_id>")
def take(import_id: str) -> ResponseReturnValue:
    brought, form = address_imports.find(import_id, by=me()), AddressFileForm()
    numbers = {int(one) for one in request.form.getlist("numbers") if NUMBER.fullmatch(one)}
    added = form.take(lambda: address_imports.take(brought, numbers, by=me()))
    if added is None:
        return _page(address_imports.find(import_id, by=me()), form, 422)
    said = f"{words.several(len(added), 'colleague is', 'colleagues are')} in the address book."
    undo.offer(said, url_for(".take_back", import_id=brought.id))
    return redirect(url_for("colleagues.index"), 303)


@bp.post("/colleagues/imports/<import_id>/undo")
def take_back(import_id: str) -> ResponseReturnValue:
    gone, stay = address_imports.undo(address_imports.find(import_id, by=me()), by=me())
    kept = f" {', '.join(one.name for one in stay)}: kept, since something was done with them." if stay else ""
    flash(f"{words.several(gone, 'colleague')} taken out again.{kept}")
    return redirect(url_for("colleagues.index"), 303)


def _page(brought: ColleagueImport, form: AddressFileForm, status: int = 200) -> tuple[str, int]:
    page = render_template(
        "colleagues/imported.html", brought=brought, rows=address_imports.preview(brought), form=form,
        before=address_imports.before(brought),
    )  # fmt: skip
    return page, status
