import{a as oe,b as se}from"./BGELYLI3.js";import{a as ne,c as re}from"./5EK4MDD2.js";import"./GPHIUOIN.js";import{b as ae}from"./72FF5D4G.js";import"./VRJRYIWO.js";import{a as ee}from"./CV7LKRS5.js";import{a as te}from"./4JU45E3I.js";import{a as V,b as _}from"./EJKEL276.js";import{a as x,b as p,c as Q,e as q,h as D,i as O,j as b,k as R,l as Z,n as h}from"./GSDD7SKE.js";import{b as J}from"./T3BZZKVX.js";import{A as G,B as F,D as k,E as B,F as C,I as $,J as N,K as v,L as U,M as I,O as W,c as l,d as j,f as z,g as X,m as t,s as T,t as Y,u as y,w as g,y as A,z as M}from"./NZ6VOXHM.js";var ge=`[agents.sam]
persona = "I am Sam, a patient companion."
human = "The name is Ada."
`,ve={create:"good",change:"accent",remove:"bad",conflict:"warn",failed:"bad",check:"plain",keep:"plain"},we={create:"new",change:"changes",remove:"goes",conflict:"left alone",failed:"failed",check:"is read again",keep:"stays"};function ie(){let[e,s]=l(""),[o,n]=l(!1),[a,d]=l(!1),[r,u]=l(null),[i,c]=l(null),f=m=>(m(),u(null)),L=async m=>{c(null);try{u(await g("POST","apply",{toml:e,overwrite:o,prune:a,dry_run:m}))}catch(S){u(null),c(F(S))}},E=async()=>{let m=`${p(r?.changes??0,"thing")} will be created, changed or removed.${o?" Texts that agents have edited are replaced.":""}${a?" What the file does not name is removed from its agents.":""}`;await _({title:"Apply the file?",text:m,action:"Apply",isDangerous:o||a})&&await L(!1)},P=async m=>{m&&f(async()=>s(await m.text()))};return t`
    <p>An agents.toml declares agents with their texts, blocks, archives, documents and limits. It can be applied again and again, and belongs to the home’s own agents.</p>
    <div class="agents-file" onDragOver=${m=>m.preventDefault()} onDrop=${m=>{m.preventDefault(),P(m.dataTransfer?.files[0])}}>
      <${v} label="agents.toml" rows=${12} value=${e} onInput=${m=>f(()=>s(m))} hint="Write it, paste it, or drop the file here." rest=${{spellcheck:!1,class:"mono",placeholder:ge}} />
      <label class="button file-button">Choose the file<input type="file" accept=".toml,text/plain" class="visually-hidden" onChange=${m=>P(m.currentTarget.files[0])} /></label>
    </div>
    <${I} label="Replace texts that agents have edited themselves" checked=${o} onInput=${m=>f(()=>n(m))} />
    <${I} label="Remove blocks, archives and documents that the file does not name from its agents" checked=${a} onInput=${m=>f(()=>d(m))} />
    ${i&&t`<${W} problem=${i} />`}
    <div class="row">
      <${$} kind=${r?.dry_run?"plain":"primary"} disabled=${!e.trim()} onClick=${()=>L(!0)}>Show what it would change<//>
      ${r?.dry_run&&r.changes>0&&t`<${$} kind="primary" onClick=${E}>Apply it<//>`}
    </div>
    <div role="status">${r&&t`<${ke} plan=${r} />`}</div>
  `}function ke({plan:e}){let s=e.items.filter(n=>n.action!=="keep"),o=e.dry_run?`It would change ${p(e.changes,"thing")}.`:`It has changed ${p(e.changes,"thing")}.`;return t`
    <h2>${o}</h2>
    ${e.conflicts>0&&t`<p class="note note-warn">${p(e.conflicts,"text")} left alone, since an agent has edited it. Tick «Replace» to replace it.</p>`}
    ${s.length?t`<ul class="people">${s.map(n=>t`<${be} of=${n} />`)}</ul>`:t`<${b} title="All is as the file says." />`}
  `}function be({of:{action:e,agent:s,what:o,name:n,field:a,before:d,after:r,why:u}}){return t`<li class="card">
    <p><${h} kind=${ve[e]}>${we[e]}<//> <span dir="auto">${s&&o!=="agent"?`agent ${s}: `:""}${o} ${n}${a?`, ${a}`:""}</span>${u&&t` <span class="muted">(${u})</span>`}</p>
    ${(d!==null||r!==null)&&t`<${te} before=${d} after=${r} label="What changes of ${n}" />`}
  </li>`}function de({query:e}){let s={user:e.get("user")??"",action:e.get("action")??"",period:e.get("period")??""},o=X(()=>se(s.period),[s.period]),a=A(i=>y("users",{limit:200},i),[]).data?.items??[],d=M("audit",{everyone:s.user?void 0:!0,user:s.user,action:s.action,start:o}),r=i=>B(k(["admin","audit"],{...s,...i}),{replace:!0}),u=new Map(a.map(i=>[i.id,i.name]));return t`
    <p>Who created, changed or deleted what. Words of agents and people are not in it.</p>
    <div class="filters">
      <${U} label="User" value=${s.user} options=${[["","All users"],...a.map(i=>[i.name,i.name])]} onInput=${i=>r({user:i})} />
      <${v} label="Act" value=${s.action} onInput=${i=>r({action:i})} rest=${{placeholder:"such as delete_agent",autocomplete:"off",maxlength:32}} />
      <${U} label="Time" value=${s.period} options=${oe} onInput=${i=>r({period:i})} />
    </div>
    <${O} of=${d} what="the audit" empty=${t`<${b} title="Nothing like this was done." />`}>
      ${i=>t`<div class="table-frame" tabindex="0" role="region" aria-label="What was done, the newest first">
        <table>
          <thead><tr><th>When</th><th>Who</th><th>Act</th><th>Of what</th></tr></thead>
          <tbody>
            ${i.map(c=>t`<tr key=${c.number}>
                <td>${Q(c.time)}</td>
                <td><span dir="auto">${u.get(c.user_id)??`${c.user_id.slice(0,8)} (deleted)`}</span> <span class="small muted">${c.key_id?`key ${c.key_id.slice(0,8)}`:"password or terminal"}</span></td>
                <td><code>${c.action}</code></td>
                <td dir="auto">${c.name}</td>
              </tr>`)}
          </tbody>
        </table>
      </div>`}
    <//>
  `}function le(){let[e,s]=l(null),[o,n]=l(""),[a,d]=l(null),r=z(null);j(()=>()=>r.current?.abort(),[]);let u=async()=>{let i=r.current=new AbortController;d(null),n(""),s({isMade:!1,done:0,whole:null});try{let c=await ye(await Y("POST","backup",{signal:i.signal}),s),f=`memgpt-${new Date().toISOString().slice(0,16).replaceAll(":","-")}.backup`;Ae(c,f),n(`${f}, ${q(c.size)}`)}catch(c){i.signal.aborted||d(F(c))}finally{s(null)}};return t`
    <p>The whole home as one file: all users, agents, logs, archives and documents. It is made while the agents work. It has the words of all users, so keep it private; secrets of the settings are not in it.</p>
    <p><code>memgpt-autogen restore FILE</code> makes a home of it, on this machine or another one.</p>
    ${a&&t`<${W} problem=${a} />`}
    ${e?t`<${Z} label=${e.isMade?`Downloading: ${q(e.done)}${e.whole?` of ${q(e.whole)}`:""}`:"The server makes the backup …"} done=${e.done} whole=${e.whole} />
          <p><${$} onClick=${()=>r.current?.abort()}>Stop<//></p>`:t`<p><${$} kind="primary" onClick=${()=>{u()}}>Make a backup, and download it<//></p>`}
    <p role="status">${o&&`Downloaded: ${o}`}</p>
  `}async function ye(e,s){let o=Number(e.headers.get("Content-Length"))||null,n=e.body.getReader(),a=[],d=0;for(;;){let{value:r,done:u}=await n.read();if(u)return new Blob(a,{type:"application/zip"});a.push(r),d+=r.byteLength,s({isMade:!0,done:d,whole:o})}}function Ae(e,s){let o=document.createElement("a");o.href=URL.createObjectURL(e),o.download=s,o.click(),setTimeout(()=>URL.revokeObjectURL(o.href),6e4)}function me(){let e=M("mcp-servers"),[s,o]=l(!1);return t`
    <p>Agents are offered the tools of these servers from their next turns on. The other way round, an agent’s memory is an MCP server itself: see Connect.</p>
    <p><${$} kind="primary" onClick=${()=>o(!0)}>Add a server<//></p>
    <${O} of=${e} what="the MCP servers" empty=${t`<${b} title="There is no MCP server yet."><p>Add one that you run, or a program that the server starts, and your agents can use its tools.</p><//>`}>
      ${n=>t`<ul class="people">${n.map(a=>t`<${xe} key=${a.id} of=${a} reload=${e.reload} />`)}</ul>`}
    <//>
    ${s&&t`<${Se} onClose=${()=>o(!1)} onAdded=${e.reload} />`}
  `}function xe({of:e,reload:s}){let{name:o,command:n,url:a,sse:d,env:r,headers:u,only:i,user:c,agents:f,approval:L}=e,E=async()=>{let w=await g("POST","mcp-servers",{name:o,command:n,url:a,sse:d,env:r,headers:u,only:i,user:c,agents:f,approval:L});C(`${o} answers. It has ${p(w.tools.length,"tool")}.`),await s()},P=async()=>{let w=`Agents lose ${e.tools.length?`its ${p(e.tools.length,"tool")}`:"its tools"} within seconds.`;await _({title:`Remove ${o}?`,text:w,action:"Remove",isDangerous:!0})&&(await g("DELETE",T`mcp-servers/${e.id}`),C(`${o} is removed.`),await s(),document.getElementById("content")?.focus({preventScroll:!0}))};return t`<li class="card">
    <div class="row row-between"><h2>${o} ${L&&t`<${h} kind="warn">each call must be allowed<//>`} ${!e.checked_at&&t`<${h} kind="bad">never answered<//>`}</h2>
      <div class="row"><${$} label="Check ${o}" onClick=${E}>Check<//><${$} kind="danger" label="Remove ${o}" onClick=${P}>Remove<//></div></div>
    <p><code>${a??n?.join(" ")}</code></p>
    <p class="muted">For ${c?`agents of ${c}`:"all agents"}${f?`, ${p(f.length,"agent")} only`:""} · checked <${R} time=${e.checked_at} /></p>
    ${e.tools.length>0&&t`<details><summary>${p(e.tools.length,"tool")}</summary><p>${e.tools.map(w=>t`<code>${o}__${w}</code> `)}</p></details>`}
  </li>`}function Se({onClose:e,onAdded:s}){let[o,n]=l("url"),[a,d]=l(""),[r,u]=l(""),[i,c]=l(""),[f,L]=l(""),[E,P]=l(!1),[w,m]=l(!1),S=o==="command";return t`<${V} title="Add an MCP server" onClose=${e}>
    <${N} submit="Add the server" onSubmit=${async()=>{let fe=r.trim().split(/\s+/),H=await g("POST","mcp-servers",{name:a.trim(),...S?{command:fe}:{url:r.trim(),sse:o==="sse"},...!S&&i.trim()?{headers:{Authorization:i.trim()}}:{},user:f.trim()||null,approval:E},{query:{check:!w}});C(w?`${H.name} is added, without a check.`:`${H.name} is added. It has ${p(H.tools.length,"tool")}.`),e(),await s()}} disabled=${!a.trim()||!r.trim()} actions=${t`<${$} onClick=${e}>Back<//>`}>
      <${v} label="Name" value=${a} onInput=${d} required hint="Its tools are called NAME__TOOL. A server of the same name is replaced." rest=${{maxlength:30,autofocus:!0,autocomplete:"off"}} />
      <${U} label="It is" value=${o} options=${[["url","an address"],["sse","an address with the older transport (SSE)"],["command","a program that the server starts"]]} onInput=${n} />
      <${v} label=${S?"Program with its arguments":"Address"} value=${r} onInput=${u} required rest=${{dir:"ltr",spellcheck:!1,placeholder:S?"npx mcp-server-files /srv/library":"https://tools.example.com/mcp"}} hint=${S?"It is started as the server’s own user, with blanks between the arguments.":""} />
      ${!S&&t`<${v} label="Header Authorization" value=${i} onInput=${c} rest=${{dir:"ltr",spellcheck:!1,autocomplete:"off",placeholder:"Bearer ${MCP_TOKEN}"}} hint="Secrets stay in the server’s environment, in variables whose names begin with MCP_. Name the variable here." />`}
      <${v} label="Only for the agents of this user" value=${f} onInput=${L} hint="Empty: for all agents." rest=${{maxlength:64,autocomplete:"off"}} />
      <${I} label="Somebody must allow each call" checked=${E} onInput=${P} />
      <${I} label="Add it although it does not answer now" checked=${w} onInput=${m} />
    <//>
  <//>`}function ce(){let e=A(s=>y("models",{},s),[]);return t`<${D} of=${e} what="the models">
    ${s=>t`
      <dl class="facts">
        <div><dt>Model</dt><dd>${s.model}${s.model==="offline"&&t`<p class="small muted">The built-in rules, without a language model.</p>`}</dd></div>
        <div><dt>Window</dt><dd>${s.window_tokens?`${x(s.window_tokens)} tokens`:"as the endpoint or the name says"}</dd></div>
        <div><dt>Embeddings</dt><dd>${s.embedding_model??"none: search is by words"}</dd></div>
      </dl>
      <p class="muted">They are chosen where the server is started: by <code>memgpt-autogen configure</code>, or by options and the environment. Start the server again after that.</p>
      <div class="row row-between"><h2>Found on the server’s machine</h2><${$} onClick=${e.reload}>Look again<//></div>
      ${s.found.length?t`<ul class="people">${s.found.map(o=>t`<li class="card">
            <h3>${o.kind} ${o.loading&&t`<${h} kind="warn">loads its model<//>`} ${o.has_key&&t`<${h} kind="good">has a key<//>`}</h3>
            ${o.address&&t`<p><code>${o.address}</code></p>`}
            <p>${o.models.length?o.models.join(", "):t`<span class="muted">no chat model</span>`}</p>
            ${o.embedding_models.length>0&&t`<p class="muted">Embeddings: ${o.embedding_models.join(", ")}</p>`}
          </li>`)}</ul>`:t`<${b} title="No model server was found on this machine."><p>Start one, as Ollama, LM Studio or llama.cpp, or give the server an address and a key of a service.</p><//>`}
    `}
  <//>`}var Te={database:"Database",index:"Index of passages",model:"Model"};function pe(){let e=A(s=>y("state",{},s),[]);return G(e.reload,5e3),t`<${D} of=${e} what="the state">
    ${({ready:s,parts:o,version:n,waiting:a})=>t`
      <p role="status">${s?t`<${h} kind="good">ready<//>`:t`<${h} kind="bad">not ready<//>`} Version ${n}</p>
      <dl class="facts">
        ${o.map(d=>t`<div key=${d.name} class="card"><dt>${Te[d.name]}</dt><dd><${h} kind=${d.ok?"good":"bad"}>${d.ok?"works":"does not work"}<//><p dir="auto">${d.detail}</p></dd></div>`)}
      </dl>
      <h2>What runs and waits, of all users</h2>
      <dl class="facts">
        <div><dt>Turns that run</dt><dd>${x(a.running)}</dd></div>
        <div><dt>Turns in the queue</dt><dd>${x(a.queued)}${a.queued>0&&t` <span class="muted">the first for ${x(Math.round(a.oldest_queued_seconds))} s</span>`}</dd></div>
        <div><dt>Turns that wait for an answer</dt><dd>${x(a.suspended)}</dd></div>
        <div><dt>Documents that are loaded</dt><dd>${x(a.loading)}</dd></div>
        <div><dt>Archives that wait for their index</dt><dd>${x(a.archives_undelivered)}</dd></div>
      </dl>
      <p class="muted small">Monitoring reads <a href=${new URL("ready",document.baseURI).href}>/ready</a> and <a href=${new URL("metrics",document.baseURI).href}>/metrics</a>.</p>
    `}
  <//>`}var $e="00000000-0000-0000-0000-000000000000";function ue({rest:e}){return e[0]?t`<${Le} key=${e[0]} name=${e[0]} />`:t`<${Ce} />`}function Ce(){let e=M("users"),[s,o]=l(!1);return t`
    <p>Each user has agents, blocks and archives of their own, and sees nothing of others. The first one is the home itself: what the terminal has, and you as the admin.</p>
    <p><${$} kind="primary" onClick=${()=>o(!0)}>Add a user<//></p>
    <${O} of=${e} what="the users">
      ${n=>t`<ul class="people">
        ${n.map(a=>t`<li key=${a.id} class="card">
            <h2><a href=${k(["admin","users",a.name])} dir="auto">${a.name}</a> <${he} user=${a} /></h2>
            <p class="muted">${p(a.agents,"agent")}, ${p(a.keys,"valid key")} · since <${R} time=${a.created_at} /></p>
          </li>`)}
      </ul>`}
    <//>
    ${s&&t`<${Ie} onClose=${()=>o(!1)} />`}
  `}function he({user:e}){return t`${e.role==="admin"&&t`<${h} kind="accent">admin<//>`} ${e.id===$e&&t`<${h}>the home<//>`} ${e.suspended_at&&t`<${h} kind="bad">suspended<//>`}`}function Ie({onClose:e}){let[s,o]=l(""),[n,a]=l(!1);return t`<${V} title="Add a user" onClose=${e}>
    <${N} submit="Add the user" onSubmit=${async()=>{let r=await g("POST","users",{name:s.trim(),role:n?"admin":"user"});C(`${r.name} is a user now. A key lets the user log in.`),e(),B(k(["admin","users",r.name]))}} disabled=${!s.trim()} actions=${t`<${$} onClick=${e}>Back<//>`}>
      <${v} label="Name" value=${s} onInput=${o} required hint="Without spaces, such as ada or ada@example.com." rest=${{maxlength:64,autofocus:!0,autocomplete:"off"}} />
      <${I} label="May administer the server" checked=${n} onInput=${a} hint="Keys of this user can have the scope «admin»." />
    <//>
  <//>`}function Le({name:e}){let s=A(o=>y(T`users/${e}`,{},o),[e]);return t`<p><a href=${k(["admin","users"])}>All users</a></p>
    <${D} of=${s} what="the user">${o=>t`<${_e} user=${o} reload=${s.reload} />`}<//>`}function _e({user:e,reload:s}){let o=T`users/${e.id}/limits`,n=A(u=>y(o,{},u),[o]),[a,d]=l(!1),r=e.id===$e;return t`
    <div class="row row-between">
      <h2><span dir="auto">${e.name}</span> <${he} user=${e} /></h2>
      ${!r&&t`<div class="row"><${$} onClick=${()=>Ee(e,s)}>${e.suspended_at?"Resume":"Suspend"}<//><${$} kind="danger" onClick=${()=>Pe(e)}>Delete<//></div>`}
    </div>
    <p class="muted">${p(e.agents,"agent")}, ${p(e.keys,"valid key")} · since <${R} time=${e.created_at} />${e.suspended_at&&t` · suspended <${R} time=${e.suspended_at} />`}</p>
    <div class="row row-between"><h3>Limits</h3><${$} onClick=${()=>d(!0)}>Change the limits<//></div>
    <${ae} of=${o} loaded=${n} />
    <h3>Keys</h3>
    <${re} user=${e.id} isOwn=${r} />
    ${a&&t`<${ne} title="Limits of ${e.name}" place=${o} mayChange onClose=${()=>(d(!1),void n.reload())} />`}
  `}async function Ee(e,s){let o=!e.suspended_at;o&&!await _({title:`Suspend ${e.name}?`,text:"All keys of the user are refused, and the user’s turns are cancelled, also those that wait. Nothing is deleted, and the user can be resumed.",action:"Suspend",isDangerous:!0})||(await g("PATCH",T`users/${e.id}`,{suspended:o}),C(o?`${e.name} is suspended.`:`${e.name} may use the server again.`),await s())}async function Pe(e){let s=await g("DELETE",T`users/${e.id}`,void 0,{query:{dry_run:!0}}),o=t`<p>This deletes <b>${p(s.agents,"agent")}</b> with <b>${p(s.messages,"message")}</b>, <b>${p(s.passages,"passage")}</b>, ${p(s.archives,"shared archive")}, ${p(s.keys,"valid key")}, and the user’s templates and audit.</p>
    <p>It cannot be undone. Make a backup first, if you are not sure.</p>`;await _({title:`Delete ${e.name} with everything?`,text:o,action:"Delete everything",isDangerous:!0})&&(await g("DELETE",T`users/${e.id}`,void 0,{query:{agents:!0}}),C(`${e.name} is deleted.`),B(k(["admin","users"])))}var K=[{place:"users",text:"Users",View:ue},{place:"state",text:"Server",View:pe},{place:"models",text:"Models",View:ce},{place:"mcp",text:"MCP servers",View:me},{place:"backup",text:"Backup",View:le},{place:"audit",text:"Audit",View:de},{place:"apply",text:"Agents from a file",View:ie}];function Me({part:e,rest:s,query:o}){if(!J.value)return t`<h1>Admin</h1><${b} title="This page is for the admin."><p>It needs a key with the scope «admin», or the admin password. <a href=${k(["connect","keys"])}>Your own keys are here.</a></p><//>`;let{View:n}=K.find(a=>a.place===e)??K[0];return t`
    <h1>Admin</h1>
    <${ee} label="Parts of this page" tabs=${K.map(a=>({link:k(["admin",a.place]),text:a.text,isHere:a.place===e}))} />
    <${n} rest=${s} query=${o} />
  `}export{K as PARTS,Me as default};
