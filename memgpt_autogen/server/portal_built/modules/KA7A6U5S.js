import{a as ue}from"./55COIGTD.js";import{a as me}from"./CV7LKRS5.js";import{a as X}from"./4JU45E3I.js";import{a as F,b as W}from"./EJKEL276.js";import{a as O,b as q,c as de,h as U,i as J,j as P,k as _,m as Q,n as M}from"./GSDD7SKE.js";import{a as le,b as $e,c as C,f as B}from"./T3BZZKVX.js";import{A as ne,D as E,E as re,F as y,I as u,J as I,K as x,L as N,M as V,N as ce,c as d,d as D,f as R,m as a,n as oe,q as j,s as v,u as S,v as ie,w as f,y as A,z as K}from"./NZ6VOXHM.js";var Y=new Map,Z=t=>Y.has(t);function ee({place:t,current:e,limit:s,what:i,onSaved:r,onEnd:o}){let l=oe(),$=R(null),[n,c]=d(()=>Y.get(t)??{text:e.value,base:e,dropped:null}),[p,m]=d(null),h=n.text!==n.base.value,b=T=>{c(T),T.text!==T.base.value||T.dropped!==null?Y.set(t,T):Y.delete(t)};D(()=>$.current?.focus(),[]),D(()=>{e.revision!==n.base.revision&&(h&&e.value!==n.base.value?m(e):b(h?{...n,base:e}:{...n,text:e.value,base:e}))},[e.revision]),D(()=>{if(!h)return;let T=z=>z.preventDefault();return window.addEventListener("beforeunload",T),()=>window.removeEventListener("beforeunload",T)},[h]);let k=()=>{Y.delete(t),o()},g=async T=>{try{await f("PATCH",t,{value:n.text},{ifMatch:`"${T}"`})}catch(z){if(!(z instanceof j&&z.status===412))throw z;let{data:Ae}=await ie(t);m(Ae);return}k(),y("Saved."),await r()},w=T=>{b(T),m(null),$.current?.focus()},H=G(n.text),L=H-s;return a`<${I}
    submit="Save"
    disabled=${!h||p!==null}
    onSubmit=${()=>g(n.base.revision)}
    actions=${a`<${u} kind="quiet" onClick=${k}>${h?"Discard":"Cancel"}<//>`}
  >
    <div class="field">
      <label for=${l}>Text of ${i}</label>
      <textarea
        id=${l}
        ref=${$}
        dir="auto"
        rows=${Math.min(20,Math.max(5,n.text.split(`
`).length+1))}
        value=${n.text}
        aria-describedby="${l}-size"
        aria-invalid=${L>0?"true":void 0}
        onInput=${T=>b({...n,text:T.target.value})}
      ></textarea>
      <p class="hint ${L>0?"memory-over":""}" id="${l}-size">
        <meter min="0" max=${s} high=${s*.9} value=${Math.min(H,s)} aria-hidden="true"></meter>
        ${O(H)} of ${O(s)} characters.
        <span role="status">${L>0?` ${q(L,"character")} too many: shorten the text, move part of it to archival memory, or raise the limit.`:""}</span>
      </p>
    </div>
    ${n.dropped!==null&&a`<div class="note row row-between">
      <span>Your text was put aside.</span>
      <${u} onClick=${()=>b({...n,text:n.dropped??"",dropped:null})}>Bring my text back<//>
    </div>`}
    ${p&&a`<${te}
      what=${i}
      theirs=${p.value}
      mine=${n.text}
      onKeep=${()=>g(p.revision)}
      onTake=${()=>w({text:p.value,base:p,dropped:n.text})}
      onMerge=${()=>w({...n,base:p})}
    />`}
  <//>`}function te({what:t,theirs:e,mine:s,onKeep:i,onTake:r,onMerge:o}){let l=R(null);return D(()=>l.current?.scrollIntoView({block:"nearest"}),[e]),a`<section class="memory-conflict stack" role="alert" aria-label="Conflict of two edits">
    <p ref=${l}><strong>${t[0].toUpperCase()+t.slice(1)} was changed while you were writing.</strong> Nothing is lost: here are both texts.</p>
    <div class="columns">
      <${he} title="The text now" text=${e} />
      <${he} title="Your text" text=${s} />
    </div>
    <div>
      <h4>What yours would change</h4>
      <${X} before=${e} after=${s} label="From the text now to yours" />
    </div>
    <div class="row">
      <${u} onClick=${i}>Keep mine<//>
      <${u} onClick=${r}>Take theirs<//>
      <${u} onClick=${o}>Merge by hand<//>
    </div>
  </section>`}function he({title:t,text:e}){return a`<div>
    <div class="row row-between"><h4>${t}</h4><${ce} text=${e} label="Copy: ${t.toLowerCase()}" /></div>
    <div class="memory-text" dir="auto" tabindex="0" role="region" aria-label=${t}>${e}</div>
  </div>`}function G(t){let e=0;for(let s of t)e+=s==="\0"?0:1;return e}var pe=700;function ge({passage:t,place:e,isWritable:s,onTag:i,onChanged:r}){let[o,l]=d(t),[$,n]=d(!1),[c,p]=d(!1);if(D(()=>l(t),[t]),o===null)return a`<p class="muted" role="status">This passage was deleted.</p>`;let m=`${e}/${encodeURIComponent(o.id)}`,h=`"${o.revision}"`,b=o.text.length>pe&&!c,k=async()=>{l(await f("PATCH",m,{superseded:o.superseded_by===null},{ifMatch:h}))},g=async()=>{let w=o.parts>1?`This is part ${o.part} of ${o.parts} of a longer text; the other parts stay.`:"Its text is gone from the archive for good.";await W({title:"Delete this passage?",text:w,action:"Delete it",isDangerous:!0})&&(await f("DELETE",m,void 0,{ifMatch:h}),l(null),document.getElementById("content")?.focus({preventScroll:!0}),await r())};return $?a`<${Be} passage=${o} place=${m} onClose=${()=>n(!1)} onSaved=${w=>(l(w),n(!1))} />`:a`
    ${o.superseded_by&&a`<${Le} passage=${o} place=${e} />`}
    <div class="memory-text ${o.superseded_by?"memory-past":""}" dir="auto">${b?`${o.text.slice(0,pe)} …`:o.text}</div>
    ${b&&a`<${u} kind="quiet" onClick=${()=>p(!0)}>Show all of it<//>`}
    <p class="row small muted">
      <${_} time=${o.created_at} />
      ${o.source&&a`<span dir="auto">from ${o.source}${o.page!==null?`, page ${o.page}`:""}</span>`}
      ${o.heading&&a`<span dir="auto">${o.heading}</span>`}
      ${o.parts>1&&a`<span>part ${o.part} of ${o.parts}</span>`}
      ${o.tags.map(w=>a`<button key=${w} type="button" class="badge memory-tag" title="Show the passages with this tag" dir="auto" onClick=${()=>i(w)}>${w}</button>`)}
    </p>
    ${s&&a`<div class="row">
      <${u} kind="quiet" onClick=${()=>n(!0)}>Edit<//>
      <${u} kind="quiet" onClick=${k}>${o.superseded_by?"It is true again":"No longer true"}<//>
      <${u} kind="quiet" onClick=${g}>Delete …<//>
    </div>`}
  `}function Le({passage:t,place:e}){let s=t.superseded_by??"",o=(A(l=>e.startsWith("agents/")?S(e,{start:s,end:s,limit:5},l):Promise.resolve(null),[e,s]).data?.items??[]).filter(l=>l.id!==t.id&&l.part===1);return a`<div class="small">
    <${M} kind="warn">superseded<//> <span class="muted">since ${de(s)}${o.length?", replaced by:":""}</span>
    ${o.map(l=>a`<blockquote class="memory-replacing" dir="auto">${l.text}</blockquote>`)}
  </div>`}var ve=t=>t.split(",").map(e=>e.trim()).filter(Boolean);function we({place:t,onClose:e,onAdded:s}){let[i,r]=d(""),[o,l]=d(""),[$,n]=d(""),c=async()=>{let p=await f("POST",t,{text:i,tags:ve(o),source:$.trim()||null});y(p.items.length>1?`Stored as ${q(p.items.length,"passage")}, because it is long.`:"Stored."),await s()};return a`<div class="card">
    <${I} submit="Store it" disabled=${!i.trim()} onSubmit=${c} actions=${a`<${u} kind="quiet" onClick=${e}>Cancel<//>`}>
      <${x} label="Text" value=${i} onInput=${r} rows=${4} required rest=${{autofocus:!0}} />
      <${x} label="Tags, with commas between them" value=${o} onInput=${l} />
      <${x} label="Source" value=${$} onInput=${n} hint="Where it is from, such as a title. It may be empty." />
    <//>
  </div>`}function Be({passage:t,place:e,onClose:s,onSaved:i}){let[r,o]=d(t),[l,$]=d(()=>ae(t)),[n,c]=d(null),[p,m]=d(null),h=t.parts>1||t.number!==null,b=w=>$({...l,...w}),k=async w=>{let H=h?{}:{text:l.text,source:l.source};try{let L=await f("PATCH",e,{...H,tags:ve(l.tags)},{ifMatch:`"${w}"`});y("Saved."),i(L)}catch(L){if(!(L instanceof j&&L.status===412))throw L;m(await S(e))}},g=w=>{c(l),$(ae(w)),o(w),m(null)};return a`<${I}
    submit="Save"
    disabled=${p!==null||!l.text.trim()}
    onSubmit=${()=>k(r.revision)}
    actions=${a`<${u} kind="quiet" onClick=${s}>Cancel<//>`}
  >
    ${h?a`<p class="note">This is a part of a longer text or of a document, so its text stays as it is. Its tags can be changed.</p>`:a`
          <${x} label="Text of the passage" value=${l.text} onInput=${w=>b({text:w})} rows=${5} required rest=${{autofocus:!0}} />
          <${x} label="Source" value=${l.source} onInput=${w=>b({source:w})} />
        `}
    <${x} label="Tags, with commas between them" value=${l.tags} onInput=${w=>b({tags:w})} />
    ${n&&a`<div class="note row row-between">
      <span>Your text was put aside.</span>
      <${u} onClick=${()=>($(n),c(null))}>Bring my text back<//>
    </div>`}
    ${p&&a`<${te}
      what="the passage"
      theirs=${fe(ae(p))}
      mine=${fe(l)}
      onKeep=${()=>k(p.revision)}
      onTake=${()=>g(p)}
      onMerge=${()=>(o(p),m(null))}
    />`}
  <//>`}var ae=t=>({text:t.text,tags:t.tags.join(", "),source:t.source??""}),fe=({text:t,tags:e,source:s})=>[t,e&&`tags: ${e}`,s&&`source: ${s}`].filter(Boolean).join(`
`);function ye({agent:t,query:e}){let s=A(i=>S(v`agents/${t.id}/archives`,{},i),[t.id]);return a`<${U} of=${s} what="the archives">
    ${i=>{let r=i.items.find(o=>o.id===e.get("archive"))??i.items[0];return a`<${Me} agent=${t} archives=${i.items} archive=${r} query=${e} onChanged=${s.reload} />`}}
  <//>`}function Me({agent:t,archives:e,archive:s,query:i,onChanged:r}){let[o,l]=d(!1),[$,n]=d(0),c={q:i.get("q")??"",tag:i.get("tag")??"",source:i.get("source")??"",order:i.get("order")??"newest"},p=k=>re(E(["agents",t.name,"memory","archival"],{archive:s.own?null:s.id,...c,order:c.order==="newest"?null:c.order,...k})),m=s.own?v`agents/${t.id}/passages`:v`archives/${s.id}/passages`,h=C.value&&!s.granted,b=k=>a`<li key=${k.id} class="card"><${ge} passage=${k} place=${m} isWritable=${h} onTag=${g=>p({q:"",tag:g})} onChanged=${r} /></li>`;return a`<section class="stack" aria-labelledby="memory-archival">
    <div class="row row-between">
      <h2 id="memory-archival">${s.passages===null?"This archive cannot be reached now":q(s.passages,"passage")}</h2>
      ${h&&a`<${u} onClick=${()=>l(!o)} rest=${{"aria-expanded":String(o)}}>Add a passage …<//>`}
    </div>
    ${o&&a`<${we}
      place=${m}
      onClose=${()=>l(!1)}
      onAdded=${async()=>{l(!1),n($+1),await r()}}
    />`}
    <${Ne} archives=${e} archive=${s} asked=${c} show=${p} />
    ${c.q?a`<${Pe} key=${$} agent=${t} archive=${s} asked=${c} card=${b} />`:a`<${Oe} place=${m} archive=${s} asked=${c} version=${$} card=${b} onAdd=${h?()=>l(!0):null} />`}
  </section>`}function Ne({archives:t,archive:e,asked:s,show:i}){let[r,o]=d(s.q),[l,$]=d(s.tag),[n,c]=d(s.source);D(()=>{o(s.q),$(s.tag),c(s.source)},[s.q,s.tag,s.source]);let p=h=>{h.preventDefault(),i({q:r.trim(),tag:l.trim(),source:n.trim()})},m=s.q||s.tag||s.source;return a`<form class="memory-filters" role="search" onSubmit=${p}>
    ${t.length>1&&a`<${N}
      label="Archive"
      value=${e.id}
      options=${t.map(h=>[h.id,`${h.own&&!h.name?"the agent's own":h.name} (${h.passages===null?"away":O(h.passages)})`])}
      onInput=${h=>i({archive:h,q:"",tag:"",source:""})}
    />`}
    <${x} label="Search" type="search" value=${r} onInput=${o} />
    <${x} label="Tag" value=${l} onInput=${$} />
    ${e.own&&a`<${x} label="Source" value=${n} onInput=${c} />`}
    ${!s.q&&a`<${N} label="Order" value=${s.order} options=${[["newest","newest first"],["oldest","oldest first"]]} onInput=${h=>i({order:h==="newest"?null:h})} />`}
    <div class="row">
      <${u} type="submit" kind="primary">Find<//>
      ${m&&a`<${u} kind="quiet" onClick=${()=>i({q:"",tag:"",source:""})}>Show all<//>`}
    </div>
  </form>`}function Oe({place:t,archive:e,asked:s,version:i,card:r,onAdd:o}){let l=e.own?{tag:s.tag,source:s.source}:{},$=K(t,{...l,order:s.order,limit:50});D(()=>{i&&$.reload()},[i]);let n=s.tag||s.source;return a`<${J}
    of=${$}
    what="the passages"
    empty=${a`<${P} title=${n?"No passage matches":"This archive is empty"}>
      <p>${n?"Use another tag or source, or «Show all».":"An agent writes here what no longer fits into its blocks. You can add a passage, or load documents."}</p>
      ${!n&&o&&a`<${u} onClick=${o}>Add the first passage<//>`}
    <//>`}
  >
    ${c=>a`<ul class="memory-passages">${c.map(r)}</ul>`}
  <//>`}function Pe({agent:t,archive:e,asked:s,card:i}){let r={queries:[s.q],tiers:["archival"],tags:s.tag?[s.tag]:[],limit:200},o=A(l=>f("POST",v`agents/${t.id}/search`,r,{signal:l}),[t.id,s]);return a`<${U} of=${o} what="what is found">
    ${l=>{let $=e.own?null:e.name,n=l.items.flatMap(c=>c.passage&&c.archive===$&&(!s.source||c.passage.source===s.source)?[c.passage]:[]);return a`
        ${l.troubles.map(c=>a`<p class="note note-warn">${c}</p>`)}
        <p role="status">
          ${n.length?`${q(n.length,"passage")}, best first.`:"Nothing is found."}${" "}
          <a href=${E(["agents",t.name,"search"],{q:s.q})}>Why, and in all of memory</a>
        </p>
        ${n.length>0&&a`<ul class="memory-passages">${n.map(i)}</ul>`}
      `}}
  <//>`}var Fe=2e3;function be({agent:t,onClose:e,onMade:s}){let[i,r]=d(""),[o,l]=d(""),[$,n]=d(""),[c,p]=d(String(Fe)),[m,h]=d(!1),[b,k]=d(!1),g=async()=>{let w={value:o,description:$,limit:Number(c),read_only:m,shared:b};await f("PUT",v`agents/${t.id}/blocks/${i.trim()}`,w,{ifAbsent:!0}),e(),await s(),y(`${t.name} has the block ${i.trim()} now.`)};return a`<${F} title="New block" onClose=${e}>
    <${I} submit="Make the block" disabled=${!i.trim()} onSubmit=${g}>
      <${x} label="Label" value=${i} onInput=${r} required hint="Letters, digits, _ and -, such as project. It stays as it is." rest=${{autofocus:!0,maxlength:64,autocomplete:"off"}} />
      <${x} label="Text" value=${o} onInput=${l} rows=${5} hint="${O(G(o))} of ${O(Number(c)||0)} characters" />
      <${x} label="What it is for" value=${$} onInput=${n} hint="The agent reads this, too." />
      <${Se} value=${c} onInput=${p} />
      <${V} label="The agent may only read it" checked=${m} onInput=${h} />
      ${B.value&&a`<${V} label="Share it" checked=${b} onInput=${k} hint="If there is a shared block of this label, the agent gets that one, with its text." />`}
    <//>
  <//>`}function xe({place:t,block:e,onClose:s,onChanged:i}){let[r,o]=d(String(e.limit)),[l,$]=d(e.description),[n,c]=d(e.read_only),p=G(e.value),m=async()=>{await f("PATCH",t,{limit:Number(r),description:l,read_only:n},{ifMatch:`"${e.revision}"`}),s(),await i(),y("Saved.")};return a`<${F} title="Limit and description of ${e.label}" onClose=${s}>
    <${I} submit="Save" onSubmit=${m}>
      <${Se} value=${r} onInput=${o} hint="The text has ${O(p)} characters now." />
      <${x} label="What it is for" value=${l} onInput=${$} rows=${3} hint="The agent reads this, too." />
      <${V} label="The agent may only read it" checked=${n} onInput=${c} hint="You can change it all the same." />
      ${e.shared&&a`<p class="note note-warn">Limit and description are those of all agents that have this block.</p>`}
    <//>
  <//>`}function Se({value:t,onInput:e,hint:s}){return a`<${x} label="Limit, in characters" type="number" value=${t} onInput=${e} hint=${s} required rest=${{min:1,max:2147483647,step:1,inputmode:"numeric"}} />`}function ke({agent:t,block:e,holders:s,onChanged:i}){let r=v`agents/${t.id}/blocks/${e.label}`,[o,l]=d(Z(r)),[$,n]=d(!1),c=R(null),p=()=>{l(!1),requestAnimationFrame(()=>c.current?.querySelector("button")?.focus())},m=async()=>{await f("POST",`${r}/undo`,void 0,{ifMatch:`"${e.revision}"`}),await i(),y(`The newest edit of ${e.label} was taken back.`)};return a`
    <div class="row row-between">
      <h3 dir="auto">${e.label}</h3>
      <span class="row">
        ${e.read_only&&a`<${M} kind="warn">the agent may only read it<//>`}
        ${e.shared&&a`<${M} kind="accent">shared${s?a` with ${We(t,s)}`:""}<//>`}
      </span>
    </div>
    ${e.description&&a`<p class="muted small" dir="auto">${e.description}</p>`}
    ${o?a`<${ee} place=${r} current=${e} limit=${e.limit} what="block ${e.label}" onSaved=${i} onEnd=${p} />`:a`
          ${e.value?a`<div class="memory-text" dir="auto">${e.value}</div>`:a`<p class="muted">It is empty.</p>`}
          <${Q} label="Use of ${e.label}" used=${G(e.value)} limit=${e.limit} unit="characters" />
        `}
    <div class="row" ref=${c}>
      ${C.value&&!o&&a`
        <${u} onClick=${()=>l(!0)} rest=${{"aria-label":`Edit ${e.label}`}}>Edit<//>
        <${u} kind="quiet" label="Undo the newest edit of ${e.label}" onClick=${m}>Undo<//>
        <${u} kind="quiet" label="Limit and description of ${e.label}" onClick=${()=>n(!0)}>Limit …<//>
        ${!e.shared&&B.value&&a`<${u} kind="quiet" label="Share ${e.label}" onClick=${()=>Ge(t,e,i)}>Share …<//>`}
        <${u} kind="quiet" label="Remove ${e.label}" onClick=${()=>Ue(r,t,e,i)}>Remove …<//>
      `}
      ${e.shared&&a`<a href=${E(["agents",t.name,"memory","shared"])}>Who has it</a>`}
    </div>
    <${ue} summary=${a`History<span class="visually-hidden"> of ${e.label}</span>`} name="memory-history">
      ${()=>a`<${Re} agent=${t} block=${e} place=${r} onChanged=${i} />`}
    <//>
    ${$&&a`<${xe} place=${r} block=${e} onClose=${()=>n(!1)} onChanged=${i} />`}
  `}function We(t,e){let s=e.agents.filter(i=>i!==t.name);return e.others&&s.push(`${e.others} of other users`),s.length?s.join(", "):"nobody else yet"}async function Ge(t,e,s){await W({title:`Share ${e.label}?`,text:"Other agents of yours can get this block then. All that have it see one text, and each can change it for all. It keeps its history. It cannot be made unshared; but each agent can give it up.",action:"Share it"})&&(await f("POST",v`agents/${t.id}/blocks/${e.label}/share`),await s(),y(`${e.label} is shared now. Under «Shared» you give it to other agents.`))}async function Ue(t,e,s,i){await W({title:`Remove ${s.label}?`,text:s.shared?`${e.name} has this block no more. It stays for the other agents.`:`${e.name} has this block no more. Its texts stay in the agent's past, and can be read there.`,action:"Remove it",isDangerous:!0})&&(await f("DELETE",t,void 0,{ifMatch:`"${s.revision}"`}),await i(),y(`${s.label} was removed.`),document.getElementById("content")?.focus())}function Re({agent:t,block:e,place:s,onChanged:i}){let r=K(v`agents/${t.id}/blocks/${e.label}/history`,{limit:10}),o=R(e.revision);D(()=>{o.current!==e.revision&&r.reload(),o.current=e.revision},[e.revision]);let l=async $=>{await f("PATCH",s,{value:$},{ifMatch:`"${e.revision}"`}),await i(),y("The earlier text is in the block again.")};return a`<${J} of=${r} what="the history" empty=${a`<p class="muted">There is no change yet.</p>`}>
    ${$=>a`<ol class="memory-changes">
      ${$.map(n=>a`<li key=${n.seq}>
          <p class="row small">
            <strong>${_e(t,n)}</strong>
            <${_} time=${n.time} />
            <a href=${E(["agents",t.name,"past"],{at:n.seq})}>Memory at that time</a>
            ${C.value&&n.after!==null&&n.after!==e.value&&a`<${u} kind="quiet" onClick=${()=>l(n.after??"")}>Write this text again<//>`}
          </p>
          ${n.what!=="shape"&&n.what!=="detach"&&a`<${X} before=${n.before} after=${n.after} label="Change of the text" />`}
        </li>`)}
    </ol>`}
  <//>`}function _e(t,e){if(e.by)return`${e.by} changed it`;switch(e.what){case"block":return"The first text";case"edit":return`${t.name} changed it`;case"set":return"Changed from outside, by a person or a program";case"shape":return"Its limit, its description or who may change it was changed";case"detach":return"It was taken away";case"undo":return`Change ${e.of} was taken back`;case"redo":return`Change ${e.of} was done again`;default:return e.what}}var He=3e3;function Te({agent:t}){let[e,s]=d(!1),i=A(n=>S(v`agents/${t.id}/blocks`,{limit:200},n),[t.id]),r=i.data?.items,o=r?.some(n=>n.shared)??!1,l=A(async n=>o&&B.value?S("blocks",{limit:200},n):{items:[]},[t.id,o]);ne(async()=>{if(i.isLoading||i.problem)return;let n=await S(v`agents/${t.id}/blocks`,{limit:200}).catch(()=>null);n&&JSON.stringify(n)!==JSON.stringify(i.data)&&i.set(n)},He);let $=new Map(l.data?.items.map(n=>[n.label,n]));return a`<section class="stack" aria-labelledby="memory-core">
    <div class="row row-between">
      <h2 id="memory-core">What is always in the window</h2>
      ${C.value&&a`<${u} onClick=${()=>s(!0)}>New block …<//>`}
    </div>
    <${U} of=${i} what="the blocks">
      ${()=>r?.length?a`<ul class="memory-blocks">
              ${r.map(n=>a`<li key=${n.label} class="card">
                  <${ke} agent=${t} block=${n} holders=${$.get(n.label)} onChanged=${i.reload} />
                </li>`)}
            </ul>`:a`<${P} title="This agent has no block">Make one: its text is in every prompt.<//>`}
    <//>
    ${e&&a`<${be} agent=${t} onClose=${()=>s(!1)} onMade=${i.reload} />`}
  </section>`}function Ce({agent:t,all:e,reload:s}){let[i,r]=d(""),o=new Set(e.reads.map($=>$.id)),l=[...e.archives.filter($=>!o.has($.id)),...e.archiveGrants.received.filter($=>!o.has($.id)).map($=>({id:$.id,name:$.name}))];return a`<section class="stack memory-archives" aria-labelledby="memory-archives">
    <div class="row row-between">
      <h2 id="memory-archives">Archives that ${t.name} reads</h2>
      ${C.value&&a`<span class="row">
        ${l.length>0&&a`<${u} onClick=${()=>r("attach")}>Attach an archive …<//>`}
        <${u} onClick=${()=>r("new")}>New archive …<//>
      </span>`}
    </div>
    <ul class="memory-blocks">
      ${e.reads.map($=>a`<li key=${$.id} class="card">
          <${ze} agent=${t} archive=${$} shared=${e.archives.find(n=>n.id===$.id)} all=${e} reload=${s} />
        </li>`)}
    </ul>
    ${e.archives.length===0&&a`<${P} title="No archive is shared">A shared archive is read by several agents: make one, and attach it to each of them.<//>`}
    <${Ye} archives=${e.archives.filter($=>!o.has($.id))} reload=${s} />
    ${i==="new"&&a`<${je} agent=${t} onClose=${()=>r("")} onMade=${s} />`}
    ${i==="attach"&&a`<${Ke} agent=${t} archives=${l} onClose=${()=>r("")} onAttached=${s} />`}
  </section>`}function ze({agent:t,archive:e,shared:s,all:i,reload:r}){let[o,l]=d(!1),$=i.archiveGrants.given.filter(p=>p.id===e.id),n=e.name??`${t.name}'s own`,c=async()=>{await f("DELETE",v`agents/${t.id}/archives/${e.id}`),await r(),y(`${t.name} no longer reads ${n}.`)};return a`
    <div class="row row-between">
      <h3 dir="auto">${n}</h3>
      <span class="row">${e.own&&a`<${M} kind="accent">stores its passages here<//>`}${e.granted&&a`<${M}>of another user<//>`}</span>
    </div>
    <p>
      <a href=${E(["agents",t.name,"memory","archival"],{archive:e.own?null:e.id})}>
        ${e.passages===null?"It cannot be reached now":q(e.passages,"passage")}</a
      >${s&&a`<span class="muted">, read by ${s.agents.join(", ")}${s.others>0&&` and ${q(s.others,"agent")} of other users`}</span>`}
    </p>
    ${C.value&&a`<div class="row">
      ${!e.own&&a`<${u} label="Detach ${n}" onClick=${c}>Detach<//>`}
      ${s&&a`<${u} kind="quiet" label="Other users (${$.length}): ${n}" onClick=${()=>l(!0)}>Other users (${$.length}) …<//>`}
    </div>`}
    ${o&&a`<${se} what="archives" id=${e.id} name=${n} given=${$} onClose=${()=>l(!1)} onChanged=${r} />`}
  `}function Ye({archives:t,reload:e}){let s=t.filter(r=>r.agents.length+r.others===0);if(!s.length||!C.value)return null;let i=async r=>{if(!await W({title:`Delete ${r.name}?`,text:"It is deleted with all of its passages, for good. No agent reads it.",action:"Delete it",isDangerous:!0}))return;let l=await f("DELETE",v`archives/${r.id}`);await e(),y(`${r.name} was deleted, with ${q(l.passages,"passage")}.`),document.getElementById("content")?.focus()};return a`<div>
    <h3>Archives that no agent reads</h3>
    <ul class="memory-grants">
      ${s.map(r=>a`<li key=${r.id} class="row row-between"><span dir="auto">${r.name}</span><${u} kind="quiet" label="Delete ${r.name}" onClick=${()=>i(r)}>Delete …<//></li>`)}
    </ul>
  </div>`}function je({agent:t,onClose:e,onMade:s}){let[i,r]=d(""),o=async()=>{let l=await f("POST","archives",{name:i.trim()});await f("PUT",v`agents/${t.id}/archives/${l.id}`),e(),await s(),y(`${t.name} reads ${l.name} now.`)};return a`<${F} title="New archive" onClose=${e}>
    <${I} submit="Make and attach it" disabled=${!i.trim()} onSubmit=${o}>
      <${x} label="Name" value=${i} onInput=${r} required rest=${{autofocus:!0,maxlength:120,autocomplete:"off"}} hint="Each agent that it is attached to reads its passages." />
    <//>
  <//>`}function Ke({agent:t,archives:e,onClose:s,onAttached:i}){let[r,o]=d(e[0].id);return a`<${F} title="Attach an archive" onClose=${s}>
    <${I} submit="Attach it" onSubmit=${async()=>{let $=e.find(n=>n.id===r)??e[0];await f("PUT",v`agents/${t.id}/archives/${$.name}`),s(),await i(),y(`${t.name} reads ${$.name} now.`)}}>
      <${N} label="Archive" value=${r} options=${e.map($=>[$.id,$.name])} onInput=${o} hint="${t.name} finds its passages, and stores its own where it did." />
    <//>
  <//>`}function se({what:t,id:e,name:s,given:i,onClose:r,onChanged:o}){let[l,$]=d(""),[n,c]=d("read"),p=A(async g=>$e.value?S("users",{limit:200},g):{items:[]},[]),m=(p.data?.items??[]).map(g=>g.name).filter(g=>g!==le.value?.user.name),h=g=>v`${t}/${e}/grants/${g}`,b=async()=>{await f("PUT",h(l||m[0]),{may:t==="archives"?"read":n}),$(""),await o()},k=async g=>{await f("DELETE",h(g)),await o()};return a`<${F} title="Other users of ${s}" onClose=${r}>
    ${i.length>0?a`<ul class="memory-grants">
          ${i.map(g=>a`<li key=${g.user} class="row row-between">
              <span><strong dir="auto">${g.user}</strong> may ${g.may==="write"?"read and change it":"read it"}</span>
              <${u} kind="quiet" label="Take it away from ${g.user}" onClick=${()=>k(g.user)}>Take away<//>
            </li>`)}
        </ul>`:a`<p class="muted">Only your agents use it.</p>`}
    ${p.isLoading?null:a`<${I} submit="Let them use it" disabled=${!l.trim()&&m.length===0} onSubmit=${b}>
      ${m.length>0?a`<${N} label="User" value=${l||m[0]} options=${m} onInput=${$} />`:a`<${x} label="Name of the user" value=${l} onInput=${$} rest=${{autocomplete:"off"}} />`}
      ${t==="blocks"?a`<${N} label="May" value=${n} options=${[["read","read it"],["write","read and change it"]]} onInput=${c} />`:a`<p class="small muted">Other users can only read an archive.</p>`}
    <//>`}
  <//>`}function Ie({agent:t}){let e=A(async s=>B.value?Ve(t,s):null,[t.id,B.value]);return B.value?a`<${U} of=${e} what="what is shared">
    ${s=>a`
      <${Je} agent=${t} all=${s} reload=${e.reload} />
      <${Ce} agent=${t} all=${s} reload=${e.reload} />
    `}
  <//>`:a`<${P} title="Your key is for certain agents">What is shared is of all agents, so this key does not see it.<//>`}async function Ve(t,e){let s={limit:200},[i,r,o,l,$,n,c]=await Promise.all([S("blocks",s,e),S("archives",s,e),S("grants/blocks",{},e),S("grants/archives",{},e),S(v`agents/${t.id}/blocks`,s,e),S(v`agents/${t.id}/archives`,{},e),S("agents",s,e)]),p=m=>$.items.filter(h=>h.shared===m).map(h=>h.label);return{blocks:i.items,archives:r.items,blockGrants:o,archiveGrants:l,own:p(!1),has:p(!0),reads:n.items,agents:c.items.map(m=>m.name).filter(m=>m!==t.name)}}function Je({agent:t,all:e,reload:s}){let i=new Set(e.blocks.map(o=>o.label)),r=e.blockGrants.received.filter(o=>!i.has(o.name));return a`<section class="stack" aria-labelledby="memory-shared-blocks">
    <h2 id="memory-shared-blocks">Shared blocks</h2>
    ${e.blocks.length+r.length===0&&a`<${P} title="No block is shared">
      <p>A shared block is one text for several agents. Under <a href=${E(["agents",t.name,"memory"])}>Core</a>, press «Share …» at a block, or make a new one.</p>
    <//>`}
    <ul class="memory-blocks">
      ${e.blocks.map(o=>a`<li key=${o.id} class="card"><${Qe} agent=${t} block=${o} all=${e} reload=${s} /></li>`)}
      ${r.map(o=>a`<li key=${o.id} class="card">
          <div class="row row-between"><h3 dir="auto">${o.name}</h3><${M}>of another user<//></div>
          <p>Your agents may ${o.may==="write"?"read and change":"read"} it.</p>
          <${Ee} agent=${t} label=${o.name} all=${e} reload=${s} />
        </li>`)}
    </ul>
  </section>`}function Qe({agent:t,block:e,all:s,reload:i}){let r=v`blocks/${e.id}`,[o,l]=d(Z(r)?"edit":""),$=s.blockGrants.given.filter(m=>m.id===e.id),n=s.agents.filter(m=>!e.agents.includes(m)),c=e.agents.length+e.others>0,p=async()=>{await W({title:`Delete ${e.label}?`,text:"No agent has this block. Its text is deleted, and nobody is let use it any more.",action:"Delete it",isDangerous:!0})&&(await f("DELETE",r,void 0,{ifMatch:`"${e.revision}"`}),await i(),document.getElementById("content")?.focus())};return a`
    <div class="row row-between">
      <h3 dir="auto">${e.label}</h3>
      <span class="small muted">changed <${_} time=${e.updated_at} /></span>
    </div>
    ${o==="edit"?a`<${ee} place=${r} current=${e} limit=${e.limit} what="shared block ${e.label}" onSaved=${i} onEnd=${()=>l("")} />`:a`<div class="memory-text" dir="auto">${e.value}</div>
          <${Q} label="Use of ${e.label}" used=${G(e.value)} limit=${e.limit} unit="characters" />`}
    <p>
      ${c?"Who has it: ":"No agent has it yet. "}
      ${e.agents.map((m,h)=>a`${h>0&&", "}<a href=${E(["agents",m,"memory"])} dir="auto">${m}</a>`)}
      ${e.others>0&&`${e.agents.length?", and ":""}${q(e.others,"agent")} of other users`}
    </p>
    ${C.value&&o!=="edit"&&a`<div class="row">
      <${Ee} agent=${t} label=${e.label} all=${s} reload=${i} />
      <${u} kind="quiet" label="Edit for all: ${e.label}" onClick=${()=>l("edit")}>Edit for all<//>
      ${n.length>0&&a`<${u} kind="quiet" label="Give to another agent: ${e.label}" onClick=${()=>l("give")}>Give to another agent …<//>`}
      <${u} kind="quiet" label="Other users (${$.length}): ${e.label}" onClick=${()=>l("grants")}>Other users (${$.length}) …<//>
      ${!c&&a`<${u} kind="quiet" onClick=${p}>Delete …<//>`}
    </div>`}
    ${o==="give"&&a`<${Xe} label=${e.label} agents=${n} onClose=${()=>l("")} onGiven=${i} />`}
    ${o==="grants"&&a`<${se} what="blocks" id=${e.id} name=${e.label} given=${$} onClose=${()=>l("")} onChanged=${i} />`}
  `}function Ee({agent:t,label:e,all:s,reload:i}){if(!C.value)return null;if(s.own.includes(e))return a`<span class="small muted">${t.name} has a block of its own with this label.</span>`;let r=async()=>{await f("DELETE",v`agents/${t.id}/blocks/${e}`),await i(),y(`${t.name} has ${e} no more.`)},o=async()=>{await qe(t.id,e),await i(),y(`${t.name} has ${e} now.`)};return s.has.includes(e)?a`<${u} onClick=${r} label="Take from ${t.name}: ${e}">Take from ${t.name}<//>`:a`<${u} onClick=${o} label="Give to ${t.name}: ${e}">Give to ${t.name}<//>`}var qe=(t,e)=>f("PUT",v`agents/${t}/blocks/${e}`,{value:"",shared:!0},{ifAbsent:!0});function Xe({label:t,agents:e,onClose:s,onGiven:i}){let[r,o]=d(e[0]);return a`<${F} title="Give ${t} to another agent" onClose=${s}>
    <${I} submit="Give it" onSubmit=${async()=>{await qe(r,t),s(),await i(),y(`${r} has ${t} now.`)}}>
      <${N} label="Agent" value=${r} options=${e} onInput=${o} hint="It sees the text in each prompt, and can change it for all." />
    <//>
  <//>`}var De=[{place:"core",text:"Core"},{place:"archival",text:"Archival"},{place:"shared",text:"Shared"}];function Ze({agent:t,rest:e,query:s}){let i=De.some(r=>r.place===e[0])?e[0]:"core";return a`
    <${me}
      label="Kinds of memory"
      tabs=${De.map(r=>({link:E(["agents",t.name,"memory",...r.place==="core"?[]:[r.place]]),text:r.text,isHere:r.place===i}))}
    />
    ${i==="core"&&a`<${Te} agent=${t} />`}
    ${i==="archival"&&a`<${ye} agent=${t} query=${s} />`}
    ${i==="shared"&&a`<${Ie} agent=${t} />`}
  `}export{Ze as default};
