import{J as f,b as d,d as u,f as m,m as l,n as $}from"./NZ6VOXHM.js";function b({title:r,onClose:e,children:a,isWide:c}){let t=$(),o=m(null);return u(()=>{let n=document.activeElement,s=o.current;return s?.showModal(),()=>{s?.close(),n?.focus?.()}},[]),l`<dialog ref=${o} class="dialog ${c?"dialog-wide":""}" aria-labelledby=${t} onCancel=${n=>{n.preventDefault(),e()}}>
    <header class="row row-between">
      <h2 id=${t}>${r}</h2>
      <button type="button" class="button button-quiet" aria-label="Close" onClick=${e}>×</button>
    </header>
    ${a}
  </dialog>`}function h({title:r,text:e,action:a,isDangerous:c}){return new Promise(t=>{let o=document.body.appendChild(document.createElement("div")),i=n=>{d(null,o),o.remove(),t(n)};d(l`<${b} title=${r} onClose=${()=>i(!1)}>
        <${f} submit=${a} kind=${c?"danger":"primary"} onSubmit=${async()=>i(!0)}>
          ${typeof e=="string"?l`<p>${e}</p>`:e}
        <//>
      <//>`,o)})}export{b as a,h as b};
