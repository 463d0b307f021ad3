// The map: its layers, figures for what is pointed at, zoom.
// ---- Map ------------------------------------------------------------------------------------------------------
let pickCode = () => {}, pickOutcode = () => {};
if (report.map) {
  const map = report.map, [west, north, east, south] = map.extent;
  const width = 640, height = 900, margin = 8;
  const scale = Math.min((width - 2 * margin) / (east - west), (height - 2 * margin) / (south - north));
  const left = (width - scale * (east - west)) / 2, top = (height - scale * (south - north)) / 2;
  const pixel = (x, y) => [left + (x - west) * scale, top + (y - north) * scale];

  const host = byId("map");
  const svg = draw("svg", { id: "uk", width, height, viewBox: `0 0 ${width} ${height}`, tabindex: 0, role: "img" });
  const view = draw("g");
  svg.append(view);
  host.prepend(svg);
  const layerOf = (attributes, nodes) => {
    const group = draw("g", attributes);
    group.append(...nodes);
    view.append(group);
    return group;
  };
  const part = (name, kind, row, attributes) => draw(name, { "data-kind": kind, "data-row": row, ...attributes });

  // A ring is its first vertex and the steps from there, just as an SVG path needs them.
  const path = (polygons) => polygons.flat().map(([x, y, ...steps]) => `M${x} ${y}l${steps.join(" ")}z`).join("");
  const codePaths = map.shapes.map((polygons, row) => part("path", "code", row, { d: path(polygons) }));
  layerOf({ stroke: "var(--border)", "stroke-width": 0.5, "fill-rule": "evenodd",
    transform: `translate(${left} ${top}) scale(${scale}) translate(${-west} ${-north})` }, codePaths);

  const linked = map.lines && column(map.lines, "links"), heaviest = linked ? greatest(linked.values) : 1;
  const linePaths = (map.lines?.spots ?? []).map(([x1, y1, x2, y2], row) => part("path", "line", row, {
    d: `M${pixel(x1, y1)}L${pixel(x2, y2)}`, "stroke-width": 0.8 + 2.4 * Math.sqrt(cell(linked, row) / heaviest) }));
  const lines = layerOf(
    { fill: "none", stroke: "var(--line)", "stroke-linecap": "round", "stroke-opacity": 0.85 }, linePaths);

  const spots = map.outcodes?.spots ?? [];
  const asked = map.outcodes && (column(map.outcodes, "asked") ?? null);
  const most = (asked && greatest(asked.values)) || 1;
  // The area of a dot shows its links, as people compare dots by area.
  const sizes = spots.map((_, row) => (asked ? Math.max(2.2, 9 * Math.sqrt(cell(asked, row) / most)) : 3));
  // Small dots are drawn above large ones.
  const dots = upTo(spots.length).sort((a, b) => sizes[b] - sizes[a] || a - b).map((row) => {
    const [cx, cy] = pixel(...spots[row]);
    return part("circle", "outcode", row, { cx, cy, r: sizes[row] });
  });
  const dotted = layerOf({ stroke: "var(--mark)", "stroke-width": 0.6 }, dots);

  // Layers
  let layer = map.layers[0];
  const place = (labels) => byId("layers").append(...labels);
  place(map.layers.map((one, number) => {
    const radio = make("input", { type: "radio", name: "layer", value: one.id, checked: number === 0 });
    radio.addEventListener("change", () => { layer = one; paint(); });
    return make("label", { class: "choice" }, radio, one.label);
  }));
  const colour = (number) => (number < 0 ? "var(--none)" : `var(--${layer.colours[number]})`);
  const swatch = (fill) => {
    const box = draw("svg", { width: 22, height: 14, "aria-hidden": "true" });
    box.append(draw("rect", { width: 22, height: 14, fill, stroke: "var(--border)" }));
    return box;
  };
  const paint = () => {
    codePaths.forEach((path) => path.setAttribute("fill", colour(layer.classes[path.dataset.row])));
    const fillOf = (dot) => (layer.outcodes ? colour(layer.outcodes[dot.dataset.row]) : "transparent");
    dots.forEach((dot) => dot.setAttribute("fill", fillOf(dot)));
    byId("layer-note").textContent = layer.note;
    byId("key").replaceChildren(...layer.labels.map((label, number) => make("li", {}, swatch(colour(number)), label)),
      make("li", {}, swatch("var(--none)"), layer.absent));
    const figures = "The table “Area codes” has the same figures; those of what you click appear beside the map.";
    asImage(svg, `Map of the United Kingdom by area code: ${layer.label}. ${figures}`);
    if (picked) showPicked();
  };

  // The figures of what is under the pointer, and of what was clicked
  const figuresOf = (table, row, current) => {
    const list = make("dl");
    for (const one of table.columns) {
      if (["area_code", "name", "outcode"].includes(one.key)) continue;
      const now = one.key === current ? "now" : "";
      list.append(make("dt", { class: now }, one.label), make("dd", { class: now }, shown(one, row) || "–"));
    }
    return list;
  };
  const placeOf = (table, row) => `${shown(column(table, "area_code"), row)} ${shown(column(table, "name"), row)}`;
  const tableOf = { code: map.area_codes, outcode: map.outcodes, line: map.lines };
  const described = ({ kind, row }) => {
    const table = tableOf[kind];
    const code = placeOf(table, row);
    const outcode = kind === "code" ? "" : shown(column(table, "outcode"), row);
    const title = { code, outcode: `Outcode ${outcode}, in ${code}`, line: `${outcode} served by ${code}` }[kind];
    return [make("strong", {}, title), figuresOf(table, row, kind === "line" ? "" : layer.column)];
  };
  const tip = byId("tip");
  let hovered = null;
  const target = (event) => event.target.closest?.("[data-kind]");
  const chosen = (node) => ({ kind: node.dataset.kind, row: Number(node.dataset.row) });
  svg.addEventListener("pointermove", (event) => {
    const node = target(event);
    if (hovered !== node) {
      hovered?.classList.remove("hovered");
      hovered = node;
      if (node) {
        node.classList.add("hovered");
        tip.replaceChildren(...described(chosen(node)));
      }
    }
    tip.hidden = !node;
    if (!node) return;
    const box = tip.getBoundingClientRect();
    tip.style.left = `${Math.max(4, Math.min(event.clientX + 16, innerWidth - box.width - 8))}px`;
    const below = event.clientY + 16, above = event.clientY - box.height - 12;
    tip.style.top = `${Math.max(4, below + box.height > innerHeight ? above : below)}px`;
  });
  svg.addEventListener("pointerleave", () => {
    hovered?.classList.remove("hovered");
    hovered = null;
    tip.hidden = true;
  });

  let picked = null;
  const showPicked = () => byId("picked").replaceChildren(...described(picked));
  const pick = (one) => {
    picked = one;
    svg.querySelectorAll(".picked").forEach((node) => node.classList.remove("picked"));
    const nodes = { code: codePaths, outcode: dots, line: linePaths }[one.kind];
    const node = nodes.find((other) => Number(other.dataset.row) === one.row);
    if (node) {
      node.classList.add("picked");
      // Last among its neighbours, so that none covers its border.
      if (one.kind === "code") node.parentNode.append(node);
    }
    showPicked();
  };
  svg.addEventListener("click", (event) => {
    const node = target(event);
    if (!node) return;
    const one = chosen(node), table = tableOf[one.kind];
    pick(one);
    if (one.kind === "code") setFilter("code", placeOf(table, one.row));
    else setFilter("outcode", cell(column(table, "outcode"), one.row));
  });
  const boundsOf = (polygons) => {
    const bounds = [Infinity, Infinity, -Infinity, -Infinity];
    for (const [ring] of polygons) {
      for (let i = 0, x = 0, y = 0; i < ring.length; i += 2) {
        x += ring[i];
        y += ring[i + 1];
        const [west, north, east, south] = bounds;
        bounds.splice(0, 4, Math.min(west, x), Math.min(north, y), Math.max(east, x), Math.max(south, y));
      }
    }
    return bounds;
  };
  const showMap = () => {
    svg.scrollIntoView({ block: "center" });
    svg.focus({ preventScroll: true });
  };
  pickCode = (code) => {
    const wanted = column(map.area_codes, "area_code");
    const row = upTo(map.area_codes.rows).find((one) => cell(wanted, one) === code);
    if (row === undefined) return;
    pick({ kind: "code", row });
    fit(boundsOf(map.shapes[row]), 0.6);
    showMap();
  };
  pickOutcode = (outcode) => {
    const wanted = map.outcodes && column(map.outcodes, "outcode");
    const row = wanted ? upTo(map.outcodes.rows).find((one) => cell(wanted, one) === outcode) : undefined;
    if (row === undefined) return;
    byId("show-dots").checked = true;
    toggle();
    pick({ kind: "outcode", row });
    const [x, y] = spots[row];
    fit([x - 300, y - 300, x + 300, y + 300]);
    showMap();
  };

  // Zoom: a point of the drawing appears at k times its position, moved by x and y.
  const CLOSEST = 60, SHEET = [[-width, 2 * width], [-height / 4, 1.25 * height]];
  let seen = { k: 1, x: 0, y: 0 };
  const ruler = () => {
    const shownKm = (map.unit_km / scale / seen.k) * (width / svg.getBoundingClientRect().width || 1);
    const km = [200, 100, 50, 20, 10, 5, 2, 1, 0.5].find((one) => one / shownKm <= 130) ?? 0.5;
    byId("scale-bar").style.width = `${km / shownKm}px`;
    byId("scale-bar").textContent = `${km} km`;
  };
  // The window stays on the sheet. A sheet smaller than the window stays in its middle.
  const held = (moved, k, size, [low, high]) => {
    const least = size - k * high, most = -k * low;
    return least > most ? (least + most) / 2 : Math.min(Math.max(moved, least), most);
  };
  const see = (k, x, y) => {
    seen = { k, x: held(x, k, width, SHEET[0]), y: held(y, k, height, SHEET[1]) };
    view.setAttribute("transform", `translate(${seen.x},${seen.y}) scale(${k})`);
    for (const dot of dots) dot.setAttribute("r", (sizes[dot.dataset.row] * Math.min(1 + Math.log2(k) / 4, 2)) / k);
    ruler();
  };
  // The point of the picture that is given stays where it is.
  const zoomBy = (factor, [px, py] = [width / 2, height / 2]) => {
    const k = Math.min(CLOSEST, Math.max(1, seen.k * factor));
    see(k, px - ((px - seen.x) * k) / seen.k, py - ((py - seen.y) * k) / seen.k);
  };
  const moveBy = (dx, dy) => see(seen.k, seen.x + dx, seen.y + dy);
  const fit = ([x0, y0, x1, y1], share = 1) => {
    const [a, b] = pixel(x0, y0), [c, d] = pixel(x1, y1);
    const room = Math.min((width - 2 * margin) / (c - a), (height - 2 * margin) / (d - b));
    const k = Math.min(CLOSEST, Math.max(1, share * room));
    see(k, width / 2 - (k * (a + c)) / 2, height / 2 - (k * (b + d)) / 2);
  };

  // The pointers that hold the drawing: one moves it, two pinch it. One finger scrolls the page, as on any page.
  const inPicture = ({ clientX, clientY }) => {
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [x, y];
  };
  const SLACK = 3;
  const holding = new Map();
  let dragged = false;
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (holding.size === 0) dragged = false;
    holding.set(event.pointerId, { at: inPicture(event), from: [event.clientX, event.clientY] });
  });
  svg.addEventListener("pointermove", (event) => {
    const held = holding.get(event.pointerId);
    if (!held || (event.pointerType === "touch" && holding.size < 2)) return;
    if (!dragged && Math.hypot(event.clientX - held.from[0], event.clientY - held.from[1]) < SLACK) return;
    // Not earlier: once the pointer is captured, a click reaches only the whole map.
    if (!dragged) svg.setPointerCapture(event.pointerId);
    dragged = true;
    const now = inPicture(event), others = [...holding].filter(([id]) => id !== event.pointerId);
    const other = others[0]?.[1].at;
    const apart = ([x, y]) => Math.hypot(x - other[0], y - other[1]);
    if (other) zoomBy(apart(now) / (apart(held.at) || 1), other);
    else moveBy(now[0] - held.at[0], now[1] - held.at[1]);
    held.at = now;
  });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, (event) => holding.delete(event.pointerId));
  const ignoreAfterDrag = (event) => {
    if (dragged) event.stopImmediatePropagation();
    dragged = false;
  };
  svg.addEventListener("click", ignoreAfterDrag, { capture: true });
  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    // Browsers count pixels, lines or pages. A pinch on a touchpad arrives as small steps of the wheel.
    const step = -event.deltaY * [0.002, 0.05, 1][event.deltaMode] * (event.ctrlKey ? 10 : 1);
    zoomBy(2 ** Math.max(-1, Math.min(1, step)), inPicture(event));
  }, { passive: false });

  const STEP = 1.6, STRIDE = 60;
  byId("zoom-in").addEventListener("click", () => zoomBy(STEP));
  byId("zoom-out").addEventListener("click", () => zoomBy(1 / STEP));
  byId("zoom-all").addEventListener("click", () => fit(map.extent));
  byId("zoom-links").addEventListener("click", () => fit(map.focus));
  byId("zoom-links").hidden = String(map.focus) === String(map.extent);
  const KEYS = {
    "+": () => zoomBy(STEP), "=": () => zoomBy(STEP), "-": () => zoomBy(1 / STEP), 0: () => fit(map.extent),
    ArrowLeft: () => moveBy(STRIDE, 0), ArrowRight: () => moveBy(-STRIDE, 0),
    ArrowUp: () => moveBy(0, STRIDE), ArrowDown: () => moveBy(0, -STRIDE),
  };
  svg.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
    event.preventDefault();
    KEYS[event.key]();
  });
  addEventListener("resize", ruler);

  // What is drawn besides the area codes
  const toggle = () => {
    const spotted = spots.length > 0 && byId("show-dots").checked;
    dotted.style.display = spotted ? "" : "none";
    // The style sheet pales the area codes then, as their strong colours would hide the dots.
    host.classList.toggle("spotted", spotted);
    lines.style.display = byId("show-lines").checked ? "" : "none";
  };
  byId("show-dots").checked = map.dots;
  byId("show-dots").closest("label").hidden = byId("dots-hint").hidden = !spots.length;
  byId("show-lines").checked = linePaths.length > 0 && linePaths.length <= 2000;
  byId("show-lines").closest("label").hidden = !linePaths.length;
  byId("show-lines").closest("fieldset").hidden = !linePaths.length && !spots.length;
  byId("show-dots").addEventListener("change", toggle);
  byId("show-lines").addEventListener("change", toggle);
  toggle();
  paint();
  fit(map.focus);
}
