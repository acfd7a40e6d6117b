"use strict";
// Everything shown is put in as text, never as markup.
const $ = (id) => document.getElementById(id);
const data = JSON.parse($("data").textContent), words = JSON.parse($("words").textContent);
const body = $("table").tBodies[0], rows = [...body.rows], heads = [...$("table").tHead.rows[0].cells];
const panels = new Map(), collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

const make = (tag, text, name) => {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (name) made.className = name;
  return made;
};

const grid = (name, titles, lines, classes = []) => {
  const box = make("div", undefined, name), table = box.appendChild(make("table"));
  const head = table.createTHead().insertRow(), inside = table.createTBody();
  titles.forEach((title) => head.append(make("th", title)));
  lines.forEach((line, n) => line.forEach(((row) => (text) => row.append(make("td", text, classes[n])))(inside.insertRow())));
  return box;
};

const panel = (row) => {
  const branch = data.branches[row.dataset.key], criteria = data.packs[branch.pack];
  const made = make("tr", undefined, "panel"), cell = made.appendChild(make("td"));
  cell.colSpan = heads.length;
  branch.notes.forEach((note) => cell.append(make("p", note)));
  branch.groups.forEach(([title, earned, percent, why, lines]) => {
    cell.append(make("h3", `${title} ${earned} · ${percent} · ${why}`));
    const shown = lines.map(([id, status, points, facts]) => [`${id} ${criteria[id][0]}`, data.statuses[status][1], `${points}/${criteria[id][1]}`, data.texts[facts]]);
    cell.append(grid("criteria", [words.criterion, words.status, words.points, words.facts], shown, lines.map((line) => data.statuses[line[1]][0])));
  });
  if (branch.issues.length) {
    cell.append(make("h3", `${words.issues} (${branch.issues.length})`));
    const shown = branch.issues.map(([id, text, ...more]) => [`${id} ${data.texts[text]}`, ...more.map((one) => data.texts[one])]);
    cell.append(grid("issues", [words.problem, words.measure, words.owner, words.deadline], shown));
  }
  if (branch.owed.length) cell.append(make("h3", words.owed));
  branch.owed.forEach((one) => cell.append(make("p", one)));
  return made;
};

// A panel always follows its row, whatever the order.
const place = () => body.append(...rows.flatMap((row) => (panels.has(row) ? [row, panels.get(row)] : [row])));

const sort = (head) => {
  const column = heads.indexOf(head), up = head.getAttribute("aria-sort") !== "ascending" ? 1 : -1;
  heads.forEach((one) => one.removeAttribute("aria-sort"));
  head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
  const number = (row) => Number(row.cells[column].dataset.v);
  const text = (row) => row.cells[column].textContent;
  const compare = head.dataset.sort === "number" ? (a, b) => number(a) - number(b) : (a, b) => collator.compare(text(a), text(b));
  rows.sort((a, b) => up * compare(a, b));
  place();
};

const filter = () => {
  const wanted = $("text").value.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  rows.forEach((row) => {
    const text = [...row.cells].slice(0, 4).map((cell) => cell.textContent).join(" ").normalize("NFKC").toLowerCase();
    const fits = (id) => !$(id).value || row.dataset[id] === $(id).value;
    const shown = wanted.every((one) => text.includes(one)) && fits("township") && fits("stars") && (!$("provisional").checked || row.dataset.provisional);
    row.hidden = !shown;
    if (panels.has(row)) panels.get(row).hidden = !shown;
    count += Boolean(shown);
  });
  $("shown").textContent = `${$("shown").dataset.word} ${count}/${rows.length}`;
};

const toggle = (button) => {
  const row = button.closest("tr"), open = panels.has(row);
  button.setAttribute("aria-expanded", String(!open));
  if (open) panels.get(row).remove(), panels.delete(row);
  else panels.set(row, panel(row)), row.after(panels.get(row));
};

heads.forEach((head) => head.firstElementChild.addEventListener("click", () => sort(head)));
body.addEventListener("click", (event) => event.target.closest(".open") && toggle(event.target.closest(".open")));
$("filters").addEventListener("input", filter);
$("filters").addEventListener("submit", (event) => event.preventDefault());
filter();
