"""Connect to Excel on Windows and Mac: macros start `__main__`, which calls `press_called`."""

from addin.hosts.excel.window import press, press_called

__all__ = ["press", "press_called"]
