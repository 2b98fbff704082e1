import{j as e}from"./GSDD7SKE.js";import{D as o,m as t}from"./NZ6VOXHM.js";function i({parts:r}){return t`<h1>No such page</h1>
  <${e} title="There is no page ${r.join("/")}.">
    <p><a href=${o(["agents"])}>Go to the agents</a></p>
  <//>`}export{i as default};
