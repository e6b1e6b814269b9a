// Photos are made smaller on the phone before they are sent: the longest side 1600 dots, as JPEG, upright.
//
//   <input type="file" accept="image/*" [data-shrunk="… {n} … {after} … {before} …"]>     every box of photos
//   <output data-for="…id…"> is made behind it to say what was saved, where the input has words for it.
// What a browser cannot read, and what is small already, is sent as it is. A form that is sent meanwhile waits.
const BOXES = 'input[type="file"][accept="image/*"]';
const LONGEST = 1600;
const QUALITY = 0.85;
// Animations would lose their movement, drawings their edges.
const KINDS = /^image\/(jpeg|png|webp|heic|heif|avif|bmp|tiff)$/;

const working = new Map();

async function opened(file) {
  const url = URL.createObjectURL(file);
  try {
    const image = new Image();
    image.src = url;
    await image.decode();
    return image;
  } finally {
    // What is decoded needs its address no more.
    URL.revokeObjectURL(url);
  }
}

// The file to send in the place of this one: itself where it need not or cannot be made smaller.
export async function smaller(file) {
  if (!KINDS.test(file.type)) return file;
  let image;
  try {
    image = await opened(file);
  } catch {
    return file;
  }
  // An image drawn from an element stands as its orientation says, and its natural size is that of standing so.
  const { naturalWidth: width, naturalHeight: height } = image;
  const scale = LONGEST / Math.max(width, height);
  if (!(scale < 1)) return file;
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(width * scale));
  canvas.height = Math.max(1, Math.round(height * scale));
  const pen = canvas.getContext("2d");
  if (!pen) return file;
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  const blob = await new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
  canvas.width = canvas.height = 0;
  if (!blob || blob.type !== "image/jpeg") return file;
  return new File([blob], file.name.replace(/(\.\w{1,5})?$/, ".jpg"), { type: blob.type, lastModified: file.lastModified });
}

const megabytes = (files) => (files.reduce((sum, file) => sum + file.size, 0) / 1048576).toFixed(1);

function tell(input, before, after) {
  const shrunk = after.filter((file, index) => file !== before[index]).length;
  let note = input.parentElement.querySelector("output.shrunk");
  if (!input.dataset.shrunk || (!shrunk && !note)) return;
  if (!note) {
    note = document.createElement("output");
    note.className = "shrunk help";
    input.after(note);
  }
  const words = { n: shrunk, before: megabytes(before), after: megabytes(after) };
  note.textContent = shrunk ? input.dataset.shrunk.replace(/\{(\w+)\}/g, (_, name) => words[name]) : "";
}

// One after the other: a phone has no room for several opened photos.
async function shrink(input) {
  const before = [...input.files];
  const after = [];
  for (const file of before) after.push(await smaller(file));
  if (before.some((file, index) => file !== input.files[index])) return;
  if (after.some((file, index) => file !== before[index])) {
    const files = new DataTransfer();
    for (const file of after) files.items.add(file);
    input.files = files.files;
  }
  tell(input, before, after);
}

function onChange(event) {
  const input = event.target;
  if (!input.matches?.(BOXES) || !input.files.length) return;
  const work = shrink(input)
    .catch(() => {})
    .finally(() => working.get(input) === work && working.delete(input));
  working.set(input, work);
}

async function onSubmit(event) {
  const form = event.target;
  const mine = () => [...working].filter(([input]) => input.form === form).map(([, work]) => work);
  if (!mine().length) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  event.submitter?.classList.add("is-busy");
  while (mine().length) await Promise.all(mine());
  event.submitter?.classList.remove("is-busy");
  form.requestSubmit(event.submitter);
}

// On the window, so that whoever else listens to a form gets it when its photos are ready.
export function startPhotos() {
  window.addEventListener("change", onChange, true);
  window.addEventListener("submit", onSubmit, true);
}
