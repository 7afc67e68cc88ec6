"""Excel for Windows and Mac. A button's macro starts `__main__`, which calls `press_called`."""

from addin.hosts.excel.window import press, press_called

__all__ = ["press", "press_called"]
