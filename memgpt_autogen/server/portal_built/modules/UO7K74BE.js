import{a as Y,b as Z}from"./BGELYLI3.js";import{a as w}from"./GPHIUOIN.js";import{a as X,b as c,c as k,d as $,e as _,f as S}from"./VRJRYIWO.js";import{a as M}from"./KFWSHZK6.js";import{d as I}from"./H4Z35Y57.js";import{a as U,b as V}from"./3N4M3NCF.js";import{a as p,b as u,c as H,d as J,h as z,i as K,j as C,k as Q}from"./GSDD7SKE.js";import{a as R,b as B,d as D}from"./T3BZZKVX.js";import{A as b,B as W,D as i,E as j,F as q,I as y,L as f,O as G,c as E,d as x,g as L,m as s,s as m,u as v,w as P,y as O,z as F}from"./NZ6VOXHM.js";function A({run:e,onDone:t}){return D.value?s`<${y} kind="danger" onClick=${async o=>{let h=o.currentTarget.closest("tr")?.querySelector("a")??document.getElementById("content");await P("POST",m`runs/${e.id}/cancel`),q("The run is cancelled. What the model still answers is not stored."),await t(),h?.focus()}}>Cancel<//>`:null}function ee({events:e,agent:t,isLive:a}){return s`<ol class="run-events" aria-live=${a?"polite":void 0}>
    ${e.map(o=>s`<li key=${o.number} class="card run-event"><${re} event=${o} agent=${t} /></li>`)}
    ${a&&s`<li class="muted"><span class="spinner" aria-hidden="true"></span> It goes on …</li>`}
  </ol>`}function re({event:{kind:e,data:t},agent:a}){switch(e){case"heard":return s`<h3>Heard <span class="muted" dir="auto">${t.message?.name??t.name??""}</span></h3><p class="said" dir="auto">${t.message?.text??t.text}</p>`;case"thought":return s`<h3>Thought</h3><p class="said muted" dir="auto">${t.text}</p>`;case"tool_called":return s`<details><summary>Called <code>${t.call?.name??t.name}</code></summary><pre dir="auto">${I(t.call?.arguments??t.arguments??"")}</pre></details>`;case"tool_returned":return s`<details open=${t.ok===!1}><summary>${t.ok===!1?"Failed":"Result of"} <code>${t.call?.name??t.name}</code></summary><pre dir="auto">${I(t.text)}</pre></details>`;case"replied":return s`<h3>Said</h3><${U} text=${t.text} />`;case"pressure_warned":return s`<p>The prompt is nearly full: ${u(t.prompt_tokens,"token")} of ${t.window_tokens}.</p>`;case"evicted":return s`<p>${u(t.messages,"message")} left the prompt. <a href=${i(["agents",a,"window"])}>See the window</a></p>`;case"suspended":return s`<p>It waits for an answer to ${(t.calls??[]).map(o=>o.name).join(", ")}.</p>`;case"error":return s`<h3>Failed</h3><p dir="auto">${t.text}</p>`;case"turn_ended":return s`<p class="muted">The turn ended after ${u(t.steps,"step")}: ${c[t.stop_reason]??t.stop_reason}.</p>`;case"heartbeat_limit_reached":return s`<p>A limit was reached: ${c[t.reason]??t.reason}. The agent could only answer then.</p>`;default:return s`<details><summary>${e}</summary><pre dir="auto">${JSON.stringify(t,null,2)}</pre></details>`}}function te({id:e}){let t=O(n=>v(m`runs/${e}`,{},n),[e]),o=w().names.get(t.data?.agent_id)??"the agent";return x(()=>M(e,`Run of ${o}`),[o]),b(t.reload,t.data&&!$(t.data)?2e3:null),s`
    <p><a href=${i(["runs"])}>All runs</a></p>
    <h1>Run of ${s`<span dir="auto">${o}</span>`}</h1>
    <${z} of=${t} what="the run">
      ${n=>s`<${ie} run=${n} reload=${t.reload} /><${me} run=${n} reload=${t.reload} />`}
    <//>
  `}function ie({run:e,reload:t}){let a=o=>i(["agents",e.agent_id,"chat"],o);return s`
    <div class="row run-state" role="status"><${k} run=${e} />${e.place>0&&s`<span>${u(e.place,"run")} of the agent before it</span>`}${!$(e)&&s`<${A} run=${e} onDone=${t} />`}</div>
    ${e.error&&s`<div class="note note-bad"><p dir="auto">${e.error}</p><p><a href=${a({})}>Open the chat, and ask again</a></p></div>`}
    ${e.state==="suspended"&&s`<div class="note note-warn"><p>It waits for ${(e.waiting??[]).map(o=>o.name).join(", ")}${e.expires_at?`, until ${J(e.expires_at)}`:""}.</p><p><a href=${a({})}>Answer in the chat</a></p></div>`}
    <section class="card" aria-label="What was asked">
      ${e.said?.length?e.said.map(o=>s`<p class="said" dir="auto"><b>${o.speaker??"you"}:</b> ${o.text}</p>`):s`<p class="muted">${de[e.act]??e.act}</p>`}
      ${e.heard_seq&&s`<p><a href=${a({seq:e.heard_seq})}>Show it in the log of the agent</a></p>`}
    </section>
    <dl class="facts">
      <div><dt>Asked for</dt><dd>${H(e.created)}</dd></div>
      <div><dt>By</dt><dd><${le} run=${e} /></dd></div>
      <div><dt>Took</dt><dd>${S(e)}</dd></div>
      ${e.stop_reason&&s`<div><dt>Ended because</dt><dd>${c[e.stop_reason]??e.stop_reason}</dd></div>`}
      <div><dt>Model</dt><dd>${e.model??"–"}</dd></div>
      <div><dt>Steps</dt><dd>${p(e.steps)}</dd></div>
      <div><dt>Tokens read</dt><dd>${p(e.prompt_tokens)}</dd></div>
      <div><dt>Tokens written</dt><dd>${p(e.completion_tokens)}</dd></div>
      <div><dt>Cost</dt><dd>${_(e.cost)}</dd></div>
    </dl>
  `}var de={login:"Somebody came, and said nothing yet.",heartbeat:"Nobody said anything: the agent acted by itself.",retry:"The agent answered its last message again."};function le({run:e}){let t=R.value?.user.id??"",a=O(async n=>e.key_id&&!R.value?.agents?v(m`users/${t}/keys`,{limit:200},n):{items:[]},[e.key_id]);if(!e.key_id)return s`the admin password, or a program on the server's machine`;let o=a.data?.items.find(n=>n.id===e.key_id);return o?s`the key <b dir="auto">${o.name}</b>`:s`${B.value?"a key of another user, or":""} a key that was deleted`}function me({run:e,reload:t}){let[a,o]=E([]),[n,h]=E(null);return x(()=>{let d=new AbortController,T=({kind:l,data:g})=>l==="error"||l==="turn_ended"&&g.stop_reason!=="suspended";return(async()=>{let l=await v(m`runs/${e.id}/events`,{},d.signal);if(o(l.items),["ended","failed","cancelled"].includes(l.state))return;let g=l.items.at(-1);await V(m`runs/${e.id}/events`,{signal:d.signal,after:g?`${e.id}:${g.number}`:null,isLast:T,onEvent:({kind:oe,id:N,data:ae})=>{N&&o(ne=>[...ne,{number:Number(N.split(":").pop()),kind:oe,data:ae}])}}),await t()})().catch(l=>d.signal.aborted||h(W(l))),()=>d.abort()},[e.id]),s`
    <h2>What happened</h2>
    ${n&&(n.status===410?s`<p class="note">${n.message.split(".")[0]}. What was said is in <a href=${i(["agents",e.agent_id,"chat"])}>the log of the agent</a>.</p>`:s`<${G} problem=${n} />`)}
    <${ee} events=${a} agent=${e.agent_id} isLive=${!$(e)} />
  `}var pe=2e3,se=50;function ce({id:e,query:t}){return e?s`<${te} key=${e} id=${e} />`:s`<${$e} query=${t} />`}function $e({query:e}){let t=w(),a={agent:e.get("agent")??"",state:e.get("state")??"",reason:e.get("reason")??"",period:e.get("period")??""},o=L(()=>Z(a.period),[a.period]),n=F("runs",{limit:se,agent:a.agent,state:a.state,stop_reason:a.reason,start:o}),h=n.items!==null&&n.items.length<=se&&n.items.some(r=>!$(r));b(n.reload,h?pe:null);let d=r=>j(i(["runs"],{...a,...r}),{replace:!0}),T=Object.values(a).some(Boolean);return s`
    <div class="row row-between">
      <h1>Runs</h1>
      <${y} onClick=${n.reload}>Refresh<//>
    </div>
    <div class="filters" role="search" aria-label="Which runs">
      <${f} label="Agent" value=${a.agent} options=${t.options} onInput=${r=>d({agent:r})} />
      <${f} label="State" value=${a.state} options=${[["","Any"],...Object.entries(X)]} onInput=${r=>d({state:r})} />
      <${f} label="Ended because" value=${a.reason} options=${[["","Any"],...Object.entries(c)]} onInput=${r=>d({reason:r})} />
      <${f} label="Asked for" value=${a.period} options=${Y} onInput=${r=>d({period:r})} />
    </div>
    <${K} of=${n} what="the runs" empty=${s`<${ue} isFiltered=${T} />`}>
      ${r=>s`<${he} runs=${r} names=${t.names} reload=${n.reload} />`}
    <//>
  `}function ue({isFiltered:e}){return e?s`<${C} title="No run is like this."><p><a href=${i(["runs"])}>Show all runs</a></p><//>`:s`<${C} title="No agent was asked for anything yet.">
        <p>Each turn of an agent is listed here: what it heard, what it did, and what that cost.</p>
        <p><a href=${i(["agents"])}>Choose an agent and say something to it</a></p>
      <//>`}function he({runs:e,names:t,reload:a}){return s`<div class="table-frame" tabindex="0" role="region" aria-label="Runs, the newest first">
    <table class="runs">
      <thead>
        <tr><th>Asked for</th><th>Agent</th><th>State</th><th class="number">Steps</th><th class="number">Tokens</th><th class="number">Cost</th><th class="number">Took</th><td></td></tr>
      </thead>
      <tbody>
        ${e.map(o=>s`<tr key=${o.id}>
              <td><a href=${i(["runs",o.id])}><${Q} time=${o.created} /><span class="visually-hidden">, run of ${t.get(o.agent_id)??o.agent_id.slice(0,8)}</span></a></td>
              <td><a href=${i(["agents",o.agent_id,"chat"])} dir="auto">${t.get(o.agent_id)??o.agent_id.slice(0,8)}</a></td>
              <td><${k} run=${o} />${o.error&&s`<p class="small run-error" dir="auto">${o.error}</p>`}</td>
              <td class="number">${p(o.steps)}</td>
              <td class="number">${p(o.prompt_tokens+o.completion_tokens)}</td>
              <td class="number">${_(o.cost)}</td>
              <td class="number">${S(o)}</td>
              <td>${!$(o)&&s`<${A} run=${o} onDone=${a} />`}</td>
            </tr>`)}
      </tbody>
    </table>
  </div>`}export{ce as default};
