"""Which column a foreign header means (SPEC 9): the workbook knows, for Paste Data as for every other reader."""

from workbook.likely_headers import Meaning, meanings

__all__ = ["Meaning", "meanings"]
