// valuecheck.html: an editor, a button, and what the check finds, without a server.
import { python } from "@codemirror/lang-python";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { StateEffect, StateField } from "@codemirror/state";
import { Decoration } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { instance } from "@viz-js/viz";
import { EditorView, basicSetup } from "codemirror";

const TEXTS = {
  en: {
    title: "Check your Value", check: "Check", stop: "Stop", open: "Open a file", save: "Save", share: "Copy a link",
    begin: "Start from", require: "Required", copied: "The link is in the clipboard.", lang: "Español",
    loading: "Python is being loaded, which takes a few seconds the first time.", ready: "Ready.",
    at: (n, of, law) => `${n} of ${of}: ${law}`, private: "Nothing leaves this page.",
    pass: "PASS", fail: "FAIL", error: "NOT CHECKED", got: "got", expected: "expected", program: "The smallest program",
    again: "To see it again, as a test", line: "line", warning: "a warning", sofar: "so far; the rest goes on",
    held: (s) => `${s.laws} laws held, ${s.judged} of ${s.offered} operations judged, ${s.programs} programs in ${s.seconds.toFixed(1)} s`,
    silent: (law) => `No answer for 20 seconds, in ${law}: the interpreter was ended, and a new one is being started.`,
    dead: (law, why) => `The interpreter ended, in ${law}: ${why}. A new one is being started.`,
    stopped: "Stopped.", lacks: "A browser has no processes, no memory limit and no torch: limits of depth are lower here than on your machine.",
    starts: { empty: "an empty skeleton", skeleton: "lab 00, solved", solved: "lab 01, solved", broken: "lab 01, with a mistake" },
  },
  es: {
    title: "Comprueba tu Value", check: "Comprobar", stop: "Parar", open: "Abrir un archivo", save: "Guardar", share: "Copiar un enlace",
    begin: "Partir de", require: "Se exige", copied: "El enlace está en el portapapeles.", lang: "English",
    loading: "Se está cargando Python; la primera vez tarda unos segundos.", ready: "Listo.",
    at: (n, of, law) => `${n} de ${of}: ${law}`, private: "Nada sale de esta página.",
    pass: "PASS", fail: "FAIL", error: "SIN COMPROBAR", got: "dio", expected: "debía dar", program: "El programa más pequeño",
    again: "Para verlo otra vez, como prueba", line: "línea", warning: "un aviso", sofar: "por ahora; el resto continúa",
    held: (s) => `${s.laws} leyes se cumplen, ${s.judged} de ${s.offered} operaciones juzgadas, ${s.programs} programas en ${s.seconds.toFixed(1)} s`,
    silent: (law) => `Sin respuesta en 20 segundos, en ${law}: se terminó el intérprete y se está arrancando otro.`,
    dead: (law, why) => `El intérprete terminó, en ${law}: ${why}. Se está arrancando otro.`,
    stopped: "Parado.", lacks: "Un navegador no tiene procesos, ni límite de memoria, ni torch: los límites de profundidad son menores aquí que en tu máquina.",
    starts: { empty: "un esqueleto vacío", skeleton: "laboratorio 00, resuelto", solved: "laboratorio 01, resuelto", broken: "laboratorio 01, con un error" },
  },
};
const SILENCE = 20_000;
const starters = JSON.parse(document.getElementById("starters").textContent);
const $ = (id) => document.getElementById(id);
const store = {
  get: (key) => { try { return localStorage.getItem(`valuecheck ${key}`); } catch { return null; } },
  set: (key, value) => { try { localStorage.setItem(`valuecheck ${key}`, value); } catch { /* a page without a store */ } },
};
const element = (name, text = "", attributes = {}) => {
  const made = document.createElement(name);
  made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
};

// Language
const asked = new URLSearchParams(location.search).get("lang") || store.get("lang") || navigator.language;
let lang = String(asked).startsWith("es") ? "es" : "en";
let say = TEXTS[lang];

// The editor, in which a line can be marked
const mark = StateEffect.define();
const marks = StateField.define({
  create: () => Decoration.none,
  update(held, change) {
    let now = held.map(change.changes);
    for (const effect of change.effects) {
      if (!effect.is(mark)) continue;
      const lines = [...new Set(effect.value)].filter((n) => n >= 1 && n <= change.state.doc.lines).sort((a, b) => a - b);
      now = Decoration.set(lines.map((n) => Decoration.line({ class: "guilty" }).range(change.state.doc.line(n).from)));
    }
    return now;
  },
  provide: (field) => EditorView.decorations.from(field),
});
const colours = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--keyword)" },
  { tag: [tags.string, tags.number], color: "var(--literal)" },
  { tag: tags.comment, color: "var(--comment)" },
  { tag: [tags.function(tags.variableName), tags.className], color: "var(--name)" },
]);

const packed = async (text) => {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(Array.from(bytes, (b) => String.fromCharCode(b)).join("")).replaceAll("+", "-").replaceAll("/", "_");
};
const unpacked = async (text) => {
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"))).text();
};
const hash = new URLSearchParams(location.hash.slice(1));
let first = store.get("source") ?? starters.broken.source;
if (hash.has("start") && starters[hash.get("start")]) first = starters[hash.get("start")].source;
if (hash.has("code")) { try { first = await unpacked(hash.get("code")); } catch { /* no link of ours */ } }
$("require").value = hash.get("require") ?? starters[hash.get("start")]?.require ?? store.get("require") ?? "";

// What a link begins with is there once: a reload must not put it over what was written since.
if (hash.has("start")) history.replaceState(null, "", location.pathname + location.search);

const editor = new EditorView({
  doc: first,
  parent: $("editor"),
  extensions: [
    basicSetup, python(), marks, syntaxHighlighting(colours),
    EditorView.contentAttributes.of({ "aria-label": "Python" }),
    EditorView.updateListener.of((change) => { if (change.docChanged) store.set("source", text()); }),
  ],
});
const text = () => editor.state.doc.toString();
const put = (source) => editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: source }, effects: mark.of([]) });

// The worker
const files = {};
async function unpackFiles() {
  for (const script of document.querySelectorAll("script[data-file]")) {
    const bytes = Uint8Array.from(atob(script.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    files[script.dataset.file] = await new Response(stream).blob(); // which workers share
    script.remove();
  }
}
let worker = null;
let isReady = false;
let timer = 0;
let law = "";
let busy = false;
const state = (told) => { $("state").textContent = told; };
function start() {
  const source = new Blob([$("worker").textContent], { type: "text/javascript" });
  worker = new Worker(URL.createObjectURL(source));
  state(say.loading);
  isReady = false;
  ready = new Promise((done) => {
    worker.onmessage = ({ data }) => {
      if (data.kind === "ready") { isReady = true; if (!busy) state(say.ready); done(); }
      if (data.kind === "told") { wait(); shown(data.told); }
      if (data.kind === "end") finish();
      if (data.kind === "fatal") ended(say.dead(law || "…", data.message));
    };
    worker.onerror = (event) => { event.preventDefault(); ended(say.dead(law || "…", event.message || "?")); };
  });
  worker.postMessage({ files });
}
function wait() {
  clearTimeout(timer);
  timer = setTimeout(() => ended(say.silent(law || "…")), SILENCE);
}
function finish() {
  clearTimeout(timer);
  busy = false;
  $("check").disabled = false;
  $("stop").disabled = true;
  $("progress").hidden = true;
}
function ended(why) {
  worker.terminate();
  finish();
  $("verdict").textContent = why;
  $("verdict").className = "error";
  if (isReady) start(); // one that never came so far would not the next time
}

// What is found
const viz = instance();
async function picture(dot, alternative) {
  const svg = (await viz).renderSVGElement(dot);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", alternative);
  return svg;
}
const number = (n) => (typeof n === "number" ? String(n) : n ?? "");
function fault(found, warning) {
  const section = element("section", "", { class: warning ? "fault warning" : "fault" });
  section.append(element("h2", warning ? `${found.headline} (${say.warning})` : found.headline));
  section.append(element("p", found.message));
  if (lang === "es") section.append(element("p", found.es));
  if (found.line) {
    const link = element("button", `${say.line} ${found.line}: ${found.quoted}`, { type: "button", class: "line" });
    link.addEventListener("click", () => {
      const line = editor.state.doc.line(Math.min(found.line, editor.state.doc.lines));
      editor.dispatch({ selection: { anchor: line.from }, effects: EditorView.scrollIntoView(line.from, { y: "center" }) });
      editor.focus();
    });
    section.append(link);
  }
  if (found.program) section.append(element("h3", say.program), element("pre", found.program));
  if (found.expected !== null && found.expected !== undefined) {
    section.append(element("p", `${found.quantity} ${found.node}: ${say.got} ${number(found.got)}, ${say.expected} ${number(found.expected)} ± ${number(found.allowed)}`));
  } else if (found.evidence !== found.message) section.append(element("p", found.evidence));
  if (found.dot) {
    const figure = element("figure");
    section.append(figure);
    picture(found.dot, found.program).then((svg) => figure.append(svg));
  }
  if (found.reproducer) {
    const details = element("details");
    details.append(element("summary", say.again), element("pre", found.reproducer));
    section.append(details);
  }
  return section;
}
function faults(found, warnings = []) {
  const lines = found.map((f) => f.line).filter(Boolean);
  const effects = [mark.of(lines)];
  if (lines.length && lines[0] <= editor.state.doc.lines) {
    effects.push(EditorView.scrollIntoView(editor.state.doc.line(lines[0]).from, { y: "center" }));
  }
  editor.dispatch({ effects });
  $("faults").replaceChildren(...found.map((f) => fault(f, false)), ...warnings.map((w) => fault(w, true)));
}
function shown(told) {
  if (told.law) {
    law = told.law;
    $("progress").max = told.of;
    $("progress").value = told.number;
    state(say.at(told.number, told.of, told.law.replace("test_", "").replaceAll("_", " ")));
    $("laws").append(element("li", told.law.replace("test_", "").replaceAll("_", " ")));
    $("laws").scrollTop = $("laws").scrollHeight;
  } else if (told.error) {
    $("verdict").textContent = `${say.error}: ${told.error}`;
    $("verdict").className = "error";
    state(say.ready);
  } else if (told.done) {
    const { summary } = told;
    faults(told.faults, told.warnings);
    $("verdict").className = summary.verdict;
    $("verdict").textContent = summary.error ? `${say.error}: ${summary.error}` : `${say[summary.verdict]}  ${say.held(summary)}`;
    state(say.lacks);
  } else if (told.faults) {
    faults(told.faults);
    $("verdict").className = "fail";
    $("verdict").textContent = `${say.fail} (${say.sofar})`;
  }
}
async function check() {
  if (busy) return;
  busy = true;
  $("check").disabled = true;
  $("faults").replaceChildren();
  $("laws").replaceChildren();
  $("verdict").textContent = "";
  $("progress").hidden = false;
  $("progress").removeAttribute("value");
  law = "";
  store.set("require", $("require").value);
  await ready;
  $("stop").disabled = false;
  wait();
  worker.postMessage({ source: text(), require: $("require").value });
}

// Buttons
function words() {
  document.documentElement.lang = lang;
  document.title = say.title;
  for (const node of document.querySelectorAll("[data-say]")) node.textContent = say[node.dataset.say];
  $("start").replaceChildren(...Object.keys(starters).map((key) => element("option", say.starts[key], { value: key })));
}
$("check").addEventListener("click", check);
$("stop").addEventListener("click", () => ended(say.stopped));
$("lang").addEventListener("click", () => {
  lang = lang === "en" ? "es" : "en";
  say = TEXTS[lang];
  store.set("lang", lang);
  words();
});
$("begin").addEventListener("click", () => {
  const starter = starters[$("start").value];
  put(starter.source);
  $("require").value = starter.require;
});
$("save").addEventListener("click", () => {
  const link = element("a", "", { download: "my_scalar.py", href: URL.createObjectURL(new Blob([text()], { type: "text/x-python" })) });
  link.click();
});
$("open").addEventListener("change", async () => {
  const [file] = $("open").files;
  if (file) put(await file.text());
});
$("share").addEventListener("click", async () => {
  const link = `${location.href.split("#")[0]}#code=${await packed(text())}&require=${encodeURIComponent($("require").value)}`;
  history.replaceState(null, "", link);
  try { await navigator.clipboard.writeText(link); state(say.copied); } catch { state(link); }
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); check(); }
});

words();
state(say.loading);
let ready = unpackFiles().then(() => { start(); return ready; });
