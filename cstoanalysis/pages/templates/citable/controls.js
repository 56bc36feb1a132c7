"use strict";
// What the scripts of a page make their controls with; it stands before each of them.
const make = (name, text = "", attributes = {}) => {
  const element = Object.assign(document.createElement(name), attributes);
  element.textContent = text;
  return element;
};
const labelled = (id, label, element, className = "") => {
  element.id = id;
  const pair = make("div", "", { className });
  pair.append(make("label", label, { htmlFor: id }), element);
  return pair;
};

