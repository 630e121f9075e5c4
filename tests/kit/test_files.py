"""Stored files: whole, private, under names of our own."""

import os
import stat
import time

import pytest

from crm.kit import files
from crm.kit.files import Missing, Store

CONTENT = bytes(range(256)) * 40


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "files")


def test_what_is_kept_is_read_back(store):
    key = store.keep(CONTENT)
    assert store.read(key) == CONTENT
    assert store.all_keys() == [key]


def test_two_people_never_share_a_file(store):
    first, second = store.keep(CONTENT), store.keep(CONTENT)
    store.remove(first)
    assert store.read(second) == CONTENT


def test_only_the_owner_of_the_process_can_read_it(store):
    key = store.keep(CONTENT)
    path = store.folder / key[:2] / key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_name_says_nothing_of_the_content(store):
    key = store.keep(CONTENT)
    assert len(key) == 40
    assert files.sha256(CONTENT)[:40] != key


@pytest.mark.parametrize("key", ["", "no", "../secret-key", "..", "a/b", "a\x00b", "é", "x" * 300])
def test_what_is_not_there_is_missing(store, key):
    (store.folder).mkdir()
    (store.folder.parent / "secret-key").write_bytes(b"secret")
    with pytest.raises(Missing):
        store.read(key)


def test_a_removed_file_is_gone_and_removing_it_again_is_no_trouble(store):
    key = store.keep(CONTENT)
    store.remove(key)
    store.remove(key)
    with pytest.raises(Missing):
        store.read(key)
    assert store.all_keys() == []


def test_an_interrupted_upload_is_no_file_and_is_swept_away(store, monkeypatch):
    def die(handle):
        if stat.S_ISREG(os.fstat(handle).st_mode):
            raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", die)
    with pytest.raises(KeyboardInterrupt):
        store.keep(CONTENT)
    monkeypatch.undo()
    assert store.all_keys() == []
    assert store.sweep(before=time.time() - 60) == 0  # it may still be on its way
    assert store.sweep(before=time.time() + 60) == 1
    assert not list(store.folder.glob("??/*"))


def test_a_sweep_leaves_whole_files(store):
    key = store.keep(CONTENT)
    store.sweep(before=time.time() + 60)
    assert store.read(key) == CONTENT


def test_a_full_disk_leaves_nothing_half_written(store, monkeypatch):
    def full(_handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.keep(CONTENT)
    assert store.all_keys() == []


def test_the_age_is_that_of_the_last_write(store):
    key = store.keep(CONTENT)
    assert abs(store.age(key) - time.time()) < 5


def test_nothing_is_kept_yet(store):
    assert store.all_keys() == []
    assert store.sweep(before=time.time()) == 0
