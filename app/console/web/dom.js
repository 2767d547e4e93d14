/**
 * Elements. Everything that comes from players or customers passes through here as text: there is
 * no way in this module to make markup out of a string, and links lead nowhere but into the console.
 */

const SVG = "http://www.w3.org/2000/svg";
const SAFE_LINK = /^(#|\/console(\/|$)|\/docs$|\/guide(\/|$))/;
const SAFE_PICTURE = /^\/(media|console)\//;

/** An HTML element: `h("a.name", {href}, "text", child)`. Null children are left out. */
export function h(tag, props, ...children) {
  return filled(document.createElement(tag.split(".")[0]), tag, props, children);
}

/** An SVG element, in the same way. */
export function s(tag, props, ...children) {
  return filled(document.createElementNS(SVG, tag.split(".")[0]), tag, props, children);
}

/** Put other children into an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter(isThere));
  return element;
}

/** Run once the element is in the page. */
export function focusSoon(element) {
  requestAnimationFrame(() => element.focus({ preventScroll: true }));
  return element;
}

function filled(element, tag, props, children) {
  const classes = tag.split(".").slice(1);
  if (classes.length) element.classList.add(...classes);
  for (const [name, value] of Object.entries(props ?? {})) set(element, name, value);
  element.append(...children.flat(Infinity).filter(isThere));
  return element;
}

function set(element, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
  else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
  else if (name === "value") element.value = value;
  else if (name === "href" && !SAFE_LINK.test(value)) return;
  else if (name === "src" && !SAFE_PICTURE.test(value)) return;
  else element.setAttribute(name, value === true ? "" : String(value));
}

function isThere(child) {
  return child !== null && child !== undefined && child !== false;
}
