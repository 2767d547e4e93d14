/** Signing in: a secret key for a cookie. The key is not kept anywhere in the page. */

import { signIn } from "./api.js";
import { fill, focusSoon, h } from "./dom.js";

/** The form; `done(session)` hears of the new session. */
export function signInForm(reason, done) {
  const secret = h("input", {
    type: "password",
    name: "secret",
    required: true,
    autocomplete: "current-password",
    spellcheck: "false",
    placeholder: "hatch_live_…",
    "aria-describedby": "sign-in-note",
  });
  const fault = h("p.fault", { role: "alert" }, reason && h("span.note", {}, reason));
  const button = h("button.primary", { type: "submit" }, "Sign in");
  const submit = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const session = await signIn(secret.value.trim());
      secret.value = "";
      done(session);
    } catch (error) {
      fill(fault, said(error));
      secret.select();
    } finally {
      button.disabled = false;
    }
  };
  focusSoon(secret);
  return h(
    "main.sign-in",
    {},
    h(
      "form",
      { onsubmit: submit },
      h("img", { src: "/console/icon.svg", alt: "", width: 44, height: 44 }),
      h("h1", {}, "Clutch console"),
      h("label.field", {}, h("span", {}, "Secret key"), secret),
      h(
        "p.note",
        { id: "sign-in-note" },
        "The key is traded for a cookie that holds for an hour and only on these pages. Make one with ",
        h("code", {}, "clutch keys create"),
        ".",
      ),
      fault,
      button,
    ),
  );
}

function said(error) {
  if (error.status === 401)
    return "This key is not valid here. Check that it is whole and was not revoked.";
  if (error.status === 403)
    return "This key can't sign in: it takes a secret key with the scopes read:console-session and write:console-session.";
  return error.message;
}
