import{a as fe,b as ke}from"./3N4M3NCF.js";import{a as he}from"./CV7LKRS5.js";import{a as W}from"./4JU45E3I.js";import{a as de,b as pe}from"./EJKEL276.js";import{a as f,b as x,c as ue,h as O,i as R,j as N,k as D,n as T}from"./GSDD7SKE.js";import{c as A,d as le}from"./T3BZZKVX.js";import{B as ie,D as w,E as _,F as V,G as me,I as b,J as ce,K as Q,L as P,O as $e,c as k,d as E,f as q,g as ae,m as o,n as re,s as p,u as g,w as L,y as C,z as B}from"./NZ6VOXHM.js";function Y({label:e,seq:s,last:t,onMove:n,changes:a,moment:r}){let i=re(),u=r?.state.seq===s?r:null,h=a.find(l=>l.seq===s),d=h?G(h):u?.entry?z(u.entry):s===0?"The start, before anything":"",y=u?.state.time?ue(u.state.time):"",$=a.find(l=>l.seq<s),m=a.findLast(l=>l.seq>s),S=l=>n(be(Number(l.target.value),t));return o`<div class="past-handle">
    <div class="row row-between">
      <label for=${i}>${e}</label>
      <span class="row past-steps">
        <${b} kind="quiet" label="Go to the change before" disabled=${!$} onClick=${()=>$&&n($.seq)}>◂<//>
        <${Be} seq=${s} last=${t} onMove=${n} />
        <span class="muted">of ${f(t)}</span>
        <${b} kind="quiet" label="Go to the next change" disabled=${!m} onClick=${()=>m&&n(m.seq)}>▸<//>
        <${b} disabled=${s===t} onClick=${()=>n(t)}>Now<//>
      </span>
    </div>
    <input
      type="range"
      id=${i}
      min="0"
      max=${t}
      step="1"
      value=${s}
      onInput=${S}
      aria-valuetext=${[`entry ${s} of ${t}`,y,d].filter(Boolean).join(", ")}
    />
    <${Re} changes=${a} last=${t} />
    <p class="past-there" role="status" dir="auto"><strong>Entry ${f(s)}</strong>${y&&o` · <time datetime=${u?.state.time}>${y}</time>`}${d&&` · ${d}`}</p>
  </div>`}function Be({seq:e,last:s,onMove:t}){let[n,a]=k(null),r=()=>{n!==null&&t(be(Number(n),s)),a(null)};return o`<input
    type="number"
    aria-label="Number of the entry"
    min="0"
    max=${s}
    value=${n??e}
    onInput=${i=>a(i.target.value)}
    onChange=${r}
    onBlur=${r}
  />`}var be=(e,s)=>Math.max(0,Math.min(s,Math.round(e)||0)),Pe=10,ge=600,we=14;function ye(e,s){return C(async t=>{let n=[],a=null;for(let r=0;r<Pe;r+=1){let i=await g(p`agents/${e}/history`,{limit:200,cursor:a},t);if(n.push(...i.items),a=i.next,!a)break}return n},[e,s])}function Re({changes:e,last:s}){let t=ae(()=>{let n=new Map;for(let a of e){let r=Math.round(a.seq/Math.max(s,1)*ge),i=H(a.what);n.set(`${r} ${i}`,{x:r,name:i})}return[...n.values()]},[e,s]);return o`<svg class="past-marks" viewBox="0 0 ${ge} ${we}" preserveAspectRatio="none" aria-hidden="true">
    ${F.map(({name:n})=>t.filter(a=>a.name===n).map(({x:a})=>o`<rect key=${a} class="past-mark-${n}" x=${a-1} y="0" width="2" height=${we} />`))}
  </svg>`}function ve({changes:e}){let s=new Set(e.map(t=>H(t.what)));return o`<ul class="past-legend row small">
    ${F.filter(t=>s.has(t.name)).map(t=>o`<li key=${t.name}><svg width="10" height="10" aria-hidden="true"><rect class="past-mark-${t.name}" width="10" height="10" /></svg> ${t.text}</li>`)}
  </ul>`}var xe={block:"First text",edit:"Edit by the agent",set:"Edit from outside",shape:"Changed limit or description",detach:"Block taken away",eviction:"Eviction into the summary",pop:"Messages taken back",rethink:"Thought replaced",rewrite:"Words replaced",retry:"Answered again",fork:"Fork",undo:"Undo",redo:"Redo"},F=[{name:"edits",text:"Edits of blocks",whats:["block","edit","set","shape","detach"]},{name:"evictions",text:"Evictions",whats:["eviction"]},{name:"taken-back",text:"Undo and what was taken back",whats:["pop","rethink","rewrite","retry","undo","redo"]},{name:"forks",text:"Forks",whats:["fork"]}],H=e=>F.find(s=>s.whats.includes(e))?.name??"edits";function G(e){let s=e.label?` of ${e.label}`:"",t=e.by?` by ${e.by}`:"",n=e.of!==null?` of change ${e.of}`:"";return`${xe[e.what]??e.what}${s}${n}${t}`}function z(e){let s=e.calls.map(n=>n.name),t=Ge(e.spoken??e.text);switch(e.kind){case"message":case"imported":return`${e.name??"The agent"}: ${t}`;case"spoken":return`The agent: ${t}`;case"step":return e.spoken?`The agent: ${t}`:s.length?`The agent called ${s.join(", ")}`:`The agent thought: ${t}`;case"result":return`${e.name??"A function"} ${e.ok?"returned":"failed"}`;case"edit":return`Edit of ${e.name}`;case"change":return xe[String(e.extra.what)]??"Something was taken back";case"removed":return"What was here was forgotten for good";default:return`${{heartbeat:"A heartbeat",alert:"An alert",login:"Somebody came"}[e.kind]??e.kind}`}}var De="⁨",We="⁩",Ge=e=>`${De}${e.length>90?`${e.slice(0,90)}…`:e}${We}`,U=e=>x(e,"entry","entries");var Ve=500;function Se({agent:e,onGo:s,onChanged:t}){let[n,a]=k(""),[r,i]=k(""),u=F.find(l=>l.name===n)?.whats??[],h=B(p`agents/${e.name}/history`,{what:u,label:r,limit:20}),d=C(l=>g(p`agents/${e.name}/history`,{limit:1},l),[e.name,e.seq]),y=d.data?.standing??[],$=d.data?.undone??[],m=async(l,c)=>{let v=await L("POST",p`agents/${e.name}/${l}`,{steps:c});V(`${x(v.items.length,"change")} ${l==="undo"?"taken back":"done again"}.`),await Promise.all([t(),h.reload(),d.reload()])},S=async l=>{if(l>1){let c=`The newest ${x(l,"change")} are taken back, one after the other. Redo does them again.`;if(!await pe({title:"Take them back?",text:c,action:`Take back ${l} changes`}))return}await m("undo",l)};return o`<section class="stack">
    <div class="row row-between">
      <h2>Changes</h2>
      ${A.value&&o`<span class="row">
        <${b} disabled=${y.length===0} onClick=${()=>S(1)}>Undo the newest<//>
        <${b} disabled=${$.length===0} onClick=${()=>m("redo",1)}>Redo<//>
      </span>`}
    </div>
    <div class="row">
      <div class="grow"><${P} label="What" value=${n} onInput=${a} options=${[["","Everything"],...F.map(l=>[l.name,l.text])]} /></div>
      <div class="grow"><${P} label="Block" value=${r} onInput=${i} options=${[["","All blocks"],...e.blocks.map(l=>l.label)]} /></div>
    </div>
    <${R} of=${h} what="the changes" empty=${o`<${N} title="No such change.">${n||r?"Choose «Everything» and «All blocks» to see all of them.":"Edits, evictions and what you take back appear here."}<//>`}>
      ${l=>o`<ol class="past-changes">
        ${l.map(c=>o`<${He} key=${`${c.seq} ${c.what}`} change=${c} steps=${c.what==="eviction"?0:y.indexOf(c.seq)+1} onGo=${s} onUndo=${S} />`)}
      </ol>`}
    <//>
  </section>`}function He({change:e,steps:s,onGo:t,onUndo:n}){let a=(e.before?.length??0)+(e.after?.length??0),r=s===1?"Undo":`Undo to here (${s})`,i=o`<${W} before=${e.before} after=${e.after} />`;return o`<li class="card past-change past-change-${H(e.what)}">
    <div class="row row-between">
      <span class="row">
        <strong dir="auto">${G(e)}</strong>
        <span class="muted small">entry ${f(e.seq)} · <${D} time=${e.time} /></span>
        ${s===1&&o`<${T} kind="accent">undone next<//>`}
      </span>
      <span class="row">
        <${b} label="Show this moment: ${G(e)}, entry ${e.seq}" onClick=${()=>t(e.seq)}>Show this moment<//>
        ${s>0&&A.value&&o`<${b} label="${r}: ${G(e)}, entry ${e.seq}" onClick=${()=>n(s)}>${r}<//>`}
      </span>
    </div>
    ${e.before===e.after||a===0?null:a>Ve?o`<details><summary>${e.what==="eviction"?"The summary":"The texts"}</summary>${i}</details>`:i}
  </li>`}var Ue={run:null,state:"asked",thoughts:[],replies:[],part:"",reason:null,error:null,used:null,problem:null},Ke=["turn_ended","error"],je=["ended","failed","cancelled"];function Te(e){let[s,t]=k([]),[n,a]=k(0),r=q(new AbortController);E(()=>()=>r.current.abort(),[]);let i=($,m,S)=>t(l=>l.map(c=>c.number===$?{...c,answers:c.answers.map((v,M)=>M===m?S(v):v)}:c)),u=async($,m,S)=>{let l=c=>i($,m,c);try{let c=await L("POST",p`agents/${e[m]}/runs`,{input:S});l(v=>({...v,run:c.id,state:"running"})),await ke(p`runs/${c.id}/events`,{onEvent:v=>l(M=>Qe(M,v.kind,v.data)),isLast:v=>Ke.includes(v.kind),isOver:async()=>je.includes((await g(p`runs/${c.id}`)).state),signal:r.current.signal})}catch(c){let v=ie(c);l(M=>({...M,problem:v}))}r.current.signal.aborted||(l(c=>({...c,state:"ended"})),a(c=>c+1))},h=async $=>{let m=s.length+1;t([...s,{number:m,question:$,answers:e.map(()=>Ue)}]),await Promise.all(e.map((S,l)=>u(m,l,$)))},d=s.flatMap($=>$.answers).filter($=>$.state!=="ended");return{rounds:s,ask:h,stop:()=>Promise.all(d.map($=>$.run&&L("POST",p`runs/${$.run}/cancel`))),isRunning:d.length>0,ended:n}}function Qe(e,s,t){switch(s){case"thought":return{...e,thoughts:[...e.thoughts,t.text]};case"tool_called":return t.call.name==="send_message"?e:{...e,thoughts:[...e.thoughts,`${t.call.name} ${t.call.arguments}`]};case"reply_part":return{...e,part:t.anew?t.text:e.part+t.text};case"replied":return{...e,replies:[...e.replies,t.text],part:""};case"turn_ended":return{...e,part:"",reason:t.stop_reason==="yielded"?null:t.stop_reason,used:{steps:t.steps,tokens:(t.usage?.prompt_tokens??0)+(t.usage?.completion_tokens??0)}};case"error":return{...e,part:"",error:t.text};default:return e}}function Ee({agent:e,state:s}){let t=s.state!=="ended";return o`<article class="card past-answer" aria-label="Answer of ${e}" aria-busy=${String(t)}>
    <div class="row row-between">
      <strong dir="auto">${e}</strong>
      ${t?o`<span class="muted small"><span class="spinner" aria-hidden="true"></span> ${s.state==="asked"?"asked":"answers"}</span>`:s.used&&o`<span class="muted small">${x(s.used.steps,"step")}, ${x(s.used.tokens,"token")}</span>`}
    </div>
    ${s.thoughts.length>0&&o`<details><summary class="small muted">${x(s.thoughts.length,"thought or call","thoughts and calls")}</summary>
      <ol class="past-entries small">${s.thoughts.map(n=>o`<li dir="auto">${n}</li>`)}</ol>
    </details>`}
    <div aria-live="polite">
      ${s.replies.map(n=>o`<${fe} text=${n} />`)}
      ${s.part&&o`<p class="past-text" dir="auto">${s.part}</p>`}
      ${!t&&s.replies.length===0&&!s.problem&&!s.error&&o`<p class="muted">It said nothing.</p>`}
    </div>
    ${s.reason&&o`<p><${T} kind="warn">${s.reason}<//> ${s.reason==="suspended"&&o`<a href=${w(["agents",e,"chat"])}>It waits for somebody: open its chat</a>`}</p>`}
    ${s.error&&o`<div class="note note-bad" role="alert"><p>${s.error}</p></div>`}
    ${s.problem&&o`<${$e} problem=${s.problem} />`}
  </article>`}function Ce({agent:e,moment:s,isOld:t}){let{state:n}=s;return n.seq===0?o`<${N} title="Before its first entry the agent knew nothing.">Move the slider to the right.<//>`:o`<div class="columns ${t?"past-old":""}" aria-busy=${t?"true":"false"}>
    <section class="stack">
      <h2>Core memory then</h2>
      ${n.blocks.map(a=>o`<${Ye} key=${a.label} block=${a} now=${e.blocks.find(r=>r.label===a.label)} />`)}
      ${n.blocks.length===0&&o`<p class="muted">There was no block.</p>`}
    </section>
    <section class="stack">
      <h2>Messages then</h2>
      <p class="row">
        <${T}>${x(n.messages,"message")} to be found<//>
        <${T}>${U(n.queue_entries)} in the prompt<//>
        ${n.taken_back>0&&o`<${T} kind="warn">${U(n.taken_back)} taken back<//>`}
      </p>
      <p class="row">
        <a href=${w(["agents",e.name,"window"],{at:n.seq})}>The prompt of this moment</a>
        <a href=${w(["agents",e.name,"chat"],{seq:n.seq})}>Its place in the log</a>
      </p>
      ${n.summary&&o`<details class="card">
        <summary>Summary of everything up to entry ${f(n.summary.through_seq)}</summary>
        <p class="past-text" dir="auto">${n.summary.text}</p>
      </details>`}
      ${n.queue.length>0?o`<h3>Last in the prompt</h3>
            <ol class="past-entries">
              ${n.queue.map(a=>o`<li key=${a.seq} dir="auto"><span class="muted small">${f(a.seq)}</span> ${z(a)} <span class="muted small"><${D} time=${a.time} /></span></li>`)}
            </ol>`:o`<p class="muted">No message was in the prompt.</p>`}
    </section>
  </div>`}function Ye({block:e,now:s}){return o`<article class="card">
    <div class="row row-between">
      <h3 dir="auto">${e.label}</h3>
      <span class="row">
        ${!s&&o`<${T} kind="warn">is gone now<//>`}
        ${s&&s.value!==e.value&&o`<${T} kind="accent">another text now<//>`}
        ${e.read_only&&o`<${T}>read only<//>`}
        <span class="muted small">${f([...e.value].length)} of ${x(e.limit,"character")}</span>
      </span>
    </div>
    ${e.value?o`<p class="past-text" dir="auto">${e.value}</p>`:o`<p class="muted">empty</p>`}
  </article>`}function Me({agent:e,from:s,to:t}){let n=te(a=>g(p`agents/${e}/diff`,{from:s,to:t},a),[e,s,t]);return o`<${O} of=${n} what="what differs">
    ${a=>o`<div class="columns ${n.isOld?"past-old":""}" aria-busy=${String(n.isOld)}>
      <section class="stack">
        <h2>Core memory, entry ${f(a.first)} to ${f(a.second)}</h2>
        <${J} of=${a} />
      </section>
      <section class="stack">
        <h2>Said in between</h2>
        <${X} of=${a} />
        <${ze} key=${`${a.first} ${a.second}`} agent=${e} after=${a.first} before=${a.second+1} />
        <${Je} key=${String(a.times)} agent=${e} times=${a.times??[]} />
      </section>
    </div>`}
  <//>`}function J({of:e,none:s="No block has changed."}){return o`
    ${e.blocks.length===0&&o`<p class="muted">${s}</p>`}
    ${e.blocks.map(t=>o`<article class="card" key=${t.label}>
        <h3><span dir="auto">${t.label}</span>${t.before===null?" (new)":t.after===null?" (taken away)":""}</h3>
        <${W} before=${t.before} after=${t.after} />
      </article>`)}
    ${e.summary&&o`<article class="card">
      <h3>Summary</h3>
      <${W} before=${e.summary.before} after=${e.summary.after} />
    </article>`}
  `}function X({of:e}){let[s,t]=e.messages;return o`<p>
    ${s===t?`${x(t,"message")} to be found, as before.`:`${x(t,"message")} to be found; before, ${f(s)}.`}
    ${e.taken_back>0?` ${U(e.taken_back)} of before taken back.`:""}
  </p>`}function ze({agent:e,after:s,before:t}){let n=B(p`agents/${e}/log`,{after:s,before:t,kind:["message","spoken","step"],limit:20});return o`<${R} of=${n} what="the messages" empty=${o`<p class="muted">Nobody said anything.</p>`}>
    ${a=>o`<${Z} agent=${e} items=${a} />`}
  <//>`}var Z=({agent:e,items:s})=>o`<ol class="past-entries">
  ${s.filter(t=>t.spoken!==null).map(t=>o`<li key=${t.seq} dir="auto"><a class="small" href=${w(["agents",e,"chat"],{seq:t.seq})} aria-label="Entry ${t.seq} in the log">${f(t.seq)}</a> <strong>${t.role==="assistant"?e:t.name??e}</strong>: ${t.spoken}</li>`)}
</ol>`;function Je({agent:e,times:s}){let[t,n]=s,a=B(p`agents/${e}/passages`,{start:t,end:n,limit:10});return o`<h2>Passages stored in between</h2>
    <${R} of=${a} what="the passages" empty=${o`<p class="muted">None that is still there.</p>`}>
      ${r=>o`<ul class="past-entries">
        ${r.map(i=>o`<li key=${i.id} class="past-passage" dir="auto"><ins>${i.text}</ins> <span class="muted small"><${D} time=${i.created_at} /></span></li>`)}
      </ul>`}
    <//>`}function ee(e,s=150){let[t,n]=k(e),a=JSON.stringify(e);return E(()=>{let r=setTimeout(()=>n(e),s);return()=>clearTimeout(r)},[a]),t}function te(e,s){let t=C(e,s),n=q(null);return t.data!==null&&(n.current=t.data),{...t,data:t.data??n.current,isOld:t.data===null&&n.current!==null}}var qe={fork:"a fork",origin:"its origin",sibling:"another fork of its origin",copy:"a copy"};function Le({agent:e,query:s}){let t=C(i=>g(p`agents/${e.id}/forks`,{limit:200},i),[e.id]),[n,a]=k(!1),r=i=>_(w(["agents",e.name,"past","futures"],{with:i}),{replace:!0});return o`<div class="stack">
    ${n&&o`<${se} agent=${e.name} at=${e.seq} onClose=${()=>(a(!1),t.reload())} />`}
    <${O} of=${t} what="the forks">
      ${({items:i})=>{let u=A.value&&o`<${b} onClick=${()=>a(!0)}>Fork ${e.name} now<//>`;if(i.length===0)return o`<${N} title="${e.name} has one future only.">
            <p>A fork begins with the same memory and goes its own way. Then you can ask both the same question here.</p>
            <p>To begin it at an earlier moment, choose that moment under «Moments».</p>
            ${u}
          <//>`;let h=i.find(d=>d.name===s.get("with"))??i[0];return o`
          <div class="row">
            <div class="grow"><${P} label="Put beside ${e.name}" value=${h.name} onInput=${r} options=${i.map(d=>[d.name,`${d.name}: ${qe[d.relation]}, one past until entry ${f(d.common_seq)}`])} /></div>
            ${u}
          </div>
          <${Xe} key=${h.id} agent=${e} other=${h} />
        `}}
    <//>
  </div>`}function Xe({agent:e,other:s}){let[t,n]=k(""),a=[e.name,s.name],{rounds:r,ask:i,stop:u,isRunning:h,ended:d}=Te(a),y=async()=>{let m=t.trim();!m||h||(n(""),await i(m))},$=m=>{m.key==="Enter"&&!m.shiftKey&&!m.isComposing&&(m.preventDefault(),y())};return o`
    ${le.value?o`<form class="past-ask" onSubmit=${m=>(m.preventDefault(),y())}>
          <${Q} label="Ask both the same" rows=${2} value=${t} onInput=${n} hint="Both hear it, remember it, and answer. Enter sends; Shift and Enter begin a new line." rest=${{onKeyDown:$}} />
          <div class="row row-end">
            ${h&&o`<${b} onClick=${u}>Stop both<//>`}
            <${b} type="submit" kind="primary" busy=${h} disabled=${!t.trim()}>Ask both<//>
          </div>
        </form>`:o`<p class="muted">Your key may not talk to agents, so you cannot ask them here.</p>`}
    ${r.toReversed().map(m=>o`<section class="stack" key=${m.number} aria-label="Question ${m.number}">
        <p class="past-question" dir="auto"><strong>You asked both:</strong> ${m.question}</p>
        <div class="past-two">
          ${a.map((S,l)=>o`<${Ee} key=${S} agent=${S} state=${m.answers[l]} />`)}
        </div>
      </section>`)}
    <div class="past-two">
      <${Ne} id=${e.id} relation="this agent" common=${s.common_seq} ended=${d} />
      <${Ne} id=${s.id} relation=${qe[s.relation]} common=${s.common_seq} ended=${d} />
    </div>
  `}var Ze=30;function Ne({id:e,relation:s,common:t,ended:n}){let a=C(async r=>{let i=await g(p`agents/${e}`,{},r),[u,h]=await Promise.all([g(p`agents/${e}/diff`,{from:Math.min(t,i.seq),to:i.seq},r),g(p`agents/${e}/log`,{kind:["message","spoken","step"],limit:Ze},r)]),d=h.items.filter(y=>y.seq>t&&y.spoken!==null);return{agent:i,difference:u,said:d.reverse()}},[e,t]);return E(()=>{n&&a.reload()},[n]),o`<section class="card stack">
    <${O} of=${a} what="what it knows">
      ${({agent:r,difference:i,said:u})=>o`
        <div class="row row-between">
          <h2><a dir="auto" href=${w(["agents",r.name,"chat"])}>${r.name}</a></h2>
          <${T} kind="accent">${s}<//>
        </div>
        <p class="muted">Its own since entry ${f(t)}, now at entry ${f(r.seq)}. <a href=${w(["agents",r.name,"past"],{at:t})}>The last moment of both</a></p>
        <h3>Learned since</h3>
        <${J} of=${i} none="Its core memory is as it was." />
        <${X} of=${i} />
        <details>
          <summary>Said since</summary>
          ${u.length===0&&o`<p class="muted">Nothing.</p>`}
          <${Z} agent=${r.name} items=${u} />
        </details>
      `}
    <//>
  </section>`}var Ae=64;function se({agent:e,at:s,onClose:t}){let[n,a]=k("");E(()=>{et(e,s).then(a,me)},[e,s]);let r=async()=>{let i=await L("POST",p`agents/${e}/fork`,{name:n.trim(),at:s});return V(`${i.name} is there. It begins with entry ${f(s)} of ${e}.`),t(),i.name};return o`<${de} title="Fork ${e} at entry ${f(s)}" onClose=${t}>
    <${ce}
      submit="Fork and open it"
      disabled=${!n.trim()}
      onSubmit=${async()=>_(w(["agents",await r(),"chat"]))}
      actions=${o`<${b} disabled=${!n.trim()} onClick=${async()=>_(w(["agents",e,"past","futures"],{with:await r()}))}>Fork and put both side by side<//>`}
    >
      <p>The fork is a new agent. It knows what ${e} knew then: blocks, messages, summary and passages of that time. Nothing that it does changes ${e}.</p>
      <${Q} label="Name of the fork" value=${n} onInput=${a} required hint="Up to 64 characters, without spaces." rest=${{maxlength:Ae,autocomplete:"off"}} />
    <//>
  <//>`}async function et(e,s){let t=`${e.slice(0,Ae-14)}-at-${s}`,n=await g("agents",{search:t,limit:200}),a=new Set(n.items.map(i=>i.name)),r=t;for(let i=2;a.has(r);i+=1)r=`${t}-${i}`;return r}function tt(e){let{agent:s,rest:t}=e,n=[{place:[],text:"Moments",isHere:t[0]!=="futures"},{place:["futures"],text:"Two futures",isHere:t[0]==="futures"}];return o`
    <${he} label="Parts of the past" tabs=${n.map(({place:a,text:r,isHere:i})=>({link:w(["agents",s.name,"past",...a]),text:r,isHere:i}))} />
    <div class="past-page">${t[0]==="futures"?o`<${Le} ...${e} />`:o`<${st} ...${e} />`}</div>
  `}function st({agent:e,reload:s,query:t}){let n=e.seq,a=["agents",e.name,"past"],[r,i]=k(K(t.get("at"),n,n)),[u,h]=k(t.has("from")?K(t.get("from"),0,n):null),[d,y]=k(!1),$=u!==null,m=ee({at:r,other:u}),l=ye(e.name,n).data??[],c=Oe(e.name,m.at),v=Oe(e.name,m.other),M=w(a,{at:r===n&&!$?null:r,from:u}),j=q(""),I=ee(M,400);E(()=>{j.current=I,I===M&&location.hash!==I&&_(I,{replace:!0})},[I]),E(()=>{w(a,Object.fromEntries(t))===j.current||j.current===""||(i(K(t.get("at"),n,n)),h(t.has("from")?K(t.get("from"),0,n):null))},[t.toString()]);let _e=async()=>{await s(),h(null)},ne=q(n);if(E(()=>{r===ne.current&&i(n),ne.current=n},[n]),n===0)return o`<${N} title="Nothing has happened yet."><p>Say something to ${e.name} first.</p><p><a href=${w(["agents",e.name,"chat"])}>Open the chat</a></p><//>`;let[Fe,Ie]=m.other===null?[m.at,m.at]:[Math.min(m.at,m.other),Math.max(m.at,m.other)];return o`<div class="stack">
    <section class="card stack" aria-label="Timeline">
      <${Y} label=${$?"One moment":"Moment"} seq=${r} last=${n} onMove=${i} changes=${l} moment=${c.data} />
      ${u!==null&&o`<${Y} label="Compare with" seq=${u} last=${n} onMove=${h} changes=${l} moment=${v.data} />`}
      <div class="row row-between">
        <${ve} changes=${l} />
        <span class="row">
          <${b} onClick=${()=>h($?null:r===n?0:n)} rest=${{"aria-pressed":String($)}}>Compare two moments<//>
          ${A.value&&o`<${b} kind="primary" onClick=${()=>y(!0)}>Fork at entry ${r}<//>`}
        </span>
      </div>
    </section>
    ${d&&o`<${se} agent=${e.name} at=${r} onClose=${()=>y(!1)} />`}
    ${$?o`<${Me} agent=${e.name} from=${Fe} to=${Ie} />`:o`<${O} of=${c} what="the moment">${oe=>o`<${Ce} agent=${e} moment=${oe} isOld=${c.isOld} />`}<//>`}
    <${Se} agent=${e} onGo=${i} onChanged=${_e} />
  </div>`}function Oe(e,s){return te(async t=>{if(s===null)return null;let[n,a]=await Promise.all([g(p`agents/${e}/at/${s}`,{limit:12},t),g(p`agents/${e}/log`,{before:s+1,limit:1,undone:!0},t)]);return{state:n,entry:a.items[0]??null}},[e,s])}function K(e,s,t){let n=Number(e);return e&&Number.isInteger(n)?Math.max(0,Math.min(t,n)):s}export{tt as default};
