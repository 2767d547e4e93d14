/** The page `/embed`: its address says whose buddy, which widgets and which theme. */

import "/widget.js";

const KNOWN = ["buddy", "tokens", "streak", "badges", "path", "marketplace", "leaderboard"];
const LOOKS = `
  body { margin: 0; padding: 12px; }
  main { display: grid; gap: 12px; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); align-items: start; }
`;

const look = new CSSStyleSheet();
look.replaceSync(LOOKS);
document.adoptedStyleSheets = [look];

const asked = new URLSearchParams(location.search);
const wanted = (asked.get("widgets") ?? "buddy,tokens,streak,badges").split(",");
const theme = asked.get("theme") ?? "auto";
const root = document.querySelector("clutch-root");
const main = document.querySelector("main");
main.replaceChildren(
  ...wanted
    .filter((name) => KNOWN.includes(name))
    .map((name) => document.createElement(`clutch-${name}`)),
);
root.setAttribute("theme", theme);
document.documentElement.style.colorScheme = theme === "auto" ? "light dark" : theme;
root.setAttribute("token", asked.get("token") || "none");

new ResizeObserver(() => {
  const height = Math.ceil(document.body.getBoundingClientRect().height);
  parent.postMessage({ type: "clutch:height", height }, "*");
}).observe(document.body);
