// Starts every part on the page. A part finds its elements by data-attributes, so a page needs no script of its own.
import { startShell } from "./shell.js";
import { startComboboxes } from "./combobox.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startInbox } from "./inbox.js";
import { startLists } from "./lists.js";
import { startOutbox } from "./outbox.js";
import { startPhotos } from "./photos.js";
import { startSignatures } from "./signature.js";

startShell();
startPhotos();
startComboboxes(document);
startDialogs();
startForms(document);
startLists();
startInbox();
startSignatures(document);
startOutbox();
document.documentElement.dataset.ready = "true";
