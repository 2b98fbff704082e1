import{a as L,b as T,c as H}from"./BP6J6IBI.js";import{a as K}from"./CV7LKRS5.js";import{a as _}from"./4JU45E3I.js";import{a as q,b as B}from"./EJKEL276.js";import{b as P,h as W,i as M,j as N}from"./GSDD7SKE.js";import{c as F,e as c}from"./T3BZZKVX.js";import{D as $,E as b,F as y,I as g,J as x,K as h,c as d,d as D,m as o,q as E,s as f,t as A,v as C,w as v,y as I,z as O}from"./NZ6VOXHM.js";var z=10;function k({kind:e,text:s,onInput:a,readOnly:t}){let r={readonly:t},l=m=>P([...m].length,"character");if(e.place!=="preset")return o`<${h} label="Text" rows=${z} value=${s} onInput=${a} hint=${l(s)} rest=${r} required />`;let n=T(s),p=m=>a(H({...n,...m}));return o`
    <${h} label="Description" value=${n.description} onInput=${m=>p({description:m})} rest=${r} />
    <${h} label="Persona: who the agent is" rows=${5} value=${n.persona} onInput=${m=>p({persona:m})} hint=${l(n.persona)} rest=${r} />
    <${h} label="Human: who it talks to" rows=${5} value=${n.human} onInput=${m=>p({human:m})} hint=${l(n.human)} rest=${r} />
  `}function j({kind:e,name:s}){let a=f`templates/${e.place}/${s}`,t=I(()=>C(a),[a]),[r,l]=d(""),[n,p]=d(null),m=t.data!==null&&r!==t.data.data.text;D(()=>{t.data&&n===null&&l(t.data.data.text)},[t.data]);let i=async()=>{try{let u=await A("PUT",a,{body:{text:r},ifMatch:t.data?.etag??void 0});t.set({data:await u.json(),etag:u.headers.get("ETag")}),p(null),y("Saved.")}catch(u){if(!(u instanceof E&&u.status===412&&typeof u.rest.current=="string"))throw u;p(u.rest.current),await t.reload()}},w=()=>{l(n??""),p(null)};return o`
    <p><a href=${$(["templates",e.place])}>${e.many}</a></p>
    <div class="row row-between page-head">
      <h1 dir="auto">${s}</h1>
      ${c.value&&o`<a class="button" href=${$(["agents"],{new:"new",template:`${e.place}/${s}`})}>New agent from this</a>`}
    </div>
    <p class="muted">${e.about} Agents that were made with it keep their texts.</p>
    <${W} of=${t} what="the template">
      ${()=>o`
        ${n!==null&&o`<section class="note note-warn" role="alert" aria-label="Two texts">
          <p>Somebody else has changed this text since you opened it. Nothing was replaced. What stands there now, and how yours differs:</p>
          <div class="columns">
            <div class="card"><h2>Stored now</h2><p class="template-whole" dir="auto">${n}</p></div>
            <div class="card"><h2>Yours, compared with it</h2><${_} before=${n} after=${r} label="What yours changes" /></div>
          </div>
          <div class="row"><${g} onClick=${w}>Take the stored text<//><span class="muted">or save yours below, which replaces it.</span></div>
        </section>`}
        <${x} submit=${n===null?"Save":"Save mine"} onSubmit=${i} disabled=${!c.value||!m||!r.trim()}>
          <${k} kind=${e} text=${r} onInput=${l} readOnly=${!c.value} />
        <//>
      `}
    <//>
  `}var S=[{place:"persona",one:"persona",many:"Personas",about:"A persona says who an agent is: it is the first text of its block of that name."},{place:"human",one:"human",many:"Humans",about:"A human says whom an agent talks to: it is the first text of its block of that name."},{place:"preset",one:"preset",many:"Presets",about:"A preset is a persona and a human together."}],R=e=>S.find(s=>s.place===e)??S[0];var Y=/^[\p{L}\p{N}\p{M}_-]{1,64}$/u;function U({kind:e,onClose:s}){let[a,t]=d(""),[r,l]=d(""),n=a!==""&&!Y.test(a),p=async()=>{await v("PUT",f`templates/${e.place}/${a}`,{text:r},{ifAbsent:!0}),s(),b($(["templates",e.place,a]))};return o`<${q} title="New ${e.one}" onClose=${s} isWide>
    <${x} submit="Create" onSubmit=${p} disabled=${!a||n||!r.trim()}>
      <p class="muted">${e.about}</p>
      <${h} label="Name" value=${a} onInput=${t} required hint="Letters, digits, _ and -, up to 64." rest=${{autofocus:!0,autocomplete:"off","aria-invalid":n?"true":void 0}} />
      <p class="fault small" role="status">${n?"A name has 1 to 64 letters, digits, _ and -.":""}</p>
      <${k} kind=${e} text=${r} onInput=${l} />
    <//>
  <//>`}function G({kind:e,name:s,query:a}){let t=R(e);return s?o`<${j} key=${`${t.place}/${s}`} kind=${t} name=${s} />`:o`<${J} key=${t.place} kind=${t} query=${a} />`}function J({kind:e,query:s}){let a=s.get("search")??"",t=O(f`templates/${e.place}`,{search:a,limit:50}),[r,l]=d(!1),n=async i=>{let w=`The text of ${i.name} is deleted for good. Agents that were made with it keep theirs.`;await B({title:`Delete the ${e.one} ${i.name}?`,text:w,action:"Delete",isDangerous:!0})&&(await v("DELETE",f`templates/${e.place}/${i.name}`,void 0,{ifMatch:`"${i.revision}"`}),y(`${i.name} was deleted.`),await t.reload(),document.getElementById("content")?.focus())},p=o`<${g} kind="primary" onClick=${()=>l(!0)}>New ${e.one}<//>`,m=a?o`<${N} title="No ${e.one} has “${a}” in its name or text." />`:o`<${N} title="There is no ${e.one} yet."><p>${e.about}</p>${c.value&&p}<//>`;return o`
    <div class="row row-between page-head">
      <h1>Templates</h1>
      ${c.value&&t.items?.length!==0&&p}
    </div>
    <${K} label="Kinds of templates" tabs=${S.map(i=>({link:$(["templates",i.place]),text:i.many,isHere:i===e}))} />
    <div class="templates-bar">
      <${L} label="Search by name or text" value=${a} onSearch=${i=>b($(["templates",e.place],{search:i}),{replace:!0})} />
    </div>
    <${M} of=${t} what="the templates" empty=${m}>
      ${i=>o`<ul class="grid templates">
          ${i.map(w=>o`<${Q} key=${w.name} template=${w} onRemove=${n} />`)}
        </ul>`}
    <//>
    ${r&&o`<${U} kind=${e} onClose=${()=>l(!1)} />`}
  `}function Q({template:e,onRemove:s}){let{kind:a,name:t}=e,r=a==="preset"?T(e.text):null,l=r?[r.description,r.persona,r.human].filter(Boolean).join(" · "):e.text;return o`<li class="card template-card">
    <h2><a href=${$(["templates",a,t])} dir="auto">${t}</a></h2>
    <p class="template-text" dir="auto">${l}</p>
    <div class="row template-acts">
      ${c.value&&o`<a class="button" href=${$(["agents"],{new:"new",template:`${a}/${t}`})}>New agent<span class="visually-hidden"> from ${t}</span></a>`}
      ${F.value&&c.value&&o`<${g} kind="quiet" label="Delete ${t}" onClick=${()=>s(e)}>Delete<//>`}
    </div>
  </li>`}export{G as default};
