import{c as t,m as o}from"./NZ6VOXHM.js";function u({summary:n,children:r,isOpen:s=!1,name:a=""}){let[e,l]=t(s);return o`<details class="fold ${a}" open=${e} onToggle=${m=>l(m.currentTarget.open)}>
    <summary>${n}</summary>
    ${e&&r()}
  </details>`}export{u as a};
