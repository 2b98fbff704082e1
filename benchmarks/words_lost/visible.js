(() => {
  // What a page shows. Beside `innerText` that is the text in shadow roots and in frames of the same file, the
  // values of form fields, closed details, and what stands in the place of a picture that is not there.
  const HIDES = /^(hidden|checkbox|radio|range|color|file|password)$/;
  document.querySelectorAll("details").forEach((each) => (each.open = true));
  document.querySelectorAll("noscript").forEach((each) => each.remove()); // a browser runs scripts
  // a browser draws these, and shows no text of them
  document.querySelectorAll("progress, meter, canvas, video, audio").forEach((each) => (each.textContent = ""));
  const seen = (element) => element.checkVisibility({visibilityProperty: true});
  const put = (element, text) => seen(element) && element.after(` ${text ?? ""} `);
  const prepare = (root) => {
    for (const element of root.querySelectorAll("*")) {
      // what stands apart as a box of its own is no part of the word before it
      // and what is hidden in the middle of a line is stored there
      if (element.hidden || /none|hidden/.test(element.style?.cssText ?? ""))
        element.after(document.createElement("br"));
      if (/^(BUTTON|NAV|FOOTER|SELECT|LABEL)$/.test(element.tagName))
        for (const side of ["before", "after"]) element[side](document.createElement("br"));
      if (element.tagName === "OPTGROUP") element.parentElement.after(` ${element.label} `);
      if (element.tagName === "TEXTAREA") put(element, element.value || element.placeholder);
      if (element.tagName === "IMG") put(element, element.alt);
      if (element.tagName === "RT") element.textContent = ` (${element.textContent}) `;
      if (element.tagName === "INPUT" && !HIDES.test(element.type))
        put(element, element.type === "image" ? element.alt : element.value || element.placeholder);
      if (element.shadowRoot) prepare(element.shadowRoot);
      if (element.tagName === "IFRAME" && element.contentDocument?.body) prepare(element.contentDocument.body);
    }
  };
  const texts = (root) => {
    const found = [root.innerText ?? root.textContent];
    for (const element of [root, ...root.querySelectorAll("*")]) {
      if (!seen(element)) continue;
      if (element.shadowRoot)
        for (const child of element.shadowRoot.children) if (child.tagName !== "STYLE") found.push(...texts(child));
      if (element.tagName === "IFRAME" && element.contentDocument?.body)
        found.push(...texts(element.contentDocument.body));
    }
    return found;
  };
  prepare(document);
  const all = texts(document.body ?? document.documentElement);
  const main = ["main", "article"].map((name) => document.querySelectorAll(name)).find((each) => each.length === 1);
  const first_heading = document.querySelector("h1, h2, h3, h4, h5, h6")?.innerText ?? "";
  const around = [...document.querySelectorAll("nav, footer, button")].flatMap(texts);
  if (main) {
    main[0].remove();
    around.push(...texts(document.body ?? document.documentElement));
  }
  return JSON.stringify({title: document.title, first_heading, text: all.join("\n"), around: around.join("\n")});
})()
