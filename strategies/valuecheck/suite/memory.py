"""What broke a law once is tried first the next time: kept on disk by `--for`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hypothesis.database import DirectoryBasedExampleDatabase

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Memory", "Remembered"]


class Memory:
    """The examples that broke laws of one target.

    Args:
        folder: where they are kept.
        target: whose they are.
    """

    def __init__(self, folder: Path, target: str) -> None:
        self.database: DirectoryBasedExampleDatabase = DirectoryBasedExampleDatabase(folder)
        self.target = target


@dataclass(frozen=True, slots=True)
class Remembered:
    """What broke one law of the target."""

    memory: Memory
    law: str

    @property
    def _key(self) -> bytes:
        return f"{self.memory.target}\0{self.law}".encode("utf-8", "replace")

    def blocks(self, size: int) -> list[bytes]:
        """Return the blocks of a size, the simplest first."""
        return sorted(b for b in self.memory.database.fetch(self._key) if len(b) == size)

    def add(self, block: bytes) -> None:
        """Keep a block that broke the law."""
        self.memory.database.save(self._key, block)

    def forget(self, block: bytes) -> None:
        """Forget a block that breaks the law no more."""
        self.memory.database.delete(self._key, block)
