// The verdict in words: decision, findings with what they rest on, causes, what to do.

import { el, shown } from "./dom.js";

const WORDS = { normal: "Normal", anomalous: "Anomalous", review: "Needs review" };

/** Elements that tell an inspection; `record` is null where there is none. */
export function tellVerdict(ticket, record, { decide, goto, light, correct }) {
  const decision = ticket.decision ?? "undecided";
  const heading = WORDS[ticket.decision] ?? (ticket.state === "waiting" ? "Waits for a person" : "Not decided");
  const told = [
    el("div", { class: `verdict ${ticket.state === "waiting" ? "review" : decision}` }, el("h2", {}, heading), el("p", { class: "file" }, ticket.name)),
    el("p", { class: "said-text" }, ticket.reason),
  ];
  if (ticket.state === "waiting") told.push(question(ticket, decide));
  if (!record) return told;
  const verdict = record.verdict;
  if (verdict.status !== "decided") told.push(el("p", { class: "bad", role: "status" }, `${verdict.status}: ${record.degraded.join("; ")}`));
  told.push(facts(ticket, record));
  if (verdict.findings.length) told.push(el("h3", {}, "Findings"), el("ul", { class: "findings" }, verdict.findings.map((one) => finding(one, verdict, { goto, light, correct }))));
  if (verdict.causes.length) told.push(el("h3", {}, "Probable causes"), el("ol", {}, verdict.causes.map((one) => el("li", {}, `${one.text} `, el("span", { class: "quiet" }, `${shown(one.likelihood)} · ${one.source}`)))));
  if (verdict.remediation.length) told.push(el("h3", {}, "What to do"), el("ul", {}, verdict.remediation.map((one) => el("li", {}, `${one.text} `, el("span", { class: "quiet" }, one.source)))));
  told.push(el("p", { class: "row" },
    el("a", { href: `/api/inspections/${ticket.id}/report`, target: "_blank", rel: "noopener" }, "The whole story"),
    el("a", { href: `/api/inspections/${ticket.id}/overlay.png`, target: "_blank", rel: "noopener" }, "The picture"),
    el("button", { type: "button", class: "plain", onclick: () => correct({ kind: verdict.findings.length ? "cause" : "missed" }) }, "Correct this"),
    verdict.decision === "anomalous" ? "" : el("button", { type: "button", class: "plain", onclick: () => correct({ kind: "not_a_defect", becomes: "reference" }) }, "Make it a reference")));
  return told;
}

function facts(ticket, record) {
  const facts = [["Score", shown(ticket.score)], ["Product", ticket.product ?? "unknown"], ["Mind", record.mind], ["Rounds", String(record.rounds.length)]];
  if (ticket.decided_by) facts.push(["Decided by", ticket.decided_by]);
  return el("dl", { class: "facts" }, facts.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value))));
}

function finding(one, verdict, { goto, light, correct }) {
  const region = verdict.regions.find((candidate) => candidate.id === one.region);
  const cited = [...one.rule_ids, ...(one.failure_mode ? [one.failure_mode] : []), ...one.evidence_ids].join(", ");
  const look = region && el("button", { type: "button", class: "plain small", onclick: () => goto(region.box_xyxy) }, "region ", el("span", { class: "tag" }, String(region.id)));
  return el("li", { onpointerenter: () => region && light(region.id, true), onpointerleave: () => region && light(region.id, false) },
    `${one.claim} `, el("span", { class: "quiet" }, `[${cited}] `), look || "", " ",
    el("button", { type: "button", class: "plain small", onclick: () => correct({ finding: one, kind: "not_a_defect" }) }, "not a defect"));
}

function question(ticket, decide) {
  const buttons = ticket.question.choices.map((choice) => el("button", { type: "button", class: choice, onclick: () => decide(choice) }, WORDS[choice] ?? choice));
  return el("div", { class: "question", role: "group", "aria-label": "Your decision" },
    el("p", {}, "A person must decide; the inspection then goes on from here."),
    ticket.question.findings.length ? el("ul", {}, ticket.question.findings.map((claim) => el("li", {}, claim))) : "",
    el("p", { class: "row" }, buttons));
}
