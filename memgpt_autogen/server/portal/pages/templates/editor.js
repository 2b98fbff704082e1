// One template: its text, to read and to change. If somebody else has changed it since, both texts are shown.

import { html, useEffect, useState } from '../../core/html.js';
import { ApiProblem, ask, getWithTag, path } from '../../core/api.js';
import { useLoaded } from '../../core/loading.js';
import { linkTo } from '../../core/router.js';
import { mayCreate } from '../../core/session.js';
import { Button, Form } from '../../parts/controls.js';
import { Diff } from '../../parts/diff.js';
import { notify } from '../../parts/notices.js';
import { Loading } from '../../parts/states.js';
import { TemplateFields } from './fields.js';

/** @param {{kind: import('./kinds.js').Kind, name: string}} props */
export function Editor({ kind, name }) {
  const place = path`templates/${kind.place}/${name}`;
  const found = useLoaded(() => getWithTag(place), [place]);
  const [text, setText] = useState('');
  const [other, setOther] = useState(/** @type {string | null} */ (null));
  const isChanged = found.data !== null && text !== found.data.data.text;
  useEffect(() => {
    if (found.data && other === null) setText(found.data.data.text);
  }, [found.data]);
  const save = async () => {
    try {
      const answer = await ask('PUT', place, { body: { text }, ifMatch: found.data?.etag ?? undefined });
      found.set({ data: await answer.json(), etag: answer.headers.get('ETag') });
      setOther(null);
      notify('Saved.');
    } catch (error) {
      if (!(error instanceof ApiProblem && error.status === 412 && typeof error.rest.current === 'string')) throw error;
      setOther(error.rest.current);
      await found.reload(); // what is saved next replaces the text that is shown now
    }
  };
  const takeOther = () => {
    setText(other ?? '');
    setOther(null);
  };
  return html`
    <p><a href=${linkTo(['templates', kind.place])}>${kind.many}</a></p>
    <div class="row row-between page-head">
      <h1 dir="auto">${name}</h1>
      ${mayCreate.value && html`<a class="button" href=${linkTo(['agents'], { new: 'new', template: `${kind.place}/${name}` })}>New agent from this</a>`}
    </div>
    <p class="muted">${kind.about} Agents that were made with it keep their texts.</p>
    <${Loading} of=${found} what="the template">
      ${() => html`
        ${other !== null &&
        html`<section class="note note-warn" role="alert" aria-label="Two texts">
          <p>Somebody else has changed this text since you opened it. Nothing was replaced. What stands there now, and how yours differs:</p>
          <div class="columns">
            <div class="card"><h2>Stored now</h2><p class="template-whole" dir="auto">${other}</p></div>
            <div class="card"><h2>Yours, compared with it</h2><${Diff} before=${other} after=${text} label="What yours changes" /></div>
          </div>
          <div class="row"><${Button} onClick=${takeOther}>Take the stored text<//><span class="muted">or save yours below, which replaces it.</span></div>
        </section>`}
        <${Form} submit=${other === null ? 'Save' : 'Save mine'} onSubmit=${save} disabled=${!mayCreate.value || !isChanged || !text.trim()}>
          <${TemplateFields} kind=${kind} text=${text} onInput=${setText} readOnly=${!mayCreate.value} />
        <//>
      `}
    <//>
  `;
}
