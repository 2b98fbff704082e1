import{a as $}from"./55COIGTD.js";import{a as J}from"./4JU45E3I.js";import{b as L}from"./EJKEL276.js";import{a as r,b as m,f as y,h as W,i as R,j,k as I,n as g}from"./GSDD7SKE.js";import{c as C}from"./T3BZZKVX.js";import{A as B,D as u,F as M,I as N,N as w,d as f,f as _,g as T,m as o,n as q,s as h,u as k,w as S,y as E,z as O}from"./NZ6VOXHM.js";function P({agent:e,seq:t,isPast:s,reload:n}){let i=O(h`agents/${e.id}/evictions`,{limit:20}),l=_(t);f(()=>{l.current!==null&&t!==l.current&&!s&&i.reload(),l.current=t},[t]);let a=async()=>{if(!await L({title:"Evict now?",text:"The older half of the messages in the window is folded into the summary, and the window gets room. The log keeps every word, and searches find it. It cannot be undone: what was evicted does not come back into the window.",action:"Evict the older half"}))return;let d=await S("POST",h`agents/${e.id}/compact`,{});M(d.evicted?`${m(d.messages,"message")} left the window: ${r(d.tokens_before)} tokens became ${r(d.tokens_after)}.`:"There is nothing to evict."),await Promise.all([n(),i.reload()])};return o`<section class="stack window-evictions" aria-labelledby="window-evictions">
    <div class="row row-between">
      <h2 id="window-evictions">What was evicted</h2>
      ${C.value&&!s&&o`<${N} onClick=${a}>Evict now …<//>`}
    </div>
    <${R}
      of=${i}
      what="the evictions"
      empty=${o`<${j} title="Nothing was evicted yet">
        <p>When a prompt becomes larger than what may be sent, its oldest messages are folded into a summary. You will find here when and why.</p>
      <//>`}
    >
      ${c=>o`<ol class="window-evicted">
        ${c.map(d=>o`<li key=${d.number} class="card"><${z} agent=${e} item=${d} /></li>`)}
      </ol>`}
    <//>
  </section>`}function z({agent:e,item:t}){return o`
    <p class="row">
      <strong>${Q(t)}</strong>
      <${I} time=${t.time} />
      ${t.source==="extract"&&o`<${g} kind="warn">summary by rules, without a model<//>`}
    </p>
    <p>${V(t)}</p>
    <${$} summary=${t.before===null?"The summary":"What changed in the summary"}>
      ${()=>o`${t.before!==null&&o`<${J} before=${t.before} after=${t.summary} label="Change of the summary" />`}
        <${$} isOpen=${t.before===null} summary="The summary as it was written">${()=>o`<pre dir="auto">${t.summary}</pre>`}<//>`}
    <//>
    <p class="small row">
      <a href=${u(["agents",e.name,"window"],{at:t.at_seq})}>The window after it</a>
      <a href=${u(["agents",e.name,"past"],{at:t.at_seq})}>Memory at that time</a>
    </p>
  `}function Q(e){return e.messages===0?"The summary was written again":e.messages!==null?`${m(e.messages,"message")} left the window`:"Messages left the window"}function V(e){let t=e.messages===0?"":` They are entries ${r(e.after_seq+1)} to ${r(e.through_seq)} of the log.`;return e.cause==="pressure"&&e.prompt_tokens!==null?`The prompt had ${r(e.prompt_tokens)} tokens, and at most ${r(e.limit_tokens??0)} were sent.${t}`:e.cause==="compact"?`Somebody asked for it, when the prompt had ${r(e.prompt_tokens??0)} tokens.${t}`:e.cause==="forget"?"Something was forgotten, so the model wrote it again from what is left.":`Why is not known: an older version evicted them, or they were imported.${t}`}var p={system:"Instructions",core_memory:"Core memory",tools:"Tools",summary:"Summary",queue:"Queue"},A={system:1,core_memory:2,tools:3,summary:4,queue:5},v=1e3;function F({window:e}){let t=q(),s=Math.max(e.window_tokens,e.prompt_tokens,1),n=a=>v*a/s,i=0,l=e.sections.map(a=>{let c={...a,x:n(i),width:n(a.tokens)};return i+=a.tokens,c});return o`<figure class="window-figure">
    <svg class="window-bar" viewBox="0 0 ${v} 44" preserveAspectRatio="none" role="img" aria-labelledby="${t}-title ${t}-text">
      <title id="${t}-title">The window by section</title>
      <desc id="${t}-text">${G(e)}</desc>
      <rect class="window-free" x="0" y="6" width=${v} height="32" />
      <rect class="window-reserve" x=${n(e.window_tokens-e.reserve_tokens)} y="6" width=${n(e.reserve_tokens)} height="32" />
      ${l.map(a=>o`<rect key=${a.name} class="part-${A[a.name]}" data-tokens=${a.tokens} x=${a.x} y="6" width=${a.width} height="32">
          <title>${p[a.name]}: ${r(a.tokens)} tokens</title>
        </rect>`)}
      ${x(e).map(({name:a,tokens:c})=>o`<line key=${a} class="window-mark window-mark-${a}" x1=${n(c)} x2=${n(c)} y1="0" y2="44" />`)}
    </svg>
    <figcaption class="small muted row">
      ${x(e).map(({name:a,tokens:c,text:d})=>o`<span key=${a}><span class="window-key window-key-${a}" aria-hidden="true"></span> ${r(c)}: ${d}</span>`)}
      <span><span class="window-key window-key-reserve" aria-hidden="true"></span> ${r(e.reserve_tokens)} are kept free for the answer</span>
    </figcaption>
  </figure>`}function x(e){let t=[];return e.warn_tokens!==null&&t.push({name:"warn",tokens:e.warn_tokens,text:"from here on the agent is warned"}),e.limit_tokens!==null&&t.push({name:"limit",tokens:e.limit_tokens,text:"from here on messages are evicted"}),t}function G(e){let t=e.sections.map(i=>`${p[i.name]} ${r(i.tokens)}`),s=Math.max(e.window_tokens-e.prompt_tokens,0),n=x(e).map(({tokens:i,text:l})=>`${r(i)}: ${l}`);return`Tokens: ${[...t,`free ${r(s)}`].join(", ")}, of ${r(e.window_tokens)}. ${n.join(". ")}.`}var b={system:"how to act, and what is outside of the window",core_memory:"the blocks, which are always there",tools:"the functions that the model is offered",summary:"what stands for the messages that were evicted",queue:"the newest messages, calls and results"};function D({window:e}){let t=Math.max(e.window_tokens-e.prompt_tokens,0);return o`<ul class="window-sections" aria-label="Sections">
    ${e.sections.map(s=>o`<li key=${s.name}>
        <${$} summary=${o`<${K} name=${s.name} tokens=${s.tokens} window=${e} />`}>${()=>o`<${X} section=${s} />`}<//>
      </li>`)}
    <li class="window-row-free"><${H} section="free" colour="free" name="Free" about="${r(Math.min(t,e.reserve_tokens))} of them for the answer" tokens=${t} window=${e} /></li>
  </ul>`}function K({name:e,tokens:t,window:s}){let n=e==="queue"?`${m(s.queue_messages,"message")}: ${b.queue}`:e==="summary"?`${b.summary}, in ${m(s.evictions,"eviction")}`:b[e];return o`<${H} section=${e} colour=${A[e]} name=${p[e]} about=${n} tokens=${t} window=${s} />`}function H({section:e,colour:t,name:s,about:n,tokens:i,window:l}){return o`<span class="window-row">
    <span class="window-key part-${t}" aria-hidden="true"></span>
    <span class="window-name"><strong>${s}</strong> <span class="small muted">${n}</span></span>
    <span class="number" data-section=${e}>${r(i)}<span class="visually-hidden"> tokens</span></span>
    <span class="number muted window-share">${y(i,l.window_tokens)}</span>
  </span>`}function X({section:e}){return e.text?o`<div class="window-text">
    <div class="row row-end"><${w} text=${e.text} label="Copy the text of ${p[e.name]}" /></div>
    <pre dir="auto" tabindex="0" aria-label="Text of ${p[e.name]}">${e.text}</pre>
  </div>`:o`<p class="muted window-text">Nothing: ${e.name==="summary"?"no message was evicted yet":"this section is empty"}.</p>`}function U({window:e,isPast:t}){let s=e.request.messages??[],n=e.request.tools??[];return o`<section class="card stack" aria-labelledby="window-request">
    <h2 id="window-request">${t?"The request of that time":"The next request"}</h2>
    <p class="muted">
      To the model <code>${String(e.request.model??"")}</code>: ${m(s.length,"message")} and ${m(n.length,"tool")}.
      ${t?"":" What the agent hears next comes after these messages. If that makes the prompt too large, the agent is warned or messages are evicted first."}
    </p>
    <${$} summary="The exact prompt as text">${()=>o`<${Z} messages=${s} />`}<//>
    <${$} summary="The request as JSON">${()=>o`<${ee} request=${e.request} />`}<//>
  </section>`}function Z({messages:e}){return o`<div class="window-text">
    <div class="row row-end"><${w} text=${e.map(te).join(`

`)} label="Copy the prompt as text" /></div>
    <ol class="window-messages" tabindex="0" aria-label="Messages of the prompt">
      ${e.map((t,s)=>o`<li key=${s}>
          <p class="small muted">${t.role}${t.name&&o` <span dir="auto">${t.name}</span>`}</p>
          <pre dir="auto">${Y(t)}</pre>
        </li>`)}
    </ol>
  </div>`}function ee({request:e}){let t=T(()=>JSON.stringify(e,null,2),[e]);return o`<div class="window-text">
    <div class="row row-end"><${w} text=${t} label="Copy the request as JSON" /></div>
    <pre tabindex="0" aria-label="The request as JSON" class="window-json">${t}</pre>
  </div>`}function te(e){return`[${[e.role,e.name].filter(Boolean).join(" ")}]
${Y(e)}`}function Y(e){let t=e.content??"",s=typeof t=="string"?t:JSON.stringify(t),n=(e.tool_calls??[]).map(i=>`→ ${i.function.name}(${i.function.arguments})`);return[s,...n].filter(Boolean).join(`
`)}var se=3e3;function oe({agent:e,query:t}){let s=/^\d+$/.test(t.get("at")??"")?Number(t.get("at")):null,n=E(l=>k(h`agents/${e.id}/window`,{at:s},l),[e.id,s]);return B(async()=>{let l=n.data;if(n.isLoading||!l)return;let a=await k(h`agents/${e.id}`).catch(()=>null);a&&a.seq!==l.seq&&await n.reload()},s===null?se:null),f(()=>{document.getElementById("window-past")?.focus()},[s]),o`<div class="stack window">
    ${s!==null&&o`<${ne} agent=${e} at=${s} />`}
    <${W} of=${n} what="the window">${l=>o`<${ae} agent=${e} window=${l} isPast=${s!==null} />`}<//>
    <${P} agent=${e} seq=${s??n.data?.seq??null} isPast=${s!==null} reload=${n.reload} />
  </div>`}function ne({agent:e,at:t}){return o`<div class="note note-warn row row-between" id="window-past" tabindex="-1">
    <p>
      ${t===0?"This is the window at the start":`This is the window as it was after entry ${r(t)} of the log`}, with the tools of today, and with
      nothing shortened.
    </p>
    <span class="row">
      <a href=${u(["agents",e.name,"past"],{at:t})}>Everything of that time</a>
      <a class="button" href=${u(["agents",e.name,"window"])}>Show the window of now</a>
    </span>
  </div>`}function ae({agent:e,window:t,isPast:s}){return o`
    <section class="card stack" aria-labelledby="window-fill">
      <h2 id="window-fill" aria-live=${s?void 0:"polite"}>
        ${r(t.prompt_tokens)} of ${r(t.window_tokens)} tokens
        <span class="muted"> ${y(t.prompt_tokens,t.window_tokens)}</span>
      </h2>
      <${F} window=${t} />
      ${!s&&t.limit_tokens!==null&&t.prompt_tokens>t.limit_tokens&&o`<p class="note note-warn">This is more than what is sent. The next turn begins with an eviction of the oldest messages.</p>`}
      <p class="small muted row">
        <span>${t.exact?"Counted by the tokenizer of the model.":"Estimated, and corrected by what the model's endpoint counts."}</span>
        ${t.brief&&o`<${g} kind="warn">written briefly, because the window is small<//>`}
      </p>
      <${D} window=${t} />
      <${re} agent=${e} window=${t} />
    </section>
    <${U} window=${t} isPast=${s} />
  `}function re({agent:e,window:t}){let s=t.archival_passages;return o`<p class="small">
    Outside of the window, and found by a search:${" "}
    <a href=${u(["agents",e.name,"search"])}>${m(t.recall_messages,"message")} in recall</a>,${" "}
    <a href=${u(["agents",e.name,"memory","archival"])}>
      ${s===null?"archival memory, which cannot be reached now":`${m(s,"passage")} in archival memory`}</a
    >${t.archival_pending>0&&`, of which ${r(t.archival_pending)} wait for their vectors`}.
  </p>`}export{oe as default};
