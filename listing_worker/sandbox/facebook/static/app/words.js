// Words of the page by the account's language (fact: facebook, "three things"; §4, §10).

import { has } from "./api.js";

const BRITISH = {
  "Dropdown menu": "Drop-down menu",
  "Used - Like New": "Used – like new",
  "Used - Good": "Used – good",
  "Used - Fair": "Used – fair",
  Color: "Colour",
  "Jewelry & Accessories": "Jewellery & accessories",
};
const SPANISH = {
  "Item for sale": "Artículo en venta",
  Title: "Título",
  Price: "Precio",
  Category: "Categoría",
  Condition: "Estado",
  "More details": "Más detalles",
  Description: "Descripción",
  Location: "Ubicación",
  Next: "Siguiente",
  Publish: "Publicar",
  Previous: "Anterior",
  "Save draft": "Guardar borrador",
  Photos: "Fotos",
  "Add photos": "Agregar fotos",
  New: "Nuevo",
  "Used - Like New": "Usado - Como nuevo",
  "Used - Good": "Usado - Buen estado",
  "Used - Fair": "Usado - Aceptable",
  "Your profile": "Tu perfil",
  Account: "Cuenta",
};

const table = has("es") ? SPANISH : has("en_gb") ? BRITISH : {};
export const t = (text) => table[text] || text;
