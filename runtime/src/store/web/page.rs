//! The two storages of a page.

use wasm_bindgen::JsValue;
use web_sys::Storage;
use zeroize::Zeroizing;

use super::area::Area;
use crate::page::{name, page, words};
use crate::store::{StoreError, StoreErrorKind};

/// Which storage.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Local,
    Session,
}

impl Kind {
    pub(super) fn name(self) -> &'static str {
        match self {
            Kind::Local => "localStorage",
            Kind::Session => "sessionStorage",
        }
    }
}

impl Area for Storage {
    fn get(&self, name: &str) -> Result<Option<Zeroizing<String>>, StoreError> {
        let text = self.get_item(name).map_err(|exception| failed("read", &exception))?;
        Ok(text.map(Zeroizing::new))
    }

    fn set(&self, name: &str, text: &str) -> Result<(), StoreError> {
        self.set_item(name, text).map_err(|exception| failed("written", &exception))
    }

    fn remove(&self, name: &str) -> Result<(), StoreError> {
        self.remove_item(name).map_err(|exception| failed("cleared", &exception))
    }

    fn names(&self) -> Result<Vec<String>, StoreError> {
        let failed = |exception| failed("read", &exception);
        let names = (0..self.length().map_err(failed)?).map(|number| self.key(number).map_err(failed));
        Ok(names.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
    }
}

/// The storage of this kind. A worker has none, and a user may have switched it off.
pub(super) fn storage(kind: Kind) -> Result<Storage, StoreError> {
    let storage = match kind {
        Kind::Local => page().local_storage(),
        Kind::Session => page().session_storage(),
    };
    let shown = kind.name();
    let none = || {
        let text = format!(
            "there is no {shown} here: workers have none, the background of an extension among them; keep the client in a page"
        );
        StoreError::message(text).of_kind(StoreErrorKind::Unavailable)
    };
    storage.map_err(|exception| failed("opened", &exception))?.ok_or_else(none)
}

/// Our words for a failure.
pub(super) fn failed(what: &str, exception: &JsValue) -> StoreError {
    if name(exception) == "QuotaExceededError" {
        let text = "the storage of the page is full; remove something of this origin from it, and try again";
        return StoreError::message(text).of_kind(StoreErrorKind::NotWritable);
    }
    let text = format!("the storage of the page could not be {what} ({})", words(exception));
    StoreError::message(text).of_kind(StoreErrorKind::Unavailable)
}
