// Makes elements. Text is only ever set as text: nothing that others wrote becomes markup.

/** An element with attributes and children; strings become text nodes. */
export function el(name, attributes = {}, ...children) {
  const made = name === "svg" || SVG.has(name)
    ? document.createElementNS("http://www.w3.org/2000/svg", name)
    : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else made.setAttribute(key, value === true ? "" : value);
  }
  made.append(...children.flat().filter((one) => one !== null && one !== undefined && one !== ""));
  return made;
}

const SVG = new Set(["g", "rect", "path", "text", "title"]);

/** The element of an id. */
export const by = (id) => document.getElementById(id);

/** Puts children in the place of what an element held. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat().filter((one) => one !== null && one !== undefined));
}

/** A number to a few digits; a dash where there is none. */
export const shown = (number, digits = 2) =>
  number === null || number === undefined ? "–" : Number(number).toFixed(digits);

/** A time as the reader's clock has it. */
export const clock = (iso) => new Date(iso).toLocaleString([], { dateStyle: "short", timeStyle: "short" });
