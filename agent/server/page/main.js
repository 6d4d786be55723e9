// Begins: who is calling, the tabs, the colours. Each tab has a module of its own.

import { enter } from "./api.js";
import { by } from "./dom.js";
import { openChat } from "./chat.js";
import { openInspect, showInspection } from "./inspect.js";
import { openKnowledge } from "./knowledge.js";
import { openPast } from "./past.js";

const TABS = ["inspect", "past", "knowledge"];
const COLOURS = ["system", "light", "dark"];
const opened = {};

function choose(name, { focus = false } = {}) {
  for (const one of TABS) {
    const tab = by(`tab-${one}`);
    const here = one === name;
    tab.setAttribute("aria-selected", String(here));
    tab.tabIndex = here ? 0 : -1;
    by(one).hidden = !here;
    if (here && focus) tab.focus();
  }
  opened[name]?.();
}

function colour(name) {
  document.documentElement.dataset.colours = name;
  by("theme").textContent = `Colours: ${name}`;
  by("theme").setAttribute("aria-label", `Colours: ${name}. Press to change.`);
  localStorage.setItem("loupe-colours", name);
}

by("theme").addEventListener("click", () => {
  const now = document.documentElement.dataset.colours;
  colour(COLOURS[(COLOURS.indexOf(now) + 1) % COLOURS.length]);
});
for (const name of TABS) {
  by(`tab-${name}`).addEventListener("click", () => { location.hash = name; });
  by(`tab-${name}`).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = TABS[(TABS.indexOf(name) + step + TABS.length) % TABS.length];
    location.hash = next;
    choose(next, { focus: true });
  });
}

/** Goes where the address says: a tab, or one inspection. */
async function follow() {
  const hash = decodeURIComponent(location.hash.slice(1));
  if (TABS.includes(hash)) return choose(hash);
  choose("inspect");
  if (hash.startsWith("inspection=")) await showInspection(hash.slice("inspection=".length));
}

colour(localStorage.getItem("loupe-colours") ?? "system");
const about = await enter();
by("about").textContent = [about.person, about.mind === "embedded" ? "embedded mind" : about.mind].filter(Boolean).join(" · ");
opened.past = openPast();
opened.knowledge = openKnowledge();
openChat();
await openInspect();
window.addEventListener("hashchange", follow);
await follow();
document.documentElement.dataset.ready = "yes";
