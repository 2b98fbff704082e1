import{b as u,n as a}from"./GSDD7SKE.js";import{d as c,j as o,l as d,m as e,o as l,u as f}from"./NZ6VOXHM.js";var v=2500,i=o(null),p="",s=o(0);function $(){c(()=>(s.value+=1,()=>{s.value-=1}),[])}async function m(){try{let{items:n}=await f("activity",{limit:200}),r=JSON.stringify(n);if(i.value&&r===p)return;p=r,i.value=new Map(n.map(t=>[t.id,t.activity]))}catch{}}d(()=>{if(!s.value||l.value)return;m();let n=setInterval(()=>document.hidden||m(),v);return()=>clearInterval(n)});function L({id:n,known:r}){let t=i.value?i.value.get(n):r;return t?e`<span class="row">
    ${t.running&&e`<${a} kind="good"><span class="spinner" aria-hidden="true"></span> In a turn<//>`}
    ${t.queued>0&&e`<${a} kind="accent">${u(t.queued,"turn")} waiting<//>`}
    ${t.suspended>0&&e`<${a} kind="warn">${u(t.suspended,"turn")} waiting for an answer<//>`}
  </span>`:null}export{i as a,$ as b,L as c};
