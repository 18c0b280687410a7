//! Locks that all tabs of an origin share (Web Locks API). The browser frees those of a tab that was closed or killed.

use std::future::{Future as _, poll_fn};
use std::pin::pin;
use std::task::Poll;

use js_sys::{Array, Function, Object, Promise, Reflect};
use tokio::sync::oneshot;
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

use crate::page::words;
use crate::store::{StoreError, StoreErrorKind};

/// Whether one holder excludes others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Exclusive,
    Shared,
}

/// A lock, from the moment on at which it is asked for. Dropping it gives it back, or takes the question back.
pub(super) struct Hold {
    /// Ends the work for which the browser keeps the lock.
    end: Function,
    question: AbortController,
    _granted: Closure<dyn FnMut(JsValue) -> JsValue>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        let _ = self.end.call0(&JsValue::NULL);
        self.question.abort();
    }
}

/// What manages the locks of an origin.
pub(super) struct Locks(JsValue);

impl Locks {
    /// # Errors
    /// Where there are none: a page that came over plain http has none, unless it is of this machine.
    pub(super) fn of_origin() -> Result<Self, StoreError> {
        let member = |of: &JsValue, name: &str| Reflect::get(of, &JsValue::from_str(name));
        let locks = member(&js_sys::global(), "navigator").and_then(|navigator| member(&navigator, "locks"));
        locks.ok().filter(JsValue::is_object).map(Locks).ok_or_else(|| {
            let text =
                "this page has no Web Locks, without which two tabs would spend one refresh token; serve it over https";
            StoreError::message(text).of_kind(StoreErrorKind::LockUnsupported)
        })
    }

    /// Waits for a lock.
    pub(super) async fn take(&self, name: &str, mode: Mode) -> Result<Hold, StoreError> {
        let mut end = None;
        let work = Promise::new(&mut |resolve, _| end = Some(resolve));
        let (sender, mut receiver) = oneshot::channel();
        let mut sender = Some(sender);
        let granted = Closure::<dyn FnMut(JsValue) -> JsValue>::new(move |_: JsValue| {
            // Whoever has given up has ended the work, so that the browser takes the lock back at once.
            let _ = sender.take().map(|sender| sender.send(()));
            work.clone().into()
        });
        let question = AbortController::new().map_err(|exception| failed(&exception))?;
        let end = end.ok_or_else(|| failed(&JsValue::UNDEFINED))?;
        let asked = self.ask(name, mode, &question, granted.as_ref())?;
        let hold = Hold { end, question, _granted: granted };
        let mut asked = pin!(JsFuture::from(asked));
        poll_fn(|context| {
            if let Poll::Ready(Ok(())) = pin!(&mut receiver).poll(context) {
                return Poll::Ready(Ok(()));
            }
            match asked.as_mut().poll(context) {
                Poll::Ready(Err(exception)) => Poll::Ready(Err(failed(&exception))),
                _ => Poll::Pending,
            }
        })
        .await?;
        Ok(hold)
    }

    fn ask(
        &self,
        name: &str,
        mode: Mode,
        question: &AbortController,
        granted: &JsValue,
    ) -> Result<Promise, StoreError> {
        let options = Object::new();
        let mode = if mode == Mode::Shared { "shared" } else { "exclusive" };
        let set = |name: &str, value: &JsValue| Reflect::set(&options, &JsValue::from_str(name), value);
        let asked = set("mode", &JsValue::from_str(mode))
            .and_then(|_| set("signal", &question.signal()))
            .and_then(|_| self.function("request"))
            .and_then(|request| request.call3(&self.0, &JsValue::from_str(name), &options, granted));
        asked.map(JsCast::unchecked_into).map_err(|exception| failed(&exception))
    }

    /// The names of all locks that someone of this origin holds.
    pub(super) async fn held(&self) -> Result<Vec<String>, StoreError> {
        let asked = self.function("query").and_then(|query| query.call0(&self.0));
        let asked: Promise = asked.map_err(|exception| failed(&exception))?.unchecked_into();
        let found = JsFuture::from(asked).await.map_err(|exception| failed(&exception))?;
        let held = Reflect::get(&found, &JsValue::from_str("held")).and_then(JsCast::dyn_into::<Array>);
        let name = |lock: JsValue| Reflect::get(&lock, &JsValue::from_str("name")).ok()?.as_string();
        // Without the list a tab would take old tokens for the newest.
        held.map(|held| held.iter().filter_map(name).collect()).map_err(|exception| failed(&exception))
    }

    fn function(&self, name: &str) -> Result<Function, JsValue> {
        Reflect::get(&self.0, &JsValue::from_str(name))?.dyn_into()
    }
}

fn failed(exception: &JsValue) -> StoreError {
    let text = format!("the browser gave no lock ({})", words(exception));
    StoreError::message(text).of_kind(StoreErrorKind::LockUnsupported)
}
