import{a as I,b as L}from"./BGELYLI3.js";import{b as M}from"./72FF5D4G.js";import{e as c}from"./VRJRYIWO.js";import{a as B}from"./CV7LKRS5.js";import{a as i,b as f,h as w,i as _,j as x}from"./GSDD7SKE.js";import{a as y,b as v}from"./T3BZZKVX.js";import{D as d,E as C,L as T,M as O,g as S,m as o,u as g,y as k,z as D}from"./NZ6VOXHM.js";var A=864e5,E=200,b=120,F={runs:{name:"Turns",of:e=>e.runs,text:e=>f(e,"turn")},tokens:{name:"Tokens",of:e=>e.prompt_tokens+e.completion_tokens,text:e=>f(e,"token")},cost:{name:"Cost",of:e=>e.cost??0,text:e=>c(e)}};function U({days:e,start:n,of:s}){if(!e.length)return null;let r=F[s]??F.runs,m=new Map(e.map(a=>[a.key,r.of(a)])),l=H(n?.slice(0,10)??e[e.length-1].key,new Date().toISOString().slice(0,10)),u=Math.max(...m.values());return o`<figure class="days">
    <figcaption>${r.name} by day. The most on one day: ${r.text(u)}.</figcaption>
    <svg class="bars" viewBox="0 0 ${l.length*10} ${b}" preserveAspectRatio="none" role="img" aria-label="${r.name} on ${f(l.length,"day")}, from ${l[0]} to ${l[l.length-1]}. The table below has the numbers.">
      ${l.map((a,$)=>{let t=m.get(a)??0,p=u?t/u*b:0;return o`<g key=${a}><title>${a}: ${r.text(t)}</title><rect class="bar-room" x=${$*10} y="0" width="10" height=${b} /><rect class="bar" x=${$*10+1} y=${b-p} width="8" height=${p} /></g>`})}
    </svg>
    <div class="row row-between small muted"><span>${l[0]}</span><span>${l[l.length-1]}</span></div>
    <details>
      <summary>The numbers by day</summary>
      <div class="table-frame" tabindex="0" role="region" aria-label="The numbers by day">
        <table>
          <thead><tr><th>Day</th><th class="number">Turns</th><th class="number">Failed</th><th class="number">Tokens read</th><th class="number">Tokens written</th><th class="number">Cost</th></tr></thead>
          <tbody>
            ${e.map(a=>o`<tr key=${a.key}><th scope="row">${a.key}</th><td class="number">${i(a.runs)}</td><td class="number">${i(a.failed)}</td><td class="number">${i(a.prompt_tokens)}</td><td class="number">${i(a.completion_tokens)}</td><td class="number">${c(a.cost)}</td></tr>`)}
          </tbody>
        </table>
      </div>
    </details>
  </figure>`}function H(e,n){let s=Date.parse(n),r=Math.max(Date.parse(e),s-(E-1)*A),m=[];for(let l=r;l<=s;l+=A)m.push(new Date(l).toISOString().slice(0,10));return m}var h={agent:"By agent",key:"By key",model:"By model",user:"By user"},N={agent:"a deleted agent",key:"without a key, or a deleted one",model:"no model",user:"a deleted user"},R=200;function Y({query:e}){return y.value?.agents?o`<h1>Usage</h1><${x} title="This key is for certain agents only, and usage is of all."><p>Log in with a key of all agents to see it.</p><//>`:o`<${j} query=${e} />`}function j({query:e}){let n={by:e.get("by")??"agent",period:e.get("period")??"30",of:e.get("of")??"runs",everyone:e.get("everyone")??""},s=S(()=>L(n.period),[n.period]),r=n.everyone&&v.value?!0:void 0,m=k(t=>g("usage",{by:"total",start:s,everyone:r},t),[s,r]),l=k(t=>g("usage",{by:"day",start:s,everyone:r,limit:R},t),[s,r]),u=D("usage",{by:n.by,start:s,everyone:r}),a=t=>C(d(["usage"],{...n,...t}),{replace:!0}),$=t=>d(["usage"],{...n,by:t});return o`
    <h1>Usage</h1>
    <div class="filters">
      <${T} label="Time" value=${n.period} options=${I.map(([t,p])=>[t||"all",p])} onInput=${t=>a({period:t})} />
      <${T} label="The picture shows" value=${n.of} options=${[["runs","Turns"],["tokens","Tokens"],["cost","Cost"]]} onInput=${t=>a({of:t})} />
      ${v.value&&o`<${O} label="Of all users" checked=${!!r} onInput=${t=>a({everyone:t?"1":""})} />`}
    </div>
    <${w} of=${m} what="the sums">${t=>o`<${G} used=${t.items[0]} />`}<//>
    <${w} of=${l} what="the days">${t=>o`<${U} days=${t.items} start=${s} of=${n.of} />`}<//>
    <${B} label="Added up" tabs=${Object.keys(h).filter(t=>t!=="user"||r).map(t=>({link:$(t),text:h[t],isHere:t===n.by}))} />
    <${_} of=${u} what="the usage" empty=${o`<${x} title="Nothing was used in this time."><p><a href=${d(["agents"])}>Choose an agent and say something to it</a></p><//>`}>
      ${t=>o`<${K} rows=${t} by=${n.by} />`}
    <//>
    <p class="muted small">Cost is in the currency of the setting «price», where the endpoint reports none itself. A day is a day in UTC.</p>
    <h2>Limits</h2>
    <${M} of=${`users/${y.value?.user.id}/limits`} />
  `}function G({used:e}){if(!e)return null;let n=[["Turns",i(e.runs)],["Failed",i(e.failed)],["Steps",i(e.steps)],["Tokens read",i(e.prompt_tokens)],["Tokens written",i(e.completion_tokens)],["Cost",c(e.cost)]];return o`<dl class="sums">${n.map(([s,r])=>o`<div class="card"><dt>${s}</dt><dd>${r}</dd></div>`)}</dl>`}function K({rows:e,by:n}){return o`<div class="table-frame" tabindex="0" role="region" aria-label=${h[n]}>
    <table>
      <thead><tr><th>${h[n].slice(3,4).toUpperCase()}${h[n].slice(4)}</th><th class="number">Turns</th><th class="number">Failed</th><th class="number">Steps</th><th class="number">Tokens read</th><th class="number">Tokens written</th><th class="number">Cost</th></tr></thead>
      <tbody>
        ${e.map(s=>o`<tr key=${s.key}>
            <td dir="auto">${s.name?n==="agent"?o`<a href=${d(["runs"],{agent:s.name})}>${s.name}</a>`:s.name:o`<span class="muted">${s.key&&n!=="key"?s.key.slice(0,8):""} ${N[n]}</span>`}</td>
            <td class="number">${i(s.runs)}</td>
            <td class="number">${i(s.failed)}</td>
            <td class="number">${i(s.steps)}</td>
            <td class="number">${i(s.prompt_tokens)}</td>
            <td class="number">${i(s.completion_tokens)}</td>
            <td class="number">${c(s.cost)}</td>
          </tr>`)}
      </tbody>
    </table>
  </div>`}export{Y as default};
