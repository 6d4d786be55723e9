// Corrections: said in a dialog, judged by the server before they take effect, listed and undone.

import { Refused, get, post } from "./api.js";
import { by, clock, el, fill } from "./dom.js";

const KINDS = { not_a_defect: "This is not a defect", missed: "A defect was missed", cause: "The cause was another" };
const BECOMES = { case: "remember it as a case", rule: "make it a rule", reference: "make this part a normal reference" };

const options = (named, chosen) => Object.entries(named).map(([value, words]) => el("option", { value, selected: value === chosen }, words));

/** Opens the dialog. `about` holds the inspection, and may hold kind, finding, box and becomes. */
export async function correcting(about) {
  const dialog = by("correct-dialog");
  const product = about.record?.product ? await get(`/api/products/${encodeURIComponent(about.record.product)}`) : null;
  const modes = Object.fromEntries([["", "none"], ...(product?.failure_modes ?? []).map((one) => [one.id, one.mode])]);
  const told = el("p", { role: "status" });
  const form = el("form", {},
    el("h2", {}, "Correct this inspection"),
    about.finding ? el("p", {}, `${about.finding.id}: ${about.finding.claim}`) : "",
    about.box ? el("p", {}, `Box: x ${about.box[0]} to ${about.box[2]}, y ${about.box[1]} to ${about.box[3]} px`) : "",
    el("label", {}, "What was wrong ", el("select", { name: "kind" }, options(KINDS, about.kind ?? (about.box ? "missed" : "not_a_defect")))),
    el("label", {}, "What it is, or what the cause was ", el("input", { name: "text", maxlength: "1000" })),
    el("label", {}, "Failure mode ", el("select", { name: "failure_mode" }, options(modes, about.finding?.failure_mode ?? ""))),
    el("label", {}, "What becomes of it ", el("select", { name: "becomes" }, options(BECOMES, about.becomes ?? "case"))),
    el("label", {}, "Why ", el("input", { name: "why", maxlength: "1000" })),
    el("label", { class: "force", hidden: true }, el("input", { type: "checkbox", name: "force" }), " take it in though references would be decided otherwise"),
    told,
    el("p", { class: "row" }, el("button", {}, "Take it in"), el("button", { type: "button", class: "plain", onclick: () => dialog.close() }, "Close")));
  form.addEventListener("submit", (event) => { event.preventDefault(); send(about, form, told); });
  fill(dialog, form);
  dialog.showModal();
}

async function send(about, form, told) {
  const given = Object.fromEntries(new FormData(form));
  const body = { ...given, force: form.elements.force.checked, inspection: about.id, finding: about.finding?.id ?? "", box_xyxy: about.box ?? null };
  told.className = "quiet";
  told.textContent = "It is judged on the references…";
  try {
    const taken = await post("/api/corrections", body);
    fill(told, `${taken.text} `, undoButton(taken.id, () => { told.textContent = `${taken.id} was undone.`; }));
    told.className = "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told.textContent = error.message;
    told.className = "bad";
    form.querySelector(".force").hidden = error.code !== "not_done";
  }
}

const undoButton = (id, done) => el("button", { type: "button", class: "plain small", onclick: async () => { await post(`/api/corrections/${id}/undo`, {}); done(); } }, `Undo ${id}`);

const became = (one) => [one.rule && `rule ${one.rule.id}`, one.reference && "a reference", ...Object.entries(one.occurrence).map(([mode, more]) => `${more} more for ${mode}`)].filter(Boolean).join(", ") || "a case";
const judged = (one) => (one.n_judged ? `${one.changed.length} of ${one.n_judged}` : "–");

/** The corrections of a product as a table; `changed` is called when one was undone. */
export async function correctionsOf(product, changed) {
  const kept = await get(`/api/corrections?product=${encodeURIComponent(product)}`);
  if (!kept.length) return [];
  const rows = kept.map((one) => el("tr", {},
    el("th", { scope: "row" }, one.id), el("td", {}, one.said), el("td", {}, became(one)), el("td", {}, judged(one)), el("td", {}, one.who), el("td", {}, one.why), el("td", {}, clock(one.at)),
    el("td", {}, one.undone ? el("span", { class: "quiet" }, "undone") : undoButton(one.id, changed))));
  const heads = ["Id", "Said", "Becomes", "References decided otherwise", "Who", "Why", "When", ""].map((head) => el("th", { scope: "col" }, head));
  return [el("h3", {}, "Corrections"), el("div", { class: "table" }, el("table", {}, el("thead", {}, el("tr", {}, heads)), el("tbody", {}, rows)))];
}
