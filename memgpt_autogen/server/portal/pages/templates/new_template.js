// The dialog for a new template.

import { html, useState } from '../../core/html.js';
import { path, send } from '../../core/api.js';
import { go, linkTo } from '../../core/router.js';
import { Form, TextField } from '../../parts/controls.js';
import { Dialog } from '../../parts/dialogs.js';
import { TemplateFields } from './fields.js';

/** What the server takes as a name. */
const NAME = /^[\p{L}\p{N}\p{M}_-]{1,64}$/u;

/** @param {{kind: import('./kinds.js').Kind, onClose: () => void}} props */
export function NewTemplate({ kind, onClose }) {
  const [name, setName] = useState('');
  const [text, setText] = useState('');
  const isWrong = name !== '' && !NAME.test(name);
  const create = async () => {
    // what is there already is not replaced
    await send('PUT', path`templates/${kind.place}/${name}`, { text }, { ifAbsent: true });
    onClose();
    go(linkTo(['templates', kind.place, name]));
  };
  return html`<${Dialog} title="New ${kind.one}" onClose=${onClose} isWide>
    <${Form} submit="Create" onSubmit=${create} disabled=${!name || isWrong || !text.trim()}>
      <p class="muted">${kind.about}</p>
      <${TextField} label="Name" value=${name} onInput=${setName} required hint="Letters, digits, _ and -, up to 64." rest=${{ autofocus: true, autocomplete: 'off', 'aria-invalid': isWrong ? 'true' : undefined }} />
      <p class="fault small" role="status">${isWrong ? 'A name has 1 to 64 letters, digits, _ and -.' : ''}</p>
      <${TemplateFields} kind=${kind} text=${text} onInput=${setText} />
    <//>
  <//>`;
}
