"""Hosts of our own for xlwings: `closed_file` for workbooks that no program has open, `live_calc` for LibreOffice Calc.

`host` and `ranges` are what they share: xlwings' side of it, over the small surface that `document` names.
"""
