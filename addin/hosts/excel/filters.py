"""Take a sheet's filters off before a write, and put them back after it.

A block that is written over rows which a filter hides lands in the wrong ones (EXCEL-TRUTH 1), so all rows are shown
first. The library's own words for criteria lose the asterisk of a “contains”; Excel's are taken and given back instead.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final, Protocol

from addin.errors import BookError
from addin.hosts.excel.refusal import call, is_busy

_AND, _OR, _VALUES, _DYNAMIC = 1, 2, 7, 11
"""Of Excel's XlAutoFilterOperator: those whose criteria can be given back. The others filter by colour or icon, or give
the last value of a top ten in place of the ten."""
_KEPT: Final = frozenset({0, _AND, _OR, _VALUES, _DYNAMIC})
_KEPT_ON_MAC: Final = frozenset({"autofilter_and", "autofilter_or", "filter_by_value", "filter_dynamic"})


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a column is filtered by, in Excel's own words. `is_kept`: whether they can be given back."""

    field: int
    first: Any
    operator: Any
    second: Any
    is_kept: bool


class Filter(Protocol):
    """The filter over one range of cells."""

    @property
    def columns(self) -> int: ...
    def criterion(self, field: int) -> Criterion | None: ...
    def apply(self, criterion: Criterion) -> None: ...
    def clear(self, field: int) -> None: ...


class _Windows:
    def __init__(self, native: Any) -> None:
        self._native = native

    @property
    def columns(self) -> int:
        return int(self._native.Filters.Count)

    def criterion(self, field: int) -> Criterion | None:
        one = self._native.Filters(field)
        if not one.On:
            return None
        operator = _told(lambda: one.Operator)
        first, second = _told(lambda: one.Criteria1), _told(lambda: one.Criteria2)
        return Criterion(field, first, operator, second, (operator or 0) in _KEPT and first is not None)

    def apply(self, criterion: Criterion) -> None:
        named = {"Field": criterion.field, "Criteria1": criterion.first}
        if criterion.operator:
            named["Operator"] = criterion.operator
        if criterion.second is not None:
            named["Criteria2"] = criterion.second
        self._native.Range.AutoFilter(**named)

    def clear(self, field: int) -> None:
        self._native.Range.AutoFilter(Field=field)


class _Mac:
    def __init__(self, native: Any, cells: Any, columns: int) -> None:
        self._native, self._cells = native, cells
        self.columns = columns

    def criterion(self, field: int) -> Criterion | None:
        one = self._native.filters[field]
        if not one.filter_on.get():
            return None
        operator, first, second = (_on_mac(_told(part.get)) for part in (one.operator, one.criteria1, one.criteria2))
        kept = (operator is None or _word(operator) in _KEPT_ON_MAC) and first is not None
        return Criterion(field, first, operator, second, kept)

    def apply(self, criterion: Criterion) -> None:
        named = {"field": criterion.field, "criteria1": criterion.first}
        if criterion.operator is not None:
            named["operator"] = criterion.operator
        if criterion.second is not None:
            named["criteria2"] = criterion.second
        self._cells.autofilter_range(**named)

    def clear(self, field: int) -> None:
        self._cells.autofilter_range(field=field)


class Lifted:
    """A sheet whose rows are all shown while its cells are written. `sheet`: the library's own."""

    def __init__(self, sheet: Any, *, on_mac: bool) -> None:
        self._sheet, self._on_mac = sheet, on_mac
        self._name = str(sheet.name)
        self._is_lost = False
        found = [(one, _criteria(one)) for one in call(lambda: _filters(sheet, on_mac))]
        self._taken = [(one, criteria) for one, criteria in found if criteria]

    def show_all(self) -> None:
        for one, criteria in self._taken:
            for criterion in criteria:
                call(lambda one=one, criterion=criterion: one.clear(criterion.field))  # type: ignore[misc]
        native = self._sheet.api
        if not self._taken and call(lambda: native.filter_mode.get() if self._on_mac else native.FilterMode):
            call(native.show_all_data if self._on_mac else native.ShowAllData)
            self._is_lost = True  # an advanced filter, which has no criteria to ask for

    def put_back(self) -> str:
        """Filters again. Gives a sentence where that cannot be done, and all rows are shown; "" otherwise."""
        for one, criteria in self._taken:
            if not all(criterion.is_kept for criterion in criteria):
                self._is_lost = True
                continue
            try:
                for criterion in criteria:
                    call(lambda one=one, criterion=criterion: one.apply(criterion))  # type: ignore[misc]
                is_set = _is_set(one, criteria)
            except Exception:  # Excel may refuse its own criterion, and then all rows must be visible again
                is_set = False
            if not is_set:
                self._is_lost = True
                with suppress(BookError):  # all has been tried
                    for criterion in criteria:
                        call(lambda one=one, criterion=criterion: one.clear(criterion.field))  # type: ignore[misc]
        if not self._is_lost:
            return ""
        return f"The filter of the sheet {self._name} could not be set again, so all its rows are shown."


def lift(sheet: Any, *, on_mac: bool) -> Lifted:
    """Shows all rows of a sheet that a filter hides. Raises BookError, with the filters as they were."""
    lifted = Lifted(sheet, on_mac=on_mac)
    try:
        lifted.show_all()
    except BookError:
        lifted.put_back()
        raise
    return lifted


def _filters(sheet: Any, on_mac: bool) -> list[Filter]:
    """The sheet's own filter, and those of its tables."""
    native = sheet.api
    found: list[Filter] = []
    if on_mac:
        if native.autofilter_mode.get():
            address = str(native.autofilter_object.range_object.get_address())
            cells = sheet.range(address.replace("$", ""))
            found.append(_Mac(native.autofilter_object, cells.api, cells.shape[1]))
        found += [
            _Mac(table.api.autofilter_object, table.range.api, table.range.shape[1])
            for table in sheet.tables
            if table.show_autofilter
        ]
        return found
    if native.AutoFilterMode and native.AutoFilter is not None:
        found.append(_Windows(native.AutoFilter))
    found += [_Windows(table.api.AutoFilter) for table in sheet.tables if table.show_autofilter]
    return found


def _criteria(one: Filter) -> list[Criterion]:
    fields = range(1, call(lambda: one.columns) + 1)
    found = (call(lambda field=field: one.criterion(field)) for field in fields)  # type: ignore[misc]
    return [criterion for criterion in found if criterion is not None]


def _is_set(one: Filter, criteria: list[Criterion]) -> bool:
    """Whether a filter is what it was before. It may differ: Excel gives a date in the country's order, and takes it in
    the American one."""
    return [call(lambda known=known: one.criterion(known.field)) for known in criteria] == criteria  # type: ignore[misc]


def _told(ask: Any) -> Any:
    """Excel's value of a criterion; None where it raises, as for one that the column does not have."""
    try:
        return ask()
    except Exception as error:  # com_error or CommandError, by the system
        if is_busy(error):
            raise
        return None


def _on_mac(value: Any) -> Any:
    return None if _word(value) == "missing_value" else value


def _word(value: Any) -> str:
    """The name of an AppleScript word, such as k.autofilter_and; "" for anything else."""
    return str(getattr(value, "AS_name", ""))
