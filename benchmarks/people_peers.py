"""What else could tell people apart: difflib, two of RapidFuzz's ratios, and Splink as it comes.

None of them says by itself when nobody is meant; difflib leaves out what is less than 0.6 alike, as it does by
default. Each compares the fields that a row tells, as one text, but for Splink, which compares them one by one.
"""

from __future__ import annotations

import contextlib
import difflib
import logging
import warnings
from collections.abc import Callable, Sequence
from typing import Any, Final

import numpy as np
from rapidfuzz import fuzz, process

from benchmarks.people_sets import Found, Likely, Person

MOST: Final = 5
_AT_ONCE: Final = 500


def _text(person: Person, shown: Sequence[Person]) -> str:
    """Those fields of a person that any of the rows tells."""
    told = [any(row[place] for row in shown) for place in range(len(person))]
    return " ".join(value for place, value in enumerate(person) if place and told[place] and value)


class _Ratio:
    """Everybody, by a ratio of the whole texts."""

    scorer: Callable[..., float]

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people

    def __call__(self, shown: Sequence[Person]) -> Found:
        choices = [self.prepared(_text(person, shown)) for person in self._people]
        found: Found = []
        for start in range(0, len(shown), _AT_ONCE):
            texts = [self.prepared(_text(row, shown)) for row in shown[start : start + _AT_ONCE]]
            ratios = process.cdist(texts, choices, scorer=self.scorer, dtype=np.float32)
            for line in np.argsort(-ratios, axis=1, kind="stable")[:, :MOST]:
                found.append(Likely([self._people[place].participant_id for place in line]))
        return found

    def prepared(self, text: str) -> str:
        return text

    def close(self) -> None:
        """Nothing is held."""


class WRatio(_Ratio):
    scorer = staticmethod(fuzz.WRatio)


class TokenSort(_Ratio):
    scorer = staticmethod(fuzz.ratio)

    def prepared(self, text: str) -> str:
        return " ".join(sorted(text.split()))


class Difflib:
    """Slow: some seconds for a hundred records of five thousand people."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people

    def __call__(self, shown: Sequence[Person]) -> Found:
        by_text: dict[str, list[str]] = {}
        for person in self._people:
            by_text.setdefault(_text(person, shown), []).append(person.participant_id)
        choices = list(by_text)
        found = []
        for row in shown:
            near = difflib.get_close_matches(_text(row, shown), choices, n=MOST)
            found.append(Likely([one for text in near for one in by_text[text]][:MOST]))
        return found

    def close(self) -> None:
        """Nothing is held."""


class Splink:
    """Splink's own comparisons for names and dates, its weights estimated from the data, nothing tuned."""

    def __init__(self, people: Sequence[Person]) -> None:
        self._people = people

    def __call__(self, shown: Sequence[Person]) -> Found:
        # It comes with the extra `benchmarks`, and pandas with it.
        import pandas
        import splink.comparison_library as compare
        from splink import DuckDBAPI, Linker, SettingsCreator, block_on

        warnings.simplefilter("ignore")

        def frame(rows: Sequence[Person]) -> Any:
            table = pandas.DataFrame(rows, columns=Person._fields).replace("", None)
            table["unique_id"] = range(len(rows))
            return table.drop(columns=["participant_id", "case_number"])

        comparisons: dict[str, Any] = {
            "first_name": compare.NameComparison("first_name"),
            "last_name": compare.NameComparison("last_name"),
            "birth_date": compare.DateOfBirthComparison("birth_date", input_is_string=True),
            "ssn": compare.ExactMatch("ssn"),
        }
        told = [field for field in comparisons if any(getattr(row, field) for row in shown)]
        rules: list[Any] = [block_on(field) for field in told]
        rules += [block_on(f"substr({field}, 1, 3)") for field in ("first_name", "last_name")]
        settings = SettingsCreator(
            link_type="link_only",
            probability_two_random_records_match=1 / len(self._people),
            comparisons=[comparisons[field] for field in told],
            blocking_rules_to_generate_predictions=rules,
        )
        database = DuckDBAPI()
        tables = [
            database.register(frame(rows), dataset_display_name=name)
            for rows, name in ((self._people, "a_clean"), (shown, "b_written"))
        ]
        linker = Linker(tables, settings, log_level=logging.ERROR)
        linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
        for field in ("last_name", "first_name"):
            with contextlib.suppress(ValueError):  # a set too small to estimate from: Splink's defaults stay
                linker.training.estimate_parameters_using_expectation_maximisation(block_on(field))
        pairs = linker.inference.predict(threshold_match_probability=0.001).as_pandas_dataframe()
        found: Found = [Likely([]) for _ in shown]
        for row in pairs.sort_values("match_weight", ascending=False).itertuples():
            likely = found[row.unique_id_r].likely
            if len(likely) < MOST:
                likely.append(self._people[row.unique_id_l].participant_id)
        return found

    def close(self) -> None:
        """Nothing is held."""
