// Past inspections: listed, searched, opened.

import { get } from "./api.js";
import { by, clock, el, fill, shown } from "./dom.js";

const PAGE = 50;

/** Makes the search work; gives what lists anew. */
export function openPast() {
  let timer;
  const list = () => find(0);
  by("search").addEventListener("submit", (event) => { event.preventDefault(); list(); });
  by("search").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(list, 200); });
  by("more").addEventListener("click", () => find(by("found").children.length));
  return list;
}

async function find(offset) {
  const asked = new URLSearchParams({ q: by("words").value, offset, limit: PAGE });
  for (const name of ["decision", "state"]) if (by(name).value) asked.set(name, by(name).value);
  const { inspections, total } = await get(`/api/inspections?${asked}`);
  const rows = inspections.map(row);
  if (offset) by("found").append(...rows);
  else fill(by("found"), ...rows);
  by("n-found").textContent = total === 1 ? "1 inspection" : `${total} inspections`;
  by("more").hidden = by("found").children.length >= total;
}

function row(one) {
  const decision = one.decision ?? one.state;
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: `#inspection=${encodeURIComponent(one.id)}` }, one.name)),
    el("td", {}, one.product ?? "unknown"),
    el("td", { class: `tone ${one.state === "waiting" ? "review" : decision}` }, decision),
    el("td", { class: "number" }, shown(one.score)),
    el("td", {}, clock(one.created)),
    el("td", { class: "wide" }, one.reason.length > 160 ? `${one.reason.slice(0, 160)}…` : one.reason));
}
