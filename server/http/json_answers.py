"""Answers of JSON that is written where it was looked up, off the event loop."""

from __future__ import annotations

from pydantic import BaseModel

from server.http.long_answers import LongAnswer
from server.processes.errands import Json


def made_answer(content: Json) -> LongAnswer:
    """An answer that is JSON already."""
    return LongAnswer(content, media_type="application/json")


def answer_of(content: BaseModel) -> LongAnswer:
    """An answer that is made where it was looked up, and not on the event loop: it may be long."""
    return made_answer(content.model_dump_json().encode())
