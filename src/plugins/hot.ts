/** What Vite's server appends to a module, so that an edited program takes over where the old one runs. */

/** What importers have is what the module exported first: its functions are put in place of those, again and again. */
const EXPORTED = /^export (?:async )?(?:function|let) ([\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*)/gmu
const NETWORK = 'export const network ='

/**
 * Parameters that were learned go on with the new functions where all fields are as they were; else the modules that
 * import this one are asked, and where none answers the page is loaded again.
 */
export function withHotUpdate(code: string): string {
  const open = code.replace(NETWORK, NETWORK.replace('const', 'let'))
  const names = [...open.matchAll(EXPORTED)].map(([, name]) => name!)
  const assignments = names.map((name) => `    ${name} = next.${name};`).join('\n')
  return `${open}
if (import.meta.hot) {
  const fields = ({ params, inputs, targets, outputs, hyper = {}, batch }) =>
    JSON.stringify(
      [params, inputs, targets, outputs, Object.keys(hyper), batch !== undefined],
      (key, value) => (key === 'initialiser' && typeof value === 'string' ? undefined : value),
    );
  const own = fields(network);
  const { data } = import.meta.hot;
  data.latest = (next) => {
${assignments}
  };
  // What was handed out first stays in use: later versions put themselves in its place.
  data.replace ??= data.latest;
  import.meta.hot.accept((next) => {
    if (next === undefined) return;
    if (fields(next.network) === own && ${JSON.stringify(names)}.every((name) => name in next)) data.replace(next);
    else {
      // Who imports it now has that version.
      data.replace = data.latest;
      import.meta.hot.invalidate('the fields of the network are others now');
    }
  });
}
`
}
