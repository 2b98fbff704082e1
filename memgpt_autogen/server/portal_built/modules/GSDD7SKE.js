import{I as d,O as i,d as c,f as o,m as r}from"./NZ6VOXHM.js";var h=new Intl.NumberFormat,v=new Intl.DateTimeFormat(void 0,{dateStyle:"medium",timeStyle:"medium"}),f=new Intl.DateTimeFormat(void 0,{dateStyle:"medium",timeStyle:"short"}),b=new Intl.RelativeTimeFormat(void 0,{numeric:"auto"}),M=[["day",86400],["hour",3600],["minute",60]],L=e=>h.format(e),T=(e,t,n=`${t}s`)=>`${L(e)} ${e===1?t:n}`,p=e=>v.format(new Date(e)),S=e=>f.format(new Date(e));function l(e,t=Date.now()){let n=(new Date(e).getTime()-t)/1e3;if(Math.abs(n)>7*86400)return S(e);for(let[a,s]of M)if(Math.abs(n)>=s)return b.format(Math.round(n/s),a);return"just now"}function w(e){return e<1e3?T(e,"byte"):e<1e6?`${(e/1e3).toFixed(0)} kB`:`${(e/1e6).toFixed(e<1e7?1:0)} MB`}var $=(e,t)=>t?`${(100*e/t).toFixed(e&&e/t<.01?1:0)} %`:"0 %",F=e=>e<1?`${Math.max(1,Math.round(e*1e3))} ms`:`${e.toFixed(1)} s`;function E({of:e,children:t,what:n="the page"}){return r`
    ${e.problem&&r`<${i} problem=${e.problem} onRetry=${e.reload} />`}
    ${e.data!==null?t(e.data):e.isLoading&&r`<p class="muted" role="status"><span class="spinner" aria-hidden="true"></span> Loading ${n} …</p>`}
  `}function B({of:e,children:t,empty:n,what:a="the list"}){let s=o(null),u=o(e.more);return u.current=e.more,c(()=>{if(!s.current)return;let m=new IntersectionObserver(x=>x.some(g=>g.isIntersecting)&&u.current(),{rootMargin:"400px"});return m.observe(s.current),()=>m.disconnect()},[e.hasMore,e.items?.length]),r`
    ${e.items===null&&e.isLoading&&r`<p class="muted" role="status"><span class="spinner" aria-hidden="true"></span> Loading ${a} …</p>`}
    ${e.items!==null&&(e.items.length>0?t(e.items):n)}
    ${e.problem&&r`<${i} problem=${e.problem} onRetry=${e.items===null?e.reload:e.more} />`}
    ${e.hasMore&&!e.problem&&r`<div ref=${s} class="row row-center"><${d} busy=${e.isLoading} onClick=${e.more}>Load more<//></div>`}
  `}function N({title:e,children:t}){return r`<div class="empty">
    <p class="empty-title">${e}</p>
    ${t}
  </div>`}function k({time:e}){return e?r`<time datetime=${e} title=${p(e)}>${l(e)}</time>`:r`<span class="muted">never</span>`}function z({label:e,done:t=0,whole:n=null}){return r`<div class="progress">
    <span>${e}${n?r` <span class="muted">${$(t,n)}</span>`:""}</span>
    <progress aria-label=${e} value=${n?t:void 0} max=${n??void 0}></progress>
  </div>`}function A({label:e,used:t,limit:n,unit:a=""}){let s=n?t/n:0;return r`<div class="meter ${s>.9?"meter-full":""}">
    <meter aria-label=${e} min="0" max=${n} value=${Math.min(t,n)}></meter>
    <span class="muted">${t.toLocaleString()} of ${n.toLocaleString()} ${a}</span>
  </div>`}function C({children:e,kind:t="plain"}){return r`<span class="badge badge-${t}">${e}</span>`}export{L as a,T as b,p as c,S as d,w as e,$ as f,F as g,E as h,B as i,N as j,k,z as l,A as m,C as n};
