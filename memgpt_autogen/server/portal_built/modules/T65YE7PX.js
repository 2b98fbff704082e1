import{a as K}from"./CV7LKRS5.js";import{a as G}from"./4JU45E3I.js";import{a as q,b as P}from"./EJKEL276.js";import{a as _,b as $,c as R,h as x,i as M,j as A,k as L,m as H,n as v}from"./GSDD7SKE.js";import{c as y}from"./T3BZZKVX.js";import{D as I,E as W,F as k,I as T,J as w,K as h,L as O,M as D,c as u,f as J,m as n,q as E,r as U,s as p,u as b,w as f,y as S,z as V}from"./NZ6VOXHM.js";var ne=50,Y={query:"",speaker:"",source:"",start:"",end:"",blocks:"",shared:!1,alike:!1};function z({agent:e,reload:t}){let[s,a]=u(Y),[i,r]=u(null),o=J(null);if(!y.value)return n`<p class="muted">Your key may not change agents, so it cannot let them forget.</p>`;let l=m=>se=>{a(F=>({...F,[m]:se})),r(F=>F?.dry_run?null:F)},d=!["query","speaker","source","start","end"].some(m=>String(s[m]).trim()),c=async m=>{r(await f("POST",p`agents/${e.id}/forget`,{...ae(s),dry_run:m,...m?{texts:ne}:{}})),o.current?.focus()},g=async()=>{let m=n`<p>The words are deleted from the log, the summaries, archival memory, searches and files. Nothing brings them back: no undo, and no moment of the past.</p>`;await P({title:"Forget this for good?",text:m,action:"Forget it",isDangerous:!0})&&(await c(!1),k(`${e.name} has forgotten it.`),a(Y),await t())};return n`
    <section class="card">
      <h2>What ${e.name} shall forget</h2>
      <p class="muted">All conditions that you give must hold. Nothing is deleted before you have seen what it would be.</p>
      <${w} submit="Show what would go" onSubmit=${()=>c(!0)} disabled=${d}>
        <div class="columns">
          <${h} label="Exactly these words" value=${s.query} onInput=${l("query")} hint="As whole words, whoever said them." />
          <${h} label="Said by" value=${s.speaker} onInput=${l("speaker")} hint="The name of a speaker." />
          <${h} label="From the document" value=${s.source} onInput=${l("source")} hint="The name of a source; passages have one, messages have none." />
          <${h} label="From" type="datetime-local" value=${s.start} onInput=${l("start")} hint="In the time of your device." />
          <${h} label="Until" type="datetime-local" value=${s.end} onInput=${l("end")} />
          <${O} label="Blocks of core memory" value=${s.blocks} onInput=${l("blocks")} options=${[["","Cut it out if words are given"],["true","Cut it out"],["false","Leave them as they are"]]} />
        </div>
        <${D} label="Also from shared blocks and a shared archive" checked=${s.shared} onInput=${l("shared")} hint="Other agents have them, too." />
        <${D} label="Also what is only alike" checked=${s.alike} onInput=${l("alike")} hint="Such as Jose for José." />
      <//>
    </section>
    <section class="stack" tabindex="-1" ref=${o} aria-live="polite" aria-label="Report">
      ${i&&n`<${le} agent=${e.name} report=${i} />`}
      ${i?.dry_run&&oe(i)>0&&n`<div class="row row-end"><${T} kind="danger" onClick=${g}>Forget it for good<//></div>`}
    </section>
  `}function ae(e){let{shared:t,alike:s}=e,a=Object.fromEntries(["query","speaker","source"].map(r=>[r,e[r].trim()||null])),i=Object.fromEntries(["start","end"].map(r=>[r,e[r]?new Date(e[r]).toISOString():null]));return{...a,...i,shared:t,alike:s,blocks:e.blocks===""?null:e.blocks==="true"}}var j=e=>Object.values(e).reduce((t,s)=>t+s,0),N=e=>Object.entries(e).map(([t,s])=>`${t} (${_(s)})`).join(", "),oe=e=>e.entries+e.passages+e.summaries+e.blocks_changed.length+j(e.redacted)+(e.runs??0)+(e.acts_changed??0)+(e.paths_changed??0);function ie(e){return[["Messages",e.messages,N(e.speakers)],["Entries of the log",e.entries,e.first&&e.last?`${R(e.first)} to ${R(e.last)}`:""],["Other entries that lose a quote",j(e.redacted),N(e.redacted)],["Passages",e.passages,""],["Blocks that lose sentences",e.blocks_changed.length,e.blocks_changed.join(", ")],["Summaries written again",e.summaries,""],["Runs and jobs of the server",e.runs??0,""],["Entries of the audit",e.acts_changed??0,""],["Paths of documents",e.paths_changed??0,""]].filter(([,s])=>s>0)}function re(e){let t=[];return e.known_names&&t.push(`Nobody, or no document, has this name. There are: ${e.known_names.slice(0,20).join(", ")||"none"}.`),e.blocks_left.length&&t.push(`Blocks that still have some of it: ${e.blocks_left.join(", ")}. Choose «Cut it out», or edit them in its memory.`),e.passages_left&&t.push(`${$(e.passages_left,"passage")} of a shared archive, which other agents read, too.`),j(e.archives_left)&&t.push(`Passages of attached archives: ${N(e.archives_left)}.`),j(e.alike_left)&&t.push(`What is only alike: ${N(e.alike_left)}.`),j(e.names_left)&&t.push(`Names, which stay: ${N(e.names_left)}.`),e.paths_left&&t.push(`Paths of ${$(e.paths_left,"document")}, since the archive has another embedding model.`),j(e.heard_by)&&t.push(`Other agents that have it, too, and must forget it themselves: ${N(e.heard_by)}.`),!e.dry_run&&!e.scrubbed&&t.push("The files of the database may still have traces, since another process has it open. Forget it again when no other one uses it."),t}function le({agent:e,report:t}){let s=ie(t),a=re(t),i=t.texts??[],r=t.dry_run?s.length?"This would be forgotten":"There is nothing to forget":"This was forgotten";return n`<div class="card stack">
    <div class="row row-between">
      <h2>${r}</h2>
      ${!t.dry_run&&n`<${T} onClick=${()=>de(e,t,r,s,a)}>Download the report<//>`}
    </div>
    ${s.length>0&&n`<div class="table-frame"><table>
      <thead><tr><th scope="col">Place</th><th scope="col" class="number">How many</th><th scope="col">Which</th></tr></thead>
      <tbody>${s.map(([o,l,d])=>n`<tr key=${o}><td>${o}</td><td class="number">${_(l)}</td><td dir="auto">${d}</td></tr>`)}</tbody>
    </table></div>`}
    ${a.length>0&&n`<div><h3>What stays</h3><ul>${a.map(o=>n`<li dir="auto">${o}</li>`)}</ul></div>`}
    ${i.length>0&&n`<details open>
      <summary>The first ${$(i.length,"text")}</summary>
      <ul class="settings-list">
        ${i.map(o=>n`<li>
            <span class="muted small">${o.what} <bdi>${o.name??""}</bdi> ${o.time&&n`<${L} time=${o.time} />`}</span>
            ${o.after===null?n`<p class="settings-text" dir="auto"><del>${o.before}</del></p>`:n`<${G} before=${o.before} after=${o.after} />`}
          </li>`)}
      </ul>
    </details>`}
  </div>`}function de(e,t,s,a,i){let r=new Date().toISOString(),o=[`${s}: ${e}, ${r}`,"",...a.map(([c,g,m])=>`${c}: ${g}${m&&` (${m})`}`)];i.length&&o.push("","What stays:",...i.map(c=>`- ${c}`)),o.push("",JSON.stringify(t,null,2),"");let l=URL.createObjectURL(new Blob([o.join(`
`)],{type:"text/plain"})),d=document.createElement("a");d.href=l,d.download=`forgotten-${e}-${r.slice(0,10)}.txt`,d.click(),setTimeout(()=>URL.revokeObjectURL(l),1e4)}function X({agent:e}){let t=S(async s=>{let[a,i,r]=await Promise.all([b("models",{},s),ue(s),b("runs",{agent:e.id,limit:1},s)]);return{models:a,part:i.find(o=>o.name==="model")??null,run:r.items[0]??null}},[e.id]);return n`<section class="card stack">
    <div class="row row-between">
      <h2>Model</h2>
      <${T} label="Look again for models" onClick=${t.reload}>Look again<//>
    </div>
    <${x} of=${t} what="the models">
      ${({models:s,part:a,run:i})=>n`
        <p class="row"><strong>${s.model}</strong>
          ${a&&n`<${v} kind=${a.ok?"good":"bad"}>${me(s.model,a.detail)}<//>`}
          ${s.window_tokens!==null&&n`<${v}>window of ${$(s.window_tokens,"token")}<//>`}
        </p>
        ${s.model==="offline"&&n`<p class="note note-warn">No language model is used: the built-in rules answer. Start Ollama or another server of models on the server's machine, or set a key there, and look again.</p>`}
        ${i?.model&&n`<p class="muted">Its newest run used ${i.model}, <${L} time=${i.started??i.created} />.</p>`}
        <p class="muted">All agents of this home use this model. Who runs the server chooses another one by the setting <code>model</code> and starts it again.</p>
        <${ce} models=${s} />
      `}
    <//>
  </section>`}function ce({models:e}){return e.found.length===0?n`<p class="muted">No other server of models and no key was found on its machine.</p>`:n`<details>
    <summary>${$(e.found.length,"place")} with models found</summary>
    <ul class="settings-list">
      ${e.found.map(t=>n`<li key=${t.kind}>
          <strong>${t.kind}</strong> ${t.address&&n`<code>${t.address}</code>`} ${t.has_key&&n`<${v}>key is set<//>`} ${t.loading&&n`<${v} kind="warn">loads its model<//>`}
          <div class="muted small">${[...t.models,...t.embedding_models].join(", ")}</div>
        </li>`)}
    </ul>
  </details>`}var me=(e,t)=>e==="offline"?"built in":t.replace(e,"").replace(/[()]/g,"").trim()||"ready";async function ue(e){try{return(await b("../../ready",{},e)).parts}catch(t){if(t instanceof E&&t.rest.parts)return t.rest.parts;throw t}}function Q({agent:e,reload:t}){return n`
    <div class="columns">
      <div class="stack">
        ${y.value&&n`<${he} agent=${e} />`}
        <${X} agent=${e} />
        <${pe} agent=${e} reload=${t} />
      </div>
      <${$e} agent=${e} />
    </div>
    ${y.value&&n`<${fe} agent=${e} />`}
  `}function he({agent:e}){let[t,s]=u(e.name);return n`<section class="card">
    <h2>Name</h2>
    <${w} submit="Rename" onSubmit=${async()=>{let i=await f("PATCH",p`agents/${e.id}`,{name:t.trim()});k(`The agent is called ${i.name} now.`),W(I(["agents",i.name,"settings"]),{replace:!0})}} disabled=${!t.trim()||t.trim()===e.name}>
      <${h} label="Name of the agent" value=${t} onInput=${s} required hint="Up to 64 characters, without spaces. Programs that use the name need the new one; the id stays." rest=${{maxlength:64,autocomplete:"off"}} />
      <p class="muted small">Id: <code>${e.id}</code></p>
    <//>
  </section>`}function $e({agent:e}){let[t,s]=u(null);return n`<section class="card stack">
    <h2>Who it is and whom it knows</h2>
    <p class="muted">Blocks are always in the prompt. <a href=${I(["agents",e.name,"memory"])}>Edit them in its memory</a>.</p>
    ${e.blocks.map(a=>n`<article key=${a.label}>
        <div class="row row-between">
          <h3 dir="auto">${a.label}</h3>
          <span class="muted small">${_([...a.value].length)} of ${$(a.limit,"character")}</span>
        </div>
        ${a.value?n`<p class="settings-text" dir="auto">${a.value}</p>`:n`<p class="muted">empty</p>`}
        ${y.value&&a.value.trim()&&n`<${T} label="Save as template: ${a.label}" onClick=${()=>s(a)}>Save as template<//>`}
      </article>`)}
    ${t&&n`<${ge} agent=${e.name} block=${t} onClose=${()=>s(null)} />`}
  </section>`}function pe({agent:e,reload:t}){let s=async()=>{if(!await P({title:"Evict now?",text:"Half of the messages in the prompt are evicted into the summary now. The log keeps every word, and searches find it. This cannot be undone.",action:"Evict half"}))return;let i=await f("POST",p`agents/${e.id}/compact`);k(i.evicted?`${$(i.messages,"message")} evicted: ${_(i.tokens_before)} tokens before, ${_(i.tokens_after)} now.`:"There was nothing to evict."),await t()};return n`<section class="card stack">
    <h2>Keep and shorten</h2>
    <p>All that it remembers is in one file, which any home can import under «Agents». The file is not encrypted.</p>
    <div class="row">
      <a class="button" href=${U(p`agents/${e.id}/export`).href} download="${e.name}.zip">Export to a file</a>
      ${y.value&&n`<${T} onClick=${s}>Evict half of the prompt<//>`}
    </div>
  </section>`}function fe({agent:e}){let[t,s]=u(!1);return n`<section class="card row row-between">
    <div class="grow">
      <h2>Delete</h2>
      <p class="muted">Deletes the agent with everything that belongs to it alone, for good. Export it first if you may want it back.</p>
    </div>
    <${T} kind="danger" onClick=${()=>s(!0)}>Delete ${e.name}<//>
    ${t&&n`<${ye} agent=${e} onClose=${()=>s(!1)} />`}
  </section>`}function ge({agent:e,block:t,onClose:s}){let[a,i]=u(t.label==="persona"?"persona":"human"),[r,o]=u(e.replace(/[^\p{L}\p{N}_-]+/gu,"-")),[l,d]=u(!1),c=p`templates/${a}/${r.trim()}`,g=async()=>{if(!l&&await be(c)){d(!0);return}await f("PUT",c,{text:t.value}),k(`The ${a} ${r.trim()} is among the templates.`),s()};return n`<${q} title="Save ${t.label} as a template" onClose=${s}>
    <${w} submit=${l?"Replace it":"Save"} kind=${l?"danger":"primary"} onSubmit=${g} disabled=${!r.trim()}>
      <${O} label="Kind" value=${a} onInput=${m=>(i(m),d(!1))} options=${[["persona","Persona: who an agent is"],["human","Human: whom it talks with"]]} />
      <${h} label="Name of the template" value=${r} onInput=${m=>(o(m),d(!1))} required hint="Letters, digits, _ and -." rest=${{maxlength:64,autocomplete:"off"}} />
      ${l&&n`<p class="note note-warn" role="alert">There is a ${a} of this name already. Replace its text, or give another name.</p>`}
    <//>
  <//>`}async function be(e){try{return await b(e),!0}catch(t){if(t instanceof E&&t.status===404)return!1;throw t}}function ye({agent:e,onClose:t}){let[s,a]=u(""),i=S(()=>f("DELETE",p`agents/${e.id}`,void 0,{query:{dry_run:!0}}),[e.id]),r=async()=>{await f("DELETE",p`agents/${e.id}`),k(`${e.name} is deleted.`),W(I(["agents"])),t()};return n`<${q} title="Delete ${e.name}?" onClose=${t}>
    <${x} of=${i} what="what that deletes">
      ${o=>n`<${w} submit="Delete for good" kind="danger" onSubmit=${r} disabled=${s!==e.name}>
        <p>This deletes ${$(o.messages,"message")}, ${$(o.passages,"passage")} and ${$(o.blocks.length,"block")}${o.blocks.length?` (${o.blocks.join(", ")})`:""}. It cannot be undone.</p>
        ${o.left.length>0&&n`<p>Shared blocks stay, since other agents have them: ${o.left.join(", ")}.</p>`}
        ${Object.keys(o.heard_by).length>0&&n`<p>Other agents have heard it and remember that: ${Object.entries(o.heard_by).map(([l,d])=>`${l} (${$(d,"message")})`).join(", ")}.</p>`}
        ${o.forks.length>0&&n`<p>Its forks stay: ${o.forks.join(", ")}.</p>`}
        <${h} label="Type ${e.name} to delete it" value=${s} onInput=${a} rest=${{autocomplete:"off",spellcheck:!1}} />
      <//>`}
    <//>
  <//>`}var C=[{name:"turns_at_once",used:"running",text:"Turns at once",step:"1"},{name:"turns_a_day",used:"turns",text:"Turns in 24 hours",step:"1"},{name:"tokens_a_day",used:"tokens",text:"Tokens in 24 hours",step:"1"},{name:"cost_a_day",used:"cost",text:"Cost in 24 hours",step:"any",hint:"In the currency of the setting price."}];function Z({agent:e}){let t=S(s=>b(p`agents/${e.id}/limits`,{},s),[e.id]);return n`<${x} of=${t} what="the limits">
    ${s=>n`<div class="columns">
      <section class="card stack">
        <h2>Used in the last 24 hours</h2>
        ${C.map(({name:a,used:i,text:r})=>{let o=s[a];return n`<div key=${a}>
            <h3>${r}</h3>
            ${o===null?n`<p>${_(s.used[i])} <span class="muted">without a limit</span></p>`:n`<${H} label=${r} used=${s.used[i]} limit=${o} />`}
          </div>`})}
      </section>
      ${y.value&&n`<${we} key=${JSON.stringify({...s,used:null})} agent=${e} limits=${s} onSaved=${t.set} />`}
    </div>`}
  <//>`}function we({agent:e,limits:t,onSaved:s}){let[a,i]=u(Object.fromEntries(C.map(({name:o})=>[o,t[o]===null?"":String(t[o])])));return n`<section class="card">
    <h2>Limits</h2>
    <p class="muted">An empty field limits nothing. The limits of the user and of the key count, too. A turn that would go beyond one is refused and says when to try again.</p>
    <${w} submit="Save the limits" onSubmit=${async()=>{let o=Object.fromEntries(C.map(({name:l})=>[l,a[l].trim()===""?null:Number(a[l])]));s(await f("PUT",p`agents/${e.id}/limits`,o)),k("The limits are saved.")}}>
      ${C.map(({name:o,text:l,step:d,hint:c})=>n`<${h} key=${o} label="Limit: ${l.toLowerCase()}" type="number" value=${a[o]} onInput=${g=>i(m=>({...m,[o]:g}))} hint=${c} rest=${{min:"0",step:d,inputmode:"decimal"}} />`)}
    <//>
  </section>`}function ee({agent:e}){let t=V("audit",{agent:e.id,limit:50});return n`<section class="stack">
    <p class="muted">What changed ${e.name} through this server, under its present name. What the agent itself did is in its log and its past.</p>
    <${M} of=${t} what="the audit" empty=${n`<${A} title="Nothing was done to it yet.">Edits, uploads and limits appear here.<//>`}>
      ${s=>n`<div class="table-frame"><table>
        <thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">To</th><th scope="col">By</th></tr></thead>
        <tbody>${s.map(a=>n`<tr key=${a.number}>
            <td><${L} time=${a.time} /></td>
            <td>${a.action.replaceAll("_"," ")}</td>
            <td dir="auto">${a.name??""}</td>
            <td>${a.key_id?n`key <code>${a.key_id.slice(0,8)}</code>`:"admin password or terminal"}</td>
          </tr>`)}</tbody>
      </table></div>`}
    <//>
  </section>`}var ve={built_in:"built in",operator:"the server's own",mcp:"MCP server"};function te({agent:e}){let[t,s]=u(""),a=S(async i=>{let[r,o]=await Promise.all([b(p`agents/${e.id}/tools`,{},i),b("tools",{limit:200},i)]);return{tools:r.items,known:new Map(o.items.map(l=>[l.name,l]))}},[e.id]);return n`
    <p class="muted">Every agent of this home has the built-in functions and those of the server. The admin adds MCP servers; in a run, a program can bring functions of its own.</p>
    <${x} of=${a} what="the functions">
      ${({tools:i,known:r})=>{let o=t.trim().toLowerCase(),l=i.filter(d=>`${d.name} ${d.description}`.toLowerCase().includes(o));return n`
          <${h} label="Filter ${$(i.length,"function")}" type="search" value=${t} onInput=${s} />
          ${l.length===0&&n`<${A} title="No function has these words.">Clear the filter to see all of them.<//>`}
          <ul class="settings-tools">
            ${l.map(d=>n`<li key=${d.name}><${ke} agent=${e.id} tool=${d} home=${r.get(d.name)} /></li>`)}
          </ul>
        `}}
    <//>
  `}function ke({agent:e,tool:t,home:s}){let[a,i]=u(!1);return n`<details class="card" onToggle=${r=>i(r.currentTarget.open)}>
    <summary>
      <code>${t.name}</code>
      ${s&&n` <${v}>${ve[s.origin]}${s.server?`: ${s.server}`:""}<//>`}
      ${s&&s.approval!=="never"&&n` <${v} kind="warn">${s.approval==="always"?"must be allowed":"must sometimes be allowed"}<//>`}
      <span class="settings-about" dir="auto">${t.description}</span>
    </summary>
    ${a&&(y.value?n`<${xe} agent=${e} tool=${t} />`:n`<pre>${JSON.stringify(t.parameters,null,2)}</pre>`)}
  </details>`}var Te=["inner_thoughts","request_heartbeat"];function _e(e){let t=e.required??[];return Object.entries(e.properties??{}).filter(([s])=>!Te.includes(s)).map(([s,a])=>({name:s,kind:Se(a),schema:a,isNeeded:t.includes(s)}))}function Se(e){if(e.enum)return"choice";let t=[e.type??e.anyOf?.map(a=>a.type)??[]].flat(2).filter(a=>a!=="null");return t.length!==1?"json":{string:"text",integer:"number",number:"number",boolean:"yes"}[t[0]??""]??"json"}function xe({agent:e,tool:t}){let s=_e(t.parameters),[a,i]=u(()=>Object.fromEntries(s.map(d=>[d.name,Ee(d)]))),[r,o]=u(null);return n`<div class="stack settings-trial">
    <${w} submit="Test run" onSubmit=${async()=>{o(null);let d=s.map(c=>[c.name,Ie(c,a[c.name])]).filter(([,c])=>c!==void 0);o(await f("POST",p`agents/${e}/tools/${t.name}/run`,{arguments:Object.fromEntries(d)}))}}>
      <p class="muted small">It runs as the agent's model would run it, between two turns: what it changes is changed. The log does not have the call.</p>
      ${s.map(d=>n`<${Oe} key=${d.name} field=${d} value=${a[d.name]} onInput=${c=>i(g=>({...g,[d.name]:c}))} />`)}
      ${s.length===0&&n`<p>It takes no arguments.</p>`}
    <//>
    <div aria-live="polite">
      ${r&&n`<p>${r.ok?n`<${v} kind="good">returned<//>`:n`<${v} kind="bad">failed<//>`}</p>
        <pre dir="auto">${r.text||"(nothing)"}</pre>`}
    </div>
  </div>`}function Oe({field:e,value:t,onInput:s}){let{name:a,kind:i,schema:r,isNeeded:o}=e,l=o?a:`${a} (optional)`,d=r.description??"",c=[d&&!/[.!?]$/.test(d)?`${d}.`:d,i==="json"?"As JSON.":"",r.default===void 0?"":`Without it: ${JSON.stringify(r.default)}.`].filter(Boolean).join(" ");if(i==="yes")return n`<${O} label=${l} value=${t} onInput=${s} hint=${c} options=${[["","—"],["true","yes"],["false","no"]]} />`;if(i==="choice"){let g=(r.enum??[]).map(m=>[JSON.stringify(m),String(m)]);return n`<${O} label=${l} value=${t} onInput=${s} hint=${c} options=${[["","—"],...g]} />`}return i==="number"?n`<${h} label=${l} type="number" value=${t} onInput=${s} hint=${c} required=${o} rest=${{step:r.type==="integer"?"1":"any"}} />`:n`<${h} label=${l} rows=${i==="json"?3:2} value=${t} onInput=${s} hint=${c} />`}function Ee({kind:e,schema:t,isNeeded:s}){return e==="choice"&&s?JSON.stringify(t.enum?.[0]):""}function Ie({name:e,kind:t,isNeeded:s},a){if(!(a===""&&!(s&&t==="text"))){if(t==="text")return a;try{return JSON.parse(a)}catch{throw new E(0,`${e} is no JSON. Write for example ["a", "b"] or {"key": 1}.`)}}}var B=[{place:"",text:"General",View:Q},{place:"limits",text:"Limits",View:Z},{place:"tools",text:"Tools",View:te},{place:"forget",text:"Forget",View:z},{place:"audit",text:"Audit",View:ee}];function Le(e){let{agent:t,rest:s}=e,a=B.find(r=>r.place===(s[0]??""))??B[0],i=r=>I(["agents",t.name,"settings",...r?[r]:[]]);return n`
    <${K} label="Parts of the settings" tabs=${B.map(({place:r,text:o})=>({link:i(r),text:o,isHere:r===a.place}))} />
    <div class="settings stack"><${a.View} ...${e} /></div>
  `}export{Le as default};
