"""What a value says in other words is found as the word alone tells (SPEC 5)."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from server.suggest import meanings


def test_what_one_person_s_words_stem_to_does_not_depend_on_what_others_ask_at_that_moment() -> None:
    ends = ("ing", "ed", "ion", "ional", "iveness", "ly", "ization", "s", "fulness", "")
    begins = ("relocat", "condition", "graduat", "electric", "transferr", "sensitiv", "depend", "famil", "incarcerat")
    words = [begin + letter + end for begin in begins for letter in "abcdefghij" for end in ends] * 5
    stem = meanings._stem.__wrapped__
    alone = [stem(word) for word in words]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        with ThreadPoolExecutor(2) as threads:
            forth, back = threads.map(lambda some: [stem(word) for word in some], (words, words[::-1]))
    finally:
        sys.setswitchinterval(before)
    assert forth == back[::-1] == alone
