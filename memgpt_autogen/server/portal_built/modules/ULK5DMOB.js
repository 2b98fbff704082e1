import{a as O}from"./KFWSHZK6.js";import{a as j,b as D,c as Q}from"./7LFTHFCE.js";import{a as z,b as J}from"./3N4M3NCF.js";import{b as F,h as E,i as X,j as T,k as h,n as G}from"./GSDD7SKE.js";import{A as W,B as q,D as l,I as R,c as g,d as c,e as N,f as k,m as e,s as f,u as $,y as x,z as P}from"./NZ6VOXHM.js";function K({group:t,newest:o}){let s=t.members.filter(a=>a.agent_id);return e`<section class="group-holdings" aria-label="What each of your agents holds">
    ${s.map(a=>e`<${ot} key=${a.agent_id} id=${a.agent_id} name=${a.name} newest=${o} />`)}
  </section>`}function ot({id:t,name:o,newest:s}){let a=x(n=>$(f`agents/${t}`,{},n),[t]);return c(()=>{s&&a.data&&a.reload()},[s]),e`<div class="card">
    <div class="row row-between">
      <h2><a href=${l(["agents",t,"memory"])} dir="auto">${o}</a></h2>
      <${Q} id=${t} known=${a.data?.overview.activity} />
    </div>
    <${E} of=${a} what="its memory">
      ${n=>e`
        <p class="muted small">${F(n.messages,"message")} · <a href=${l(["agents",t,"chat"])}>log up to #${n.seq}</a></p>
        ${n.blocks.map(i=>e`<h3 key=${i.label} class="small" dir="auto">${i.label}</h3>
            <p class="group-block" dir="auto">${i.value||e`<span class="muted">empty</span>`}</p>`)}
      `}
    <//>
  </div>`}function V({message:t,names:o}){let s=t.agent_id?t.said_at.map(n=>({id:t.agent_id,seq:n})):[],a=t.heard_by.map(n=>({id:n.agent_id,seq:n.seq}));return e`<li class="group-message ${t.agent_id?"group-message-own":""}">
    <div class="row row-between small">
      <strong dir="auto">${t.speaker}</strong>
      <span class="muted"><${h} time=${t.time} /></span>
    </div>
    <div dir="auto"><${z} text=${t.text} /></div>
    <p class="small muted group-places">
      ${s.length>0&&e`Said at ${U(s,o,!1)}. `}${a.length>0?e`Heard by ${U(a,o,!0)}.`:""}
    </p>
  </li>`}function U(t,o,s){return t.map(({id:a,seq:n},i)=>e`${i>0&&", "}<a href=${l(["agents",a,"chat"],{seq:n})} title="The entry ${n} of the log of ${o[a]??a}">${s&&e`<bdi>${o[a]??"an agent"}</bdi> `}#${n}</a>`)}var A={going_on:{text:"Goes on",kind:"good",about:"Its process is there, and something was said in the last 10 minutes."},quiet:{text:"Quiet",kind:"warn",about:"Nothing was said for 10 minutes, and no end is known."},ended:{text:"Ended",kind:"plain",about:"It was terminated, or had its last round."},lost:{text:"Lost",kind:"bad",about:"Its process has ended without an end of the chat."}};function M({state:t}){let{text:o,kind:s,about:a}=A[t];return e`<span title=${a}><${G} kind=${s}>${o}<//></span>`}var st=Number.MAX_SAFE_INTEGER,Y=50;function Z(t,o){let[s,a]=g([]),[n,i]=g(null),[L,b]=g(t.state),[p,y]=g(!1),[_,B]=g(null),v=k(new Set(t.members.map(r=>r.name))),d=f`groups/${t.id}/messages`;return c(()=>b(t.state),[t.state]),c(()=>{let r=new AbortController,{signal:u}=r;return(async()=>{let w=await $(d,{before:st,limit:Y},u);a(w.items),i(w.next),await J(d,{query:{after:w.items.at(-1)?.number??0},signal:u,onBreak:y,isLast:m=>m.kind==="state"&&(m.data.state==="ended"||m.data.state==="lost"),onEvent:m=>{if(m.kind==="state"){b(m.data.state);return}a(et=>[...et.filter(at=>at.number!==m.data.number),m.data]),!v.current.has(m.data.speaker)&&(v.current.add(m.data.speaker),o())}})})().catch(w=>u.aborted||B(q(w))),()=>r.abort()},[d]),{messages:s,state:L,hasEarlier:n!==null,earlier:async()=>{let r=await $(d,{before:n,limit:Y});a(u=>[...r.items,...u]),i(r.next)},isBroken:p,problem:_}}function tt({id:t}){let o=x(s=>$(f`groups/${t}`,{},s),[t]);return c(()=>{o.data&&O(t,S(o.data))},[o.data]),o.problem?.status===404?e`<h1>Group</h1>
      <${T} title="There is no group chat with this id, or no agent of yours takes part in it."><p><a href=${l(["groups"])}>Look at all groups</a></p><//>`:e`<p><a href=${l(["groups"])}>Groups</a></p>
    <${E} of=${o} what="the group">${s=>e`<${rt} group=${s} reload=${o.reload} />`}<//>`}function rt({group:t,reload:o}){let{messages:s,state:a,hasEarlier:n,earlier:i,isBroken:L,problem:b}=Z(t,o);D();let p=k(null),y=k(!0),_=s.at(-1)?.number??0;N(()=>{p.current&&y.current&&(p.current.scrollTop=p.current.scrollHeight)},[_]);let B=()=>{let{scrollTop:r=0,scrollHeight:u=0,clientHeight:I=0}=p.current??{};y.current=u-r-I<60},v=Object.fromEntries(t.members.filter(r=>r.agent_id).map(r=>[r.agent_id,r.name])),d=t.members.find(r=>r.agent_id&&j.value?.get(r.agent_id)?.running),H=a==="ended"||a==="lost";return e`
    <div class="row row-between page-head">
      <h1 dir="auto">${S(t)}</h1>
      <${M} state=${a} />
    </div>
    <p class="row group-members"><${C} group=${t} /><span class="muted small">Since <${h} time=${t.created_at} /></span></p>
    <div class="group">
      <section class="group-chat" aria-label="What was said">
        ${n&&e`<div class="row row-center"><${R} onClick=${i}>Load earlier messages<//></div>`}
        ${b&&e`<p class="note note-bad" role="alert">${b.message}</p>`}
        <div class="group-log" ref=${p} onScroll=${B} tabindex="0" role="log" aria-label="Messages"><ol class="group-list">
          ${s.map(r=>e`<${V} key=${r.number} message=${r} names=${v} />`)}
        </ol></div>
        <p class="muted" role="status">
          ${L?"The connection broke. It is opened again …":H?`This chat is over: ${A[a].about}`:d?e`<span class="spinner" aria-hidden="true"></span> <bdi>${d.name}</bdi> speaks …`:a==="quiet"?A.quiet.about:"Waiting for the next message …"}
        </p>
      </section>
      <${K} group=${t} newest=${_} />
    </div>
  `}var nt=5e3,it=`from autogen import GroupChat, GroupChatManager
from memgpt_autogen import MemGPTAgent

sam, ann = MemGPTAgent("sam"), MemGPTAgent("ann")
chat = GroupChat(agents=[sam, ann], messages=[], max_round=6,
                 speaker_selection_method="round_robin")
sam.initiate_chat(GroupChatManager(groupchat=chat, llm_config=False), message="Hello!")`;function mt({id:t}){return t?e`<${tt} key=${t} id=${t} />`:e`<${lt} />`}function lt(){let t=P("groups",{limit:50});W(t.reload,(t.items?.length??0)<=50?nt:null);let o=e`<${T} title="No group chat yet">
    <p>Group chats of AutoGen appear here by themselves while they go on, when an agent of yours takes part, from any program that uses the same home:</p>
    <pre class="group-example"><code>${it}</code></pre>
  <//>`;return e`
    <h1>Groups</h1>
    <${X} of=${t} what="the groups" empty=${o}>
      ${s=>e`<ul class="stack groups">
          ${s.map(a=>e`<${pt} key=${a.id} group=${a} />`)}
        </ul>`}
    <//>
  `}function pt({group:t}){return e`<li class="card">
    <div class="row row-between">
      <h2><a href=${l(["groups",t.id])} dir="auto">${S(t)}</a></h2>
      <${M} state=${t.state} />
    </div>
    <p class="row group-members"><${C} group=${t} /></p>
    <p class="muted small">Last message: <${h} time=${t.last_message_at} /></p>
  </li>`}function C({group:t}){return t.members.map(o=>e`<${G} key=${o.name} kind=${o.agent_id?"accent":"plain"}><bdi>${o.name}</bdi>${o.agent_id?e`<span class="visually-hidden"> (yours)</span>`:""}<//>`)}function S(t){let o=t.members.map(s=>s.name).join(", ");return t.name&&t.name!=="chat_manager"?`${t.name}: ${o}`:o||"A group"}export{C as Members,mt as default,S as titleOf};
