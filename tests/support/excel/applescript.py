"""The Mac's script, read as AppleScript would: which line it gives to a shell. There is no AppleScript here."""

from __future__ import annotations

import re
import shlex

HANDLER = re.compile(r"^on (\w+)\((\w+)\)\n(.*?)^end \1$", re.M | re.S)


def shell_line(script: str, said: str, handler: str = "press") -> str:
    """What `do shell script` is given when a handler is called with one text: literals and `quoted form of` joined."""
    name, parameter, body = HANDLER.findall(script)[0]
    assert name == handler
    (expression,) = re.findall(r"^\tdo shell script (.*)$", body, re.M)
    line = ""
    while expression:
        found = re.match(r'"((?:[^"\\]|\\.)*)"|quoted form of (\w+)', expression)
        assert found, expression
        if found[2]:
            assert found[2] == parameter
            line += shlex.quote(said)
        else:
            line += re.sub(r"\\(.)", r"\1", found[1])
        expression = expression[found.end() :].removeprefix(" & ")
    return line
