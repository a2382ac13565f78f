// Puts a text where it can be pasted from. A page over plain http has no clipboard of its own to ask, and a browser may
// refuse: the text is then selected and copied the old way. Whether it was copied is always said.

/** What stands where nothing was copied. */
export const NOT_COPIED = 'It could not be copied; select it and copy it by hand';

/** Copies a text; false when the browser let nothing be copied. */
export async function copy(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const before = document.activeElement;
  const field = document.createElement('textarea');
  field.className = 'copy-source';
  field.readOnly = true;
  field.value = text;
  // An open dialog takes the focus away from all that is outside of it.
  const dialogs = document.querySelectorAll('[role="dialog"][aria-modal="true"]');
  (dialogs[dialogs.length - 1] ?? document.body).append(field);
  field.focus({ preventScroll: true });
  field.select();
  try {
    return document.execCommand('copy');
  } catch {
    return false;
  } finally {
    field.remove();
    if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  }
}
