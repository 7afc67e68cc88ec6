"""The key that a client gives an upload: the same one again is the same upload, and it is kept as a hash."""

from __future__ import annotations

import hashlib
import threading

from sqlalchemy import select

from server.records.database import reading
from server.records.ssn import SsnHasher
from server.records.tables import uploads
from server.records.uploads import kept_key
from tests.support.served import KEY, Agency, Call, insert, table


def test_of_the_key_of_an_upload_a_hash_is_kept_and_its_owner_alone_finds_the_upload_by_it(
    call: Call, agency: Agency
) -> None:
    """A client makes the key from its rows: unhashed, the SSN of a single row could be found by trying."""
    key = hashlib.sha256(b'["Insert","P2","823-11-0002"]').hexdigest()
    sent = call("S2").submit(table(insert("P2")), key).json()
    with reading(agency.engine) as connection:
        kept = connection.execute(select(uploads.c.idempotency_key)).scalars().all()
    assert kept == [kept_key(SsnHasher(KEY), key)]
    assert key not in kept[0]
    assert kept[0] != kept_key(SsnHasher(b"the key of another server"), key)

    def found(staff_id: str, key: str) -> list[str]:
        answer = call(staff_id).get("/v1/uploads", headers={"Idempotency-Key": key})
        return [one["id"] for one in answer.json()["uploads"]]

    assert found("S2", key) == [sent["id"]]
    assert found("S2", f"{key}-2") == found("ADM", key) == found("S1", key) == found("S2", kept[0]) == []
    assert found("S2", "?") == found("S2", "") == found("S2", "é") == [], "what no key can be, nothing was sent under"


def test_repeating_a_submit_gives_the_same_upload_and_writes_once(call: Call, agency: Agency) -> None:
    api = call("ADM")
    first = api.submit(table(insert("P2"))).json()
    assert api.submit(table(insert("P2"))).json()["id"] == first["id"]
    api.wait(first["id"])
    late = api.submit(table(insert("P2")))
    assert (late.status_code, late.json()["id"], late.json()["state"]) == (202, first["id"], "complete")
    assert len(agency.assignments()) == 4


def test_many_submits_at_once_under_one_key_are_one_upload(call: Call, agency: Agency) -> None:
    api = call("ADM")
    answers: list[tuple[int, str]] = []

    def send() -> None:
        answer = api.submit(table(insert("P2")))
        answers.append((answer.status_code, answer.json()["id"]))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 8
    assert len(set(answers)) == 1
    api.wait(answers[0][1])
    assert len(agency.assignments()) == 4


def test_a_key_with_other_content_is_refused(call: Call) -> None:
    api = call("ADM")
    api.submit(table(insert("P2")))
    for other in (table(insert("P3")), table(insert("P2"), leave_out=[2])):
        refused = api.submit(other)
        assert (refused.status_code, refused.json()["code"]) == (409, "idempotency-key-reused")


def test_two_people_may_use_the_same_key(call: Call) -> None:
    one, other = call("ADM").submit(table(insert("P2"))), call("S2").submit(table(insert("P3")))
    assert one.json()["id"] != other.json()["id"]
