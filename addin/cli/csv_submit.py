"""Submit a .csv file, and remember beside the settings that it was sent."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Final

from addin.api.client import Client, Progress
from addin.buttons.submit import AGREED, Submitted
from addin.errors import BookError
from addin.outcome import YES, Answers, UserQuestion
from addin.rows.hand_over import hand_over
from addin.sentences import judged, outcome, previewed
from workbook.report import Report
from workbook.upload_state import UploadState
from workbook.whole_file import write_whole

_FILE: Final = "submitted-files.json"
_REMEMBERED: Final = 500


def submit_csv(
    path: Path, client: Client, progress: Progress, folder: Path, ask: Callable[[UserQuestion, Report], Answers]
) -> tuple[Submitted, Report | None]:
    """As the button Submit, for a file: the same file again is the same upload (SPEC 6). `folder`: the settings'
    folder; `ask` asks whether the upload shall begin, with the report of the check. Gives the outcome, and the report
    where the file was checked."""
    try:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()[:40]
    except OSError as error:
        raise BookError(f"{path.name} cannot be read: {error.strerror}. Check that you may read it.") from error
    sent = _sent(folder)
    mark = f"{client.url} {digest}"
    report: Report | None = None
    if mark not in sent:
        report = client.validate_file(path)
        if report.counts.errors:
            return Submitted(sentence=f"Nothing was sent. {judged(report, in_file=True)}"), report
        text = "" if report.preview is None else previewed(report.preview, (), 0, in_file=True)
        question = UserQuestion(f"{text}\n\n{judged(report, in_file=True)} Submit now?", confirms=AGREED)
        if ask(question, report)[AGREED] != YES:
            return Submitted(sentence="Nothing was sent."), report
        _remember(folder, [*sent, mark])
    upload, known = hand_over(lambda key: client.submit_file(path, key), digest)
    upload = client.wait(upload.id, progress)
    if upload.state != UploadState.NEEDS_FIXES:
        return Submitted(upload=upload, sentence=outcome(upload, known=known)), report
    # Somebody changed the data between the check and the write. The file is where it is corrected.
    report = client.problems(upload.id)
    upload = client.cancel(upload.id)
    _remember(folder, [one for one in _sent(folder) if one != mark])
    sentence = f"Nothing was written: the data changed in the meantime. {judged(report, in_file=True)}"
    return Submitted(upload=upload, sentence=sentence), report


def _sent(folder: Path) -> list[str]:
    try:
        sent = json.loads((folder / _FILE).read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [str(mark) for mark in sent] if isinstance(sent, list) else []


def _remember(folder: Path, sent: list[str]) -> None:
    try:
        write_whole(folder / _FILE, json.dumps(sent[-_REMEMBERED:]).encode())
    except OSError as error:
        raise BookError(
            f"What was sent cannot be noted in {folder} ({error.strerror}). Make that folder writable and try again."
        ) from error
