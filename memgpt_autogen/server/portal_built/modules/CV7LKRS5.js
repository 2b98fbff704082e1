import{m as a}from"./NZ6VOXHM.js";function l({label:r,tabs:n}){return a`<nav class="tabs" aria-label=${r}>
    ${n.map(e=>a`<a key=${e.link} href=${e.link} aria-current=${e.isHere?"page":void 0}>${e.text}</a>`)}
  </nav>`}export{l as a};
