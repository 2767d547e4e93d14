/** Elements as values, and a shadow tree made to look like them with as few changes as it takes. */

const SVG = "http://www.w3.org/2000/svg";

/** An element to be: `on…` are listeners, `key` tells siblings apart, null and false are left out. */
export function h(tag, attributes, ...children) {
  const shown = children.flat(9).filter((child) => child !== null && child !== false && child !== "");
  return { tag, attributes: attributes ?? {}, children: shown };
}

/** Make the children of a node these; nodes that stay keep focus, scrolling and transitions. */
export function fill(parent, wanted) {
  const wishes = wanted.flat(9).filter(Boolean);
  const old = [...parent.childNodes];
  const nodes = wishes.map((want) => taken(old, want) ?? made(parent, want));
  for (const node of old) node.remove(); // first: to move a node is to take its focus away
  let place = parent.firstChild;
  nodes.forEach((node, index) => {
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
    dress(node, wishes[index]);
  });
}

/** The old node that can become what is wanted, taken out of the old ones. */
function taken(old, want) {
  const tag = want.tag ?? "#text";
  const key = want.attributes?.key;
  const at = old.findIndex((node) => node.clutchKey === key && nameOf(node) === tag);
  return at < 0 ? null : old.splice(at, 1)[0];
}

function nameOf(node) {
  return node.localName ?? node.nodeName;
}

function made(parent, want) {
  if (typeof want !== "object") return document.createTextNode("");
  const isDrawing = want.tag === "svg" || parent.namespaceURI === SVG;
  const node = isDrawing
    ? document.createElementNS(SVG, want.tag)
    : document.createElement(want.tag);
  node.clutchKey = want.attributes.key;
  node.clutchListeners = {};
  return node;
}

function dress(node, want) {
  if (typeof want !== "object") {
    if (node.data !== String(want)) node.data = want;
    return;
  }
  const { key, style = {}, ...attributes } = want.attributes;
  const names = new Set(Object.keys(attributes));
  for (const { name } of [...node.attributes]) {
    if (!names.has(name) && name !== "style") node.removeAttribute(name);
  }
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) listen(node, name.slice(2), value);
    else if (value === false || value === null || value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  paint(node, style);
  fill(node, want.children);
}

function paint(node, style) {
  for (const name of Object.keys(node.clutchStyle ?? {})) {
    if (!(name in style)) node.style.removeProperty(name);
  }
  for (const [name, value] of Object.entries(style)) node.style.setProperty(name, value);
  node.clutchStyle = style;
}

/** One listener an event and node, whose function may change with every rendering. */
function listen(node, type, listener) {
  const isNew = !(type in node.clutchListeners);
  node.clutchListeners[type] = listener;
  if (isNew) node.addEventListener(type, (event) => node.clutchListeners[type]?.(event));
}
