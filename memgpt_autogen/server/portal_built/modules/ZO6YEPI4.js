import{b as w,c as U}from"./5EK4MDD2.js";import{a as M}from"./GPHIUOIN.js";import"./72FF5D4G.js";import"./VRJRYIWO.js";import{a as P}from"./CV7LKRS5.js";import"./EJKEL276.js";import{j as E}from"./GSDD7SKE.js";import{a as k,c as S,d as T}from"./T3BZZKVX.js";import{D as v,I as C,J as I,K as f,L as O,N as R,c as p,m as r}from"./NZ6VOXHM.js";function L({program:e,where:t}){let[s,a]=p(!1),i=e.name.startsWith("MCP");return r`<section class="card program" aria-label=${e.name}>
    <h2>${e.name}</h2>
    <p>${e.about}</p>
    ${e.lines(t).map(([o,l])=>r`<div key=${o} class="lines">
        <div class="row row-between"><h3>${o}</h3><${R} text=${l} label="Copy: ${e.name}, ${o}" /></div>
        <pre dir="ltr" tabindex="0" role="group" aria-label="${e.name}, ${o}">${l}</pre>
      </div>`)}
    ${e.trial&&(T.value||i)&&r`<details class="trial" onToggle=${o=>a(o.currentTarget.open)}>
      <summary>Try it</summary>
      ${s&&r`<${G} program=${e} where=${t} isReading=${i} />`}
    </details>`}
  </section>`}function G({program:e,where:t,isReading:s}){let[a,i]=p("Hello from the portal."),[o,l]=p(null);return r`<${I} submit="Send it" onSubmit=${async()=>{let c=e.trial(t,a);l(await B(c,t))}} disabled=${!a.trim()}>
      ${s?r`<p class="hint">Asks for the list of tools, as the program does first.</p>`:r`<${f} label="What the agent shall hear" value=${a} onInput=${i} hint="${t.agent} hears it, answers, and remembers it." />`}
      <p class="hint">${t.key?"It is sent with the key in the lines.":"It is sent with your session, since there is no key in the lines yet."}</p>
    <//>
    ${o&&r`<div class="note ${o.isGood?"":"note-bad"}" role="status">
      <p class="mono small">${o.request}</p>
      <p class="said" dir="auto">${o.text}</p>
      <details><summary>The whole answer</summary><pre dir="ltr">${o.whole}</pre></details>
    </div>`}`}async function B(e,t){let s=`${t.server}/${e.path}`,a={"Content-Type":"application/json",Accept:"application/json, text/event-stream"};t.key&&(a.Authorization=`Bearer ${t.key}`);let i;try{i=await fetch(s,{method:"POST",headers:a,body:JSON.stringify(e.body),credentials:t.key?"omit":"same-origin"})}catch{return{request:`POST ${s}`,isGood:!1,text:"The server does not answer. Look whether it runs, then try again.",whole:""}}let o=await i.text(),l=j(o),u=`POST ${s}: ${i.status} ${i.statusText}`,c=l?JSON.stringify(l,null,2):o;try{if(i.ok)return{request:u,isGood:!0,text:e.read(l),whole:c}}catch{}let y=l?.error?.message??l?.detail??l?.error??o;return{request:u,isGood:!1,text:typeof y=="string"?y:JSON.stringify(y),whole:c}}function j(e){let t=/^data: ?(.*)$/m.exec(e)?.[1];try{return JSON.parse(e.trimStart().startsWith("{")?e:t??e)}catch{return null}}var n=e=>JSON.stringify(e),d=e=>`'${e.replaceAll("'","'\\''")}'`,m=({key:e})=>e||"mga_...",b=e=>JSON.stringify(e,null,2),A=({server:e,agent:t})=>`${e}/mcp/${encodeURIComponent(t)}`,$=({agent:e},t)=>({path:"v1/chat/completions",body:{model:e,messages:[{role:"user",content:t}]},read:s=>s.choices[0].message.content}),N=({id:e},t)=>({path:`api/v1/agents/${encodeURIComponent(e)}/runs`,body:{input:t,background:!1},read:s=>s.replies.join(`
`)||s.state}),g="My cat is Tosca.",x=[{name:"curl",about:"From any shell: in the form of OpenAI’s API, or in the server’s own, which has all that the portal shows.",lines:e=>[["OpenAI’s form",`curl ${d(`${e.server}/v1/chat/completions`)} -H ${d(`Authorization: Bearer ${m(e)}`)} \\
  --json ${d(JSON.stringify($(e,g).body))}`],["The server’s own",`curl ${d(`${e.server}/api/v1/agents/${encodeURIComponent(e.agent)}/runs`)} -H ${d(`Authorization: Bearer ${m(e)}`)} \\
  --json ${d(JSON.stringify(N(e,g).body))}`]],trial:$},{name:"Python: memgpt_autogen",about:"The client of this package: pip install memgpt-autogen.",lines:e=>[["Python",`from memgpt_autogen.client import Client

client = Client(${n(e.server)}, ${n(m(e))})
print(client.say(${n(e.agent)}, ${n(g)}).replies)`]],trial:N},{name:"Python: openai",about:"OpenAI’s own client. The agent is the model. Each request may send the whole chat; only what is new is said to the agent.",lines:e=>[["Python",`from openai import OpenAI

client = OpenAI(base_url=${n(`${e.server}/v1`)}, api_key=${n(m(e))})
messages = [{"role": "user", "content": ${n(g)}}]
answer = client.chat.completions.create(model=${n(e.agent)}, messages=messages)
print(answer.choices[0].message.content)`]],trial:$},{name:"AutoGen",about:"An AutoGen agent whose model is your agent. cache_seed must be None, or AutoGen answers from its cache.",lines:e=>[["Python",`from autogen import AssistantAgent

entry = {"model": ${n(e.agent)}, "base_url": ${n(`${e.server}/v1`)}, "api_key": ${n(m(e))}}
assistant = AssistantAgent("assistant", llm_config={"config_list": [entry], "cache_seed": None})`]],trial:$},{name:"Open WebUI",about:"Start it with ENABLE_FORWARD_USER_INFO_HEADERS=true, and add a connection of the type OpenAI. The key needs the scope «speak-for», so that each person speaks by name.",lines:e=>[["URL",`${e.server}/v1`],["Key",m(e)],["Headers",b({"X-OpenWebUI-Task":"{{TASK}}","X-OpenWebUI-User-Message-Id":"{{USER_MESSAGE_ID}}","X-OpenWebUI-User-Message-Parent-Id":"{{USER_MESSAGE_PARENT_ID}}"})]],trial:$},{name:"LibreChat",about:"In librechat.yaml. The key needs the scope «speak-for».",lines:e=>[["YAML",`endpoints:
  custom:
    - name: "My agents"
      apiKey: ${n(m(e))}
      baseURL: ${n(`${e.server}/v1`)}
      models: {default: [${n(e.agent)}], fetch: true}
      headers:
        X-LibreChat-User-Name: "{{LIBRECHAT_USER_NAME}}"
        X-LibreChat-Conversation-Id: "{{LIBRECHAT_BODY_CONVERSATIONID}}"
        X-LibreChat-Message-Id: "{{LIBRECHAT_BODY_MESSAGEID}}"
        X-LibreChat-Parent-Message-Id: "{{LIBRECHAT_BODY_PARENTMESSAGEID}}"
      titleConvo: true
      titleMethod: "completion"
      titlePrompt: "### Task:\\nA title of at most five words for this chat, and nothing else.\\n{convo}"
      summarize: false`]],trial:$},{name:"MCP: Claude, Cursor, VS Code",about:'Programs that speak MCP search the agent’s memory and write into it. The server needs pip install "memgpt-autogen[server,mcp]". A key with the scope «read» alone only reads.',lines:e=>{let t={Authorization:`Bearer ${m(e)}`};return[["Claude Code",`claude mcp add --transport http memory ${d(A(e))} --header ${d(`Authorization: Bearer ${m(e)}`)}`],["Claude Desktop, and programs that start one",b({mcpServers:{memory:{command:"memgpt-autogen",args:["--server",e.server,"mcp","--agent",e.agent],env:{MEMGPT_AUTOGEN_SERVER_KEY:m(e)}}}})],["Cursor: ~/.cursor/mcp.json",b({mcpServers:{memory:{url:A(e),headers:t}}})],["VS Code: .vscode/mcp.json, which asks for the key",b({inputs:[{id:"key",type:"promptString",description:"Key of the memory",password:!0}],servers:{memory:{type:"http",url:A(e),headers:{Authorization:"Bearer ${input:key}"}}}})]]},trial:({agent:e})=>({path:`mcp/${encodeURIComponent(e)}`,body:{jsonrpc:"2.0",id:1,method:"tools/list"},read:t=>`Tools: ${t.result.tools.map(s=>s.name).join(", ")}`})},{name:"MemGPT 0.3",about:"Programs that were written for MemGPT’s own server.",lines:e=>[["Python",`from memgpt.client.client import create_client

client = create_client(base_url=${n(e.server)}, token=${n(m(e))})
answer = client.user_message(${n(e.id)}, ${n(g)})
print([each["assistant_message"] for each in answer.messages if "assistant_message" in each])`]],trial:({id:e},t)=>({path:`api/agents/${encodeURIComponent(e)}/messages`,body:{message:t},read:s=>s.messages.flatMap(a=>a.assistant_message??[]).join(`
`)})},{name:"letta-client",about:"Programs that use Letta’s client, version 1.",lines:e=>[["Python",`from letta_client import Letta

client = Letta(base_url=${n(e.server)}, api_key=${n(m(e))})
answer = client.agents.messages.create(${n(`agent-${e.id}`)}, input=${n(g)})
print([each.content for each in answer.messages if each.message_type == "assistant_message"])`]],trial:({id:e},t)=>({path:`v1/agents/agent-${encodeURIComponent(e)}/messages`,body:{input:t},read:s=>s.messages.flatMap(a=>a.message_type==="assistant_message"?a.content:[]).join(`
`)})}];var _=[{place:"programs",text:"Programs",View:W},{place:"keys",text:"Your keys",View:K}],D=new URL(".",document.baseURI).href.replace(/\/$/,"");function H({part:e,query:t}){let{View:s}=_.find(a=>a.place===e)??_[0];return r`
    <h1>Connect</h1>
    <${P} label="Parts of this page" tabs=${_.map(a=>({link:v(["connect",a.place]),text:a.text,isHere:a.place===e}))} />
    <${s} query=${t} />
  `}function K(){return r`<p>A program says by its key whose it is, and a key may do less than you. It is shown once, when it is made.</p>
    <${U} user=${k.value?.user.id} isOwn />`}function W({query:e}){let t=M(["","Choose an agent"]),[s,a]=p(e.get("agent")??""),[i,o]=p(""),[l,u]=p(!1);if(!t.isLoading&&t.options.length===1)return r`<${E} title="There is no agent to connect to yet."><p><a href=${v(["agents"])}>Create an agent</a>, then come back for the lines.</p><//>`;let c=s||(t.options[1]?.[0]??""),y=[...t.names].find(([,h])=>h===c)?.[0]??c;return r`
    <p>Any program that speaks one of these ways can use your agents. Choose the agent, make a key for the program, and copy the lines.</p>
    <div class="where card">
      <${O} label="Agent" value=${c} options=${t.options.slice(1)} onInput=${a} />
      <${f} label="Key in the lines" value=${i} onInput=${o} rest=${{autocomplete:"off",spellcheck:!1,placeholder:"mga_...",dir:"ltr",class:"mono"}} hint=${i?"It stands in the lines below until you leave this page, and is stored nowhere.":"Paste one that you have, or make one."} />
      ${S.value&&r`<${C} kind="primary" onClick=${()=>u(!0)}>Make a key<//>`}
    </div>
    ${l&&r`<${w} user=${k.value?.user.id} agent=${c} onClose=${()=>u(!1)} onMade=${h=>o(h)} />`}
    ${c&&x.map(h=>r`<${L} key=${h.name} program=${h} where=${{server:D,agent:c,id:y,key:i.trim()}} />`)}
  `}export{_ as PARTS,H as default};
