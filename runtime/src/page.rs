//! What surrounds a program in a browser: a page, a worker of one, or the background of an extension. All of them have the functions that
//! are used here under the same names.

use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::Window;

/// The global object. Calls on it find their functions by name, so a worker, which is not a window, will do.
pub(crate) fn page() -> Window {
    js_sys::global().unchecked_into()
}

/// Scheme, host and port of the page; `None` where it has none, as a file.
pub(crate) fn origin() -> Option<String> {
    let origin = js_sys::Reflect::get(&js_sys::global(), &JsValue::from_str("origin")).ok()?.as_string()?;
    (origin != "null").then_some(origin)
}

/// What an exception of JavaScript says.
pub(crate) fn words(exception: &JsValue) -> String {
    let error = exception.dyn_ref::<js_sys::Error>();
    error.map_or_else(|| "it gave no reason".to_owned(), |error| format!("{}: {}", error.name(), error.message()))
}

/// The name of an exception, such as `QuotaExceededError`.
pub(crate) fn name(exception: &JsValue) -> String {
    js_sys::Reflect::get(exception, &JsValue::from_str("name"))
        .ok()
        .and_then(|name| name.as_string())
        .unwrap_or_default()
}
