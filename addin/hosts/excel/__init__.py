"""Excel for Windows and Mac. A button's macro calls `press`."""

from addin.hosts.excel.window import press

__all__ = ["press"]
