"""Ask the user a question in a window of our own, in front of Excel.

It serves what neither a cell nor the ribbon can take.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from addin.errors import Cancelled, Stopped
from addin.outcome import NO, YES, Answers, Field, UserQuestion
from workbook.files.formats import PATTERNS

TITLE: Final = "Caseload"
_NO_WINDOW: Final = "No window for your answer can be opened here. Use a terminal instead: caseload --help"
_LETTERS, _MOST_LINES = 72, 18
"""How wide a question is, and how tall before it is scrolled: a screen of 768 points shows it whole."""
_MANY: Final = 6
"""So many fields need the room that a long question takes."""
_LABEL_POINTS, _LIST_LINES = 250, 14
"""How wide a label is before it goes on in a second line, and how long an open list is before it scrolls."""
_EDGE, _BESIDES, _LEAST_ROOM = 14, 110, 160
"""Points around what is in the window; of the screen that are not for it, its frame among them; for fields at least."""
_OSASCRIPT: Final = "/usr/bin/osascript"
_ALL_RIGHT: Final = "✔ All of this is right"
_KINDS: Final = (("Workbooks and CSV files", " ".join(PATTERNS)), ("All files", "*"))
# On a Mac. The texts go in as arguments, so nothing in them is taken for script.
_MAC_TEXT: Final = """on run argv
    tell me to activate
    set asked to display dialog (item 1 of argv) default answer (item 2 of argv) with title (item 3 of argv)%s
    return text returned of asked
end run"""
_MAC_LIST: Final = """on run argv
    tell me to activate
    set chosen to choose from list (items 4 thru -1 of argv) with prompt (item 1 of argv) with title (item 3 of argv) ¬
        default items {item 2 of argv}
    if chosen is false then error number -128
    return item 1 of chosen
end run"""
_MAC_YES_NO: Final = """on run argv
    tell me to activate
    set asked to display dialog (item 1 of argv) with title (item 3 of argv) buttons {"Cancel", "Yes", "No"} ¬
        default button (item 2 of argv) cancel button "Cancel"
    return button returned of asked
end run"""
_MAC_FILE: Final = """on run argv
    tell me to activate
    return POSIX path of (choose file with prompt (item 1 of argv))
end run"""
_MAC_TOLD: Final = """on run argv
    tell me to activate
    display dialog (item 1 of argv) with title (item 3 of argv) buttons {"OK"} default button "OK"
end run"""


def ask(question: UserQuestion) -> Answers:
    """What the user types or chooses, a text without the spaces around it.

    Raises Cancelled where they close the window, and Stopped with one plain sentence where none can be opened.
    """
    answers = _ask_on_mac(question) if sys.platform == "darwin" else _Window(question).answers()
    if answers is None:
        raise Cancelled
    return {name: answer.strip() for name, answer in answers.items()}


def tell(sentence: str) -> None:
    """A sentence in a window of its own, where the program in front of the user cannot show it; written to stderr where
    no window can be opened."""
    try:
        if sys.platform == "darwin":
            _run_on_mac(_MAC_TOLD, sentence)
        else:
            _Window(UserQuestion(sentence), is_told=True).answers()
    except (Stopped, OSError):
        sys.stderr.write(f"{sentence}\n")


class _Window:
    """One window with the question above and a line for each field, in front of all others. Where there are more lines
    than the screen has room for, they scroll, and the buttons stay.

    Enter does no harm: it presses No where Yes or No is asked, Cancel where that can wait, and OK only where a single
    text is typed.
    """

    def __init__(self, question: UserQuestion, *, is_told: bool = False) -> None:
        try:
            import tkinter
            from tkinter import ttk

            self._root = tkinter.Tk()
        except Exception as error:  # a Python without Tk, or a computer without a screen
            raise Stopped(_NO_WINDOW) from error
        self._tk, self._ttk = tkinter, ttk
        self._question = question
        self._got: dict[str, str] | None = None
        self._reads: dict[str, Callable[[], str]] = {}
        self.buttons: dict[str, Any] = {}
        self.controls: dict[str, Any] = {}
        self._root.title(TITLE)
        self._root.resizable(False, False)
        self._root.bind("<Escape>", lambda _event: self._root.destroy())
        frame = ttk.Frame(self._root, padding=_EDGE)
        frame.grid()
        if question.words:
            self._show_text(frame, question.words)
        if question.fields:
            self._canvas = tkinter.Canvas(frame, highlightthickness=0, background=self._root.cget("background"))
            lines = ttk.Frame(self._canvas)
            lines.columnconfigure(1, weight=1)
            for line, field in enumerate(question.fields):
                self._add(lines, line, field)
            self._canvas.grid(row=1, column=0, sticky="ew")
        self._add_buttons(frame, is_told)
        if question.fields:
            self._fit(frame, lines)
        self._to_the_front()

    def answers(self) -> Mapping[str, str] | None:
        """Waits until the window is closed; None without an answer."""
        self._root.mainloop()
        return self._got

    def _show_text(self, frame: Any, words: str) -> None:
        most = _MOST_LINES if len(self._question.fields) < _MANY else _MOST_LINES // 2
        lines = sum(max(1, -(-len(line) // _LETTERS)) for line in words.split("\n"))
        text = self._tk.Text(
            frame, width=_LETTERS, height=min(lines + 1, most), wrap="word", relief="flat", takefocus=False,
            background=self._root.cget("background"), font="TkDefaultFont",
        )  # fmt: skip
        text.insert("1.0", words)
        text.configure(state="disabled")
        text.grid(row=0, column=0, sticky="ew")
        if lines + 1 > most:
            bar = self._ttk.Scrollbar(frame, command=text.yview)
            text.configure(yscrollcommand=bar.set)
            bar.grid(row=0, column=1, sticky="ns")
            text.see("end")  # the last paragraph is the one that asks

    def _add(self, frame: Any, line: int, field: Field) -> None:
        tk, ttk = self._tk, self._ttk
        if field.label and field.kind != "box":
            label = ttk.Label(frame, text=field.label, wraplength=_LABEL_POINTS)
            label.grid(row=line, column=0, sticky="w", padx=(0, 10), pady=4)
        if field.kind == "box":
            ticked = tk.BooleanVar(self._root, value=field.default in (YES, "1"))
            control = ttk.Checkbutton(frame, text=field.label, variable=ticked)
            off, on = list(field.choices)[:2] if len(field.choices) > 1 else (NO, YES)
            self._reads[field.name] = lambda: on if ticked.get() else off
        elif field.kind == "list":
            shown = list(field.choices.values())
            control = ttk.Combobox(frame, values=shown, state="readonly", width=40, height=_LIST_LINES)
            values = list(field.choices)
            control.current(values.index(field.default) if field.default in values else 0)
            self._reads[field.name] = lambda: values[control.current()]
        elif field.kind == "choice":
            offered = list(field.choices.values())
            control = ttk.Combobox(frame, values=offered, width=40, height=_LIST_LINES)
            control.set(field.shown)
            before = tk.StringVar(self._root)
            control.configure(postcommand=lambda: _offer(control, before, offered))
            control.bind("<<ComboboxSelected>>", lambda _event: control.set(before.get() + control.get()))
            self._reads[field.name] = lambda: field.answer_for(control.get())
        else:
            control = ttk.Entry(frame, width=42, show="•" if field.kind == "hidden" else "")
            control.insert(0, field.default)
            self._reads[field.name] = control.get
            if len(self._question.fields) == 1:
                control.bind("<Return>", lambda _event: self._take())
        control.grid(row=line, column=0 if field.kind == "box" else 1, columnspan=2, sticky="ew", pady=4)
        self.controls[field.name] = control
        if field.kind == "file":
            self.buttons["Browse …"] = ttk.Button(frame, text="Browse …", command=lambda: self._browse(control))
            self.buttons["Browse …"].grid(row=line, column=3, padx=(6, 0))

    def _add_buttons(self, frame: Any, is_told: bool) -> None:
        asks = not self._question.fields
        pressed: dict[str, Callable[[], None]] = {"OK": self._take, "Cancel": self._root.destroy}
        if is_told:
            pressed = {"OK": self._root.destroy}
        elif asks:
            pressed = {"Yes": lambda: self._say(YES), "No": lambda: self._say(NO)}
        bar = self._ttk.Frame(frame)
        bar.grid(row=2, column=0, columnspan=2, sticky="e", pady=(12, 0))
        for place, (label, command) in enumerate(pressed.items()):
            button = self.buttons[label] = self._ttk.Button(bar, text=label, command=command)
            button.grid(row=0, column=place, padx=(8, 0))
            button.bind("<Return>", partial(_run, command))
        harmless = "OK" if is_told else "No"
        first = next(iter(self.controls.values()), None) or self.buttons[harmless]
        self._root.after_idle(first.focus_force)
        if hasattr(first, "selection_range"):
            first.selection_range(0, "end")  # so that typing replaces what stands there

    def _fit(self, frame: Any, lines: Any) -> None:
        """Gives the lines the room that the screen has; what is more scrolls, with the wheel and with the keys."""
        canvas = self._canvas
        canvas.configure(height=1, width=1)
        self._root.update_idletasks()
        needs, wide = lines.winfo_reqheight(), max(lines.winfo_reqwidth(), frame.winfo_reqwidth() - 2 * _EDGE)
        canvas.create_window(0, 0, window=lines, anchor="nw", width=wide)
        room = max(self._root.winfo_screenheight() - frame.winfo_reqheight() - _BESIDES, _LEAST_ROOM)
        canvas.configure(width=wide, height=min(needs, room), scrollregion=(0, 0, wide, needs), yscrollincrement=10)
        turns = partial(_turn, canvas) if needs > room else partial(_turn, None)
        for wheel in ("<MouseWheel>", "<Button-4>", "<Button-5>"):
            for control in self.controls.values():  # else the wheel would choose another entry of a list
                control.bind(wheel, turns)
            self._root.bind(wheel, turns)
        if needs <= room:
            return
        bar = self._ttk.Scrollbar(frame, command=canvas.yview)
        canvas.configure(yscrollcommand=bar.set)
        bar.grid(row=1, column=1, sticky="ns")
        for control in self.controls.values():
            control.bind("<FocusIn>", partial(_bring_into_view, canvas, lines), add="+")

    def _to_the_front(self) -> None:
        root = self._root
        root.update_idletasks()
        across = (root.winfo_screenwidth() - root.winfo_reqwidth()) // 2
        down = (root.winfo_screenheight() - root.winfo_reqheight()) // 3
        root.geometry(f"+{max(across, 0)}+{max(down, 0)}")
        root.attributes("-topmost", True)
        root.lift()

    def _browse(self, control: Any) -> None:
        from tkinter import filedialog

        chosen = filedialog.askopenfilename(parent=self._root, title=TITLE, filetypes=_KINDS)
        if chosen:
            control.delete(0, "end")
            control.insert(0, chosen)

    def _take(self) -> None:
        self._got = {name: read() for name, read in self._reads.items()}
        self._root.destroy()

    def _say(self, answer: str) -> None:
        self._got = {self._question.confirms: answer}
        self._root.destroy()


def _offer(control: Any, before: Any, offered: Sequence[str]) -> None:
    """Opens a list on what was typed. `before` takes what is to stay in front of the choice: the names of a list."""
    names, sign, typed = control.get().rpartition(";")
    before.set(f"{names}{sign} " if sign else "")
    control.configure(values=like(typed, offered))


def like(typed: str, offered: Sequence[str]) -> list[str]:
    """The entries of a list that hold what was typed; all of them where none does, or where one stands there whole."""
    words = typed.strip().casefold()
    found = [one for one in offered if words in one.casefold()]
    return found if found and words not in (one.casefold() for one in offered) else list(offered)


def _turn(canvas: Any, event: Any) -> str:
    """Handles the wheel, which each system reports differently: X as two buttons, Windows in steps of 120, a Mac in
    lines."""
    if canvas is not None:
        up = event.num == 4 or getattr(event, "delta", 0) > 0
        canvas.yview_scroll(-6 if up else 6, "units")
    return "break"


def _bring_into_view(canvas: Any, lines: Any, event: Any) -> None:
    """Scrolls so that the line that got the keys is seen."""
    top, height, whole = event.widget.winfo_y(), event.widget.winfo_height(), lines.winfo_reqheight()
    seen = canvas.canvasy(0)
    if top < seen:
        canvas.yview_moveto(max(top - height, 0) / whole)
    elif top + height > seen + canvas.winfo_height():
        canvas.yview_moveto((top + 2 * height - canvas.winfo_height()) / whole)


def _run(command: Callable[[], None], _event: object) -> None:
    command()


def _ask_on_mac(question: UserQuestion) -> Mapping[str, str] | None:
    """One window after the other: a script has no forms."""
    if not question.fields:
        pressed = _run_on_mac(_MAC_YES_NO, question.text, "No")
        return None if pressed is None else {question.confirms: YES if pressed == "Yes" else NO}
    if len(question.fields) >= _MANY:
        return _ask_many_on_mac(question)
    answers: dict[str, str] = {}
    for number, field in enumerate(question.fields):
        words = "\n\n".join(part for part in (question.words if number == 0 else "", field.label) if part)
        answer = _ask_field_on_mac(field, words)
        if answer is None:
            return None
        answers[field.name] = answer
    return answers


def _ask_many_on_mac(question: UserQuestion) -> Mapping[str, str] | None:
    """Shows all fields in one list, each with its answer. The user picks one to change, until all are right."""
    fields = list(question.fields)
    while True:
        lines = {f"{number}. {field.label}: {field.shown}": field for number, field in enumerate(fields, start=1)}
        chosen = _run_on_mac(_MAC_LIST, question.words, _ALL_RIGHT, _ALL_RIGHT, *lines)
        if chosen is None:
            return None
        if chosen not in lines:
            return {field.name: field.default for field in fields}
        field = lines[chosen]
        answer = _ask_field_on_mac(field, field.label)
        if answer is not None:
            fields[fields.index(field)] = replace(field, default=answer)


def _ask_field_on_mac(field: Field, words: str) -> str | None:
    if field.kind == "file":
        return _run_on_mac(_MAC_FILE, words)
    if field.kind == "box":
        pressed = _run_on_mac(_MAC_YES_NO, words, "No")
        off, on = list(field.choices)[:2] if len(field.choices) > 1 else (NO, YES)
        return None if pressed is None else on if pressed == "Yes" else off
    if field.kind == "list":
        shown = {label: value for value, label in field.choices.items()}
        chosen = _run_on_mac(_MAC_LIST, words, field.choices.get(field.default, next(iter(shown))), *shown)
        return None if chosen is None else shown[chosen]
    if field.kind == "choice":
        offered = ", ".join(list(field.choices.values())[:_MOST_LINES])
        typed = _run_on_mac(_MAC_TEXT % "", f"{words}\n\n{offered}" if offered else words, field.shown)
        return None if typed is None else field.answer_for(typed)
    return _run_on_mac(_MAC_TEXT % (" with hidden answer" if field.kind == "hidden" else ""), words, field.default)


def _run_on_mac(script: str, words: str, default: str = "", *more: str) -> str | None:
    """What the script prints; None where its window was closed. The header of a stranger's column may stand first in
    the words, and would be an option of osascript, a line of script even, were it not said that none comes any more."""
    done = subprocess.run(  # noqa: S603 - Apple's own program, at its own place
        [_OSASCRIPT, "-e", script, "--", words, default, TITLE, *more], capture_output=True, text=True, check=False
    )
    return done.stdout.removesuffix("\n") if done.returncode == 0 else None
