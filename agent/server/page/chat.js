// The conversation beside the picture: the same threads that `loupe chat` and the API speak in.

import { Refused, events, get, remove } from "./api.js";
import { by, el, fill } from "./dom.js";

let about = null;
let spokenOf = null;

const fresh = () => `web-${new Date().toISOString().replace(/[^0-9]/g, "")}`;

/** Which inspection "this one" is; the next message tells it. */
export function speakOf(ticket) { about = ticket; }

/** Makes the chat work. */
export async function openChat() {
  by("say").addEventListener("submit", (event) => { event.preventDefault(); say(); });
  by("message").addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); say(); }
  });
  by("thread").addEventListener("change", () => tellThread(by("thread").value));
  by("forget").addEventListener("click", () => { by("forget-dialog").returnValue = ""; by("forget-dialog").showModal(); });
  by("forget-dialog").addEventListener("close", () => { if (by("forget-dialog").returnValue === "yes") forget(); });
  const rows = await get("/api/threads");
  fill(by("thread"), el("option", { value: fresh() }, "a new one"), ...rows.map((one) => el("option", { value: one.thread }, one.title || one.thread)));
}

async function tellThread(thread) {
  spokenOf = null;
  const turns = await get(`/api/threads/${encodeURIComponent(thread)}`);
  by("forget").hidden = !turns.length;
  by("forgotten").textContent = "";
  fill(by("turns"), ...turns.flatMap((one) => [bubble("person", one.said), toldAgain(one, thread)]));
}

/** An answer of before, with its pictures and documents. */
function toldAgain(turn, thread) {
  const answer = bubble("loupe", turn.answer);
  answer.append(...turn.pictures.map((one) => picture(thread, one)), ...turn.documents.map((one) => link(thread, one)));
  return answer;
}

const picture = (thread, one) => el("img", { src: `/api/threads/${encodeURIComponent(thread)}/pictures/${one.artifact}.png`, alt: one.caption || "A picture of the conversation" });
const link = (thread, one) => el("p", {}, el("a", { href: `/api/threads/${encodeURIComponent(thread)}/documents/${encodeURIComponent(one.name)}`, download: one.name }, `${one.title} (${one.name.split(".").pop()})`));

/** Deletes the thread that is shown; the next message begins a new one. */
async function forget() {
  const option = by("thread").selectedOptions[0];
  try {
    const gone = await remove(`/api/threads/${encodeURIComponent(option.value)}`);
    if (option.index) option.remove();
    const first = by("thread").options[0];
    first.value = fresh();
    first.selected = true;
    await tellThread(first.value);
    by("forgotten").textContent = `It is deleted${gone.uploads.length ? ` with ${gone.uploads.join(", ")}` : ""}.`;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    by("forgotten").textContent = error.message;
  }
}

const bubble = (who, text) => el("div", { class: `turn ${who}` }, el("p", { class: "said-text" }, text));

/** The words with the inspection that they are about, where it is not the one spoken of before. */
function named(text) {
  if (about?.state !== "done" || about.id === spokenOf) return text;
  spokenOf = about.id;
  return `${text}\n(about the inspection ${about.id})`;
}

async function say() {
  const text = by("message").value.trim();
  if (!text) return;
  by("message").value = "";
  const thread = by("thread").value;
  const answer = el("div", { class: "turn loupe" });
  const steps = el("p", { class: "quiet small", role: "status" });
  const words = el("p", { class: "said-text" });
  answer.append(steps, words);
  by("turns").append(bubble("person", text), answer);
  answer.scrollIntoView({ block: "nearest" });
  try {
    for await (const one of events(`/api/threads/${encodeURIComponent(thread)}/messages`, { text: named(text) })) tell(one, { thread, answer, steps, words });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    steps.textContent = error.message;
    steps.className = "bad";
  }
  answer.scrollIntoView({ block: "nearest" });
}

function tell(one, { thread, answer, steps, words }) {
  if (one.kind === "node") steps.textContent = `${one.node} ${one.detail ?? ""}`.trim();
  else if (one.kind === "tool") steps.textContent = `${one.tool} ${one.state}`;
  else if (one.kind === "text") words.textContent += one.delta;
  else if (one.kind === "question" && !words.textContent) words.textContent = one.text;
  else if (one.kind === "picture") answer.append(picture(thread, one));
  else if (one.kind === "inspection") answer.append(el("p", {}, el("a", { href: `#inspection=${encodeURIComponent(one.ref)}` }, `${one.id}: ${one.decision ?? "not decided"}`)));
  else if (one.kind === "error") { steps.textContent = one.message; steps.className = "bad"; }
  else if (one.kind === "done") finish(one, { answer, steps, words });
}

function finish(done, { answer, steps, words }) {
  by("forget").hidden = false;
  steps.textContent = done.mind === "embedded" ? "" : done.mind;
  if (!words.textContent) words.textContent = done.answer;
  if (done.citations.length) answer.append(el("details", {}, el("summary", {}, `${done.citations.length} sources`), el("ul", {}, done.citations.map((one) => el("li", {}, el("strong", {}, `${one.id} `), one.text)))));
  answer.append(...done.documents.map((one) => link(done.thread, one)));
  if (done.hypotheses.length) answer.append(el("ul", { class: "small" }, done.hypotheses.map((one) => el("li", {}, `${one.id} ${one.text} ${one.likelihood.toFixed(2)}`))));
}
