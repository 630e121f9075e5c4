"""How often to be in touch, where a person has no cadence of their own."""

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from crm.domain import cadences, policy, tags
from crm.domain.cadences import BENCH, EVERYBODY, USUAL, Cadence
from crm.domain.errors import Missing, Refused
from crm.forms.cadences import DefaultForm, TagDefaultForm
from crm.web.access import me
from crm.web.settings.board import bp

NAMES = {EVERYBODY: "Everybody", BENCH: "Whoever is on a bench"}


@bp.get("/cadences")
def cadence_defaults() -> ResponseReturnValue:
    return _page()


@bp.post("/cadences/<which>")
def set_cadence(which: str) -> ResponseReturnValue:
    """Of everybody, of the bench, or of a tag that has one already."""
    policy.require("cadences", by=me())
    tag_id = None if which in NAMES else _known(which).tag_id
    form = DefaultForm(prefix=which)
    if form.take(lambda: _set(form, which, tag_id)) is None:
        return _page(changed={which: form}, status=422)
    flash("The cadence was changed. It holds from the next contact on.", "ok")
    return redirect(url_for("settings.cadence_defaults"), 303)


@bp.post("/cadences")
def add_cadence() -> ResponseReturnValue:
    policy.require("cadences", by=me())
    form = TagDefaultForm()
    if form.take(lambda: _add(form)) is None:
        return _page(new=form, status=422)
    flash("Whoever carries the tag is kept in touch with like that from the next contact on.", "ok")
    return redirect(url_for("settings.cadence_defaults"), 303)


@bp.post("/cadences/<which>/removal")
def drop_cadence(which: str) -> ResponseReturnValue:
    policy.require("cadences", by=me())
    if which not in NAMES:
        _known(which)
    cadences.drop_default(which, by=me())
    flash("That cadence is gone. What holds for everybody holds again.", "ok")
    return redirect(url_for("settings.cadence_defaults"), 303)


def _page(
    *, changed: dict[str, DefaultForm] | None = None, new: TagDefaultForm | None = None, status: int = 200
) -> ResponseReturnValue:
    found = {one.id: (one, name) for one, name in tags.cadences_known_to(me())}
    everybody = found.get(EVERYBODY)
    usual = (everybody[0].target_days, everybody[0].latest_days) if everybody else USUAL
    rows = []
    for which in dict.fromkeys([EVERYBODY, BENCH, *found]):
        one = found.get(which)
        days = (one[0].target_days, one[0].latest_days) if one else usual
        form = (changed or {}).get(which) or DefaultForm(
            formdata=None, prefix=which, target_days=days[0], latest_days=days[1]
        )
        rows.append({"id": which, "name": NAMES.get(which) or f"# {one[1] if one else ''}", "form": form,
                     "is_set": one is not None, "days": days})  # fmt: skip
    return render_template("settings/cadences.html", rows=rows, new=new or TagDefaultForm(formdata=None)), status


def _known(which: str) -> Cadence:
    found = next((one for one, _ in tags.cadences_known_to(me()) if one.id == which), None)
    if found is None:
        raise Missing
    return found


def _add(form: TagDefaultForm) -> Cadence:
    tag = tags.known_as(form.tag.data or "", seen_by=me())
    if tag is None:
        raise Refused("Nobody carries this tag yet.", field="tag")
    return _set(form, tag.id, tag.id)


def _set(form: DefaultForm, which: str, tag_id: str | None) -> Cadence:
    target, latest = form.target_days.data, form.latest_days.data
    return cadences.set_default(which, target_days=target, latest_days=latest, by=me(), tag_id=tag_id)
