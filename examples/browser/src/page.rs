//! The elements of the page that are there from the start, and the copies of its templates.

use wasm_bindgen::{JsCast, JsError};
use web_sys::{Document, Element, Event, HtmlElement, HtmlTemplateElement, Location};

/// What a browser refuses, which a page that fits its program never sees.
pub(crate) type Outcome<T = ()> = Result<T, JsError>;

#[derive(Clone)]
pub(crate) struct Page {
    document: Document,
    location: Location,
}

impl Page {
    pub(crate) fn of_window() -> Outcome<Self> {
        let window = web_sys::window().ok_or_else(|| missing("a window"))?;
        let document = window.document().ok_or_else(|| missing("a document"))?;
        Ok(Page { document, location: window.location() })
    }

    /// The URL of the instance that the page names.
    pub(crate) fn instance(&self) -> Outcome<String> {
        let named = self.first("meta[name=zeyos]")?.get_attribute("content").unwrap_or_default();
        Ok(format!("{}{named}", self.location.origin().map_err(refused)?))
    }

    pub(crate) fn reload(&self) {
        // A browser that refuses leaves the page as it is.
        let _ = self.location.reload();
    }

    pub(crate) fn first(&self, selector: &str) -> Outcome<Element> {
        self.document.query_selector(selector).map_err(refused)?.ok_or_else(|| missing(selector))
    }

    pub(crate) fn html(&self, selector: &str) -> Outcome<HtmlElement> {
        self.first(selector)?.dyn_into().map_err(|_| missing(selector))
    }

    /// A copy of what a template holds.
    pub(crate) fn copy(&self, template: &str) -> Outcome<Element> {
        let template: HtmlTemplateElement = self.first(template)?.dyn_into().map_err(|_| missing(template))?;
        let original = template.content().first_element_child().ok_or_else(|| missing("something in a template"))?;
        Ok(original.clone_node_with_deep(true).map_err(refused)?.unchecked_into())
    }

    /// Says it, and has it read aloud.
    pub(crate) fn tell(&self, text: &str) {
        self.write("#told", text);
        self.write("#failed", "");
    }

    pub(crate) fn tell_failure(&self, text: &str) {
        self.write("#told", "");
        self.write("#failed", text);
    }

    pub(crate) fn write(&self, selector: &str, text: &str) {
        if let Ok(element) = self.first(selector) {
            element.set_text_content(Some(text));
        }
    }
}

/// The part of an element that a selector finds.
pub(crate) fn part(element: &Element, selector: &str) -> Outcome<HtmlElement> {
    let found = element.query_selector(selector).map_err(refused)?;
    found.and_then(|found| found.dyn_into().ok()).ok_or_else(|| missing(selector))
}

/// The nearest element that an event happened in and a selector fits.
pub(crate) fn within(event: &Event, selector: &str) -> Option<Element> {
    event.target()?.dyn_into::<Element>().ok()?.closest(selector).ok()?
}

pub(crate) fn refused(error: wasm_bindgen::JsValue) -> JsError {
    JsError::new(&format!("{error:?}"))
}

fn missing(what: &str) -> JsError {
    JsError::new(&format!("the page lacks {what}"))
}
