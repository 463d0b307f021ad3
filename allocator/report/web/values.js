"use strict";
// What the report holds, elements made from it, and its values as people read them.
const report = JSON.parse(document.getElementById("report").textContent);
const byId = (id) => document.getElementById(id);
const PAGE_ROWS = 20;

// Children are nodes or texts, never markup, so that the name of a link stays text.
const make = (name, properties = {}, ...children) => {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") element.className = value;
    else if (key in element && key !== "list") element[key] = value;
    else element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
};

const draw = (name, attributes = {}) => {
  const node = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
};
const greatest = (values) => values.reduce((most, value) => (value > most ? value : most), 0);
const upTo = (count) => Array.from({ length: count }, (_, number) => number);

// ---- Values ---------------------------------------------------------------------------------------------------
const whole = new Intl.NumberFormat("en-GB");
const oneDecimal = new Intl.NumberFormat("en-GB", { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const upToThree = new Intl.NumberFormat("en-GB", { maximumFractionDigits: 3 });
const percent = (value) => {
  const rounded = Math.round(value * 1000) / 10;
  if (value < 1 && rounded >= 100) return "over 99.9 %";
  if (value > 0 && rounded <= 0) return "under 0.1 %";
  return `${upToThree.format(rounded)} %`;
};
const NUMERIC = new Set(["int", "km", "share", "number"]);
const show = {
  text: (value) => value,
  outcode: (value) => value,
  reason: (value) => report.reasons[value] ?? value,
  code: (value) => (/^\d+$/.test(value) ? `0${value}` : value),
  int: (value) => whole.format(value),
  km: (value) => oneDecimal.format(value),
  share: percent,
  number: (value) => upToThree.format(value),
};
const cell = (column, row) =>
  column.texts === undefined ? column.values[row] : column.index[row] === null ? null : column.texts[column.index[row]];
const shown = (column, row) => {
  const value = cell(column, row);
  return value === null || value === undefined ? "" : show[column.kind](value);
};
const column = (table, key) => table.columns.find((one) => one.key === key);
