// The Web Worker of valuecheck.html: Python, and in it the judge and the judged.
// It is handed every file it needs, and asks nobody for more.
const TYPES = { wasm: "application/wasm", json: "application/json", mjs: "text/javascript" };
let files = {};
self.fetch = async (url) => {
  const name = String(url.url || url).split("/").pop();
  if (!(name in files)) return new Response("", { status: 404 });
  return new Response(files[name], { headers: { "content-type": TYPES[name.split(".").pop()] || "" } });
};
const url = (name) => URL.createObjectURL(new Blob([files[name]], { type: TYPES.mjs }));
let python;

async function start() {
  const { loadPyodide } = await import(url("pyodide.mjs"));
  const { default: createPyodideModule } = await import(url("pyodide.asm.mjs"));
  const lockFileContents = await files["pyodide-lock.json"].text();
  const py = await loadPyodide({ indexURL: "https://page.invalid/", lockFileContents, createPyodideModule });
  for (const name of Object.keys(files)) {
    if (name.endsWith(".whl")) py.unpackArchive(new Uint8Array(await files[name].arrayBuffer()), "wheel");
  }
  postMessage({ kind: "loaded" });
  py.runPython("from valuecheck.page import check_source");
  files = {};
  return py;
}

self.onmessage = async ({ data }) => {
  try {
    if (data.files) {
      files = data.files;
      python = start();
      await python;
      postMessage({ kind: "ready" });
      return;
    }
    const py = await python;
    py.globals.set("source", data.source);
    py.globals.set("required", data.require);
    py.globals.set("tell", (text) => postMessage({ kind: "told", told: JSON.parse(text) }));
    py.runPython("check_source(source, tell, required)");
    postMessage({ kind: "end" });
  } catch (error) {
    postMessage({ kind: "fatal", message: String(error.message || error).slice(-500) });
  }
};
