import { useEffect, useRef, useState } from "preact/hooks";

import { Button } from "../design/button.js";
import { html } from "../design/html.js";
import { t } from "../words/words.js";

const QUALITY = 0.92;

/** A picture from the camera. Browsers have one for pages by https and of this machine alone. @param {{take: (files: File[]) => void}} properties */
export function Camera({ take }) {
  const [open, setOpen] = useState(false);
  if (!navigator.mediaDevices) return null;
  return html`<${Button} kind="quiet" act=${() => setOpen(true)}>${t("camera.open")}<//>
    ${open && html`<${View} take=${take} close=${() => setOpen(false)} />`}`;
}

/** @param {{take: (files: File[]) => void, close: () => void}} properties */
function View({ take, close }) {
  const dialog = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null));
  const [wrong, setWrong] = useState("");
  const [ready, setReady] = useState(false);
  useEffect(() => { dialog.current?.showModal(); }, []);
  useEffect(() => follow(video, (failure) => setWrong(t(failure === "NotAllowedError" ? "camera.refused" : "camera.none"))), []);
  const shoot = async () => {
    if (!video.current) return;
    take([await still(video.current)]);
    close();
  };
  return html`<dialog class="card" ref=${dialog} aria-labelledby="camera" onClose=${close}><div class="stack">
    <h2 id="camera">${t("camera.title")}</h2>
    ${wrong ? html`<p class="notice bad" role="alert">${wrong}</p>`
      : html`<video class="camera" ref=${video} autoplay playsinline muted onPlaying=${() => setReady(true)}></video>`}
    <div class="row">${!wrong && html`<${Button} act=${shoot} disabled=${!ready}>${t("camera.shoot")}<//>`}
      <${Button} kind="quiet" act=${close}>${t("cancel")}<//></div>
  </div></dialog>`;
}

/**
 * Shows what the camera sees until the returned function is called.
 * @param {{current: HTMLVideoElement | null}} video @param {(name: string) => void} failed with the name of the DOMException
 */
function follow(video, failed) {
  let over = false;
  /** @type {MediaStream | null} */
  let stream = null;
  const stop = () => stream?.getTracks().forEach((track) => track.stop());
  navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then((given) => {
    stream = given;
    if (over || !video.current) stop();
    else video.current.srcObject = given;
  }).catch((error) => { if (!over) failed(error.name); });
  return () => { over = true; stop(); };
}

/** @param {HTMLVideoElement} video @returns {Promise<File>} */
async function still(video) {
  const canvas = new OffscreenCanvas(video.videoWidth, video.videoHeight);
  canvas.getContext("2d")?.drawImage(video, 0, 0);
  return new File([await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY })], "camera.jpg", { type: "image/jpeg" });
}
