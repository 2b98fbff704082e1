import{a as O,b as A,c as B}from"./2S56UU5N.js";import{a as R,b as Q}from"./BP6J6IBI.js";import{a as P,b as M,c as j}from"./7LFTHFCE.js";import{a as J,b as K}from"./EJKEL276.js";import{a as W,b as g,i as V,j as x,k as _}from"./GSDD7SKE.js";import{c as z,e as S}from"./T3BZZKVX.js";import{D as w,E as T,F as U,G as L,I as d,J as k,K as y,L as G,c as m,d as f,f as E,m as a,s as h,u as b,w as p,y as D,z as Y}from"./NZ6VOXHM.js";function X({agents:e,acts:t}){return a`<ul class="grid agents">
    ${e.map(o=>a`<li key=${o.id} class="card agent-card">
        <div class="row row-between">
          <h2><${ee} agent=${o} /></h2>
          <${j} id=${o.id} known=${o.overview.activity} />
        </div>
        <p class="line muted small" dir="auto" title=${o.overview.persona}>${o.overview.persona}</p>
        ${o.overview.human&&a`<p class="line muted small" dir="auto" title=${o.overview.human}>${o.overview.human}</p>`}
        <${te} agent=${o} />
        <div class="agent-foot small">
          <span class="muted">${o.active_at?a`<${_} time=${o.active_at} /> · `:""}${g(o.messages,"message")} · ${g(o.overview.tokens_today,"token")} today</span>
          <${oe} agent=${o} acts=${t} />
        </div>
      </li>`)}
  </ul>`}function Z({agents:e,acts:t}){return a`<div class="table-frame" tabindex="0" role="region" aria-label="Agents">
    <table>
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col">Now</th>
          <th scope="col">Last words</th>
          <th scope="col">Active</th>
          <th scope="col" class="number">Messages</th>
          <th scope="col" class="number">Tokens today</th>
          <th scope="col"><span class="visually-hidden">Actions</span></th>
        </tr>
      </thead>
      <tbody>
        ${e.map(o=>a`<tr key=${o.id}>
            <th scope="row" class="agent-name"><${ee} agent=${o} /></th>
            <td><${j} id=${o.id} known=${o.overview.activity} /></td>
            <td class="agent-words"><${te} agent=${o} /></td>
            <td><${_} time=${o.active_at} /></td>
            <td class="number">${W(o.messages)}</td>
            <td class="number">${W(o.overview.tokens_today)}</td>
            <td><${oe} agent=${o} acts=${t} /></td>
          </tr>`)}
      </tbody>
    </table>
  </div>`}function ee({agent:e}){return a`<a href=${w(["agents",A(e),"chat"])} dir="auto">${e.name}</a>`}function te({agent:e}){let t=e.overview.last_words;return t?a`<p class="last-words"><span class="muted"><bdi>${t.speaker??e.name}</bdi>: </span><bdi>${t.text}</bdi></p>`:a`<p class="last-words muted">Nothing was said yet.</p>`}function oe({agent:e,acts:t}){return a`<span class="row agent-acts">
    ${t.fork&&a`<${d} kind="quiet" label="Fork ${e.name}" onClick=${()=>t.fork?.(e)}>Fork<//>`}
    ${t.remove&&a`<${d} kind="quiet" label="Delete ${e.name}" onClick=${()=>t.remove?.(e)}>Delete<//>`}
  </span>`}async function ae(e){let t=await p("DELETE",h`agents/${e.id}`,void 0,{query:{dry_run:!0}}),o=Object.entries(t.heard_by),n=a`
    <p>This deletes ${g(t.messages,"message")}, ${g(t.passages,"passage")} and ${g(t.blocks.length,"block")} for good. It cannot be undone; an export keeps a copy.</p>
    ${t.left.length>0&&a`<p>${t.left.join(", ")}: shared with others, and stays.</p>`}
    ${o.length>0&&a`<p>What it said stays with those that heard it: ${o.map(([r,s])=>`${r} (${s})`).join(", ")}.</p>`}
    ${t.forks.length>0&&a`<p>Its forks keep what they began with: ${t.forks.join(", ")}.</p>`}
  `;return await K({title:`Delete ${e.name}?`,text:n,action:"Delete for good",isDangerous:!0})?(await p("DELETE",h`agents/${e.id}`),U(`${e.name} was deleted.`),!0):!1}var ne=250;function F({value:e,onInput:t,onCheck:o,isOptional:n}){let[r,s]=m(""),c=O(e)||(r===e&&e?`There is an agent ${e} already. Give another name.`:"");return f(()=>o?.((!!e||!!n)&&!c),[e,c,n]),f(()=>{if(!e||O(e))return;let i=new AbortController,u=setTimeout(async()=>{try{let{items:$}=await b("agents",{search:e,limit:50},i.signal);$.some(l=>l.name===e)&&s(e)}catch{}},ne);return()=>(clearTimeout(u),i.abort())},[e]),a`<div>
    <${y}
      label="Name"
      value=${e}
      onInput=${t}
      required=${!n}
      hint=${n?"Leave it empty to take the name in the file.":"Up to 64 characters, without spaces."}
      rest=${{autofocus:!0,autocomplete:"off",spellcheck:!1,"aria-invalid":c?"true":void 0}}
    />
    <p class="fault small" role="status">${c}</p>
  </div>`}var re=[["new","New"],["file","From a file"],["fork","Fork of another"]];function se({onClose:e,way:t="new",of:o="",template:n=""}){let[r,s]=m(t),c={new:ie,file:le,fork:ce}[r];return a`<${J} title="New agent" onClose=${e} isWide>
    <div class="row ways" role="group" aria-label="What it begins with">
      ${re.map(([i,u])=>a`<${d} key=${i} onClick=${()=>s(i)} rest=${{"aria-pressed":String(r===i)}}>${u}<//>`)}
    </div>
    <${c} of=${o} template=${n} />
  <//>`}var H=e=>T(w(["agents",A(e),"chat"]));function ie({template:e}){let[t,o]=m(""),[n,r]=m(!1),[s,c]=m(""),[i,u]=m(""),$=async(v,C)=>{if(!C)return;let I=await b(h`templates/${v}/${C}`),N=v==="preset"?Q(I.text):{persona:v==="persona"?I.text:"",human:v==="human"?I.text:""};N.persona&&c(N.persona),N.human&&u(N.human)};return f(()=>{let[v,C]=e.split("/");C&&$(v,C).catch(L)},[e]),a`<${k} submit="Create" onSubmit=${async()=>H(await p("POST","agents",{name:t,persona:s||null,human:i||null}))} disabled=${!n}>
    <${F} value=${t} onInput=${o} onCheck=${r} />
    <${q} kind="preset" label="Preset" first=${e} onChoose=${$} />
    <div class="columns">
      <div class="stack">
        <${y} label="Persona: who it is" value=${s} onInput=${c} rows=${4} hint="Leave it empty for the usual persona." />
        <${q} kind="persona" label="Persona from a template" first=${e} onChoose=${$} />
      </div>
      <div class="stack">
        <${y} label="Human: who it talks to" value=${i} onInput=${u} rows=${4} hint="It may be empty. The agent adds what it learns." />
        <${q} kind="human" label="Human from a template" first=${e} onChoose=${$} />
      </div>
    </div>
  <//>`}function q({kind:e,label:t,first:o,onChoose:n}){let r=D($=>b(h`templates/${e}`,{limit:200},$),[e]),[s,c]=m(o.startsWith(`${e}/`)?o.slice(e.length+1):""),i=(r.data?.items??[]).map($=>$.name);if(!i.length)return null;let u=$=>{c($),n(e,$).catch(L)};return a`<${G} label=${t} value=${s} options=${[["","none"],...i]} onInput=${u} />`}function le(){let[e,t]=m(""),[o,n]=m(!0),[r,s]=m(null);return a`<${k} submit="Import" onSubmit=${async()=>{let i=new FormData;i.append("file",r),e&&i.append("name",e),H(await p("POST","agents/import",void 0,{form:i}))}} disabled=${!r||!o}>
    <div class="field">
      <label for="import-file">File</label>
      <input id="import-file" type="file" accept=".zip,application/zip" onChange=${i=>s(i.target.files[0]??null)} />
      <p class="hint">A file that “Export” in the settings of an agent made, or <code>memgpt-autogen export</code>.</p>
    </div>
    <${F} value=${e} onInput=${t} onCheck=${n} isOptional />
  <//>`}function ce({of:e}){let[t,o]=m(e),[n,r]=m(e&&B(e,[])),[s,c]=m(!1),i=D(l=>b("agents",{search:t,limit:50},l),[t]),u=(i.data?.items??[]).map(l=>l.name);return f(()=>{e&&u.includes(n)&&r(B(e,u))},[i.data]),a`<${k} submit="Fork" onSubmit=${async()=>H(await p("POST",h`agents/${t}/fork`,{name:n}))} disabled=${!s||!t}>
    <${y}
      label="Fork of"
      value=${t}
      onInput=${o}
      required
      hint="The new agent begins with all that this one remembers, and goes its own way. The past of an agent has forks of earlier moments."
      rest=${{list:"fork-sources",autocomplete:"off"}}
    />
    <datalist id="fork-sources">${u.map(l=>a`<option key=${l} value=${l}></option>`)}</datalist>
    <${F} value=${n} onInput=${r} onCheck=${c} />
  <//>`}function me({query:e}){let t=e.get("search")??"",o=e.get("view")==="table",n=Y("agents",{search:t,limit:50}),r=E(null);M(),$e(n);let s=l=>T(w(["agents"],{search:t,view:o?"table":"",...l}),{replace:!0}),c={fork:S.value?l=>s({new:"fork",of:l.name}):null,remove:z.value?async l=>{await ae(l)&&(await n.reload(),(r.current?.querySelector("input")??document.getElementById("content"))?.focus())}:null},i=o?Z:X,u=e.get("new"),$=n.items?.length===0&&!t;return a`
    <div class="row row-between page-head">
      <h1>Agents</h1>
      ${S.value&&a`<${d} kind=${$?"plain":"primary"} onClick=${()=>s({new:"new"})}>New agent<//>`}
    </div>
    ${!$&&a`<div class="row agents-bar" ref=${r}>
      <${R} label="Search by name" value=${t} onSearch=${l=>s({search:l})} />
      <div class="row" role="group" aria-label="Shown as">
        <${d} onClick=${()=>s({view:""})} rest=${{"aria-pressed":String(!o)}}>Cards<//>
        <${d} onClick=${()=>s({view:"table"})} rest=${{"aria-pressed":String(o)}}>Table<//>
      </div>
    </div>`}
    <${V} of=${n} what="the agents" empty=${t?a`<${x} title="No agent has “${t}” in its name."><${d} onClick=${()=>s({search:""})}>Show all agents<//><//>`:a`<${ue} onOther=${s} />`}>
      ${l=>a`<${i} agents=${l} acts=${c} />`}
    <//>
    ${u&&S.value&&a`<${se} key=${u} way=${u} of=${e.get("of")??""} template=${e.get("template")??""} onClose=${()=>s({})} />`}
  `}function $e(e){let t=E([]);f(()=>{let o=[...P.value?.keys()??[]],n=t.current.filter(s=>!o.includes(s)),r=o.filter(s=>!t.current.includes(s)&&!e.items?.some(c=>c.id===s));t.current=o,n.length+r.length&&e.items&&!e.isLoading&&e.items.length<=50&&e.reload()},[P.value])}function ue({onOther:e}){let[t,o]=m("sam"),[n,r]=m(!0);return S.value?a`<${x} title="Create your first agent">
    <p>It remembers what you tell it, and shows why and since when. You can change everything later.</p>
    <div class="first-agent">
      <${k} submit="Create and chat" onSubmit=${async()=>{await p("POST","agents",{name:t}),T(w(["agents",t,"chat"]))}} disabled=${!n}>
        <${F} value=${t} onInput=${o} onCheck=${r} />
      <//>
    </div>
    <p>Or begin <${d} kind="quiet" onClick=${()=>e({new:"new"})}>with texts of your own<//> or <${d} kind="quiet" onClick=${()=>e({new:"file"})}>with a file<//></p>
  <//>`:a`<${x} title="There is no agent yet."><p>Your key may not create one. Ask whoever gave it to you.</p><//>`}export{me as default};
