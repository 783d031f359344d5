"""The wall: one interface to any engine, its in-process side, its process side, the protocol."""
