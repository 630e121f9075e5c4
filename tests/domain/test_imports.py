"""What holds for an import whatever happens: killed, the same person twice, erased people, the basis."""

import io

import pytest
from sqlalchemy import func, select

from crm.db import db, unit_of_work
from crm.domain import (
    bases,
    cadences,
    candidate_tables,
    candidates,
    erasing,
    importing,
    imports,
    personal_letters,
    roles,
    suppressions,
    users,
)
from crm.domain.candidates import Candidate
from crm.domain.imports import FileImport, ImportRow
from tests import make, people


def brought(content, **chosen):
    told = imports.receive("people.csv", content.encode())
    with unit_of_work(writes=True):
        alice = users.by_email(people.address("alice"))
        found = imports.bring(told, by=alice)
        imports.check(found, by=alice, fields=found.fields, **chosen)
        import_id = found.id
    importing.work(import_id)
    return import_id


def taken(content, **chosen):
    import_id = brought(content, **chosen)
    with unit_of_work(writes=True):
        imports.start(db.session.get(FileImport, import_id), by=users.by_email(people.address("alice")))
    importing.work(import_id)
    return import_id


def counts(import_id):
    with unit_of_work(writes=False):
        found = db.session.get(FileImport, import_id)
        return {name: found.count(name) for name in ("made", "updated", "known", "left") if found.count(name)}


def names():
    with unit_of_work(writes=False):
        return sorted(db.session.scalars(select(Candidate.full_name)))


def rows(count):
    return "Name,Email\n" + "".join(f"Person {n},p{n}@example.org\n" for n in range(count))


def test_killed_in_the_middle_it_goes_on_where_it_was(app, monkeypatch):
    monkeypatch.setattr(importing, "BATCH", 10)
    note, asked = importing._note, []

    def dies(*told):
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt
        note(*told)

    with app.app_context():
        import_id = brought(rows(45))
        with unit_of_work(writes=True):
            imports.start(db.session.get(FileImport, import_id), by=users.by_email(people.address("alice")))
        monkeypatch.setattr(importing, "_note", dies)
        with pytest.raises(KeyboardInterrupt):
            importing.work(import_id)
        assert 15 < len(names()) < 25
        importing.work(import_id)
        assert len(names()) == 45
        assert counts(import_id) == {"made": 45}
        with unit_of_work(writes=False):
            assert db.session.scalar(select(func.count()).select_from(ImportRow)) == 45


def test_who_stands_in_a_file_twice_is_one_person_with_both_roles(app):
    with app.app_context():
        import_id = taken("Name,Email,Job,Stage,Status\nAda Byron,ada@example.org,Chef,Offer,hired\n"
                          "Ada Byron,ADA@example.org,Baker,Screen,rejected\n")  # fmt: skip
        assert counts(import_id) == {"made": 1, "updated": 1}
        assert names() == ["Ada Byron"]
        with unit_of_work(writes=False):
            alice = users.by_email(people.address("alice"))
            assert sorted(db.session.scalars(select(roles.Role.title))) == ["Baker", "Chef"]
            told = b"".join(candidate_tables.table(select(Candidate), "csv", seen_by=alice)).decode()
        assert "Chef: offer, hired" in told
        assert "Baker: screen, passed over" in told


def test_one_address_is_no_proof_of_one_person(app):
    with app.app_context():
        taken("Name,Email\nAda Byron,family@example.org\nBo Ek,family@example.org\n")
        assert names() == ["Ada Byron", "Bo Ek"]


def test_no_file_brings_back_whose_record_was_erased_or_deleted(app):
    with app.app_context():
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            erasing.erase(make.candidate(alice, "Gone Girl", email="gone@example.org"))
            candidates.delete(make.candidate(alice, "Del Eted", email="del@example.org"), by=alice)
        import_id = brought("Name,Email\nGone Girl,GONE+x@example.org\nDel Eted,del@example.org\n")
        assert counts(import_id) == {"left": 2}


def test_whoever_asked_for_silence_keeps_it(app):
    with app.app_context():
        with unit_of_work(writes=True):
            suppressions.add("ada@example.org", why="unsubscribed")
        import_id = taken("Name,Email\nAda Byron,ada@example.org\n")
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            found = db.session.get(FileImport, import_id)
            bases.record_for_all(found, evidence="applied in 2023", basis="application", by=alice)
        with unit_of_work(writes=False):
            alice = users.by_email(people.address("alice"))
            ada = candidates.by_email("ada@example.org", seen_by=alice)
            assert "asked not to be written to" in personal_letters.stands_against(ada)


def test_nobody_is_contacted_before_the_basis_is_on_record(app):
    with app.app_context():
        import_id = taken(rows(3))
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            reachable = select(func.count()).select_from(Candidate).where(cadences.reachable())
            assert db.session.scalar(reachable) == 0
            first = candidates.by_email("p0@example.org", seen_by=alice)
            assert bases.is_missing(first)
            assert "record first on what basis" in personal_letters.stands_against(first)
            bases.record(first, evidence="applied in 2023", basis="application", by=alice)
            assert personal_letters.stands_against(first) == ""
            found = db.session.get(FileImport, import_id)
            assert bases.missing_in(found) == 2
            assert bases.record_for_all(found, evidence="applied", basis="application", by=alice) == 2
            assert bases.record_for_all(found, evidence="applied", basis="application", by=alice) == 0
            assert db.session.scalar(reachable) == 3


def test_an_export_says_nothing_of_hidden_people_and_sealed_roles(app):
    with app.app_context():
        with unit_of_work(writes=True):
            alice = users.by_email(people.address("alice"))
            ada = make.candidate(alice, "=Ada", email="ada@example.org")
            make.near_miss(ada, make.role(alice, "Falcon", status="sealed"), alice)
            make.candidate(alice, "Hid Den", email="hid@example.org", visibility="owner")
        with unit_of_work(writes=False):
            bob = users.by_email(people.address("bob"))
            told = {kind: b"".join(candidate_tables.table(select(Candidate), kind, seen_by=bob))
                    for kind in candidate_tables.KINDS}  # fmt: skip
        assert b'"\'=Ada"' in told["csv"]
        assert not any(word in kind for kind in (told["csv"], told["json"]) for word in (b"Falcon", b"Hid Den"))
        assert io.BytesIO(told["xlsx"]).read(2) == b"PK"
