"""Telling what was found: in the terminal, as JSON, as a program, as a picture."""
