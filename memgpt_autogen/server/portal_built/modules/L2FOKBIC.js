import{a as ue}from"./55COIGTD.js";import{a as me}from"./CV7LKRS5.js";import{a as X}from"./4JU45E3I.js";import{a as F,b as W}from"./EJKEL276.js";import{a as O,b as q,c as de,h as U,i as J,j as P,k as _,m as Q,n as M}from"./GSDD7SKE.js";import{a as le,b as $e,c as C,f as B}from"./T3BZZKVX.js";import{A as ne,D as E,E as re,F as y,I as h,J as I,K as S,L as N,M as V,N as ce,c as m,d as D,f as R,m as a,n as oe,q as j,s as v,u as x,v as ie,w as f,y as A,z as K}from"./NZ6VOXHM.js";var Y=new Map,Z=t=>Y.has(t);function ee({place:t,current:e,limit:s,what:o,onSaved:r,onEnd:i}){let l=oe(),$=R(null),[n,c]=m(()=>Y.get(t)??{text:e.value,base:e,dropped:null}),[d,u]=m(null),p=n.text!==n.base.value,b=T=>{c(T),T.text!==T.base.value||T.dropped!==null?Y.set(t,T):Y.delete(t)};D(()=>$.current?.focus(),[]),D(()=>{e.revision!==n.base.revision&&(p&&e.value!==n.base.value?u(e):b(p?{...n,base:e}:{...n,text:e.value,base:e}))},[e.revision]),D(()=>{if(!p)return;let T=z=>z.preventDefault();return window.addEventListener("beforeunload",T),()=>window.removeEventListener("beforeunload",T)},[p]);let k=()=>{Y.delete(t),i()},g=async T=>{try{await f("PATCH",t,{value:n.text},{ifMatch:`"${T}"`})}catch(z){if(!(z instanceof j&&z.status===412))throw z;let{data:Ae}=await ie(t);u(Ae);return}k(),y("Saved."),await r()},w=T=>{b(T),u(null),$.current?.focus()},H=G(n.text),L=H-s;return a`<${I}
    submit="Save"
    disabled=${!p||d!==null}
    onSubmit=${()=>g(n.base.revision)}
    actions=${a`<${h} kind="quiet" onClick=${k}>${p?"Discard":"Cancel"}<//>`}
  >
    <div class="field">
      <label for=${l}>Text of ${o}</label>
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
      <${h} onClick=${()=>b({...n,text:n.dropped??"",dropped:null})}>Bring my text back<//>
    </div>`}
    ${d&&a`<${te}
      what=${o}
      theirs=${d.value}
      mine=${n.text}
      onKeep=${()=>g(d.revision)}
      onTake=${()=>w({text:d.value,base:d,dropped:n.text})}
      onMerge=${()=>w({...n,base:d})}
    />`}
  <//>`}function te({what:t,theirs:e,mine:s,onKeep:o,onTake:r,onMerge:i}){let l=R(null);return D(()=>l.current?.scrollIntoView({block:"nearest"}),[e]),a`<section class="memory-conflict stack" role="alert" aria-label="Conflict of two edits">
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
      <${h} onClick=${o}>Keep mine<//>
      <${h} onClick=${r}>Take theirs<//>
      <${h} onClick=${i}>Merge by hand<//>
    </div>
  </section>`}function he({title:t,text:e}){return a`<div>
    <div class="row row-between"><h4>${t}</h4><${ce} text=${e} label="Copy: ${t.toLowerCase()}" /></div>
    <div class="memory-text" dir="auto" tabindex="0" role="region" aria-label=${t}>${e}</div>
  </div>`}function G(t){let e=0;for(let s of t)e+=s==="\0"?0:1;return e}var pe=700;function ge({passage:t,place:e,isWritable:s,onTag:o,onChanged:r}){let[i,l]=m(t),[$,n]=m(!1),[c,d]=m(!1);if(D(()=>l(t),[t]),i===null)return a`<p class="muted" role="status">This passage was deleted.</p>`;let u=`${e}/${encodeURIComponent(i.id)}`,p=`"${i.revision}"`,b=i.text.length>pe&&!c,k=async()=>{l(await f("PATCH",u,{superseded:i.superseded_by===null},{ifMatch:p}))},g=async()=>{let w=i.parts>1?`This is part ${i.part} of ${i.parts} of a longer text; the other parts stay.`:"Its text is gone from the archive for good.";await W({title:"Delete this passage?",text:w,action:"Delete it",isDangerous:!0})&&(await f("DELETE",u,void 0,{ifMatch:p}),l(null),document.getElementById("content")?.focus({preventScroll:!0}),await r())};return $?a`<${Be} passage=${i} place=${u} onClose=${()=>n(!1)} onSaved=${w=>(l(w),n(!1))} />`:a`
    ${i.superseded_by&&a`<${Le} passage=${i} place=${e} />`}
    <div class="memory-text ${i.superseded_by?"memory-past":""}" dir="auto">${b?`${i.text.slice(0,pe)} …`:i.text}</div>
    ${b&&a`<${h} kind="quiet" onClick=${()=>d(!0)}>Show all of it<//>`}
    <p class="row small muted">
      <${_} time=${i.created_at} />
      ${i.source&&a`<span dir="auto">from ${i.source}${i.page!==null?`, page ${i.page}`:""}</span>`}
      ${i.heading&&a`<span dir="auto">${i.heading}</span>`}
      ${i.parts>1&&a`<span>part ${i.part} of ${i.parts}</span>`}
      ${i.tags.map(w=>a`<button key=${w} type="button" class="badge memory-tag" title="Show the passages with this tag" dir="auto" onClick=${()=>o(w)}>${w}</button>`)}
    </p>
    ${s&&a`<div class="row">
      <${h} kind="quiet" onClick=${()=>n(!0)}>Edit<//>
      <${h} kind="quiet" onClick=${k}>${i.superseded_by?"It is true again":"No longer true"}<//>
      <${h} kind="quiet" onClick=${g}>Delete …<//>
    </div>`}
  `}function Le({passage:t,place:e}){let s=t.superseded_by??"",o=t.replaced_by,l=A(async $=>{let n=d=>x(`${e}/${encodeURIComponent(d)}`,{},$).catch(()=>null);return o.length?(await Promise.all(o.map(n))).filter(Boolean):e.startsWith("agents/")?(await x(e,{start:s,end:s,limit:5},$)).items.filter(d=>d.id!==t.id&&d.part===1):[]},[e,s,o.join()]).data??[];return a`<div class="small">
    <${M} kind="warn">superseded<//> <span class="muted">since ${de(s)}${l.length?", replaced by:":""}</span>
    ${l.map($=>a`<blockquote class="memory-replacing" dir="auto">${$.text}</blockquote>`)}
  </div>`}var ve=t=>t.split(",").map(e=>e.trim()).filter(Boolean);function we({place:t,onClose:e,onAdded:s}){let[o,r]=m(""),[i,l]=m(""),[$,n]=m(""),c=async()=>{let d=await f("POST",t,{text:o,tags:ve(i),source:$.trim()||null});y(d.items.length>1?`Stored as ${q(d.items.length,"passage")}, because it is long.`:"Stored."),await s()};return a`<div class="card">
    <${I} submit="Store it" disabled=${!o.trim()} onSubmit=${c} actions=${a`<${h} kind="quiet" onClick=${e}>Cancel<//>`}>
      <${S} label="Text" value=${o} onInput=${r} rows=${4} required rest=${{autofocus:!0}} />
      <${S} label="Tags, with commas between them" value=${i} onInput=${l} />
      <${S} label="Source" value=${$} onInput=${n} hint="Where it is from, such as a title. It may be empty." />
    <//>
  </div>`}function Be({passage:t,place:e,onClose:s,onSaved:o}){let[r,i]=m(t),[l,$]=m(()=>ae(t)),[n,c]=m(null),[d,u]=m(null),p=t.parts>1||t.number!==null,b=w=>$({...l,...w}),k=async w=>{let H=p?{}:{text:l.text,source:l.source};try{let L=await f("PATCH",e,{...H,tags:ve(l.tags)},{ifMatch:`"${w}"`});y("Saved."),o(L)}catch(L){if(!(L instanceof j&&L.status===412))throw L;u(await x(e))}},g=w=>{c(l),$(ae(w)),i(w),u(null)};return a`<${I}
    submit="Save"
    disabled=${d!==null||!l.text.trim()}
    onSubmit=${()=>k(r.revision)}
    actions=${a`<${h} kind="quiet" onClick=${s}>Cancel<//>`}
  >
    ${p?a`<p class="note">This is a part of a longer text or of a document, so its text stays as it is. Its tags can be changed.</p>`:a`
          <${S} label="Text of the passage" value=${l.text} onInput=${w=>b({text:w})} rows=${5} required rest=${{autofocus:!0}} />
          <${S} label="Source" value=${l.source} onInput=${w=>b({source:w})} />
        `}
    <${S} label="Tags, with commas between them" value=${l.tags} onInput=${w=>b({tags:w})} />
    ${n&&a`<div class="note row row-between">
      <span>Your text was put aside.</span>
      <${h} onClick=${()=>($(n),c(null))}>Bring my text back<//>
    </div>`}
    ${d&&a`<${te}
      what="the passage"
      theirs=${fe(ae(d))}
      mine=${fe(l)}
      onKeep=${()=>k(d.revision)}
      onTake=${()=>g(d)}
      onMerge=${()=>(i(d),u(null))}
    />`}
  <//>`}var ae=t=>({text:t.text,tags:t.tags.join(", "),source:t.source??""}),fe=({text:t,tags:e,source:s})=>[t,e&&`tags: ${e}`,s&&`source: ${s}`].filter(Boolean).join(`
`);function ye({agent:t,query:e}){let s=A(o=>x(v`agents/${t.id}/archives`,{},o),[t.id]);return a`<${U} of=${s} what="the archives">
    ${o=>{let r=o.items.find(i=>i.id===e.get("archive"))??o.items[0];return a`<${Me} agent=${t} archives=${o.items} archive=${r} query=${e} onChanged=${s.reload} />`}}
  <//>`}function Me({agent:t,archives:e,archive:s,query:o,onChanged:r}){let[i,l]=m(!1),[$,n]=m(0),c={q:o.get("q")??"",tag:o.get("tag")??"",source:o.get("source")??"",order:o.get("order")??"newest"},d=k=>re(E(["agents",t.name,"memory","archival"],{archive:s.own?null:s.id,...c,order:c.order==="newest"?null:c.order,...k})),u=s.own?v`agents/${t.id}/passages`:v`archives/${s.id}/passages`,p=C.value&&!s.granted,b=k=>a`<li key=${k.id} class="card"><${ge} passage=${k} place=${u} isWritable=${p} onTag=${g=>d({q:"",tag:g})} onChanged=${r} /></li>`;return a`<section class="stack" aria-labelledby="memory-archival">
    <div class="row row-between">
      <h2 id="memory-archival">${s.passages===null?"This archive cannot be reached now":q(s.passages,"passage")}</h2>
      ${p&&a`<${h} onClick=${()=>l(!i)} rest=${{"aria-expanded":String(i)}}>Add a passage …<//>`}
    </div>
    ${i&&a`<${we}
      place=${u}
      onClose=${()=>l(!1)}
      onAdded=${async()=>{l(!1),n($+1),await r()}}
    />`}
    <${Ne} archives=${e} archive=${s} asked=${c} show=${d} />
    ${c.q?a`<${Pe} key=${$} agent=${t} archive=${s} asked=${c} card=${b} />`:a`<${Oe} place=${u} archive=${s} asked=${c} version=${$} card=${b} onAdd=${p?()=>l(!0):null} />`}
  </section>`}function Ne({archives:t,archive:e,asked:s,show:o}){let[r,i]=m(s.q),[l,$]=m(s.tag),[n,c]=m(s.source);D(()=>{i(s.q),$(s.tag),c(s.source)},[s.q,s.tag,s.source]);let d=p=>{p.preventDefault(),o({q:r.trim(),tag:l.trim(),source:n.trim()})},u=s.q||s.tag||s.source;return a`<form class="memory-filters" role="search" onSubmit=${d}>
    ${t.length>1&&a`<${N}
      label="Archive"
      value=${e.id}
      options=${t.map(p=>[p.id,`${p.own&&!p.name?"the agent's own":p.name} (${p.passages===null?"away":O(p.passages)})`])}
      onInput=${p=>o({archive:p,q:"",tag:"",source:""})}
    />`}
    <${S} label="Search" type="search" value=${r} onInput=${i} />
    <${S} label="Tag" value=${l} onInput=${$} />
    ${e.own&&a`<${S} label="Source" value=${n} onInput=${c} />`}
    ${!s.q&&a`<${N} label="Order" value=${s.order} options=${[["newest","newest first"],["oldest","oldest first"]]} onInput=${p=>o({order:p==="newest"?null:p})} />`}
    <div class="row">
      <${h} type="submit" kind="primary">Find<//>
      ${u&&a`<${h} kind="quiet" onClick=${()=>o({q:"",tag:"",source:""})}>Show all<//>`}
    </div>
  </form>`}function Oe({place:t,archive:e,asked:s,version:o,card:r,onAdd:i}){let l=e.own?{tag:s.tag,source:s.source}:{},$=K(t,{...l,order:s.order,limit:50});D(()=>{o&&$.reload()},[o]);let n=s.tag||s.source;return a`<${J}
    of=${$}
    what="the passages"
    empty=${a`<${P} title=${n?"No passage matches":"This archive is empty"}>
      <p>${n?"Use another tag or source, or «Show all».":"An agent writes here what no longer fits into its blocks. You can add a passage, or load documents."}</p>
      ${!n&&i&&a`<${h} onClick=${i}>Add the first passage<//>`}
    <//>`}
  >
    ${c=>a`<ul class="memory-passages">${c.map(r)}</ul>`}
  <//>`}function Pe({agent:t,archive:e,asked:s,card:o}){let r={queries:[s.q],tiers:["archival"],tags:s.tag?[s.tag]:[],limit:200},i=A(l=>f("POST",v`agents/${t.id}/search`,r,{signal:l}),[t.id,s]);return a`<${U} of=${i} what="what is found">
    ${l=>{let $=e.own?null:e.name,n=l.items.flatMap(c=>c.passage&&c.archive===$&&(!s.source||c.passage.source===s.source)?[c.passage]:[]);return a`
        ${l.troubles.map(c=>a`<p class="note note-warn">${c}</p>`)}
        <p role="status">
          ${n.length?`${q(n.length,"passage")}, best first.`:"Nothing is found."}${" "}
          <a href=${E(["agents",t.name,"search"],{q:s.q})}>Why, and in all of memory</a>
        </p>
        ${n.length>0&&a`<ul class="memory-passages">${n.map(o)}</ul>`}
      `}}
  <//>`}var Fe=2e3;function be({agent:t,onClose:e,onMade:s}){let[o,r]=m(""),[i,l]=m(""),[$,n]=m(""),[c,d]=m(String(Fe)),[u,p]=m(!1),[b,k]=m(!1),g=async()=>{let w={value:i,description:$,limit:Number(c),read_only:u,shared:b};await f("PUT",v`agents/${t.id}/blocks/${o.trim()}`,w,{ifAbsent:!0}),e(),await s(),y(`${t.name} has the block ${o.trim()} now.`)};return a`<${F} title="New block" onClose=${e}>
    <${I} submit="Make the block" disabled=${!o.trim()} onSubmit=${g}>
      <${S} label="Label" value=${o} onInput=${r} required hint="Letters, digits, _ and -, such as project. It stays as it is." rest=${{autofocus:!0,maxlength:64,autocomplete:"off"}} />
      <${S} label="Text" value=${i} onInput=${l} rows=${5} hint="${O(G(i))} of ${O(Number(c)||0)} characters" />
      <${S} label="What it is for" value=${$} onInput=${n} hint="The agent reads this, too." />
      <${Se} value=${c} onInput=${d} />
      <${V} label="The agent may only read it" checked=${u} onInput=${p} />
      ${B.value&&a`<${V} label="Share it" checked=${b} onInput=${k} hint="If there is a shared block of this label, the agent gets that one, with its text." />`}
    <//>
  <//>`}function xe({place:t,block:e,onClose:s,onChanged:o}){let[r,i]=m(String(e.limit)),[l,$]=m(e.description),[n,c]=m(e.read_only),d=G(e.value),u=async()=>{await f("PATCH",t,{limit:Number(r),description:l,read_only:n},{ifMatch:`"${e.revision}"`}),s(),await o(),y("Saved.")};return a`<${F} title="Limit and description of ${e.label}" onClose=${s}>
    <${I} submit="Save" onSubmit=${u}>
      <${Se} value=${r} onInput=${i} hint="The text has ${O(d)} characters now." />
      <${S} label="What it is for" value=${l} onInput=${$} rows=${3} hint="The agent reads this, too." />
      <${V} label="The agent may only read it" checked=${n} onInput=${c} hint="You can change it all the same." />
      ${e.shared&&a`<p class="note note-warn">Limit and description are those of all agents that have this block.</p>`}
    <//>
  <//>`}function Se({value:t,onInput:e,hint:s}){return a`<${S} label="Limit, in characters" type="number" value=${t} onInput=${e} hint=${s} required rest=${{min:1,max:2147483647,step:1,inputmode:"numeric"}} />`}function ke({agent:t,block:e,holders:s,onChanged:o}){let r=v`agents/${t.id}/blocks/${e.label}`,[i,l]=m(Z(r)),[$,n]=m(!1),c=R(null),d=()=>{l(!1),requestAnimationFrame(()=>c.current?.querySelector("button")?.focus())},u=async()=>{await f("POST",`${r}/undo`,void 0,{ifMatch:`"${e.revision}"`}),await o(),y(`The newest edit of ${e.label} was taken back.`)};return a`
    <div class="row row-between">
      <h3 dir="auto">${e.label}</h3>
      <span class="row">
        ${e.read_only&&a`<${M} kind="warn">the agent may only read it<//>`}
        ${e.shared&&a`<${M} kind="accent">shared${s?a` with ${We(t,s)}`:""}<//>`}
      </span>
    </div>
    ${e.description&&a`<p class="muted small" dir="auto">${e.description}</p>`}
    ${i?a`<${ee} place=${r} current=${e} limit=${e.limit} what="block ${e.label}" onSaved=${o} onEnd=${d} />`:a`
          ${e.value?a`<div class="memory-text" dir="auto">${e.value}</div>`:a`<p class="muted">It is empty.</p>`}
          <${Q} label="Use of ${e.label}" used=${G(e.value)} limit=${e.limit} unit="characters" />
        `}
    <div class="row" ref=${c}>
      ${C.value&&!i&&a`
        <${h} onClick=${()=>l(!0)} rest=${{"aria-label":`Edit ${e.label}`}}>Edit<//>
        <${h} kind="quiet" label="Undo the newest edit of ${e.label}" onClick=${u}>Undo<//>
        <${h} kind="quiet" label="Limit and description of ${e.label}" onClick=${()=>n(!0)}>Limit …<//>
        ${!e.shared&&B.value&&a`<${h} kind="quiet" label="Share ${e.label}" onClick=${()=>Ge(t,e,o)}>Share …<//>`}
        <${h} kind="quiet" label="Remove ${e.label}" onClick=${()=>Ue(r,t,e,o)}>Remove …<//>
      `}
      ${e.shared&&a`<a href=${E(["agents",t.name,"memory","shared"])}>Who has it</a>`}
    </div>
    <${ue} summary=${a`History<span class="visually-hidden"> of ${e.label}</span>`} name="memory-history">
      ${()=>a`<${Re} agent=${t} block=${e} place=${r} onChanged=${o} />`}
    <//>
    ${$&&a`<${xe} place=${r} block=${e} onClose=${()=>n(!1)} onChanged=${o} />`}
  `}function We(t,e){let s=e.agents.filter(o=>o!==t.name);return e.others&&s.push(`${e.others} of other users`),s.length?s.join(", "):"nobody else yet"}async function Ge(t,e,s){await W({title:`Share ${e.label}?`,text:"Other agents of yours can get this block then. All that have it see one text, and each can change it for all. It keeps its history. It cannot be made unshared; but each agent can give it up.",action:"Share it"})&&(await f("POST",v`agents/${t.id}/blocks/${e.label}/share`),await s(),y(`${e.label} is shared now. Under «Shared» you give it to other agents.`))}async function Ue(t,e,s,o){await W({title:`Remove ${s.label}?`,text:s.shared?`${e.name} has this block no more. It stays for the other agents.`:`${e.name} has this block no more. Its texts stay in the agent's past, and can be read there.`,action:"Remove it",isDangerous:!0})&&(await f("DELETE",t,void 0,{ifMatch:`"${s.revision}"`}),await o(),y(`${s.label} was removed.`),document.getElementById("content")?.focus())}function Re({agent:t,block:e,place:s,onChanged:o}){let r=K(v`agents/${t.id}/blocks/${e.label}/history`,{limit:10}),i=R(e.revision);D(()=>{i.current!==e.revision&&r.reload(),i.current=e.revision},[e.revision]);let l=async $=>{await f("PATCH",s,{value:$},{ifMatch:`"${e.revision}"`}),await o(),y("The earlier text is in the block again.")};return a`<${J} of=${r} what="the history" empty=${a`<p class="muted">There is no change yet.</p>`}>
    ${$=>a`<ol class="memory-changes">
      ${$.map(n=>a`<li key=${n.seq}>
          <p class="row small">
            <strong>${_e(t,n)}</strong>
            <${_} time=${n.time} />
            <a href=${E(["agents",t.name,"past"],{at:n.seq})}>Memory at that time</a>
            ${C.value&&n.after!==null&&n.after!==e.value&&a`<${h} kind="quiet" onClick=${()=>l(n.after??"")}>Write this text again<//>`}
          </p>
          ${n.what!=="shape"&&n.what!=="detach"&&a`<${X} before=${n.before} after=${n.after} label="Change of the text" />`}
        </li>`)}
    </ol>`}
  <//>`}function _e(t,e){if(e.by)return`${e.by} changed it`;switch(e.what){case"block":return"The first text";case"edit":return`${t.name} changed it`;case"set":return"Changed from outside, by a person or a program";case"shape":return"Its limit, its description or who may change it was changed";case"detach":return"It was taken away";case"undo":return`Change ${e.of} was taken back`;case"redo":return`Change ${e.of} was done again`;default:return e.what}}var He=3e3;function Te({agent:t}){let[e,s]=m(!1),o=A(n=>x(v`agents/${t.id}/blocks`,{limit:200},n),[t.id]),r=o.data?.items,i=r?.some(n=>n.shared)??!1,l=A(async n=>i&&B.value?x("blocks",{limit:200},n):{items:[]},[t.id,i]);ne(async()=>{if(o.isLoading||o.problem)return;let n=await x(v`agents/${t.id}/blocks`,{limit:200}).catch(()=>null);n&&JSON.stringify(n)!==JSON.stringify(o.data)&&o.set(n)},He);let $=new Map(l.data?.items.map(n=>[n.label,n]));return a`<section class="stack" aria-labelledby="memory-core">
    <div class="row row-between">
      <h2 id="memory-core">What is always in the window</h2>
      ${C.value&&a`<${h} onClick=${()=>s(!0)}>New block …<//>`}
    </div>
    <${U} of=${o} what="the blocks">
      ${()=>r?.length?a`<ul class="memory-blocks">
              ${r.map(n=>a`<li key=${n.label} class="card">
                  <${ke} agent=${t} block=${n} holders=${$.get(n.label)} onChanged=${o.reload} />
                </li>`)}
            </ul>`:a`<${P} title="This agent has no block">Make one: its text is in every prompt.<//>`}
    <//>
    ${e&&a`<${be} agent=${t} onClose=${()=>s(!1)} onMade=${o.reload} />`}
  </section>`}function Ce({agent:t,all:e,reload:s}){let[o,r]=m(""),i=new Set(e.reads.map($=>$.id)),l=[...e.archives.filter($=>!i.has($.id)),...e.archiveGrants.received.filter($=>!i.has($.id)).map($=>({id:$.id,name:$.name}))];return a`<section class="stack memory-archives" aria-labelledby="memory-archives">
    <div class="row row-between">
      <h2 id="memory-archives">Archives that ${t.name} reads</h2>
      ${C.value&&a`<span class="row">
        ${l.length>0&&a`<${h} onClick=${()=>r("attach")}>Attach an archive …<//>`}
        <${h} onClick=${()=>r("new")}>New archive …<//>
      </span>`}
    </div>
    <ul class="memory-blocks">
      ${e.reads.map($=>a`<li key=${$.id} class="card">
          <${ze} agent=${t} archive=${$} shared=${e.archives.find(n=>n.id===$.id)} all=${e} reload=${s} />
        </li>`)}
    </ul>
    ${e.archives.length===0&&a`<${P} title="No archive is shared">A shared archive is read by several agents: make one, and attach it to each of them.<//>`}
    <${Ye} archives=${e.archives.filter($=>!i.has($.id))} reload=${s} />
    ${o==="new"&&a`<${je} agent=${t} onClose=${()=>r("")} onMade=${s} />`}
    ${o==="attach"&&a`<${Ke} agent=${t} archives=${l} onClose=${()=>r("")} onAttached=${s} />`}
  </section>`}function ze({agent:t,archive:e,shared:s,all:o,reload:r}){let[i,l]=m(!1),$=o.archiveGrants.given.filter(d=>d.id===e.id),n=e.name??`${t.name}'s own`,c=async()=>{await f("DELETE",v`agents/${t.id}/archives/${e.id}`),await r(),y(`${t.name} no longer reads ${n}.`)};return a`
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
      ${!e.own&&a`<${h} label="Detach ${n}" onClick=${c}>Detach<//>`}
      ${s&&a`<${h} kind="quiet" label="Other users (${$.length}): ${n}" onClick=${()=>l(!0)}>Other users (${$.length}) …<//>`}
    </div>`}
    ${i&&a`<${se} what="archives" id=${e.id} name=${n} given=${$} onClose=${()=>l(!1)} onChanged=${r} />`}
  `}function Ye({archives:t,reload:e}){let s=t.filter(r=>r.agents.length+r.others===0);if(!s.length||!C.value)return null;let o=async r=>{if(!await W({title:`Delete ${r.name}?`,text:"It is deleted with all of its passages, for good. No agent reads it.",action:"Delete it",isDangerous:!0}))return;let l=await f("DELETE",v`archives/${r.id}`);await e(),y(`${r.name} was deleted, with ${q(l.passages,"passage")}.`),document.getElementById("content")?.focus()};return a`<div>
    <h3>Archives that no agent reads</h3>
    <ul class="memory-grants">
      ${s.map(r=>a`<li key=${r.id} class="row row-between"><span dir="auto">${r.name}</span><${h} kind="quiet" label="Delete ${r.name}" onClick=${()=>o(r)}>Delete …<//></li>`)}
    </ul>
  </div>`}function je({agent:t,onClose:e,onMade:s}){let[o,r]=m(""),i=async()=>{let l=await f("POST","archives",{name:o.trim()});await f("PUT",v`agents/${t.id}/archives/${l.id}`),e(),await s(),y(`${t.name} reads ${l.name} now.`)};return a`<${F} title="New archive" onClose=${e}>
    <${I} submit="Make and attach it" disabled=${!o.trim()} onSubmit=${i}>
      <${S} label="Name" value=${o} onInput=${r} required rest=${{autofocus:!0,maxlength:120,autocomplete:"off"}} hint="Each agent that it is attached to reads its passages." />
    <//>
  <//>`}function Ke({agent:t,archives:e,onClose:s,onAttached:o}){let[r,i]=m(e[0].id);return a`<${F} title="Attach an archive" onClose=${s}>
    <${I} submit="Attach it" onSubmit=${async()=>{let $=e.find(n=>n.id===r)??e[0];await f("PUT",v`agents/${t.id}/archives/${$.name}`),s(),await o(),y(`${t.name} reads ${$.name} now.`)}}>
      <${N} label="Archive" value=${r} options=${e.map($=>[$.id,$.name])} onInput=${i} hint="${t.name} finds its passages, and stores its own where it did." />
    <//>
  <//>`}function se({what:t,id:e,name:s,given:o,onClose:r,onChanged:i}){let[l,$]=m(""),[n,c]=m("read"),d=A(async g=>$e.value?x("users",{limit:200},g):{items:[]},[]),u=(d.data?.items??[]).map(g=>g.name).filter(g=>g!==le.value?.user.name),p=g=>v`${t}/${e}/grants/${g}`,b=async()=>{await f("PUT",p(l||u[0]),{may:t==="archives"?"read":n}),$(""),await i()},k=async g=>{await f("DELETE",p(g)),await i()};return a`<${F} title="Other users of ${s}" onClose=${r}>
    ${o.length>0?a`<ul class="memory-grants">
          ${o.map(g=>a`<li key=${g.user} class="row row-between">
              <span><strong dir="auto">${g.user}</strong> may ${g.may==="write"?"read and change it":"read it"}</span>
              <${h} kind="quiet" label="Take it away from ${g.user}" onClick=${()=>k(g.user)}>Take away<//>
            </li>`)}
        </ul>`:a`<p class="muted">Only your agents use it.</p>`}
    ${d.isLoading?null:a`<${I} submit="Let them use it" disabled=${!l.trim()&&u.length===0} onSubmit=${b}>
      ${u.length>0?a`<${N} label="User" value=${l||u[0]} options=${u} onInput=${$} />`:a`<${S} label="Name of the user" value=${l} onInput=${$} rest=${{autocomplete:"off"}} />`}
      ${t==="blocks"?a`<${N} label="May" value=${n} options=${[["read","read it"],["write","read and change it"]]} onInput=${c} />`:a`<p class="small muted">Other users can only read an archive.</p>`}
    <//>`}
  <//>`}function Ie({agent:t}){let e=A(async s=>B.value?Ve(t,s):null,[t.id,B.value]);return B.value?a`<${U} of=${e} what="what is shared">
    ${s=>a`
      <${Je} agent=${t} all=${s} reload=${e.reload} />
      <${Ce} agent=${t} all=${s} reload=${e.reload} />
    `}
  <//>`:a`<${P} title="Your key is for certain agents">What is shared is of all agents, so this key does not see it.<//>`}async function Ve(t,e){let s={limit:200},[o,r,i,l,$,n,c]=await Promise.all([x("blocks",s,e),x("archives",s,e),x("grants/blocks",{},e),x("grants/archives",{},e),x(v`agents/${t.id}/blocks`,s,e),x(v`agents/${t.id}/archives`,{},e),x("agents",s,e)]),d=u=>$.items.filter(p=>p.shared===u).map(p=>p.label);return{blocks:o.items,archives:r.items,blockGrants:i,archiveGrants:l,own:d(!1),has:d(!0),reads:n.items,agents:c.items.map(u=>u.name).filter(u=>u!==t.name)}}function Je({agent:t,all:e,reload:s}){let o=new Set(e.blocks.map(i=>i.label)),r=e.blockGrants.received.filter(i=>!o.has(i.name));return a`<section class="stack" aria-labelledby="memory-shared-blocks">
    <h2 id="memory-shared-blocks">Shared blocks</h2>
    ${e.blocks.length+r.length===0&&a`<${P} title="No block is shared">
      <p>A shared block is one text for several agents. Under <a href=${E(["agents",t.name,"memory"])}>Core</a>, press «Share …» at a block, or make a new one.</p>
    <//>`}
    <ul class="memory-blocks">
      ${e.blocks.map(i=>a`<li key=${i.id} class="card"><${Qe} agent=${t} block=${i} all=${e} reload=${s} /></li>`)}
      ${r.map(i=>a`<li key=${i.id} class="card">
          <div class="row row-between"><h3 dir="auto">${i.name}</h3><${M}>of another user<//></div>
          <p>Your agents may ${i.may==="write"?"read and change":"read"} it.</p>
          <${Ee} agent=${t} label=${i.name} all=${e} reload=${s} />
        </li>`)}
    </ul>
  </section>`}function Qe({agent:t,block:e,all:s,reload:o}){let r=v`blocks/${e.id}`,[i,l]=m(Z(r)?"edit":""),$=s.blockGrants.given.filter(u=>u.id===e.id),n=s.agents.filter(u=>!e.agents.includes(u)),c=e.agents.length+e.others>0,d=async()=>{await W({title:`Delete ${e.label}?`,text:"No agent has this block. Its text is deleted, and nobody is let use it any more.",action:"Delete it",isDangerous:!0})&&(await f("DELETE",r,void 0,{ifMatch:`"${e.revision}"`}),await o(),document.getElementById("content")?.focus())};return a`
    <div class="row row-between">
      <h3 dir="auto">${e.label}</h3>
      <span class="small muted">changed <${_} time=${e.updated_at} /></span>
    </div>
    ${i==="edit"?a`<${ee} place=${r} current=${e} limit=${e.limit} what="shared block ${e.label}" onSaved=${o} onEnd=${()=>l("")} />`:a`<div class="memory-text" dir="auto">${e.value}</div>
          <${Q} label="Use of ${e.label}" used=${G(e.value)} limit=${e.limit} unit="characters" />`}
    <p>
      ${c?"Who has it: ":"No agent has it yet. "}
      ${e.agents.map((u,p)=>a`${p>0&&", "}<a href=${E(["agents",u,"memory"])} dir="auto">${u}</a>`)}
      ${e.others>0&&`${e.agents.length?", and ":""}${q(e.others,"agent")} of other users`}
    </p>
    ${C.value&&i!=="edit"&&a`<div class="row">
      <${Ee} agent=${t} label=${e.label} all=${s} reload=${o} />
      <${h} kind="quiet" label="Edit for all: ${e.label}" onClick=${()=>l("edit")}>Edit for all<//>
      ${n.length>0&&a`<${h} kind="quiet" label="Give to another agent: ${e.label}" onClick=${()=>l("give")}>Give to another agent …<//>`}
      <${h} kind="quiet" label="Other users (${$.length}): ${e.label}" onClick=${()=>l("grants")}>Other users (${$.length}) …<//>
      ${!c&&a`<${h} kind="quiet" onClick=${d}>Delete …<//>`}
    </div>`}
    ${i==="give"&&a`<${Xe} label=${e.label} agents=${n} onClose=${()=>l("")} onGiven=${o} />`}
    ${i==="grants"&&a`<${se} what="blocks" id=${e.id} name=${e.label} given=${$} onClose=${()=>l("")} onChanged=${o} />`}
  `}function Ee({agent:t,label:e,all:s,reload:o}){if(!C.value)return null;if(s.own.includes(e))return a`<span class="small muted">${t.name} has a block of its own with this label.</span>`;let r=async()=>{await f("DELETE",v`agents/${t.id}/blocks/${e}`),await o(),y(`${t.name} has ${e} no more.`)},i=async()=>{await qe(t.id,e),await o(),y(`${t.name} has ${e} now.`)};return s.has.includes(e)?a`<${h} onClick=${r} label="Take from ${t.name}: ${e}">Take from ${t.name}<//>`:a`<${h} onClick=${i} label="Give to ${t.name}: ${e}">Give to ${t.name}<//>`}var qe=(t,e)=>f("PUT",v`agents/${t}/blocks/${e}`,{value:"",shared:!0},{ifAbsent:!0});function Xe({label:t,agents:e,onClose:s,onGiven:o}){let[r,i]=m(e[0]);return a`<${F} title="Give ${t} to another agent" onClose=${s}>
    <${I} submit="Give it" onSubmit=${async()=>{await qe(r,t),s(),await o(),y(`${r} has ${t} now.`)}}>
      <${N} label="Agent" value=${r} options=${e} onInput=${i} hint="It sees the text in each prompt, and can change it for all." />
    <//>
  <//>`}var De=[{place:"core",text:"Core"},{place:"archival",text:"Archival"},{place:"shared",text:"Shared"}];function Ze({agent:t,rest:e,query:s}){let o=De.some(r=>r.place===e[0])?e[0]:"core";return a`
    <${me}
      label="Kinds of memory"
      tabs=${De.map(r=>({link:E(["agents",t.name,"memory",...r.place==="core"?[]:[r.place]]),text:r.text,isHere:r.place===o}))}
    />
    ${o==="core"&&a`<${Te} agent=${t} />`}
    ${o==="archival"&&a`<${ye} agent=${t} query=${s} />`}
    ${o==="shared"&&a`<${Ie} agent=${t} />`}
  `}export{Ze as default};
