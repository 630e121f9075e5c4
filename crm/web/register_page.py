"""The register of forwards: what of it is asked for, chips that ask for something else, and the whole as a table."""

from flask import Response, render_template, request, stream_with_context

from crm.domain import candidates, colleagues, limits, register
from crm.domain.errors import Missing
from crm.domain.forwards import Forward
from crm.domain.register import Wanted
from crm.domain.teasers import Teaser
from crm.kit import cells, clock
from crm.logs import log
from crm.web.access import me
from crm.web.page import as_date
from crm.web.paging import here, page_of

LONGEST_WORDS = 200
TABLES_AN_HOUR = 100
TOO_MANY = "You have downloaded the register often within this hour. Please come back later."
STATES = {
    "": "All", "awaiting_consent": "Waits for the yes", "queued": "Waiting to leave", "sent": "Sent",
    "opened": "Opened", "answered": "Answered", "refused": "Said no", "expired": "Expired", "revoked": "Revoked",
    "failed": "Not sent", register.TEASERS: "Without a name",
}  # fmt: skip


def page() -> str:
    wanted = _wanted()
    if wanted.state == register.TEASERS:
        return _teasers(wanted)
    found = page_of(register.wanted(wanted, seen_by=me()), Forward.created_at, Forward.id, newest_first=True)
    return render_template(
        "forwards/index.html", page=found, entries=register.entries(list(found.items)), wanted=wanted,
        states=_states(wanted.state), of=_of(wanted), here=here, table=_table_url(),
    )  # fmt: skip


def _teasers(wanted: Wanted) -> str:
    """Who was introduced without a name, by the same words, and how far each has come."""
    query = register.teasers_wanted(wanted, seen_by=me())
    return render_template(
        "forwards/index.html", page=page_of(query, Teaser.created_at, Teaser.id, newest_first=True), wanted=wanted,
        states=_states(wanted.state), of=_of(wanted), here=here, table=_table_url(),
    )  # fmt: skip


def table() -> Response:
    """The same rows, all of them, as they are read from the database. Who took them is in the log."""
    limits.count(f"register {me().id}", allowed=TABLES_AN_HOUR, seconds=3_600, sentence=TOO_MANY)
    log.info("the register was downloaded", extra={"facts": {"by": me().id}})
    lines = cells.csv_lines(register.HEAD, register.table(_wanted(), seen_by=me()))
    response = Response(stream_with_context(lines), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=f"forwards-{clock.today()}.csv")
    return response


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        state=asked.get("state", "") if asked.get("state") in STATES else "",
        person=asked.get("person", "").strip()[:LONGEST_WORDS],
        colleague=asked.get("colleague", "").strip()[:LONGEST_WORDS],
        company=asked.get("company", "").strip()[:LONGEST_WORDS],
        since=as_date(asked.get("from")),
        until=as_date(asked.get("to")),
        candidate_id=asked.get("candidate_id", ""),
        colleague_id=asked.get("colleague_id", ""),
    )


def _states(state: str) -> list[dict[str, object]]:
    return [{"label": label, "url": here(state=word or None), "on": word == state} for word, label in STATES.items()]


def _of(wanted: Wanted) -> list[dict[str, object]]:
    """The one person, or the one colleague, that the list was opened for; pressed, the chip lets them go."""
    chips: list[dict[str, object]] = []
    if wanted.candidate_id:
        chips.append({"label": _name(wanted.candidate_id), "on": True, "url": here(candidate_id=None)})
    if wanted.colleague_id:
        chips.append({"label": _colleague(wanted.colleague_id), "on": True, "url": here(colleague_id=None)})
    return chips


def _name(candidate_id: str) -> str:
    try:
        return candidates.find(candidate_id, seen_by=me()).full_name
    except Missing:
        return "Somebody who is not on the list"


def _colleague(colleague_id: str) -> str:
    try:
        return colleagues.find(colleague_id).name
    except Missing:
        return "Somebody who is not in the address book"


def _table_url() -> str:
    return here().replace("/forwards", "/forwards.csv", 1)
