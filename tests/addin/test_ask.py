"""A question stands in one window in front of all others, and Enter does no harm in it (worked with real keys)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from getopt import getopt
from pathlib import Path
from typing import Any

import pytest

from addin import ask as asking
from addin.ask import TITLE
from addin.errors import Cancelled, Stopped
from addin.outcome import Field, UserQuestion
from tests.support.screen import HOW_TO_GET_IT, has_screen, screen
from tests.support.waiting import wait_for

ROOT = Path(__file__).parents[2]
ASK = """
import json, sys
from addin.ask import ask
from addin.errors import Cancelled
from addin.outcome import Field, UserQuestion
given = json.loads(sys.argv[1])
fields = tuple(Field(**one) for one in given.pop("fields"))
try:
    print(json.dumps(ask(UserQuestion(fields=fields, **given))))
except Cancelled:
    print("cancelled")
"""
NO_TK = "No Python here has tkinter (Debian: apt install python3-tk)"
Ask = Callable[..., str]


def python_with_tk() -> str | None:
    """This Python, or another of its kind: the window needs nothing but the standard library."""
    for name in (sys.executable, "python3.13", "python3.12", "python3.11", "python3"):
        found = shutil.which(name)
        command = [found or "", "-c", "import sys, tkinter; sys.exit(sys.version_info < (3, 11))"]
        if found and subprocess.run(command, capture_output=True, check=False).returncode == 0:
            return found
    return None


@pytest.fixture(scope="module")
def ask_in_window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ask]:
    """Asks in a real window, presses keys in it, and gives what came of it. A text of more than one letter is typed."""
    python = python_with_tk()
    if python is None:
        pytest.skip(NO_TK)
    if not has_screen():
        pytest.skip(HOW_TO_GET_IT)
    if shutil.which("xdotool") is None:
        pytest.skip("xdotool, a keyboard that nobody presses, is missing: install it (Debian: apt install xdotool)")
    with screen(1024, 768, shown_in=tmp_path_factory.mktemp("screen")) as shown:
        environment = os.environ | shown | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}

        def hands(*arguments: str) -> str:
            done = subprocess.run(["xdotool", *arguments], env=environment, capture_output=True, text=True, check=False)
            return done.stdout.strip()

        def ask(text: str, *keys: str, fields: list[dict[str, Any]] | None = None, **more: Any) -> str:
            given = json.dumps({"text": text, "fields": fields or [], **more})
            command = [python, "-c", ASK, given]
            with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as asked:
                try:
                    window = wait_for(lambda: hands("search", "--onlyvisible", "--name", f"^{TITLE}$"), 60)
                    size = hands("getwindowgeometry", "--shell", window)
                    assert int(size.partition("HEIGHT=")[2].split()[0]) < 700
                    # The keys go to the window or to something in it.
                    assert wait_for(lambda: hands("getwindowfocus") not in ("", "1"), 60), "it has not the keys"
                    for key in keys:
                        what, _, typed = key.partition(" ")
                        if what == "wheel":
                            hands("mousemove", "--window", window, "300", "60", "click", typed)
                        else:
                            hands(*(("type", typed) if what == "type" else ("key", key)))
                    return asked.communicate(timeout=20)[0].strip()
                finally:
                    asked.kill()

        yield ask


def test_enter_never_says_yes(ask_in_window: Ask) -> None:
    assert json.loads(ask_in_window("Take it back?", "Return", confirms="agreed")) == {"agreed": "no"}


def test_yes_is_said_by_going_to_it(ask_in_window: Ask) -> None:
    said = ask_in_window("Take it back?", "shift+Tab", "space", confirms="agreed")
    assert json.loads(said) == {"agreed": "yes"}


def test_escape_closes_the_question_without_an_answer(ask_in_window: Ask) -> None:
    assert ask_in_window("Take it back?", "Escape", confirms="agreed") == "cancelled"


def test_a_single_text_is_typed_over_what_stands_there_and_enter_takes_it(ask_in_window: Ask) -> None:
    fields = [{"name": "url", "default": "http://old"}]
    assert json.loads(ask_in_window("Where?", "type  new.test ", "Return", fields=fields)) == {"url": "new.test"}


def test_several_fields_stand_in_one_window_and_enter_does_not_send_half_of_them(ask_in_window: Ask) -> None:
    fields = [
        {"name": "who", "label": "Who?"},
        {"name": "secret", "label": "Token", "kind": "hidden"},
        {"name": "kind", "label": "Kind", "kind": "list", "default": "1", "choices": {"0": "Name", "1": "ID"}},
        {"name": "more", "label": "More", "kind": "box", "choices": {"0": "No", "1": "Yes"}},
    ]
    keys = ["type Ann", "Return", "Tab", "type t0", "Tab", "Down", "Up", "Return", "Tab", "space", "Tab", "space"]
    assert json.loads(ask_in_window("Tell.", *keys, fields=fields)) == {
        "who": "Ann",
        "secret": "t0",
        "kind": "0",
        "more": "1",
    }


def test_a_question_of_sixty_lines_fits_the_screen(ask_in_window: Ask) -> None:
    text = "\n".join(f"{number} = Column {number}" for number in range(60))
    assert ask_in_window(text, "Escape", fields=[{"name": "typed"}]) == "cancelled"


def test_thirty_lists_scroll_in_a_window_that_fits_the_screen_and_the_keys_bring_each_into_view(
    ask_in_window: Ask,
) -> None:
    choices = {"": "not used", "A": "Column A", "B": "Column B"}
    label = "A header that is rather long (with an example of what stands below it)"
    fields = [{"name": str(n), "label": label, "kind": "list", "default": "A", "choices": choices} for n in range(30)]
    keys = [*["Tab"] * 29, "Down", "Down", "Return", "Return", "Tab", "space"]
    said = json.loads(ask_in_window("Which column goes where?", *keys, fields=fields))
    assert said == {str(number): "A" for number in range(29)} | {"29": "B"}


def test_the_wheel_chooses_nothing(ask_in_window: Ask) -> None:
    choices = {"0": "0", "1": "1", "2": "2"}
    fields = [{"name": str(number), "kind": "list", "default": "1", "choices": choices} for number in (1, 2)]
    said = ask_in_window("Which?", "wheel 5", "wheel 4", "wheel 4", "Tab", "Tab", "space", fields=fields)
    assert json.loads(said) == {"1": "1", "2": "1"}


def test_of_many_names_those_that_hold_what_was_typed_are_offered_and_the_others_stay_before_it(
    ask_in_window: Ask,
) -> None:
    names = {"S1": "Ann Lee (S1)", "S2": "Bob Ray (S2)", "S3": "Carla Ruiz (S3)"}
    fields = [{"name": "to", "kind": "choice", "choices": names}, {"name": "on"}]
    keys = ["type S1; ruiz", "Down", "Return", "Tab", "Tab", "space"]
    assert json.loads(ask_in_window("To whom?", *keys, fields=fields)) == {"to": "S1; S3", "on": ""}
    offered = list(names.values())
    assert asking.like(" ruiz", offered) == ["Carla Ruiz (S3)"]
    assert asking.like("carla ruiz (s3)", offered) == asking.like("zzz", offered) == offered


def test_where_no_window_opens_the_question_says_what_to_use_instead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(Stopped, match="Use a terminal instead"):
        asking.ask(UserQuestion("Which?", (Field("which"),)))


def test_what_cannot_be_shown_is_written(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    asking.tell("Excel is not open.")
    assert capsys.readouterr().err == "Excel is not open.\n"


class Script:
    """Apple's osascript: what it was started with (its name, `-e`, the script, and what the script is given), and what
    it prints, None where the window is closed. It takes for options what getopt does."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.started: list[list[str]] = []

    def run(self, command: list[str], **_: Any) -> Any:
        options, given = getopt(command[1:], "l:e:is:")
        self.started.append([command[0], "-e", "\n".join(text for name, text in options if name == "-e"), *given])
        answer = self.answers.pop(0)
        return subprocess.CompletedProcess(command, answer is None, "" if answer is None else f"{answer}\n", "")


@pytest.fixture
def mac(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Script]:
    def starts(*answers: str | None) -> Script:
        script = Script(*answers)
        monkeypatch.setattr("addin.ask.sys.platform", "darwin")
        monkeypatch.setattr("addin.ask.subprocess.run", script.run)
        return script

    return starts


def test_a_mac_asks_one_field_after_the_other_and_no_text_becomes_script(mac: Callable[..., Script]) -> None:
    """The header of a column that is pasted may be an option of osascript's."""
    script = mac("Ann", "ID", "Yes")
    fields = (
        Field("who", 'Who? "quoted"'),
        Field("kind", "-equoted", "list", "0", {"0": "Name", "1": "ID"}),
        Field("more", "More", "box", "0", {"0": "No", "1": "Yes"}),
    )
    assert asking.ask(UserQuestion("Tell.", fields)) == {"who": "Ann", "kind": "1", "more": "1"}
    assert [command[3] for command in script.started] == ['Tell.\n\nWho? "quoted"', "-equoted", "More"]
    assert script.started[1][6:] == ["Name", "ID"]
    assert not any("quoted" in command[2] for command in script.started)


def test_a_mac_takes_the_harmless_answer_for_the_usual_one(mac: Callable[..., Script]) -> None:
    script = mac("No")
    assert asking.ask(UserQuestion("Take it back?", confirms="agreed")) == {"agreed": "no"}
    assert "default button (item 2 of argv)" in script.started[0][2]
    assert script.started[0][4] == "No"


def test_a_mac_asks_many_fields_in_one_list_each_with_its_answer(mac: Callable[..., Script]) -> None:
    choices = {"": "not used", "A": "Column A"}
    fields = tuple(Field(f"column {n}", f"Header {n}", "list", "A", choices) for n in range(1, 8))
    script = mac("7. Header 7: Column A", "not used", "6. Header 6: Column A", None, "✔ All of this is right")
    said = asking.ask(UserQuestion("Which?", fields))
    assert said == {f"column {n}": "A" for n in range(1, 7)} | {"column 7": ""}
    assert script.started[0][6:8] == ["✔ All of this is right", "1. Header 1: Column A"]
    assert script.started[4][-1] == "7. Header 7: not used"
    mac(None)
    with pytest.raises(Cancelled):
        asking.ask(UserQuestion("Which?", fields))


def test_a_window_that_is_closed_on_a_mac_is_no_answer(mac: Callable[..., Script]) -> None:
    mac("Ann", None)
    with pytest.raises(Cancelled):
        asking.ask(UserQuestion("Tell.", (Field("who"), Field("what"))))
