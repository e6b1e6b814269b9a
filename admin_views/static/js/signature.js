// A signature: drawn on a canvas, sent as a PNG through the file input beside it.
//
//   <div data-signature><div data-pad hidden><canvas></canvas><span data-hint>…</span><button data-wipe>…</button></div>
//     <input type="file"></div>
// Without script the pad stays hidden and a picture is chosen instead. A new signature takes the kept one's place.
const INK = "#14213d";

class Pad {
  constructor(box) {
    this.pad = box.querySelector("[data-pad]");
    this.canvas = box.querySelector("canvas");
    this.hint = box.querySelector("[data-hint]");
    this.wipe = box.querySelector("[data-wipe]");
    this.input = box.querySelector("input[type=file]");
    this.kept = box.parentElement.querySelectorAll("input[type=checkbox]");
    this.signed = false;
    this.pad.hidden = false;
    this.clear();
    this.canvas.addEventListener("pointerdown", (event) => this.begin(event));
    this.canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const name of ["pointerup", "pointercancel"]) this.canvas.addEventListener(name, () => this.end());
    this.wipe.addEventListener("click", () => this.drop());
    this.input.addEventListener("change", () => this.chosen());
  }

  // The canvas has as many dots as the screen shows; its size is known only once the field is to be seen.
  clear() {
    const { width, height } = this.canvas.getBoundingClientRect();
    const dots = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * dots) || 1;
    this.canvas.height = Math.round(height * dots) || 1;
    this.pen = this.canvas.getContext("2d");
    this.pen.scale(dots, dots);
    this.pen.fillStyle = "#fff";
    this.pen.fillRect(0, 0, width, height);
    Object.assign(this.pen, { lineWidth: 2.4, lineCap: "round", lineJoin: "round", strokeStyle: INK });
    this.say(false);
  }

  say(signed) {
    this.signed = signed;
    this.hint.hidden = signed;
    this.wipe.hidden = !signed;
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    if (!this.signed) this.clear();
    this.canvas.setPointerCapture(event.pointerId);
    this.say(true);
    this.last = this.at(event);
    this.line(this.last);
  }

  draw(event) {
    if (!this.last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.line(this.at(each));
  }

  line(to) {
    this.pen.beginPath();
    this.pen.moveTo(...this.last);
    this.pen.lineTo(...to);
    this.pen.stroke();
    this.last = to;
  }

  at(event) {
    const { left, top } = this.canvas.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  end() {
    if (!this.last) return;
    this.last = null;
    const bytes = Uint8Array.from(atob(this.canvas.toDataURL("image/png").split(",")[1]), (letter) => letter.charCodeAt(0));
    const files = new DataTransfer();
    files.items.add(new File([bytes], "signature.png", { type: "image/png" }));
    this.input.files = files.files;
    this.keep(false);
    this.input.form?.dispatchEvent(new Event("input", { bubbles: true }));
  }

  drop() {
    this.input.value = "";
    this.keep(true);
    this.clear();
    this.canvas.scrollIntoView({ block: "nearest" });
  }

  chosen() {
    this.clear();
    this.keep(!this.input.files.length);
  }

  keep(yes) {
    for (const box of this.kept) box.checked = yes;
  }
}

export function startSignatures(within) {
  for (const box of within.querySelectorAll("[data-signature]")) new Pad(box);
}
