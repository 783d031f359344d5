"""Train a 2-layer MLP on the identity of the five tenses of *work*, with `minigrad.scalar` alone.

    python experiments/07-train-tense-logits/train.py

One-hot in, five logits out; the loss is the sum over the five inputs of the sum of squares over
the five outputs. An all-zero network scores 5.0.
"""

from __future__ import annotations

from artefacts import options, write
from model import MLP

from minigrad.scalar import Value

TENSES = {
    "infinitive": ("(to) work", "trabajar"),
    "present, third person singular": ("works", "trabaja"),
    "past simple": ("worked", "trabajó"),
    "past participle": ("worked", "trabajado"),
    "future": ("will work", "trabajará"),
}
CODES = [[float(i == tense) for i in range(len(TENSES))] for tense in range(len(TENSES))]
SEEDS = range(20)  # those for which the goal has to be reached


def loss_of(network: MLP) -> Value:
    """Return the sum over the five tenses of the squared distance to their one-hot code."""
    loss = Value(0.0)
    for code in CODES:
        for logit, target in zip(network([Value(x) for x in code]), code, strict=True):
            loss = loss + (logit - target) ** 2
    return loss


def train(seed: int, epochs: int, learning_rate: float, hidden: int) -> tuple[MLP, list[float]]:
    """Train a network and return it with the loss before each epoch and after the last."""
    network = MLP([len(TENSES), hidden, len(TENSES)], seed)
    losses = []
    for epoch in range(epochs):
        loss = loss_of(network)
        losses.append(loss.data)
        if not abs(loss.data) < float("inf"):
            raise SystemExit(
                f"the loss is {loss.data} at epoch {epoch}: use a smaller --learning-rate"
            )
        for p in network.parameters():
            p.grad = 0.0
        loss.backward()
        for p in network.parameters():
            p.data -= learning_rate * p.grad
    return network, [*losses, loss_of(network).data]


def predictions(network: MLP) -> list[list[float]]:
    """Return the five logits for each of the five one-hot inputs."""
    return [[logit.data for logit in network([Value(x) for x in code])] for code in CODES]


if __name__ == "__main__":
    o = options(__doc__ or "")
    runs = {seed: train(seed, o.epochs, o.learning_rate, o.hidden) for seed in {o.seed, *SEEDS}}
    write(o, TENSES, predictions(runs[o.seed][0]), {seed: run[1] for seed, run in runs.items()})
