"""One target from start to verdict."""
