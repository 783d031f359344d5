"""The other side of the wall: what runs beside a stranger's engine and answers for it.

It imports the standard library and itself, nothing else of valuecheck, and runs on Python 3.8 and
newer: the interpreter it runs in is the engine's, not ours.
"""
