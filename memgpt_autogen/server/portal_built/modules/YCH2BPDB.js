import{a as re,b as ae}from"./EJKEL276.js";import{a as w,b as y,g as M,h as se,i as ne,j as F,k as C,l as oe,n as b}from"./GSDD7SKE.js";import{c as j}from"./T3BZZKVX.js";import{B as z,D as q,E as J,F as V,I as p,J as X,K as k,L as Z,M as ee,O as te,c as h,d as B,f as T,m as o,n as Q,s as S,u as D,w as I,y as W,z as Y}from"./NZ6VOXHM.js";var O=[["core","Core memory"],["recall","What was said"],["archival","Archives and documents"]];var N={queries:[],tiers:O.map(([e])=>e),speaker:"",role:"",start:"",end:"",asOf:"",tags:[],sources:[],limit:null,budget:null};function ie(e){let t=i=>(e.get(i)??"").split(`
`).filter(r=>r.trim()),s=i=>Math.trunc(Number(e.get(i)))||null,a=(e.get("in")??"").split(","),n=N.tiers.filter(i=>a.includes(i));return{queries:t("q").slice(0,10),tiers:n.length?n:N.tiers,speaker:e.get("speaker")??"",role:e.get("role")??"",start:e.get("start")??"",end:e.get("end")??"",asOf:e.get("as-of")??"",tags:t("tag"),sources:t("source"),limit:s("limit"),budget:s("budget")}}function R(e){return{q:e.queries.map(t=>t.trim()).filter(Boolean).join(`
`),in:e.tiers.length===O.length?"":e.tiers.join(","),speaker:e.speaker.trim(),role:e.role,start:e.start,end:e.end,"as-of":e.asOf,tag:e.tags.join(`
`),source:e.sources.join(`
`),limit:e.limit,budget:e.budget}}function _(e){let t=(s,a)=>{let n=new Date(`${s}T${a}`);return s&&!Number.isNaN(n.getTime())?n.toISOString():null};return{queries:e.queries,tiers:e.tiers,speaker:e.speaker||null,role:e.role||null,start:t(e.start,"00:00:00"),end:t(e.end,"23:59:59.999"),as_of:t(e.asOf,"23:59:59.999"),tags:e.tags,sources:e.sources,limit:e.limit??20,budget_tokens:e.budget,explain:!0}}function le(e){let{queries:t,tiers:s,tags:a,sources:n}=e;return{queries:t,tiers:s,tags:a,sources:n,speaker:e.speaker??"",role:e.role??"",start:e.start?G(e.start):"",end:e.end?G(e.end):"",asOf:e.as_of?G(e.as_of):"",limit:e.limit===20?null:e.limit,budget:e.budget_tokens}}function G(e){let t=new Date(e),s=a=>String(a).padStart(2,"0");return`${String(t.getFullYear()).padStart(4,"0")}-${s(t.getMonth()+1)}-${s(t.getDate())}`}function L(e){let t=Object.fromEntries(O);return[e.tiers.length<O.length&&`in: ${e.tiers.map(s=>t[s]).join(", ")}`,e.speaker&&`said by ${e.speaker}`,e.role&&(e.role==="assistant"?"words of the agent":"words of others"),e.start&&`from ${e.start}`,e.end&&`until ${e.end}`,e.asOf&&`as known on ${e.asOf}`,e.tags.length>0&&`tags: ${e.tags.join(", ")}`,e.sources.length>0&&`documents: ${e.sources.join(", ")}`,e.budget&&`at most ${e.budget} tokens`].filter(Boolean).map(String)}var Se={tiers:{text:"Look in all places",without:{tiers:N.tiers}},speaker:{text:"Drop the speaker",without:{speaker:""}},role:{text:"Drop whose words they are",without:{role:""}},dates:{text:"Drop the dates",without:{start:"",end:"",asOf:""}},tags:{text:"Drop the tags",without:{tags:[]}},sources:{text:"Drop the document",without:{sources:[]}}};function ue({asked:e,found:t,onSearch:s}){if(t.left_out)return o`<${F} title="Nothing fits into ${y(e.budget??0,"token")}">
      <${p} onClick=${()=>s({...e,budget:null})}>Search without a budget<//>
    <//>`;let a=t.excluded??[];return o`<${F} title="Nothing was found">
    ${a.length>0?o`<p>The filters exclude it:</p>
          <div class="row row-center">
            ${a.map(({condition:n,found:i})=>{let{text:r,without:c}=Se[n]??{text:"Drop all filters",without:{...N,queries:e.queries}};return o`<${p} key=${n} onClick=${()=>s({...e,...c})}>${r}: ${y(i,"result")}<//>`})}
          </div>`:o`<p>Try other words, fewer of them, or a name. Words are compared by their stems${e.queries.length===1?"; a second question in other words helps":""}.</p>`}
  <//>`}var qe=10;function ce({agent:e,asked:t,onSearch:s}){let a=$=>({...$,queries:$.queries.length?$.queries:[""]}),[n,i]=h(a(t)),[r,c]=h(""),m=T(null);B(()=>i(a(t)),[JSON.stringify(t)]);let l=$=>i({...n,...$}),u=($,d)=>l({queries:n.queries.map((g,E)=>E===$?d:g)}),f=$=>setTimeout(()=>m.current?.querySelectorAll(".search-field input")?.[$]?.focus()),v=$=>{$.preventDefault();let d=n.queries.filter(E=>E.trim()),g=n.start&&n.end&&n.start>n.end;c(g?"The last day is before the first one. Swap them.":n.tiers.length?"":"Choose at least one place to look in."),d.length?!g&&n.tiers.length&&s({...n,queries:d,limit:null}):f(0)},x=L(t);return o`<form class="card form" ref=${m} onSubmit=${v} role="search">
    ${n.queries.map(($,d)=>o`<div key=${d} class="row search-query">
        <div class="grow search-field">
          <${k}
            label=${n.queries.length>1?`Question ${d+1}`:"Question or words"}
            hideLabel
            type="search"
            value=${$}
            onInput=${g=>u(d,g)}
            rest=${{placeholder:d?"The same in other words, or another question":"What does the agent know about …",maxlength:2e3,enterkeyhint:"search"}}
          />
        </div>
        ${d===0?o`<${p} type="submit" kind="primary">Search<//>`:o`<${p} kind="quiet" label=${`Take question ${d+1} away`} onClick=${()=>(l({queries:n.queries.filter((g,E)=>E!==d)}),f(d-1))}>×<//>`}
      </div>`)}
    <div class="row">
      ${n.queries.length<qe&&o`<${p} kind="quiet" title="What several questions find comes first" onClick=${()=>(l({queries:[...n.queries,""]}),f(n.queries.length))}>+ Add a question<//>`}
      ${x.length>0&&o`<${p} kind="quiet" onClick=${()=>(s({...N,queries:t.queries}),f(0))}>Remove all filters<//>`}
    </div>
    <details class="search-filters">
      <summary>Filters${x.length>0&&o` <span class="muted" dir="auto">${x.join(" · ")}</span>`}</summary>
      <${ye} agent=${e} draft=${n} change=${l} />
    </details>
    ${r&&o`<p class="note note-bad" role="alert">${r}</p>`}
  </form>`}function ye({agent:e,draft:t,change:s}){let a=W(r=>D(S`agents/${e.id}/sources`,{limit:200},r),[e.id]),n=Q(),i=r=>r.split(",").map(c=>c.trimStart()).filter(Boolean);return o`
    <fieldset class="row search-tiers">
      <legend>Look in</legend>
      ${O.map(([r,c])=>o`<${ee}
          key=${r}
          label=${c}
          checked=${t.tiers.includes(r)}
          onInput=${m=>s({tiers:O.map(([l])=>l).filter(l=>l===r?m:t.tiers.includes(l))})}
        />`)}
    </fieldset>
    <div class="grid">
      <${k} label="Said by" value=${t.speaker} onInput=${r=>s({speaker:r})} hint="A speaker's name. Only what was said has speakers." />
      <${Z}
        label="Words of"
        value=${t.role}
        options=${[["","anyone"],["user","others"],["assistant","the agent itself"]]}
        onInput=${r=>s({role:r})}
      />
      <${k} label="From" type="date" value=${t.start} onInput=${r=>s({start:r})} hint="Core memory has no times." />
      <${k} label="Until" type="date" value=${t.end} onInput=${r=>s({end:r})} />
      <${k} label="As known on" type="date" value=${t.asOf} onInput=${r=>s({asOf:r})} />
      <${k} label="Tags" value=${t.tags.join(", ")} onInput=${r=>s({tags:i(r)})} hint="Any of them, with commas between. Only archives have tags." />
      <${k}
        label="Document"
        value=${t.sources[0]??""}
        onInput=${r=>s({sources:r?[r]:[]})}
        hint="Its name, or another source of passages."
        rest=${{list:n,maxlength:1e3}}
      />
      <datalist id=${n}>${a.data?.items.map(r=>o`<option key=${`${r.archive}/${r.name}`} value=${r.name}></option>`)}</datalist>
      <${k}
        label="Budget in tokens"
        type="number"
        value=${t.budget?String(t.budget):""}
        onInput=${r=>s({budget:Math.trunc(Number(r))||null})}
        hint="The best results that fit, as for a prompt."
        rest=${{min:1,max:1e7,inputmode:"numeric"}}
      />
    </div>
  `}var P=(e,t)=>`${e.tier} ${t.query}`;function $e(e){let t=new Map;for(let s of e)for(let a of s.why??[]){let n=t.get(P(s,a))??{score:0,lexical:0};t.set(P(s,a),{score:Math.max(n.score,a.score),lexical:Math.max(n.lexical,a.lexical??0)})}return t}function de({hit:e,best:t}){let s=Object.fromEntries(O)[e.tier],a=(e.why??[]).length>1||new Set([...t.keys()].map(n=>n.slice(n.indexOf(" ")))).size>1;return o`<ul class="why" aria-label="Why it was found">
    ${(e.why??[]).map(n=>o`<li key=${n.query}>
        <p class="small muted">${s}, place ${w(n.rank)}${a&&o` for <q dir="auto">${n.query}</q>`}</p>
        <div class="signals">
          <${U} label="score" value=${n.score} most=${t.get(P(e,n))?.score??0} title="All signals together; the bar is full for the best result of this question here" />
          ${n.lexical!==null&&o`<${U} label="words" value=${n.lexical} most=${t.get(P(e,n))?.lexical??0} title="BM25; the bar is full for the best result of this question here" />`}
          ${n.meaning!==null&&o`<${U} label="meaning" value=${n.meaning} most=${1} title="How close the meanings are: the cosine of their vectors" />`}
          ${n.words.length>0&&o`<span class="small">has <b dir="auto">${n.words.join(", ")}</b></span>`}
          ${n.beside.length>0&&o`<span class="small">beside it <b dir="auto">${n.beside.join(", ")}</b></span>`}
          ${n.speaker&&o`<${b} kind="accent">names the speaker<//>`}
          ${n.time&&o`<${b} kind="accent">names the time<//>`}
        </div>
      </li>`)}
  </ul>`}function U({label:e,value:t,most:s,title:a}){let n=t.toFixed(t<.1?3:2);return o`<span class="signal" title=${a}>
    <span class="small">${e}</span>
    <meter aria-label="${e} ${n}" min="0" max=${s||1} value=${Math.max(0,Math.min(t,s||1))}></meter>
    <span class="small number">${n}</span>
  </span>`}var pe=/[\p{L}\p{N}][\p{L}\p{N}\p{M}]*(?:['’][\p{L}\p{N}][\p{L}\p{N}\p{M}]*)*/gu,Oe=/[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;function H(e,t){let s=new Set(t),a=[],n=0,i=(r,c)=>{r>n&&a.push(e.slice(n,r)),a.push(o`<mark>${c}</mark>`),n=r+c.length};for(let r of s.size?e.matchAll(pe):[])s.has(r[0])?i(r.index,r[0]):Oe.test(r[0])&&Ne(r[0],r.index,s,i);return[...a,e.slice(n)]}var Te=600,Ie=450,me=120;function fe(e,t){if(e.length<=Te)return{start:0,end:e.length};let s=new Set(t),a=[...e.matchAll(pe)].find(r=>s.has(r[0]))?.index??0,n=a>me*2?e.lastIndexOf(" ",a-me)+1:0,i=e.indexOf(" ",n+Ie);return{start:n,end:i<0?e.length:i}}function Ne(e,t,s,a){let n=[...e],i=t;for(let r=0;r<n.length;r+=1){let c=n[r]+(n[r+1]??""),m=s.has(c)?c:n[r];s.has(m)&&a(i,m),m===c&&m!==n[r]&&(r+=1),i+=m.length}}var A=3,he=600,ge=["message","step","spoken","imported"];function be({agent:e,seq:t,forms:s}){let a=T(null),n=S`agents/${e.id}/log`,i=async(l,u)=>{let f=await D(n,{before:l,kind:ge,limit:A},u);return{entries:f.items.reverse(),isFirst:!f.next}},r=async(l,u,f)=>{let v=await D(n,{after:l,kind:ge,limit:u},f);return{entries:v.items,isLast:!v.next}},c=W(async l=>{let[u,f]=await Promise.all([i(t,l),r(t-1,A+1,l)]);return{entries:[...u.entries,...f.entries],isFirst:u.isFirst,isLast:f.isLast}},[e.id,t]),m=async l=>{let u=c.data,{signal:f}=new AbortController,v=l?u.entries[0]:u.entries[u.entries.length-1],x=l?await i(v?.seq??t,f):await r(v?.seq??t,A,f),$=l?[...x.entries,...u.entries]:[...u.entries,...x.entries];c.set({...u,...x,entries:$}),setTimeout(()=>a.current?.contains(document.activeElement)||a.current?.focus())};return o`<div class="around" ref=${a} tabindex="-1" role="group" aria-label="What was around it">
    <${se} of=${c} what="what was around it">
      ${l=>o`
        ${!l.isFirst&&o`<${p} kind="quiet" onClick=${()=>m(!0)}>↑ ${A} earlier<//>`}
        <ol class="around-entries">${l.entries.map(u=>o`<${We} key=${u.seq} entry=${u} agent=${e} isHit=${u.seq===t} forms=${u.seq===t?s:[]} />`)}</ol>
        ${!l.isLast&&o`<${p} kind="quiet" onClick=${()=>m(!1)}>↓ ${A} later<//>`}
      `}
    <//>
  </div>`}function We({entry:e,agent:t,isHit:s,forms:a}){let[n,i]=h(!1),r=e.spoken===null,c=e.spoken??e.text,m=n||c.length<=he?c:`${c.slice(0,he)} …`,l=e.calls.filter(u=>u.name!=="send_message").map(u=>u.name);return o`<li class="around-entry ${s?"around-hit":""}" aria-current=${s?"true":void 0}>
    <p class="small muted row">
      <b><bdi>${e.name??(e.role==="assistant"?t.name:e.role)}</bdi></b>
      ${r&&o`<${b}>thought<//>`}
      ${l.map(u=>o`<${b} key=${u}>${u}<//>`)}
      <span>${e.seq}</span>
      <${C} time=${e.time} />
    </p>
    ${m&&o`<p class="${r?"muted":""} around-text" dir="auto">${H(m,a)}</p>`}
    ${m!==c&&o`<${p} kind="quiet" onClick=${()=>i(!0)}>Show all of it<//>`}
  </li>`}var Ce=5;function we({agent:e,asked:t,hit:s,rank:a,onClose:n,onSaved:i}){let[r,c]=h(String(Math.max(a,Ce)));return o`<${re} title="Save as a test" onClose=${n}>
    <${X} submit="Save" onSubmit=${async()=>{let{explain:l,...u}=_(t);await I("POST",S`agents/${e.id}/searches`,{search:u,expected:{tier:s.tier,id:s.id},within:Number(r)}),n(),i(),V("Saved. Run it again below, after any change.")}} disabled=${!(Number(r)>=1)}>
      <p>The search <b dir="auto">${t.queries.join(" + ")}</b> should find this, now and later:</p>
      <blockquote class="saved-expected" dir="auto">${s.text}</blockquote>
      <${k}
        label="Among the first"
        type="number"
        value=${r}
        onInput=${c}
        hint="It is at place ${a} now. The test passes if it is among so many of the first results."
        rest=${{min:1,max:200,inputmode:"numeric"}}
      />
    <//>
  <//>`}function ve(e,{tier:t,id:s}){return t==="recall"?q(["agents",e,"chat"],{seq:s}):q(["agents",e,"memory",...t==="archival"?["archival"]:[]])}var Ee={core:"core memory",recall:"said",archival:"archive"};function ke({agent:e,asked:t,hit:s,rank:a,best:n,onSaved:i}){let[r,c]=h(!1),[m,l]=h(!1);return o`<li class="card hit">
    <div class="row hit-head">
      <b class="hit-rank" aria-label="Result ${a}">${w(a)}</b>
      <${b} kind=${s.tier==="recall"?"accent":"plain"}>${Ee[s.tier]}<//>
      <span class="grow"><${Fe} hit=${s} /></span>
      ${s.time&&o`<span class="small muted"><${C} time=${s.time} /></span>`}
      <span class="small muted">${y(s.tokens,"token")}</span>
    </div>
    <${De} hit=${s} />
    ${s.newest.map(u=>o`<p key=${u.id} class="small" dir="auto"><span class="muted">Replaced by:</span> ${u.text}</p>`)}
    <${de} hit=${s} best=${n} />
    <div class="row">
      <${Re} agent=${e} hit=${s} />
      ${s.seq!==null&&o`<${p} kind="quiet" rest=${{"aria-expanded":String(r)}} onClick=${()=>c(!r)}>${r?"Hide what was around it":"Show what was around it"}<//>`}
      ${j.value&&o`<${p} kind="quiet" title="Save this search as a test that should find this" onClick=${()=>l(!0)}>Save as a test<//>`}
    </div>
    ${r&&s.seq!==null&&o`<${be} agent=${e} seq=${s.seq} forms=${s.forms??[]} />`}
    ${m&&o`<${we} agent=${e} asked=${t} hit=${s} rank=${a} onClose=${()=>l(!1)} onSaved=${i} />`}
  </li>`}function De({hit:e}){let[t,s]=h(!1),a=e.forms??[],{start:n,end:i}=t?{start:0,end:e.text.length}:fe(e.text,a),r=i-n<e.text.length;return o`
    <p class="hit-text" dir="auto">${n>0&&"… "}${H(e.text.slice(n,i),a)}${i<e.text.length&&" …"}</p>
    ${(r||t)&&o`<p><${p} kind="quiet" rest=${{"aria-expanded":String(t)}} onClick=${()=>s(!t)}>${t?"Show less":"Show all of it"}<//></p>`}
  `}function Fe({hit:e}){if(e.tier==="recall")return o`<bdi>${e.speaker}</bdi>`;if(e.tier==="core")return o`block <bdi>${e.label}</bdi>`;let t=e.passage,s=[t?.source&&o`<bdi>${t.source}</bdi>`,t?.page&&`page ${t.page}`,t?.heading&&o`<bdi>${t.heading}</bdi>`,e.archive&&o`in the archive <bdi>${e.archive}</bdi>`,t?.tags.length&&o`<span class="muted" dir="auto">#${t.tags.join(" #")}</span>`,t?.superseded_by&&o`<${b} kind="warn">replaced later<//>`].filter(Boolean);return s.length?s.map((a,n)=>o`<span key=${n}>${n>0&&" · "}${a}</span>`):o`<span class="muted">a note of the agent</span>`}function Re({agent:e,hit:t}){let s=(n,i={})=>q(["agents",e.name,...n],i);if(t.seq!==null)return o`<a href=${s(["chat"],{seq:t.seq})}>Open in the chat</a>`;if(t.tier==="core")return o`<a href=${s(["memory"])}>Open the block</a>`;let a=t.passage;if(a?.source&&a.number!==null){let n=a.page?`page ${a.page}`:`passage ${a.number}`;return o`<a href=${s(["documents",a.source],{passage:a.number,archive:t.archive})}>Open the document at ${n}</a>`}return o`<a href=${s(["memory","archival"])}>Open the archive</a>`}function xe({agent:e,version:t}){let s=S`agents/${e.id}/searches`,a=Y(s,{}),[n,i]=h({}),[r,c]=h(null),m=T(null);B(()=>{t&&a.reload()},[t]);let l=async $=>{let d=await I("POST",`${s}/${encodeURIComponent($.id)}/run`).then(g=>({tried:g,problem:null}),g=>({tried:null,problem:z(g).message}));i(g=>({...g,[$.id]:d}))},u=async()=>{let $=a.items??[];i({});for(let[d,g]of $.entries())c({done:d,all:$.length}),await l(g);c(null)},f=async $=>{await ae({title:"Delete the saved search?",text:o`<p>The agent forgets nothing; only the test <b dir="auto">${$.search.queries.join(" + ")}</b> goes.</p>`,action:"Delete",isDangerous:!0})&&(await I("DELETE",`${s}/${encodeURIComponent($.id)}`),await a.reload(),m.current?.focus())},v=Object.values(n),x=v.filter($=>$.tried?.passed).length;return o`<section class="saved" aria-labelledby="saved-heading">
    <div class="row row-between">
      <h2 id="saved-heading" ref=${m} tabindex="-1">Saved searches</h2>
      ${a.items&&a.items.length>0&&o`<${p} onClick=${u} busy=${r!==null}>Run all<//>`}
    </div>
    ${r&&o`<${oe} label="Running search ${r.done+1} of ${r.all}" done=${r.done} whole=${r.all} />`}
    <p role="status" class="muted">${!r&&v.length>0&&`${w(x)} passed, ${w(v.length-x)} failed.`}</p>
    <${ne} of=${a} what="the saved searches" empty=${o`<p class="muted">None yet. «Save as a test» at a result keeps the search with what it should find, and you see after any change whether it still does.</p>`}>
      ${$=>o`<ul class="saved-list">
        ${$.map(d=>o`<${Le} key=${d.id} agent=${e} saved=${d} outcome=${n[d.id]} onRun=${()=>l(d)} onRemove=${()=>f(d)} />`)}
      </ul>`}
    <//>
  </section>`}function Le({agent:e,saved:t,outcome:s,onRun:a,onRemove:n}){let i=le(t.search),{expected:r}=s?.tried??t;return o`<li class="card saved-line">
    <div class="row">
      <a class="grow" dir="auto" href=${q(["agents",e.name,"search"],R(i))}>${t.search.queries.join(" + ")}</a>
      ${s&&o`<${Ae} outcome=${s} within=${t.within} />`}
    </div>
    ${L(i).length>0&&o`<p class="small muted" dir="auto">${L(i).join(" · ")}</p>`}
    <p class="saved-expected" dir="auto">${r.text??o`<span class="muted">What it should find was deleted.</span>`}</p>
    <div class="row small muted">
      <span>should be among the first ${w(t.within)}; ${t.rank===null?"was not found":`was at place ${w(t.rank)}`} when it was saved, <${C} time=${t.created_at} /></span>
      ${r.text!==null&&o`<a href=${ve(e.name,r)}>Open it</a>`}
      <${p} kind="quiet" onClick=${a}>Run<//>
      ${j.value&&o`<${p} kind="quiet" label="Delete this saved search" onClick=${n}>Delete<//>`}
    </div>
  </li>`}function Ae({outcome:e,within:t}){let{tried:s,problem:a}=e;if(!s)return o`<${b} kind="bad">${a}<//>`;let n=M(s.seconds);return s.passed?o`<${b} kind="good">passed: place ${w(s.rank??0)}, in ${n}<//>`:s.expected.text===null?o`<${b} kind="bad">failed: deleted<//>`:o`<${b} kind="bad">failed: ${s.rank===null?"not found":`place ${w(s.rank)}, not among ${w(t)}`}<//>`}function je({agent:e,query:t}){let s=ie(t),a=["agents",e.name,"search"],n=s.queries.length>0,i=W(l=>n?I("POST",S`agents/${e.id}/search`,_(s),{signal:l}):Promise.resolve(null),[e.id,s]),[r,c]=h(0),m=l=>{let u=q(a,R(l));u===q(a,R(s))?i.reload():J(u)};return o`<div class="search stack">
    <${ce} agent=${e} asked=${s} onSearch=${m} />
    ${i.problem&&o`<${te} problem=${i.problem} onRetry=${i.reload} />`}
    <p role="status" class="muted search-told">${n&&(i.data?Me(i.data):i.isLoading?"Searching …":"")}</p>
    ${n?i.data&&o`<${_e} agent=${e} asked=${s} found=${i.data} onSearch=${m} onSaved=${()=>c(r+1)} />`:o`<${F} title="Ask what the agent knows">
          <p>Write a question or a few words, and press Enter. It is looked for in core memory, in all that was said, and in the archives with their documents.</p>
        <//>`}
    <${xe} agent=${e} version=${r} />
  </div>`}function Me(e){let t=e.left_out?` ${y(e.left_out,"more result")} did not fit into the budget.`:"";return`${y(e.items.length,"result")} with ${y(e.tokens,"token")}, found in ${M(e.seconds)}.${t}`}function _e({agent:e,asked:t,found:s,onSearch:a,onSaved:n}){let i=$e(s.items),r=T(null),c=t.limit??20,m=s.items.length+s.left_out>=c&&c<200;return o`
    ${s.troubles.map(l=>o`<p key=${l} class="note note-warn">${l}</p>`)}
    ${s.items.length===0&&o`<${ue} asked=${t} found=${s} onSearch=${a} />`}
    <ol class="hits" ref=${r}>
      ${s.items.map((l,u)=>o`<${ke} key=${`${l.tier} ${l.id}`} agent=${e} asked=${t} hit=${l} rank=${u+1} best=${i} onSaved=${n} />`)}
    </ol>
    ${m&&o`<div class="row row-center">
      <button type="button" class="button" onClick=${()=>a({...t,limit:200})}>Show up to ${200} results</button>
    </div>`}
  `}export{je as default};
