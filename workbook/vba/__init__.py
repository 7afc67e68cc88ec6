"""Build a VBA project from its sources, the bytes of `xl/vbaProject.bin`; standard library only."""
