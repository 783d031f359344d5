"""My Value: one number that remembers how it was computed."""


class Value:
    def __init__(self, data, _prev=(), _op=""):
        self.data = float(data)
        self.grad = 0.0
        self._prev = tuple(_prev)  # the operands
        self._op = _op  # what made it: "+", "*", "" for a leaf
        self._backward = lambda: None  # hands my grad on to my operands

    def __repr__(self):
        return f"Value(data={self.data}, grad={self.grad})"

    # Block B: __add__ and __mul__

    # Block C: backward
