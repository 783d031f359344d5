"""Judging: what may be asked of an engine, running a program, holding it to its balls."""
