// The tables, and the filters above them.
// ---- Filters --------------------------------------------------------------------------------------------------
const filters = { outcode: "", reason: "", code: "", text: "" };
const outcodeTest = (typed, known) => {
  const wanted = typed.trim().toUpperCase();
  if (wanted === "") return null;
  if (wanted.endsWith("*")) return (value) => value.startsWith(wanted.slice(0, -1));
  return known.has(wanted) ? (value) => value === wanted : (value) => value.startsWith(wanted);
};
const codeTest = (typed) => {
  const wanted = typed.trim();
  if (wanted === "") return null;
  const digits = /^0?(\d+)/.exec(wanted);
  if (digits) return (value) => value === digits[1];
  const part = wanted.toLowerCase();
  const codes = new Set(namesOfCodes.filter(([, name]) => name.toLowerCase().includes(part)).map(([code]) => code));
  return (value) => codes.has(value);
};
const namesOfCodes = [];
const knownOutcodes = new Set();
for (const table of [report.map?.area_codes, ...report.tables]) {
  const codes = table && column(table, "area_code"), names = table && column(table, "name");
  if (codes && names && namesOfCodes.length === 0)
    for (let row = 0; row < table.rows; row++) namesOfCodes.push([cell(codes, row), cell(names, row) ?? ""]);
}
for (const table of report.tables)
  for (const one of table.columns)
    if (one.kind === "outcode") for (const value of one.texts ?? one.values) if (value) knownOutcodes.add(value);

const passing = (table) => {
  const tests = [];
  const any = (kind, test) => {
    const columns = table.columns.filter((one) => one.kind === kind);
    if (test && columns.length) {
      // Test each distinct text once, as there may be many rows.
      const sure = columns.map((one) => [one, one.texts?.map(test)]);
      tests.push((row) => sure.some(([one, texts]) => {
        if (texts) return one.index[row] !== null && texts[one.index[row]];
        const value = one.values[row];
        return value !== null && test(value);
      }));
    }
  };
  any("outcode", outcodeTest(filters.outcode, knownOutcodes));
  any("code", codeTest(filters.code));
  any("reason", filters.reason === "" ? null : (value) => value === filters.reason);
  const text = filters.text.trim().toLowerCase();
  any("text", text === "" ? null : (value) => String(value).toLowerCase().includes(text));
  const rows = [];
  for (let row = 0; row < table.rows; row++) if (tests.every((test) => test(row))) rows.push(row);
  return rows;
};

// ---- Tables -----------------------------------------------------------------------------------------------------
const collator = new Intl.Collator("en-GB", { numeric: true });
const ordered = (rows, one, direction) => {
  const numeric = NUMERIC.has(one.kind);
  return rows.slice().sort((a, b) => {
    const left = cell(one, a), right = cell(one, b);
    if (left === null || right === null) return (left === null) - (right === null) || a - b;
    return direction * (numeric ? left - right : collator.compare(left, right)) || a - b;
  });
};

const redraws = [];
const tableElement = (table, { filtered = true } = {}) => {
  const state = { sort: null, direction: 1, page: 0 };
  const body = make("tbody"), count = make("span", { class: "count", role: "status" });
  const earlier = make("button", { type: "button" }, "Previous rows");
  const later = make("button", { type: "button" }, "Next rows");
  const heads = table.columns.map((one) => {
    const sorter = make("button", { type: "button" }, one.label || "what");
    const head = make("th", { scope: "col", class: NUMERIC.has(one.kind) ? "n" : "" }, sorter);
    sorter.addEventListener("click", () => {
      state.direction = state.sort === one ? -state.direction : NUMERIC.has(one.kind) ? -1 : 1;
      state.sort = one;
      state.page = 0;
      draw();
    });
    return head;
  });
  const draw = () => {
    let rows = filtered ? passing(table) : upTo(table.rows);
    if (state.sort) rows = ordered(rows, state.sort, state.direction);
    const pages = Math.max(Math.ceil(rows.length / PAGE_ROWS), 1);
    state.page = Math.min(Math.max(state.page, 0), pages - 1);
    const first = state.page * PAGE_ROWS, visible = rows.slice(first, first + PAGE_ROWS);
    body.replaceChildren(...visible.map((row) =>
      make("tr", {}, ...table.columns.map((one, place) => cellElement(one, row, place)))));
    heads.forEach((head, place) => {
      const sorted = state.sort === table.columns[place];
      head.setAttribute("aria-sort", sorted ? (state.direction > 0 ? "ascending" : "descending") : "none");
      const mark = sorted ? (state.direction > 0 ? " ▲" : " ▼") : "";
      head.dataset.label = (table.columns[place].label || "what") + mark;
      head.firstChild.textContent = head.dataset.label;
    });
    const span = `Rows ${whole.format(first + 1)} to ${whole.format(first + visible.length)} of `;
    const range = rows.length > PAGE_ROWS ? span : "";
    const rest = rows.length < table.rows ? `, of ${whole.format(table.rows)} without the filter` : "";
    count.textContent = `${range}${whole.format(rows.length)} ${rows.length === 1 ? "row" : "rows"}${rest}`;
    earlier.disabled = state.page === 0;
    later.disabled = state.page >= pages - 1;
    earlier.hidden = later.hidden = pages === 1;
  };
  earlier.addEventListener("click", () => { state.page -= 1; draw(); });
  later.addEventListener("click", () => { state.page += 1; draw(); });
  if (filtered) redraws.push(() => { state.page = 0; draw(); });
  draw();
  const name = make("caption", { class: "skip" }, table.title);
  const grid = make("table", {}, name, make("thead", {}, make("tr", {}, ...heads)), body);
  const label = `${table.title} (scrolls sideways)`;
  const scroll = make("div", { class: "scroll", tabIndex: 0, role: "group", "aria-label": label }, grid);
  return [scroll, make("div", { class: "pager" }, count, earlier, later)];
};

const cellElement = (one, row, place) => {
  const text = shown(one, row);
  const kind = NUMERIC.has(one.kind) ? "n" : one.key === "message" || one.key === "outcodes_text" ? "wide" : "";
  let content = text;
  if (place === 0 && text && report.map && (one.kind === "code" || one.kind === "outcode")) {
    content = make("button", { type: "button", class: "go", title: "Show on the map" }, text);
    content.addEventListener("click", () => (one.kind === "code" ? pickCode : pickOutcode)(cell(one, row)));
  }
  return make(place === 0 ? "th" : "td", place === 0 ? { scope: "row", class: kind } : { class: kind }, content);
};

const sheets = byId("sheets");
for (const table of report.tables) {
  sheets.append(make("section", { class: "sheet", id: table.id, "aria-labelledby": `${table.id}-title` },
    make("h3", { id: `${table.id}-title` }, table.title),
    table.note ? make("p", { class: "note" }, table.note) : null,
    ...tableElement(table)));
}

const kinds = new Set(report.tables.flatMap((table) => table.columns.map((one) => one.kind)));
byId("filters").hidden = !["outcode", "code", "reason", "text"].some((kind) => kinds.has(kind));
const refilter = () => redraws.forEach((redraw) => redraw());
for (const [key, kind] of [["outcode", "outcode"], ["code", "code"], ["reason", "reason"], ["text", "text"]]) {
  const input = byId(`filter-${key}`);
  if (!input) continue;
  if (!kinds.has(kind)) { input.closest("label").hidden = true; continue; }
  let waiting = 0;
  input.addEventListener("input", () => {
    filters[key] = input.value;
    clearTimeout(waiting);
    waiting = setTimeout(refilter, 120);
  });
}
const reasons = byId("filter-reason");
if (reasons) {
  const columns = report.tables.flatMap((table) => table.columns.filter((one) => one.kind === "reason"));
  const found = new Set(columns.flatMap((one) => one.texts ?? one.values));
  for (const reason of [...found].sort())
    reasons.append(make("option", { value: reason }, report.reasons[reason] ?? reason));
}
const options = byId("codes");
if (options) for (const [code, name] of namesOfCodes) options.append(make("option", { value: `0${code} ${name}` }));
byId("filter-clear")?.addEventListener("click", () => {
  for (const key of Object.keys(filters)) {
    filters[key] = "";
    const input = byId(`filter-${key}`);
    if (input) input.value = "";
  }
  refilter();
});
const setFilter = (key, value) => {
  filters[key] = value;
  const input = byId(`filter-${key}`);
  if (input) input.value = value;
  refilter();
};
