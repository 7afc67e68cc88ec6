"""Details that distinguish caseworkers of one name: e-mail, programs, open cases (SPEC 5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from server.judge.labels import staff_facts
from server.judge.reference import Reference, Staff
from server.suggest.lookalikes import Caseworkers


class Colleagues:
    """The staff of a site, as people know them. Each is asked about once."""

    def __init__(self, reference: Reference, caseworkers: Caseworkers) -> None:
        self._programs = {program.key: program.name or program.program_id for program in reference.programs}
        self._loads = reference.caseloads
        self._caseworkers = caseworkers
        self._facts: dict[int, Sequence[str]] = {}
        self._of_program: set[tuple[int, int]] = set()

    def learn(self, members: Iterable[Staff]) -> None:
        """Finds out about all of these with one question."""
        new = {member.key: member for member in members if member.key not in self._facts}
        if not new:
            return
        programs: dict[int, list[str]] = {}
        for program_key, staff_key in sorted(self._caseworkers(set(new))):
            self._of_program.add((program_key, staff_key))
            if program_key in self._programs:
                programs.setdefault(staff_key, []).append(self._programs[program_key])
        for key, member in new.items():
            self._facts[key] = staff_facts(member, programs.get(key, []), self._loads.get(key, 0))

    def facts(self, member: Staff) -> Sequence[str]:
        """What a person knows of one."""
        self.learn([member])
        return self._facts[member.key]

    def in_order(self, members: Iterable[Staff], program_key: int) -> list[Staff]:
        """Caseworkers of a program first, and who is no longer active last."""
        members = list(members)
        self.learn(members)
        return sorted(members, key=lambda one: ((program_key, one.key) not in self._of_program, not one.active))
