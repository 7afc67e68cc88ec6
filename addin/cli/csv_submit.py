"""Submit a .csv file."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from addin.api.client import Client, Progress
from addin.buttons.submit import AGREED, Submitted
from addin.hosts.closed.meanwhile import digest_of
from addin.outcome import YES, Answers, UserQuestion
from addin.rows.hand_over import arrived, hand_over
from addin.sentences import judged, outcome, previewed
from workbook.report import Report
from workbook.upload_state import UploadState

_OF_A_KEY = 40
"""Characters of the digest."""


def submit_csv(
    path: Path, client: Client, progress: Progress, ask: Callable[[UserQuestion, Report], Answers]
) -> tuple[Submitted, Report | None]:
    """As the button Submit, for a file: the same file again is the same upload (SPEC 6), until that is undone. The file
    is read once, so that what is sent is what was checked and asked about. `ask` asks whether the upload shall begin,
    with the report of the check. Gives the outcome, and the report where the file was checked."""
    file = client.read(path)
    whole = hashlib.sha256(file.content).hexdigest()
    digest = whole[:_OF_A_KEY]
    report: Report | None = None
    upload = arrived(lambda key: client.submit_file(file, key), client.upload_of, digest)
    known = upload is not None and upload.state == UploadState.COMPLETE
    if upload is None:
        report = client.validate_file(file)
        if report.counts.errors:
            return Submitted(sentence=f"Nothing was sent. {judged(report, in_file=True)}"), report
        text = "" if report.preview is None else previewed(report.preview, (), 0, in_file=True)
        question = UserQuestion(f"{text}\n\n{judged(report, in_file=True)} Submit now?", confirms=AGREED)
        if ask(question, report)[AGREED] != YES:
            return Submitted(sentence="Nothing was sent."), report
        upload, known = hand_over(lambda key: client.submit_file(file, key), digest)
    upload = client.wait(upload.id, progress)
    changed = (
        "" if digest_of(path) == whole else f" {path.name} was changed meanwhile; what was sent is what it held before."
    )
    if upload.state != UploadState.NEEDS_FIXES:
        return Submitted(upload=upload, sentence=outcome(upload, known=known) + changed), report
    # Somebody changed the data between the check and the write. The file is where it is corrected.
    report = client.problems(upload.id)
    upload = client.cancel(upload.id)
    sentence = f"Nothing was written: the data changed in the meantime. {judged(report, in_file=True)}{changed}"
    return Submitted(upload=upload, sentence=sentence), report
