// Parts are dropped, inspected one after the other, and watched while that happens.

import { Refused, events, get, post, send } from "./api.js";
import { by, el, fill, shown } from "./dom.js";
import { speakOf } from "./chat.js";
import { lookInto } from "./boxes.js";
import { correcting } from "./correct.js";
import { tellVerdict } from "./verdict.js";
import { Viewer } from "./viewer.js";

let viewer;
let current = null;

/** The inspection that is shown, or null. */
export const shownInspection = () => current;

/** Makes the drop area work, and fills the list of products. */
export async function openInspect() {
  viewer = new Viewer(by("viewer"), { onbox: (box) => lookInto(current, box, () => viewer.draw(false)) });
  const drop = by("drop");
  by("files").addEventListener("change", (event) => { take(event.target.files); event.target.value = ""; });
  for (const kind of ["dragenter", "dragover"]) drop.addEventListener(kind, (event) => { event.preventDefault(); drop.classList.add("over"); });
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => { event.preventDefault(); take(event.dataTransfer.files); });
  by("begin").addEventListener("submit", (event) => event.preventDefault());
  const products = await get("/api/products");
  by("product").append(...products.map((one) => el("option", { value: one.name }, one.name)));
}

/** Each file is a part; where one of them lists the others, all are one unit. */
async function take(files) {
  const list = [...files].find((file) => file.name.toLowerCase().endsWith(".asset.yaml"));
  if (list) return inspect([...files], list.name);
  for (const file of files) await inspect([file], file.name);
}

async function inspect(file, name) {
  const entry = el("li", {}, el("button", { type: "button", class: "plain" }, name), " ", el("span", { class: "quiet" }, "sending"));
  by("queue").prepend(entry);
  const told = entry.querySelector("span");
  try {
    const ticket = await send("/api/inspections", { file, product: by("product").value });
    entry.querySelector("button").addEventListener("click", () => { location.hash = `inspection=${ticket.id}`; });
    history.replaceState(null, "", `#inspection=${ticket.id}`);
    const ended = await showInspection(ticket.id);
    told.textContent = ended.decision ?? ended.state;
    told.className = `tone ${ended.decision ?? ended.state}`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    told.textContent = error.message;
    told.className = "bad";
  }
}

/** Shows an inspection from its first step on; gives what it is in the end. */
export async function showInspection(id) {
  current = { id, regions: [] };
  speakOf(null);
  const there = `/api/inspections/${id}`;
  let ticket = await get(there);
  current.name = ticket.name;
  fill(by("rounds"));
  fill(by("box"));
  fill(by("verdict"), el("p", { class: "quiet", role: "status" }, `${ticket.name} is ${ticket.state}.`));
  await viewer.show(`${there}/source.png`, ticket.name).catch(() => fill(by("viewer"), el("p", { class: "quiet" }, "The part cannot be shown.")));
  for await (const one of events(`${there}/events`)) {
    if (current.id !== id) return ticket;
    tellStep(one, there);
    if (one.kind === "state") ticket = one.data;
    if (one.kind === "state" && ticket.state === "running") fill(by("verdict"), el("p", { class: "quiet", role: "status" }, `${ticket.name} is being inspected.`));
  }
  await finish(ticket, there);
  return ticket;
}

async function finish(ticket, there) {
  const record = ticket.state === "done" ? await get(`${there}/record`) : null;
  if (record) {
    current.regions = record.verdict.regions;
    current.record = record;
    if (viewer.size) viewer.regions(record.verdict.regions);
  }
  speakOf(ticket);
  fill(by("verdict"), ...tellVerdict(ticket, record, { decide: (decision) => decide(ticket, decision), goto: (box) => viewer.goto(box), light: (region, on) => viewer.light(region, on), correct: (about) => correcting({ ...current, ...about }) }));
}

async function decide(ticket, decision) {
  await post(`/api/inspections/${ticket.id}/decision`, { decision });
  await showInspection(ticket.id);
}

function tellStep(one, there) {
  const data = one.data;
  if (one.kind === "node") {
    by("rounds").append(el("li", { class: "node" }, el("strong", {}, data.node), data.detail ? ` ${data.detail}` : "", data.seconds ? el("span", { class: "quiet" }, ` ${shown(data.seconds)} s`) : ""));
  } else if (one.kind === "call") {
    by("rounds").append(el("li", { class: "call" }, el("strong", {}, `${data.model}: ${data.purpose}`), data.fault ? el("span", { class: "bad" }, ` ${data.fault}`) : "", data.said ? el("details", {}, el("summary", {}, "what it said"), el("p", { class: "said-text" }, data.said)) : ""));
  } else if (one.kind === "tool") {
    const pictures = data.artifacts.map((digest) => el("img", { src: `${there}/pictures/${digest}.png`, alt: `What ${data.tool} showed`, loading: "lazy" }));
    by("rounds").append(el("li", { class: "tool" }, el("span", { class: "quiet" }, `round ${data.round} `), el("strong", { class: "mono" }, call(data)), el("p", { class: "said-text" }, data.answer), el("div", { class: "strip" }, pictures)));
  }
}

const call = (data) => `${data.tool}(${Object.entries(data.arguments).map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(", ")})`;
