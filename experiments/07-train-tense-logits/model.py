"""A small network of `Value`s: neurons, layers, and layers on layers."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from minigrad.scalar import Value

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["MLP", "Layer", "Neuron"]


class Neuron:
    """A weighted sum of the inputs and a bias, through tanh unless it is linear."""

    def __init__(self, inputs: int, rng: random.Random, *, linear: bool) -> None:
        scale = inputs**-0.5
        self.weights = [Value(rng.uniform(-scale, scale)) for _ in range(inputs)]
        self.bias = Value(0.0)
        self.linear = linear

    def __call__(self, inputs: Sequence[Value]) -> Value:
        """Return the activation for as many inputs as there are weights."""
        total = self.bias
        for weight, value in zip(self.weights, inputs, strict=True):
            total = total + weight * value
        return total if self.linear else total.tanh()

    def parameters(self) -> list[Value]:
        """Return the weights and the bias."""
        return [*self.weights, self.bias]


class Layer:
    """Neurons side by side, all on the same inputs."""

    def __init__(self, inputs: int, outputs: int, rng: random.Random, *, linear: bool) -> None:
        self.neurons = [Neuron(inputs, rng, linear=linear) for _ in range(outputs)]

    def __call__(self, inputs: Sequence[Value]) -> list[Value]:
        """Return one activation for each neuron."""
        return [neuron(inputs) for neuron in self.neurons]

    def parameters(self) -> list[Value]:
        """Return the parameters of all neurons."""
        return [parameter for neuron in self.neurons for parameter in neuron.parameters()]


class MLP:
    """Layers one after the other; the last is linear, so that its outputs are logits.

    Args:
        sizes: the number of inputs, then of the outputs of each layer.
        seed: what the weights are drawn from.
    """

    def __init__(self, sizes: Sequence[int], seed: int) -> None:
        rng = random.Random(seed)
        last = len(sizes) - 2
        self.layers = [
            Layer(sizes[i], sizes[i + 1], rng, linear=i == last) for i in range(len(sizes) - 1)
        ]

    def __call__(self, inputs: Sequence[Value]) -> list[Value]:
        """Return the logits."""
        values = list(inputs)
        for layer in self.layers:
            values = layer(values)
        return values

    def parameters(self) -> list[Value]:
        """Return the parameters of all layers."""
        return [parameter for layer in self.layers for parameter in layer.parameters()]
