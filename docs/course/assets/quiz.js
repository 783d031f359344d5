"use strict";
// The quiz of the page. Free answers are formulas, judged by dual numbers: value and derivatives at
// several points, as quiz/questions.py does it.
{
  const TEXTS = {
    en: { score: "Score", clear: "Begin anew", right: "right", wrong: "wrong", key: "the answer",
          read: "Read again:", passed: "passed", failed: "not passed yet: 70 % is needed",
          result: (n, of) => `${n} of ${of} right, ${Math.round(100 * n / of)} %`,
          none: "not answered", bad: "not understood" },
    es: { score: "Corregir", clear: "Empezar de nuevo", right: "correcto", wrong: "incorrecto", key: "la respuesta",
          read: "Vuelve a leer:", passed: "aprobado", failed: "todavía no: hace falta un 70 %",
          result: (n, of) => `${n} de ${of} correctas, ${Math.round(100 * n / of)} %`,
          none: "sin responder", bad: "no se entiende" },
  };
  const lang = document.documentElement.lang.startsWith("es") ? "es" : "en";
  const say = TEXTS[lang];
  const items = JSON.parse(document.getElementById("quiz-items").textContent);
  const place = document.getElementById("quiz");
  const STORE = "quiz-07";

  // Dual numbers: a value and its derivatives by each variable.
  const dual = (v, d) => ({ v, d });
  const zip = (a, b, f) => a.map((x, i) => f(x, b[i]));
  const add = (x, y) => dual(x.v + y.v, zip(x.d, y.d, (a, b) => a + b));
  const scale = (x, v, k) => dual(v, x.d.map((a) => a * k));
  const neg = (x) => scale(x, -x.v, -1);
  const mul = (x, y) => dual(x.v * y.v, zip(x.d, y.d, (a, b) => a * y.v + x.v * b));
  const inverse = (x) => scale(x, 1 / x.v, -1 / (x.v * x.v));
  const functions = {
    exp: (x) => scale(x, Math.exp(x.v), Math.exp(x.v)),
    log: (x) => scale(x, Math.log(x.v), 1 / x.v),
    tanh: (x) => scale(x, Math.tanh(x.v), 1 - Math.tanh(x.v) ** 2),
    sqrt: (x) => scale(x, Math.sqrt(x.v), 0.5 / Math.sqrt(x.v)),
    sin: (x) => scale(x, Math.sin(x.v), Math.cos(x.v)),
    cos: (x) => scale(x, Math.cos(x.v), -Math.sin(x.v)),
    abs: (x) => scale(x, Math.abs(x.v), Math.sign(x.v)),
    relu: (x) => scale(x, Math.max(x.v, 0), x.v > 0 ? 1 : 0),
  };
  const power = (x, y) => (y.d.every((a) => a === 0)
    ? scale(x, x.v ** y.v, y.v * x.v ** (y.v - 1))
    : functions.exp(mul(y, functions.log(x))));

  function evaluate(text, variables, point) {
    const tokens = text.replace(/,/g, ".").match(/\*\*|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|[a-z]\w*|[-+*/^()]|\S/gi) || [];
    let at = 0;
    const zero = variables.map(() => 0);
    const take = (...wanted) => (wanted.includes(tokens[at]) ? tokens[at++] : null);
    const must = (wanted) => { if (take(wanted) === null) throw new SyntaxError(wanted); };
    function atom() {
      const token = tokens[at++];
      if (token === "(") { const inner = sum(); must(")"); return inner; }
      if (/^[\d.]/.test(token || "")) return dual(Number(token), zero);
      if (Object.hasOwn(functions, token)) { must("("); const inner = sum(); must(")"); return functions[token](inner); }
      const index = variables.indexOf(token);
      if (index >= 0) return dual(point[index], zero.map((_, i) => Number(i === index)));
      throw new SyntaxError(token || "");
    }
    function raised() {
      const base = atom();
      return take("**", "^") === null ? base : power(base, signed());
    }
    function signed() {
      const sign = take("-", "+");
      if (sign === "-") return neg(signed());
      return sign === "+" ? signed() : raised();
    }
    function product() {
      let left = signed();
      for (let sign = take("*", "/"); sign; sign = take("*", "/")) {
        const right = signed();
        left = mul(left, sign === "*" ? right : inverse(right));
      }
      return left;
    }
    function sum() {
      let left = product();
      for (let sign = take("+", "-"); sign; sign = take("+", "-")) {
        const right = product();
        left = add(left, sign === "+" ? right : neg(right));
      }
      return left;
    }
    const found = sum();
    if (at < tokens.length) throw new SyntaxError(tokens[at]);
    return [found.v, ...found.d];
  }

  function agrees(item, given) {
    for (let n = 1; n <= 5; n += 1) {
      const point = item.variables.map((_, i) => 0.3 + ((n * 0.37 + i * 0.61) % 1.6));
      const wanted = evaluate(item.answer, item.variables, point);
      const got = evaluate(given, item.variables, point);
      if (!wanted.every((w, i) => Math.abs(w - got[i]) <= 1e-9 * Math.max(1, Math.abs(w)))) return false;
    }
    return true;
  }

  const element = (name, text, attributes = {}) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const form = element("form");
  for (const [number, item] of items.entries()) {
    const field = element("fieldset", "", { id: item.id });
    field.append(element("legend", String(number + 1)), element("p", item.text));
    if (item.code) field.append(element("pre", item.code));
    item.choices.forEach((choice, index) => {
      const label = element("label");
      const type = item.kind === "single" ? "radio" : "checkbox";
      label.append(element("input", "", { type, name: item.id, value: index }), " ");
      label.append(item.code ? element("code", choice.text) : choice.text);
      field.append(label);
    });
    if (item.kind === "free") {
      const label = element("label", `${item.variables.join(", ")} `.trim());
      label.append(" ", element("input", "", { type: "text", name: item.id, autocomplete: "off",
        autocapitalize: "off", spellcheck: "false", "aria-label": item.text }));
      field.append(label);
    }
    field.append(element("div", "", { class: "told", "aria-live": "polite" }));
    form.append(field);
  }
  const score = element("button", say.score, { type: "submit" });
  const clear = element("button", say.clear, { type: "button" });
  const result = element("div", "", { class: "result", "aria-live": "polite" });
  form.append(score, " ", clear, result);
  place.append(form);

  const answers = () => Object.fromEntries(items.map((item) => [item.id, item.kind === "free"
    ? form.querySelector(`input[name="${item.id}"]`).value
    : [...form.querySelectorAll(`[name="${item.id}"]:checked`)].map((box) => Number(box.value))]));
  const kept = (() => { try { return JSON.parse(localStorage.getItem(STORE)) || {}; } catch { return {}; } })();
  for (const item of items) {
    const before = kept[item.id];
    if (before === undefined) continue;
    if (item.kind === "free") form.querySelector(`input[name="${item.id}"]`).value = before;
    else for (const index of before) {
      const box = form.querySelector(`[name="${item.id}"][value="${index}"]`);
      if (box) box.checked = true;
    }
  }
  form.addEventListener("input", () => {
    try { localStorage.setItem(STORE, JSON.stringify(answers())); } catch { /* a page without a store */ }
  });
  clear.addEventListener("click", () => {
    form.reset();
    try { localStorage.removeItem(STORE); } catch { /* as above */ }
    for (const told of form.querySelectorAll(".told, .result")) told.replaceChildren();
  });

  function judge(item, given) {
    if (given.length === 0) return [false, say.none];
    if (item.kind === "free") {
      try {
        return agrees(item, given) ? [true, ""] : [false, `${say.key}: ${item.answer}`];
      } catch {
        return [false, say.bad];
      }
    }
    const right = item.choices.every((choice, index) => choice.right === given.includes(index));
    const why = given.filter((index) => !item.choices[index].right).map((index) => item.choices[index].why);
    return [right, why.join(" ")];
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const given = answers();
    const pages = new Map();
    let won = 0;
    for (const item of items) {
      const [right, why] = judge(item, given[item.id]);
      won += Number(right);
      const told = document.querySelector(`#${item.id} .told`);
      told.className = `told ${right ? "right" : "wrong"}`;
      told.textContent = [right ? say.right : say.wrong, why].filter(Boolean).join(": ");
      if (!right) pages.set(item.page, (pages.get(item.page) || 0) + 1);
    }
    const passed = won >= 0.7 * items.length;
    result.replaceChildren(element("p", `${say.result(won, items.length)}: ${passed ? say.passed : say.failed}`,
      { class: "verdict" }));
    if (pages.size) {
      const list = element("ul");
      for (const page of pages.keys()) {
        const entry = element("li");
        entry.append(element("a", page.replace(".html", ""), { href: page }));
        list.append(entry);
      }
      result.append(element("p", say.read), list);
    }
    result.scrollIntoView({ block: "nearest" });
  });
}
