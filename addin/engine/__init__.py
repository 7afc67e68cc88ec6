"""Hosts of our own for xlwings: `closed_file` for workbooks that no program has open.

`host` is what every host shares: xlwings' side of it, over the small surface that `document` names.
"""
