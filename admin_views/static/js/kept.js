// What a phone keeps for the person who is signed in: entries in its database, and a form's fields as one keeps them.
const STORE = "entries";
export const user = () => Number(document.body.dataset.user);

function database() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("outbox", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(STORE, { keyPath: "id" });
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

async function within(mode, work) {
  const db = await database();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(STORE, mode);
      const request = work(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request?.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

export const put = (entry) => within("readwrite", (store) => store.put(entry));
export const drop = (id) => within("readwrite", (store) => store.delete(id));
export const find = (id) => within("readonly", (store) => store.get(id));

export const all = () => within("readonly", (store) => store.getAll());

export async function mine() {
  return (await all()).filter((entry) => entry.user === user()).sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1));
}

// What a form holds, as [name, value or File]; empty boxes for files and the token are left out.
export function fieldsOf(form, submitter) {
  return [...new FormData(form, submitter)].filter(([name, value]) => name !== "csrf_token" && !(value instanceof File && !value.size && !value.name));
}

// Put what was kept back into a form.
export function fill(form, fields) {
  for (const control of form.elements) fillOne(control, fields.filter(([name]) => name === control.name).map(([, value]) => value));
  form.dispatchEvent(new Event("input", { bubbles: true }));
}

function fillOne(control, values) {
  if (!control.name || control.name === "csrf_token") return;
  if (control.type === "file") {
    const files = new DataTransfer();
    for (const value of values) if (value instanceof File) files.items.add(value);
    control.files = files.files;
    control.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
  else if (control instanceof HTMLSelectElement && control.multiple) for (const one of control.options) one.selected = values.includes(one.value);
  else if (values.length) control.value = values[0];
}
