"""From a fault to what is reported of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from minigrad import Value
from tests.mutants import MUTANTS
from tests.valuecheck.command import engine_in
from valuecheck.diagnosis.finding import find
from valuecheck.engines.in_process import open_class
from valuecheck.engines.process import Limits, open_target
from valuecheck.engines.setup import Names
from valuecheck.judging.faults import Fault
from valuecheck.judging.judge import Judge
from valuecheck.judging.subject import Subject
from valuecheck.program.expression import Constant, Expression, Step

if TYPE_CHECKING:
    from pathlib import Path


def test_what_is_raised_is_shown_where_it_is_raised(tmp_path: Path) -> None:
    file = engine_in(tmp_path, "out.grad / self.data", "out.grad / out.data")
    engine, _ = open_target(str(file), Names(), Limits())
    subject = Subject(engine)
    with pytest.raises(Fault) as caught:
        Judge(subject).hold(Expression((1.0,), (Step("log", (0,)),)))
    finding = find(subject, caught.value)
    engine.close()
    assert finding is not None
    lines = file.read_text(encoding="utf-8").splitlines()
    number = next(n for n, line in enumerate(lines, 1) if "out.grad / out.data" in line)
    assert finding.where == f"{file}:{number}"


def test_a_number_in_place_of_a_node_is_shown_whatever_is_done_with_it() -> None:
    mutant = next(m for m in MUTANTS if m.name == "2 + x returns a number")
    engine = open_class(mutant.engine)
    later = Expression((1.0, 2.0), (Step("+", (Constant(1.0), 0)), Step("*", (2, 1))))
    with pytest.raises(Fault) as caught:
        Judge(Subject(engine)).hold(later)
    program = "\n".join(caught.value.failing(engine.source))
    with pytest.raises(AttributeError, match="'float' object has no attribute 'data'"):
        exec(program, {"Value": mutant.engine})  # noqa: S102 - our own text
    exec(program, {"Value": Value})  # noqa: S102 - our own text
