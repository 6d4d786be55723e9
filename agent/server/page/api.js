// Speaks to the server: JSON, files and events. Knows nothing of the page but the token dialog.

import { by } from "./dom.js";

const KEY = "loupe-token";

/** What went wrong, in the server's words. */
export class Refused extends Error {
  constructor(status, error) {
    super(error?.message ?? `The server answered ${status}.`);
    this.status = status;
    this.code = error?.code ?? null;
  }
}

function headers(more = {}) {
  const token = sessionStorage.getItem(KEY);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function answered(path, options = {}) {
  const answer = await fetch(path, { ...options, headers: headers(options.headers) });
  if (answer.ok) return answer;
  const body = await answer.json().catch(() => ({}));
  throw new Refused(answer.status, body.error);
}

export const get = async (path) => (await answered(path)).json();

export const post = async (path, body) =>
  (await answered(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  })).json();

export const remove = async (path) => (await answered(path, { method: "DELETE" })).json();

/** Sends a form, as with a file, or with several under one name. */
export async function send(path, fields) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) if (one) form.append(name, one);
  return (await answered(path, { method: "POST", body: form })).json();
}

/** Events of an address as they come; `body` makes it a POST. EventSource could send no token. */
export async function* events(path, body) {
  const options = body === undefined ? {} : {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  const answer = await answered(path, options);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { value, done } = await reader.read();
    rest += value ?? "";
    const blocks = rest.split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const data = block.split("\n").filter((line) => line.startsWith("data: "));
      if (data.length) yield JSON.parse(data.map((line) => line.slice(6)).join("\n"));
    }
    if (done) return;
  }
}

/** Enters: without a token where none is needed, else with the one that the person gives. */
export async function enter() {
  for (;;) {
    try {
      await answered("/api/session", { method: "POST" });
      return await get("/api/about");
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 401) throw error;
      await askToken(error.code === "invalid_token" ? error.message : "");
    }
  }
}

function askToken(told) {
  const dialog = by("token-dialog");
  by("token-told").textContent = told;
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener("close", () => {
      sessionStorage.setItem(KEY, by("token").value.trim());
      by("token").value = "";
      done();
    }, { once: true });
  });
}
