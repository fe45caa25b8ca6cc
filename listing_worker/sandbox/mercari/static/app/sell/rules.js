// What the form holds, when it may be listed, and how it travels: state ↔ the input of createListing.

import { has } from "../api.js";
import { isLeaf } from "./categories.js";

export const LIMITS = { photos: 12, title: 80, description: 1000, lowest: 1, highest: 2000 };
export const NO_BRAND = "No brand / Not sure";

export const EMPTY = {
  photos: [], // {key, uploadId, preview, status: "uploading" | "done", progress}
  name: "",
  description: "",
  categoryId: null,
  brand: null, // {id, name}; id 0 = no brand
  brandText: "",
  conditionId: "",
  sizeId: null,
  zip: "",
  delivery: "MERCARI",
  label: null, // {id, carrier, displayName, upTo, fee}
  parcel: null, // {ounces, fitsInShoebox, length, width, height}
  payer: 1, // 1 seller, 2 buyer
  price: "",
  priceSuggested: false,
  smart: { on: false, floor: "", minimum: 1 },
  offers: has("offers_on"),
  tags: [],
};

const priceOf = (text) => Number(text.replace(/,/g, ""));

// Field → sentence, in page order; empty when the listing may be made.
export function problemsOf(form, sizes) {
  const found = {};
  const need = (field, good, sentence) => {
    if (!good && !found[field]) found[field] = sentence;
  };
  const words = form.description.split(/\s+/).filter(Boolean).length;
  const price = priceOf(form.price);
  need("photos", form.photos.length >= 1, "Please add at least 1 photo");
  need("photos", form.photos.every((photo) => photo.status === "done"), "Photos are still being uploaded");
  need("name", form.name.trim() !== "", "Title can not be empty");
  need("name", form.name.length <= LIMITS.title, "Title must be 80 characters or less");
  need("description", form.description.trim() !== "", "Description can not be empty");
  need("description", words >= 5, "Description must be at least 5 words");
  need("description", form.description.length <= LIMITS.description, "Description must be 1000 characters or less");
  need("category", isLeaf(form.categoryId), "Please select a category");
  need("brand", form.brand !== null, "Select a brand, or choose No brand / Not sure");
  need("condition", form.conditionId !== "", "Please select a condition");
  need("size", sizes !== null && (sizes.length === 0 || form.sizeId !== null), "Size can not be empty");
  need("shipsFrom", /^\d{5}$/.test(form.zip), "Please add a ship-from address");
  need("shipping", form.delivery === "SOYO" || form.label !== null, "Please select a shipping carrier");
  need(
    "price",
    form.price !== "" && price >= LIMITS.lowest && price <= LIMITS.highest,
    "Please enter a price in the range of $1.00–$2,000.00",
  );
  if (form.smart.on) {
    const floor = priceOf(form.smart.floor);
    need("floor", form.smart.floor !== "" && floor >= form.smart.minimum, `Floor price must be at least $${form.smart.minimum.toFixed(2)}`);
    need("floor", floor < price, "Floor price must be lower than the price");
  }
  return found;
}

export function inputOf(form) {
  const cents = Math.round(priceOf(form.price) * 100);
  const own = form.delivery === "SOYO";
  const { ounces = 0, fitsInShoebox = true, length = 0, width = 0, height = 0 } = form.parcel || {};
  return {
    photoIds: form.photos.map((photo) => photo.uploadId),
    name: form.name,
    description: form.description,
    price: cents || null,
    categoryId: form.categoryId,
    brandId: form.brand ? form.brand.id : null,
    conditionId: form.conditionId ? Number(form.conditionId) : null,
    sizeId: form.sizeId || 0,
    colorId: 0,
    zipCode: form.zip,
    shippingDeliveryType: form.delivery,
    isShippingSoyo: own,
    shippingPayerId: form.payer,
    shippingClassIds: own || !form.label ? [0] : [form.label.id],
    shippingPackageWeight: own ? 0 : ounces,
    shippingPackage: { fitsInShoebox, length, width, height },
    isAutoPriceDrop: form.smart.on,
    minPriceForAutoPriceDrop: form.smart.on ? Math.round(priceOf(form.smart.floor) * 100) : null,
    offerConfig: { minPriceForSmartOffer: form.offers ? Math.round(cents * 0.8) : 0 },
    salesFee: Math.round(cents * 0.1),
    tags: form.tags,
    imei: null,
    form: { brandName: form.brand ? form.brand.name : "", label: form.label }, // for opening it again
  };
}

// The form as a listing or draft left it.
export function formOf(sent, photos) {
  return {
    ...EMPTY,
    photos: photos.map((photo) => ({ key: photo.uploadId, uploadId: photo.uploadId, preview: photo.imageUrl, status: "done", progress: 1 })),
    name: sent.name || "",
    description: sent.description || "",
    categoryId: sent.categoryId || null,
    brand: sent.brandId === null || sent.brandId === undefined ? null : { id: sent.brandId, name: sent.form.brandName },
    brandText: (sent.form && sent.form.brandName) || "",
    conditionId: sent.conditionId ? String(sent.conditionId) : "",
    sizeId: sent.sizeId || null,
    zip: sent.zipCode || "",
    delivery: sent.shippingDeliveryType || "MERCARI",
    label: (sent.form && sent.form.label) || null,
    parcel: sent.shippingPackageWeight ? { ...sent.shippingPackage, ounces: sent.shippingPackageWeight } : null,
    payer: sent.shippingPayerId || 1,
    price: sent.price ? (sent.price / 100).toFixed(2) : "",
    smart: {
      on: Boolean(sent.isAutoPriceDrop),
      floor: sent.minPriceForAutoPriceDrop ? (sent.minPriceForAutoPriceDrop / 100).toFixed(2) : "",
      minimum: 1,
    },
    tags: sent.tags || [],
  };
}
