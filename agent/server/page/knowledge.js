// What is known: products with their rules, failure modes, references and notes; and a search.

import { Refused, get, send } from "./api.js";
import { correctionsOf } from "./correct.js";
import { by, el, fill } from "./dom.js";

/** Makes the browser of knowledge work; gives what lists anew. */
export function openKnowledge() {
  by("ask").addEventListener("submit", async (event) => {
    event.preventDefault();
    const words = by("question").value.trim();
    if (!words) return fill(by("passages"));
    const found = await get(`/api/knowledge/search?${new URLSearchParams({ q: words })}`);
    const items = found.map((one) => el("li", {}, el("strong", {}, `${one.kind.replace("_", " ")} ${one.id} `), one.text, el("span", { class: "quiet" }, ` ${one.source}`)));
    return fill(by("passages"), items.length ? el("ol", {}, items) : el("p", { class: "quiet" }, "Nothing is known of that."));
  });
  return list;
}

async function list() {
  const products = await get("/api/products");
  fill(by("products"), ...products.map((one) => el("li", {}, el("button", { type: "button", class: "plain", onclick: () => show(one.name) }, one.name), el("span", { class: "quiet" }, ` ${one.references} references, ${one.rules} rules`))));
  if (!products.length) fill(by("known"), el("p", { class: "quiet" }, "No product is known. Add one by `loupe knowledge add FOLDER`."));
  else if (!by("known").children.length) await show(products[0].name);
}

async function show(name) {
  const there = `/api/products/${encodeURIComponent(name)}`;
  const one = await get(there);
  fill(by("known"),
    el("h2", {}, one.name), el("p", {}, one.descriptor),
    ...part("Rules", one.rules, table(["Id", "Kind", "Text"], one.rules.map((rule) => [rule.id, rule.kind, rule.text]))),
    ...part("Failure modes", one.failure_modes, table(["Mode", "Looks like", "Cause", "What to do"], one.failure_modes.map((mode) => [mode.mode, mode.appearance, mode.cause, mode.remediation]))),
    ...part("Notes", one.notes, el("div", {}, one.notes.map((note) => el("details", {}, el("summary", {}, note.title || note.id), el("p", { class: "said-text" }, note.text))))),
    el("h3", {}, "References"),
    el("div", { class: "strip" }, one.references.map((reference, index) => el("figure", {}, el("img", { src: `${there}/references/${index}`, alt: `Normal example ${reference.id}`, loading: "lazy" }), el("figcaption", {}, reference.id)))),
    adding(name, there),
    ...await correctionsOf(one.name, () => again(name)));
}

/** Shows a product anew, and how much is known of each. */
async function again(name) {
  await list();
  await show(name);
}

/** The form that adds a normal example, or says why it is not taken. */
function adding(name, there) {
  const told = el("p", { role: "status" });
  const form = el("form", { class: "row", id: "add-reference" },
    el("label", {}, "A normal example ", el("input", { type: "file", name: "file", accept: "image/*", required: true })),
    el("label", { class: "wide" }, "Why ", el("input", { name: "why", maxlength: "1000" })),
    el("label", { class: "force", hidden: true }, el("input", { type: "checkbox", name: "force" }), " take it in though references would be decided otherwise"),
    el("button", {}, "Add as a reference"));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    by("added").textContent = "";
    told.className = "quiet";
    told.textContent = "It is judged on the references…";
    const { file, why, force } = form.elements;
    try {
      const taken = await send(`${there}/references`, { file: file.files[0], why: why.value, force: force.checked ? "true" : "" });
      await again(name);
      by("added").textContent = taken.text;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      told.textContent = error.message;
      told.className = "bad";
      form.querySelector(".force").hidden = error.code !== "not_done";
    }
  });
  return el("div", {}, form, told, el("p", { id: "added", role: "status" }));
}

const part = (title, items, told) => (items.length ? [el("h3", {}, title), told] : []);

function table(heads, rows) {
  return el("div", { class: "table" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, rows.map((cells) => el("tr", {}, cells.map((cell) => el("td", {}, cell ?? "")))))));
}
