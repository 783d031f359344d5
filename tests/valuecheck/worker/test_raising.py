"""What a constructor refuses: the plain number it was given, or what the operation made of it."""

from __future__ import annotations

import pytest

from minigrad import Value
from valuecheck.worker.raising import on_purpose


def _own(file: str) -> bool:
    return file.endswith(("scalar.py", "test_raising.py"))


class _Strict(Value):
    def __init__(self, data: object) -> None:
        if type(data) is not float:
            raise TypeError(data)


def _error(made: object) -> BaseException:
    with pytest.raises(TypeError) as error:
        _Strict(made)
    return error.value


@pytest.mark.parametrize("made", ["2", [2], 3])
def test_what_an_operation_makes_and_the_constructor_refuses_is_an_accident(made: object) -> None:
    assert not on_purpose(_error(made), _own, [2])


def test_a_plain_number_that_the_constructor_refuses_is_refused_on_purpose() -> None:
    assert on_purpose(_error(2), _own, [2])
    assert not on_purpose(_error(2), _own)
