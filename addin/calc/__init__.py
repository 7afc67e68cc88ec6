"""Calc instead of Excel: the extension that brings the buttons there, its installation, and its windows."""
