// Where editors live: in a shadow tree, where their styles are sheets made by script. Elsewhere they would be `<style>`
// elements, which the server's policy blocks.

/** Says how to get out, to those who cannot see the help on keys. */
export const HELP_ID = 'how-to-leave';
const HELP = 'Escape, then Tab leaves the editor.';

/** The empty shadow tree of an element, with the colours and sizes of the page around it. */
export function shadowOf(host: HTMLElement): ShadowRoot {
  const shadow = host.shadowRoot ?? host.attachShadow({ mode: 'open' });
  shadow.replaceChildren();
  const help = document.createElement('div');
  help.id = HELP_ID;
  help.hidden = true;
  help.textContent = HELP;
  shadow.append(help);
  return shadow;
}
