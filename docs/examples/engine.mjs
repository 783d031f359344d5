// A reverse-mode autograd engine, and the loop that answers valuecheck's questions about it.
import { createInterface } from "node:readline";

class Value {
  constructor(data, operands = [], partials = []) {
    Object.assign(this, { data, operands, partials, grad: 0 });
  }

  backward() {
    const order = [], seen = new Set();
    const stack = [[this, false]];
    while (stack.length) {
      const [node, done] = stack.pop();
      if (done) order.push(node);
      else if (!seen.has(node)) {
        seen.add(node);
        if (node.operands.length) node.grad = 0;
        stack.push([node, true], ...node.operands.map((operand) => [operand, false]));
      }
    }
    this.grad += 1;
    for (const node of order.reverse())
      node.operands.forEach((operand, i) => { operand.grad += node.partials[i] * node.grad; });
  }
}

const lift = (x) => (x instanceof Value ? x : new Value(x));
const op = (data, operands, partials) => new Value(data, operands, partials);
const OPERATIONS = {
  "+": (a, b) => op(a.data + b.data, [a, b], [1, 1]),
  "-": (a, b) => op(a.data - b.data, [a, b], [1, -1]),
  "*": (a, b) => op(a.data * b.data, [a, b], [b.data, a.data]),
  "/": (a, b) => op(a.data / b.data, [a, b], [1 / b.data, -a.data / b.data / b.data]),
  "**": (a, n) => op(a.data ** n.data, [a], [n.data ? n.data * a.data ** (n.data - 1) : 0]),
  neg: (a) => op(-a.data, [a], [-1]),
  exp: (a) => op(Math.exp(a.data), [a], [Math.exp(a.data)]),
  log: (a) => op(Math.log(a.data), [a], [1 / a.data]),
  tanh: (a) => op(Math.tanh(a.data), [a], [1 - Math.tanh(a.data) ** 2]),
  relu: (a) => op(a.data > 0 ? a.data : a.data * 0, [a], [a.data > 0 ? 1 : 0]),
};

// JSON has no infinities, no nan, and JavaScript's has no -0.
const SPECIAL = { inf: Infinity, "-inf": -Infinity, nan: NaN, "-0.0": -0 };
const read = (x) => (typeof x === "string" ? SPECIAL[x] : x);
const write = (x) => Object.keys(SPECIAL).find((name) => Object.is(SPECIAL[name], x)) ?? x;

function answer({ id, leaves, steps, then }) {
  const nodes = leaves.map((leaf) => new Value(read(leaf))), got = [];
  const step = ([symbol, ...operands]) => nodes.push(OPERATIONS[symbol](
    ...operands.map((o) => lift(typeof o === "number" ? nodes[o] : read(o.constant)))));
  const actions = {
    backward: (node) => nodes[node].backward(),
    read: () => got.push({ data: nodes.map((n) => write(n.data)), grad: nodes.map((n) => write(n.grad)) }),
    leaf: (number) => nodes.push(new Value(read(number))),
    step: (...given) => step(given),
    set: (name, node, number) => { nodes[node][name] = read(number); },
  };
  let at = ["steps", 0];
  try {
    steps.forEach((given, i) => { at = ["steps", i]; step(given); });
    then.forEach(([name, ...given], i) => { at = ["then", i]; actions[name](...given); });
  } catch (error) {
    const known = at[0] === "steps" || then[at[1]][0] in actions;
    return { id, got, error: { at, type: known ? error.name : "unknown", message: error.message } };
  }
  return { id, got };
}

const sides = (symbol) => ("+-*/".includes(symbol) ? ["left", "right"] : symbol === "**" ? ["right"] : []);
const primitives = Object.fromEntries(Object.keys(OPERATIONS).map((s) => [s, sides(s)]));
console.log(JSON.stringify({ valuecheck: 1, name: "engine.mjs", primitives, exponents: "any" }));
for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line);
  console.log(JSON.stringify(Array.isArray(asked) ? asked.map(answer) : answer(asked)));
}
