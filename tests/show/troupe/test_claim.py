from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from show.troupe import claim
from show.troupe.claim import Claim, Claims

CLAIMS = st.lists(st.builds(Claim, st.integers(0, 5), st.sampled_from(["a", "b", "c"])), min_size=1)


def test_the_first_claim_has_the_first_epoch() -> None:
    claims = Claims("left")
    assert not claims.mine
    assert claims.next() == Claim(1, "left")
    claims.hear(claims.next())
    assert claims.mine
    assert claims.next() == Claim(2, "left")


def test_a_higher_claim_deposes() -> None:
    claims = Claims("left")
    claims.hear(Claim(1, "left"))
    assert claims.hear(Claim(2, "right")) is None
    assert not claims.mine


def test_who_comes_back_with_an_old_claim_is_told_the_one_that_holds() -> None:
    claims = Claims("right")
    claims.hear(Claim(2, "right"))
    assert claims.hear(Claim(1, "left")) == Claim(2, "right")
    assert claims.mine


def test_a_bystander_says_nothing() -> None:
    claims = Claims("third")
    claims.hear(Claim(2, "right"))
    assert claims.hear(Claim(1, "left")) is None
    assert claims.holds == Claim(2, "right")


@given(CLAIMS, st.randoms())
def test_all_who_hear_the_same_in_any_order_agree(heard: list[Claim], random: object) -> None:
    shuffled = list(heard)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = Claims("a"), Claims("b")
    for c in heard:
        one.hear(c)
    for c in shuffled:
        other.hear(c)
    assert one.holds == other.holds == max(heard)
    assert not (one.mine and other.mine)


def test_a_claim_is_read_as_it_was_written() -> None:
    assert claim.read(Claim(3, "left").to_json().encode()) == Claim(3, "left")


@pytest.mark.parametrize("payload", [b"", b"{}", b"[]", b'{"epoch": "x", "name": "a"}', b"\xff"])
def test_what_is_no_claim_is_named(payload: bytes) -> None:
    with pytest.raises(ValueError, match="found no claim"):
        claim.read(payload)
