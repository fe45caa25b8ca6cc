// What the form holds, when it is complete, and how it travels: state ↔ the input of a mutation.

import { has, settings } from "../api.js";

export const MOBILE = location.pathname.startsWith("/marketplace/selling/item");
export const LIMITS = { photos: 10, title: 100, price: 14, description: 2000, tags: 20, groups: 20 };
export const STEPS = has("one_step") ? ["details"] : has("three_step") ? ["details", "delivery", "audience"] : ["details", "audience"];

export const categoryOf = (id) => settings.categories.find((one) => one.id === id);

export function emptyForm(place) {
  return {
    photos: [], // {key, photoId, preview, progress}
    title: "",
    price: "",
    categoryId: "",
    condition: "",
    description: "",
    attributes: {},
    availability: "single",
    tags: [],
    sku: "",
    place,
    meetup: [],
    hidden: false,
    boost: has("boost_on"),
    delivery: { method: has("three_step") ? "" : "pickup", weight: "", carrier: "", label: "", offers: has("three_step") },
    groups: [],
    commenting: false,
  };
}

// "$1,234" of what was typed: digits only, nothing after a decimal point.
export function shownPrice(digits) {
  return digits === "" ? "" : `$${Number(digits).toLocaleString("en-US")}`;
}

export const digitsOf = (text) => text.split(".")[0].replace(/\D/g, "").replace(/^0+(?=\d)/, "");

// Field → sentence; empty when the first page may be left.
export function problemsOf(form) {
  const found = {};
  const need = (field, good, sentence) => {
    if (!good && !found[field]) found[field] = sentence;
  };
  need("photos", form.photos.length > 0, "Please upload at least one photo.");
  need("photos", form.photos.every((photo) => photo.photoId), "Your photos are still being uploaded.");
  need("title", form.title.trim() !== "", "Please enter a title.");
  need("title", form.title.length <= LIMITS.title, "Please shorten the title to 100 characters.");
  need("price", form.price !== "", "Please enter a price.");
  need("category", form.categoryId !== "", "Please choose a category.");
  need("condition", form.condition !== "", "Please choose a condition.");
  need("description", !has("description_required") || form.description.trim() !== "", "Please enter a description.");
  const branded = categoryOf(form.categoryId)?.attributes.some((one) => one.name === "Brand");
  need("Brand", !has("brand_required") || !branded || form.attributes.Brand, "Please enter a brand.");
  need("place", form.place !== "", "Please choose a location.");
  return found;
}

export function deliveryDone({ method, weight, carrier, label }) {
  return method === "pickup" || (method !== "" && weight !== "" && carrier !== "" && label !== "");
}

export function inputOf(form) {
  return {
    title: form.title,
    price: form.price,
    currency: "USD",
    category_id: form.categoryId,
    condition: form.condition,
    description: form.description,
    attributes: form.attributes,
    availability: form.availability,
    product_hashtag_names: form.tags,
    sku: form.sku,
    location: form.place,
    meetup: form.meetup,
    hide_from_friends: form.hidden,
    boost: form.boost,
    delivery: form.delivery,
    xpost_target_ids: form.groups,
    commenting: form.commenting,
    photo_ids: form.photos.map((photo) => photo.photoId),
  };
}

// A listing or draft, to be changed or listed once more.
export function formOf(item, place) {
  const sent = item.sent;
  const start = emptyForm(place);
  const delivery = sent.delivery && sent.delivery.method ? sent.delivery : start.delivery;
  return {
    ...start,
    title: sent.title || "",
    price: sent.price || "",
    categoryId: sent.category_id || "",
    condition: sent.condition || "",
    description: sent.description || "",
    attributes: sent.attributes || {},
    availability: sent.availability || "single",
    tags: sent.product_hashtag_names || [],
    sku: sent.sku || "",
    place: sent.location || place,
    meetup: sent.meetup || [],
    hidden: Boolean(sent.hide_from_friends),
    delivery,
    groups: sent.xpost_target_ids || [],
    commenting: Boolean(sent.commenting),
    photos: item.photos.map((photo) => ({ key: photo.id, photoId: photo.id, preview: photo.url, progress: 1 })),
  };
}
