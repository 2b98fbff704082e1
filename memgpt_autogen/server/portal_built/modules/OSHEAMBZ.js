import{b as B}from"./EJKEL276.js";import{a as A,b as u,e as O,f as te,h as ae,i as x,j as q,k as S,l as U,n as p}from"./GSDD7SKE.js";import{c as L}from"./T3BZZKVX.js";import{A as Q,B as N,D as f,F as Z,I as b,J as P,K as j,L as ee,c as C,d as y,f as g,j as M,m as n,n as K,p as Y,q as J,r as X,s as m,u as w,w as D,x as G,y as R,z as k}from"./NZ6VOXHM.js";function se({agent:e,version:t,onChange:s}){let a=m`agents/${e.id}/archives`,r=R(c=>w(a,{},c),[e.id]),i=g(null);y(()=>{t&&r.reload()},[t]);let o=async()=>{await r.reload(),s(),i.current?.focus()},l=async c=>{await B({title:"Stop reading the archive?",text:n`<p>The agent finds nothing of <b dir="auto">${c.name}</b> any more. The archive keeps all, and can be attached again.</p>`,action:"Stop reading it"})&&(await D("DELETE",`${a}/${encodeURIComponent(c.id)}`),await o())};return n`<section aria-labelledby="archives-heading">
    <h2 id="archives-heading" ref=${i} tabindex="-1">Archives that it reads</h2>
    <${ae} of=${r} what="the archives">
      ${c=>n`
        <ul class="archives">
          ${c.items.map(d=>n`<li key=${d.id} class="card row">
              <span class="grow"><b dir="auto">${d.name??"Its own archive"}</b> ${d.own&&d.name&&n`<${p}>stores here<//>`} ${d.granted&&n`<${p}>of another user<//>`}</span>
              <span class="small muted">${ge(d)}</span>
              ${L.value&&!d.own&&n`<${b} kind="quiet" label="Stop reading it: ${d.name}" onClick=${()=>l(d)}>Stop reading it<//>`}
            </li>`)}
        </ul>
        ${L.value&&n`<${be} place=${a} read=${c.items} onAttached=${o} />`}
      `}
    <//>
  </section>`}function ge({passages:e,documents:t,embedding_model:s,pending:a}){if(e===null)return"it cannot be reached now";let r=a?`; ${u(a,"passage")} without a vector yet`:"",i=e?`, ${s?`searched by meaning with ${s}`:"searched by words only"}`:"";return`${u(e,"passage")}, ${u(t??0,"document")}${i}${r}`}function be({place:e,read:t,onAttached:s}){let[a,r]=C(""),i=R(async d=>{let[h,F]=await Promise.all([w("archives",{limit:200},d),w("grants/archives",{},d)]),z=F.received.map(E=>[E.id,`${E.name} (of another user)`]);return[...h.items.map(E=>[E.id,E.name]),...z]},[]),o=new Set(t.map(d=>d.id)),l=(i.data??[]).filter(([d])=>!o.has(d));return l.length?n`<${P} submit="Attach" onSubmit=${async()=>{await D("PUT",`${e}/${encodeURIComponent(a)}`),r(""),await s()}} disabled=${!a}>
    <${ee} label="Let it read a shared archive too" value=${a} onInput=${r} options=${[["","Choose an archive"],...l]} />
  <//>`:null}var ve=20;function ne({agent:e,name:t,query:s}){let a=s.get("archive")||null,r=Math.max(1,Math.trunc(Number(s.get("passage")))||1),i=l=>f(["agents",e.name,"documents",t],{archive:a,passage:l}),o=k(m`agents/${e.id}/source-outline/${t}`,{archive:a});return o.problem?.status===404?n`<${q} title="There is no document ${t} here">
      <p>It may have been deleted, or be in another archive. <a href=${f(["agents",e.name,"documents"])}>Look at the documents that there are</a></p>
    <//>`:n`<article class="document">
    <p><a href=${f(["agents",e.name,"documents"])}>All documents</a></p>
    <h2 dir="auto">${t}${a&&n` <${p}>in the archive <bdi>${a}</bdi><//>`}</h2>
    <p><a href=${f(["agents",e.name,"search"],{in:"archival",source:t})}>Search in it</a></p>
    <div class="document-parts">
      <${ye} outline=${o} at=${i} />
      <${we} agent=${e} name=${t} archive=${a} start=${r} isNamed=${s.has("passage")} at=${i} />
      <${Te} agent=${e} name=${t} archive=${a} at=${i} />
    </div>
  </article>`}function ye({outline:e,at:t}){return n`<nav class="outline" aria-label="Headings and pages">
    <details open>
      <summary><h3>Headings and pages</h3></summary>
      <div class="outline-list" tabindex="0" role="group" aria-label="Headings and pages">
        <${x} of=${e} what="the headings" empty=${n`<p class="muted">It has none.</p>`}>
          ${s=>n`<ol>
            ${s.map(a=>n`<li key=${a.first}><a dir="auto" href=${t(a.first)}>${a.heading??(a.page?`Page ${a.page}`:"The beginning")}</a>${a.heading&&a.page&&n` <span class="small muted">page ${a.page}</span>`}</li>`)}
          </ol>`}
        <//>
      </div>
    </details>
  </nav>`}function we({agent:e,name:t,archive:s,start:a,isNamed:r,at:i}){let o=k(m`agents/${e.id}/source-passages/${t}`,{archive:s,start:a,limit:20}),l=g(null),c=o.items!==null;return y(()=>{!c||!r||(l.current?.focus({preventScroll:!0}),l.current?.scrollIntoView({block:"start"}))},[a,c,r]),n`<section class="passages" ref=${l} tabindex="-1" aria-label="Passages">
    ${a>1&&n`<p><a class="button" href=${i(Math.max(1,a-ve))}>↑ Earlier passages</a></p>`}
    <${x} of=${o} what="the passages" empty=${n`<${q} title="There is no passage ${a}"><p><a href=${i(1)}>Read from the beginning</a></p><//>`}>
      ${d=>d.map(h=>n`<${ke} key=${h.id} passage=${h} isMarked=${r&&h.number===a} link=${i(h.number??1)} />`)}
    <//>
  </section>`}function ke({passage:e,isMarked:t,link:s}){let a=[e.page&&`page ${e.page}`,e.heading].filter(Boolean).join(" · ");return n`<section class="card passage ${t?"passage-marked":""}" aria-current=${t?"location":void 0}>
    <p class="small muted row"><a href=${s}>Passage ${e.number}</a> <span dir="auto">${a}</span>
      ${e.tags.map(r=>n`<${p} key=${r}><bdi>${r}</bdi><//>`)}
      ${e.superseded_by&&n`<${p} kind="warn">replaced later<//>`}
    </p>
    <p class="passage-text" dir="auto">${e.text}</p>
  </section>`}var xe={found:"found it",opened:"read in it",named:"named it"};function Te({agent:e,name:t,archive:s,at:a}){let r=k(m`agents/${e.id}/source-uses/${t}`,{archive:s,limit:20});return n`<section class="uses" aria-labelledby="uses-heading">
    <h3 id="uses-heading">In the log</h3>
    <${x} of=${r} what="what the log has of it" empty=${!r.hasMore&&n`<p class="muted">Neither found, read nor named so far. Ask the agent about it.</p>`}>
      ${i=>n`<ol class="use-list">
        ${i.map(o=>n`<li key=${`${o.seq} ${o.how}`} class="card use">
            <p class="small muted"><b><bdi>${o.speaker??e.name}</bdi></b> ${xe[o.how]} <${S} time=${o.time} /></p>
            ${o.how==="named"&&n`<p dir="auto">${o.text}</p>`}
            ${o.passages.length>0&&n`<p class="small">${u(o.passages.length,"passage")}: ${o.passages.slice(0,12).map(l=>n`<a key=${l} class="use-passage" href=${a(l)}>${l}</a> `)}${o.passages.length>12&&"…"}</p>`}
            <a class="small" href=${f(["agents",e.name,"chat"],{seq:o.seq})}>Open in the chat</a>
          </li>`)}
      </ol>`}
    <//>
  </section>`}var Ee=2e3,Le={queued:"plain",running:"accent",ended:"good",failed:"bad"};function oe({agent:e,version:t}){let s=k("jobs",{agent:e.id,limit:20}),a=s.items,r=a?.some(i=>i.state==="queued"||i.state==="running");return y(()=>{t&&s.reload()},[t]),Q(s.reload,r?Ee:null),a?.length?n`<details class="jobs">
    <summary><h2>Loads so far</h2></summary>
    <${x} of=${s} what="the loads">
      ${i=>n`<ul class="loads">
        ${i.map(o=>n`<li key=${o.id} class="load">
            <span class="grow"><b dir="auto">${o.what}</b> ${o.error&&n`<span class="load-problem">${o.error}</span>`}</span>
            <${p} kind=${Le[o.state]}>${o.state==="running"?o.total?te(o.done,o.total):`${A(o.done)} passages`:o.state}<//>
            <span class="small muted"><${S} time=${o.ended_at??o.created_at} /></span>
          </li>`)}
      </ul>`}
    <//>
  </details>`:null}function _({kinds:e}){return e?n`<details class="kinds small">
    <summary>What can be read${e.upload_bytes?`, up to ${O(e.upload_bytes)} a file`:""}</summary>
    <dl>
      ${e.kinds.map(t=>n`<div key=${t.kind}><dt>${t.kind}</dt><dd>${t.suffixes.join(" ")}</dd></div>`)}
    </dl>
    <p>Other files are read if they are text, such as programs. From an address, at most ${O(e.fetched_bytes)} are read.</p>
    <p>These must be saved otherwise first:</p>
    <ul>
      ${Object.entries(e.unreadable).map(([t,s])=>n`<li key=${t}><code>${t}</code>: ${s}</li>`)}
    </ul>
  </details>`:null}function re(e,t,{onProgress:s,signal:a}){return new Promise((r,i)=>{let o=new XMLHttpRequest;o.open("POST",X(e)),o.setRequestHeader("Accept","application/json, application/problem+json"),o.upload.onprogress=l=>l.lengthComputable&&s(l.loaded,l.total),o.onload=async()=>{Y.value=!1,o.status<400?r(JSON.parse(o.responseText)):i(await G(new Response(o.responseText,{status:o.status,statusText:o.statusText}),e))},o.onerror=()=>i(new J(0,"The upload broke off. Look whether the server runs, then try again.")),o.onabort=()=>i(new DOMException("The upload was cancelled.","AbortError")),a.addEventListener("abort",()=>o.abort(),{once:!0}),o.send(t)})}var Ae=2,De=700,v=M([]),I=M({}),H=new Map,Oe=0,ie=e=>v.value.filter(t=>t.agent===e),le=e=>I.value[e]??0;function de(e,t,s){for(let a of t){let r=!!(s&&a.size>s);$e({agent:e,name:a.name,file:a,url:"",size:a.size,state:r?"failed":"waiting",problem:r?"It is larger than this server takes. Split it, or load it by its address.":""})}W()}function ce(e,t){$e({agent:e,name:t,file:null,url:t,size:0,state:"waiting",problem:""}),W()}function ue(e){T(e.number,{state:"cancelled"}),H.get(e.number)?.abort()}function me(e){T(e.number,{state:"waiting",sent:0,job:null,problem:""}),W()}function pe(e){v.value=v.value.filter(t=>t.number!==e.number)}function $e(e){v.value=[{number:++Oe,sent:0,job:null,...e},...v.value]}function T(e,t){v.value=v.value.map(s=>s.number===e?{...s,...t}:s)}function W(){let e=Ae-v.value.filter(s=>s.state==="sending").length,t=v.value.filter(s=>s.state==="waiting").reverse();for(let s of t.slice(0,Math.max(0,e)))Se(s)}async function Se(e){let t=new FormData;e.file?t.append("file",e.file,e.file.name):t.append("url",e.url);let s=new AbortController;H.set(e.number,s),T(e.number,{state:"sending"});try{let a=(i,o)=>T(e.number,{sent:i,size:o}),r=await re(m`agents/${e.agent}/sources`,t,{onProgress:a,signal:s.signal});T(e.number,{state:"reading",job:r}),V(e,r)}catch(a){s.signal.aborted||T(e.number,{state:"failed",problem:N(a).message})}finally{H.delete(e.number),W()}}function V(e,t){let s=t.state==="ended"||t.state==="failed",a=t.state==="ended"||t.state==="failed"?t.state:"reading";T(e.number,{job:t,state:a,problem:t.error??""}),s?I.value={...I.value,[e.agent]:(I.value[e.agent]??0)+1}:setTimeout(()=>w(m`jobs/${t.id}`).then(r=>V(e,r),r=>Ce(e,t,r)),De)}function Ce(e,t,s){let a=N(s);a.status===0||a.status>=500||a.status===429?V(e,t):T(e.number,{state:"failed",problem:a.message})}function fe({agent:e,kinds:t}){let[s,a]=C(!1),[r,i]=C(""),o=g(null),l=g(null),c=K(),d=$=>$&&de(e.id,$,t?.upload_bytes),h=$=>{$.preventDefault(),a(!1),d($.dataTransfer?.files)},F=$=>{$.preventDefault(),a(!0)},z=()=>{d(o.current?.files??void 0),o.current&&(o.current.value="")},E=async()=>{ce(e.id,r.trim()),i("")},he=ie(e.id);return n`<section class="card upload" aria-labelledby=${c}>
    <h2 id=${c} ref=${l} tabindex="-1">Load documents</h2>
    <div class="columns">
      <div class="drop ${s?"drop-over":""}" onDragOver=${F} onDragLeave=${()=>a(!1)} onDrop=${h}>
        <p>Drop files here, or</p>
        <${b} kind="primary" onClick=${()=>o.current?.click()}>Choose files<//>
        <input ref=${o} type="file" multiple class="visually-hidden" tabindex="-1" aria-label="Files to load" onChange=${z} />
      </div>
      <${P} submit="Load the address" onSubmit=${E} disabled=${!r.trim()}>
        <${j} label="Address of a page or a file" type="url" value=${r} onInput=${i} hint="The server fetches it. Addresses of its own machine and network are refused." rest=${{placeholder:"https://example.org/handbook.pdf",maxlength:4e3,dir:"ltr"}} />
      <//>
    </div>
    <${_} kinds=${t} />
    <ul class="loads" aria-live="polite">
      ${he.map($=>n`<${Re} key=${$.number} agent=${e} load=${$} onGone=${()=>l.current?.focus()} />`)}
    </ul>
  </section>`}function Re({agent:e,load:t,onGone:s}){let a=()=>(pe(t),s()),{state:r,job:i}=t,o=r==="ended"||r==="failed"||r==="cancelled";return n`<li class="load load-${r}">
    <div class="grow">
      ${r==="waiting"&&n`<p><b dir="auto">${t.name}</b> <span class="muted">waits until others are sent</span></p>`}
      ${r==="sending"&&n`<${U} label="Sending ${t.name}${t.size?`, ${O(t.sent)} of ${O(t.size)}`:""}" done=${t.sent} whole=${t.size||null} />`}
      ${r==="reading"&&n`<${U} label=${qe(t)} done=${i?.done} whole=${i?.total} />`}
      ${r==="ended"&&n`<${Pe} agent=${e} load=${t} />`}
      ${r==="failed"&&n`<p class="load-problem"><b dir="auto">${t.name}</b>: ${t.problem}</p>`}
      ${r==="cancelled"&&n`<p><b dir="auto">${t.name}</b> <span class="muted">was not loaded: you cancelled it</span></p>`}
    </div>
    ${(r==="waiting"||r==="sending")&&n`<${b} kind="quiet" label="Cancel ${t.name}" onClick=${()=>(ue(t),s())}>Cancel<//>`}
    ${(r==="failed"||r==="cancelled")&&n`<${b} kind="quiet" label="Try again: ${t.name}" onClick=${()=>(me(t),s())}>Try again<//>`}
    ${o&&n`<${b} kind="quiet" label="Take ${t.name} from this list" onClick=${a}>×<//>`}
  </li>`}function qe({name:e,job:t}){if(t?.state==="queued")return`${e} waits to be read`;let s=t&&!t.total&&t.done?`, ${u(t.done,"passage")}`:"";return`Reading ${e}${s}`}function Pe({agent:e,load:t}){let s=t.job?.result,a=[...s?.came??[],...s?.changed??[],...s?.unchanged??[]],r=s?.changed?.length?"was replaced":s?.unchanged?.length&&!s?.came?.length?"was there already":"is loaded";return n`
    <p>${a.map((i,o)=>n`${o>0&&", "}<a key=${i} dir="auto" href=${f(["agents",e.name,"documents",i])}>${i}</a>`)} ${r}: ${u(s?.passages??0,"passage")}.</p>
    ${(s?.notes??[]).map(i=>n`<p key=${i} class="small muted">${i}</p>`)}
  `}function Be(e){let{agent:t,rest:s,query:a}=e;return s.length?n`<${ne} key=${s[0]} agent=${t} name=${s[0]} query=${a} />`:n`<${_e} agent=${t} />`}function _e({agent:e}){let t=k(m`agents/${e.id}/sources`,{}),s=R(o=>w("document-kinds",{},o),[]),a=g(null),r=le(e.id);y(()=>{r&&t.reload()},[r]);let i=async o=>{let l=m`agents/${e.id}/sources/${o.name}`,c=await D("DELETE",l,void 0,{query:{dry_run:!0}}),d=[u(c.passages,"passage"),c.pages&&u(c.pages,"page"),u(c.characters,"character")];await B({title:"Delete the document?",text:n`<p><b dir="auto">${c.name}</b> goes from the archive: ${d.filter(Boolean).join(", ")}. The agent finds nothing of it any more. What it said about it stays in the log. This cannot be undone.</p>`,action:"Delete",isDangerous:!0})&&(await D("DELETE",l),Z(`${c.name} was deleted.`),await t.reload(),a.current?.focus())};return n`<div class="documents stack">
    ${L.value&&n`<${fe} agent=${e} kinds=${s.data} />`}
    <section aria-labelledby="documents-heading">
      <h2 id="documents-heading" ref=${a} tabindex="-1">Documents</h2>
      <${x} of=${t} what="the documents" empty=${n`<${q} title="No documents yet"><p>${L.value?"Drop files above, or choose some. Then ask the agent about them.":"Who may write can load some."}</p><${_} kinds=${s.data} /><//>`}>
        ${o=>n`<${Ie} agent=${e} items=${o} onRemove=${i} />`}
      <//>
    </section>
    <${se} agent=${e} version=${r} onChange=${t.reload} />
    <${oe} agent=${e} version=${r} />
  </div>`}function Ie({agent:e,items:t,onRemove:s}){return n`<div class="table-frame" tabindex="0" role="region" aria-labelledby="documents-heading">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Kind</th>
          <th scope="col" class="number">Pages</th>
          <th scope="col" class="number">Sections</th>
          <th scope="col" class="number">Passages</th>
          <th scope="col" class="number">Characters</th>
          <th scope="col">Loaded</th>
          <th scope="col">Archive</th>
          <th scope="col"><span class="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${t.map(a=>n`<tr key=${`${a.archive}/${a.name}`}>
            <td class="document-name"><a dir="auto" href=${f(["agents",e.name,"documents",a.name],{archive:a.archive})}>${a.name}</a>${!a.ready&&n` <${p} kind="warn">not completely loaded<//>`}</td>
            <td>${a.kind}</td>
            <td class="number">${a.pages?A(a.pages):""}</td>
            <td class="number">${A(a.sections)}</td>
            <td class="number">${A(a.passages)}</td>
            <td class="number">${A(a.characters)}</td>
            <td><${S} time=${a.attached_at} /></td>
            <td dir="auto">${a.archive??"its own"}</td>
            <td>${L.value&&a.archive===null&&n`<${b} kind="quiet" label="Delete ${a.name}" onClick=${()=>s(a)}>Delete<//>`}</td>
          </tr>`)}
      </tbody>
    </table>
  </div>`}export{Be as default};
