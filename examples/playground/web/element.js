// The only function that creates elements. Data become text nodes and attributes, never markup.

export function element(tag, attributes = {}, ...children) {
  const created = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") {
      created.addEventListener(name, value);
    } else if (value === true) {
      created.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      created.setAttribute(name, value);
    }
  }
  created.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return created;
}

// Returns a listener that ignores events of a disabled button. The button keeps the focus, unlike with the attribute
// `disabled`.
export function whileEnabled(listener) {
  return ({ currentTarget }) => {
    if (currentTarget.getAttribute("aria-disabled") !== "true") {
      listener();
    }
  };
}
