"""A VBA project as bytes, from its sources: what `xl/vbaProject.bin` holds. The standard library alone."""
