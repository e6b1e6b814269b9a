// Starts every part on the page. A part finds its elements by data-attributes, so a page needs no script of its own.
import { startShell } from "./shell.js";
import { startComboboxes } from "./combobox.js";
import { startDialogs } from "./dialogs.js";
import { startForms } from "./forms.js";
import { startLists } from "./lists.js";

startShell();
startComboboxes(document);
startDialogs();
startForms(document);
startLists();
document.documentElement.dataset.ready = "true";
