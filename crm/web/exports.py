"""Candidates as a file to take away: those of a list or those chosen in it, and one from their page."""

from collections.abc import Callable, Iterator

from flask import Blueprint, Response, render_template, request, stream_with_context

from crm.db import unit_of_work
from crm.domain import bulk, candidates, policy, taking_out
from crm.domain.users import User
from crm.web.access import me
from crm.web.bulk import chosen_people

bp = Blueprint("exports", __name__)
LABELS = {"csv": "CSV", "xlsx": "Excel (XLSX)", "json": "JSON", "resume": "JSON Resume"}


@bp.get("/candidates/export")
def ask() -> str:
    policy.require("export", by=me())
    chosen = chosen_people()
    count, names = bulk.glance(chosen, seen_by=me())
    return render_template(
        "candidates/export.html", candidate=None, chosen=chosen, count=count, most=bulk.MOST_COUNTED, names=names,
        kinds=taking_out.KINDS, labels=LABELS,
    )  # fmt: skip


@bp.post("/candidates/export")
def take() -> Response:
    chosen, kind = chosen_people(), request.form.get("format", "")
    taking_out.note(chosen, kind, by=me())
    return _file("candidates", kind, lambda user: taking_out.table(chosen, kind, seen_by=user))


@bp.get("/candidates/<candidate_id>/export")
def ask_for_one(candidate_id: str) -> str:
    policy.require("export", by=me())
    candidate = candidates.find(candidate_id, seen_by=me())
    return render_template("candidates/export.html", candidate=candidate, kinds=taking_out.OF_ONE, labels=LABELS)


@bp.post("/candidates/<candidate_id>/export")
def take_one(candidate_id: str) -> Response:
    kind = request.form.get("format", "")
    taking_out.note_one(candidates.find(candidate_id, seen_by=me()), kind, by=me())

    def content(user: User) -> Iterator[bytes]:
        return taking_out.of_one(candidates.find(candidate_id, seen_by=user), kind, seen_by=user)

    return _file("candidate", kind, content)


def _file(name: str, kind: str, content: Callable[[User], Iterator[bytes]]) -> Response:
    """Sent while it is read, behind the transaction that notes it; so a large one needs neither memory nor the lock."""

    def told() -> Iterator[bytes]:
        with unit_of_work(writes=False):
            yield from content(me())

    response = Response(stream_with_context(told()), mimetype=taking_out.OF_ONE[kind])
    ending = "json" if kind == "resume" else kind
    response.headers.set("Content-Disposition", "attachment", filename=f"{name}.{ending}")
    return response
