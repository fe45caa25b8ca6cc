"""The fields of the replicas' forms that drift: where the replica draws them, and what people call them.

Selectors are the replicas' own (sandbox/), not the recipes'. `read` says how the judge reads the replica's control.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Drifting:
    """One field. `shape`: text, area, money, number, radios, select, switch, combobox or button; `label` and `block`
    are CSS for its label inside its block; `judge` is CSS of another control that holds the value in the end. `says`:
    of all that `control` matches, the one whose label says so. `mate`: CSS, in the block, of what is drawn over it.
    `behind`: CSS of what opens the dialog it is in."""

    name: str
    control: str
    shape: str
    read: str = "value"
    label: str = "label"
    block: str = ""
    judge: str = ""
    says: str = ""
    mate: str = ""
    behind: str = ""


@dataclass(frozen=True)
class DriftingForm:
    """A marketplace's form. `changes` to the demo listing; `options` is CSS of choices whose words may change; `also`
    are fields that are filled because others need them, and neither change nor count. `fold`: CSS of what opens a
    closed part of the form, `folded` the fields in it. `aside`: fields in a dialog or a fold already."""

    marketplace: str
    fields: tuple[Drifting, ...]
    changes: dict[str, object] = field(default_factory=dict)
    options: str = "option"
    radio_key: str = "value"
    keep_class: bool = False
    also: tuple[str, ...] = ()
    fold: str = ""
    folded: tuple[str, ...] = ()
    aside: tuple[str, ...] = ()

    def field(self, name: str) -> Drifting:
        return next(one for one in self.fields if one.name == name)


_ROW = "[class*=SellForm__Row]"
MERCARI = DriftingForm(
    "mercari",
    (
        Drifting("title", "#sellName", "text", block=_ROW),
        Drifting("description", "#sellDescription", "area", block=_ROW),
        Drifting(
            "category",
            "[data-testid=SellCategoryFieldButton]",
            "button",
            read="text",
            label="[class*=SellForm__Label]",
            block=_ROW,
        ),
        Drifting("brand", "#sellBrandId", "combobox", block=_ROW),
        Drifting("condition", "input[name=sellCondition]", "radios", read="checked", label="legend", block="fieldset"),
        Drifting("size", "#itemSizeId", "button", read="text", label="[class*=SellForm__Label]", block=_ROW),
        Drifting("price", "#Price", "money", block=_ROW),
        Drifting(
            "smart_pricing",
            "[data-testid=SmartPricingButton]",
            "switch",
            read="pressed",
            label="h3",
            block="[class*=SmartPricing__Panel]",
        ),
    ),
    options="[role=option], [class*=Radio__Card] b",
)

_SECTION, _TITLE = ".listing-editor__section", ".listing-editor__section__title"
_MODAL_PRICE = "#listing-price-modal-listing-price-input"
_MODAL_ORIGINAL = "#listing-price-modal-original-price-input"
POSHMARK = DriftingForm(
    "poshmark",
    (
        Drifting("title", "input[data-vv-name=title]", "text", label=_TITLE, block=_SECTION),
        Drifting("description", "textarea[data-vv-name=description]", "area", label=_TITLE, block=_SECTION),
        Drifting(
            "category",
            ".listing-editor__category-container [data-et-name=category].dropdown__selector",
            "button",
            read="text",
            label=_TITLE,
            block=_SECTION,
        ),
        Drifting(
            "condition",
            ".listing-editor__condition-container .dropdown__selector",
            "button",
            read="text",
            label=_TITLE,
            block=_SECTION,
        ),
        Drifting(
            "brand",
            "input[placeholder='Enter the Brand/Designer']",
            "combobox",
            label=_TITLE,
            block=_SECTION,
        ),
        Drifting(
            "price",
            _MODAL_PRICE,
            "money",
            label=".modal__title",
            block=".simple-modal",
            judge="[data-vv-name=listingPrice]",
            behind="[data-vv-name=listingPrice]",
        ),
        Drifting(
            "original_price",
            _MODAL_ORIGINAL,
            "money",
            label="#listing-price-modal-original-price-label",
            block=".listing-price-suggestion-modal__original-price-section",
            judge="[data-vv-name=originalPrice]",
            behind="[data-vv-name=listingPrice]",
        ),
        Drifting("sku", "input[data-vv-name=sku]", "text", label=".h4", block=".listing-editor-toggle__body"),
    ),
    changes={"tags": []},
    also=("subcategory", "size"),
    options=".dropdown__menu__item .fw--med, .listing-editor__condition-container .dropdown__selector",
    fold="a.listing-editor-toggle-link",
    folded=("sku",),
    aside=("price", "original_price", "sku"),
)

_LINE = ".field-line"
EBAY = DriftingForm(
    "ebay",
    (
        Drifting("title", "#title-field", "text", block=_LINE),
        Drifting("sku", "#sku-field", "text", block=_LINE),
        Drifting("shipping_type", "#shipping-type", "select", read="selected", block=_LINE),
        Drifting("pounds", "input[name=majorWeight]", "number", label="span:last-child", block=".unit"),
        Drifting("ounces", "input[name=minorWeight]", "number", label="span:last-child", block=".unit"),
        Drifting("quantity", "#quantity-field", "number", block=_LINE),
        Drifting("price", "#price-field", "money", block=_LINE),
        Drifting(
            "best_offer",
            "input[name=bestOffer]",
            "switch",
            read="pressed",
            label=".switch-line__label",
            block=_LINE,
        ),
    ),
    options="select.listbox-native option",
    also=("format",),
    keep_class=True,  # the replica's script finds its controls by class
)

_ITEM = ".json-form-item"
CRAIGSLIST = DriftingForm(
    "craigslist",
    (
        Drifting("title", "#PostingTitle", "text", label=".label", block=_ITEM),
        Drifting("price", "#postingForm input[name=price]", "money", label=".label", block=_ITEM),
        Drifting("neighborhood", "input[name=geographic_area]", "text", label=".label", block=_ITEM),
        Drifting("zip", "#postal_code", "text", label=".label", block=_ITEM),
        Drifting("description", "#PostingBody", "area", label=".label", block=_ITEM),
        Drifting("make", "input[name=sale_manufacturer]", "text", label=".label", block=_ITEM),
        Drifting("model", "input[name=sale_model]", "text", label=".label", block=_ITEM),
        Drifting("size", "input[name=sale_size]", "text", label=".label", block=_ITEM),
        Drifting(
            "condition",
            "select[name=condition]",
            "select",
            read="selected",
            label=".label",
            block=_ITEM,
            mate=".ui-selectmenu-button",
        ),
    ),
    changes={"attributes": {"Craigslist neighborhood": "Japantown", "Model": "Dolce 4"}},
    options=".ui-menu-item-wrapper, .ui-selectmenu-text, select[name=condition] option",
)

_BOX, _NAME = "div:has(> label)", "span"
FACEBOOK = DriftingForm(
    "facebook",
    (
        Drifting("title", "label input[dir=ltr]", "text", says="Title", label=_NAME, block=_BOX),
        Drifting("price", "label input[dir=ltr]", "money", says="Price", label=_NAME, block=_BOX),
        Drifting("category", "label[role=combobox]", "button", read="rest", says="Category", label=_NAME, block=_BOX),
        Drifting("condition", "label[role=combobox]", "button", read="rest", says="Condition", label=_NAME, block=_BOX),
        Drifting("description", "label textarea", "area", says="Description", label=_NAME, block=_BOX),
        Drifting("brand", "label input[dir=ltr]", "text", says="Brand", label=_NAME, block=_BOX),
        Drifting("size", "label input[dir=ltr]", "text", says="Size", label=_NAME, block=_BOX),
        Drifting("sku", "label input[dir=ltr]", "text", says="SKU", label=_NAME, block=_BOX),
    ),
    options="[role=option] span, label[role=combobox] > div",
    fold="[role=button][aria-expanded]:has(> span + span)",
    folded=("description", "brand", "size", "sku"),
    aside=("description", "brand", "size", "sku"),
)

FORMS = (MERCARI, POSHMARK, EBAY, CRAIGSLIST, FACEBOOK)

# other words for the same thing, and the same thing in other languages; written without looking at the engine's own
REWORDED: dict[str, tuple[str, ...]] = {
    "title": ("Item name", "Listing title", "Headline", "Name of your item", "Product name"),
    "description": ("Item description", "Describe your item", "Details", "About this item", "Tell buyers more"),
    "category": ("Item category", "Department", "Product category", "What is it?"),
    "brand": ("Brand name", "Designer", "Label or maker", "Manufacturer"),
    "condition": ("Item condition", "State of the item", "How worn is it?", "Wear"),
    "size": ("Item size", "Size label", "Which size?"),
    "price": ("Listing price", "Your price", "Asking price", "Selling price", "Sale price"),
    "original_price": ("Original retail price", "Retail price", "MSRP", "Price when new"),
    "sku": ("Item number", "Custom SKU", "Stock number", "Your reference"),
    "quantity": ("Number of items", "Amount available", "Qty", "How many?"),
    "smart_pricing": ("Smart price drops", "Automatic pricing", "Price assistant"),
    "best_offer": ("Accept offers", "Let buyers make offers", "Best Offer"),
    "shipping_type": ("Shipping option", "Delivery method", "How will you ship?"),
    "pounds": ("pounds", "lb"),
    "ounces": ("ounces", "oz."),
    "neighborhood": ("Your area", "Neighborhood", "City", "Town or district"),
    "zip": ("Zip code", "Postcode", "Postal code of the item"),
    "make": ("Brand", "Manufacturer", "Maker"),
    "model": ("Model", "Model number", "Type of model"),
}
TRANSLATED: dict[str, tuple[str, ...]] = {
    "title": ("Titel", "Titre", "Título", "Titolo"),
    "description": ("Beschreibung", "Description de l'article", "Descripción", "Descrizione"),
    "category": ("Kategorie", "Catégorie", "Categoría", "Categoria"),
    "brand": ("Marke", "Marque", "Marca", "Marca"),
    "condition": ("Zustand", "État", "Estado", "Condizioni"),
    "size": ("Größe", "Taille", "Talla", "Taglia"),
    "price": ("Preis", "Prix", "Precio", "Prezzo"),
    "original_price": ("Ursprünglicher Preis", "Prix d'origine", "Precio original", "Prezzo originale"),
    "sku": ("Artikelnummer", "Référence", "Referencia", "Codice articolo"),
    "quantity": ("Menge", "Quantité", "Cantidad", "Quantità"),
    "smart_pricing": ("Intelligente Preise", "Prix intelligents", "Precios inteligentes", "Prezzi intelligenti"),
    "best_offer": ("Preisvorschläge zulassen", "Accepter les offres", "Aceptar ofertas", "Accetta offerte"),
    "shipping_type": ("Versandart", "Mode de livraison", "Método de envío", "Metodo di spedizione"),
    "pounds": ("Pfund", "livres", "libras", "libbre"),
    "ounces": ("Unzen", "onces", "onzas", "once"),
    "neighborhood": ("Stadtteil", "Quartier", "Barrio", "Quartiere"),
    "zip": ("Postleitzahl", "Code postal", "Código postal", "CAP"),
    "make": ("Hersteller", "Fabricant", "Fabricante", "Produttore"),
    "model": ("Modell", "Modèle", "Modelo", "Modello"),
}
DECOYS: dict[str, tuple[str, ...]] = {
    "title": ("Subtitle", "Search your titles"),
    "description": ("Condition description", "Note to yourself"),
    "brand": ("Search brands", "Favourite designers"),
    "price": ("Minimum price", "Promo code", "Price you paid"),
    "original_price": ("Cost price", "Price after fees"),
    "sku": ("Order number", "Serial number"),
    "quantity": ("Lot size", "Items per order"),
    "neighborhood": ("Your home address", "Meeting point"),
    "zip": ("Shipping destination ZIP", "Area code"),
    "make": ("Made in", "Make an offer"),
    "model": ("Model year", "Number of models"),
    "size": ("Package size", "File size"),
}
TWINS: dict[str, str] = {
    "title": "For your bundle",
    "description": "For your bundle",
    "price": "For your bundle",
    "original_price": "For your bundle",
    "sku": "For your bundle",
    "quantity": "For your bundle",
    "brand": "For your bundle",
    "make": "For your bundle",
    "model": "For your bundle",
    "size": "For your bundle",
    "zip": "For your bundle",
}
# the same choices in other words; the judge reads the replica's own, which keep theirs
OPTIONS_RENAMED: dict[str, tuple[dict[str, str], ...]] = {
    "mercari": (
        {"Good": "Good condition", "Like new": "Like new condition", "Fair": "Fair condition"},
        {"Good": "good", "Like new": "LIKE NEW", "Fair": "fair", "Poor": "poor"},
        {"Good": "Used, good", "Like new": "Hardly used", "Fair": "Well used", "Poor": "For parts"},
    ),
    "poshmark": (
        {"Good": "Good used condition", "Like New": "Like new!", "Fair": "Fair used condition"},
        {"Good": "GOOD", "Like New": "like new", "Fair": "fair"},
    ),
    "craigslist": (
        {"good": "good condition", "like new": "like new condition", "fair": "fair condition"},
        {"good": "GOOD", "like new": "LIKE NEW", "excellent": "EXCELLENT"},
        {"good": "used, works well", "like new": "hardly used", "fair": "well used"},
    ),
    "facebook": (
        {"Used - Good": "Good condition", "Used - Fair": "Fair condition", "Used - Like New": "Like new condition"},
        {"Used - Good": "used – good", "Used - Fair": "used – fair", "Used - Like New": "used – like new"},
        {"Used - Good": "Gently used", "Used - Fair": "Well worn", "Used - Like New": "Barely used"},
    ),
    "ebay": (
        {"Calculated: Cost varies by buyer location": "Calculated: cost depends on the buyer"},
        {"Calculated: Cost varies by buyer location": "calculated: cost varies by buyer location"},
    ),
}
