import{a as v,b as j,c as D}from"./OUYLEBON.js";import{b as E}from"./KFWSHZK6.js";import{a as s,b as F,g as A,h as O,i as q,j as B}from"./T3BZZKVX.js";import{A as C,B as y,C as r,D as f,E as R,H as M,I as b,J as U,K as Y,O as k,b as L,c as d,d as l,f as m,j as P,l as $,m as n,o as w,p as I,y as T}from"./NZ6VOXHM.js";var K="memgpt-theme",c=P(oe());$(()=>{c.value?document.documentElement.dataset.theme=c.value:delete document.documentElement.dataset.theme});function N(e){c.value=e;try{localStorage.setItem(K,e)}catch{}}function oe(){try{let e=localStorage.getItem(K);return e==="light"||e==="dark"?e:""}catch{return""}}var ne=3e3,_=new Map,S=0,W="",g=null;history.scrollRestoration="manual";window.addEventListener("scroll",()=>g??_.set(z(),window.scrollY),{passive:!0});for(let e of["wheel","touchmove","keydown"])window.addEventListener(e,x,{passive:!0});$(()=>{let e=r.value.parts.join("/"),t=history.state?.number===void 0,o=_.get(z())??0;x(),t?e!==W&&window.scrollTo(0,0):re(o),W=e});function z(){return history.state?.number===void 0&&history.replaceState({number:S+=1},""),S=Math.max(S,history.state.number),history.state.number}function re(e){let t=()=>{window.scrollTo(0,e),Math.abs(window.scrollY-e)<2&&x()};g=new ResizeObserver(t),g.observe(document.body),setTimeout(x,ne)}function x(){g?.disconnect(),g=null}var se=new URL("health",document.baseURI);function G(){let e=T(async t=>(await fetch(se,{signal:t}).catch(()=>null))?.json(),[]);return n`<footer class="foot small muted">
    <span>memgpt_autogen ${e.data?.version}</span>
    <a href=${new URL("docs",document.baseURI).href}>Paths of the API</a>
  </footer>`}function H({problem:e}){return n`<main class="alone login">
    <h1><img src=${v("icon.svg")} alt="" width="40" height="40" /> memgpt_autogen</h1>
    <p>See what your agents remember, why, and since when.</p>
    ${e&&n`<${k} problem=${e} />`}
    <${Q} />
  </main>`}function J(){let e=m(null);return l(()=>{let t=document.activeElement,o=e.current;return o?.showModal(),()=>{o?.close(),t?.focus?.()}},[]),n`<dialog ref=${e} class="dialog" aria-labelledby="login-again" onCancel=${t=>t.preventDefault()}>
    <h2 id="login-again">Your session has ended</h2>
    <p>Log in again, and go on where you were. Nothing that you typed is lost.</p>
    <${Q} />
  </dialog>`}function Q(){let[e,t]=d(""),o=m(null);return l(()=>o.current?.querySelector("input")?.focus(),[]),n`<div ref=${o}>
    <${U} submit="Log in" onSubmit=${()=>O(e)} disabled=${!e}>
      <${Y}
        label="Key or admin password"
        type="password"
        value=${e}
        onInput=${t}
        required
        hint="Where the server was started, it says where the admin password is. In a terminal it also shows a link that logs in. The admin makes keys for others."
        rest=${{autocomplete:"current-password",name:"password"}}
      />
    <//>
  </div>`}async function V(){let[e,t]=r.value.parts;if(e!=="login"||(R(f(["agents"]),{replace:!0}),!t))return null;try{await q(t)}catch(o){return s.value?null:y(o)}return null}var a=(e,...t)=>async()=>{let[o]=await Promise.all([e(),...t.map(D)]);return o.default},h={agents:{load:a(()=>import("./7P23SJX7.js"),"agents.css"),props:()=>({})},agent:{load:a(()=>import("./HFKL67MX.js"),"agent.css"),props:e=>({name:e[1],part:e[2]??"chat",rest:e.slice(3)}),isWide:!0},templates:{load:a(()=>import("./P37PH5KB.js"),"templates.css"),props:e=>({kind:e[1],name:e[2]})},groups:{load:a(()=>import("./ULK5DMOB.js"),"groups.css"),props:e=>({id:e[1]})},runs:{load:a(()=>import("./UO7K74BE.js"),"runs.css"),props:e=>({id:e[1]})},usage:{load:a(()=>import("./AV6DHYAA.js"),"usage.css","keys.css"),props:()=>({})},connect:{load:a(()=>import("./ZO6YEPI4.js"),"connect.css","keys.css"),props:e=>({part:e[1]??"programs"})},admin:{load:a(()=>import("./X4FQLDK3.js"),"admin.css","keys.css"),props:e=>({part:e[1]??"users",rest:e.slice(2)})},nothing:{load:a(()=>import("./UOGXZAX6.js")),props:e=>({parts:e})}},X=[{place:"agents",text:"Agents"},{place:"groups",text:"Groups"},{place:"templates",text:"Templates"},{place:"runs",text:"Runs"},{place:"usage",text:"Usage"},{place:"connect",text:"Connect"},{place:"admin",text:"Admin",isForAdmin:!0}];function Z(e){return e.length===0?h.agents:e[0]==="agents"&&e.length>1?h.agent:Object.hasOwn(h,e[0])&&!["agent","nothing"].includes(e[0])?h[e[0]]:h.nothing}function ee(){let[e,t]=d(null),o=async()=>{t(null);try{let u=await V();s.value||await A(),t(s.value?null:u)}catch(u){t(y(u))}},p=r.value.parts[0]==="login";return l(()=>{o()},[]),l(()=>{p&&(s.value||w.value)&&o()},[p]),n`
    <a class="skip" href="#content" onClick=${ae}>Skip to the content</a>
    ${I.value&&n`<${ie} />`}
    ${s.value?n`<${le} key=${s.value.user.id} />${w.value&&n`<${J} />`}`:w.value?n`<${H} problem=${e} />`:e&&n`<main class="alone"><${k} problem=${e} onRetry=${o} /></main>`}
    <${M} />
  `}function ae(e){e.preventDefault(),document.getElementById("content")?.focus()}function ie(){return C(()=>A().catch(()=>{}),3e3),n`<p class="offline" role="status">The server does not answer. This page goes on when it does.</p>`}function le(){let[e="agents",t]=r.value.parts;return ce(),n`
    <header class="top">
      <a class="brand" href=${f(["agents"])} aria-label="memgpt_autogen">
        <img src=${v("icon.svg")} alt="" width="24" height="24" /> <span class="brand-name">memgpt_autogen</span>
      </a>
      <${ue} here=${e} />
      <${me} />
    </header>
    <p class="visually-hidden" aria-live="polite">${E.value}</p>
    <${pe} />
    ${!(e==="agents"&&t)&&n`<${G} />`}
  `}function ce(){let e=r.value.parts.slice(0,2).join("/"),t=m(e);l(()=>{t.current!==e&&document.getElementById("content")?.focus({preventScroll:!0}),t.current=e},[e])}function ue({here:e}){let[t,o]=d(!1),p=m(null);l(()=>o(!1),[r.value]);let u=i=>{i.key!=="Escape"||!t||(o(!1),p.current?.querySelector("button")?.focus())};return n`
    <div ref=${p} class="menu-button" onKeyDown=${u}>
      <${b} kind="quiet" label="Menu" onClick=${()=>o(!t)} rest=${{"aria-expanded":String(t),"aria-controls":"menu"}}>☰<//>
    </div>
    <nav id="menu" class="menu ${t?"menu-open":""}" aria-label="Pages" onKeyDown=${u}>
      ${X.filter(i=>!i.isForAdmin||F.value).map(i=>n`<a key=${i.place} href=${f([i.place])} aria-current=${e===i.place?"page":void 0}>${i.text}</a>`)}
    </nav>
  `}function me(){let e=["","light","dark"],t={"":"as the system",light:"light",dark:"dark"},o=e[(e.indexOf(c.value)+1)%e.length];return n`<div class="person">
    <${b} kind="quiet" label="Colours: ${t[c.value]}. Change to: ${t[o]}" onClick=${()=>N(o)}>${{"":"◐",light:"☀",dark:"☾"}[c.value]}<//>
    <span class="person-name" title="You are logged in as this user">${s.value?.user.name}</span>
    <${b} kind="quiet" onClick=${B}>Log out<//>
  </div>`}function pe(){let{parts:e,query:t}=r.value,o=Z(e);return n`<main id="content" class="content ${o.isWide?"content-wide":""}" tabindex="-1" aria-label=${E.value}>
    <${j} of=${o} load=${o.load} props=${{...o.props(e),query:t}} />
  </main>`}var te=document.getElementById("app");te.replaceChildren();L(n`<${ee} />`,te);
