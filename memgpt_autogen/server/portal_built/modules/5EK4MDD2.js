import{a as G}from"./GPHIUOIN.js";import{a as _,b as Y}from"./72FF5D4G.js";import{a as b,b as q}from"./EJKEL276.js";import{b as K,d as P,i as U,j as A,k as w,n as B}from"./GSDD7SKE.js";import{a as h,b as S,c as D}from"./T3BZZKVX.js";import{F as I,I as c,J as L,K as y,L as M,M as C,N as j,c as d,d as N,m as t,s as p,u as W,w as f,y as F,z as R}from"./NZ6VOXHM.js";var ae=[["read","Read: see agents and all that they remember"],["talk","Talk: say something to agents"],["write","Write: create, change and delete"],["speak-for","Speak for others: name other people as the speaker"],["admin","Administer the server"]],se=["read","talk","write"],ne=864e5;function V({user:e,isOther:n,agent:i,onClose:a,onMade:o}){let l=ae.filter(([r])=>h.value?.scopes.includes(r)&&(r!=="admin"||S.value)),[m,g]=d(""),[s,$]=d(l.map(([r])=>r).filter(r=>se.includes(r))),[u,x]=d(""),[k,J]=d(!0),[v,E]=d(i?[i]:[]),[T,Q]=d("one"),[O,X]=d(""),Z=async()=>{let r=await f("POST",p`users/${e}/keys`,{name:m.trim(),scopes:s,agents:k?null:v,expires_at:u?new Date(Date.now()+Number(u)*ne).toISOString():null,chats:T==="one"?null:T});X(r.key),o(r.key)};return O?t`<${re} name=${m} made=${O} onClose=${a} />`:t`<${b} title="Make a key" onClose=${a}>
    <${L} submit="Make the key" onSubmit=${Z} disabled=${!m.trim()||!s.length||!k&&!v.length} actions=${t`<${c} onClick=${a}>Back<//>`}>
      <${y} label="Name" value=${m} onInput=${g} required hint="Where it is used, as «laptop» or «Open WebUI»." rest=${{maxlength:64,autofocus:!0,autocomplete:"off"}} />
      <fieldset>
        <legend>What it may do</legend>
        ${l.map(([r,ee])=>t`<${C} key=${r} label=${ee} checked=${s.includes(r)} onInput=${te=>$(te?[...s,r]:s.filter(oe=>oe!==r))} />`)}
      </fieldset>
      <fieldset>
        <legend>Which agents it may use</legend>
        <${C} label="All, also those that are created later" checked=${k} onInput=${J} />
        ${!k&&(n?t`<${y} label="Names or ids, with commas between them" value=${v.join(", ")} onInput=${r=>E(r.split(/[\s,]+/).filter(Boolean))} />`:t`<${ie} only=${v} onChange=${E} />`)}
      </fieldset>
      <${M} label="It is accepted" value=${u} options=${[["","until it is revoked"],["1","for one day"],["7","for 7 days"],["30","for 30 days"],["90","for 90 days"],["365","for a year"]]} onInput=${x} />
      <${M} label="Chats of OpenAI’s clients" value=${T} options=${[["one","All chats of an agent are one log"],["fork","Each chat begins as a fork of the agent"]]} onInput=${Q} />
    <//>
  <//>`}function ie({only:e,onChange:n}){let i=G();return t`<div class="choices">
    ${i.options.slice(1).map(([a])=>t`<${C} key=${a} label=${a} checked=${e.includes(a)} onInput=${o=>n(o?[...e,a]:e.filter(l=>l!==a))} />`)}
  </div>`}function re({name:e,made:n,onClose:i}){return t`<${b} title="The key ${e}" onClose=${i}>
    <p class="note note-warn">It is shown this once and stored nowhere. Copy it now, and keep it where the program can read it.</p>
    <p class="made"><code dir="ltr" data-key>${n}</code></p>
    <div class="row row-end"><${j} text=${n} label="Copy the key" /><${c} kind="primary" onClick=${i} rest=${{autofocus:!0}}>Done<//></div>
  <//>`}function z({title:e,place:n,mayChange:i,onClose:a}){let o=F(s=>W(n,{},s),[n]),[l,m]=d({});N(()=>{o.data&&m(Object.fromEntries(_.map(([s])=>[s,String(o.data[s]??"")])))},[o.data]);let g=async()=>{let s=Object.fromEntries(_.map(([$])=>[$,l[$]?.trim()?Number(l[$]):null]));o.set(await f("PUT",n,s)),I("The limits are stored."),a()};return t`<${b} title=${e} onClose=${a}>
    <${Y} of=${n} loaded=${o} />
    ${i&&o.data&&t`<${L} submit="Store the limits" onSubmit=${g} actions=${t`<${c} onClick=${a}>Back<//>`}>
      ${_.map(([s,,$])=>t`<${y} key=${s} label=${$} type="number" value=${l[s]??""} onInput=${u=>m({...l,[s]:u})} rest=${{min:0,step:s==="cost_a_day"?"any":1,placeholder:"without a limit"}} />`)}
    <//>`}
  <//>`}function Ne({user:e,isOwn:n}){let i=R(p`users/${e}/keys`),[a,o]=d(!1),[l,m]=d(null);if(h.value?.agents&&n)return t`<${A} title="This key is for certain agents only."><p>It sees no other keys. Log in with a key of all agents to see and make keys.</p><//>`;let g=async(s,$)=>{let u=s.id===h.value?.key,x=$?"The key is in no list any more. Only the audit knows of it.":`Programs with this key are refused from now on.${u?" You are logged in with it, and will be logged out.":""} It cannot be taken back.`;await q({title:`${$?"Delete":"Revoke"} the key ${s.name}?`,text:x,action:$?"Delete":"Revoke",isDangerous:!0})&&(await f("DELETE",p`users/${e}/keys/${s.id}`,void 0,{query:{remove:$||void 0}}),I(`The key ${s.name} is ${$?"deleted":"revoked"}.`),await i.reload(),document.getElementById("content")?.focus({preventScroll:!0}))};return t`
    ${D.value&&t`<p><${c} kind="primary" onClick=${()=>o(!0)}>Make a key<//></p>`}
    <${U} of=${i} what="the keys" empty=${t`<${A} title="There is no key yet."><p>Make one for each program and each device, so that each can be revoked alone.</p><//>`}>
      ${s=>t`<${le} keys=${s} end=${g} showLimits=${m} />`}
    <//>
    ${a&&t`<${V} user=${e} isOther=${!n} onClose=${()=>o(!1)} onMade=${()=>{i.reload()}} />`}
    ${l&&t`<${z} title="Limits of the key ${l.name}" place=${p`users/${e}/keys/${l.id}/limits`} mayChange=${S.value} onClose=${()=>m(null)} />`}
  `}function le({keys:e,end:n,showLimits:i}){let a=e.filter(o=>o.is_session&&H(o));return t`
    <ul class="keys">${e.filter(o=>!o.is_session).map(o=>t`<${$e} key=${o.id} of=${o} end=${n} showLimits=${()=>i(o)} />`)}</ul>
    ${a.length>0&&t`<details class="sessions">
      <summary>${K(a.length,"browser")} logged in</summary>
      <ul class="keys">${a.map(o=>t`<li key=${o.id} class="card row row-between"><span>Since <${w} time=${o.created_at} /> · last used <${w} time=${o.used_at} /></span> ${D.value&&t`<${c} kind="danger" label="Log out ${o.name}" onClick=${()=>n(o,!1)}>Log out<//>`}</li>`)}</ul>
    </details>`}
  `}var H=e=>!e.revoked_at&&!(e.expires_at!==null&&new Date(e.expires_at)<new Date);function $e({of:e,end:n,showLimits:i}){let a=H(e);return t`<li class="card key">
    <div class="row row-between">
      <h3 dir="auto">${e.name} ${e.id===h.value?.key&&t`<${B} kind="accent">you are logged in with it<//>`} ${!a&&t`<${B} kind="bad">${e.revoked_at?"revoked":"expired"}<//>`}</h3>
      <code dir="ltr">${e.shown}</code>
    </div>
    <p class="small muted">
      May ${e.scopes.join(", ")}${e.agents?` · for ${e.agents.length===1?"one agent":`${e.agents.length} agents`} only`:""}${e.clients.chats==="fork"?" · each chat is a fork":""}
      <br />Made <${w} time=${e.created_at} /> · last used <${w} time=${e.used_at} />${e.expires_at&&a?` · until ${P(e.expires_at)}`:""}
    </p>
    <div class="row">
      ${a&&t`<${c} label="Limits of ${e.name}" onClick=${i}>Limits<//>`}
      ${D.value&&t`<${c} kind="danger" label="${a?"Revoke":"Delete"} ${e.name}" onClick=${()=>n(e,!a)}>${a?"Revoke":"Delete"}<//>`}
    </div>
  </li>`}export{z as a,V as b,Ne as c};
