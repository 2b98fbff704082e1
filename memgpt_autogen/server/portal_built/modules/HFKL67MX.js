import{b as C,c as T}from"./OUYLEBON.js";import{a as k}from"./KFWSHZK6.js";import{b as P}from"./2S56UU5N.js";import{b as E,c as h}from"./7LFTHFCE.js";import{a as O}from"./CV7LKRS5.js";import{a as K}from"./EJKEL276.js";import{h as c,j as f}from"./GSDD7SKE.js";import"./T3BZZKVX.js";import{D as p,E as v,I as x,J as b,K as S,N as L,c as u,d as $,m as r,s as y,u as m,y as d}from"./NZ6VOXHM.js";function A({name:t,agent:o,part:n}){let a=d(e=>m("models",{discover:!1},e),[]);return E(),r`<div class="agent-head row row-between">
    <div class="row">
      <h1 dir="auto">${o?.name??t}</h1>
      ${o&&r`<${h} id=${o.id} known=${o.overview.activity} />`}
    </div>
    <div class="row small">
      ${a.data&&r`<span class="muted">Model: <span class="mono" dir="auto">${a.data.model}</span></span>`}
      ${o&&r`<${L} text=${o.id} label="Copy id" shown="Copy id" />`}
      <${D} here=${o?.name??t} part=${n} />
    </div>
  </div>`}function D({here:t,part:o}){let[n,a]=u(!1);return $(()=>{let e=s=>{s.key.toLowerCase()!=="k"||!(s.ctrlKey||s.metaKey)||s.shiftKey||s.altKey||(s.preventDefault(),a(!0))};return window.addEventListener("keydown",e),()=>window.removeEventListener("keydown",e)},[]),r`
    <${x} label="Switch agent (Ctrl+K)" onClick=${()=>a(!0)}>Switch agent<//>
    ${n&&r`<${F} here=${t} part=${o} onClose=${()=>a(!1)} />`}
  `}function F({here:t,part:o,onClose:n}){let[a,e]=u(""),s=d(l=>m("agents",{search:a,limit:20},l),[a]),i=(s.data?.items??[]).filter(l=>l.name!==t),g=l=>p(["agents",P(l),o]);return r`<${K} title="Switch to another agent" onClose=${n}>
    <${b} submit="Open the first" onSubmit=${async()=>{i.length&&(n(),v(g(i[0])))}} disabled=${!i.length}>
      <${S} label="A part of the name" type="search" value=${a} onInput=${e} rest=${{autofocus:!0,autocomplete:"off",maxlength:64}} />
    <//>
    <${c} of=${s} what="the agents">
      ${()=>i.length?r`<ul class="others">
              ${i.map(l=>r`<li key=${l.id} class="row row-between"><a href=${g(l)} onClick=${n} dir="auto">${l.name}</a><${h} id=${l.id} known=${l.overview.activity} /></li>`)}
            </ul>`:r`<${f} title=${a?`No other agent has “${a}” in its name.`:"There is no other agent."} />`}
    <//>
  <//>`}var w=[{place:"chat",text:"Chat",load:()=>import("./I5W7VMAZ.js")},{place:"window",text:"Window",load:()=>import("./D3S7FHQS.js")},{place:"memory",text:"Memory",inner:["archival","shared"],load:()=>import("./L2FOKBIC.js")},{place:"search",text:"Search",load:()=>import("./YCH2BPDB.js")},{place:"documents",text:"Documents",load:()=>import("./OSHEAMBZ.js")},{place:"past",text:"Past",load:()=>import("./IEIZQQQQ.js")},{place:"settings",text:"Settings",load:()=>import("./T65YE7PX.js")}];function H({name:t,part:o,rest:n,query:a}){let e=d(i=>m(y`agents/${t}`,{},i),[t]),s=e.problem?.status===404;return $(()=>{e.data&&k(t,e.data.name)},[e.data]),s?r`<${I} name=${t} />`:r`
    <${A} name=${t} agent=${e.data} part=${o} />
    <${O} label="Parts of the agent" tabs=${w.map(i=>({link:p(["agents",t,i.place]),text:i.text,isHere:i.place===o}))} />
    <${c} of=${e} what="the agent">
      ${i=>r`<${B} key=${i.id} place=${o} agent=${i} reload=${e.reload} rest=${n} query=${a} />`}
    <//>
  `}function I({name:t}){return r`<h1 dir="auto">${t}</h1>
    <${f} title="There is no agent ${t}, or it is not yours.">
      <p>It may have been renamed or deleted. <a href=${p(["agents"])}>Look at the agents that there are</a></p>
    <//>`}function B({place:t,...o}){let n=w.find(e=>e.place===t)??w[0];return r`<${C} of=${n} load=${async()=>{let[e]=await Promise.all([n.load(),T(`agent_${n.place}.css`)]);return e.default}} props=${o} />`}export{w as PARTS,H as default};
