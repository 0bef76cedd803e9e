/* Liandong: asks the browser to make a passkey or to sign with one; the form then carries the answer to the server.
   Forms: data-passkey="create" or "get", data-options (JSON of the server), a field "answer", a [data-trouble] for a sentence. */
"use strict";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
const TROUBLE = {
  NotAllowedError: "没有完成：取消了，等得太久，或者这里没有可用的通行密钥。可以再试一次。",
  InvalidStateError: "这台设备上已经有一个了，不用再加。",
  SecurityError: "这个网址不能用通行密钥：要用 https 的域名打开本站（在本机上用 localhost）。",
};

/* What the server sent as base64url, as the bytes that browsers want. */
function prepared(options) {
  options.challenge = toBytes(options.challenge);
  if (options.user) options.user.id = toBytes(options.user.id);
  for (const one of [...(options.excludeCredentials || []), ...(options.allowCredentials || [])]) one.id = toBytes(one.id);
  return { publicKey: options };
}

/* What the browser answered, as JSON. */
function told(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"])
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  const { id, type } = credential;
  return JSON.stringify({ id, type, rawId: toText(credential.rawId), response, clientExtensionResults: {} });
}

async function ask(form, event) {
  const answer = form.elements.answer;
  if (answer.value) return; // the second time it is sent
  event.preventDefault();
  const trouble = form.querySelector("[data-trouble]");
  trouble.hidden = true;
  try {
    answer.value = told(await navigator.credentials[form.dataset.passkey](prepared(JSON.parse(form.dataset.options))));
    form.requestSubmit();
  } catch (error) {
    trouble.textContent = TROUBLE[error.name] || "这个浏览器没有做成，请换一个浏览器，或者用密码。";
    trouble.hidden = false;
  }
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  if (!window.PublicKeyCredential) continue; // the form stays hidden, or says that nothing came
  form.hidden = false;
  form.addEventListener("submit", (event) => ask(form, event));
}
