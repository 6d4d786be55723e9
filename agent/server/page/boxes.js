// A box that a person drew: seen closer, from the file itself, and corrected.

import { correcting } from "./correct.js";
import { by, el, fill } from "./dom.js";

/** Shows what is in a box; `done` is called when the person has seen it. */
export function lookInto(current, box, done) {
  const words = `x ${box[0]} to ${box[2]}, y ${box[1]} to ${box[3]} px`;
  fill(by("box"),
    el("figure", {},
      el("img", { src: `/api/inspections/${current.id}/closer.png?box=${box.join(",")}`, alt: `The part, ${words}, magnified` }),
      el("figcaption", {}, `Closer: ${words}`)),
    el("p", { class: "row" },
      current.record ? el("button", { type: "button", onclick: () => correcting({ ...current, box }) }, "A defect was missed here") : "",
      el("button", { type: "button", class: "plain", onclick: () => { fill(by("box")); done(); } }, "Close")));
  by("box").scrollIntoView({ block: "nearest" });
}
