"use strict";
// A graph with several states is clicked through, from the forward sweep to the last rule.
for (const figure of document.querySelectorAll("figure.graph")) {
  const frames = [...figure.querySelectorAll(".frame")];
  const buttons = figure.querySelector(".buttons");
  if (!buttons) continue;
  const [back, next] = buttons.querySelectorAll("button");
  const told = buttons.querySelector("output");
  let at = 0;
  const show = () => {
    frames.forEach((frame, number) => { frame.hidden = number !== at; });
    back.disabled = at === 0;
    next.disabled = at === frames.length - 1;
    told.textContent = `${at + 1} / ${frames.length}`;
  };
  back.addEventListener("click", () => { at -= 1; show(); });
  next.addEventListener("click", () => { at += 1; show(); });
  buttons.hidden = false;
  show();
}

// What is done stays ticked, in this browser.
{
  const page = location.pathname.split("/").slice(-2).join("/");
  document.querySelectorAll(".task-list-item input").forEach((box, number) => {
    const key = `done ${page} ${number}`;
    box.setAttribute("aria-label", box.closest("li").textContent.trim());
    try {
      box.checked = localStorage.getItem(key) === "yes";
      box.addEventListener("change", () => localStorage.setItem(key, box.checked ? "yes" : "no"));
    } catch { /* a page without a store */ }
  });
}
