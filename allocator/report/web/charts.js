// The charts, and the button that changes the colours of the page.
// For a screen reader a drawing is one image; its figures are in the table.
const asImage = (drawing, label) => {
  drawing.setAttribute("role", "img");
  drawing.setAttribute("aria-label", label);
};
// Vega interprets its expressions ("ast"), as the page forbids it to compile them; its own styles would add a border.
const EMBEDDED = {
  mode: "vega-lite", renderer: "svg", ast: true, actions: false, defaultStyle: false, hover: false,
  tooltip: { theme: "page", disableDefaultStyle: true, offsetX: 14, offsetY: 14 },
};
const drawings = [];
for (const chart of report.charts) {
  const host = make("div", { class: "plot-host" });
  drawings.push(vegaEmbed(host, chart.spec, EMBEDDED).then(() =>
    asImage(host.querySelector("svg"), `${chart.title}. The same figures are in the table below it.`)));
  const figures = make("details", {}, make("summary", {}, "The figures as a table"));
  figures.addEventListener("toggle", () => {
    const filled = figures.children.length > 1;
    if (figures.open && !filled) figures.append(...tableElement(chart.table, { filtered: false }));
  });
  byId("charts").append(make("figure", { id: chart.id },
    make("h3", {}, chart.title), chart.note ? make("p", { class: "note" }, chart.note) : null, host, figures));
}

// ---- Theme ----------------------------------------------------------------------------------------------------
const theme = byId("theme"), themes = ["auto", "light", "dark"];
theme.addEventListener("click", () => {
  const next = themes[(themes.indexOf(document.documentElement.dataset.theme ?? "auto") + 1) % themes.length];
  if (next === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  theme.textContent = `Colours: ${next}`;
});

// Runs after map.js too, as a promise waits for the script to end.
Promise.all(drawings).then(() => { document.documentElement.dataset.ready = "yes"; });
