"""The words of the API and the files: their codes, their sentences, their order."""

from __future__ import annotations

import json
import pickle

import pytest

from allocator.notation.vocabulary import Fallback, Method, Reason
from allocator.planning import Tier

WORDS = [*Method, *Fallback, *Reason]


@pytest.mark.parametrize("word", WORDS)
def test_a_word_is_its_text(word: Method | Fallback | Reason) -> None:
    assert word == word.value == str(word) == f"{word}"
    assert type(word)(str(word)) is word
    assert json.dumps(word) == f'"{word}"'


@pytest.mark.parametrize("word", WORDS)
def test_a_word_can_be_pickled(word: Method | Fallback | Reason) -> None:
    assert pickle.loads(pickle.dumps(word)) is word


def test_the_order_of_fallbacks_is_that_of_the_planner() -> None:
    tiers = {name: value for name, value in vars(Tier).items() if name.isupper()}
    assert tiers == {fallback.name: place for place, fallback in enumerate(Fallback)}


def test_codes_count_methods_from_0_and_reasons_from_1() -> None:
    assert [method.code for method in Method] == [0, 1, 2]
    assert [reason.code for reason in Reason] == list(range(1, 9))


def test_each_reason_and_fallback_has_a_sentence_of_its_own() -> None:
    sentences = [word.words for word in (*Fallback, *Reason)]
    assert all(sentences)
    assert len(set(sentences)) == len(sentences)


def test_what_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="BY PIGEON"):
        Method("BY PIGEON")
