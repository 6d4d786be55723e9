// The picture of a part with its regions: switch, hover, zoom, move, and draw a box.

import { el, fill } from "./dom.js";

const MOST = 16;
const STEP = 1.25;

/** A viewer in an element. Boxes are [x1, y1, x2, y2] in the picture's pixels. */
export class Viewer {
  constructor(place, { onbox }) {
    this.place = place;
    this.onbox = onbox;
    this.view = { x: 0, y: 0, scale: 1 };
    this.drawing = false;
    this.hidden = new Set();
    this.stage = el("div", { class: "stage", tabindex: "0", role: "group", "aria-label": "Picture of the part. Plus and minus zoom, arrows move, 0 shows all, B draws a box." });
    this.layer = el("div", { class: "layer" });
    this.stage.append(this.layer);
    this.list = el("ul", { class: "regions" });
    this.box = el("button", { type: "button", class: "plain", "aria-pressed": "false", onclick: () => this.draw(!this.drawing) }, "Draw a box");
    const bar = el("div", { class: "bar", role: "toolbar", "aria-label": "Picture" },
      el("button", { type: "button", class: "plain", "aria-label": "Zoom in", onclick: () => this.zoom(STEP) }, "+"),
      el("button", { type: "button", class: "plain", "aria-label": "Zoom out", onclick: () => this.zoom(1 / STEP) }, "−"),
      el("button", { type: "button", class: "plain", onclick: () => this.reset() }, "All"),
      el("label", {}, this.all = el("input", { type: "checkbox", checked: true, onchange: () => this.switchAll() }), " regions"),
      this.box);
    this.stage.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.stage.addEventListener("pointerdown", (event) => this.down(event));
    this.stage.addEventListener("keydown", (event) => this.key(event));
    this.whole = [bar, this.stage, this.list];
  }

  /** Shows a picture by its address, without regions yet. */
  async show(source, name) {
    const picture = el("img", { src: source, alt: `The part ${name}`, draggable: "false" });
    await picture.decode();
    this.size = [picture.naturalWidth, picture.naturalHeight];
    this.svg = el("svg", { viewBox: `0 0 ${this.size[0]} ${this.size[1]}`, class: "marks" });
    fill(this.layer, picture, this.svg);
    this.stage.style.aspectRatio = `${this.size[0]} / ${this.size[1]}`;
    fill(this.list);
    fill(this.place, ...this.whole);
    this.reset();
  }

  /** Draws numbered regions and lists them. */
  regions(regions) {
    this.hidden.clear();
    const marks = regions.map((region) => this.mark(region));
    fill(this.svg, ...marks);
    fill(this.list, ...regions.map((region) => this.row(region)));
  }

  mark(region) {
    const [x1, y1, x2, y2] = region.box_xyxy;
    const text = Math.max(...this.size) / 28;
    return el("g", { "data-region": region.id, onpointerenter: () => this.light(region.id, true), onpointerleave: () => this.light(region.id, false) },
      el("title", {}, `${region.id}: ${region.label || "region"}`),
      el("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: "under" }),
      el("rect", { x: x1, y: y1, width: x2 - x1, height: y2 - y1, class: "over" }),
      el("text", { x: x1, y: Math.max(y1 - text / 4, text), "font-size": text }, String(region.id)));
  }

  row(region) {
    const box = el("input", { type: "checkbox", checked: true, onchange: (event) => this.switch(region.id, event.target.checked) });
    const score = region.score === null ? "" : `, score ${region.score.toFixed(2)}`;
    return el("li", { "data-row": region.id, onpointerenter: () => this.light(region.id, true), onpointerleave: () => this.light(region.id, false) },
      el("label", {}, box, el("span", { class: "tag" }, String(region.id)), ` ${region.label || "region"}${score}`),
      el("button", { type: "button", class: "plain small", onclick: () => this.goto(region.box_xyxy) }, "closer"));
  }

  light(id, on) {
    for (const one of this.place.querySelectorAll(`[data-region="${id}"], [data-row="${id}"]`)) one.classList.toggle("lit", on);
  }

  switch(id, on) {
    this.svg.querySelector(`[data-region="${id}"]`).style.display = on ? "" : "none";
  }

  switchAll() {
    for (const one of this.list.querySelectorAll("input")) {
      one.checked = this.all.checked;
      one.dispatchEvent(new Event("change"));
    }
  }

  reset() { this.view = { x: 0, y: 0, scale: 1 }; this.place_view(); }

  /** Zooms about a point of the stage, given in shares of it. */
  zoom(factor, fx = 0.5, fy = 0.5) {
    const scale = Math.min(MOST, Math.max(1, this.view.scale * factor));
    const by = scale / this.view.scale;
    this.view = { scale, x: fx - (fx - this.view.x) * by, y: fy - (fy - this.view.y) * by };
    this.place_view();
  }

  /** Shows a box with room around it. */
  goto([x1, y1, x2, y2]) {
    const [width, height] = this.size;
    const scale = Math.min(MOST, Math.max(1, 0.5 / Math.max((x2 - x1) / width, (y2 - y1) / height)));
    this.view = { scale, x: 0.5 - ((x1 + x2) / 2 / width) * scale, y: 0.5 - ((y1 + y2) / 2 / height) * scale };
    this.place_view();
    this.stage.focus();
  }

  place_view() {
    const view = this.view;
    const least = 1 - view.scale;
    view.x = Math.min(0, Math.max(least, view.x));
    view.y = Math.min(0, Math.max(least, view.y));
    const text = Math.max(...this.size) / 28 / view.scale;
    for (const one of this.svg.querySelectorAll("text")) one.setAttribute("font-size", text);
    this.layer.style.transform = `translate(${view.x * 100}%, ${view.y * 100}%) scale(${view.scale})`;
  }

  wheel(event) {
    event.preventDefault();
    const [fx, fy] = this.shares(event);
    this.zoom(event.deltaY < 0 ? STEP : 1 / STEP, fx, fy);
  }

  key(event) {
    const moves = { ArrowLeft: [0.1, 0], ArrowRight: [-0.1, 0], ArrowUp: [0, 0.1], ArrowDown: [0, -0.1] };
    if (event.key === "+" || event.key === "=") this.zoom(STEP);
    else if (event.key === "-") this.zoom(1 / STEP);
    else if (event.key === "0") this.reset();
    else if (event.key === "b" || event.key === "B") this.draw(!this.drawing);
    else if (event.key === "Escape") this.draw(false);
    else if (moves[event.key]) { this.view.x += moves[event.key][0]; this.view.y += moves[event.key][1]; this.place_view(); }
    else return;
    event.preventDefault();
  }

  /** Whether the next drag draws a box. */
  draw(on) {
    this.drawing = on;
    this.box.setAttribute("aria-pressed", String(on));
    this.stage.classList.toggle("drawing", on);
    if (!on) this.drawn?.remove();
  }

  down(event) {
    if (event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    const begin = this.shares(event);
    const [x, y] = [this.view.x, this.view.y];
    if (this.drawing) { this.drawn?.remove(); this.drawn = el("rect", { class: "drawn" }); this.svg.append(this.drawn); }
    const move = (moved) => {
      const now = this.shares(moved);
      if (this.drawing) this.stretch(begin, now);
      else { this.view.x = x + now[0] - begin[0]; this.view.y = y + now[1] - begin[1]; this.place_view(); }
    };
    const up = (ended) => {
      this.stage.removeEventListener("pointermove", move);
      if (this.drawing) this.finish(begin, this.shares(ended));
    };
    this.stage.addEventListener("pointermove", move);
    this.stage.addEventListener("pointerup", up, { once: true });
  }

  stretch(begin, now) {
    const [x1, y1, x2, y2] = this.pixels(begin, now);
    for (const [key, value] of Object.entries({ x: x1, y: y1, width: x2 - x1, height: y2 - y1 })) this.drawn.setAttribute(key, value);
  }

  finish(begin, now) {
    const box = this.pixels(begin, now);
    if (box[2] - box[0] >= 2 && box[3] - box[1] >= 2) this.onbox(box.map(Math.round));
  }

  /** Where a pointer is, in shares of the stage. */
  shares(event) {
    const at = this.stage.getBoundingClientRect();
    return [(event.clientX - at.left) / at.width, (event.clientY - at.top) / at.height];
  }

  pixels(one, other) {
    const at = ([x, y]) => [(x - this.view.x) / this.view.scale, (y - this.view.y) / this.view.scale].map((share) => Math.min(1, Math.max(0, share)));
    const [[ax, ay], [bx, by]] = [at(one), at(other)];
    const [width, height] = this.size;
    return [Math.min(ax, bx) * width, Math.min(ay, by) * height, Math.max(ax, bx) * width, Math.max(ay, by) * height];
  }
}
