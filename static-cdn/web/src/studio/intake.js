// Ways in: samples, files that are chosen, dropped or pasted, and an address.

import { useEffect, useState } from "preact/hooks";

import { publicJson } from "../api/client.js";
import { Field } from "../design/field.js";
import { html } from "../design/html.js";
import { useResource } from "../design/use-resource.js";
import { t } from "../words/words.js";
import { Camera } from "./camera.js";
import { AT_MOST, isPicture, picturesIn } from "./files.js";

const TYPES = "image/jpeg,image/png,image/webp,image/gif,image/avif,image/heic,image/heif,image/tiff,image/bmp,.heic,.heif";

/**
 * @param {{takeFiles: (files: File[]) => void, takeAddress: (address: string) => void}} properties
 */
export function Intake({ takeFiles, takeAddress }) {
  const over = useDropAndPaste(takeFiles, takeAddress);
  const choose = (/** @type {any} */ event) => {
    takeFiles([...event.target.files].filter(isPicture).slice(0, AT_MOST));
    event.target.value = ""; // the same picture may be chosen again
  };
  return html`<div class="stack">
    <${Samples} take=${takeAddress} />
    <div class=${`drop ${over ? "over" : ""}`}>
      <span>${t("studio.drop")}</span>
      <label class="button quiet">${t("studio.choose")}
        <input class="unseen" id="file" type="file" multiple accept=${TYPES} onChange=${choose} /></label>
      <label class="button quiet">${t("studio.choose-folder")}
        <input class="unseen" id="folder" type="file" webkitdirectory onChange=${choose} /></label>
      <${Camera} take=${takeFiles} />
    </div>
    <${AddressForm} take=${takeAddress} />
  </div>`;
}

/** @param {{take: (address: string) => void}} properties */
function AddressForm({ take }) {
  const [wrong, setWrong] = useState("");
  const submit = (/** @type {any} */ event) => {
    event.preventDefault();
    const address = event.target.image_url.value.trim();
    const good = isAddress(address);
    setWrong(good ? "" : t("studio.address-wrong"));
    if (good) take(address);
    else event.target.image_url.focus();
  };
  return html`<form class="row end" novalidate onSubmit=${submit}>
    <div class="grow"><${Field} label=${t("studio.address")} name="image_url" type="url" maxlength="2048" placeholder="https://…" wrong=${wrong} /></div>
    <button class="button">${t("studio.analyse")}</button>
  </form>`;
}

/** @param {string} text */
export const isAddress = (text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

/** @param {{take: (address: string) => void}} properties */
function Samples({ take }) {
  const { value: samples = [] } = useResource(() => publicJson("/samples/index.json"), []);
  return html`<ul class="samples" aria-label=${t("studio.samples")}>
    ${samples.map((/** @type {{name: string, url: string, credit: string}} */ { name, url, credit }) => html`<li key=${url}>
      <button type="button" title=${`${name} (${credit})`} onClick=${() => take(new URL(url, location.href).href)}>
        <img src=${thumbnailOf(url)} alt=${name} width="320" height="240" loading="lazy" /></button></li>`)}
  </ul>`;
}

/** The pictures themselves have half a megabyte each. @param {string} url of a sample picture */
export const thumbnailOf = (url) => url.replace(/([^/]+)\.\w+$/, "thumbnails/$1.jpg");

/**
 * Pictures may be dropped anywhere on the page, and pasted anywhere but in a field.
 * @param {(files: File[]) => void} takeFiles @param {(address: string) => void} takeAddress
 * @returns {boolean} whether something hovers over the page
 */
function useDropAndPaste(takeFiles, takeAddress) {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const take = async (/** @type {DataTransfer} */ data) => {
      const text = data.getData("text/plain").trim();
      const files = await picturesIn(data);
      if (files.length > 0) takeFiles(files);
      else if (isAddress(text)) takeAddress(text);
    };
    /** @type {Record<string, (event: any) => void>} */
    const listeners = {
      dragover: (event) => { event.preventDefault(); setOver(true); },
      dragleave: (event) => { if (!event.relatedTarget) setOver(false); },
      drop: (event) => { event.preventDefault(); setOver(false); void take(event.dataTransfer); },
      paste: (event) => { if (!event.target.closest?.("input, textarea")) void take(event.clipboardData); },
    };
    for (const [name, listener] of Object.entries(listeners)) document.addEventListener(name, listener);
    return () => { for (const [name, listener] of Object.entries(listeners)) document.removeEventListener(name, listener); };
  }, [takeFiles, takeAddress]);
  return over;
}
