"""Words that nobody guesses."""

import re
import string

from crm.kit import tokens


def test_an_id_is_twenty_plain_characters():
    assert re.fullmatch(r"[0-9a-z]{20}", tokens.new_id())


def test_ids_come_in_the_order_of_time(monkeypatch):
    """New rows lie together in the index."""
    made = []
    for milliseconds in (0, 1, 1_780_000_000_000, 1_780_000_000_001, 32**9 - 1):
        monkeypatch.setattr("crm.kit.tokens.time.time_ns", lambda at=milliseconds: at * 1_000_000)
        made.append(tokens.new_id())
    assert made == sorted(made)


def test_ids_of_one_moment_differ(monkeypatch):
    monkeypatch.setattr("crm.kit.tokens.time.time_ns", lambda: 1_780_000_000_000_000_000)
    ids = {tokens.new_id() for _ in range(2_000)}
    assert len(ids) == 2_000
    assert len({one[:9] for one in ids}) == 1


def test_every_character_of_the_random_part_varies():
    ends = [tokens.new_id()[9:] for _ in range(500)]
    assert all(len({end[place] for end in ends}) > 20 for place in range(11))


def test_a_link_has_192_random_bits():
    links = {tokens.new_link() for _ in range(500)}
    assert len(links) == 500
    assert all(re.fullmatch(r"[\w-]{32}", link) for link in links)


def test_a_code_can_be_read_out():
    code = tokens.new_code()
    assert re.fullmatch(r"\w{4}-\w{4}-\w{4}", code)
    letters = set("".join(tokens.new_code() for _ in range(300))) - {"-"}
    assert not letters & set("01ilo" + string.ascii_uppercase)
    assert len(letters) == len(tokens.CODE_ALPHABET) == len(set(tokens.CODE_ALPHABET))


def test_a_digest_is_the_same_for_the_same_token_only():
    token = tokens.new_link()
    assert tokens.digest(token) == tokens.digest(token)
    assert tokens.digest(token) != tokens.digest(token[:-1])
    assert token not in tokens.digest(token)
    assert len(tokens.digest(token)) == 64


def test_a_digest_takes_whatever_is_sent():
    for token in ("", "é", "👩‍💻", "\x00", "x" * 100_000):
        assert len(tokens.digest(token)) == 64
