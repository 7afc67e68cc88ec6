"""Python's housekeeping rests while somebody is at work on a large sheet, and goes on when the last one has left."""

from __future__ import annotations

import gc
import threading

from workbook.files.garbage import without_garbage_collection


def test_it_is_on_again_when_the_last_of_several_threads_has_left() -> None:
    inside, leave, seen = threading.Event(), threading.Event(), [gc.isenabled()]

    def work() -> None:
        with without_garbage_collection():
            inside.set()
            leave.wait(20)

    other = threading.Thread(target=work)
    with without_garbage_collection():
        other.start()
        inside.wait(20)
    seen.append(gc.isenabled())
    leave.set()
    other.join()
    seen.append(gc.isenabled())
    assert seen == [True, False, True]


def test_whoever_had_switched_it_off_finds_it_off() -> None:
    gc.disable()
    try:
        with without_garbage_collection(), without_garbage_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()
