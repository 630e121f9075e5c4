"""Who may fit at all: a first, rough choice of a few hundred, made by the database over words that tell.

Every word adds what it tells, on both databases alike; how well somebody fits is asked of those who are chosen.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, Subquery, and_, func, literal, select, text, union_all

from crm.db import db, is_sqlite
from crm.domain import cadences, candidates, match_history
from crm.domain.candidates import Candidate
from crm.domain.profiles import Profile
from crm.domain.search import FTS, Entry
from crm.domain.users import User
from crm.kit import ranking, word_forms
from crm.kit.ranking import Wanted
from crm.kit.work_words import plain

MOST = 300
MORE = 4_000
"""Where most of the first cannot be shown to the reader."""
OF_A_FIELD = 150
MOST_WORDS = 24
MOST_ROWS = 20_000
"""So many places of words are looked at; a word that stands everywhere says little and costs most."""


def likely(wanted: Wanted, pool: ranking.Pool, *, role_ids: list[str], seen_by: User) -> set[str]:
    """Ids of people whom the reader may see and who may be asked, and of those who were met for one of the roles or
    whom somebody would hire for such a one; by one statement, where no more is needed.
    """
    words = _chosen(wanted, pool)
    by_words = [_by_words(words, wanted.written, seen_by, MOST)] if words else []
    by_field = [_of_field(field, seen_by) for field in list(wanted.fields)[:2]]
    rows = db.session.execute(union_all(*by_words, *by_field, *match_history.known(role_ids, seen_by=seen_by))).all()
    tried = [row for row in rows if row.how == "words"]
    found = {row.who for row in rows if row.who is not None and match_history.is_meant(wanted.title, row)}
    if len(tried) == MOST and sum(row.who is not None for row in tried) < MOST // 3:
        more = db.session.execute(_by_words(words, wanted.written, seen_by, MORE))
        found |= set(sorted(row.who for row in more if row.who is not None)[-MOST:])
    return found


def _chosen(wanted: Wanted, pool: ranking.Pool) -> dict[str, float]:
    """The words that are worth most and cost least, with what each is worth."""
    worth = ranking.weights(wanted, pool)
    left, chosen = MOST_ROWS, dict[str, float]()
    for word, weight in sorted(worth.items(), key=lambda one: (-one[1], one[0])):
        rows = round(pool.entries * pool.people.get(word, 0) / pool.texts) if pool.texts else 0
        if rows <= left or not chosen:
            chosen[word] = round(weight, 3)
            left -= rows
        if len(chosen) == MOST_WORDS:
            break
    return chosen


def _by_words(words: Mapping[str, float], written: Mapping[str, str], user: User, most: int) -> Select[Any]:
    """One row for each of the best; without an id where they cannot be shown."""
    places = (
        _places(number, word, plain(written.get(word, word)), weight)
        for number, (word, weight) in enumerate(words.items())
    )
    best = _best(union_all(*places).subquery(), most)
    shown = and_(Candidate.id == Entry.subject_id, candidates.visible_to(user), cadences.reachable())
    found = select(*match_history.row("words", Candidate.id)).select_from(best).join(Entry, best.c.id == Entry.id)
    return found.outerjoin(Candidate, shown)


def _best(found: Subquery, most: int) -> Subquery:
    worth = func.sum(found.c.worth)
    return select(found.c.id).group_by(found.c.id).order_by(worth.desc(), found.c.id.desc()).limit(most).subquery()


def _places(number: int, word: str, written: str, weight: float) -> Select[int, float]:
    forms = list(dict.fromkeys([*word_forms.of(word), *word_forms.of(written)]))
    if is_sqlite():
        quoted = " OR ".join(f'"{form}"' for form in forms)
        wanted = f"kind : candidate AND {{words}} : ({quoted})"
        places = select(FTS.c.rowid.label("id"), literal(weight).label("worth"))
        return places.where(FTS.c.search_fts.op("MATCH")(wanted))
    asked = {f"word_{number}": " | ".join(f"'{form}':D" for form in forms)}
    matches = text(f"search_entry.document @@ to_tsquery('simple', :word_{number})").bindparams(**asked)
    return select(Entry.id.label("id"), literal(weight).label("worth")).where(Entry.kind == "candidate", matches)


def _of_field(field: str, user: User) -> Select[Any]:
    """Those whose resume is most about it."""
    strongest = (
        select(Profile.candidate_id)
        .join(Candidate, Candidate.id == Profile.candidate_id)
        .where(Profile.field == field, candidates.visible_to(user), cadences.reachable())
        .order_by(Profile.strength.desc(), Profile.candidate_id.desc())
        .limit(OF_A_FIELD)
        .subquery()
    )
    return select(*match_history.row("field", strongest.c.candidate_id))
