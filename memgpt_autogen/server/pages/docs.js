// The page of the paths: it reads openapi.json and shows each path, with a form to try it.

const METHODS = ["get", "post", "put", "patch", "delete"];

const key = document.querySelector("#key");
document.querySelector("#credentials").addEventListener("submit", (event) => event.preventDefault());

const response = await fetch("openapi.json");
const description = await response.json();
const root = new URL(".", document.baseURI).pathname.replace(/\/$/, "");
show(description);

/** Show every path, by area. */
function show(api) {
  const areas = new Map();
  for (const [path, operations] of Object.entries(api.paths)) {
    for (const method of METHODS.filter((each) => each in operations)) {
      const operation = operations[method];
      const area = operation.tags?.[0] ?? "other";
      areas.set(area, [...(areas.get(area) ?? []), { path, method, operation }]);
    }
  }
  const main = document.querySelector("#paths");
  main.replaceChildren();
  for (const [area, found] of areas) {
    const head = element("h2", area);
    head.id = area;
    const link = element("a", area);
    link.href = `#${area}`;
    document.querySelector("#areas").append(link);
    main.append(head, ...found.map(section));
  }
}

/** One operation, folded. */
function section({ path, method, operation }) {
  const head = element("summary");
  head.append(
    element("span", method.toUpperCase(), "method"),
    element("span", path, "path"),
    element("span", operation.summary ?? "", "soft"),
  );
  const inside = element("div");
  const whole = element("details");
  whole.append(head, inside);
  whole.addEventListener("toggle", () => inside.hasChildNodes() || fill(inside, path, method, operation));
  return whole;
}

function fill(inside, path, method, operation) {
  inside.append(element("p", operation.description ?? ""));
  const parameters = operation.parameters ?? [];
  if (parameters.length) inside.append(element("h3", "Parameters"), table(parameters.map(parameterRow)));
  const [type, body] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const schema = body && resolved(body.schema);
  if (schema) inside.append(element("h3", `Body (${type})`), table(rows(schema)));
  inside.append(element("h3", "Answers"), table(Object.entries(operation.responses).map(answerRow)));
  inside.append(tryForm(path, method, parameters, type, schema));
}

function parameterRow(parameter) {
  return [parameter.name, `${parameter.in}, ${kind(parameter.schema)}`, parameter.description ?? ""];
}

function answerRow([status, answer]) {
  const content = Object.values(answer.content ?? {})[0];
  return [status, content?.schema ? kind(content.schema) : "", answer.description ?? ""];
}

/** The fields of an object. */
function rows(schema) {
  const needed = new Set(schema.required ?? []);
  return Object.entries(schema.properties ?? {}).map(([name, each]) => [
    name,
    kind(each) + (needed.has(name) ? ", required" : ""),
    each.description ?? "",
  ]);
}

/** What a schema is, in a word or two. */
function kind(schema) {
  if (schema.$ref) return schema.$ref.split("/").at(-1);
  if (schema.enum) return schema.enum.map((each) => JSON.stringify(each)).join(" or ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  const several = schema.anyOf ?? schema.oneOf ?? schema.allOf;
  if (several) return several.map(kind).join(" or ");
  if (schema.type === "array") return `list of ${kind(schema.items ?? {})}`;
  if (schema.type === "object" && schema.additionalProperties)
    return `object of ${kind(schema.additionalProperties)}`;
  return [schema.type ?? "any", schema.format].filter(Boolean).join(", ");
}

function resolved(schema) {
  return schema.$ref ? description.components.schemas[schema.$ref.split("/").at(-1)] : schema;
}

/** An example of a body: its required fields. */
function example(schema) {
  const needed = schema.required ?? [];
  const value = Object.fromEntries(needed.map((name) => [name, schema.properties[name].examples?.[0] ?? ""]));
  return JSON.stringify(value, null, 2);
}

function tryForm(path, method, parameters, type, schema) {
  const form = element("form");
  const fields = parameters.map((parameter) => {
    const field = element("input");
    const label = element("label", `${parameter.name} `);
    label.append(field);
    form.append(label);
    return { parameter, field };
  });
  const isJson = type === "application/json";
  const text = element("textarea");
  if (isJson) {
    text.value = example(schema);
    text.setAttribute("aria-label", "Body");
    form.append(text);
  }
  const answer = element("pre");
  answer.hidden = true;
  if (type && !isJson) {
    form.append(element("p", "A form with a file: send it with a program.", "soft"));
    return form;
  }
  form.append(element("button", "Send"), answer);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    answer.hidden = false;
    answer.textContent = "Waiting for the answer.";
    try {
      answer.textContent = await send(path, method, fields, isJson ? text.value : undefined);
    } catch (error) {
      answer.textContent = `No answer: ${error.message}`;
    }
  });
  return form;
}

async function send(path, method, fields, body) {
  const query = new URLSearchParams();
  const headers = new Headers(key.value ? { Authorization: `Bearer ${key.value}` } : {});
  for (const { parameter, field } of fields.filter((each) => each.field.value)) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(field.value));
    if (parameter.in === "query") query.append(parameter.name, field.value);
    if (parameter.in === "header") headers.set(parameter.name, field.value);
  }
  if (body !== undefined) headers.set("Content-Type", "application/json");
  const address = `${root}${path}${query.size ? `?${query}` : ""}`;
  const got = await fetch(address, { method: method.toUpperCase(), headers, body });
  const text = await got.text();
  return `${got.status} ${got.statusText}\n\n${pretty(text)}`;
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function table(lines) {
  const made = element("table");
  for (const line of lines) {
    const row = element("tr");
    row.append(...line.map((cell, number) => (number ? element("td", cell) : head(cell))));
    made.append(row);
  }
  return made;
}

function head(text) {
  const cell = element("th");
  cell.scope = "row";
  cell.append(element("code", text));
  return cell;
}

/** An element with a text, which is never read as HTML. */
function element(name, text = "", style = "") {
  const made = document.createElement(name);
  made.textContent = text;
  if (style) made.className = style;
  return made;
}
