// The category tree: nested [id, name, [children]], indexed by id.

import { call } from "../api.js";

const byId = new Map();
let tops = [];

export async function loadCategories() {
  const index = (nodes, above) =>
    nodes.map(([id, name, children = []]) => {
      const node = { id, name, line: [], path: [], children: [] };
      node.line = [...above, node];
      node.path = node.line.map((step) => step.name);
      node.children = index(children, node.line);
      byId.set(id, node);
      return node;
    });
  const answer = await fetch("/v1/master/categories");
  tops = index(await answer.json(), []);
}

export const topCategories = () => tops;
export const categoryOf = (id) => byId.get(id);
export const labelOf = (id) => (byId.has(id) ? byId.get(id).path.join(" > ") : "");
export const isLeaf = (id) => byId.has(id) && byId.get(id).children.length === 0;

export async function searchCategories(keyword) {
  const data = await call("categorySearchQuery", { keyword });
  return data.categorySearch;
}
